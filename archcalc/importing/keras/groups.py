"""Groups of layers that a network repeats, found by their names: Keras' graph is flat, and `conv2_block1_1_conv` is not.

The words of a name up to its last word with a number (`conv2_block1`, `block_3`, `stage_0_block_2`) name a group. A group
holds what lies between its layers too, and runs in one piece: nothing outside of it needs it half done.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from archcalc.importing.failure import ImportFailure

_UNIT = re.compile(r"((?:[^\W\d_]+_)*[^\W\d_]+_?\d+[a-z]?)_")
"""Words, the last of them with its number, and what follows."""


class Node(NamedTuple):
    """A call: the name of its layer, the calls that it reads, and whether Keras made the name."""

    name: str
    before: list[int]
    is_automatic: bool


class Item(NamedTuple):
    """Calls that run one behind the other; those of a group have its name, and a prefix that its layers have."""

    members: list[int]
    group: str = ""
    prefix: str = ""


def arranged(nodes: Sequence[Node]) -> list[Item]:
    """All calls in an order in which they can run, groups in one piece.

    Raises: ImportFailure for calls that wait for each other.

    >>> names = ["block1_conv", "block1_relu", "block2_conv", "block2_relu", "fc"]
    >>> nodes = [Node(name, [place - 1] if place else [], False) for place, name in enumerate(names)]
    >>> [(item.group, item.members) for item in arranged(nodes)]
    [('block1', [0, 1]), ('block2', [2, 3]), ('', [4])]
    """
    order = _sorted(range(len(nodes)), [node.before for node in nodes])
    if len(order) < len(nodes):
        stuck = next(node for place, node in enumerate(nodes) if place not in set(order))
        raise ImportFailure("malformed", "layers wait for each other's outputs in a circle", place=f'layer "{stuck.name[:80]}"')
    groups = _convex(nodes, order, _named(nodes))
    return list(_items(nodes, groups, order))


def _named(nodes: Sequence[Node]) -> list[str]:
    """The group of every call, by its name; an empty text where it has none."""
    layers = {node.name for node in nodes}
    found = ["" if node.is_automatic else _prefix(node.name) for node in nodes]
    sizes = Counter(found)
    found = [name if sizes[name] > 1 and name not in layers else "" for name in found]
    alike = Counter(_numberless(name) for name in set(found))
    return [name if name and alike[_numberless(name)] > 1 else "" for name in found]


def _prefix(name: str) -> str:
    """The words up to the last one that has a number.

    >>> _prefix("conv2_block1_1_conv"), _prefix("block_3_expand_BN"), _prefix("block1a_se_reduce"), _prefix("predictions")
    ('conv2_block1', 'block_3', 'block1a', '')
    """
    end = 0
    while (unit := _UNIT.match(name, end)) is not None:
        end = unit.end()
    return name[: end - 1] if end else ""


def _numberless(name: str) -> str:
    return re.sub(r"\d+[a-z]?(?=_|$)|\d+", "{}", name)


def _sorted(items: Sequence[int] | range, before: Sequence[Sequence[int]]) -> list[int]:
    """Items in an order in which they can run, as near to their own as can be; those in a circle are left out."""
    waiting = [len(set(one)) for one in before]
    behind: list[list[int]] = [[] for _ in items]
    for place, one in enumerate(before):
        for other in set(one):
            behind[other].append(place)
    ready: list[int] = []
    for place in items:
        if not waiting[place]:
            heappush(ready, place)
    order = []
    while ready:
        place = heappop(ready)
        order.append(place)
        for other in behind[place]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready, other)
    return order


def _convex(nodes: Sequence[Node], order: Sequence[int], names: Sequence[str]) -> list[str]:
    """The groups with what lies between their layers; a group around a part of another one is none."""
    groups = list(names)
    members: dict[str, list[int]] = {}
    for place in order:
        if groups[place]:
            members.setdefault(groups[place], []).append(place)
    rank = {place: at for at, place in enumerate(order)}
    behind: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        for other in node.before:
            behind[other].append(place)
    for name, own in members.items():
        between = _between(own, behind, [node.before for node in nodes], rank)
        if any(groups[place] not in ("", name) for place in between):
            for place in own:
                groups[place] = ""
            continue
        for place in between:
            groups[place] = name
    return groups


def _between(own: Sequence[int], behind: Sequence[Sequence[int]], before: Sequence[Sequence[int]], rank: dict[int, int]) -> list[int]:
    """What is computed from some of the calls and needed for others of them."""
    first, last = rank[own[0]], rank[own[-1]]

    def reached(follow: Sequence[Sequence[int]]) -> set[int]:
        found, waiting = set(own), list(own)
        while waiting:
            for other in follow[waiting.pop()]:
                if other not in found and first <= rank[other] <= last:
                    found.add(other)
                    waiting.append(other)
        return found

    return sorted((reached(behind) & reached(before)) - set(own))


def _items(nodes: Sequence[Node], groups: Sequence[str], order: Sequence[int]) -> Iterator[Item]:
    """Groups as single places of the order; where groups need each other, there are none."""
    heads: dict[str, int] = {}
    for place in range(len(nodes)):
        if groups[place]:
            heads.setdefault(groups[place], place)
    place_of = [heads.get(groups[place], place) if groups[place] else place for place in range(len(nodes))]
    before: list[list[int]] = [[] for _ in nodes]
    for place, node in enumerate(nodes):
        before[place_of[place]] += [place_of[other] for other in node.before if place_of[other] != place_of[place]]
    found = _sorted(range(len(nodes)), before)
    if len(found) < len(nodes):
        yield from (Item([place]) for place in order)
        return
    rank = {place: at for at, place in enumerate(order)}
    members: dict[int, list[int]] = {}
    for place in sorted(range(len(nodes)), key=rank.__getitem__):
        members.setdefault(place_of[place], []).append(place)
    for place in found:
        if place_of[place] == place:
            name = groups[place]
            yield Item(members[place], name, f"{name}_" if name else "")
