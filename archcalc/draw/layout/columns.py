"""Columns: chains of items on straight lines, packed beside the longest one, and lanes for edges that pass rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archcalc.draw.layout.items import Group, Item, Key, Wire

GAP = 16.0
"""Between boxes side by side."""
LANE = 9.0
"""Between an edge that passes, and what it passes."""
LINE = 4.0
"""Half of what a line takes that goes straight through a row."""


class Chain(NamedTuple):
    """Items each of which reads the one before; `wires` join them."""

    keys: tuple[Key, ...]
    wires: tuple[Wire, ...]


class Columns:
    """Gives every item its axis, and every wire that passes rows its lane."""

    def __init__(self, items: Mapping[Key, Item], wires: Sequence[Wire], back: set[Wire]) -> None:
        self.items = items
        self.wires = wires
        self.back = back
        rows = max([item.rank for item in items.values()], default=0) + 1
        self.left = [0.0] * rows
        self.right = [0.0] * rows
        self.lanes: dict[Wire, float] = {}
        self.chains = list(_chains(items, [wire for wire in wires if wire not in back]))
        self.chained = {wire for chain in self.chains for wire in chain.wires}
        self.chain_of = {key: index for index, chain in enumerate(self.chains) for key in chain.keys}
        self.sides = [0] * len(self.chains)
        for index in self._order():
            self._place(index)
        self._pass()

    def _order(self) -> list[int]:
        """The main chain, then the others, those first that join it beside its own edge."""
        near = {index: self._nearness(index) for index in range(1, len(self.chains))}
        for index, (offset, _) in near.items():
            self.sides[index] = -1 if offset < 0 else 1
        others = sorted(near, key=lambda index: (abs(near[index][0]), near[index][1], index))
        return [0, *others] if self.chains else []

    def _nearness(self, index: int) -> tuple[int, int]:
        """How far from its chain's edge a chain joins what reads it, or leaves what it reads, and in which row."""
        chain = self.chains[index]
        first, last = self.items[chain.keys[0]], self.items[chain.keys[-1]]
        for wire in self.wires:
            if wire.start == last.key and wire not in self.back:
                others = [one for one in self.wires if one.end == wire.end]
                if (offset := self._offset(wire, others)) is not None:
                    return offset, first.rank
        for wire in self.wires:
            if wire.end == first.key and wire not in self.back:
                others = [one for one in self.wires if one.start == wire.start]
                if (offset := self._offset(wire, others)) is not None:
                    return offset, first.rank
        return 1, first.rank

    def _offset(self, wire: Wire, others: list[Wire]) -> int | None:
        own = [place for place, one in enumerate(others) if one in self.chained]
        return others.index(wire) - own[0] if own else None

    def _place(self, index: int) -> None:
        chain = self.chains[index]
        line = 0.0
        reach: dict[int, tuple[float, float]] = {}
        lines: dict[Wire, float] = {}
        for position, key in enumerate(chain.keys):
            item = self.items[key]
            if position:
                wire = chain.wires[position - 1]
                lines[wire] = line
                item.axis = line - item.entry(wire.group)
                for row in range(self.items[chain.keys[position - 1]].rank + 1, item.rank):
                    reach[row] = (line - LINE, line + LINE)
            elif chain.wires and index == 0:
                item.axis = 0.0
            if position < len(chain.wires):
                line = item.axis + item.exit(chain.wires[position].group)
            reach[item.rank] = (item.axis - item.before, item.axis + item.after)
        shift = 0.0
        if index and self.sides[index] > 0:
            shift = max(self.right[row] + GAP - left for row, (left, _) in reach.items())
        elif index:
            shift = min(self.left[row] - GAP - right for row, (_, right) in reach.items())
        for key in chain.keys:
            self.items[key].axis += shift
        for row, (left, right) in reach.items():
            self.left[row] = min(self.left[row], left + shift)
            self.right[row] = max(self.right[row], right + shift)
        self.lanes.update({wire: line + shift for wire, line in lines.items()})

    def _pass(self) -> None:
        """Lanes for the other wires that pass rows, the short ones inside; a group has one on each way."""
        passing: dict[tuple[Group, bool], list[Wire]] = {}
        for wire in self.wires:
            if wire not in self.chained and self._passed(wire):
                passing.setdefault((wire.group, wire in self.back), []).append(wire)
        for wires in sorted(passing.values(), key=self._length):
            rows = sorted({row for wire in wires for row in self._passed(wire)})
            right = max(self.right[row] for row in rows)
            left = min(self.left[row] for row in rows)
            if right <= -left:
                lane = right + LANE
                for row in rows:
                    self.right[row] = lane
            else:
                lane = left - LANE
                for row in rows:
                    self.left[row] = lane
            self.lanes.update(dict.fromkeys(wires, lane))

    def _passed(self, wire: Wire) -> range:
        start, end = self.items[wire.start].rank, self.items[wire.end].rank
        return range(end, start + 1) if wire in self.back else range(start + 1, end)

    def _length(self, wires: list[Wire]) -> int:
        return max(len(self._passed(wire)) for wire in wires)


def _chains(items: Mapping[Key, Item], wires: Sequence[Wire]) -> Iterator[Chain]:
    """The longest chain, then the longest of what is left, and so on."""
    behind: dict[Key, list[Wire]] = {key: [] for key in items}
    for wire in wires:
        behind[wire.start].append(wire)
    left = dict.fromkeys(sorted(items, key=lambda key: (items[key].rank, items[key].order)))
    while left:
        length: dict[Key, int] = {}
        onward: dict[Key, Wire] = {}
        for key in reversed(left):
            length[key] = 1
            for wire in behind[key]:
                if wire.end in length and length[wire.end] + 1 > length[key]:
                    length[key] = length[wire.end] + 1
                    onward[key] = wire
        key = max(left, key=lambda one: length[one])
        keys, joined = [key], []
        while key in onward:
            joined.append(onward[key])
            key = onward[key].end
            keys.append(key)
        yield Chain(tuple(keys), tuple(joined))
        for key in keys:
            del left[key]
