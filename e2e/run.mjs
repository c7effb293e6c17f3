// Starts a small demo of the real binary, runs the specs against it, and stops it again.
//
// Called by `cargo xtask e2e`, which builds the binary and finds the browser. Never downloads anything.
// Options: --picture (also write the README's picture), --only PAGE (one spec).

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { startDemo } from "./support/demo.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const specs = path.join(here, "specs");
const results = path.join(here, "test-results");

const { values: options } = parseArgs({
  options: { picture: { type: "boolean", default: false }, only: { type: "string" } },
});

/** Reads a setting that `cargo xtask e2e` gives; fails with what to do when it is missing. */
function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`\`${name}\` is not set; run \`cargo xtask e2e\``);
  return value;
}

/** The specs in order of their names, after the test of the harness itself. */
async function chosenSpecs() {
  const names = (await readdir(specs)).filter((name) => name.endsWith(".spec.mjs")).sort();
  if (names.length === 0) throw new Error("there are no specs; write `e2e/specs/<page>.spec.mjs`");
  if (options.only === undefined) {
    return [path.join(here, "support", "harness.test.mjs"), ...names.map((name) => path.join(specs, name))];
  }
  if (!names.includes(`${options.only}.spec.mjs`)) {
    throw new Error(`there is no spec \`${options.only}\`; the specs are ${names.join(", ")}`);
  }
  return [path.join(specs, `${options.only}.spec.mjs`)];
}

/** Runs the specs one after the other, because they share one demo; gives the exit code. */
function runSpecs(files, settings) {
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", "--test-reporter=spec", ...files], {
    cwd: here,
    env: { ...process.env, ...settings },
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

async function main() {
  const binary = required("CANDOR_BIN");
  required("CANDOR_CHROMIUM");
  const files = await chosenSpecs();
  await rm(results, { recursive: true, force: true });
  await mkdir(results, { recursive: true });
  const data = await mkdtemp(path.join(tmpdir(), "candor-e2e-"));
  const size = required("CANDOR_DEMO").split(" ");
  try {
    const demo = await startDemo({ binary, data, size, log: path.join(results, "demo.log") });
    try {
      return await runSpecs(files, {
        CANDOR_E2E_URL: demo.url,
        CANDOR_E2E_DATA: data,
        CANDOR_E2E_PICTURE: options.picture ? "1" : "",
      });
    } finally {
      await demo.stop();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

process.exitCode = await main();
