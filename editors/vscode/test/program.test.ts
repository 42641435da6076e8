import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { program, trouble } from "../src/program";

const folder = mkdtempSync(join(tmpdir(), "archcalc-"));
after(() => rmSync(folder, { recursive: true }));

function script(name: string, lines: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("the program is the one that is named, that of an environment, or the one on the path", () => {
  assert.equal(program(" /opt/archcalc ", [folder]), "/opt/archcalc");
  assert.equal(program("", [folder]), "archcalc");
  const found = script(".venv/bin/archcalc", "exit 0");
  assert.equal(program("", ["/nowhere", folder], "linux"), found);
  assert.equal(program("", [folder], "win32"), "archcalc");
});

test("what is wrong with the program is said", { skip: process.platform === "win32" }, async () => {
  assert.match((await trouble(join(folder, "none"))) ?? "", /^There is no program .*pip install 'archcalc\[lsp\]'.*archcalc\.command/);
  const bare = script("bare", "echo \"archcalc: the language server needs pygls: pip install 'archcalc[lsp]'\" >&2; exit 2");
  assert.match((await trouble(bare)) ?? "", /bare lsp` does not work: archcalc: the language server needs pygls/);
  assert.match((await trouble(script("silent", "exit 3"))) ?? "", /it ended with 3$/);
  writeFileSync(join(folder, "plain"), "");
  assert.match((await trouble(join(folder, "plain"))) ?? "", /cannot be started: .*EACCES/);
  assert.equal(await trouble(script("good", "test \"$1\" = lsp && cat")), undefined);
});
