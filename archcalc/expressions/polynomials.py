"""Sizes and counts with symbols as trees of the expression language, in the order in which they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from archcalc.dims import Polynomial
from archcalc.dims.text import Notation, written
from archcalc.expressions.nodes import Arithmetic, Call, Constant, Negation, Node, name_node


def tree(polynomial: Polynomial) -> Node:
    """The tree that `parse` would make of the text of a polynomial, however long that is.

    A floor that occurs several times is one node.

    Raises: DimsOverflow if the text would be longer than a million characters.

    >>> from archcalc.dims import floor_div, symbol
    >>> from archcalc.expressions.parser import parse
    >>> n = symbol("N")
    >>> tree(3 - 2 * n**2 + floor_div(n, 2)) == parse("-2*N**2 + floor(N/2) + 3")
    True
    """
    return written(polynomial, _TREES)


def _sum(terms: Sequence[tuple[bool, Sequence[Node]]]) -> Node:
    (negative, (factor, *factors)), *others = terms
    # A sign belongs to what it stands in front of: -2*N is (-2)*N.
    total = _product([Negation(factor) if negative else factor, *factors])
    for negative, term in others:
        total = Arithmetic("-" if negative else "+", total, _product(term))
    return total


def _product(factors: Sequence[Node]) -> Node:
    return reduce(lambda left, right: Arithmetic("*", left, right), factors)


_TREES: Notation[Node] = Notation(
    number=Constant,
    symbol=name_node,
    power=lambda base, exponent: Arithmetic("**", base, Constant(exponent)),
    sum=_sum,
    quotient=lambda above, below, _: Arithmetic("/", above, Constant(below)),
    floor=lambda quotient: Call("floor", (quotient,)),
    extremum=lambda kind, options: Call(kind, tuple(options)),
)
