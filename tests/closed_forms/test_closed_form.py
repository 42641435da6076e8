"""One closed form: its values, its texts, its sympy expression, and what becomes of it on a set of sizes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from dims.dims_oracle import CHAINS, EXPRESSIONS, QUOTIENTS, build, evaluate, evaluate_text
from hypothesis import given
from hypothesis import strategies as st
from latex_reader import value_of

from archcalc.closed_forms import ClosedForm
from archcalc.dims import Polynomial, ceil_div, divide, floor_div, maximum, minimum, symbol
from archcalc.dims.atoms import Symbol, atoms_inside_out
from archcalc.sizes.sets import IntegerSet

N, M = symbol("N"), symbol("M")
SIZES = st.fixed_dictionaries({name: st.integers(1, 60) for name in ("N", "M", "k")})
RESIDUES = st.integers(1, 12).flatmap(
    lambda modulus: st.tuples(st.just(modulus), st.sets(st.integers(0, modulus - 1), min_size=1))
)


@st.composite
def integer_sets(draw: st.DrawFn) -> IntegerSet:
    """Residues between bounds, with and without an end, and a few more numbers."""
    modulus, residues = draw(RESIDUES)
    minimum_ = draw(st.integers(1, 30))
    last = draw(st.none() | st.integers(0, 60).map(lambda room: minimum_ + room))
    pattern = IntegerSet.of_residues(residues, modulus, minimum_, last)
    return pattern | IntegerSet.of(draw(st.sets(st.integers(1, 60), max_size=3)))


@given(EXPRESSIONS, SIZES)
def test_all_writings_have_the_value(expression: Any, sizes: dict[str, int]) -> None:
    form = ClosedForm(build(expression))
    expected = evaluate(expression, sizes)
    assert evaluate_text(str(form), sizes) == expected
    assert value_of(form.latex(), sizes) == expected
    assert sympy_value(form.to_sympy(), sizes) == expected
    if expected.denominator == 1:
        assert form.at(sizes) == expected
        assert type(form.at(**sizes)) is int
    else:
        with pytest.raises(ValueError, match="is not legal"):
            form.at(sizes)


def sympy_value(expression: Any, sizes: dict[str, int]) -> Fraction:
    """What sympy computes with exact numbers."""
    places = {sympy.Symbol(name, integer=True, positive=True): sympy.Integer(size) for name, size in sizes.items()}
    found = expression.xreplace(places).doit()
    assert found.is_Rational, found
    return Fraction(int(found.p), int(found.q))


@given(EXPRESSIONS, integer_sets(), SIZES)
def test_forms_on_a_set_are_equal_there_and_nowhere_else(
    expression: Any, members: IntegerSet, sizes: dict[str, int]
) -> None:
    form = ClosedForm(build(expression)).on(N=members)
    for number in range(1, 61):
        place = {**sizes, "N": number}
        expected = evaluate(expression, place)
        if number not in members:
            with pytest.raises(ValueError, match="the form holds for"):
                form.at(place)
        elif expected.denominator == 1:
            assert form.at(place) == expected


@given(CHAINS, st.integers(0, 200))
def test_one_residue_decides_every_rounding(chain: list[tuple[str, int, int, int]], start: int) -> None:
    """The sizes of a strided network are straight lines on each residue of the product of its strides."""
    size: Any = N
    period = 1
    for kind, shift, divisor, factor in chain:
        size = QUOTIENTS[kind](size + shift, divisor) * factor
        period *= divisor
    form = ClosedForm(size).on(N=IntegerSet.progression(start, period))
    assert roundings(form) == 0


def roundings(form: ClosedForm) -> int:
    if not isinstance(form.value, Polynomial):
        return 0
    return sum(not isinstance(atom, Symbol) for atom in atoms_inside_out((form.value,)))


def on(value: Any, members: IntegerSet) -> str:
    return str(ClosedForm(value).on(N=members))


def test_several_residues() -> None:
    both = IntegerSet.of_residues((0, 1), 4)
    assert on(floor_div(N, 4), both) == "floor(N/4)"
    assert on(floor_div(N, 2) + ceil_div(N, 2), both) == "N"
    # What the set leaves open stays as it was written.
    assert on(floor_div(N, 2) + floor_div(N + 1, 4), IntegerSet.progression(0, 2)) == "(N + 2*floor((N + 1)/4))/2"


def test_bounds_decide_minima_and_maxima() -> None:
    large = IntegerSet.between(188, None)
    assert on(maximum(N - 184, 0) * minimum(N, 7), large) == "7*N - 1288"
    assert on(maximum(N - 184, 7), large) == "max(N - 184, 7)"


def test_finite_sets() -> None:
    assert on(1024 * N**2, IntegerSet.of([227])) == str(1024 * 227**2)
    window = IntegerSet.between(227, 258)
    assert on(floor_div(N - 35, 32), window) == "6"
    assert on(floor_div(N - 35, 31), window) == "floor((N + 27)/31) - 2"


def test_sets_that_say_nothing_change_nothing() -> None:
    half = floor_div(N, 2)
    for members in (IntegerSet.everything(), IntegerSet.empty(), IntegerSet.of_residues(range(0, 2000, 2), 2003)):
        assert on(half, members) == "floor(N/2)"
    assert on(symbol("M") * floor_div(M, 2), IntegerSet.progression(0, 2)) == "M*floor(M/2)"


def test_sets_are_narrowed_one_after_the_other() -> None:
    form = ClosedForm(floor_div(N, 6)).on(N=IntegerSet.progression(0, 2)).on({"N": IntegerSet.progression(0, 3)})
    assert str(form) == "N/6"
    assert form.where["N"] == IntegerSet.progression(0, 6)
    assert repr(form) == "<ClosedForm N/6 where N = 0 (mod 6)>"
    both = form + ClosedForm(N).on(N=IntegerSet.between(7, None))
    assert both.at(N=12) == 14
    with pytest.raises(ValueError, match=r"holds for N = 0 \(mod 6\), N >= 12, and not for N = 6"):
        both.at(N=6)


def test_arithmetic() -> None:
    one, other = ClosedForm(3 * N), ClosedForm(N * M + 1)
    assert str(2 * one + other - 5) == "M*N + 6*N - 4"
    assert str(1 - one) == "-3*N + 1"
    assert str(one * other) == str(3 * N * (N * M + 1))
    assert one - one == 0
    assert one == ClosedForm(3 * N) and one == 3 * N and one != other
    assert len({one, ClosedForm(3 * N), other}) == 2
    for wrong in (0.5, "N", Fraction(1, 2)):
        with pytest.raises(TypeError):
            one + wrong  # type: ignore[operator]


def test_what_has_no_value() -> None:
    form = ClosedForm(N * M)
    with pytest.raises(ValueError, match="no value for M, N"):
        form.at()
    with pytest.raises(ValueError, match="no value for M"):
        form.at({"N": 3})
    with pytest.raises(ValueError, match="M is at least 1, not 0"):
        form.at(N=3, M=0)
    with pytest.raises(TypeError):
        form.at(N=3.0, M=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(N - 4\)/2 is 3/2 where N = 7"):
        ClosedForm(divide(N - 4, 2)).at(N=7)


def test_numbers() -> None:
    form = ClosedForm(61706)
    assert (form.symbols, form.at(), str(form), form.latex()) == ((), 61706, "61706", "61706")
    assert form.to_sympy() == sympy.Integer(61706)
    assert form == 61706


def test_for_people() -> None:
    form = ClosedForm(14356195584 * symbol("n12345") ** 2 - 1000)
    assert f"{form:,}" == "14,356,195,584*n12345**2 - 1,000"
    assert f"{form}" == str(form) == "14356195584*n12345**2 - 1000"
    assert f"{form:>35}" == str(form).rjust(35)


def test_in_a_notebook() -> None:
    form = ClosedForm(symbol("classes") ** 2 * floor_div(N + 5, 32))
    inside = r"{\mathit{classes}}^{2} \, \left\lfloor\frac{N + 5}{32}\right\rfloor"
    assert form._repr_latex_() == rf"$\displaystyle {inside}$"


def test_factored() -> None:
    n = sympy.Symbol("N", integer=True, positive=True)
    assert ClosedForm(9 * N**2 - 36 * N + 36).factored() == 9 * (n - 2) ** 2
    half = sympy.floor(n / 2)
    assert ClosedForm(floor_div(N, 2) ** 2 - 9).factored() == (half - 3) * (half + 3)
    assert ClosedForm(12).factored() == 12
