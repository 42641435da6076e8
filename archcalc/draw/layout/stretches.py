"""Stretches: where a scope that is too long for its page is cut, and goes on beside itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from archcalc.draw.layout.columns import LINE
from archcalc.draw.layout.items import Group, Item, Key, Wire
from archcalc.draw.layout.rows import HEAD, Rows

FEW = 5
"""A scope in which several edges pass everywhere is cut where no more than this many do."""
LEAST = 0.25
"""A stretch has at least this much of what it may have: no input stands alone."""
PAIRS = 8
"""No more edges than this lead straight to the other side, where a scope turns round."""
LOPSIDED = 0.7
"""A scope turns round where neither side has more of it than this."""


class Stretches:
    """The rows of a scope in one stretch, or in several; every wire in pieces."""

    def __init__(
        self,
        items: dict[Key, Item],
        wires: Sequence[Wire],
        back: set[Wire],
        limit: float | None,
        frames: Collection[Key] = (),
        *,
        bends: bool = True,
    ) -> None:
        self.items = items
        self.bends = bends
        self.frames = frames
        self.is_bent = False
        """Whether the second stretch runs back beside the first one, as in a network with the shape of a U."""
        self.wires = wires
        self.back = back
        self.last = max([item.rank for item in items.values()], default=0)
        cuts = [] if limit is None else self._cuts(limit)
        self.bounds = [*cuts, self.last]
        """The last row of every stretch."""
        self.stretch = {key: self._stretch(item.rank) for key, item in items.items()}
        self.pieces: dict[Wire, list[tuple[int, Wire]]] = {}
        self.passing: list[list[Group]] = [[] for _ in cuts]
        """The groups that go on from each stretch to the next one."""
        inside: list[dict[Wire, None]] = [{} for _ in self.bounds]
        for wire in wires:
            self.pieces[wire] = list(self._split(wire))
            for index, piece in self.pieces[wire]:
                inside[index][piece] = None
        self.rows = [self._rows(index, list(inside[index])) for index in range(len(self.bounds))]

    def _crossing(self, row: int) -> int:
        """How many groups pass behind a row; too many where an edge leads back."""
        groups = set()
        for wire in self.wires:
            start, end = self.items[wire.start].rank, self.items[wire.end].rank
            if wire in self.back and end <= row + 1 and row <= start:
                return FEW + 1
            if start <= row < end:
                groups.add(wire.group)
        return len(groups)

    def _cuts(self, limit: float) -> list[int]:
        """Behind which rows to cut, so that no stretch is longer than the limit, if that can be."""
        lengths = [0.0] * (self.last + 1)
        for item in self.items.values():
            lengths[item.rank] = max(lengths[item.rank], item.along)
        crossing = [self._crossing(row) for row in range(self.last)]
        cuts: list[int] = []
        length, best = 0.0, None
        row = first = 1
        while row < self.last:
            length += lengths[row] + HEAD
            if length > limit and best is not None and best >= first:
                cuts.append(best)
                row = first = best + 1
                length, best = 0.0, None
                continue
            if (
                length > limit * LEAST
                and crossing[row] <= FEW
                and (best is None or crossing[row] == 1 or crossing[row] <= crossing[best])
            ):
                best = row
            row += 1
        # What would stand alone behind the last cut is only the exit.
        cuts = [cut for cut in cuts if cut < self.last - (1 if self._has_exits() else 0)]
        is_torn = any(crossing[cut] > 1 for cut in cuts) or not cuts
        bend = self._bend(lengths) if self.bends and is_torn else None
        self.is_bent = bend is not None
        return cuts if bend is None else [bend]

    def _bend(self, lengths: list[float]) -> int | None:
        """Behind which row to turn round, where several edges pass that lead straight to the other side."""
        if any(item.is_port for item in self.items.values()):
            return None
        found: list[tuple[float, int]] = []
        for row in range(1, self.last):
            passing = [wire for wire in self.wires if self.items[wire.start].rank <= row < self.items[wire.end].rank]
            is_plain = len({wire.group for wire in passing}) == len(passing) in range(2, PAIRS + 1) and not self.back
            if is_plain and not any(self.items[key].rank > row for key in self.frames):
                found.append((max(sum(lengths[: row + 1]), sum(lengths[row + 1 :])), row))
        longest, row = min(found, default=(sum(lengths), 0))
        return row if longest <= LOPSIDED * sum(lengths) else None

    def _has_exits(self) -> bool:
        return any(item.rank == self.last and item.is_port for item in self.items.values())

    def _stretch(self, row: int) -> int:
        return next(index for index, last in enumerate(self.bounds) if row <= last)

    def _split(self, wire: Wire) -> list[tuple[int, Wire]]:
        first, last = self.stretch[wire.start], self.stretch[wire.end]
        if first == last:
            return [(first, wire)]
        into: Key = ("in", wire.group)
        out: Key = ("out", wire.group)
        for index in range(first, last):
            if wire.group not in self.passing[index]:
                self.passing[index].append(wire.group)
        middle = [(index, Wire(into, out, wire.group)) for index in range(first + 1, last)]
        return [(first, Wire(wire.start, out, wire.group)), *middle, (last, wire._replace(start=into))]

    def _rows(self, index: int, wires: list[Wire]) -> Rows:
        base = self.bounds[index - 1] if index else 0
        inside = {key: item for key, item in self.items.items() if self.stretch[key] == index}
        for item in inside.values():
            item.rank -= base
        if index:
            entering: dict[Key, Item] = {("in", group): port(("in", group), -1) for group in self.passing[index - 1]}
            inside = {**entering, **inside}
        if index < len(self.passing):
            for group in self.passing[index]:
                inside["out", group] = port(("out", group), len(self.items))
                inside["out", group].rank = self.bounds[index] - base + 1
        beside = self._beside(inside, wires) if self.is_bent else ()
        return Rows(inside, wires, {wire for wire in wires if wire in self.back}, beside)

    def _beside(self, items: dict[Key, Item], wires: list[Wire]) -> list[Key]:
        """The ports of a stretch that is bent: beside its rows, each at the row of what it leads from or to.

        The deepest one is the nearest.
        """
        for wire in wires:
            start, end = items[wire.start], items[wire.end]
            if end.is_port:
                end.rank = start.rank + 1
            elif start.is_port:
                start.rank = end.rank - 1
        groups = sorted(self.passing[0], key=lambda group: -self._from(group))
        return [key for group in groups for key in (("out", group), ("in", group)) if key in items]

    def _from(self, group: Group) -> int:
        return next(self.items[wire.start].rank for wire in self.wires if wire.group == group)


def port(key: tuple[str, Group], order: int) -> Item:
    """The place where a group enters or leaves."""
    return Item(key, order, 0.0, LINE, LINE, exits={key[1]: 0.0}, entries={key[1]: 0.0})
