"""Scopes: every one laid out by itself, those inside it first, in a frame with its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.draw.dot import Direction
from archcalc.draw.layout.boxes import LEAN, Measured, item, text_size
from archcalc.draw.layout.items import Group, Item, Key, Place, Wire
from archcalc.draw.layout.ranks import rank
from archcalc.draw.layout.rows import GUTTER, LANE
from archcalc.draw.layout.stretches import Stretches, port
from archcalc.draw.layout.wiring import ROOT, Wiring
from archcalc.draw.model import DrawnBox
from archcalc.draw.text import Caption, Captions

PADDING = 10.0
"""Between a frame and what is in it."""
TURN = 9.0
"""Between the end of a stretch and the first line that leads to the next one."""


class Frame:
    """An open scope, or the whole picture: what is in it, and how much room it takes.

    Along the flow it begins at 0; across it, 0 is where its main chain runs.
    """

    def __init__(self, box: DrawnBox | None, order: int, plan: Plan, limit: float | None) -> None:
        self.box = box
        self.plan = plan
        scope = ROOT if box is None else box.id
        self.caption = Caption("", ()) if box is None else plan.captions.frame(box)
        self.frames: dict[str, Frame] = {}
        wide, high = text_size(self.caption) if box is not None else (0.0, 0.0)
        pad = PADDING if box is not None else 0.0
        head = high + 2 * LEAN if box is not None else 0.0
        wires = list(plan.wiring.wires.get(scope, ()))
        inner = None if limit is None else limit - 2 * pad - (head if plan.is_down else 0.0)
        items = self._items(box.children if box is not None else plan.boxes, wires, inner)
        self.stretches = Stretches(items, wires, rank(items, wires), inner, self.frames.keys(), bends=plan.bends)
        self._place(head if plan.is_down and box is not None else pad)
        first, last = self.stretches.rows[0], self.stretches.rows[-1]
        self.entries: dict[Group, float] = {
            key[1]: one.axis for key, one in first.items.items() if isinstance(key, tuple) and key[0] == "in"
        }
        self.exits: dict[Group, float] = {
            key[1]: one.axis + self.places[-1][1]
            for key, one in last.items.items()
            if isinstance(key, tuple) and key[0] == "out"
        }
        self.left -= pad
        self.right += pad
        self.along += pad
        self.heading_at = 0.0
        """Where its name begins, across the flow downwards, along it to the right."""
        if box is not None:
            self._head(wide, head)
        self.item = Item(scope, order, self.along, -self.left, self.right, exits=self.exits, entries=self.entries)

    def _items(self, boxes: Sequence[DrawnBox], wires: list[Wire], limit: float | None) -> dict[Key, Item]:
        entering: dict[Key, int] = {}
        items: dict[Key, Item] = {}
        for wire in wires:
            entering[wire.end] = entering.get(wire.end, 0) + 1
            if isinstance(wire.start, tuple):
                items.setdefault(wire.start, port(wire.start, -1))
        for order, box in enumerate(boxes):
            if box.children:
                frame = self.frames[box.id] = Frame(box, order, self.plan, limit)
                items[box.id] = frame.item
            else:
                size = self.plan.measured[box.id]
                items[box.id], self.plan.sizes[box.id] = item(
                    box, order, size, self.plan.direction, entering.get(box.id, 0)
                )
                self.plan.exits.update(items[box.id].exits)
        for wire in wires:
            if isinstance(wire.end, tuple):
                items.setdefault(wire.end, port(wire.end, len(boxes)))
        return items

    def _place(self, start: float) -> None:
        """Put the stretches beside each other, with gutters between them for what goes on."""
        rows, passing = self.stretches.rows, self.stretches.passing
        if self.stretches.is_bent:
            self._bend(start)
            return
        most = max(map(len, passing), default=0)
        top = start + (TURN + LANE * most if passing else 0.0)
        self.places: list[Place] = []
        self.gutters: list[float] = []
        self.left = rows[0].left
        at = 0.0
        for index, one in enumerate(rows):
            self.places.append((top, at - one.left if index else 0.0))
            at = self.places[-1][1] + one.right
            if index < len(passing):
                self.gutters.append(at + GUTTER)
                at += 2 * GUTTER + LANE * (len(passing[index]) - 1)
        self.right = at
        below = [TURN + LANE * (len(groups) - 1) if groups else 0.0 for groups in [*passing, []]]
        self.along = top + max(one.along + more for one, more in zip(rows, below, strict=True))

    def _bend(self, start: float) -> None:
        """Put the second stretch beside the first one, so that both end at the turn, and all lanes meet."""
        there, back = self.stretches.rows
        length = max(there.along, back.along)
        gap = 2 * GUTTER + LANE * (len(self.stretches.passing[0]) - 1)
        at = there.right + gap - back.left
        self.places = [(start + length - there.along, 0.0), (start + length - back.along, at)]
        self.gutters = []
        self.left, self.right = there.left, at + back.right
        self.along = start + length

    def _head(self, wide: float, high: float) -> None:
        """Find room for the name: beside the lines that come in, or, where the flow is to the right, above all."""
        if not self.plan.is_down:
            self.left -= high - PADDING
            self.along = max(self.along, wide + 2 * PADDING)
            self.heading_at = PADDING
            return
        lines = list(self.entries.values())
        self.heading_at = self.left + PADDING
        if not lines or self.heading_at + wide + LEAN <= min(lines):
            self.right = max(self.right, self.heading_at + wide + PADDING)
        elif max(lines) + LEAN + wide + PADDING <= self.right:
            self.heading_at = max(lines) + LEAN
        else:
            self.left = min(lines) - LEAN - wide - PADDING
            self.heading_at = self.left + PADDING

    def route(self, wire: Wire) -> list[Place]:
        """The way of a wire within it, from its own place on."""
        way: list[Place] = []
        before = None
        for index, piece in self.stretches.pieces[wire]:
            along, across = self.places[index]
            rows = self.stretches.rows[index]
            is_back = self.stretches.is_bent and index == 1
            points = [
                (along + (rows.along - one if is_back else one), across + other) for one, other in rows.route(piece)
            ]
            if before is not None and not self.stretches.is_bent:
                way += self._turn(before, wire.group, way[-1][1], points[0][1])
            way += points
            before = index
        if isinstance(wire.start, tuple):
            way.insert(0, (0.0, way[0][1]))
        if isinstance(wire.end, tuple):
            way.append((self.along, way[-1][1]))
        return way

    def _turn(self, index: int, group: Group, start: float, end: float) -> list[Place]:
        """From the end of a stretch to the head of the next one."""
        groups = sorted(self.stretches.passing[index], key=lambda one: -self._exit(index, one))
        number = groups.index(group)
        lane = self.gutters[index] + LANE * number
        along, _ = self.places[index]
        low = along + self.stretches.rows[index].along + TURN + LANE * number - LANE / 2
        high = along - TURN - LANE * (len(groups) - 1 - number)
        return [(low, start), (low, lane), (high, lane), (high, end)]

    def _exit(self, index: int, group: Group) -> float:
        return self.stretches.rows[index].items["out", group].axis


class Plan:
    """The layout of a whole picture."""

    def __init__(
        self,
        boxes: Sequence[DrawnBox],
        wiring: Wiring,
        captions: Captions,
        sizes: Mapping[str, Measured],
        direction: Direction,
        limit: float | None = None,
        *,
        bends: bool = True,
    ) -> None:
        self.bends = bends
        self.boxes = boxes
        self.wiring = wiring
        self.captions = captions
        self.direction = direction
        self.is_down = direction == "down"
        self.measured = sizes
        self.sizes: dict[str, Measured] = {}
        """The same with room for the lines that enter and leave."""
        self.exits: dict[Group, float] = {}
        """Where every group leaves its box, from the axis of the box."""
        self.root = Frame(None, 0, self, limit)
        self.starts: dict[str, Place] = {}
        """For every box and open scope, where it starts along the flow, and its axis across it."""
        self.backward: dict[str, float] = {}
        """The boxes that are read against the flow, with how much room they take along it."""
        self.frames: dict[str, Frame] = {ROOT: self.root}
        self._locate(self.root, (0.0, 0.0))

    def _locate(self, frame: Frame, place: Place) -> None:
        self.starts[frame.box.id if frame.box is not None else ROOT] = place
        for index, ((along, across), rows) in enumerate(zip(frame.places, frame.stretches.rows, strict=True)):
            for key, one in rows.items.items():
                if isinstance(key, str):
                    start = one.start
                    if frame.stretches.is_bent and index == 1:
                        start = rows.along - one.start - one.along
                        self.backward[key] = one.along
                    at = (place[0] + along + start, place[1] + across + one.axis)
                    self.starts[key] = at
                    if key in frame.frames:
                        self.frames[key] = frame.frames[key]
                        self._locate(frame.frames[key], at)

    def ways(self) -> Mapping[int, list[Place]]:
        """The way of every edge of the wiring, through all scopes that it passes."""
        found: dict[int, list[Place]] = {}
        for index, pieces in enumerate(self.wiring.pieces):
            way: list[Place] = []
            for scope, wire in pieces:
                along, across = self.starts[scope]
                way += [(along + one, across + other) for one, other in self.frames[scope].route(wire)]
            found[index] = _straight(way)
        return found


def _straight(way: list[Place]) -> list[Place]:
    """The way without places that lie on a straight line between others."""
    found: list[Place] = []
    for place in way:
        if found and abs(found[-1][0] - place[0]) < 0.01 and abs(found[-1][1] - place[1]) < 0.01:
            continue
        if len(found) > 1 and _in_line(found[-2], found[-1], place):
            found[-1] = place
        else:
            found.append(place)
    return found


def _in_line(one: Place, two: Place, three: Place) -> bool:
    return any(abs(one[side] - two[side]) < 0.01 and abs(two[side] - three[side]) < 0.01 for side in (0, 1))
