"""Counts and fronts of spaces that nobody can enumerate: tables that share no choice add up independently.

Some axes, such as a size that every layer reads, are fixed at one value after the other; what is left falls apart into
groups of tables without a common choice. A count under a budget is then a convolution of the sums of each group, and
the front of a sum is the front of the sums of fronts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import accumulate, product
from math import gcd, prod
from random import Random
from typing import Any, NamedTuple

from archcalc.dims import Condition, Polynomial, free_symbols
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.sums import MISSED, WRONG, Sum, Sums, spread
from archcalc.sweep.space import Space

MAX_GROUP = 2**20
"""Combinations of one group."""
MAX_FIXED = 10_000
"""Combinations of the axes that are fixed."""
MAX_PAIRS = 2**24
"""Sums of two groups, or of two fronts, that are made at a time."""
MAX_DENSE = 2**23
"""Numbers that a table of counts may be over."""
MAX_DISTINCT = 2**22
"""Different sums of groups together."""


class NotApart(Exception):
    """A space whose tables do not fall apart into groups that are small enough."""


class Bound(NamedTuple):
    """What one column has to be: from a number to another one, where either may be missing."""

    column: int
    low: int | None
    high: int | None


class Group(NamedTuple):
    """All legal combinations of some choices: a column for each figure, and what they add to a design's number.

    Numbers of designs may be longer than 64 bits: they are words, each of which counts some of the axes.
    """

    columns: Any
    words: Any
    is_met: Any
    """Whether these choices miss no condition by themselves."""

    def size(self) -> int:
        """How many combinations there are."""
        return int(self.columns.shape[1])

    def met(self) -> Group:
        """Those that miss no condition by themselves."""
        if self.is_met.all():
            return self
        return Group(self.columns[:, self.is_met], self.words[:, self.is_met], self.is_met[self.is_met])


class Apart:
    """A space whose designs are sums over groups. Raises: NotApart."""

    def __init__(self, sums: Sums, space: Space) -> None:
        self.sums = sums
        self.space = space
        self._read = {place for table in sums.parts for place in table.places}
        self.fixed, self.groups = _divided(sums.parts, space.sizes)
        self.unread = prod(size for place, size in enumerate(space.sizes) if place not in self._read)
        """How many designs there are of each, which differ in what nothing reads."""
        self.radices, self.word_of = _radices(space)

    def count(self) -> tuple[int, int]:
        """How many designs are legal, and how many of these meet the conditions. Raises: NotApart."""
        bounds = self._bounds()
        if len({bound.column for bound in bounds}) > 1:
            raise NotApart
        legal = met = 0
        for groups, _ in self._all():
            legal += prod(group.size() for group in groups)
            wanted = [group.met() for group in groups]
            sizes = prod(group.size() for group in wanted)
            if sizes:
                met += _within(wanted, bounds[0].column, bounds) if bounds else sizes
        return legal * self.unread, met * self.unread

    def draw(self, size: int, rng: Random) -> list[int]:
        """The numbers of legal designs, drawn at random, each as likely as every other; none if none is legal."""
        weights = [prod(group.size() for group in groups) for groups, _ in self._all()]
        ends = list(accumulate(weights))
        if not ends or not ends[-1]:
            return []
        times = Counter(bisect_right(ends, rng.randrange(ends[-1])) for _ in range(size))
        free = [place for place in range(len(self.space.sizes)) if place not in self._read]
        found = []
        for at, (groups, base) in enumerate(self._all()):
            chosen = [
                group.words[:, [rng.randrange(group.words.shape[1]) for _ in range(times[at])]] for group in groups
            ]
            for row in range(times[at]):
                words = [sum(column) for column in zip(base, *(own[:, row].tolist() for own in chosen), strict=True)]
                more = sum(rng.randrange(self.space.sizes[place]) * self.space.strides[place] for place in free)
                found.append(self._number(words) + more)
        rng.shuffle(found)
        return found

    def front(self, objectives: Sequence[tuple[int, int]]) -> list[int]:
        """The numbers of the designs that no other one beats in two quantities, each with its sign, in their order.

        Quantities are known by their places in the question. Raises: NotApart, also where what beats a design may miss
        a condition that the design meets.
        """
        bounds = self._bounds()
        columns = [self.sums.asked.columns[place] for place, _ in objectives]
        if any(column.is_sizes or column.present for column in columns):
            raise NotApart
        signs_of = [sign for _, sign in objectives]
        objectives = [(column.places[0], sign) for column, sign in zip(columns, signs_of, strict=True)]
        for bound in bounds:
            signs = [sign for column, sign in objectives if column == bound.column]
            if not signs or (bound.low is not None and signs[0] > 0) or (bound.high is not None and signs[0] < 0):
                raise NotApart
        module = numpy()
        best = _Front.zeros(0, len(self.radices))
        for all_, base in self._all():
            groups = [group.met() for group in all_]
            if not all(group.size() for group in groups):
                continue
            (first, sign), (second, other) = objectives
            fronts = [
                _Front(sign * group.columns[first], other * group.columns[second], group.words).pruned()
                for group in groups
            ]
            whole = reduce(_Front.plus, sorted(fronts, key=_Front.size), _Front.zeros(1, len(self.radices)))
            kept = module.ones(whole.size(), bool)
            for bound in bounds:
                at, sign = next((at, sign) for at, (column, sign) in enumerate(objectives) if column == bound.column)
                values = whole[at] * sign
                kept &= (values >= bound.low) if bound.low is not None else True
                kept &= (values <= bound.high) if bound.high is not None else True
            own = whole.at(kept)
            best = best.with_(own._replace(words=own.words + module.array(base)[:, None])).pruned()
        return [self._number(words) for words in best.words.T.tolist()]

    def _number(self, words: Sequence[int]) -> int:
        return sum(word * radix for word, radix in zip(words, self.radices, strict=True))

    def _words(self, codes: Mapping[int, int]) -> list[int]:
        """What some codes add to the words of a number."""
        found = [0] * len(self.radices)
        for place, code in codes.items():
            word = self.word_of[place]
            found[word] += code * (self.space.strides[place] // self.radices[word])
        return found

    def _bounds(self) -> list[Bound]:
        meeting = self.sums.meeting
        return bounds_of(meeting.conditions, meeting.figures)

    def _all(self) -> Iterator[tuple[list[Group], list[int]]]:
        """The groups at each value of the fixed axes, with what these add to the words of a design's number."""
        for codes in product(*(range(self.space.sizes[place]) for place in self.fixed)):
            chosen = dict(zip(self.fixed, codes, strict=True))
            yield [self._group(places, tables, chosen) for places, tables in self.groups], self._words(chosen)

    def _group(self, places: Sequence[int], tables: Sequence[Sum], chosen: Mapping[int, int]) -> Group:
        module = numpy()
        sizes = [self.space.sizes[place] for place in places]
        whole: Any = 0
        for table in tables:
            own = tuple([place for place in table.places if place not in chosen])
            # Along an axis that changes nothing a table is 1 long.
            at = [
                slice(None) if place not in chosen else min(chosen[place], table.entries.shape[1 + axis] - 1)
                for axis, place in enumerate(table.places)
            ]
            whole = whole + spread(table.entries[(slice(None), *at)], own, places, 1)
        columns = module.broadcast_to(whole, (len(whole), *sizes)).reshape(len(whole), -1)
        words = module.zeros([len(self.radices), *sizes], "int64")
        for place in places:
            word = self.word_of[place]
            stride = self.space.strides[place] // self.radices[word]
            words[word] += spread(module.arange(self.space.sizes[place]) * stride, (place,), places, 0)
        legal = columns[WRONG] == 0
        columns = columns[:, legal]
        return Group(columns, words.reshape(len(words), -1)[:, legal], columns[MISSED] == 0)


def bounds_of(conditions: Sequence[Condition], columns: Mapping[str, int]) -> list[Bound]:
    """Conditions on columns as bounds. Raises: NotApart for others.

    A column stands in them as a symbol, which is 1 more.
    """
    found = []
    for one in conditions:
        subject = one.subject
        names = sorted(free_symbols(subject))
        if not isinstance(subject, Polynomial) or len(names) != 1 or one.relation == "multiple":
            raise NotApart
        linear = {monomial: coefficient for monomial, coefficient in subject.terms.items() if monomial}
        constant = subject.terms.get((), 0) + sum(linear.values())
        ((monomial, factor),) = linear.items() if len(linear) == 1 else ((None, 0),)
        if monomial is None or len(monomial) != 1 or monomial[0][1] != 1 or monomial[0][0].symbols != {names[0]}:
            raise NotApart
        column = columns[names[0]]
        if one.relation == "equal":
            whole, rest = divmod(-constant, factor)
            found.append(Bound(column, whole, whole) if rest == 0 else Bound(column, 1, 0))
        elif factor > 0:
            found.append(Bound(column, -(constant // factor), None))
        else:
            found.append(Bound(column, None, constant // -factor))
    return found


def _radices(space: Space) -> tuple[list[int], dict[int, int]]:
    """What one of each word of a number counts, most first, and the word of each axis."""
    radices, word_of = [1], {}
    for place in reversed(range(len(space.sizes))):
        if space.strides[place] // radices[-1] * space.sizes[place] >= 2**62:
            radices.append(space.strides[place])
        word_of[place] = len(radices) - 1
    last = len(radices) - 1
    return radices[::-1], {place: last - word for place, word in word_of.items()}


def _divided(tables: Sequence[Sum], sizes: Sequence[int]) -> tuple[list[int], list[tuple[tuple[int, ...], list[Sum]]]]:
    """The axes to fix, and the groups that are left. Raises: NotApart."""
    fixed: list[int] = []
    while True:
        groups = _groups(tables, frozenset(fixed))
        large = [group for group in groups if prod(sizes[place] for place in group[0]) > MAX_GROUP]
        if not large:
            return sorted(fixed), groups
        places = {place for own, _ in large for place in own}
        readers = {place: sum(place in table.places for table in tables) for place in places}
        fixed.append(max(places, key=lambda place: (readers[place], -sizes[place], -place)))
        if prod(sizes[place] for place in fixed) > MAX_FIXED:
            raise NotApart


def _groups(tables: Sequence[Sum], fixed: frozenset[int]) -> list[tuple[tuple[int, ...], list[Sum]]]:
    """Tables that share axes besides those that are fixed."""
    found: list[tuple[set[int], list[Sum]]] = []
    for table in tables:
        own = set(table.places) - fixed
        apart = []
        members = [table]
        for places, others in found:
            if places & own or (not places and not own):
                own |= places
                members = [*others, *members]
            else:
                apart.append((places, others))
        found = [*apart, (own, members)]
    return [(tuple(sorted(places)), members) for places, members in found]


class _Distinct(NamedTuple):
    """Different sums, ascending, and how many combinations have each; `total` is how many there are."""

    values: Any
    times: Any
    total: int

    def size(self) -> int:
        return len(self.values)


def _within(groups: Sequence[Group], column: int, bounds: Sequence[Bound]) -> int:
    """How many combinations of groups have a sum within bounds. Raises: NotApart where too many sums differ."""
    module = numpy()
    columns = [group.columns[column] for group in groups]
    # Sums are counted from the least one on, in steps that all of them share.
    least = [int(values.min()) for values in columns]
    step = max(1, gcd(*(int(module.gcd.reduce(values - low)) for values, low in zip(columns, least, strict=True))))
    sums = []
    for values, low in zip(columns, least, strict=True):
        distinct, times = module.unique((values - low) // step, return_counts=True)
        sums.append(_Distinct(distinct, times.astype("int64"), len(values)))
    sums.sort(key=_Distinct.size)
    while len(sums) > 3:
        # The two smallest together: what is left at the end is three lists of about the same length.
        first, second, *rest = sums
        sums = sorted([*rest, _together(first, second)], key=_Distinct.size)
    nothing = _Distinct(module.zeros(1, "int64"), module.ones(1, "int64"), 1)
    few, one, other = [*[nothing] * (3 - len(sums)), *sums]
    low_ends = [bound.low for bound in bounds if bound.low is not None]
    high_ends = [bound.high for bound in bounds if bound.high is not None]
    if low_ends and high_ends and max(low_ends) > min(high_ends):
        return 0
    below = _Below(one, other)

    def most(limit: int) -> int:
        """How many sums are at most so large."""
        limit = (limit - sum(least)) // step
        return sum(
            times * below.count(limit - value)
            for value, times in zip(few.values.tolist(), few.times.tolist(), strict=True)
        )

    whole = few.total * one.total * other.total
    return (most(min(high_ends)) if high_ends else whole) - (most(max(low_ends) - 1) if low_ends else 0)


class _Below:
    """How many pairs of two lists have a sum of at most a limit."""

    def __init__(self, one: _Distinct, other: _Distinct) -> None:
        module = numpy()
        kind = _counting(one, other)
        self.one, self.other = one, other
        self.times = one.times.astype(kind)
        self.most = module.concatenate([module.zeros(1, kind), module.cumsum(other.times.astype(kind))])
        self.last = int(other.values[-1])
        self.dense: Any = None
        if self.last < MAX_DENSE:
            # Where there are few numbers between the least and the largest, all of them are in a table.
            self.dense = self.most[module.searchsorted(other.values, module.arange(-1, self.last + 1), side="right")]

    def count(self, limit: int) -> int:
        """So many are."""
        module = numpy()
        left = limit - self.one.values
        if self.dense is None:
            found = self.most[module.searchsorted(self.other.values, left, side="right")]
        else:
            found = module.take(self.dense, module.clip(left, -1, self.last) + 1)
        return int((self.times * found).sum())


def _counting(one: _Distinct, other: _Distinct) -> Any:
    """The type that counts all pairs."""
    return numpy().dtype("int64" if one.total * other.total < 2**62 else object)


def _together(one: _Distinct, other: _Distinct) -> _Distinct:
    """The sums of all pairs. Raises: NotApart where there are too many."""
    module = numpy()
    if one.size() * other.size() > MAX_PAIRS * 16:
        raise NotApart
    kind = _counting(one, other)
    parts = []
    step = max(1, MAX_PAIRS // other.size())
    for start in range(0, one.size(), step):
        values = (one.values[start : start + step, None] + other.values).reshape(-1)
        times = (one.times[start : start + step, None].astype(kind) * other.times).reshape(-1)
        parts.append(_added(values, times))
    values, times = _added(*map(module.concatenate, zip(*parts, strict=True))) if len(parts) > 1 else parts[0]
    if len(values) > MAX_DISTINCT:
        raise NotApart
    return _Distinct(values, times, one.total * other.total)


def _added(values: Any, times: Any) -> tuple[Any, Any]:
    """Equal sums put together."""
    module = numpy()
    order = module.argsort(values, kind="stable")
    values, times = values[order], times[order]
    starts = module.flatnonzero(module.concatenate([[True], values[1:] != values[:-1]]))
    return values[starts], module.add.reduceat(times, starts)


class _Front(NamedTuple):
    """Points of two objectives, less being better, each with the words of a design's number."""

    first: Any
    second: Any
    words: Any

    @classmethod
    def zeros(cls, size: int, words: int) -> _Front:
        module = numpy()
        return cls(module.zeros(size, "int64"), module.zeros(size, "int64"), module.zeros([words, size], "int64"))

    def size(self) -> int:
        return len(self.first)

    def at(self, places: Any) -> _Front:
        return _Front(self.first[places], self.second[places], self.words[:, places])

    def with_(self, other: _Front) -> _Front:
        return _Front(*(numpy().concatenate(pair, axis=-1) for pair in zip(self, other, strict=True)))

    def plus(self, other: _Front) -> _Front:
        """The front of all sums. Of equal ones, the one with the lowest number."""
        found = _Front.zeros(0, len(self.words))
        step = max(1, MAX_PAIRS // 16 // other.size())
        for start in range(0, self.size(), step):
            part = slice(start, start + step)
            first = (self.first[part, None] + other.first).reshape(-1)
            second = (self.second[part, None] + other.second).reshape(-1)
            words = (self.words[:, part, None] + other.words[:, None]).reshape(len(self.words), -1)
            found = found.with_(_Front(first, second, words)).pruned()
        return found

    def pruned(self) -> _Front:
        """Without what another one beats, or equals with a lower number."""
        module = numpy()
        if not self.size():
            return self
        first, second = self.first - self.first.min(), self.second - self.second.min()
        width = int(second.max()).bit_length()
        if int(first.max()).bit_length() + width > 62:
            return self._compared(module.arange(self.size()))
        # One number for both is sorted faster than two, and few points are left to be compared with all they have.
        pairs = (first << width) | second
        ordered = module.sort(pairs)
        low = ordered & ((1 << width) - 1)
        kept = module.ones(len(ordered), bool)
        kept[1:] = low[1:] < module.minimum.accumulate(low)[:-1]
        best = ordered[kept]
        at = module.minimum(module.searchsorted(best, pairs), len(best) - 1)
        return self._compared(module.flatnonzero(best[at] == pairs))

    def _compared(self, places: Any) -> _Front:
        """The front of the points at some places."""
        module = numpy()
        first, second = self.first[places], self.second[places]
        order = module.lexsort([*self.words[::-1, places], second, first])
        second = second[order]
        kept = module.ones(len(order), bool)
        kept[1:] = second[1:] < module.minimum.accumulate(second)[:-1]
        return self.at(places[order[kept]])
