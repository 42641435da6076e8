"""The one bridge to sympy: closed forms for display, factoring and solving.

sympy is imported when a function is called. Expressions are built part by part, never parsed from text: `sympify`
evaluates its input as Python. Floors stay `sympy.floor` of exact rationals; do not lambdify them, since sympy would
then divide in floating point and floor((N - 1)/3) would be wrong first at N = 7.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from archcalc.dims.polynomial import Number, Polynomial
from archcalc.dims.text import Notation, signed_sum, written


def to_sympy(value: Number) -> Any:
    """The value as a sympy expression over positive integer symbols.

    >>> from archcalc.dims import ceil_div, symbol
    >>> to_sympy(symbol("N") ** 2 - 1)
    N**2 - 1
    """
    sympy = _sympy()
    if not isinstance(value, Polynomial):
        return sympy.Rational(value.numerator, value.denominator)
    notation: Notation[Any] = Notation(
        number=sympy.Integer,
        symbol=lambda name: sympy.Symbol(name, integer=True, positive=True),
        power=lambda base, exponent: base**exponent,
        sum=lambda terms: sympy.Add(*(sympy.Mul(-1 if negative else 1, *factors) for negative, factors in terms)),
        quotient=lambda above, below, _: above / below,
        floor=sympy.floor,
        extremum=lambda kind, options: (sympy.Max if kind == "max" else sympy.Min)(*options),
    )
    return written(value, notation)


def factored(value: Number) -> Any:
    """The value as a sympy product of polynomials in its symbols and roundings.

    >>> from archcalc.dims import floor_div, symbol
    >>> factored(3 * floor_div(symbol("N"), 2) ** 2 - 12)
    3*(floor(N/2) - 2)*(floor(N/2) + 2)
    """
    return _sympy().factor(to_sympy(value))


def latex(value: Number) -> str:
    r"""The value for a formula in LaTeX, in the order in which it is printed.

    >>> from archcalc.dims import ceil_div, symbol
    >>> print(latex(ceil_div(symbol("N"), 32) - 1))
    \left\lfloor\frac{N + 31}{32}\right\rfloor - 1
    """
    if isinstance(value, Polynomial):
        return written(value, _LATEX)
    if value.denominator == 1:
        return str(value)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _symbol(name: str) -> str:
    """A name, of which sympy knows Greek letters and indices."""
    if len(name) == 1:
        return name
    sympy = _sympy()
    text = str(sympy.latex(sympy.Symbol(name)))
    # Letters of a word stand closer than those of a product.
    return rf"\mathit{{{text}}}" if text.isalpha() else text


def _power(base: str, exponent: int) -> str:
    # Braces around the base, because a name may carry an index or an exponent of its own.
    return f"{base}^{{{exponent}}}" if base.isalnum() or base.startswith("\\left") else f"{{{base}}}^{{{exponent}}}"


def _fraction(numerator: str, divisor: int, is_sum: bool) -> str:
    if not is_sum and numerator.startswith("-"):
        return rf"-\frac{{{numerator[1:]}}}{{{divisor}}}"
    return rf"\frac{{{numerator}}}{{{divisor}}}"


_LATEX: Notation[str] = Notation(
    number=str,
    symbol=_symbol,
    power=_power,
    sum=lambda terms: signed_sum(terms, times=r" \, "),
    # sympy would split a fraction inside a floor.
    quotient=_fraction,
    floor=lambda quotient: rf"\left\lfloor{quotient}\right\rfloor",
    extremum=lambda kind, options: rf"\{kind}\left({', '.join(options)}\right)",
)


def _sympy() -> Any:
    # Loading it takes longer than most runs of archcalc do.
    return import_module("sympy")
