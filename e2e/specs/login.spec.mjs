// `/auth/login`: the development login says loudly what it is, finds members, and lets one out again.

import assert from "node:assert/strict";

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("login: is marked, and offers one of each", async (page) => {
  await page.goto("/auth/login");
  await page.getByText("Development login:").waitFor();
  for (const name of ["United States: data is used", "left out", "paused", "privacy officer"]) {
    assert.ok((await page.getByRole("button", { name }).count()) > 0, name);
  }
  await checkPage(page, "login");
});

pageTest("login: a member is found by identifier, and nobody else is", { expectErrors: true }, async (page) => {
  await page.goto("/auth/login");
  const known = await page.locator("button[name=member]").first().getAttribute("value");
  await page.getByRole("searchbox").fill("nobody of this name");
  await page.getByRole("button", { name: "Sign in as this member" }).click();
  await page.getByRole("alert").getByText("No member has this handle or identifier.").waitFor();
  await page.getByRole("searchbox").fill(known);
  await page.getByRole("searchbox").press("Enter");
  await page.waitForURL((url) => url.pathname === "/");
  await page.getByText("Account menu of").waitFor({ state: "attached" });
});

pageTest("login: signing out ends it", async (page) => {
  await signIn(page, "United States");
  await page.locator("summary").filter({ hasText: "Account menu" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).waitFor();
  await page.goto("/used");
  assert.equal(new URL(page.url()).pathname, "/auth/login");
});
