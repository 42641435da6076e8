"""Formulas as trees of the expression language: with letters, with numbers, and evaluated exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from archcalc.diagnostics.codes.language import UNKNOWN_NAME
from archcalc.dims import DimsOverflow, Number, Polynomial
from archcalc.expressions.nodes import Arithmetic, Call, Constant, Negation, Node, Path
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Unresolved


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

    >>> evaluated(parse("(N - F)/S + 1"), {"N": 7, "F": 3, "S": 3})
    Fraction(7, 3)
    """
    value: Number = tree.number(_Letters(letters))
    return value


def named(tree: Node, names: Mapping[str, str]) -> Node:
    """The tree with other names for its letters."""
    return _rebuilt(tree, lambda name: _letter(names.get(name, name)))


def substituted(tree: Node, letters: Mapping[str, Number]) -> Node:
    """The tree with the values in the places of the letters; symbols of the network stay."""
    return _rebuilt(tree, lambda name: of_value(letters[name]))


def of_value(value: Number) -> Node:
    """A value as a tree: numbers as they are, closed forms with the operations that they consist of.

    >>> isinstance(of_value(-3), Negation)
    True
    """
    if isinstance(value, Polynomial):
        try:
            return parse(str(value))
        except (ExpressionError, DimsOverflow):
            # Longer than an expression of a spec may be: one opaque value.
            return Constant(value, 0, 0)
    if value < 0:
        return Negation(Constant(-value, 0, 0), 0, 0)
    return Constant(value, 0, 0)


def unrounded(tree: Node, letters: Mapping[str, Number]) -> Node:
    """The tree without the roundings that change nothing, because what they round is whole.

    >>> from archcalc.derivations.notation import TEXT
    >>> TEXT.write(unrounded(parse("floor(N/2) + floor(N/3)"), {"N": 8}))
    'N/2 + floor(N/3)'
    """
    if isinstance(tree, Call):
        arguments = [unrounded(argument, letters) for argument in tree.arguments]
        if tree.name in ("floor", "ceil") and evaluated(tree, letters) == evaluated(arguments[0], letters):
            return arguments[0]
        return Call(tree.name, arguments, 0, 0)
    if isinstance(tree, Arithmetic):
        return Arithmetic(tree.operator, unrounded(tree.left, letters), unrounded(tree.right, letters))
    return tree


def rounded_last(tree: Node) -> Node | None:
    """A tree of numbers with what is rounded or compared already computed; None where there is no such thing.

    >>> from archcalc.derivations.notation import TEXT
    >>> TEXT.write(rounded_last(parse("floor((224 - 11)/4) + 1")))
    'floor(53.25) + 1'
    """
    found = _inner(tree)
    return None if found is tree else found


def _inner(tree: Node) -> Node:
    if isinstance(tree, Call):
        if any(_has_call(argument) for argument in tree.arguments):
            return Call(tree.name, [_inner(argument) for argument in tree.arguments], 0, 0)
        if any(argument.names() for argument in tree.arguments):
            return tree
        values = [of_value(evaluated(argument, {})) for argument in tree.arguments]
        return Call(tree.name, values, 0, 0)
    if isinstance(tree, Arithmetic):
        left, right = _inner(tree.left), _inner(tree.right)
        same = left is tree.left and right is tree.right
        return tree if same else Arithmetic(tree.operator, left, right)
    return tree


def _has_call(tree: Node) -> bool:
    return isinstance(tree, Call) or any(_has_call(part) for part in tree.children())


def _letter(name: str) -> Node:
    return Path(((name,),), 0, 0)


def _rebuilt(tree: Node, leaf: Callable[[str], Node]) -> Node:
    """The tree with other leaves in the places of its names."""
    if isinstance(tree, Path):
        assert tree.fixed is not None
        return leaf(".".join(tree.fixed))
    if isinstance(tree, Arithmetic):
        return Arithmetic(tree.operator, _rebuilt(tree.left, leaf), _rebuilt(tree.right, leaf))
    if isinstance(tree, Negation):
        return Negation(_rebuilt(tree.operand, leaf), 0, 0)
    if isinstance(tree, Call):
        return Call(tree.name, [_rebuilt(argument, leaf) for argument in tree.arguments], 0, 0)
    assert isinstance(tree, Constant), f"a formula holds {tree}"
    return tree


def is_exact_decimal(value: Any) -> bool:
    """Whether a fraction has few enough decimals to be written with them, exactly.

    >>> is_exact_decimal(Fraction(217, 4)), is_exact_decimal(Fraction(7, 3))
    (True, False)
    """
    return isinstance(value, Fraction) and 10_000 % value.denominator == 0
