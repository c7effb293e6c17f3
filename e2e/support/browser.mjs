// The browser: one Chromium a spec file, one fresh context a test.
//
// What goes wrong on a page (console errors, exceptions, refused content) is kept, so that a test
// fails on it even when it looks at something else.

import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const TEST_LIMIT_MS = 120_000;
const ACTION_LIMIT_MS = 15_000;

export const WIDE = { width: 1280, height: 800 };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

/** Where pictures and logs of a run go. */
export function resultPath(name) {
  return path.join(folder, "test-results", name);
}

/** Where the README's picture goes. */
export const PICTURE = path.join(folder, "..", "docs", "images", "settings.png");

let browser;

async function started() {
  browser ??= await chromium.launch({ executablePath: process.env.CANDOR_CHROMIUM, args: FLAGS });
  return browser;
}

after(async () => {
  await browser?.close();
});

const watched = new WeakMap();

/** What was seen of a page: `errors` (texts) and `document` (the last answer to a navigation). */
export function seen(page) {
  const record = watched.get(page);
  assert.ok(record, "the page was not opened by `pageTest`");
  return record;
}

function watch(page) {
  const record = { errors: [], document: undefined };
  watched.set(page, record);
  page.on("console", (message) => {
    const { url } = message.location();
    // The browser asks for this one by itself, at a time of its own.
    if (message.type() !== "error" || url.endsWith("/favicon.ico")) return;
    record.errors.push(`console: ${message.text()} (${url})`);
  });
  page.on("pageerror", (error) => record.errors.push(`exception: ${error.message}`));
  page.on("response", (response) => {
    const request = response.request();
    if (request.isNavigationRequest() && response.frame() === page.mainFrame()) record.document = response;
  });
}

/**
 * A test with a page of its own: `pageTest("name", async (page) => …)`.
 *
 * `options` go to the browser context (`{ javaScriptEnabled: false }`, say); `expectErrors: true`
 * leaves console errors to the test. A failure leaves a picture in `test-results`.
 */
export function pageTest(name, ...rest) {
  const body = rest.pop();
  const { expectErrors = false, baseURL = process.env.CANDOR_E2E_URL, ...options } = rest.pop() ?? {};
  test(name, { timeout: TEST_LIMIT_MS }, async () => {
    const running = await started();
    const context = await running.newContext({ baseURL, viewport: WIDE, ...options });
    context.setDefaultTimeout(ACTION_LIMIT_MS);
    const page = await context.newPage();
    watch(page);
    try {
      await body(page);
      if (!expectErrors) assert.deepEqual(seen(page).errors, [], "errors on the page");
    } catch (error) {
      const picture = resultPath(`FAILED ${name.replace(/[^\w ]+/g, " ")}.png`);
      await page.screenshot({ path: picture, fullPage: true }).catch(() => undefined);
      throw error;
    } finally {
      await context.close();
    }
  });
}
