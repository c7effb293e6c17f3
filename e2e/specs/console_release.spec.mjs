// `/console/releases/{id}`: one release, the curves of its parts and where they stand.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("console release: how its parts were learnt", async (page) => {
  await signIn(page, "privacy officer");
  await page.getByRole("region", { name: "Releases" }).getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: /^Release / }).waitFor();
  await page.getByRole("img", { name: /^Loss while learning, by part/ }).waitFor();
  await page.getByRole("table").filter({ hasText: "membership_auc" }).first().waitFor();
  await page.getByRole("img", { name: /^Exposure of made-up secrets/ }).waitFor();
  await page.getByText("The numbers").first().click();
  await page.getByRole("columnheader", { name: "Lowest" }).first().waitFor();
  await checkPage(page, "console release");
});
