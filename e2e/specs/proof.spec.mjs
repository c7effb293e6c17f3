// `/proof`: a member's own file, and a check of it that runs in the browser and sends nothing anywhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { checkPage, pageTest, resultPath, signIn } from "../support/index.mjs";

const ADDRESS = "/proof";

async function pick(page, text) {
  await page.getByLabel("Proof file").setInputFiles({
    name: "candor-bundle.json",
    mimeType: "application/json",
    buffer: Buffer.from(text),
  });
}

pageTest("proof: download, check in the browser, and a changed file does not hold", async (page) => {
  await signIn(page, "United States");
  await page.goto("/settings/data-privacy");
  await page.getByRole("main").getByRole("link", { name: "Check it yourself" }).click();
  await page.getByRole("heading", { level: 1, name: "Check it yourself" }).waitFor();
  const waits = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download your proof file" }).click();
  const saved = resultPath("candor-bundle.json");
  await (await waits).saveAs(saved);
  const bundle = await readFile(saved, "utf8");

  const sent = [];
  page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await pick(page, bundle);
  await page.getByRole("status").getByText("Everything in the file holds.").waitFor();
  assert.ok((await page.locator("#verify-lines li").count()) > 3, "the report, line by line");
  await page.locator("#verify-lines").getByText(/holds exactly \d+ of your records|does not hold any/i).first().waitFor();
  assert.deepEqual(sent.filter((line) => line !== "GET /assets/verify.wasm"), [], "nothing is sent");
  await checkPage(page, "proof");

  await pick(page, bundle.replace(/("proof": \[\s*")(.)/, (_, before, digit) => before + (digit === "0" ? "1" : "0")));
  await page.getByRole("status").getByText("Something in the file does not hold.").waitFor();
  await checkPage(page, "proof that does not hold");
});

pageTest("proof: anybody can have a file checked", async (page) => {
  await page.goto(ADDRESS);
  assert.equal(await page.getByRole("link", { name: "Download your proof file" }).count(), 0);
  await pick(page, "{}");
  await page.getByRole("status").getByText("Something in the file does not hold.").waitFor();
});

pageTest("proof: without scripts it says how to check", { javaScriptEnabled: false }, async (page) => {
  await page.goto(ADDRESS);
  await page.getByText("The check in the browser needs scripts.").waitFor();
  await page.getByText("candor verify candor-bundle.json").waitFor();
});
