"""Where the lines of an earlier text stand in a later one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from archcalc.diagnostics.model import Diagnostic, Help, Label, Span


class Moved:
    """Lines of an earlier text and the same lines in the present one; both are counted from 1 and grow.

    >>> moved = Moved([1, 2, 5], [1, 2, 7])
    >>> moved.now(5), moved.then(7), moved.now(3)
    (7, 5, None)
    """

    def __init__(self, then: Sequence[int], now: Sequence[int], *, is_still: bool = False) -> None:
        self._then = then
        self._now = now
        self._is_still = is_still
        """Whether nothing has moved: every line is where it was, also one that is not named."""

    def now(self, line: int) -> int | None:
        """Where a line of the earlier text stands; None for one that is gone."""
        return line if self._is_still else _paired(self._then, self._now, line)

    def then(self, line: int) -> int | None:
        """Where a line of the present text stood; None for one that is new."""
        return line if self._is_still else _paired(self._now, self._then, line)

    def span(self, span: Span) -> Span | None:
        """A stretch of the earlier text in the present one; None where its ends are gone."""
        first, last = self.now(span.line), self.now(span.end_line)
        if first is None or last is None:
            return None
        return Span(first, span.column, last, span.end_column)

    def diagnostic(self, found: Diagnostic) -> Diagnostic:
        """A finding with all its places as they are now; places that are gone are left out."""
        labels = [Label(place, label.text) for label in found.labels if (place := self.span(label.span)) is not None]
        return found._replace(
            span=self.span(found.span) if found.span is not None else None,
            labels=tuple(labels),
            help=tuple([self._help(help) for help in found.help]),
        )

    def _help(self, help: str) -> str:
        if not isinstance(help, Help) or not help.changes:
            return help
        places = [(self.span(change.span), change) for change in help.changes]
        changes = [change._replace(span=place) for place, change in places if place is not None]
        return Help(str(help), changes, help.is_certain) if len(changes) == len(places) else str(help)


def same_lines(then: Sequence[str], now: Sequence[str]) -> Moved:
    """The lines in front of the first change and behind the last one.

    >>> same_lines(["a", "b", "c"], ["a", "x", "y", "c"]).now(3)
    4
    """
    most = min(len(then), len(now))
    front = next((index for index in range(most) if then[index] != now[index]), most)
    back = next((index for index in range(most - front) if then[-1 - index] != now[-1 - index]), most - front)
    return Moved(
        [*range(1, front + 1), *range(len(then) - back + 1, len(then) + 1)],
        [*range(1, front + 1), *range(len(now) - back + 1, len(now) + 1)],
    )


def _paired(lines: Sequence[int], others: Sequence[int], line: int) -> int | None:
    index = bisect_left(lines, line)
    return others[index] if index < len(lines) and lines[index] == line else None
