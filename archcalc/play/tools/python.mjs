/**
 * Python, started with its memory as it was when archcalc had been imported: nothing is imported or unpacked again.
 *
 * An image of memory holds addresses, and for functions their places in a table. Both hold only where every program
 * stands at the same place again. A compiled library is therefore put in before Python runs, and at a place of the
 * table that leaves room for what only some browsers add to it.
 */

/**
 * @typedef {{path: string, place: number, functions: number}} Library
 *   the file of the library, its first place in the table, and how many functions every browser has in front of it
 * @typedef {{library: Library, lock: object, files: [string, number][]}} Contents what an archive says of itself
 */

/** What only some browsers add to the table, at most. */
const ROOM = 64;

/**
 * Options of `loadPyodide`.
 * @param {(settings: object) => Promise<any>} create makes the module of Pyodide
 * @param {Contents} contents @param {WebAssembly.Module | Promise<WebAssembly.Module>} compiled the library
 * @param {Promise<Uint8Array>} [image] the memory; without one, Python starts from nothing, and an image can be made
 */
export function starting(create, contents, compiled, image) {
  const createPyodideModule = async (settings) => {
    const memory = await image;
    settings.preRun.push((module) => put(module, contents.library, compiled));
    if (memory) settings.preRun.push((module) => restore(module, memory.length));
    return create(settings);
  };
  return { createPyodideModule, lockFileContents: contents.lock, _loadSnapshot: image, _makeSnapshot: !image };
}

/** Where a trampoline of this browser stands in memory, in words; some browsers have none. */
function trampoline(module) {
  return (module.__PyRuntime + module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2]) >>> 2;
}

/** Put the library in: where it stood before, or behind some room. */
function put(module, library, compiled) {
  const { wasmTable, HEAP32 } = module;
  const functions = wasmTable.length - (HEAP32[trampoline(module)] ? 1 : 0);
  library.functions ??= functions;
  library.place ??= functions + ROOM;
  if (functions !== library.functions) {
    throw new Error(`this browser puts ${functions} functions in front of a library, and not ${library.functions}`);
  }
  wasmTable.grow(library.place - wasmTable.length);
  module.addRunDependency(library.path);
  const options = { loadAsync: true, global: false, nodelete: true, allowUndefined: true };
  return (async () => {
    module.preloadedWasm[library.path] = await module.loadWebAssemblyModule(await compiled, options, library.path, {});
    module.removeRunDependency(library.path);
  })();
}

/** Make room for an image, and keep what is of this browser when it is put in. */
function restore(module, length) {
  if (module.HEAP8.length < length) module.growMemory(length);
  const { restoreSnapshot } = module.API;
  module.API.restoreSnapshot = (image) => {
    const own = module.HEAP32[trampoline(module)];
    const found = restoreSnapshot(image);
    module.HEAP32[trampoline(module)] = own;
    return found;
  };
}

/** An archive: the length of what it says of itself, that as JSON, and the files. @returns {Uint8Array} */
export function packed(contents, files) {
  const head = new TextEncoder().encode(JSON.stringify({ ...contents, files: files.map(([name, data]) => [name, data.length]) }));
  const found = new Uint8Array(4 + head.length + files.reduce((sum, [, data]) => sum + data.length, 0));
  new DataView(found.buffer).setUint32(0, head.length);
  found.set(head, 4);
  let at = 4 + head.length;
  for (const [, data] of files) {
    found.set(data, at);
    at += data.length;
  }
  return found;
}

/** @param {Uint8Array} archive @returns {Contents & {data: Uint8Array}} what it says of itself, and all files behind each other */
export function opened(archive) {
  const length = new DataView(archive.buffer, archive.byteOffset).getUint32(0);
  const contents = JSON.parse(new TextDecoder().decode(archive.subarray(4, 4 + length)));
  return { ...contents, data: archive.subarray(4 + length) };
}

/** Write the files of an archive. @param {any} FS the files of Python */
export function write(FS, { files, data }) {
  const folders = new Set();
  let at = 0;
  for (const [name, length] of files) {
    const folder = name.slice(0, name.lastIndexOf("/"));
    if (!folders.has(folder)) FS.mkdirTree(folder);
    folders.add(folder);
    FS.writeFile(name, data.subarray(at, (at += length)), { canOwn: true });
  }
}

/** @param {any} python @returns {(message: string) => string} */
export function answering(python) {
  return python.runPython("answers.answered");
}
