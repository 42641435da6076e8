/**
 * The worker of one file: all files come in a message, and nothing is fetched.
 *
 * A page from a disk can start no module as a worker, and Pyodide takes itself for a classic script wherever
 * `importScripts` answers: here it does not.
 */

import { answering, failed, serve } from "./serving.mjs";

const NOWHERE = "https://archcalc.invalid/";

self.importScripts = () => {
  throw new TypeError("this is a module");
};
self.addEventListener("unhandledrejection", ({ reason }) => failed(reason));
onmessage = ({ data }) => begin(data).catch(failed);

/** @param {Record<string, Uint8Array>} files compressed */
async function begin(files) {
  const unpacked = (name) => new Response(new Blob([files[name]]).stream().pipeThrough(new DecompressionStream("gzip")));
  const module = async (name) => {
    const text = await unpacked(name).text();
    return import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  };
  self.fetch = async (address) => {
    const name = String(address.url ?? address).split("/").pop();
    if (!(name in files)) throw new Error(`${name} is not in this file`);
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(await unpacked(name).arrayBuffer(), { headers: { "content-type": type } });
  };
  const { loadPyodide } = await module("pyodide.mjs");
  const python = await loadPyodide({
    indexURL: NOWHERE,
    createPyodideModule: (await module("pyodide.asm.mjs")).default,
    lockFileContents: await unpacked("pyodide-lock.json").text(),
    stdLibURL: `${NOWHERE}python_stdlib.zip`,
  });
  serve(answering(python, await unpacked("archcalc.zip").arrayBuffer()));
}
