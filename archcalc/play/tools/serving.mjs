/** A worker in which Python starts, while its files come, and answers what the page asks. */

import { answering, opened, starting, write } from "./python.mjs";

/**
 * @param {(name: string) => Promise<Response>} file the files of Python; each is asked for at once
 * @param {(name: string) => Promise<any>} module its modules of JavaScript
 * @param {string} here where Pyodide looks for what it does not get
 */
export async function serve(file, module, here) {
  const program = WebAssembly.compileStreaming(file("pyodide.asm.wasm"));
  const image = unpacked(file("memory.bin"));
  const library = WebAssembly.compileStreaming(file("library.wasm"));
  const rest = unpacked(file("files.bin")).then(opened);
  const standard = file("python_stdlib.zip");
  const [{ default: create }, { loadPyodide }] = await Promise.all([module("pyodide.asm.mjs"), module("pyodide.mjs")]);
  // Pyodide would begin to ask when its program has come, and compile when the memory has.
  const { fetch } = self;
  const coming = { "pyodide.asm.wasm": Promise.resolve(new Response()), "python_stdlib.zip": standard };
  self.fetch = (address, ...options) => coming[String(address.url ?? address).split("/").pop()] ?? fetch(address, ...options);
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const compiled = await program;
    return { module: compiled, instance: await WebAssembly.instantiate(compiled, imports) };
  };
  const contents = await rest;
  const python = await loadPyodide({ indexURL: here, ...starting(create, contents, library, image) });
  write(python.FS, contents);
  const answer = answering(python);
  onmessage = ({ data }) => postMessage({ answer: answer(data) });
  postMessage({ ready: true });
}

/** What is compressed. @param {Promise<Response>} file */
async function unpacked(file) {
  const { body } = await file;
  return new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

/** Say why there is no Python. */
export function failed(error) {
  postMessage({ failed: String(error?.message ?? error) });
}
