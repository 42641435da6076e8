"""The architecture of the code: arrows point one way, modules stay small, nothing heavy is loaded."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "archcalc"

LAYERS = [
    {"collector", "terminal", "__init__"},
    {"diagnostics"},
    {"dims"},
    {"source", "expressions"},
    {"layers"},
    {"spec"},
    {"infer"},
    {"graph"},
    {"expand", "tally"},
    {"network"},
    {"conditions", "expectations", "merging"},
    {"report"},
    {"catalogue", "architecture"},
    {"cli"},
    {"__main__"},
]
"""Rooms from the ground up: a room uses rooms below it, or itself."""

HEAVY = {"sympy", "networkx", "numpy", "torch", "graphviz", "rich", "IPython", "matplotlib", "pandas"}


def level(module: str) -> int:
    room = module.split(".")[1] if "." in module else "__init__"
    return next(index for index, rooms in enumerate(LAYERS) if room in rooms)


def imports(path: Path) -> list[tuple[str, int, bool]]:
    """Modules of archcalc and others that a file imports: name, line, whether at the top (not inside a function)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "archcalc" else ["archcalc"]
        else:
            continue
        parent, at_top, for_types = node, True, False
        while parent is not None:
            at_top = at_top and not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef))
            for_types = for_types or (isinstance(parent, ast.If) and "TYPE_CHECKING" in ast.dump(parent.test))
            parent = getattr(parent, "parent", None)
        if not for_types:
            found.extend((name, node.lineno, at_top) for name in names)
    return found


def name_of(path: Path, base: Path = ROOT) -> str:
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def upward(path: Path, base: Path = ROOT) -> list[str]:
    """Imports of a file that point up."""
    module = name_of(path, base)
    # The package itself hands out names of every room, when they are asked for.
    if module == "archcalc":
        return []
    return [
        f"{module}:{line} imports {name}"
        for name, line, _ in imports(path)
        if name.split(".")[0] == "archcalc" and level(name) > level(module)
    ]


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    allowed = {"archcalc.report.model"}  # Its methods to_text and to_json call their siblings.
    assert name_of(path) in allowed or upward(path) == []


def test_an_import_that_points_up_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "archcalc" / "dims" / "wrong.py"
    wrong.parent.mkdir(parents=True)
    wrong.write_text("from archcalc.report.model import Report\n", encoding="utf-8")
    assert upward(wrong, tmp_path) == ["archcalc.dims.wrong:1 imports archcalc.report.model"]


def test_every_room_has_its_place() -> None:
    for path in FILES:
        level(name_of(path))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_heavy_at_the_top_of_a_module(path: Path) -> None:
    heavy = [f"line {line}: {name}" for name, line, at_top in imports(path) if at_top and name.split(".")[0] in HEAVY]
    assert heavy == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 520, "is there a seam?"


def loaded_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sorted(sys.modules), file=sys.stderr)"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stderr.split()}


def test_a_concrete_check_loads_nothing_heavy() -> None:
    loaded = loaded_after("from archcalc.cli import main\nassert main(['check', 'resnet:resnet152']) == 0")
    assert loaded & HEAVY == set()


def test_a_symbolic_check_loads_nothing_heavy() -> None:
    loaded = loaded_after("from archcalc.cli import main\nassert main(['check', 'unet:paper', '--symbolic']) == 0")
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "AC301"], ["schema"]])
def test_answers_at_once(arguments: list[str]) -> None:
    code = f"from archcalc.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit:\n    pass"
    assert loaded_after(code) & ({"pydantic", "yaml"} | HEAVY) == set()


def test_networkx_gets_the_same_graph() -> None:
    networkx = pytest.importorskip("networkx")
    import archcalc

    graph = archcalc.load("unet:paper").check().graph.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert sum(parameters for _, parameters in graph.nodes(data="parameters")) == 31030658
    assert graph.in_degree("dec1.concat") == 2
