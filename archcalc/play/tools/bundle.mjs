/** All files of Python as one archive, compiled by the Python that runs them: `node bundle.mjs FOLDER ARCHIVE`. */

import fs from "node:fs";
import path from "node:path";
import { loadPyodide } from "pyodide";

const [, , folder, archive] = process.argv;
const python = await loadPyodide();
python.FS.mkdirTree("/packed");
python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(folder, "archcalc.zip"))), "zip", { extractDir: "/packed" });
for (const name of fs.readdirSync(path.join(folder, "wheels"))) {
  python.unpackArchive(new Uint8Array(fs.readFileSync(path.join(folder, "wheels", name))), "zip", { extractDir: "/packed" });
}
python.runPython(`
import compileall, pathlib, py_compile, shutil, zipfile

packed = pathlib.Path("/packed")
# Libraries of Linux are none of WebAssembly, and types, tests and old interfaces are never imported.
for unused in [*packed.glob("yaml/*.so"), *packed.rglob("*.pyi"), *packed.glob("networkx/**/tests"), packed / "pydantic/v1"]:
    shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
compileall.compile_dir(
    packed, quiet=1, legacy=True, workers=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
)
# What only pictures need is imported out of an archive of its own, so that nobody waits until it is unpacked.
later = packed / "networkx"
with zipfile.ZipFile(packed / "later.zip", "w") as target:
    for path in sorted(later.rglob("*.pyc")):
        if "__pycache__" not in path.parts:
            target.write(path, path.relative_to(packed))
shutil.rmtree(later)
with zipfile.ZipFile("/archive.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
    for path in sorted(packed.rglob("*")):
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            target.write(path, path.relative_to(packed))
`);
fs.writeFileSync(archive, python.FS.readFile("/archive.zip"));
