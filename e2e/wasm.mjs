// The build for the browser against the fixtures that the native tests hold: the same answer for a good and a bad bundle.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { load, verify } from "../crates/web/assets/verify.js";

const fixture = (name) => readFile(new URL(`../crates/tlog/tests/fixtures/${name}`, import.meta.url), "utf8");
const [bundle, trust, report, failure] = await Promise.all(
  ["bundle.json", "trust.json", "report.json", "failure.json"].map(fixture),
);
await load(await readFile(new URL("../crates/web/assets/verify.wasm", import.meta.url)));

assert.deepEqual(verify(bundle, trust), JSON.parse(report));
assert.deepEqual(verify(bundle.replace("0202020202", "0202020203"), trust), JSON.parse(failure));
assert.equal(verify("", "").holds, false);
for (let round = 0; round < 200; round += 1) {
  assert.equal(verify(bundle, trust).holds, true);
}
console.log("verify.wasm answers as the native build does");
