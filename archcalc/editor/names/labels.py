"""Parts of names with what is computed in them: how they are spelled, and which of them can come to the same name.

A label is a text in which every computed part, `$i` or `$(i + 1)`, is one letter, `HOLE`: so `stage$i` is compared with
`stage$(i - 1)`, with `stage3`, and with `stage?` of a claim.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from archcalc.expressions.nodes import Path

HOLE = "\ue000"
"""Stands for a computed part; no file has this letter in a name."""
WILD = "?*"
"""What stands for letters in the pattern of a claim."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_BEGIN = re.compile(f"[^{HOLE}?*]*")
_NUMBER = rf"([0-9{HOLE}?*]+)"
_VALUE = rf"([0-9]+|[A-Za-z_][\w-]*|[{HOLE}?*]|\w*[{HOLE}?*].*)"
"""What computes a part of a name is a number, or a word."""


class Label(NamedTuple):
    """A part of a name between dots: its letters, and where in its text it begins."""

    text: str
    start: int
    parts: tuple[tuple[int, int], ...] | None = None
    """From where to where each letter reaches; None where each is one of the text, too."""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text) if self.parts is None else self.parts[-1][1]

    @property
    def reach(self) -> tuple[tuple[int, int], ...]:
        """From where to where each letter reaches."""
        return self.parts or tuple([(at, at + 1) for at in range(self.start, self.end)])


def labels_of(path: Path, text: str) -> list[Label]:
    """The parts of a path that stands in a text.

    >>> from archcalc.expressions.parser import parse_path
    >>> [one.text.replace(HOLE, "#") for one in labels_of(parse_path("a$i.b$(j+1)c"), "a$i.b$(j+1)c")]
    ['a#', 'b#c']
    """
    found: list[Label] = []
    at = path.start
    for name in path.fixed or ():
        found.append(Label(name, at))
        at += len(name) + 1
    for part in path.parts if path.fixed is None else ():
        letters: list[str] = []
        reach: list[tuple[int, int]] = []
        for piece in part:
            if isinstance(piece, str):
                letters.append(piece)
                reach.extend((one, one + 1) for one in range(at, at + len(piece)))
                at += len(piece)
            else:
                end = _end_of_computed(text, at)
                letters.append(HOLE)
                reach.append((at, end))
                at = end
        found.append(Label("".join(letters), reach[0][0], tuple(reach)))
        at += 1  # The dot.
    return found


def written(text: str) -> Label | None:
    """A label as somebody writes it; None for a computed part that is never closed."""
    letters: list[str] = []
    reach: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        end = _end_of_computed(text, at) if text[at] == "$" else at + 1
        if end <= at or (text[at] == "$" and end == at + 1):
            return None
        letters.append(HOLE if text[at] == "$" else text[at])
        reach.append((at, end))
        at = end
    return Label("".join(letters), 0, tuple(reach)) if letters else None


def _end_of_computed(text: str, dollar: int) -> int:
    if text[dollar + 1 : dollar + 2] == "(":
        level = 0
        for at in range(dollar + 1, len(text)):
            level += {"(": 1, ")": -1}.get(text[at], 0)
            if level == 0:
                return at + 1
        return dollar
    match = _IDENTIFIER.match(text, dollar + 1)
    return match.end() if match else dollar


def begin(label: str) -> str:
    """A label up to the first part that is computed or left open."""
    return _BEGIN.match(label)[0]  # type: ignore[index]  # It fits everything.


class Index:
    """Labels by how they begin, so that those which can fit another one are found among thousands."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._by_begin: dict[str, list[str]] = {}
        for label in labels:
            self._by_begin.setdefault(begin(label), []).append(label)
        self._begins = sorted(self._by_begin)

    def beginnings(self, label: str) -> list[str]:
        """The labels whose beginning is one of this label, too."""
        whole = begin(label)
        starts = [whole[:length] for length in range(len(whole) + 1)]
        return [one for start in starts for one in self._by_begin.get(start, ())]

    def after(self, label: str) -> list[str]:
        """The labels whose beginning goes on where that of this label ends."""
        whole = begin(label)
        found: list[str] = []
        for start in self._begins[bisect_right(self._begins, whole) :]:
            if not start.startswith(whole):
                break
            found += self._by_begin[start]
        return found


def is_open(label: str) -> bool:
    """Whether all of a label is computed, so that it may be any name."""
    return label.strip(HOLE) == ""


@lru_cache(maxsize=4096)
def _pattern(label: str, hole: str) -> re.Pattern[str]:
    """What fits a label; a `?` fits one letter, a `*` any."""
    parts = {HOLE: hole, "?": f"[^.{HOLE}]", "*": ".*"}
    return re.compile("".join(parts.get(letter) or re.escape(letter) for letter in label))


def fits(one: str, other: str, *, numbers: bool) -> bool:
    """Whether two labels can come to the same name, if computed parts are numbers, or if they may be words.

    >>> fits(f"stage{HOLE}", "stage1", numbers=True), fits(f"stage{HOLE}", f"{HOLE}_stage", numbers=True)
    (True, False)
    """
    hole = _NUMBER if numbers else _VALUE
    return bool(
        _pattern(one, hole).fullmatch(other.replace(HOLE, "7"))
        or _pattern(other, hole).fullmatch(one.replace(HOLE, "7"))
    )


def split(label: str, shape: str) -> list[tuple[int, int]] | None:
    """The fixed parts of a label, as a shape with holes has them: where each begins and ends. None if it does not fit.

    >>> split("conv2_1", f"conv{HOLE}_{HOLE}")
    [(0, 4), (5, 6), (7, 7)]
    """
    for hole in (_NUMBER, _VALUE):
        if match := re.fullmatch(hole.join(map(re.escape, shape.split(HOLE))), label):
            ends = [match.span(group) for group in range(1, shape.count(HOLE) + 1)]
            return list(zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), len(label)], strict=True))
    return None


def divided(label: str, holes: list[str]) -> Iterator[list[str]]:
    """Every way to find these parts in a label, in their order, as the parts that are left between them.

    >>> list(divided("a1b1", ["1"]))
    [['a', 'b1'], ['a1b', '']]
    """
    if not holes:
        yield [label]
        return
    at = label.find(holes[0])
    while at >= 0:
        for rest in divided(label[at + len(holes[0]) :], holes[1:]):
            yield [label[:at], *rest]
        at = label.find(holes[0], at + 1)
