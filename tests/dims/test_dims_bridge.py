"""sympy gets the same values, and only when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from dims_oracle import EXPRESSIONS, build
from effort import examples
from hypothesis import given

from archcalc.dims import ceil_div, divide, floor_div, free_symbols, maximum, minimum, substitute, symbol
from archcalc.dims.bridge import latex, to_sympy

sympy = pytest.importorskip("sympy")
N, M = symbol("N"), symbol("M")


def sympy_value(expression: Any, sizes: dict[str, int]) -> Fraction:
    names = {name: sympy.Symbol(name, integer=True, positive=True) for name in sizes}
    found = expression.subs({names[name]: size for name, size in sizes.items()})
    assert found.is_Rational
    return Fraction(int(found.p), int(found.q))


def test_the_floor_that_floating_point_gets_wrong() -> None:
    expression = to_sympy(floor_div(N - 1, 3))
    assert sympy_value(expression, {"N": 7}) == 2
    for n in range(1, 200):
        assert sympy_value(expression, {"N": n}) == (n - 1) // 3


def test_sizes_and_counts_over_ranges() -> None:
    size = ceil_div(N - 4, 6) * M + maximum(N, M) - divide(minimum(2 * N, 9), 4)
    expression = to_sympy(size)
    for n, m in product(range(1, 14), range(1, 8)):
        wanted = -(-(n - 4) // 6) * m + max(n, m) - Fraction(min(2 * n, 9), 4)
        assert sympy_value(expression, {"N": n, "M": m}) == wanted


@examples(60)
@given(EXPRESSIONS)
def test_any_expression(expression: Any) -> None:
    value = build(expression)
    bridged = to_sympy(value)
    assert {str(name) for name in bridged.free_symbols} <= free_symbols(value)
    for sizes in ({"N": 7, "M": 3, "k": 2}, {"N": 1, "M": 1, "k": 1}, {"N": 4, "M": 9, "k": 5}):
        assert sympy_value(bridged, sizes) == substitute(value, sizes)


def test_numbers() -> None:
    assert to_sympy(7) == sympy.Integer(7)
    assert to_sympy(Fraction(7, 2)) == sympy.Rational(7, 2)


def test_latex() -> None:
    assert latex(7) == "7"
    assert latex(Fraction(-7, 2)) == r"-\frac{7}{2}"
    assert latex(3 * N**2 - 4 * N + 1) == r"3 \, N^{2} - 4 \, N + 1"
    assert latex(divide(N - 4, 2)) == r"\frac{N - 4}{2}"
    assert latex(divide(-3 * N, 2)) == r"-\frac{3 \, N}{2}"
    assert latex(floor_div(N + 31, 32) ** 2) == r"\left\lfloor\frac{N + 31}{32}\right\rfloor^{2}"
    assert latex(maximum(symbol("alpha"), symbol("n_1") - 2)) == r"\max\left(\alpha, n_{1} - 2\right)"
    assert latex(symbol("n_1") ** 2) == "{n_{1}}^{2}"


def test_sympy_is_not_loaded_before_it_is_needed() -> None:
    script = "import sys, archcalc.dims, archcalc.dims.bridge; print('sympy' in sys.modules, 'numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


def test_a_minus_belongs_to_the_first_term_of_a_sum() -> None:
    n = symbol("N")
    assert latex(divide(-n, 2)) == r"-\frac{N}{2}"
    assert latex(divide(-n - 1, 2)) == r"\frac{-N - 1}{2}"
