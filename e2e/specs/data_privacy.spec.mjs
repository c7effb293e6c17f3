// `/settings/data-privacy`: what a member can decide, each with its state.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("data privacy: says where the member stands and leads on", async (page) => {
  await signIn(page, "United States");
  await page.goto("/settings");
  await page.getByRole("heading", { level: 1, name: "Data privacy" }).waitFor();
  await page.getByRole("link", { name: /Data for Generative AI Improvement.*On/ }).waitFor();
  await checkPage(page, "data privacy");
  await page.getByRole("link", { name: /What we used/ }).first().click();
  await page.getByRole("heading", { level: 1, name: "What we used" }).waitFor();
});

pageTest("data privacy: a member of Germany is not used, and reads why", async (page) => {
  await signIn(page, "left out");
  await page.goto("/settings/data-privacy");
  await page.getByText(/Your data stays out of training: members in .* are left out/).waitFor();
  await page.getByRole("link", { name: /Data for Generative AI Improvement.*Not used/ }).waitFor();
  await checkPage(page, "data privacy left out");
});
