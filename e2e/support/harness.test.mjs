// The harness itself, on a tiny site of its own: a good page passes every check, a bad one fails each.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before } from "node:test";

import { checkAccess, checkHeaders, checkPage, checkWidth, pageTest, seen, signIn } from "./index.mjs";

const STRICT = "default-src 'none'; style-src 'self'; form-action 'self'";

const PAGES = {
  "/good": { policy: STRICT, body: "<main><h1>Good</h1><p>Words.</p></main>" },
  "/auth/login": {
    policy: STRICT,
    body: '<main><h1>Sign in</h1><form action="/good"><button>Continue as Ann Example</button></form></main>',
  },
  "/unlabelled": { policy: STRICT, body: "<main><h1>Bad</h1><input></main>" },
  "/wide": { policy: STRICT, body: '<main><h1>Bad</h1><img alt="" width="900" height="9"></main>' },
  "/open": { policy: "default-src 'self' 'unsafe-inline'", body: "<main><h1>Bad</h1></main>" },
  "/loud": { policy: STRICT, body: "<main><h1>Bad</h1></main><script>alert(1)</script>" },
};

const server = createServer((request, response) => {
  const page = PAGES[new URL(request.url, "http://local").pathname];
  if (!page) return response.writeHead(404).end();
  response.setHeader("content-security-policy", page.policy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!doctype html><html lang="en"><head><title>Page</title>
<meta name="viewport" content="width=device-width"></head><body>${page.body}</body></html>`);
});

let site;

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

pageTest("a good page passes every check", async (page) => {
  await page.goto(`${site}/good`);
  await checkPage(page, "harness good");
});

pageTest("signing in presses the named button", { baseURL: undefined }, async (page) => {
  const relative = page.goto.bind(page);
  page.goto = (address) => relative(new URL(address, site).href);
  await signIn(page, "Ann");
  assert.equal(new URL(page.url()).pathname, "/good");
});

pageTest("a field without a label is found", async (page) => {
  await page.goto(`${site}/unlabelled`);
  await assert.rejects(checkAccess(page, "bad"), /label/);
});

pageTest("a page wider than a phone is found", async (page) => {
  await page.setViewportSize({ width: 320, height: 600 });
  await page.goto(`${site}/wide`);
  await assert.rejects(checkWidth(page, "bad"), /wider than 320/);
});

pageTest("a policy with a hole is found", async (page) => {
  await page.goto(`${site}/open`);
  await assert.rejects(checkHeaders(page, "bad"), /unsafe/);
});

pageTest("a refused script is an error of the page", { expectErrors: true }, async (page) => {
  await page.goto(`${site}/loud`);
  assert.match(seen(page).errors.join("\n"), /Content Security Policy/);
  await assert.rejects(checkPage(page, "bad"), /errors on the page/);
});
