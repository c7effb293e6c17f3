// `/assist`: a draft appears, streamed with the script and whole without it.

import assert from "node:assert/strict";

import { checkPage, pageTest, signIn } from "../support/index.mjs";

const BRIEF = "Why small teams should write down their decisions";

pageTest("assist: says which model, and a draft appears", async (page) => {
  await signIn(page, "United States");
  await page.locator("summary").filter({ hasText: "Account menu" }).click();
  await page.getByRole("link", { name: "Draft with AI" }).click();
  await page.getByText(/which runs on/).waitFor();
  await checkPage(page, "assist");
  await page.getByLabel("What is the post about?").fill(BRIEF);
  await page.getByLabel("Tone").selectOption("Warm");
  await page.getByLabel("Length").selectOption("Two or three sentences");
  await page.getByRole("button", { name: "Draft with AI" }).click();
  await page.getByRole("status").getByText(/^Draft ready/).waitFor({ timeout: 60_000 });
  const draft = await page.locator("#draft-output").textContent();
  assert.ok(draft.trim().length > 20, `the draft is ${JSON.stringify(draft)}`);
  assert.equal(new URL(page.url()).pathname, "/assist");
  await checkPage(page, "assist with a draft");
});

pageTest("assist: every task by keyboard", async (page) => {
  await signIn(page, "United States");
  await page.goto("/assist");
  const task = page.getByLabel("What shall it be?");
  for (const title of ["Rewrite a text", "Shorten a text", "Suggest a headline", "Ideas for a next post"]) {
    await task.selectOption(title);
    await page.getByLabel("What is the post about?").fill("Small teams should write down their decisions, because nobody remembers them.");
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "Draft with AI" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText(/^Draft ready/).waitFor({ timeout: 60_000 });
  }
});

pageTest("assist: works without scripts", { javaScriptEnabled: false }, async (page) => {
  await signIn(page, "United States");
  await page.goto("/assist");
  await page.getByLabel("What is the post about?").fill(BRIEF);
  await page.getByRole("button", { name: "Draft with AI" }).click();
  await page.getByRole("status").getByText(/^Draft ready/).waitFor({ timeout: 60_000 });
  const draft = await page.locator("#draft-output").textContent();
  assert.ok(draft.trim().length > 20, `the draft is ${JSON.stringify(draft)}`);
  assert.equal(await page.getByLabel("What is the post about?").inputValue(), BRIEF);
});
