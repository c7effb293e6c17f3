// `/console`: the officer's page, and nobody else's.

import assert from "node:assert/strict";

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("console: shows the demo's table, members, training sets and releases", async (page) => {
  await signIn(page, "privacy officer");
  assert.equal(new URL(page.url()).pathname, "/console");
  for (const name of ["The last run", "Left out, by reason", "Time of each step", "Members by place", "Training sets", "Releases"]) {
    await page.getByRole("heading", { level: 2, name }).waitFor();
  }
  await page.getByRole("rowheader", { name: "United States" }).waitFor();
  assert.ok((await page.locator("#releases ~ table tbody tr").count()) > 0, "a release");
  await checkPage(page, "console");
});

pageTest("console: is closed to members", { expectErrors: true }, async (page) => {
  await signIn(page, "United States");
  const answer = await page.goto("/console");
  assert.equal(answer.status(), 403);
});
