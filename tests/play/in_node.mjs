/** What the built Python answers in Node: `node in_node.mjs SITE MESSAGES`, a line for each. */

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import zlib from "node:zlib";
import { answering, opened, starting, write } from "../../archcalc/play/tools/python.mjs";

const site = path.resolve(process.argv[2]) + path.sep;
const module = (name) => import(pathToFileURL(site + name).href);
const unpacked = (name) => new Uint8Array(zlib.gunzipSync(fs.readFileSync(site + name)));

const { loadPyodide } = await module("pyodide.mjs");
const { default: create } = await module("pyodide.asm.mjs");
const contents = opened(unpacked("files.bin"));
const library = WebAssembly.compile(fs.readFileSync(`${site}library.wasm`));
const image = Promise.resolve(unpacked("memory.bin"));
const python = await loadPyodide({ indexURL: site, ...starting(create, contents, library, image) });
write(python.FS, contents);
const answer = answering(python);
for (const message of fs.readFileSync(process.argv[3], "utf8").split("\n").filter(Boolean)) console.log(answer(message));
