"""Sizes with symbols as trees: what the parser reads from their text is the judge."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from archcalc.derivations.trees import of_value
from archcalc.dims import Number, Polynomial, floor_div, maximum, minimum, symbol
from archcalc.expressions.nodes import Constant
from archcalc.expressions.parser import parse
from archcalc.expressions.polynomials import tree

SYMBOLS = [symbol(name) for name in ("N", "M", "width")]


def drawn(rng: Random, depth: int) -> Number:
    if depth == 0:
        return rng.choice([*SYMBOLS, rng.randrange(-4, 9)])
    left, right = drawn(rng, depth - 1), drawn(rng, depth - 1)
    kind = rng.randrange(7)
    if kind == 0:
        return floor_div(left * 2 + right, rng.randrange(2, 6)) if not _is_rational(left + right) else left
    if kind == 1:
        return rng.choice((minimum, maximum))(left, right)
    if kind == 2:
        return left * Fraction(rng.randrange(1, 4), rng.randrange(1, 4))
    return left + right if kind < 4 else left - right if kind == 4 else left * right


def _is_rational(value: Number) -> bool:
    return isinstance(value, Fraction) or (isinstance(value, Polynomial) and value.denominator != 1)


def test_trees_are_what_the_parser_reads() -> None:
    rng = Random(5)
    values = [value for _ in range(1500) if isinstance(value := drawn(rng, 3), Polynomial) and len(str(value)) < 400]
    assert len(values) > 800
    for value in values:
        assert tree(value) == parse(str(value)), str(value)


def test_a_size_longer_than_an_expression_has_a_tree_and_no_derivation() -> None:
    names = [f"s{number}" for number in range(400)]
    total: Number = sum((symbol(name) for name in names), start=0)
    assert isinstance(total, Polynomial)
    assert tree(total).names() == sorted(names)
    assert of_value(total) == Constant(total), "too deep to be written term by term"


def test_nodes_are_equal_where_they_mean_the_same() -> None:
    assert parse("2 * (N + 1)") == parse("2*(N+1)")
    assert hash(parse("max(N, 2)")) == hash(parse("max( N,2 )"))
    assert parse("2*N + 1") != parse("N*2 + 1")
    assert parse("a.b") != parse("a")
