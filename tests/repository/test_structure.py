"""The architecture of the code: arrows point one way, modules stay small, nothing heavy is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from repository.arrows import PACKAGE, ROOT, against_the_levels, circles, graph, imports, level, name_of
from repository.rooms import EXCEPTIONS, LEVELS

import archcalc

SUPPLIED = PACKAGE / "export" / "torch" / "supplied"
"""What generated modules get copies from: archcalc reads it as text and never imports it, so that it may be PyTorch."""

HEAVY = {"sympy", "networkx", "numpy", "torch", "graphviz", "rich", "IPython", "matplotlib", "pandas"}


FILES = sorted(PACKAGE.rglob("*.py"))


def test_modules_of_tests_have_names_of_their_own() -> None:
    """Pytest imports those of a folder without `__init__.py` by their name alone: two of one name stop a whole run."""
    alone = [path.name for path in (ROOT / "tests").rglob("*.py") if not (path.parent / "__init__.py").exists()]
    assert sorted(name for name in set(alone) if name.startswith("test_") and alone.count(name) > 1) == []


def test_no_folder_hides_a_library() -> None:
    """The folder of a test is put on the path, where `importing/torch` would be PyTorch for those who have none."""
    folders = {
        path.parent for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()
    }
    libraries = {*HEAVY, "keras", "onnx", "timm", "torchvision", "transformers"}
    assert [str(one) for folder in folders for one in folder.iterdir() if one.is_dir() and one.name in libraries] == []


def test_imports_point_down() -> None:
    assert [line for path in FILES for line in against_the_levels(path)] == []


def test_exceptions_are_few_and_needed() -> None:
    assert len(EXCEPTIONS) <= 5
    for (module, other), reason in EXCEPTIONS.items():
        assert reason
        assert other in graph(FILES)[module], f"{module} does not import {other} any more: strike the exception"


def test_circles_of_imports_are_few_and_small() -> None:
    """A value may open the writers of its own room; nothing else that leads back to where it came from."""
    found = circles(graph(FILES))
    assert len(found) <= 4, found
    assert max(map(len, found)) <= 4, found
    for circle in found:
        assert len({name.split(".")[1] for name in circle}) == 1, f"a circle leaves its room: {circle}"


def test_no_room_has_two_places() -> None:
    assert sum(map(len, LEVELS)) == len(set().union(*LEVELS))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("from archcalc.api.report import Report", ["archcalc.api.report"]),
        ("import archcalc.api.report", ["archcalc.api.report"]),
        ("import json, archcalc.cli as cli", ["archcalc.cli"]),
        ("from archcalc import Report", ["archcalc.api.report"]),
        ("from archcalc import Span, Report as R", ["archcalc.diagnostics.model", "archcalc.api.report"]),
        ("from archcalc import report", ["archcalc.report"]),
        ("from archcalc import __version__, load", ["archcalc.api.architecture"]),
        ("from ..api.report import Report", ["archcalc.api.report"]),
        ("from ..report import text", ["archcalc.report"]),
        ("from .. import report", ["archcalc.report"]),
        ("from .. import Report", ["archcalc.api.report"]),
        ("def late():\n    from ..cli import main", ["archcalc.cli"]),
        (
            "if TYPE_CHECKING:\n    from archcalc import Report",
            ["archcalc.api.report"],
        ),
        ("from archcalc.source import SourceFile", ["archcalc.source"]),
        ("import archcalc", sorted(set(archcalc._HOMES.values()))),
        ("from archcalc import *", sorted(set(archcalc._HOMES.values()))),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path: Path, statement: str, found: list[str]) -> None:
    for file in ("wrong.py", "__init__.py"):
        wrong = tmp_path / "archcalc" / "dims" / file
        wrong.parent.mkdir(parents=True, exist_ok=True)
        wrong.write_text(statement + "\n", encoding="utf-8")
        told = [line.rpartition(" ")[2] for line in against_the_levels(wrong, tmp_path)]
        # dims uses nothing above it, nor beside it; what is below it is not told
        above = [name for name in found if level(name) >= level("archcalc.dims")]
        assert told == [name for name in above if not name.startswith("archcalc.dims")]
        assert told


@pytest.mark.parametrize(
    "statement",
    ["from . import atoms", "from .atoms import Atom", "from .. import terminal", "from archcalc import __version__"]
    + ["from archcalc.dims import symbol", "from .. import Span", "import json", "from sympy import Symbol"],
)
def test_an_import_that_points_down_is_fine(tmp_path: Path, statement: str) -> None:
    right = tmp_path / "archcalc" / "dims" / "right.py"
    right.parent.mkdir(parents=True)
    right.write_text(statement + "\n", encoding="utf-8")
    assert against_the_levels(right, tmp_path) == []


def test_every_room_has_its_place() -> None:
    for path in FILES:
        if path != PACKAGE / "__init__.py":
            level(name_of(path))


OWN = [path for path in FILES if SUPPLIED not in path.parents]


LIVE = "archcalc.importing.torch.live"
"""The one package that is PyTorch's throughout: it runs modules that people have."""


def test_nothing_heavy_at_the_top_of_a_module() -> None:
    heavy = [
        f"{name_of(path)}:{line} imports {name}"
        for path in OWN
        for name, line, at_top in imports(path)
        if at_top and (name.split(".")[0] in HEAVY or name.startswith(LIVE)) and not name_of(path).startswith(LIVE)
    ]
    assert heavy == []


def test_what_is_supplied_is_never_imported() -> None:
    package = ".".join(SUPPLIED.relative_to(PACKAGE.parent).parts)

    def is_supplied(name: str) -> bool:
        return f"{name}.".startswith(f"{package}.")

    assert [path for path in OWN for name, _, _ in imports(path) if is_supplied(name)] == []
    needed = {name for path in SUPPLIED.glob("*.py") for name, _, _ in imports(path) if not is_supplied(name)}
    assert {name.split(".")[0] for name in needed} == {"torch"}


def test_modules_stay_small() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: count for name, count in lines.items() if count > 520} == {}, "is there a seam?"


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
    graph = archcalc.load("unet:paper").check().graph.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert sum(parameters for _, parameters in graph.nodes(data="parameters")) == 31030658
    assert graph.in_degree("dec1.concat") == 2
