"""A space as a sum of integer tables: one for each group of choices, over the values of open sizes too.

A design is looked up in each table and added up. Where all sums fit into 64 bits, which is proven by the largest entry
of every table, numbers are int64; else they are Python's own integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import prod
from typing import Any, NamedTuple

from archcalc.dims import Condition, Dim, Polynomial, free_symbols
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.asked import Asked, figure_of
from archcalc.sweep.choices.figures import Column
from archcalc.sweep.choices.names import NotTabled
from archcalc.sweep.choices.packed import Packed
from archcalc.sweep.choices.runs import Cost
from archcalc.sweep.choices.table import Table
from archcalc.sweep.choices.unfolding import Tabled
from archcalc.sweep.domain import Line, length
from archcalc.sweep.instructions import Instructions
from archcalc.sweep.kernel import CHUNK, PART, Kernel, Part
from archcalc.sweep.question import Question
from archcalc.sweep.space import Space

SHORT = 2**15 - 1
"""The largest number of 16 bits."""
MERGED = SHORT
"""Entries of tables that are added up before any design is looked at: what a cache holds."""
MAX_ENTRIES = 2**22
"""Entries of one table."""
LARGEST = 2**62
"""What a sum, and the difference of two, may be in 64 bits."""


RESERVED = MISSED, WRONG = -2, -1
"""Figures behind all others: how many conditions of a question, and how many of legality, a design does not meet."""


class Sum(NamedTuple):
    """A table: the axes that it is over, by their places, and an array of all its figures, the reserved ones last."""

    places: tuple[int, ...]
    entries: Any


class Sums:
    """All designs of a space as sums of tables. `axes` are the places of its axes, those of one value left out."""

    def __init__(self, question: Question, parts: Sequence[Sum], asked: Asked, inferred: int = 0) -> None:
        self.question = question
        self.asked = asked
        self.sizes = [axis.size for axis in question.axes]
        self.axes = tuple([place for place, size in enumerate(self.sizes) if size > 1])
        self.inferred = inferred
        self.parts = list(parts)
        """The tables as they come from the network; those of `tables` are fewer and larger."""
        self.tables, self._ends = _merged(self.parts, self.sizes)
        self.meeting = Meeting(asked.conditions, self._ends)
        self._filled = [at for at, ends in enumerate(self._ends) if any(ends)]
        self._packed = Packed([table.entries for table in self.tables])
        self._looked_up = [
            _LookedUp(table, self.sizes, lines) for table, lines in zip(self.tables, self._packed.lines, strict=True)
        ]

    @classmethod
    def of(cls, question: Question, tabled: Tabled, opened: Mapping[int, tuple[str, Line]]) -> Sums:
        """The sums of a network that was unfolded for all choices. Raises: NotTabled."""
        sizes = [axis.size for axis in question.axes]
        return cls(question, _summed(tabled, opened, sizes), tabled.asked, tabled.inferred)

    def without(self, counts: Sequence[Sum]) -> Sums:
        """The same, where designs that one of these tables of one column counts are not legal."""
        if not counts:
            return self
        kind = self.parts[0].entries.dtype if self.parts else "int64"
        columns = self.asked.figures + len(RESERVED)
        known = {part.places: part.entries for part in self.parts}
        for places, own in counts:
            entries = numpy().zeros([columns, *own.shape[1:]], kind)
            entries[WRONG] = own[0]
            known[places] = known[places] + entries if places in known else entries
        return Sums(self.question, [Sum(*one) for one in known.items()], self.asked, self.inferred)

    @property
    def bits(self) -> int:
        """Bits that its largest number needs, with a sign; proven before anything is computed."""
        return max(max(abs(low), abs(high)).bit_length() for low, high in self._ends) + 1

    @property
    def ends(self) -> list[tuple[int, int]]:
        """The least and the greatest number of each quantity; of sizes, those of all axes."""
        found = [[self._ends[place] for place in column.places] for column in self.asked.columns]
        return [(min((low for low, _ in own), default=0), max((high for _, high in own), default=0)) for own in found]

    def at(self, codes: Sequence[Any], size: int) -> tuple[Any, Any, list[Any]]:
        """Whether so many designs are legal, whether they are met, and their columns, as arrays."""
        module = numpy()
        by_place = dict(zip(self.axes, codes, strict=True))
        # Figures that are 0 everywhere, as where nothing can be missed, take no time.
        found = [module.empty(size, self._type) if any(ends) else _zeros(size) for ends in self._ends]
        room = _Room.of(min(size, CHUNK), self._packed.kinds)
        for start in range(0, size, CHUNK):
            stop = min(start + CHUNK, size)
            room = room.of_size(stop - start)
            for row in room.rows:
                row.fill(0)
            own: dict[tuple[int, Any], Any] = {}
            for table in self._looked_up:
                for place in table.places:
                    if (place, table.index) not in own:
                        own[place, table.index] = by_place[place][start:stop].astype(table.index, copy=False)
                table.add([own[place, table.index] for place in table.places], room)
            for at in self._filled:
                self._packed.column(self._packed.fields[at], room.rows, found[at][start:stop])
        return self._judged(found)

    def grid(self, *, with_columns: bool = True) -> Iterator[tuple[Part, list[Any]]]:
        """The same for all designs, part by part, in the order of their numbers."""
        module = numpy()
        inner: list[int] = []
        for place in reversed(self.axes):
            if inner and prod(self.sizes[one] for one in inner) * self.sizes[place] > PART:
                break
            inner.insert(0, place)
        outer = [place for place in self.axes if place not in inner]
        shape = [self.sizes[place] for place in inner]
        size, whole = prod(shape), prod(self.sizes[place] for place in outer)
        strides = {place: prod(self.sizes[one] for one in inner[at + 1 :]) for at, place in enumerate(inner)}
        for at in range(0, size, PART):
            numbers = module.arange(at, min(at + PART, size))
            own = {place: numbers // stride % self.sizes[place] for place, stride in strides.items()}
            offsets = [table.offsets(own) for table in self._looked_up]
            for corner in range(whole):
                chosen, rest = {}, corner
                for place in reversed(outer):
                    rest, chosen[place] = divmod(rest, self.sizes[place])
                rows = [module.zeros(len(numbers), kind) for kind in self._packed.kinds]
                for table, (base, index) in zip(self._looked_up, offsets, strict=True):
                    table.add_at(base + table.offset(chosen), index, rows)
                found = [_zeros(len(numbers)) for _ in self._ends]
                for row in self._filled:
                    found[row] = module.empty(len(numbers), self._type)
                    self._packed.column(self._packed.fields[row], rows, found[row])
                legal, met, columns = self._judged(found)
                yield Part((corner * size + at,), (len(numbers),), (legal, met)), columns if with_columns else []

    def numbers(self, part: Part, places: Any, space: Space) -> Any:
        """The numbers of designs at some places of a part."""
        return places.astype(space.integers) + part.starts[0]

    @property
    def _type(self) -> Any:
        is_wide = any(max(abs(low), abs(high)) >= LARGEST for low, high in self._ends)
        return numpy().dtype(object if is_wide else "int64")

    def _judged(self, found: list[Any]) -> tuple[Any, Any, list[Any]]:
        legal = found[WRONG] == 0
        possible = legal & (found[MISSED] == 0) if any(self._ends[MISSED]) else legal
        met = self.meeting.at(possible, found)
        return legal, met, [_arranged(column, found) for column in self.asked.columns]


def _zeros(size: int) -> Any:
    return numpy().broadcast_to(numpy().zeros(1, "int64"), (size,))


class _Room(NamedTuple):
    """Arrays of one length that are used again and again: rows of words, what is taken for them, and places."""

    rows: list[Any]
    taken: list[Any]
    short: Any
    places: Any

    @classmethod
    def of(cls, size: int, kinds: Sequence[Any]) -> _Room:
        """Room for so many designs, with a row of each kind."""
        empty = numpy().empty
        rows, taken = ([empty(size, kind) for kind in kinds] for _ in range(2))
        return cls(rows, taken, empty(size, "int16"), empty(size, "int64"))

    def of_size(self, size: int) -> _Room:
        """The front of it."""
        if len(self.places) == size:
            return self
        rows, taken = ([row[:size] for row in many] for many in (self.rows, self.taken))
        return _Room(rows, taken, self.short[:size], self.places[:size])


class _LookedUp:
    """A table as lines of words, with the stride of each axis; `index` is wide enough for its places."""

    def __init__(self, table: Sum, sizes: Sequence[int], lines: Sequence[tuple[int, Any]]) -> None:
        module = numpy()
        self.places = table.places
        self.strides = [prod(sizes[one] for one in table.places[at + 1 :]) for at in range(len(table.places))]
        self.lines = lines
        # Short integers are several times as fast, and most tables are merged only up to what they can count.
        self.index = module.dtype("int16" if table.entries[0].size <= SHORT else "int64")

    def add(self, codes: Sequence[Any], room: _Room) -> None:
        """Add what stands at these codes, a column for each axis, to the rows of a room."""
        module = numpy()
        if not self.places:
            for at, line in self.lines:
                room.rows[at] += line[0]
            return
        done, short = codes[0], room.short if self.index.itemsize == 2 else room.places
        for own, stride, before in zip(codes[1:], self.strides[1:], self.strides, strict=False):
            module.multiply(done, before // stride, out=short)
            done = module.add(short, own, out=short)
        module.copyto(room.places, done)
        for at, line in self.lines:
            # All places are in the table; of the ways to treat others, this is the fastest.
            module.take(line, room.places, out=room.taken[at], mode="clip")
            module.add(room.rows[at], room.taken[at], out=room.rows[at])

    def offset(self, chosen: Mapping[int, int]) -> int:
        """How far what is chosen leads into the table."""
        return sum(
            chosen[place] * stride for place, stride in zip(self.places, self.strides, strict=True) if place in chosen
        )

    def offsets(self, own: Mapping[int, Any]) -> tuple[int, Any]:
        """How far the axes of a part lead into the table; nothing if it has none of them."""
        index: Any = None
        for place, stride in zip(self.places, self.strides, strict=True):
            if place in own:
                index = own[place] * stride if index is None else index + own[place] * stride
        return 0, index

    def add_at(self, base: int, index: Any, rows: list[Any]) -> None:
        """Add what stands at places from `base` on."""
        for at, line in self.lines:
            rows[at] += line[base] if index is None else line[base:][index] if base else line[index]


class Meeting:
    """Conditions over figures."""

    def __init__(self, conditions: Sequence[Condition], ends: Sequence[tuple[int, int]]) -> None:
        self.conditions = conditions
        self.kernel: Kernel | None = None
        names = sorted({name for one in conditions for name in free_symbols(one.subject)})
        self.figures = {name: figure_of(name) for name in names}
        """The figures that symbols stand for; a symbol is 1 more than its figure."""
        if not conditions:
            return
        self._lows = [ends[place][0] for place in self.figures.values()]
        positions = [range(ends[place][0] + 1, ends[place][1] + 2) for place in self.figures.values()]
        instructions = Instructions(
            {name: (one.start, one.stop - 1) for name, one in zip(names, positions, strict=True)}
        )
        self.kernel = Kernel(instructions, [instructions.all_of(conditions)], positions, with_tables=False)

    def at(self, possible: Any, figures: Sequence[Any]) -> Any:
        """Which of the possible designs meet all conditions."""
        if self.kernel is None:
            return possible
        own = zip(self.figures.values(), self._lows, strict=True)
        codes = [figures[place] - low if low else figures[place] for place, low in own]
        return possible & (self.kernel.at(codes, len(possible))[0] != 0)


def _arranged(column: Column, figures: Sequence[Any]) -> Any:
    """The numbers of a column, or its sizes as a list of arrays: objects where not all designs have as many."""
    own = [figures[place] for place in column.places]
    if column.is_sizes and column.rank is None:
        return own
    if not column.is_sizes and not column.present:
        return own[0]
    module = numpy()
    found = module.full(len(figures[WRONG]), None, object)
    if column.rank is not None:
        ranks = figures[column.rank]
        for rank in module.unique(ranks).tolist():
            rows = module.flatnonzero(ranks == rank)
            sizes = zip(*(one[rows].tolist() for one in own[:rank]), strict=True)
            for row, one in zip(rows.tolist() if rank else (), sizes, strict=True):
                found[row] = one
        return found
    rows = module.flatnonzero(module.all([figures[place] > 0 for place in column.present], axis=0))
    found[rows] = own[0][rows]
    return found


def _summed(tabled: Tabled, opened: Mapping[int, tuple[str, Line]], sizes: Sequence[int]) -> list[Sum]:
    """The units as arrays, those over the same axes added up."""
    values = _OpenValues(tabled, opened)
    module = numpy()
    by_places: dict[tuple[int, ...], Any] = {}
    arrays: list[Sum] = []
    bounds = [0] * (tabled.asked.figures + len(RESERVED))
    cached: dict[int, Sum] = {}
    for unit in tabled.units:
        table = cached.get(id(unit.costs))
        if table is None:
            table = cached[id(unit.costs)] = _array(unit.costs, values, sizes, len(bounds))
        entries, places = table.entries, table.places
        if not unit.guard.is_constant:
            guard = flags(unit.guard, sizes)
            places = tuple(sorted({*places, *unit.guard.choices}))
            refuse_large(places, sizes)
            # A dimension that a table lacks is 1 long there, and spreads.
            entries = module.where(
                spread(guard, unit.guard.choices, places, 0), spread(entries, table.places, places, 1), 0
            )
        elif not unit.guard.of[()]:
            continue
        arrays.append(Sum(places, entries))
        for at, line in enumerate(entries):
            bounds[at] += max(abs(int(module.max(line))), abs(int(module.min(line))))
    is_wide = any(bound >= LARGEST for bound in bounds)
    for places, entries in arrays:
        known = by_places.get(places)
        entries = entries.astype(object) if is_wide else entries
        by_places[places] = entries if known is None else known + entries
    return [Sum(places, entries) for places, entries in by_places.items()]


class _OpenValues:
    """The numbers of all formulas in open sizes, at all combinations of these sizes."""

    def __init__(self, tabled: Tabled, opened: Mapping[int, tuple[str, Line]]) -> None:
        self.places = tuple(sorted(opened))
        self._known: dict[Any, Any] = {}
        costs = {cost for unit in tabled.units for cost in unit.costs.of.values()}
        names = {opened[place][0] for place in self.places}
        figures: dict[Any, None] = {one: None for cost in costs for one in cost.figures if isinstance(one, Polynomial)}
        asked = {one: None for cost in costs for one in (*cost.conditions, *cost.wanted)}
        subjects: list[Any] = [*figures, *(condition.subject for condition in asked)]
        for one in subjects:
            if not free_symbols(one) <= names:
                raise NotTabled(f"{', '.join(sorted(free_symbols(one) - names))} has no value")
        if not figures and not asked:
            return
        lines = [opened[place][1] for place in self.places]
        sizes = [length(line.positions) for line in lines]
        if prod(sizes) * (len(figures) + len(asked)) > MAX_ENTRIES * 16 or prod(sizes) > MAX_ENTRIES:
            raise NotTabled("open sizes have too many values for tables")
        module = numpy()
        ends = {
            opened[place][0]: (line.positions[0], line.positions[-1])
            for place, line in zip(self.places, lines, strict=True)
        }
        instructions = Instructions(ends)
        registers = [instructions.value(one) for one in figures] + [instructions.condition(one) for one in asked]
        kernel = Kernel(instructions, registers, [line.positions for line in lines], with_tables=False)
        numbers = module.arange(prod(sizes))
        codes = [numbers // prod(sizes[at + 1 :]) % size for at, size in enumerate(sizes)]
        for one, found in zip((*figures, *asked), kernel.at(codes, len(numbers)), strict=True):
            self._known[one] = found.reshape(sizes)

    def figure(self, one: Dim) -> Any:
        """A number, or an array over the open sizes."""
        return self._known[one] if isinstance(one, Polynomial) else one

    def fails(self, conditions: Sequence[Condition]) -> Any:
        """1 where something does not hold, else 0."""
        found: Any = 0
        for one in conditions:
            found = found | (self._known[one] == 0)
        return found

    def is_needed(self, cost: Cost) -> bool:
        """Whether open sizes change a cost."""
        return bool(cost.conditions or cost.wanted) or any(isinstance(one, Polynomial) for one in cost.figures)


def _array(costs: Table[Cost], values: _OpenValues, sizes: Sequence[int], columns: int) -> Sum:
    module = numpy()
    is_open = any(map(values.is_needed, costs.of.values()))
    places = tuple(sorted({*costs.choices, *(values.places if is_open else ())}))
    refuse_large(places, sizes)
    opened = values.places if is_open else ()
    written = (*costs.choices, *opened)
    known = {}
    is_wide = False
    for cost in dict.fromkeys(costs.of.values()):
        figures = [values.figure(one) for one in cost.figures]
        is_wide = is_wide or any(
            one.dtype == object if hasattr(one, "dtype") else abs(one) >= LARGEST for one in figures
        )
        rest = [0] * (columns - len(RESERVED) - len(figures))
        missed = values.fails(cost.wanted) if cost.is_met else 1
        known[cost] = [*figures, *rest, missed, values.fails(cost.conditions) if cost.is_legal else 1]
    entries = module.zeros([columns, *(sizes[place] for place in written)], object if is_wide else "int64")
    for codes, cost in costs.of.items():
        for at, figure in enumerate(known[cost]):
            entries[(at, *codes)] = figure
    return Sum(places, spread(entries, written, places, 1))


def flags(guard: Table[bool], sizes: Sequence[int]) -> Any:
    """A truth table as an array over its choices."""
    found = numpy().zeros([sizes[place] for place in guard.choices], bool)
    for codes, holds in guard.of.items():
        found[codes] = holds
    return found


def spread(entries: Any, own: Sequence[int], places: Sequence[int], lead: int) -> Any:
    """An array with its axes in the order of `places`, and 1 long along those that it does not have."""
    order = sorted(range(len(own)), key=lambda at: own[at])
    moved = entries.transpose([*range(lead), *(lead + at for at in order)])
    lengths = dict(zip(sorted(own), moved.shape[lead:], strict=True))
    return moved.reshape([*moved.shape[:lead], *(lengths.get(place, 1) for place in places)])


def refuse_large(places: Sequence[int], sizes: Sequence[int]) -> None:
    """Raises: NotTabled for a table over axes that has too many entries."""
    if prod(sizes[place] for place in places) > MAX_ENTRIES:
        raise NotTabled(f"a table would have more than {MAX_ENTRIES:,} entries")


def _merged(tables: list[Sum], sizes: Sequence[int]) -> tuple[list[Sum], list[tuple[int, int]]]:
    """Few tables instead of many, as long as each stays in a cache; and the ends of each column."""
    known = {frozenset(table.places): table for table in tables}

    def size(places: frozenset[int]) -> int:
        return prod(sizes[place] for place in places)

    while True:
        best: tuple[int, frozenset[int], frozenset[int]] | None = None
        for one, other in combinations(known, 2):
            union = size(one | other)
            if (union <= MERGED or one <= other or other <= one) and (best is None or union < best[0]):
                best = union, one, other
        if best is None:
            break
        first, second = known.pop(best[1]), known.pop(best[2])
        places = tuple(sorted({*first.places, *second.places}))
        entries = spread(first.entries, first.places, places, 1) + spread(second.entries, second.places, places, 1)
        before = known.get(frozenset(places))
        known[frozenset(places)] = Sum(places, entries if before is None else before.entries + entries)
    found = list(known.values())
    module = numpy()
    whole = [
        Sum(one.places, module.broadcast_to(one.entries, (len(one.entries), *(sizes[at] for at in one.places))))
        for one in found
    ]
    columns = len(whole[0].entries) if whole else 0
    # Of partial sums, too: a table adds nothing before its turn comes.
    ends = [
        (
            sum(min(int(module.min(one.entries[at])), 0) for one in whole),
            sum(max(int(module.max(one.entries[at])), 0) for one in whole),
        )
        for at in range(columns)
    ]
    return whole, ends
