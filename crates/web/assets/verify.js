// Verifies a member's bundle in the browser, with the same code as `candor verify`: verify.wasm. Nothing is sent
// anywhere. `await load(bytes)` once, then `verify(bundleText, trustText)` gives the answer as an object:
// {holds: true, lines, report} or {holds: false, part, words}.

let exports;

/** Makes the verifier from the bytes of verify.wasm, or from a response that fetches them. */
export async function load(source) {
  const bytes = source instanceof Response ? await source.arrayBuffer() : source;
  ({ instance: { exports } } = await WebAssembly.instantiate(bytes, {}));
}

/** Verifies one bundle; both arguments are the files' text. */
export function verify(bundle, trust) {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(bundle), encoder.encode(trust)];
  const memory = exports.candor_alloc(parts[0].length + parts[1].length);
  // The memory may have grown and moved: a view is made anew after every call.
  const view = new Uint8Array(exports.memory.buffer);
  view.set(parts[0], memory);
  view.set(parts[1], memory + parts[0].length);
  const answer = exports.candor_verify(memory, parts[0].length, parts[1].length);
  const length = new DataView(exports.memory.buffer).getUint32(answer, true);
  const text = new TextDecoder().decode(new Uint8Array(exports.memory.buffer, answer + 4, length));
  exports.candor_free(answer, length);
  return JSON.parse(text);
}
