// What a spec needs, in one import:
// `import { pageTest, signIn, checkPage, candor } from "../support/index.mjs";`

import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { PICTURE } from "./browser.mjs";
import { plainEnvironment } from "./demo.mjs";

export { pageTest, resultPath, seen } from "./browser.mjs";
export { checkAccess, checkHeaders, checkPage, checkWidth } from "./check.mjs";

const COMMAND_LIMIT_MS = 120_000;
const OUTPUT_LIMIT_BYTES = 16 << 20;

/** Signs in by the development login: the button whose name holds `name`. Ends on the page after it. */
export async function signIn(page, name) {
  await page.goto("/auth/login");
  await page.getByRole("button", { name }).first().click();
  await page.waitForURL((url) => url.pathname !== "/auth/login");
}

/** Runs the real binary on the demo's data and gives what it printed; fails when it does. */
export async function candor(...words) {
  const { stdout } = await promisify(execFile)(
    process.env.CANDOR_BIN,
    [...words, "--data", process.env.CANDOR_E2E_DATA],
    { env: plainEnvironment(), timeout: COMMAND_LIMIT_MS, maxBuffer: OUTPUT_LIMIT_BYTES },
  );
  return stdout;
}

/** Writes the README's picture, when this run was asked for it. */
export async function pictureForReadme(page) {
  if (!process.env.CANDOR_E2E_PICTURE) return;
  await mkdir(path.dirname(PICTURE), { recursive: true });
  await page.screenshot({ path: PICTURE });
}
