"""Generated files are what a careful engineer would commit: linters, formatter and type checker accept every one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from effort import share
from export.generated import ROOT, exported, networks

NETWORKS = networks()
CACHE = ROOT / ".mypy_cache" / "generated"
TOOLS = {
    "lint": ("ruff", "check", "--isolated", "--no-cache"),
    "lint with more rules": (
        *("ruff", "check", "--isolated", "--no-cache", "--target-version=py311", "--line-length=88"),
        "--select=E,F,I,W,UP,B,C4,D1,N,PIE,PT,RET,RUF,S,SIM",
        # Symbols keep the letters of the spec (N803, N806); what a class is says its own docstring (D102, D107).
        "--ignore=N803,N806,D102,D107",
    ),
    "format": ("ruff", "format", "--check", "--isolated", "--no-cache"),
}


@pytest.fixture(scope="module", params=["share", pytest.param("all", marks=pytest.mark.job)])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated files: of a share of all networks in every run, and of all in the job that looks at types, too."""
    assert len(NETWORKS) > 100
    chosen = NETWORKS if request.param == "all" else share(NETWORKS)
    found = tmp_path_factory.mktemp("generated")
    for network in chosen:
        (found / f"{network.identifier}.py").write_text(exported(network.load()).text, encoding="utf-8")
    assert len(list(found.iterdir())) == len(chosen) > 10
    return found


@pytest.mark.parametrize("name", TOOLS)
def test_ruff_has_nothing_to_say(name: str, folder: Path) -> None:
    tool, *arguments = TOOLS[name]
    found = subprocess.run(
        [sys.executable, "-m", tool, *arguments, "."], cwd=folder, capture_output=True, encoding="utf-8"
    )
    assert (found.returncode, found.stderr) == (0, ""), found.stdout


@pytest.mark.parametrize("folder", [pytest.param("all", marks=pytest.mark.job)], indirect=True)
def test_mypy_has_nothing_to_say(folder: Path) -> None:
    if find_spec("torch") is None:
        pytest.skip("could not import 'torch', whose types are needed")
    # The types of PyTorch say that a module returns Any; that aside, its strictest settings hold. Reading all of
    # PyTorch takes half a minute; the cache is for the next time.
    found = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-warn-return-any"),
            *("--config-file=", "--python-version=3.11", f"--cache-dir={CACHE}", "."),
        ],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_nothing_is_imported_but_torch(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        modules: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path.name
                modules.add((node.module or "").partition(".")[0])
        assert "torch" in modules, path.name
        assert modules <= {"torch", *sys.stdlib_module_names}, path.name


CHILD = """
import sys
from archcalc import load
from archcalc.export.torch import write
for name in sys.argv[1:]:
    assert write(load(name).program, {})[0] is not None
print(sorted({"torch", "sympy", "networkx", "numpy"} & set(sys.modules)))
"""


def test_writing_loads_neither_torch_nor_anything_heavy() -> None:
    names = [f"{network.path}:{network.variant}" for network in share(NETWORKS) if network.variant]
    assert names
    found = subprocess.run(
        [sys.executable, "-c", CHILD, *names],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert (found.stdout, found.stderr) == ("[]\n", "")
