"""Exact sizes and counts: integers where they are known, polynomials over symbols where they are not.

Symbols stand for integers >= 1. Concrete values are plain `int`; a `Fraction` appears only where a quotient is not
whole. Nothing here rounds without being told to, and what is not certain is said to be undecided.
`archcalc.dims.bridge` hands values to sympy; it is not imported here.
"""

from __future__ import annotations

from archcalc.dims.condition import Condition
from archcalc.dims.extrema import maximum, minimum
from archcalc.dims.polynomial import Dim, DimsOverflow, Number, Polynomial, divide, symbol
from archcalc.dims.rounding import ceil_div, floor_div, modulo
from archcalc.dims.substitution import free_symbols, replace_atoms, substitute
from archcalc.dims.unknown import Unknowns, is_known

__all__ = [
    "Condition",
    "Dim",
    "DimsOverflow",
    "Number",
    "Polynomial",
    "Unknowns",
    "ceil_div",
    "divide",
    "floor_div",
    "free_symbols",
    "is_known",
    "maximum",
    "minimum",
    "modulo",
    "replace_atoms",
    "substitute",
    "symbol",
]
