"""Groups of layers that a network repeats, found by their names: Keras' graph is flat, `conv2_block1_1_conv` is not.

The words of a name up to a word with a number (`conv2_block1`, `block_3`, `stage_0_block_2`) name a group. What a group
holds besides its layers, `extents` says; all of it runs in one piece, and nothing outside of it needs it half done.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.extents import Graph, extended

_UNIT = re.compile(r"((?:[^\W\d_]+_)*[^\W\d_]+_?\d+[a-z]?)_")
"""Words, the last of them with its number, and what follows."""
_INDEX = re.compile(r"(\d+)_")


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
    order = _sorted([node.before for node in nodes])
    if len(order) < len(nodes):
        known = set(order)
        stuck = next(node for place, node in enumerate(nodes) if place not in known)
        message = "layers wait for each other's outputs in a circle"
        raise ImportFailure("malformed", message, place=f'layer "{stuck.name[:80]}"')
    graph = Graph([node.before for node in nodes], order, [node.is_automatic for node in nodes])
    return list(_items(graph, extended(graph, _named(nodes))))


def numberless(name: str) -> str:
    """The words of a name without their numbers, which groups that repeat each other have in common.

    >>> numberless("conv2_block13"), numberless("block2a"), numberless("stage_0_block_2"), numberless("3")
    ('conv_block', 'block', 'stage_block', 'part')
    """
    words = re.sub(r"\d+[a-z]?(?=_|$)|\d+", "", name).split("_")
    return "_".join(filter(None, words)) or "part"


def _named(nodes: Sequence[Node]) -> list[str]:
    """The group of every call, by its name; an empty text where it has none.

    It is named by the words up to the last one with a number, unless no two groups hold the same: then by the number
    behind.
    """
    layers = {node.name for node in nodes}
    units = [[] if node.is_automatic else _prefixes(node.name) for node in nodes]
    sizes = Counter(prefix for prefixes in units for prefix in prefixes)
    found = ["" for _ in nodes]
    for place, prefixes in enumerate(units):
        found[place] = next((one for one in prefixes if sizes[one] > 1 and one not in layers), "")
    repeated = _repeated(nodes, found)
    finer = [
        "" if node.is_automatic or not name or numberless(name) in repeated else _finer(node.name, name)
        for node, name in zip(nodes, found, strict=True)
    ]
    again = _repeated(nodes, finer)
    return [
        name if numberless(name) in repeated else fine if numberless(fine) in again else ""
        for name, fine in zip(found, finer, strict=True)
    ]


def _repeated(nodes: Sequence[Node], groups: Sequence[str]) -> set[str]:
    """The names without numbers of groups of which two hold layers of the same names."""
    held: dict[str, list[str]] = {}
    for node, group in zip(nodes, groups, strict=True):
        if group:
            held.setdefault(group, []).append(node.name.removeprefix(group))
    kinds = Counter((numberless(group), tuple(sorted(names))) for group, names in held.items())
    return {name for (name, _), count in kinds.items() if count > 1}


def _prefixes(name: str) -> list[str]:
    """The words up to each that has a number, the longest first.

    >>> names = ("conv2_block1_1_conv", "block_3_expand_BN", "block1a_se", "predictions")
    >>> tuple(_prefixes(name) for name in names)
    (['conv2_block1', 'conv2'], ['block_3'], ['block1a'], [])
    """
    found, end = [], 0
    while (unit := _UNIT.match(name, end)) is not None:
        end = unit.end()
        found.append(name[: end - 1])
    return found[::-1]


def _finer(name: str, group: str) -> str:
    """The group with the number behind it.

    >>> _finer("block35_1_mixed", "block35"), _finer("block35_1", "block35"), _finer("block1_conv", "block1")
    ('block35_1', 'block35_1', '')
    """
    index = _INDEX.match(f"{name}_", len(group) + 1)
    return f"{group}_{index[1]}" if index else ""


def _sorted(before: Sequence[Sequence[int]]) -> list[int]:
    """Items in an order in which they can run, as near to their own as can be; those in a circle are left out."""
    waiting = [len(set(one)) for one in before]
    behind: list[list[int]] = [[] for _ in before]
    for place, one in enumerate(before):
        for other in set(one):
            behind[other].append(place)
    ready = [place for place, count in enumerate(waiting) if not count]
    order = []
    while ready:
        place = heappop(ready)
        order.append(place)
        for other in behind[place]:
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready, other)
    return order


def _items(graph: Graph, groups: Sequence[str]) -> Iterator[Item]:
    """Groups as single places of the order; where groups need each other, there are none."""
    heads: dict[str, int] = {}
    for place in graph.order:
        if groups[place]:
            heads.setdefault(groups[place], place)
    place_of = [heads.get(group, place) if group else place for place, group in enumerate(groups)]
    before: list[list[int]] = [[] for _ in groups]
    for place, others in enumerate(graph.before):
        before[place_of[place]] += [place_of[other] for other in others if place_of[other] != place_of[place]]
    members: dict[int, list[int]] = {}
    for place in graph.order:
        members.setdefault(place_of[place], []).append(place)
    found = _sorted(before)
    if len(found) < len(groups):
        yield from (Item([place]) for place in graph.order)
        return
    for place in found:
        if place_of[place] == place:
            name = groups[place]
            yield Item(members[place], name, f"{name}_" if name else "")
