"""Silence: warnings that a spec says to be meant are not told, and what silences nothing is told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from archcalc.diagnostics.codes.language import UNUSED_IGNORE
from archcalc.diagnostics.model import Code, Diagnostic, Span
from archcalc.spec.model import Ignore


class Silence:
    """The ignores of a spec during one check.

    A warning is silenced by its own line, or part of the text, and by those of the calls that lead to it.

    >>> from archcalc.diagnostics.codes.shapes import UNREAD_INPUT
    >>> silence = Silence([Ignore("AC302", Span(2, 20, 2, 25), Span(2, 1, 2, 30), is_line=True)])
    >>> silence.covers(UNREAD_INPUT, [Span(2, 5, 2, 9)]), silence.covers(UNREAD_INPUT, [Span(3, 5, 3, 9)])
    (True, False)
    """

    def __init__(self, ignores: Sequence[Ignore]) -> None:
        self._ignores = ignores
        self._used: set[Ignore] = set()
        self._lines: dict[tuple[str, int], list[Ignore]] = {}
        self._parts: dict[str, _Parts] = {}
        for one in ignores:
            if one.is_line:
                self._lines.setdefault((one.code, one.region.line), []).append(one)
        for code in {one.code for one in ignores if not one.is_line}:
            self._parts[code] = _Parts(one for one in ignores if one.code == code and not one.is_line)

    def covers(self, code: Code, places: Iterable[Span]) -> bool:
        """Whether a warning with this code at these places is meant; what says so has been of use."""
        if not self._ignores or code.severity != "warning":
            return False
        found = [one for at in places for one in self._about(code.id, at)]
        self._used.update(found)
        return bool(found)

    def _about(self, code: str, at: Span) -> Iterator[Ignore]:
        for line in range(at.line, at.end_line + 1):
            yield from self._lines.get((code, line), ())
        if code in self._parts:
            yield from self._parts[code].around(at)

    def kept(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are told."""
        return [one for one in diagnostics if not self.covers(one.code, _places(one))]

    def unused(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Warnings of ignores that have silenced nothing; `diagnostics` are those that are told.

        Reports: AC150
        """
        return [_unused(one, diagnostics) for one in self._ignores if one not in self._used]


def _unused(ignore: Ignore, diagnostics: Iterable[Diagnostic]) -> Diagnostic:
    lines = [one.span.line for one in diagnostics if one.code.id == ignore.code and one.span is not None]
    where = f"{ignore.code} is found at line {lines[0]}: write it there" if lines else "remove it"
    return Diagnostic(
        UNUSED_IGNORE,
        f"nothing is ignored: there is no {ignore.code} {'on this line' if ignore.is_line else 'here'}",
        ignore.span,
        help=(where,),
    )


def _places(found: Diagnostic) -> list[Span]:
    """Where a finding points, and the calls that lead to it."""
    own = [found.span] if found.span is not None else []
    return [*own, *(label.span for label in found.labels)]


class _Parts:
    """Parts of a text, of which each two are apart or one inside the other: steps, and the whole spec."""

    def __init__(self, ignores: Iterable[Ignore]) -> None:
        self._ignores = sorted(ignores, key=lambda one: (one.region[:2], tuple(-end for end in one.region[2:])))
        self._starts = [one.region[:2] for one in self._ignores]
        self._outer: list[int] = []
        """For each part the smallest one around it; -1 for none."""
        for index, one in enumerate(self._ignores):
            self._outer.append(self._first_around(index - 1, one.region[:2]))

    def around(self, at: Span) -> Iterator[Ignore]:
        """The parts in which something begins."""
        index = self._first_around(bisect_right(self._starts, at[:2]) - 1, at[:2])
        while index >= 0:
            yield self._ignores[index]
            index = self._outer[index]

    def _first_around(self, index: int, place: tuple[int, int]) -> int:
        """The last part from an index back, outward, that ends behind a place."""
        while index >= 0 and self._ignores[index].region[2:] <= place:
            index = self._outer[index]
        return index
