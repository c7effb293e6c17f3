// Streams the draft into the page. Without this file the same form posts and gets a page with the whole draft.
"use strict";

const form = document.querySelector("form[data-stream]");
const output = document.getElementById("draft-output");
const status = document.getElementById("draft-status");
const notice = document.getElementById("draft-notice");
const result = document.getElementById("draft-result");
const stop = document.getElementById("draft-stop");

if (form && output && status && notice && result && stop && window.ReadableStream) {
  let running;

  const show = (event) => {
    if (event.type === "text") output.textContent += event.text;
    else if (event.type === "notice") notice.append(Object.assign(document.createElement("p"), { textContent: event.text }));
    else status.textContent = event.text;
  };

  const read = async (response) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line) show(JSON.parse(line));
    }
  };

  stop.addEventListener("click", () => running?.abort());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    running?.abort();
    const mine = (running = new AbortController());
    result.hidden = false;
    stop.hidden = false;
    output.textContent = "";
    notice.replaceChildren();
    status.textContent = "Drafting…";
    try {
      const body = new URLSearchParams(new FormData(form));
      const response = await fetch(form.dataset.stream, { method: "POST", body, signal: mine.signal });
      await read(response);
    } catch {
      if (mine === running) status.textContent = mine.signal.aborted ? "Stopped." : "The connection was lost. Try again.";
    } finally {
      if (mine === running) stop.hidden = true;
    }
  });
}
