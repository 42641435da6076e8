"""Decisions are certain: brute force over sizes never contradicts them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from dims_oracle import CHAINS, EXPRESSIONS, build, chain, evaluate
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from archcalc.dims import Condition, ceil_div, divide, floor_div, free_symbols, maximum, minimum, modulo, symbol

N, M = symbol("N"), symbol("M")
SIGNED = maximum(N - M, -3)


def truths(condition: Condition, highest: int) -> set[bool]:
    """What the condition says at all sizes up to `highest`, of every symbol."""
    names = sorted(free_symbols(condition.subject))
    return {
        condition.holds_at(dict(zip(names, sizes, strict=True)))
        for sizes in product(range(1, highest + 1), repeat=len(names))
    }


def assert_never_contradicted(condition: Condition, highest: int) -> None:
    answer = condition.decide()
    assert answer is None or truths(condition, highest) == {answer}


@examples(300)
@given(CHAINS, CHAINS, st.integers(-4, 4), st.integers(1, 6))
def test_chains_are_never_contradicted(one: Any, two: Any, shift: int, modulus: int) -> None:
    left = chain(one, N, floor_div, ceil_div)
    right = chain(two, N, floor_div, ceil_div) + shift
    for condition in (
        Condition.at_least(left, right),
        Condition.equal(left, right),
        Condition.multiple(left - right, modulus),
    ):
        assert_never_contradicted(condition, 60)


@examples(150)
@given(EXPRESSIONS, EXPRESSIONS, st.integers(1, 4))
def test_any_expressions_are_never_contradicted(one: Any, two: Any, modulus: int) -> None:
    left, right = build(one), build(two)
    names = sorted(free_symbols(left) | free_symbols(right))
    highest = {0: 1, 1: 60, 2: 12}.get(len(names), 6)
    conditions = (Condition.at_least(left, right), Condition.equal(left, right), Condition.multiple(left, modulus))
    answers = [condition.decide() for condition in conditions]
    for values in product(range(1, highest + 1), repeat=len(names)):
        sizes = dict.fromkeys(("N", "M", "k"), 1) | dict(zip(names, values, strict=True))
        a, b = evaluate(one, sizes), evaluate(two, sizes)
        expected = (a >= b, a == b, a % modulus == 0)
        for condition, answer, truth in zip(conditions, answers, expected, strict=True):
            assert condition.holds_at(sizes) is truth
            assert answer is None or answer is truth


@examples(200)
@given(CHAINS, CHAINS)
def test_equal_and_multiple_are_decided_for_one_symbol(one: Any, two: Any) -> None:
    """With few residue classes nothing is left open: what holds at all sizes is found to hold."""
    left, right = chain(one[:2], N, floor_div, ceil_div), chain(two[:1], N, floor_div, ceil_div)
    even = Condition.multiple(left, 2)
    if even.decide() is None:
        assert truths(even, 400) == {True, False}
    same = Condition.equal(left, right)
    assert (same.decide() is True) == (truths(same, 400) == {True})


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        (Condition.at_least(7, 7), True),
        (Condition.at_least(6, 7), False),
        (Condition.at_least(N, 1), True),
        (Condition.at_least(N, 2), None),
        (Condition.at_least(0, N), False),
        (Condition.at_least(N * M, N), True),
        (Condition.at_least(N**2, 2 * N - 1), True),
        (Condition.at_least(N, N + 1), False),
        (Condition.at_least(ceil_div(N, 32), 1), True),
        (Condition.at_least(N, 2 * floor_div(N, 2)), True),
        (Condition.at_least(2 * floor_div(N, 2) - 1, N), False),
        (Condition.at_least(floor_div(N - 1, 2), 0), True),
        (Condition.at_least(floor_div(N - 1, 2) + 1, 1), True),
        (Condition.at_least(floor_div(N + M, 2), minimum(N, 1)), True),
        (Condition.at_least(maximum(N, 3), 3), True),
        (Condition.at_least(minimum(N, M), 1), True),
        # Minima and maxima may be negative: their squares and products are not bounded by their bounds.
        (Condition.at_least(minimum(N - M, 3), 3), None),
        (Condition.at_least(SIGNED, -3), True),
        (Condition.at_least(floor_div(SIGNED**2, 2), 4), None),
        (Condition.at_least(N * SIGNED, 2 * floor_div(N, 2) * SIGNED), None),
        (Condition.equal(floor_div(floor_div(N, 2), 2), floor_div(N, 4)), True),
        (Condition.equal(N - floor_div(N, 2), ceil_div(N, 2)), True),
        (Condition.equal(floor_div(N, 2) + ceil_div(N, 2), N), True),
        (Condition.equal(N, N + 1), False),
        (Condition.equal(N, 0), False),
        (Condition.equal(2 * N, 2 * M + 1), None),
        (Condition.equal(N, M), None),
        (Condition.equal(modulo(N, 2), 2), False),
        (Condition.multiple(4 * N + 8, 4), True),
        (Condition.multiple(4 * N + 6, 4), False),
        (Condition.multiple(N - 4, 2), None),
        (Condition.multiple(N * (N + 1), 2), True),
        (Condition.multiple(divide(N * (N + 1), 2), 1), True),
        (Condition.multiple(divide(2 * N + 1, 2), 1), False),
        (Condition.multiple(N - modulo(N, 6), 6), True),
        (Condition.multiple(Fraction(1, 2), 1), False),
        (Condition.multiple(12, 5), False),
    ],
)
def test_decisions(condition: Condition, answer: bool | None) -> None:
    assert condition.decide() is answer
    assert_never_contradicted(condition, 24)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition.multiple(N - 4, 2), "N - 4 is a multiple of 2"),
        (Condition.multiple(divide(N - 4, 2), 1), "(N - 4)/2 is a whole number"),
        (Condition.at_least(N, 188), "N >= 188"),
        (Condition.at_least(4, N), "4 >= N"),
        (Condition.equal(N - 4, 2 * floor_div(M, 2)), "N = 2*floor(M/2) + 4"),
        (Condition.equal(divide(N, 2), 3), "N/2 = 3"),
        (Condition.at_least(floor_div(N, 2), 0), "floor(N/2) >= 0"),
        (Condition.at_least(3, 5), "-2 >= 0"),
    ],
)
def test_text(condition: Condition, text: str) -> None:
    assert str(condition) == text


def test_conditions_are_values() -> None:
    assert Condition.equal(N, M) == Condition.equal(M, N)
    assert len({Condition.at_least(N, 3), Condition.at_least(N + 1, 4), Condition.at_least(N, 4)}) == 2
    assert Condition.at_least(N, 3).substitute({"N": M + 1}) == Condition.at_least(M, 2)
    assert Condition.multiple(N, 4).substitute({"N": 4 * M}).decide() is True
    with pytest.raises(ValueError, match="no value for M"):
        Condition.equal(N, M).holds_at({"N": 1})
    with pytest.raises(ValueError, match="must be positive"):
        Condition.multiple(N, 0)


def test_an_equation_of_one_symbol_has_a_solution_that_is_whole_and_positive_or_none() -> None:
    for slope, offset in product((-3, -2, -1, 1, 2, 3), range(-7, 8)):
        condition = Condition.equal(slope * symbol("N") + offset, 0)
        solutions = [n for n in range(1, 10) if slope * n + offset == 0]
        assert condition.decide() is (None if solutions else False), (slope, offset)
