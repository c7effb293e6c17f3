// `/console/snapshots/{id}/sample`: an officer looks at redacted rows and says what was missed, with and without scripts alike.

import assert from "node:assert/strict";

import { candor, checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("console sample: what was missed is counted and told", async (page) => {
  await signIn(page, "privacy officer");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByRole("link", { name: "Label the sample" }).click();
  await page.getByRole("heading", { level: 1, name: "What did redaction miss?" }).waitFor();
  await checkPage(page, "console sample");
  await page.getByRole("button", { name: "Nothing was missed" }).click();
  await page.getByText(/1 of \d+ labeled/).waitFor();
  const missed = page.getByRole("group", { name: "Missed type 1" });
  await missed.getByLabel("Type").selectOption("PERSON");
  await missed.getByLabel("How many pieces").fill("2");
  await page.getByRole("button", { name: "Save what was missed" }).click();
  await page.getByText(/2 of \d+ labeled/).waitFor();
  await page.getByRole("link", { name: "Row before" }).click();
  await page.getByRole("status").getByText("missed: 2 person").waitFor();
  await checkPage(page, "console sample, labeled row");
  await page.getByRole("link", { name: "Back to the training set" }).click();
  await page.getByText(/Rows in which anything was missed: 50\.0 %/).waitFor();
  const card = JSON.parse(await candor("snapshot", "show", "latest", "--json"));
  assert.equal(card.redaction.labeled, 2);
  assert.equal(card.redaction.types.find((row) => row.type === "PERSON").missed, 2);
});
