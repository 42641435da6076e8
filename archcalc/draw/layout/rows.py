"""A stretch of a scope: rows of items, one behind the other, with the wires between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archcalc.draw.layout.columns import Columns
from archcalc.draw.layout.items import Group, Item, Key, Place, Wire
from archcalc.draw.layout.tracks import TRACK, Channel

HEAD = 13.0
"""Room in front of every row, for the heads of arrows."""
ENTRY = 12.0
"""Between two edges that enter a box."""
LANE = 8.0
"""Between lines that lead from a stretch to the next one."""
GUTTER = 14.0
"""Between a stretch and those lines."""


class Rows:
    """Items at their places, from 0 on along the flow; the main chain is at 0 across it."""

    def __init__(
        self, items: Mapping[Key, Item], wires: Sequence[Wire], back: set[Wire], beside: Sequence[Key] = ()
    ) -> None:
        self.items = items
        self.wires = wires
        self.back = back
        self.beside = beside
        """Ports beside the rows: those that are left on the right, those that are entered on the left."""
        inner = {key: item for key, item in items.items() if key not in beside}
        self.columns = Columns(inner, [wire for wire in wires if wire.start in inner and wire.end in inner], back)
        for place, key in enumerate(beside):
            if key[0] == "out":
                items[key].axis = max(self.columns.right) + GUTTER + LANE * place
            else:
                items[key].axis = min(self.columns.left) - GUTTER - LANE * (len(beside) - 1 - place)
        self.entering = self._entries()
        self.channels: dict[int, Channel] = {}
        for wire in wires:
            self._cross(wire)
        self.tracks = {row: channel.tracks() for row, channel in self.channels.items()}
        self.turns: dict[int, float] = {}
        """Where along the flow the first track behind each row is."""
        self.along = self._stack()

    @property
    def left(self) -> float:
        """How far it reaches across the flow to one side, which is a number below 0 as a rule."""
        return min(self.columns.left) if self.beside else min([*self.columns.left, *self._turning()])

    @property
    def right(self) -> float:
        """How far it reaches to the other side."""
        return max(self.columns.right) if self.beside else max([*self.columns.right, *self._turning()])

    def _turning(self) -> list[float]:
        return [
            place for channel in self.channels.values() for group in channel.tops for place in channel.tops[group]
        ] + [place for channel in self.channels.values() for group in channel.ends for place in channel.ends[group]]

    def _leaves(self, wire: Wire) -> float:
        item = self.items[wire.start]
        return item.axis + item.exit(wire.group)

    def _comes(self, wire: Wire) -> float:
        """Where a wire comes from that ends at an item: its lane, or what it leaves."""
        return self.columns.lanes.get(wire, self._leaves(wire))

    def _entries(self) -> dict[Wire, float]:
        """Where every wire enters: its own place at a box, the place of its group at a scope."""
        found: dict[Wire, float] = {}
        arriving: dict[Key, list[Wire]] = {}
        for wire in self.wires:
            item = self.items[wire.end]
            if item.entries is not None or item.is_port:
                found[wire] = item.axis + item.entry(wire.group)
            else:
                arriving.setdefault(wire.end, []).append(wire)
        for key, wires in arriving.items():
            found.update(self._spread(self.items[key], wires))
        return found

    def _spread(self, item: Item, wires: list[Wire]) -> dict[Wire, float]:
        """Wires side by side, in the order of where they come from; that of the chain stays in the middle."""
        ordered = sorted(wires, key=lambda wire: (self._comes(wire), wire.slot))
        middle = next((wire for wire in ordered if wire in self.columns.chained), None)
        centre = ordered.index(middle) if middle is not None else (len(ordered) - 1) / 2
        most = max(centre, len(ordered) - 1 - centre)
        step = min(ENTRY, item.room / most) if most else 0.0
        return {wire: item.axis + (place - centre) * step for place, wire in enumerate(ordered)}

    def _cross(self, wire: Wire) -> None:
        """Enter a wire into the channels in which it goes across."""
        start, end = self.items[wire.start].rank, self.items[wire.end].rank
        lane = self.columns.lanes.get(wire)
        if lane is None or (end == start + 1 and wire not in self.back):
            self._channel(start).add(wire.group, self._leaves(wire), self.entering[wire])
        else:
            self._channel(start).add(wire.group, self._leaves(wire), lane)
            self._channel(end - 1).add(wire.group, lane, self.entering[wire])

    def _channel(self, row: int) -> Channel:
        return self.channels.setdefault(row, Channel())

    def _stack(self) -> float:
        """Place the rows one behind the other; returns how long all of them are."""
        rows: dict[int, list[Item]] = {}
        for item in self.items.values():
            rows.setdefault(item.rank, []).append(item)
        at = self._turn(-1, 0.0) if -1 in self.tracks else 0.0
        last = max(rows, default=0)
        for row in range(min(rows, default=0), last + 1):
            items = rows.get(row, [])
            along = max([item.along for item in items], default=0.0)
            for item in items:
                item.start = at + (along - item.along) / 2
            at = self._turn(row, at + along)
            if row < last:
                at += HEAD if any(not item.is_port for item in rows.get(row + 1, [])) else HEAD / 2
        return at

    def _turn(self, row: int, at: float) -> float:
        tracks = self.tracks.get(row, {})
        self.turns[row] = at + TRACK
        return at + TRACK * (max(tracks.values()) + 2) if tracks else at

    def route(self, wire: Wire) -> list[Place]:
        """The way of a wire from item to item."""
        first, last = self.items[wire.start], self.items[wire.end]
        way: list[Place] = [(first.start + first.exit_at, self._leaves(wire))]
        lane = self.columns.lanes.get(wire)
        entry = self.entering[wire]
        if lane is None or (last.rank == first.rank + 1 and wire not in self.back):
            way += self._across(first.rank, wire.group, way[-1][1], entry)
        else:
            way += self._across(first.rank, wire.group, way[-1][1], lane)
            way += self._across(last.rank - 1, wire.group, lane, entry)
        if wire.start in self.beside:
            return [*way[1:], (last.start + last.entry_at, entry)]
        return way if wire.end in self.beside else [*way, (last.start + last.entry_at, entry)]

    def _across(self, row: int, group: Group, start: float, end: float) -> Iterable[Place]:
        if abs(start - end) <= 0.01:
            return []
        at = self.turns[row] + TRACK * self.tracks[row][group]
        return [(at, start), (at, end)]
