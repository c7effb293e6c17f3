// `/settings/data-privacy/objection`: the way there, an objection without a reason, what it does, and taking it back.

import assert from "node:assert/strict";

import { checkPage, pageTest, signIn } from "../support/index.mjs";

const ADDRESS = "/settings/data-privacy/objection";

pageTest("objection: found from data privacy, sent without a reason, withdrawn", async (page) => {
  await signIn(page, "turned it off");
  await page.goto("/settings/data-privacy");
  await page.getByRole("link", { name: "Data Processing Objection Form" }).click();
  await page.getByRole("heading", { level: 1, name: "Data Processing Objection Form" }).waitFor();
  await checkPage(page, "objection");

  await page.getByRole("button", { name: "Send objection" }).click();
  await page.getByRole("alert").getByText("Pick at least one").waitFor();

  const box = page.getByRole("checkbox").last();
  await box.check();
  await page.getByRole("button", { name: "Send objection" }).click();
  await page.getByRole("status").getByText("Sent.").waitFor();
  const reference = (await page.getByRole("status").textContent()).match(/OBJ-\w{5}-\w{5}/)[0];
  const card = page.getByRole("article", { name: reference });
  await card.getByText("Your data is not used for this until it is decided.").waitFor();
  await card.getByText(/You get it by \d+ \w+ \d{4}/).waitFor();
  await checkPage(page, "objection sent");

  await card.getByRole("button", { name: `Withdraw ${reference}` }).click();
  await page.getByRole("article", { name: reference }).getByText("Withdrawn", { exact: true }).waitFor();
});

pageTest("objection: works without scripts", { javaScriptEnabled: false }, async (page) => {
  await signIn(page, "turned it off");
  await page.goto(ADDRESS);
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Send objection" }).click();
  await page.getByRole("status").getByText("Sent.").waitFor();
  assert.ok((await page.getByRole("button", { name: /^Withdraw OBJ-/ }).count()) > 0);
  await page.getByRole("button", { name: /^Withdraw OBJ-/ }).first().click();
  await page.getByText("Withdrawn", { exact: true }).first().waitFor();
});
