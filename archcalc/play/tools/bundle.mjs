/** Everything of Python: `node bundle.mjs FOLDER` compiles what stands there, and makes an image of a started Python. */

import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { loadPyodide } from "pyodide";
import { opened, packed, starting, write } from "./python.mjs";

const ROOT = "/archcalc";
/** Where columns stand in lines is asked for by tracebacks alone; hashes are the same in every build. */
const ENVIRONMENT = { PYTHONNODEBUGRANGES: "1", PYTHONHASHSEED: "0", PYDANTIC_DISABLE_PLUGINS: "1" };

const folder = process.argv[2];
const all = await compiled();
const [library, ...rest] = all;
const lock = new URL(import.meta.resolve("pyodide/pyodide-lock.json"));
const { info } = JSON.parse(fs.readFileSync(lock));
const { default: create } = await import(new URL("pyodide.asm.mjs", lock));
const contents = { library: { path: library[0] }, lock: { info, packages: {} } };
const compiling = WebAssembly.compile(library[1]);
const python = await loadPyodide({ env: ENVIRONMENT, ...starting(create, contents, compiling) });
write(python.FS, opened(packed(contents, all)));
python.runPython(`
import sys
sys.path[:0] = ["${ROOT}", "${ROOT}/later.zip"]
from archcalc.play.rehearsal import rehearsed
answers = rehearsed()
`);
forget(python);
clean(python._module);
const image = python.makeMemorySnapshot();
const kept = rest.filter(([name]) => python.FS.analyzePath(name).exists);
fs.writeFileSync(path.join(folder, "library.wasm"), library[1]);
fs.writeFileSync(path.join(folder, "memory.bin"), zlib.gzipSync(image, { level: 9 }));
fs.writeFileSync(path.join(folder, "files.bin"), zlib.gzipSync(packed(contents, kept), { level: 9 }));
fs.writeFileSync(path.join(folder, "python_stdlib.zip"), python.FS.readFile("/lib/python314.zip"));

/** All files, compiled by the Python that runs them: the library, and the others. @returns {Promise<[string, Uint8Array][]>} */
async function compiled() {
  const python = await loadPyodide({ env: ENVIRONMENT });
  python.FS.mkdirTree(ROOT);
  const wheels = fs.readdirSync(path.join(folder, "wheels")).map((name) => path.join("wheels", name));
  for (const name of ["archcalc.zip", ...wheels]) {
    python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(folder, name))), "zip", { extractDir: ROOT });
  }
  const names = python.runPython(`
import compileall, pathlib, py_compile, shutil, zipfile

root = pathlib.Path("${ROOT}")
# Libraries of Linux are none of WebAssembly, and types, tests and old interfaces are never imported.
for unused in [*root.glob("yaml/*.so"), *root.rglob("*.pyi"), *root.glob("networkx/**/tests"), root / "pydantic/v1"]:
    shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
compileall.compile_dir(
    root, quiet=1, legacy=True, workers=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
)
# What only pictures need is imported out of an archive of its own.
later = root / "networkx"
with zipfile.ZipFile(root / "later.zip", "w") as target:
    for path in sorted(later.rglob("*.pyc")):
        if "__pycache__" not in path.parts:
            target.write(path, path.relative_to(root))
shutil.rmtree(later)
found = [path for path in sorted(root.rglob("*")) if path.is_file()]
kept = [str(path) for path in found if path.suffix != ".py" and "__pycache__" not in path.parts]
sorted(kept, key=lambda name: not name.endswith(".so"))
`).toJs();
  return names.map((name) => [name, python.FS.readFile(name)]);
}

/** What an image has in memory needs no file any longer: neither archcalc nor the standard library is imported twice. */
function forget(python) {
  python.runPython(`
import gc, importlib, pathlib, zipfile

def forget():
    known = {getattr(module, "__file__", None) for module in sys.modules.values()}
    for path in pathlib.Path("${ROOT}").rglob("*.pyc"):
        if str(path) in known:
            path.unlink()
    standard = next(path for path in sys.path if path.endswith(".zip") and not path.startswith("${ROOT}"))
    with zipfile.ZipFile(standard) as whole:
        kept = {name: whole.read(name) for name in whole.namelist() if f"{standard}/{name}" not in known}
    with zipfile.ZipFile(standard, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, data in kept.items():
            target.writestr(name, data)
    importlib.invalidate_caches()

forget()
del forget
gc.collect()
`);
  const open = python.FS.streams.slice(3).filter(Boolean);
  if (open.length) throw new Error(`an image holds no open file, such as ${open[0].path}`);
}

/** Free memory compresses well when it holds nothing: fill all that can be had without growing. */
function clean(module) {
  const held = [];
  for (let size = 1 << 16; size >= 16; size /= 2) {
    for (;;) {
      const end = module._sbrk(0);
      const place = module._malloc(size);
      held.push(place);
      if (module._sbrk(0) !== end) break;
      module.HEAPU8.fill(0, place, place + size);
    }
  }
  for (const place of held) module._free(place);
}
