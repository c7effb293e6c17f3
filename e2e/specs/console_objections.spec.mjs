// `/console/objections`: an officer weighs an objection; the member reads what became of it.

import { checkPage, pageTest, signIn } from "../support/index.mjs";

const FORM = "/settings/data-privacy/objection";

pageTest("console objections: review, more time with a reason, refusal, appeal, upheld", async (page) => {
  await signIn(page, "paused");
  await page.goto(FORM);
  // Not against training: what the page of the switch says of this member stays as it was.
  await page.getByRole("checkbox").last().check();
  await page.getByRole("button", { name: "Send objection" }).click();
  const reference = (await page.getByRole("status").textContent()).match(/OBJ-\w{5}-\w{5}/)[0];

  const press = async (name) => page.getByRole("button", { name: `${name}: ${reference}` }).click();
  await signIn(page, "privacy officer");
  await page.getByRole("link", { name: "Objections" }).click();
  await page.getByRole("heading", { level: 1, name: "Objections" }).waitFor();
  await press("Start review");
  const card = page.getByRole("article", { name: reference });
  await card.getByText("Being weighed", { exact: true }).waitFor();
  await checkPage(page, "console objections");
  await card.getByText("Take two more months").click();
  await card.getByRole("textbox").fill("Many came in at once.");
  await card.getByRole("button", { name: `Extend the deadline of ${reference}` }).click();
  await card.getByText("Many came in at once.").waitFor();
  await press("Refuse");
  await page.getByRole("row", { name: reference }).getByText("Refused").waitFor();

  await signIn(page, "paused");
  await page.goto(FORM);
  await page.getByRole("button", { name: `Appeal the refusal of ${reference}` }).click();
  await page.getByRole("article", { name: reference }).getByText("Appealed", { exact: true }).waitFor();

  await signIn(page, "privacy officer");
  await page.goto("/console/objections");
  await press("Uphold");
  await page.getByRole("row", { name: reference }).getByText("keeps data out").waitFor();
  await checkPage(page, "console objections settled");
});
