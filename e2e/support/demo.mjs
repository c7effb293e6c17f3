// The demo as a process: started on a free port, awaited by its health, stopped politely.
//
// Every wait has a bound and ends early when the process does. The process gets no setting from
// this machine's environment.

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 200;
const LOG_TAIL_LINES = 40;

/** Asks the system for a port that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** The environment less every setting of ours, so that the demo runs with what it is told here. */
export function plainEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CANDOR_")));
}

/** Starts `candor demo` and resolves to `{ url, stop }` once `/healthz` answers 200. */
export async function startDemo({ binary, data, size, log }) {
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const output = createWriteStream(log);
  const child = spawn(binary, ["demo", "--data", data, "--listen", listen, ...size], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(`cannot start \`${binary}\`: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`the demo ended with ${signal ?? code}`));
  });
  const url = `http://${listen}`;
  const started = Date.now();
  const reason = await untilHealthy(url, ended);
  if (reason) {
    await stop(child, ended);
    throw new Error(`${reason}; its last lines were:\n${await tail(log)}`);
  }
  process.stderr.write(`the demo serves ${url} after ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  return { url, stop: () => stop(child, ended) };
}

/** Polls until the demo is healthy; resolves to what went wrong, or to nothing. */
async function untilHealthy(url, ended) {
  let reason;
  ended.then((text) => (reason = text));
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    if (reason) return reason;
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.status === 200) return undefined;
    await sleep(POLL_MS);
  }
  return `the demo was not healthy after ${START_LIMIT_MS / 1000} s`;
}

async function stop(child, ended) {
  if (child.exitCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await ended;
  clearTimeout(late);
}

async function tail(log) {
  const text = await readFile(log, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
}
