import assert from "node:assert/strict";
import { test } from "node:test";

import { isSpec, variantAt, variants, type Entry } from "../src/texts";

test("a spec is told from other files by its keys", () => {
  for (const text of ["input: [1, 2]", "name: a\nlayers:\n- relu", "variants : {}", '{"input": [1]}', '{\n  "layers": []}']) {
    assert.ok(isSpec(text), text);
  }
  for (const text of ["", "services:\n  input: a", "# layers:", "on: [push]\njobs:\n  layers: 1", '{"a": {"input": 1}}', "inputs:"]) {
    assert.ok(!isSpec(text), text);
  }
});

function entry(name: string, kind: number, first: number, last: number, character: number, children: Entry[] = []): Entry {
  return { name, kind, range: { start: { line: first }, end: { line: last, character } }, children };
}

test("a line stands in one variant or in none", () => {
  const inside = [entry("a", 5, 2, 4, 0), entry("b", 5, 4, 4, 9)];
  const outline = [entry("input", 3, 0, 0, 5), entry("variants", 3, 1, 4, 9, inside), entry("a", 8, 6, 6, 3)];
  assert.deepEqual(variants(outline).map((one) => one.name), ["a", "b"]);
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((line) => variantAt(outline, line)), [
    undefined, undefined, "a", "a", "b", undefined, undefined,
  ]);
});
