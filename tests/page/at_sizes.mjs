// What the page's own program says about networks at sizes: JSON on standard input, JSON on standard output.
import { readFileSync } from "node:fs";
import { answers } from "./saying.mjs";

process.stdout.write(JSON.stringify(answers(JSON.parse(readFileSync(0, "utf8")))));
