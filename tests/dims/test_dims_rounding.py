"""Normal forms of rounded quotients, minima and maxima, against brute force."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from dims_oracle import CHAINS, chain
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from archcalc.dims import (
    Polynomial,
    ceil_div,
    divide,
    floor_div,
    maximum,
    minimum,
    modulo,
    substitute,
    symbol,
)
from archcalc.dims.atoms import Floor
from archcalc.dims.bounds import never_negative

N, M = symbol("N"), symbol("M")


def test_equal_floors_are_equal() -> None:
    assert floor_div(floor_div(N, 2), 2) == floor_div(N, 4)
    assert ceil_div(N, 2) == floor_div(N + 1, 2)
    assert ceil_div(ceil_div(N, 2), 2) == ceil_div(N, 4)
    assert floor_div(2 * N + 1, 2) == N
    assert floor_div(2 * N + 3, 4) == floor_div(N + 1, 2)
    assert floor_div(divide(N, 2) + Fraction(1, 3), 5) == floor_div(3 * N + 2, 30) == floor_div(N, 10)
    assert floor_div(floor_div(N, 3) + M, 4) == floor_div(N + 3 * M, 12)
    assert modulo(N, 2) == N - 2 * floor_div(N, 2)
    assert modulo(N + 6, 3) == modulo(N, 3)
    assert (N + 5) // 2 % 1 == 0
    assert floor_div(N - 1, 2) == ceil_div(N, 2) - 1
    assert floor_div(4 * N**2 + 6 * N * M + 3, 2) == 2 * N**2 + 3 * N * M + 1


def test_a_strided_network_is_one_floor() -> None:
    size: Any = N
    for kernel, stride, padding in ((7, 2, 3), (3, 2, 1), (3, 2, 1), (3, 2, 1), (3, 2, 1)):
        size = floor_div(size - kernel + 2 * padding, stride) + 1
    assert size == floor_div(N + 31, 32)
    assert str(size) == "floor((N + 31)/32)"


def test_floors_of_one_symbol_are_unique_exhaustively() -> None:
    """Two floors floor((a*N + b)/c) are one value exactly when they agree on enough sizes."""
    by_values: dict[tuple[int, ...], Any] = {}
    for a, b, c in product(range(-5, 6), range(-7, 8), range(1, 9)):
        value = floor_div(a * N + b, c)
        values = tuple((a * n + b) // c for n in range(1, 40))
        assert tuple(substitute(value, {"N": n}) for n in range(1, 20)) == values[:19]
        if a >= 0:
            assert by_values.setdefault(values, value) == value


def test_collapse_and_shared_factors_exhaustively() -> None:
    for a, b, c, k in product(range(1, 5), range(-5, 6), range(1, 7), range(1, 4)):
        merged = floor_div(k * floor_div(N, a) + b, c)
        for n in range(1, 50):
            assert substitute(merged, {"N": n}) == (k * (n // a) + b) // c
        if k == 1:
            assert merged == floor_div(N + a * b, a * c)


@examples(300)
@given(CHAINS)
def test_chains_agree_with_integer_division(steps: Any) -> None:
    value = chain(steps, N, floor_div, ceil_div)
    for n in range(1, 70):
        assert substitute(value, {"N": n}) == chain(steps, n, lambda a, b: a // b, lambda a, b: -(-a // b))
    if isinstance(value, Polynomial):
        for atom in [atom for monomial in value.terms for atom, _ in monomial if isinstance(atom, Floor)]:
            assert all(0 <= coefficient < atom.divisor for coefficient in atom.numerator.terms.values())


@examples(200)
@given(
    st.integers(-8, 8), st.integers(-8, 8), st.integers(-8, 8), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)
)
def test_the_remainder_is_in_range(a: int, b: int, c: int, d: int, e: int, divisor: int) -> None:
    value = divide(a * N + b * M + c, d)
    rest = modulo(floor_div(value, e), divisor)
    for n, m in product(range(1, 9), range(1, 9)):
        found = substitute(rest, {"N": n, "M": m})
        assert isinstance(found, int)
        assert found == ((a * n + b * m + c) // (d * e)) % divisor
        assert 0 <= found < divisor


def test_integers_stay_plain() -> None:
    for a, b in product(range(-7, 8), range(1, 5)):
        assert (floor_div(a, b), ceil_div(a, b), modulo(a, b)) == (a // b, -(-a // b), a % b)
        assert type(floor_div(a, b)) is type(ceil_div(a, b)) is type(modulo(a, b)) is int
        half = Fraction(a, 2)
        assert (floor_div(half, b), ceil_div(half, b)) == (half // b, -(-half // b))
        assert modulo(half, b) == half % b
    assert (minimum(3, 1, 2), maximum(3, 1, 2)) == (1, 3)
    assert type(modulo(Fraction(5, 2), 1)) is Fraction


@pytest.mark.parametrize("round_quotient", [floor_div, ceil_div, modulo])
@pytest.mark.parametrize("value", [7, N, Fraction(1, 2)])
@pytest.mark.parametrize("divisor", [0, -2])
def test_divisors_are_positive(round_quotient: Any, value: Any, divisor: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        round_quotient(value, divisor)


def test_extrema_that_are_certain() -> None:
    assert maximum(N, N - 3) == N
    assert minimum(N, 1) == 1
    assert maximum(N, 0, -5) == N
    assert maximum(floor_div(N, 2), N) == N
    assert minimum(2 * N, N) == N
    assert maximum(N, M) == maximum(M, N)
    assert maximum(maximum(N, M), 7) == maximum(N, 7, M)
    assert minimum(2 * N, 8) == 2 * minimum(N, 4)
    assert str(maximum(7, N - 4)) == "max(N - 4, 7)"
    assert substitute(maximum(divide(N, 2), 3), {"N": 7}) == Fraction(7, 2)


@examples(200)
@given(
    st.lists(
        st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(-9, 9), st.integers(1, 4)), min_size=1, max_size=4
    )
)
def test_extrema_agree_with_python(parts: Any) -> None:
    options = [floor_div(a * N + b * M + c, d) for a, b, c, d in parts]
    low, high = minimum(*options), maximum(*options)
    for n, m in product(range(1, 8), range(1, 8)):
        values = [(a * n + b * m + c) // d for a, b, c, d in parts]
        assert substitute(low, {"N": n, "M": m}) == min(values)
        assert substitute(high, {"N": n, "M": m}) == max(values)


@pytest.mark.parametrize("factor", [-3, -1, 1, 2, Fraction(-1, 2), Fraction(3, 2)])
@pytest.mark.parametrize("outer", ["min", "max"])
@pytest.mark.parametrize("inner", ["min", "max"])
def test_an_extremum_of_a_multiple_of_an_extremum(inner: str, outer: str, factor: int | Fraction) -> None:
    """A negative multiple of a maximum is a minimum, which no maximum around it may swallow."""
    symbolic, exact = {"min": minimum, "max": maximum}, {"min": min, "max": max}
    value = symbolic[outer](factor * symbolic[inner](N, M), -3)
    for n, m in product(range(1, 8), range(1, 8)):
        assert substitute(value, {"N": n, "M": m}) == exact[outer](factor * exact[inner](n, m), -3)


@pytest.mark.parametrize("names", ["NM", "MN"])
def test_a_product_with_an_extremum_is_no_extremum_itself(names: str) -> None:
    inner, factor = (symbol(name) for name in names)
    value = maximum(maximum(inner, 7) * factor, 40)
    for n, m in product(range(1, 12), repeat=2):
        assert substitute(value, dict(zip(names, (n, m), strict=True))) == max(max(n, 7) * m, 40)
    value = maximum(maximum(inner, 7) * maximum(factor, 5), 40)
    for n, m in product(range(1, 12), repeat=2):
        assert substitute(value, dict(zip(names, (n, m), strict=True))) == max(max(n, 7) * max(m, 5), 40)


@pytest.mark.parametrize("names", ["NM", "MN"])
def test_a_floor_loses_less_than_one(names: str) -> None:
    """2*floor(n/2) is n or n - 1, so that one more is never below n, whatever both are multiplied by."""
    n, m = (symbol(name) for name in names)
    up = 2 * floor_div(n, 2) + 1
    assert maximum(up, n) == up
    assert minimum(up, n) == n
    assert maximum(up * m, n * m) == up * m
    assert isinstance(maximum(up - 1, n), Polynomial) and maximum(up - 1, n) != up - 1


def test_a_floor_is_at_least_what_it_is_for_the_smallest_sizes() -> None:
    """Divisors as nowhere else: what is known of a floor is remembered as long as somebody holds it."""
    assert maximum(floor_div(3 * N + 2 * M, 23), 0) == floor_div(3 * N + 2 * M, 23)
    assert maximum(floor_div(N + 28, 29), 1) == floor_div(N + 28, 29)
    assert minimum(floor_div(N + 30, 31), 1) == 1
    # 36/37 rounded down, for N = 1, is 0.
    assert substitute(maximum(floor_div(N + 35, 37), 1), {"N": 1}) == 1
    assert maximum(floor_div(N + 35, 37), 1) != floor_div(N + 35, 37)


def test_an_atom_that_may_be_negative_stays_while_floors_beside_it_are_bounded() -> None:
    """The minimum is at least -4, and 2*floor(M/2) + 1 is at least M."""
    least, up = minimum(N - 5, M), 2 * floor_div(M, 2) + 1
    for n, m in product(range(1, 12), repeat=2):
        assert min(n - 5, m) + 2 * (m // 2) + 1 >= m - 4
    assert maximum(least + up, M - 4) == least + up
    assert never_negative(least + up - M + 4)
    assert not never_negative(least + up - M + 3)


def test_floors_that_are_too_deep_are_left_undecided() -> None:
    """Two thirds of a size, rounded, are never above it; behind very many of them that is not seen any more."""

    def rest(depth: int) -> Any:
        size: Any = N
        for _ in range(depth):
            size = floor_div(2 * size + 1, 3)
        return N - size

    assert never_negative(rest(3)) is True
    assert substitute(rest(30), {"N": 50}) >= 0
    assert never_negative(rest(30)) is False


def test_sums_that_are_too_long_are_left_undecided() -> None:
    """Sizes are at least 1, however many there are; in a sum of very many of them that is not looked at."""
    assert never_negative(sum((symbol(f"s{index}") for index in range(20)), start=N)) is True
    assert never_negative(sum((symbol(f"s{index}") for index in range(500)), start=N)) is False


def test_a_thousand_steps_are_fast() -> None:
    """Also a nest of a thousand floors, which no rule merges, can be built, used and printed."""

    def seconds(factor: int) -> tuple[float, Any]:
        best = 1e9
        for _ in range(3):
            start = time.perf_counter()
            size: Any = N
            for step in range(500):
                size = floor_div(factor * size + step % 5, factor + 1 if factor > 1 else 2) + 1
            best = min(best, time.perf_counter() - start)
        return best, size

    for factor in (1, 2):
        took, size = seconds(factor)
        assert took < 0.05
        n = 224
        for step in range(500):
            n = (factor * n + step % 5) // (factor + 1 if factor > 1 else 2) + 1
        assert substitute(size, {"N": 224}) == n
        assert len(str(size)) > 100
