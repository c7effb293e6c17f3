// `/console/snapshots/{id}`: one training set, what was replaced in it and what is estimated to be missed.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("console training set: what was found, and where the sample is", async (page) => {
  await signIn(page, "privacy officer");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: /^Training set / }).waitFor();
  await page.getByRole("columnheader", { name: "Found and replaced" }).waitFor();
  await page.getByRole("link", { name: "Label the sample" }).waitFor();
  await checkPage(page, "console training set");
});
