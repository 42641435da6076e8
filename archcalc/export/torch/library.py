"""The definitions of `supplied` as texts: the exporter copies what a module uses and imports nothing of it."""

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
    found: dict[str, tuple[str, ast.AST]] = {}
    for path in sorted(Path(__file__).with_name("supplied").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        # Python 3.11 counts the depth of a tree for all threads together: two made at once end in a SystemError.
        with _PARSING:
            tree = ast.parse(text)
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found[node.name] = (ast.get_source_segment(text, node) or "", node)
    return {
        name: (
            text,
            frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in found) - {name},
        )
        for name, (text, node) in found.items()
    }


@cache
def defaults(name: str) -> dict[str, object]:
    """What a definition takes for arguments that are left out, where that is a number, a word or nothing.

    >>> defaults("attend")["is_causal"]
    False
    """
    (node,) = ast.parse(_definitions()[name][0]).body
    made = (one for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one.name in (name, "__init__"))
    given = next(made).args
    optional = [*given.posonlyargs, *given.args][-len(given.defaults) :] if given.defaults else []
    pairs = [*zip(optional, given.defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return {one.arg: value.value for one, value in pairs if isinstance(value, ast.Constant)}


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
