/**
 * The worker of one file: all files come in messages, as letters, and nothing is fetched.
 *
 * A page from a disk can start no module as a worker, and Pyodide takes itself for a classic script wherever
 * `importScripts` answers: here it does not.
 */

import { failed, serve } from "./serving.mjs";

const NOWHERE = "https://archcalc.invalid/";
const COMPRESSED = [".bin", ".zip"];

self.importScripts = () => {
  throw new TypeError("this is a module");
};
self.addEventListener("unhandledrejection", ({ reason }) => failed(reason));

/** @type {Map<string, {letters: Promise<string>, come: (letters: string) => void}>} */
const files = new Map();
onmessage = ({ data }) => expected(data.name).come(data.letters);

/** A file that comes, or has come. @param {string} name */
function expected(name) {
  if (!files.has(name)) {
    let come;
    const letters = new Promise((done) => (come = done));
    files.set(name, { letters, come });
  }
  return files.get(name);
}

/** @param {string} name */
async function file(name) {
  const stream = new Blob([bytes(await expected(name).letters)]).stream();
  files.delete(name);
  const isKept = COMPRESSED.some((end) => name.endsWith(end));
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(isKept ? stream : stream.pipeThrough(new DecompressionStream("gzip")), { headers: { "content-type": type } });
}

/** @param {string} name */
async function module(name) {
  const text = await (await file(name)).text();
  return import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
}

/** @param {string} letters in base 64 */
function bytes(letters) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(letters);
  const text = atob(letters);
  const found = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) found[at] = text.charCodeAt(at);
  return found;
}

serve(file, module, NOWHERE).catch(failed);
