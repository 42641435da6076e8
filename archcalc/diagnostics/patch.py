"""The lines of a file after a change, as they are shown beside a help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from archcalc.diagnostics.model import Replacement


class NewLine(NamedTuple):
    """A line as it is after a change: its number, its text, and what is new in it, counted from 0."""

    number: int
    text: str
    start: int
    end: int
    is_added: bool
    """Whether the line is one more, and none that was changed."""
    replaces: bool
    """Whether the new stretch stands in the place of an old one."""


def new_lines(changes: Sequence[Replacement], line: Callable[[int], str | None]) -> list[NewLine]:
    """The lines that changes of a text make new; `line` has those of the text as it is, counted from 1.

    >>> from archcalc.diagnostics.model import Span
    >>> (new,) = new_lines([Replacement(Span(2, 16, 2, 16), ", padding: 1")], {2: "- conv: {out: 1}"}.get)
    >>> new.number, new.text, new.text[new.start : new.end]
    (2, '- conv: {out: 1, padding: 1}', ', padding: 1')
    """
    found: list[NewLine] = []
    more = 0
    for group in _groups(changes):
        first, last = group[0].span.line, group[-1].span.end_line
        old = [line(number) or "" for number in range(first, last + 1)]
        new = _changed(old, first, group)
        found += _compared(old, new, first + more)
        more += len(new) - len(old)
    return found


def _groups(changes: Sequence[Replacement]) -> Iterator[list[Replacement]]:
    """Changes of the same lines together, in the order of the text."""
    group: list[Replacement] = []
    for change in sorted(changes, key=lambda change: change.span):
        if group and change.span.line > group[-1].span.end_line:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _changed(lines: list[str], first: int, changes: list[Replacement]) -> list[str]:
    """Lines of a text, of which the first has a number, with changes made."""
    text = "\n".join(lines)
    starts = [0]
    for one in lines:
        starts.append(starts[-1] + len(one) + 1)
    for change in reversed(changes):
        span = change.span
        start, end = starts[span.line - first] + span.column - 1, starts[span.end_line - first] + span.end_column - 1
        text = text[:start] + change.text + text[end:]
    return text.split("\n")


def _compared(old: list[str], new: list[str], first: int) -> Iterator[NewLine]:
    """The new lines without those at the ends that stay."""
    before = _alike(old, new)
    after = _alike(old[before:][::-1], new[before:][::-1])
    kept = len(old) - before - after
    changed = new[before : len(new) - after]
    for index, text in enumerate(changed):
        number = first + before + index
        if len(changed) != kept:
            yield NewLine(number, text, 0, len(text), True, False)
            continue
        was = old[before + index]
        start = _alike(was, text)
        end = len(text) - _alike(was[start:][::-1], text[start:][::-1])
        yield NewLine(number, text, start, end, False, len(was) > len(text) - (end - start))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items two sequences have in common at their beginning."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
