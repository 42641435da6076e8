"""The definitions of `supplied.py` as trees: the exporter copies what a module uses and imports nothing of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock

_PARSING = Lock()


@cache
def _definitions() -> dict[str, tuple[str, frozenset[str]]]:
    """Every definition with its text and the others that it names."""
    text = Path(__file__).with_name("supplied.py").read_text(encoding="utf-8")
    # Python 3.11 counts the depth of a tree for all threads together: two that make one at once end in a SystemError.
    with _PARSING:
        tree = ast.parse(text)
    found = [node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    names = {node.name for node in found}
    return {
        node.name: (
            ast.get_source_segment(text, node) or "",
            frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in names)
            - {node.name},
        )
        for node in found
    }


def names() -> frozenset[str]:
    """Everything that can be supplied."""
    return frozenset(_definitions())


def supplied(wanted: Iterable[str]) -> dict[str, str]:
    """The texts of what is wanted and of what that needs, each behind what it needs."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in found:
            text, needs = _definitions()[name]
            for other in sorted(needs):
                add(other)
            found[name] = text

    for name in wanted:
        add(name)
    return found
