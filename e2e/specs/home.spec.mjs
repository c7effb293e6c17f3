// `/`: what this is, and the way to the switch from here.

import assert from "node:assert/strict";

import { checkPage, pageTest, signIn } from "../support/index.mjs";

pageTest("home: says what this is and leads to signing in", async (page) => {
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "Your words, your say, in the open." }).waitFor();
  await checkPage(page, "home");
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  assert.equal(new URL(page.url()).pathname, "/auth/login");
});

pageTest("home: tells a member where they stand", async (page) => {
  await signIn(page, "United States");
  await page.getByText("Your data is used to train models that write text.").waitFor();
  await checkPage(page, "home signed in");
  await page.getByRole("link", { name: "Data for Generative AI Improvement" }).click();
  await page.getByRole("switch").waitFor();
});

pageTest("home: no link of a page leads nowhere", async (page) => {
  await signIn(page, "United States");
  const seen = new Set(["/"]);
  const left = ["/"];
  while (left.length > 0) {
    const path = left.pop();
    // Asked for first: some links are downloads, which no page goes to.
    const answer = await page.request.get(path);
    assert.ok(answer.status() < 400, `${path} answers ${answer.status()}`);
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    await page.goto(path);
    const links = await page.getByRole("link").evaluateAll((all) => all.map((link) => link.href));
    for (const link of links.map((href) => new URL(href))) {
      if (link.origin !== new URL(page.url()).origin || seen.has(link.pathname)) continue;
      seen.add(link.pathname);
      left.push(link.pathname);
    }
  }
  assert.ok(seen.has("/settings/data-privacy/generative-ai") && seen.has("/used"), [...seen].join(" "));
});
