"""What stands in the rows of a layout, and the wires between such items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Group = tuple[str, int]
"""A trunk: the box that a map comes from, and which of its maps; all that read it branch off one line."""
Key = str | tuple[str, Group]
"""An item: the id of a box, or a port, `in` or `out`, with the group that passes there."""


class Item:
    """Something in a row: a box, an open scope, or the port where a group enters or leaves.

    It reaches `before` and `after` its axis across the flow. A group leaves at an offset from the axis (`exits`), and
    enters at one (`entries`), or, where that is None, wherever there is room within `room` around the axis.
    """

    __slots__ = (
        "after",
        "along",
        "axis",
        "before",
        "entries",
        "entry_at",
        "exit_at",
        "exits",
        "key",
        "order",
        "rank",
        "room",
        "start",
    )

    def __init__(
        self,
        key: Key,
        order: int,
        along: float,
        before: float,
        after: float,
        *,
        exits: Mapping[Group, float],
        entries: Mapping[Group, float] | None = None,
        room: float = 0.0,
        entry_at: float = 0.0,
        exit_at: float | None = None,
    ) -> None:
        self.key = key
        self.order = order
        self.along = along
        self.before = before
        self.after = after
        self.exits = exits
        self.entries = entries
        self.room = room
        self.entry_at = entry_at
        """How far behind its start an edge ends."""
        self.exit_at = along if exit_at is None else exit_at
        """How far behind its start an edge begins."""
        self.rank = 0
        self.axis = 0.0
        self.start = 0.0

    @property
    def is_port(self) -> bool:
        """Whether it is the place where something enters or leaves."""
        return isinstance(self.key, tuple)

    def exit(self, group: Group) -> float:
        """Where a group leaves, from the axis."""
        return self.exits.get(group, 0.0)

    def entry(self, group: Group) -> float:
        """Where a group enters, from the axis, if there is one place for it."""
        return 0.0 if self.entries is None else self.entries.get(group, 0.0)


class Wire(NamedTuple):
    """A piece of an edge between two items of one scope; `slot` tells wires between the same items apart."""

    start: Key
    end: Key
    group: Group
    slot: int = 0


Place = tuple[float, float]
"""A place: along the flow, and across it."""
