"""Ranks: the row of every item, behind all that it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.draw.layout.items import Item, Key, Wire


def rank(items: Mapping[Key, Item], wires: Sequence[Wire]) -> set[Wire]:
    """Give every item its row, the longest way from what reads nothing; returns the wires that lead back.

    A scope may be read by a layer that it reads itself, further down: such a wire leads back to an earlier row.
    """
    back = _back(items, wires)
    before: dict[Key, list[Key]] = {key: [] for key in items}
    behind: dict[Key, list[Key]] = {key: [] for key in items}
    for wire in wires:
        if wire not in back:
            before[wire.end].append(wire.start)
            behind[wire.start].append(wire.end)
    done: set[Key] = set()
    order: list[Key] = []
    for key in items:
        _visit(key, before, done, order)
    for key in order:
        item = items[key]
        lowest = 0 if item.is_port else 1
        item.rank = max([items[one].rank + 1 for one in before[key]], default=lowest)
    last = max([item.rank for item in items.values() if not _is_out(item)], default=0)
    for key in reversed(order):
        item = items[key]
        if _is_out(item):
            item.rank = last + 1
        elif not before[key] and behind[key] and not item.is_port:
            # What reads nothing stands in front of its first reader: a parameter, or a second input.
            item.rank = max(1, min([items[one].rank for one in behind[key]]) - 1)
    return back


def _is_out(item: Item) -> bool:
    return isinstance(item.key, tuple) and item.key[0] == "out"


def _back(items: Mapping[Key, Item], wires: Sequence[Wire]) -> set[Wire]:
    """Wires without which nothing reads itself: those against the order of the items, where they close a circle."""
    behind: dict[Key, set[Key]] = {key: set() for key in items}
    doubtful: list[Wire] = []
    for wire in wires:
        if items[wire.start].order < items[wire.end].order:
            behind[wire.start].add(wire.end)
        else:
            doubtful.append(wire)
    back: set[Wire] = set()
    for wire in doubtful:
        if _reaches(wire.end, wire.start, behind):
            back.add(wire)
        else:
            behind[wire.start].add(wire.end)
    return back


def _reaches(start: Key, end: Key, behind: Mapping[Key, set[Key]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        key = waiting.pop()
        if key == end:
            return True
        waiting.extend(one for one in behind[key] if one not in seen)
        seen |= behind[key]
    return False


def _visit(start: Key, before: Mapping[Key, list[Key]], done: set[Key], order: list[Key]) -> None:
    """Append an item behind all that it reads."""
    waiting = [(start, False)]
    while waiting:
        key, is_ready = waiting.pop()
        if is_ready:
            order.append(key)
        elif key not in done:
            done.add(key)
            waiting.append((key, True))
            waiting.extend((one, False) for one in reversed(before[key]) if one not in done)
