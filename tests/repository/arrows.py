"""What modules import what: the arrows of the code, read from its text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from repository.rooms import EXCEPTIONS, LEVELS

import archcalc

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "archcalc"

ROOMS = frozenset().union(*LEVELS)


class Import(NamedTuple):
    """A module that a file imports, on which line, and whether it is loaded with the file."""

    name: str
    line: int
    at_top: bool


def level(module: str) -> int:
    """The level of a module's room. Raises: LookupError for a room that has none."""
    room = module.split(".")[1] if "." in module else module
    found = [index for index, rooms in enumerate(LEVELS) if room in rooms]
    if not found:
        raise LookupError(f"give the room {room} its place in tests/repository/rooms.py")
    return found[0]


def imports(path: Path, base: Path = ROOT) -> list[Import]:
    """Every import of a file, also those within functions and for a type checker."""
    return _imports(path, base)


@cache
def _imports(path: Path, base: Path) -> list[Import]:
    package = name_of(path.parent / "__init__.py", base).split(".")
    found = []
    for node, at_top in _statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [home for alias in node.names for home in homes(alias.name, "*", base)]
        else:
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            names = [home for alias in node.names for home in homes(module, alias.name, base)]
        found.extend(Import(name, node.lineno, at_top) for name in dict.fromkeys(names))
    return found


def _statements(node: ast.AST, at_top: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The statements that import, and whether they run when the file is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, at_top
        elif not isinstance(child, ast.expr):
            yield from _statements(child, at_top and not _is_late(child))


def _is_late(node: ast.AST) -> bool:
    """Whether what stands in a statement runs later, or is for a type checker."""
    is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    return is_for_types or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def homes(module: str, name: str, base: Path = ROOT) -> list[str]:
    """The modules that an import of a name reaches: a package hands out its modules, and archcalc all public names."""
    if module == "archcalc":
        if name == "*":
            return sorted(set(archcalc._HOMES.values()))
        return [f"archcalc.{name}" if name in ROOMS else archcalc._HOMES.get(name, "archcalc")]
    inner = base.joinpath(*module.split("."), name)
    is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
    return [f"{module}.{name}" if is_module else module]


def name_of(path: Path, base: Path = ROOT) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def against_the_levels(path: Path, base: Path = ROOT) -> list[str]:
    """Imports of a file that point up, or into another room of its own level."""
    module = name_of(path, base)
    # The package itself hands out names of every room, when they are asked for.
    if module == "archcalc":
        return []
    room = module.split(".")[1]
    return [
        f"{module}:{one.line} imports {one.name}"
        for one in imports(path, base)
        if one.name.startswith("archcalc.")
        and one.name.split(".")[1] != room
        and level(one.name) >= level(module)
        and (module, one.name) not in EXCEPTIONS
    ]


def graph(files: Iterable[Path]) -> dict[str, set[str]]:
    """For every module the modules of archcalc that it imports, whenever it does."""
    known = {name_of(path): path for path in files}
    del known["archcalc"]
    return {name: {one.name for one in imports(path)} & known.keys() - {name} for name, path in known.items()}


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Sets of modules of which each leads to all others.

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    [['a', 'b', 'c']]
    """
    reached = {name: _reached(name, arrows) for name in arrows}
    found = {frozenset(other for other in reached[name] if name in reached[other]) for name in arrows}
    return sorted(sorted(circle) for circle in found if len(circle) > 1)


def _reached(start: str, arrows: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in arrows[waiting.pop()] - found:
            found.add(name)
            waiting.append(name)
    return found
