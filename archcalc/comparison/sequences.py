"""Which items two sequences have in common, in the same order: as many as can be told in bounded time.

Items that occur once on each side are anchors, and between them the shortest edit script is looked for (Myers 1986):
exact up to `EXACT` insertions and deletions between two anchors, and in steps of so many beyond, so that the time grows
with the length of the sequences and not with its square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

Pairs = list[tuple[int, int]]
"""Places in both sequences that belong together, ascending."""

EXACT = 64
"""Edits that are looked for together between two anchors, at least; in short sequences there are more."""
WORK = 300_000
"""So many steps may be taken to be exact."""
MOST_SPLITS = 8
"""How often anchors are looked for between anchors."""


def common(first: Sequence[int], second: Sequence[int]) -> Pairs:
    """Places of equal items, in the same order on both sides.

    >>> common([1, 2, 3, 4], [1, 3, 4, 5])
    [(0, 0), (2, 1), (3, 2)]
    """
    found: Pairs = []
    most = max(EXACT, WORK // (len(first) + len(second) + 1))
    waiting = [(0, len(first), 0, len(second), 0)]
    while waiting:
        low, high, left, right, depth = waiting.pop()
        while low < high and left < right and first[low] == second[left]:
            found.append((low, left))
            low, left = low + 1, left + 1
        while low < high and left < right and first[high - 1] == second[right - 1]:
            high, right = high - 1, right - 1
            found.append((high, right))
        if low == high or left == right:
            continue
        anchors = _anchors(first, second, low, high, left, right) if depth < MOST_SPLITS else []
        if not anchors:
            steps = _shortest(first[low:high], second[left:right], most)
            found += [(low + one, left + two) for one, two in steps]
            continue
        found += anchors
        before = (low - 1, left - 1)
        for one, two in [*anchors, (high, right)]:
            waiting.append((before[0] + 1, one, before[1] + 1, two, depth + 1))
            before = (one, two)
    return sorted(found)


def ascending(pairs: Pairs) -> Pairs:
    """The most pairs, ordered by their first places, whose second places ascend, too.

    >>> ascending([(0, 3), (1, 0), (2, 1), (3, 4)])
    [(1, 0), (2, 1), (3, 4)]
    """
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        position = bisect_left(ends, place)
        before.append(last[position - 1] if position else None)
        if position == len(ends):
            ends.append(place)
            last.append(index)
        else:
            ends[position] = place
            last[position] = index
    found: Pairs = []
    index_now = last[-1] if last else None
    while index_now is not None:
        found.append(pairs[index_now])
        index_now = before[index_now]
    return found[::-1]


def _anchors(first: Sequence[int], second: Sequence[int], low: int, high: int, left: int, right: int) -> Pairs:
    """Items that occur once on each side of a stretch, as far as they stand in the same order."""
    once = Counter(first[low:high])
    twice = Counter(second[left:right])
    places = {second[place]: place for place in range(left, right) if twice[second[place]] == 1}
    return ascending(
        [
            (place, places[first[place]])
            for place in range(low, high)
            if once[first[place]] == 1 and first[place] in places
        ]
    )


def _shortest(first: Sequence[int], second: Sequence[int], most: int) -> Pairs:
    """The pairs of a shortest edit script; of a long one, of the part that reaches farthest, and so on from there."""
    found: Pairs = []
    low = left = 0
    while low < len(first) and left < len(second):
        pairs, low, left = _stretch(first, second, low, left, most)
        found += pairs
    return found


def _stretch(first: Sequence[int], second: Sequence[int], low: int, left: int, most: int) -> tuple[Pairs, int, int]:
    """The pairs of an edit script of at most so many edits that reaches farthest, and where it ends."""
    length, width = len(first) - low, len(second) - left
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    best, reach = (0, 0, 0), 0
    for edits in range(most + 1):
        trace.append(dict(reached))
        for diagonal in range(-edits, edits + 1, 2):
            is_down = _goes_down(reached, diagonal, edits)
            one = reached[diagonal + 1] if is_down else reached[diagonal - 1] + 1
            two = one - diagonal
            while one < length and two < width and first[low + one] == second[left + two]:
                one, two = one + 1, two + 1
            reached[diagonal] = one
            # What lies outside of both sequences leads nowhere.
            if one + two > reach and one <= length and two <= width:
                best, reach = (edits, one, two), one + two
        if reach == length + width:
            break
    edits, one, two = best
    return _back(trace[: edits + 1], one, two, low, left), low + one, left + two


def _goes_down(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    """Whether the last edit on the way to a diagonal is an item of the second sequence; else it is one of the first."""
    return diagonal == -edits or (diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1])


def _back(trace: list[dict[int, int]], one: int, two: int, low: int, left: int) -> Pairs:
    """The pairs on the way to a place, from the places that fewer and fewer edits have reached."""
    found: Pairs = []
    for edits in range(len(trace) - 1, -1, -1):
        diagonal = one - two
        other = diagonal + 1 if _goes_down(trace[edits], diagonal, edits) else diagonal - 1
        start = trace[edits][other]
        while one > max(start, 0) and two > max(start - other, 0):
            one, two = one - 1, two - 1
            found.append((low + one, left + two))
        one, two = start, start - other
    return found[::-1]
