// `/log`: the public face of the log.

import assert from "node:assert/strict";

import { checkPage, pageTest } from "../support/index.mjs";

pageTest("log: head and last entries for anybody, without names", async (page) => {
  await page.goto("/log");
  await page.getByRole("heading", { level: 1, name: "Log of every decision" }).waitFor();
  assert.match(await page.locator(".hash").first().textContent(), /^[0-9a-f]{64}$/);
  assert.ok((await page.locator("#last ~ table tbody tr").count()) > 10, "entries");
  await checkPage(page, "log");
});
