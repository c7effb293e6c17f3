// What every page must be: accessible, free of errors, narrow enough for a phone, under a strict policy.
//
// `checkPage(page, name)` looks at the page as it stands and leaves it at the width it had.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { resultPath, seen } from "./browser.mjs";

const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const NARROW_WIDTH = 320;

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Checks the page at its width and at 320 pixels, and leaves two pictures under its name. */
export async function checkPage(page, name) {
  assert.deepEqual(seen(page).errors, [], `${name}: errors on the page`);
  await checkHeaders(page, name);
  await checkAccess(page, name);
  await page.screenshot({ path: resultPath(`${name}.png`), fullPage: true });
  const before = page.viewportSize();
  await page.setViewportSize({ width: NARROW_WIDTH, height: before.height });
  await checkWidth(page, name);
  await checkAccess(page, `${name} at ${NARROW_WIDTH}`);
  await page.screenshot({ path: resultPath(`${name}-narrow.png`), fullPage: true });
  await page.setViewportSize(before);
  assert.deepEqual(seen(page).errors, [], `${name}: errors on the page`);
}

/** The answer that the page came with has a policy that allows nothing inline and no evaluation. */
export async function checkHeaders(page, name) {
  const { document } = seen(page);
  assert.ok(document, `${name}: the page was not navigated to`);
  const headers = await document.allHeaders();
  const policy = headers["content-security-policy"];
  assert.ok(policy, `${name}: no content-security-policy header`);
  assert.match(policy, /default-src '(none|self)'/, `${name}: the policy does not start closed`);
  // WebAssembly has a word of its own; the page that checks proofs is the only one that may say it.
  const allowed = new URL(document.url()).pathname === "/proof" ? "'wasm-unsafe-eval'" : "";
  assert.doesNotMatch(policy.replace(allowed, ""), /unsafe-/, `${name}: the policy allows something unsafe`);
  assert.equal(headers["x-content-type-options"], "nosniff", `${name}: x-content-type-options`);
}

/** axe finds nothing against WCAG 2.2 A and AA. */
export async function checkAccess(page, name) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run({ runOnly: { type: "tag", values: tags } }),
    AXE_TAGS,
  );
  const found = violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html}`));
  assert.deepEqual(found, [], `${name}: axe`);
}

/** Nothing makes the page scroll sideways. */
export async function checkWidth(page, name) {
  const wide = await page.evaluate(() => {
    const { scrollWidth } = document.documentElement;
    if (scrollWidth <= innerWidth) return [];
    const over = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > innerWidth,
    );
    return [`${scrollWidth} pixels`, ...over.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
  assert.deepEqual(wide, [], `${name}: wider than ${NARROW_WIDTH} pixels`);
}
