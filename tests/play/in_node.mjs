/** What the built archive answers in Node: `node in_node.mjs SITE MESSAGES`, a line for each. */

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const site = path.resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(path.join(site, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: site + path.sep });
python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(site, "archcalc.zip"))), "zip", { extractDir: "/archcalc" });
python.runPython("import sys; sys.path[:0] = ['/archcalc', '/archcalc/later.zip']");
const answer = python.runPython("from archcalc.play.answers import Answers\nAnswers().answered");
for (const message of fs.readFileSync(process.argv[3], "utf8").split("\n").filter(Boolean)) console.log(answer(message));
