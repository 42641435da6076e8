"""Open conditions on symbols, told as briefly as they can be without deciding anything."""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

from archcalc.diagnostics.codes.shapes import UNDECIDED
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.dims import Condition, Polynomial, symbol
from archcalc.dims.atoms import Symbol
from archcalc.layers.base import Requirement

_LISTED = 12


class Asked(NamedTuple):
    """A condition and the layer that asks for it."""

    condition: Condition
    layer: str


class _Line(NamedTuple):
    """A value (slope*S + offset)/denominator in one symbol."""

    symbol: str
    slope: int
    offset: int
    denominator: int


def _line(value: object) -> _Line | None:
    if not isinstance(value, Polynomial):
        return None
    names, slope, offset = [], 0, 0
    for monomial, coefficient in value.terms.items():
        if not monomial:
            offset = coefficient
        else:
            names.append(monomial)
            slope = coefficient
    if len(names) != 1 or len(names[0]) != 1 or names[0][0][1] != 1 or slope <= 0:
        return None
    atom = names[0][0][0]
    return _Line(atom.name, slope, offset, value.denominator) if isinstance(atom, Symbol) else None


def condensed(requirements: list[tuple[str, Requirement]]) -> list[Asked]:
    """The conditions without those that another one implies: the largest of lower bounds, the finest of congruences.

    >>> n = symbol("N")
    >>> asked = [Condition.at_least(n, 3), Condition.at_least(n, 188), Condition.multiple(n - 4, 8)]
    >>> asked += [Condition.multiple((n - 12) / 4, 4)]
    >>> [str(found.condition) for found in condensed([("conv", Requirement(c, UNDECIDED, "")) for c in asked])]
    ['N >= 188', 'N - 12 is a multiple of 16']
    """
    bounds: dict[str, tuple[int, str]] = {}
    congruences: dict[str, list[tuple[int, int, str]]] = {}
    others: dict[Condition, str] = {}
    for layer, requirement in requirements:
        condition = requirement.condition
        line = _line(condition.subject)
        if line is not None and condition.relation == "at-least":
            least = -(line.offset // line.slope)
            if line.symbol not in bounds or bounds[line.symbol][0] < least:
                bounds[line.symbol] = (least, layer)
        elif line is not None and condition.relation == "multiple":
            modulus = condition.modulus * line.denominator
            common = gcd(line.slope, modulus)
            if line.offset % common:
                others.setdefault(condition, layer)  # Never true; told as it stands.
                continue
            modulus //= common
            residue = -(line.offset // common) * pow(line.slope // common, -1, modulus) % modulus
            congruences.setdefault(line.symbol, []).append((modulus, residue, layer))
        else:
            others.setdefault(condition, layer)
    found = [Asked(Condition.at_least(symbol(name), least), layer) for name, (least, layer) in bounds.items()]
    for name, entries in congruences.items():
        for modulus, residue, layer in _finest(entries):
            found.append(Asked(Condition.multiple(symbol(name) - residue, modulus), layer))
    found.extend(Asked(condition, layer) for condition, layer in others.items())
    return found


def _finest(entries: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    kept: list[tuple[int, int, str]] = []
    for modulus, residue, layer in sorted(entries, reverse=True, key=lambda entry: entry[0]):
        implied = any(other % modulus == 0 and rest % modulus == residue for other, rest, _ in kept)
        if not implied and modulus > 1:
            kept.append((modulus, residue, layer))
    return kept


def told(requirements: list[tuple[str, Requirement]], span: Span | None) -> Diagnostic:
    """One note that lists the open conditions.

    Reports: AC317
    """
    asked = condensed(requirements)
    notes = [f"{found.condition} (asked by {found.layer})" for found in asked[:_LISTED]]
    if len(asked) > _LISTED:
        notes.append(f"and {len(asked) - _LISTED} more conditions")
    symbols = "the symbols" if len(asked) > 1 else "a symbol"
    return Diagnostic(
        UNDECIDED,
        f"the network is legal only where {len(asked)} condition{'s' if len(asked) > 1 else ''} on {symbols} "
        f"hold{'' if len(asked) > 1 else 's'}",
        span,
        notes=tuple(notes),
        help=("give the symbols values with `at` or `--set` to decide them there",),
    )
