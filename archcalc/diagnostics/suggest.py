"""The name the user may have meant: behind every "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from archcalc.diagnostics.model import Help, Replacement, Span

# Beyond this many letters a name is no slip of the finger, and the quadratic comparison would cost time for nothing.
_LONGEST = 60
_SHORTEST_PREFIX = 3
# Among more names than this a suggestion would cost time for every mistake and help little.
_MOST = 1000
# A search tries a network with many values, and each time the same names are wrong in it.
_REMEMBERED = 64


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` most probably was meant to be, or None when nothing is near.

    Case, underscores, hyphens, dots and spaces do not count. Swapping two neighbours is one slip, and so is
    each letter too many, missing or wrong; about one slip in three letters is forgiven. A candidate with which
    the word begins, or which begins with the word, comes last (`kernel_size` -> `kernel`). Ties are broken by
    the alphabet, never by the order of the candidates.

    >>> closest("lienar", ["linear", "relu"])
    'linear'
    >>> closest("AvgPool", ["avg_pool", "max_pool"])
    'avg_pool'
    >>> closest("out_channels", ["kernel", "out"])
    'out'
    >>> closest("banana", ["linear", "relu"]) is None
    True
    """
    return _closest(word, tuple(islice(candidates, _MOST)))


@lru_cache(_REMEMBERED)
def _closest(word: str, candidates: tuple[str, ...]) -> str | None:
    bare = _bare(word)
    if not bare:
        return None
    best: tuple[int, int, bool, str] | None = None
    for candidate in candidates:
        rank = _rank(bare, _bare(candidate))
        if rank is not None:
            key = (*rank, candidate[:1].lower() != word[:1].lower(), candidate)
            if best is None or key < best:
                best = key
    return None if best is None else best[3]


def did_you_mean(word: str, meant: str, span: Span | None, *, is_certain: bool = False) -> Help:
    """The question whether another word is meant, with the change that writes it where the word stands.

    >>> did_you_mean("kernal", "kernel", Span(3, 9, 3, 15)).changes
    (Replacement(span=Span(line=3, column=9, end_line=3, end_column=15), text='kernel'),)
    """
    return Help(f"did you mean `{meant}`?", respelt(word, meant, span), is_certain)


def respelt(word: str, meant: str, span: Span | None) -> list[Replacement]:
    """The change that writes another word where a word stands, in quotes if it has some; none where it is not known.

    >>> [one.text for end in (12, 14) for one in respelt("dim", "axis", Span(3, 9, 3, end))]
    ['axis', '"axis"']
    """
    room = span.end_column - span.column if span is not None and span.line == span.end_line else 0
    if span is None or room not in (len(word), len(word) + 2):
        return []
    # Two characters more are quotes.
    return [Replacement(span, meant if room == len(word) else f'"{meant}"')]


def is_same(word: str, other: str) -> bool:
    """Whether two names are one but for case, underscores, hyphens, dots and spaces.

    >>> is_same("AvgPool", "avg_pool"), is_same("avgpol", "avg_pool")
    (True, False)
    """
    return _bare(word) == _bare(other)


def is_near(word: str, other: str) -> bool:
    """Whether two names are one but for a single slip.

    >>> is_near("Conv2d", "conv2"), is_near("Conv2d", "conv_bn")
    (True, False)
    """
    return _slips(_bare(word), _bare(other), 1) is not None


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter not in "_-. \t")


def _rank(word: str, candidate: str) -> tuple[int, int] | None:
    """How near: (0, slips) for a slip, (1, letters left over) for a beginning, None for neither."""
    if word == candidate:
        return (0, 0)
    longer, shorter = (word, candidate) if len(word) >= len(candidate) else (candidate, word)
    if not shorter or len(longer) > _LONGEST:
        return None
    limit = len(longer) // 3
    if len(longer) - len(shorter) <= limit:
        slips = _slips(word, candidate, limit)
        if slips is not None:
            return (0, slips)
    if len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter):
        return (1, len(longer) - len(shorter))
    return None


def _slips(word: str, other: str, limit: int) -> int | None:
    """Fewest insertions, removals, replacements and swaps of neighbours between two words; None beyond the limit.

    Source: the "optimal string alignment" distance (Damerau 1964, Wagner and Fischer 1974), with an early end.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        last, before, row = before, row, [i]
        for j, other_letter in enumerate(other, start=1):
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == other_letter:
                slips = min(slips, last[j - 2] + 1)
            row.append(slips)
        # A swap reaches over one row, therefore two rows beyond the limit are needed to give up.
        if min(row) > limit and min(before) > limit:
            return None
    return row[-1] if row[-1] <= limit else None
