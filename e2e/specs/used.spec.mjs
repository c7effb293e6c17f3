// `/used`: what was used of a member, and what was decided about each record.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("used: training sets, models and every record with its decision", async (page) => {
  await signIn(page, "United States");
  await page.locator("summary").filter({ hasText: "Account menu" }).click();
  await page.getByRole("link", { name: "What we used" }).click();
  await page.getByRole("heading", { level: 1, name: "What we used" }).waitFor();
  await page.getByRole("heading", { level: 2, name: "Training sets and models" }).waitFor();
  await page.locator("#sets ~ table tbody tr").first().waitFor();
  await page.locator("#records ~ table").getByText("Used", { exact: true }).first().waitFor();
  await checkPage(page, "used");
});

pageTest("used: of a member who is left out nothing was used", async (page) => {
  await signIn(page, "left out");
  await page.goto("/used");
  await page.getByText(/have used (none of them|nothing of yours)/).waitFor();
  await page.getByText("None of your records is in a training set.").waitFor();
  await checkPage(page, "used left out");
});
