// `/console/rules`: the rows in force, each with its source.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("console rules: rows in force with where they come from", async (page) => {
  await signIn(page, "privacy officer");
  await page.getByRole("link", { name: "Rules in force" }).click();
  await page.getByRole("heading", { level: 1, name: "Rules in force" }).waitFor();
  await page.getByText("Excluded").first().waitFor();
  await page.getByText(/checked \d{4}-\d{2}-\d{2}/).first().waitFor();
  await checkPage(page, "console rules");
  await page.getByRole("textbox", { name: /^Place/ }).fill("US");
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByRole("status").getByText(/\d+ of the members who are used now would be left out/).waitFor();
  await page.getByRole("rowheader", { name: "United States" }).waitFor();
  await checkPage(page, "console rules what if");
});
