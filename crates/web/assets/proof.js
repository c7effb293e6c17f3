// The checker on `/proof`: reads the picked file, verifies it with verify.wasm, and writes the report in words. The file
// never leaves the page.

import { load, verify } from "/assets/verify.js";

const LIMIT_BYTES = 16 << 20;

const byId = (id) => document.getElementById(id);
const form = byId("verify-form");
let loaded;

function show(verdict, lines, holds) {
  const result = byId("verify-result");
  result.hidden = false;
  result.dataset.holds = String(holds);
  byId("verify-verdict").textContent = verdict;
  byId("verify-lines").replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }),
  );
}

async function check() {
  const [file] = byId("verify-file").files;
  if (!file) return;
  show("Checking…", [], "");
  if (file.size > LIMIT_BYTES) {
    show("This is no proof file.", ["It is larger than a proof file can be."], false);
    return;
  }
  try {
    loaded ??= fetch("/assets/verify.wasm").then(load);
    await loaded;
    const trust = JSON.stringify({ key: byId("verify-key").value.trim() });
    const answer = verify(await file.text(), trust);
    if (answer.holds) show("Everything in the file holds.", answer.lines, true);
    else show("Something in the file does not hold.", [answer.words], false);
  } catch {
    loaded = undefined;
    show("The check did not run.", ["This browser could not run the checker. Use the program below."], false);
  }
}

form.hidden = false;
byId("verify-without").hidden = true;
form.addEventListener("submit", (event) => event.preventDefault());
byId("verify-file").addEventListener("change", check);
byId("verify-key").addEventListener("change", check);
