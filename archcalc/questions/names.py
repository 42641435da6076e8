"""The names that a value of a spec reads."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.expressions.nodes import Call
from archcalc.spec.model import Argument, Formula, Listing


def names_in(value: Argument) -> set[str]:
    """The names and functions that a value reads."""
    if isinstance(value, Formula):
        return {*value.tree.names(), *(name for name in _called(value))}
    return {name for item in value.items for name in names_in(item)} if isinstance(value, Listing) else set()


def _called(formula: Formula) -> Iterator[str]:
    """The functions that an expression calls."""
    return (node.name for node in formula.tree.walk() if isinstance(node, Call))
