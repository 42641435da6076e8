"""Arithmetic, normal forms and printing, against evaluation over exact fractions."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from dims_oracle import EXPRESSIONS, build, evaluate, evaluate_text
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from archcalc.dims import DimsOverflow, Polynomial, divide, floor_div, free_symbols, maximum, substitute, symbol
from archcalc.dims.text import leading_sign

N, M, K = symbol("N"), symbol("M"), symbol("k")
SIZES = st.fixed_dictionaries({"N": st.integers(1, 300), "M": st.integers(1, 40), "k": st.integers(1, 40)})


def assert_collapsed(value: Any) -> None:
    """Numbers are int when whole, Fraction otherwise, and a polynomial has a symbol."""
    assert type(value) in (int, Fraction, Polynomial)
    if isinstance(value, Fraction):
        assert value.denominator > 1
    if isinstance(value, Polynomial):
        assert any(value.terms)
        assert all(value.terms.values())


@examples(400)
@given(EXPRESSIONS, st.lists(SIZES, min_size=1, max_size=4))
def test_every_operation_agrees_with_fractions(expression: Any, places: list[dict[str, int]]) -> None:
    value = build(expression)
    assert_collapsed(value)
    for sizes in places:
        found = substitute(value, sizes)
        assert_collapsed(found)
        assert found == evaluate(expression, sizes)


@examples(300)
@given(EXPRESSIONS, st.lists(SIZES, min_size=1, max_size=4))
def test_text_evaluates_to_the_same_value(expression: Any, places: list[dict[str, int]]) -> None:
    text = str(build(expression))
    for sizes in places:
        assert evaluate_text(text, sizes) == evaluate(expression, sizes)


@examples(200)
@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
def test_ring_laws_hold_as_normal_forms(one: Any, two: Any, three: Any) -> None:
    a, b, c = build(one), build(two), build(three)
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert type(divide(a - a, 1)) is int
    assert hash(a + b) == hash(b + a)


@examples(150)
@given(EXPRESSIONS, st.integers(1, 9), SIZES)
def test_substituting_a_size_for_a_symbol_in_steps(expression: Any, scale: int, sizes: dict[str, int]) -> None:
    value = build(expression)
    scaled = substitute(value, {"N": scale * N + 2})
    outer = {**sizes, "N": scale * sizes["N"] + 2}
    assert substitute(scaled, sizes) == evaluate(expression, outer)
    partly = substitute(value, {"M": sizes["M"]})
    assert "M" not in free_symbols(partly)
    assert substitute(partly, sizes) == evaluate(expression, sizes)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (733888 * N**2 - 181895424 * N + 14356195584, "733888*N**2 - 181895424*N + 14356195584"),
        (1 - 4 * N + 3 * N**2, "3*N**2 - 4*N + 1"),
        (-N, "-N"),
        (-(N**2) + 1, "-N**2 + 1"),
        (divide(N, 2) - 2, "(N - 4)/2"),
        (divide(N, 2), "N/2"),
        (divide(-3 * N, 2), "-3*N/2"),
        (divide(N * N, 6) + Fraction(1, 4), "(2*N**2 + 3)/12"),
        (N * M + M**2 + N**2 + K, "M**2 + M*N + N**2 + k"),
        (floor_div(N + 31, 32), "floor((N + 31)/32)"),
        (floor_div(3 * N, 2) * N, "N**2 + N*floor(N/2)"),
        (maximum(N - 4, 0), "max(N - 4, 0)"),
        (symbol("z") + floor_div(N, 2) + symbol("A"), "A + z + floor(N/2)"),
    ],
)
def test_printed_form(value: Polynomial, text: str) -> None:
    assert str(value) == text


def test_an_order_of_symbols_is_refused() -> None:
    for compare in (
        lambda: N < 3,
        lambda: N > 3,
        lambda: N <= M,
        lambda: N >= 1,
        lambda: max(N, 3),
        lambda: sorted([N, M]),
    ):
        with pytest.raises(TypeError, match=r"depends on [NM].*Condition"):
            compare()
    with pytest.raises(TypeError, match="whether Polynomial\\(N - 1\\) is zero depends on N"):
        bool(N - 1)


def test_equality_with_numbers_is_false() -> None:
    assert N != 1
    assert N != 1
    assert Fraction(1, 2) != N
    assert N != "N"
    assert len({N, symbol("N"), N + 0, N * 1, 2 * N - N}) == 1


def test_numbers_on_the_left() -> None:
    assert str(3 - N) == "-N + 3"
    assert str(Fraction(1, 2) + N) == "(2*N + 1)/2"
    assert str(Fraction(1, 2) - N) == "(-2*N + 1)/2"
    assert 0 * N == 0
    assert type(0 * N) is int
    assert type(N * Fraction(1, 3) + Fraction(1, 2) - divide(2 * N - 3, 6)) is int
    wrong: Any
    for wrong in (0.5, "N", None):
        with pytest.raises(TypeError):
            N + wrong
        with pytest.raises(TypeError):
            wrong * N


def test_what_is_left_without_symbols_is_an_exact_number() -> None:
    for a, b, c in product(range(-3, 4), range(-3, 4), range(1, 5)):
        assert divide(N + a, c) - divide(N + b, c) == Fraction(a - b, c)
    half: Any = divide(N + 1, 2) - divide(N, 2)
    assert type(half) is Fraction


def test_powers() -> None:
    assert N**0 == 1
    assert N**1 == N
    assert substitute((N - 2) ** 64, {"N": 5}) == 3**64
    assert N**64 * N**2 == N**66
    with pytest.raises(ValueError, match="must be 0 or more, not -1"):
        N**-1
    with pytest.raises(DimsOverflow, match="the power 65 of 2 terms is too large"):
        (N - 2) ** 65


def test_divide_by_polynomials() -> None:
    assert divide(6 * N**2 * M + 2 * N, 2 * N) == 3 * N * M + 1
    assert divide(N**2, divide(N, 2)) == 2 * N
    assert divide(2 * N + 4, N + 2) == 2
    assert divide(N + 2, 2 * N + 4) == Fraction(1, 2)
    assert divide(0, N) == 0
    for value, divisor in ((1, N), (N, N + 1), (N + 1, N), (N, M), (N + 1, 2 * N + 1)):
        with pytest.raises(ValueError, match="polynomial"):
            divide(value, divisor)
    with pytest.raises(ZeroDivisionError):
        divide(N, 0)
    assert divide(N, 2) == N / 2


def test_a_product_is_divided_by_each_of_its_factors() -> None:
    half = floor_div(N, 2)
    factors = (N - 2, 2 * M + N, half + 1, divide(N, 3) - 1, N * M - half, 3 - K)
    for first in factors:
        for second in factors:
            product = first * second
            assert divide(product, first) == second
            assert divide(product * 6, second) == first * 6
            with pytest.raises(ValueError, match="polynomial"):
                divide(product + 1, second)
    assert type(divide(2 * N + 4, N + 2)) is int


def test_a_quotient_of_very_many_terms_is_not_looked_for() -> None:
    power: Any = N**64
    assert divide(power - 1, N - 1) == sum((N**exponent for exponent in range(1, 64)), start=1)
    many = (N + M + K + 1) ** 10
    with pytest.raises(ValueError, match="is not known to be a polynomial"):
        divide(many * (N - 1), N - 1)


def test_too_large_values_are_refused_and_not_computed() -> None:
    with pytest.raises(DimsOverflow):
        (N + M + K + symbol("L") + 1) ** 64
    with pytest.raises(DimsOverflow):
        (10**60 * N) ** 64 * (10**60 * N) ** 64
    size: Any = N
    for _ in range(12):
        size = floor_div(size**2 * 2 + size * 2 + 1, 3)
    repr(size)
    with pytest.raises(DimsOverflow):
        for _ in range(12):
            size = floor_div(size**2 * 2 + size * 2 + 1, 3)
            str(size)


def test_symbols() -> None:
    for name in ("", "2N", "N M", "N*2", "__import__('os')"):
        with pytest.raises(ValueError, match="cannot be the name"):
            symbol(name)
    assert free_symbols(floor_div(N + M, 3) * K) == {"N", "M", "k"}
    assert free_symbols(3) == free_symbols(Fraction(1, 2)) == frozenset()


def test_a_symbol_cannot_become_a_fraction() -> None:
    wrong: Any
    for wrong in (Fraction(1, 2), 0.5, True, "3"):
        with pytest.raises(TypeError, match="N stands for an integer"):
            substitute(N, {"N": wrong})


def test_pickled_values_are_equal_here_and_elsewhere() -> None:
    value = floor_div(N * M + 1, 3) * K * N + maximum(N, M) - Fraction(1, 2)
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    # Another process meets the symbols in another order.
    script = (
        "import pickle, sys; from archcalc.dims import *; k, m, n = symbol('k'), symbol('M'), symbol('N');"
        "v = pickle.load(sys.stdin.buffer);"
        "print(v == floor_div(m * n + 1, 3) * n * k + maximum(m, n) - divide(1, 2))"
    )
    run = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(value), capture_output=True, check=True)
    assert run.stdout.strip() == b"True"


def test_small_sums_exhaustively() -> None:
    for a, b, c, n in product(range(-3, 4), range(-3, 4), range(1, 4), range(1, 6)):
        assert substitute(divide(a * N + b, c), {"N": n}) == Fraction(a * n + b, c)


def test_different_polynomials_are_not_equal() -> None:
    some = [N, M, N + 1, N - 1, 2 * N, N * N, N * M, divide(N, 2), divide(N, 3), floor_div(N, 2)]
    for first, one in enumerate(some):
        assert [one == other for other in some] == [first == second for second in range(len(some))]


def test_the_quotient_of_fractions_of_polynomials() -> None:
    value, divisor = divide(2 * N * N * M, 3), divide(4 * N, 5)
    assert divide(value, divisor) == divide(5 * N * M, 6)
    for n, m in product(range(1, 5), range(1, 5)):
        assert substitute(divide(value, divisor), {"N": n, "M": m}) == Fraction(2 * n * n * m, 3) / Fraction(4 * n, 5)


def test_a_denominator_that_is_too_large_is_refused() -> None:
    with pytest.raises(DimsOverflow, match="a denominator has more than"):
        divide(N, 2**100_000)


def test_a_product_of_too_many_terms_is_refused_before_it_is_computed() -> None:
    many = [sum((symbol(f"{letter}{index}") for index in range(1_500)), start=N) for letter in "ab"]
    with pytest.raises(DimsOverflow, match="a product of 1501 by 1501 terms is too large"):
        many[0] * many[1]


def test_the_sign_in_front() -> None:
    assert [leading_sign(value) for value in (-2, 0, 3, N - 5, 5 - N * M, -N)] == [-1, 1, 1, 1, -1, -1]
