"""Formulas as trees of the expression language: with letters, with numbers, and evaluated exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from archcalc.diagnostics.codes.language import UNKNOWN_NAME
from archcalc.dims import DimsOverflow, Number, Polynomial
from archcalc.expressions.nodes import Call, Constant, Negation, Node, Path, name_node
from archcalc.expressions.polynomials import tree as closed_form
from archcalc.expressions.values import NoNames, Unresolved

MAX_NODES = 300
"""Operations and operands of a closed form that is taken apart."""


class _Letters(NoNames):
    """A scope of letters and their values."""

    __slots__ = ("values",)

    def __init__(self, values: Mapping[str, Number]) -> None:
        self.values = values

    def resolve(self, path: tuple[str, ...]) -> Number:
        """The value of a letter. Raises: Unresolved."""
        name = ".".join(path)
        if name not in self.values:
            raise Unresolved(UNKNOWN_NAME, f"the letter {name} has no value")
        return self.values[name]


def evaluated(tree: Node, letters: Mapping[str, Number]) -> Number:
    """The exact value of a formula.

    >>> from archcalc.expressions.parser import parse
    >>> evaluated(parse("(N - F)/S + 1"), {"N": 7, "F": 3, "S": 3})
    Fraction(7, 3)
    """
    value: Number = tree.number(_Letters(letters))
    return value


def named(tree: Node, names: Mapping[str, str]) -> Node:
    """The tree with other names for its letters."""
    return _rebuilt(tree, lambda name: name_node(names.get(name, name)))


def substituted(tree: Node, letters: Mapping[str, Number]) -> Node:
    """The tree with the values in the places of the letters; symbols of the network stay."""
    return _rebuilt(tree, lambda name: of_value(letters[name]))


def of_value(value: Number) -> Node:
    """A value as a tree: numbers as they are, closed forms with the operations that they consist of.

    >>> isinstance(of_value(-3), Negation)
    True
    """
    if isinstance(value, Polynomial):
        return _closed_form(value)
    return Negation(Constant(-value)) if value < 0 else Constant(value)


def _closed_form(value: Polynomial) -> Node:
    """The tree of a polynomial. One that is too long to be walked through, or even written, is one opaque value."""
    try:
        found = closed_form(value)
    except DimsOverflow:
        return Constant(value)
    is_long = any(count == MAX_NODES for count, _ in enumerate(found.walk()))
    return Constant(value) if is_long else found


def unrounded(tree: Node, letters: Mapping[str, Number]) -> Node:
    """The tree without the roundings that change nothing, because what they round is whole.

    >>> from archcalc.derivations.notation import TEXT
    >>> from archcalc.expressions.parser import parse
    >>> TEXT.write(unrounded(parse("floor(N/2) + floor(N/3)"), {"N": 8}))
    'N/2 + floor(N/3)'
    """
    found = tree.rebuilt(lambda part: unrounded(part, letters))
    if is_rounding(tree):
        assert isinstance(tree, Call)
        (rounded,) = tree.arguments
        if evaluated(tree, letters) == evaluated(rounded, letters):
            return found.children()[0]
    return found


def is_rounding(tree: Node) -> bool:
    """Whether a part of a formula rounds to a whole number."""
    return isinstance(tree, Call) and tree.name in ("floor", "ceil")


def rounded_last(tree: Node) -> Node | None:
    """A tree of numbers with what is rounded or compared already computed; None where there is no such thing.

    >>> from archcalc.derivations.notation import TEXT
    >>> from archcalc.expressions.parser import parse
    >>> TEXT.write(rounded_last(parse("floor((224 - 11)/4) + 1")))
    'floor(53.25) + 1'
    """
    found = _inner(tree)
    return None if found == tree else found


def _inner(tree: Node) -> Node:
    if not isinstance(tree, Call) or any(map(_has_call, tree.arguments)):
        return tree.rebuilt(_inner)
    if any(argument.names() for argument in tree.arguments):
        return tree
    return tree.rebuilt(lambda argument: of_value(evaluated(argument, {})))


def _has_call(tree: Node) -> bool:
    return any(isinstance(part, Call) for part in tree.walk())


def _rebuilt(tree: Node, leaf: Callable[[str], Node]) -> Node:
    """The tree with other leaves in the places of its names."""
    if isinstance(tree, Path):
        assert tree.fixed is not None
        return leaf(".".join(tree.fixed))
    return tree.rebuilt(lambda part: _rebuilt(part, leaf))


def is_exact_decimal(value: Any) -> bool:
    """Whether a fraction has few enough decimals to be written with them, exactly.

    >>> is_exact_decimal(Fraction(217, 4)), is_exact_decimal(Fraction(7, 3))
    (True, False)
    """
    return isinstance(value, Fraction) and 10_000 % value.denominator == 0
