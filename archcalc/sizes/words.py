"""Sets of integers in words and in LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.sizes.runs import Run

_SHOWN = 40
"""Remainders and single numbers that are shown; more end in dots."""


class Words:
    """How the parts of a set are written on a terminal."""

    none, every, either, comma = "no {symbol}", "any {symbol}", " or ", ", "
    apart, also, between_boxes, where, more = "; ", " and ", " or ", "where {}", "{} more"

    def name(self, symbol: str) -> str:
        """A symbol."""
        return symbol

    def congruence(self, symbol: str, residues: str, modulus: int) -> str:
        """`N = 12 (mod 16)`."""
        return f"{symbol} = {residues} (mod {modulus})"

    def between(self, symbol: str, first: int, last: int | None) -> str:
        """`N >= 188` or `227 <= N <= 258`."""
        return f"{symbol} >= {first}" if last is None else f"{first} <= {symbol} <= {last}"


class Latex(Words):
    """How they are written in formulas."""

    none, every, either, comma = r"{symbol} \in \emptyset", r"{symbol} \ge 1", r" \ \text{or}\  ", r",\ "
    apart, also, between_boxes = r";\quad ", r"\ \text{and}\ ", r"\quad\text{or}\quad "
    where, more = r"\text{{where }} {}", r"{}\ \text{{more}}"

    def name(self, symbol: str) -> str:
        """A symbol in LaTeX."""
        from archcalc.dims import symbol as symbol_of
        from archcalc.dims.bridge import latex

        return latex(symbol_of(symbol))

    def congruence(self, symbol: str, residues: str, modulus: int) -> str:
        r"""`N \equiv 12 \pmod{16}`."""
        return rf"{symbol} \equiv {residues} \pmod{{{modulus}}}"

    def between(self, symbol: str, first: int, last: int | None) -> str:
        r"""`N \ge 188` or `227 \le N \le 258`."""
        return rf"{symbol} \ge {first}" if last is None else rf"{first} \le {symbol} \le {last}"


def written(runs: Sequence[Run], symbol: str, words: Words) -> str:
    """The runs of a set one after the other; single numbers are listed together."""
    if not runs:
        return words.none.format(symbol=symbol)
    if tuple(runs) == (Run(1, None, 1, (0,)),):
        return words.every.format(symbol=symbol)
    parts: list[str] = []
    single: list[int] = []

    def add_single() -> None:
        if single:
            parts.append(f"{symbol} = {_listed(single, words)}")
            single.clear()

    for run in runs:
        if run.size == 1:
            single.append(run.first)
        else:
            add_single()
            parts.append(_run(run, symbol, words))
    add_single()
    return words.either.join(parts)


def _run(run: Run, symbol: str, words: Words) -> str:
    bounds = words.between(symbol, run.first, run.last)
    if run.modulus == 1:
        return bounds
    pattern = words.congruence(symbol, _listed(run.residues, words), run.modulus)
    # The bound is written unless the pattern would begin there anyway.
    begins = Run(1, None, run.modulus, run.residues).above(0)
    return pattern if run.last is None and run.first == begins else f"{pattern}{words.comma}{bounds}"


def _listed(numbers: Iterable[int], words: Words) -> str:
    """`1, 2 or 7`; three or more neighbours are drawn together, as in `0..13`."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and stretches[-1][-1] == number - 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    items: list[str] = []
    for stretch in stretches:
        items.extend([f"{stretch[0]}..{stretch[-1]}"] if len(stretch) > 2 else map(str, stretch))
    if len(items) > _SHOWN:
        items = [*items[: _SHOWN - 1], "..."]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])}{words.either}{items[-1]}"
