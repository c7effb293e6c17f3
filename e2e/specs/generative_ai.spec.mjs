// `/settings/data-privacy/generative-ai`: the way to the switch, the switch by mouse, by keys and without scripts, and
// what it does to the next training set.

import assert from "node:assert/strict";

import { candor, checkAccess, checkPage, pageTest, pictureForReadme, signIn } from "../support/index.mjs";

const ADDRESS = "/settings/data-privacy/generative-ai";

const theSwitch = (page) =>
  page.getByRole("switch", { name: "Use my data for training content creation AI models" });

async function stands(page, on) {
  await page.waitForURL((url) => url.pathname === ADDRESS);
  await page.locator(`[role=switch][aria-checked="${on}"]`).waitFor();
  const word = await page.locator(".switch-word").textContent();
  assert.equal(word, on ? "On" : "Off", "word and position agree");
}

/** The identifier of the member behind the button that says `about`. */
async function memberOf(page, about) {
  await page.goto("/auth/login");
  return page.locator("button[name=member]").filter({ hasText: about }).first().getAttribute("value");
}

async function latestMembers() {
  const lines = await candor("member", "list", "--in-snapshot", "latest", "--json");
  return lines.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line).member);
}

pageTest("generative AI: the way there, off, stored, and on with as many clicks", async (page) => {
  await signIn(page, "United States");
  await page.locator("summary").filter({ hasText: "Account menu" }).click();
  await page.getByRole("link", { name: "Settings & Privacy" }).click();
  await page.getByRole("heading", { level: 1, name: "Data privacy" }).waitFor();
  await page.getByRole("link", { name: "Data for Generative AI Improvement" }).click();
  await stands(page, true);
  await page.getByText("Nothing of yours, old or new, enters another training.").first().waitFor();
  await checkPage(page, "generative AI on");
  await pictureForReadme(page);

  await theSwitch(page).click();
  await stands(page, false);
  const told = page.getByRole("status");
  await told.getByText("Turned off.").waitFor();
  await told.getByText(/Entry \d+ of the log/).waitFor();
  assert.ok(await theSwitch(page).evaluate((element) => element === document.activeElement), "focus stays");
  await told.getByText(/Receipt of entry/).click();
  await checkPage(page, "generative AI off");

  await page.goto(ADDRESS);
  await stands(page, false);
  await page.getByRole("cell", { name: "No new training" }).first().waitFor();

  await theSwitch(page).click();
  await stands(page, true);
  await page.getByRole("status").getByText("Turned on.").waitFor();
});

pageTest("generative AI: space and enter move the switch", async (page) => {
  await signIn(page, "United States");
  await page.goto(ADDRESS);
  await stands(page, true);
  for (const [key, on] of [["Space", false], ["Enter", true]]) {
    await theSwitch(page).focus();
    await page.keyboard.press(key);
    await stands(page, on);
  }
});

pageTest("generative AI: works without scripts", { javaScriptEnabled: false }, async (page) => {
  await signIn(page, "United States");
  await page.goto(ADDRESS);
  await stands(page, true);
  await theSwitch(page).click();
  await stands(page, false);
  await page.getByRole("status").getByText("Turned off.").waitFor();
  await theSwitch(page).click();
  await stands(page, true);
});

pageTest("generative AI: dark", { colorScheme: "dark" }, async (page) => {
  await signIn(page, "United States");
  await page.goto(ADDRESS);
  await checkPage(page, "generative AI dark");
});

pageTest("generative AI: forced colors", { forcedColors: "active" }, async (page) => {
  await signIn(page, "United States");
  await page.goto(ADDRESS);
  await checkAccess(page, "generative AI forced colors");
});

pageTest("generative AI: members who are left out have a sentence, not a switch", async (page) => {
  for (const [who, words] of [["left out", /are left out/], ["paused", /training is paused/]]) {
    await signIn(page, who);
    await page.goto(ADDRESS);
    await page.getByText(words).first().waitFor();
    assert.equal(await page.getByRole("switch").count(), 0);
    await checkPage(page, `generative AI ${who}`);
  }
});

pageTest("generative AI: the next training set is without the member", async (page) => {
  const member = await memberOf(page, "United States");
  assert.ok((await latestMembers()).includes(member), "the member is in the training set before");
  await signIn(page, "United States");
  await page.goto(ADDRESS);
  await theSwitch(page).click();
  await stands(page, false);
  await candor("snapshot", "build");
  assert.ok(!(await latestMembers()).includes(member), "the member is not in the next one");
  await page.goto("/used");
  await page.getByText("You turned it off.").first().waitFor();
  // As it was, for whoever looks next.
  await page.goto(ADDRESS);
  await page.getByLabel("Also use what I wrote before").check();
  await theSwitch(page).click();
  await stands(page, true);
  await candor("snapshot", "build");
  assert.ok((await latestMembers()).includes(member), "the member is in again after turning it on");
});
