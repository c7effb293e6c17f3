// `/log`: the public face of the log.

import assert from "node:assert/strict";

import { checkPage, pageTest } from "../support/index.mjs";

pageTest("log: head and last entries for anybody, without names", async (page) => {
  await page.goto("/log");
  await page.getByRole("heading", { level: 1, name: "Log of every decision" }).waitFor();
  assert.match(await page.locator(".hash").first().textContent(), /^[0-9a-f]{64}$/);
  assert.ok((await page.locator("#last ~ table tbody tr").count()) > 10, "entries");
  await page.getByText("How to verify without this server").click();
  await page.getByRole("link", { name: "/log/checkpoint" }).waitFor();
  await checkPage(page, "log");
});

pageTest("log: the signed checkpoint and its tiles are served", async (page) => {
  const note = await (await page.request.get("/log/checkpoint")).text();
  const [origin, size, root] = note.split("\n");
  assert.match(note, new RegExp(`\n\n\u2014 ${origin} [A-Za-z0-9+/=]+\n$`), "a signed note");
  assert.ok(Number(size) > 10 && root.length === 44, note);
  const full = Math.floor(Number(size) / 256);
  const path = full > 0 ? "0/000" : `0/000.p/${size}`;
  const tile = await page.request.get(`/log/tile/${path}`);
  assert.equal(tile.status(), 200);
  assert.equal((await tile.body()).length, 32 * Math.min(256, Number(size)));
  assert.match(await (await page.request.get("/log/key")).text(), new RegExp(`^0 ${origin.replaceAll(".", "\\.")}\\+`));
});
