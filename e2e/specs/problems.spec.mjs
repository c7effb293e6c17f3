// `/problems`: where each problem's `type` leads.

import assert from "node:assert/strict";

import { checkPage, pageTest } from "../support/index.mjs";

pageTest("problems: a problem of the API leads to its row", async (page) => {
  const answer = await page.request.get("/api/v1/members/nobody/objections");
  assert.equal(answer.status(), 404);
  const problem = await answer.json();
  assert.equal(problem.type, "/problems#unknown_member");
  await page.goto(problem.type);
  await page.getByRole("heading", { level: 1, name: "Problems of the API" }).waitFor();
  await page.locator("#unknown_member").getByText(problem.title).waitFor();
  await checkPage(page, "problems");
});
