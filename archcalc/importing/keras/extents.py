"""What belongs to a group of layers besides those that have its name, in the graph of calls.

What lies between its layers does; so does what Keras has named itself and the group alone reads, such as the
convolution of a shortcut, where the group reads a single map then; and a merge at its end, if all that it joins comes
from that map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_SPREAD = 64
"""A group stands in one place: what lies between its layers are at most so many times as many."""


class Graph:
    """The calls of a model: what each reads, an order in which they run, and whether Keras has named them."""

    def __init__(self, before: Sequence[Sequence[int]], order: Sequence[int], is_automatic: Sequence[bool]) -> None:
        self.before = before
        self.order = order
        self.is_automatic = is_automatic
        self.rank = {place: at for at, place in enumerate(order)}
        self.behind: list[list[int]] = [[] for _ in before]
        for place, others in enumerate(before):
            for other in others:
                self.behind[other].append(place)

    def spread(self, own: set[int]) -> int:
        """How many places of the order lie from the first to the last of some calls."""
        ranks = [self.rank[place] for place in own]
        return max(ranks) - min(ranks) + 1

    def between(self, own: set[int]) -> set[int]:
        """What is computed from some of the calls and needed for others of them."""
        ranks = [self.rank[place] for place in own]
        first, last = min(ranks), max(ranks)

        def reached(follow: Sequence[Sequence[int]]) -> set[int]:
            found, waiting = set(own), list(own)
            while waiting:
                for other in follow[waiting.pop()]:
                    if other not in found and first <= self.rank[other] <= last:
                        found.add(other)
                        waiting.append(other)
            return found

        return (reached(self.behind) & reached(self.before)) - own

    def read(self, own: Iterable[int]) -> set[int]:
        """What calls read that is none of them; -1 stands for the inputs of the model."""
        members = set(own)
        return {other for place in members for other in self.before[place] or [-1] if other not in members}


def extended(graph: Graph, names: Sequence[str]) -> list[str]:
    """The groups by the names of their layers, each with what else belongs to it.

    A group around a part of another one is none.

    >>> extended(Graph([[], [0], [1], [0, 2]], [0, 1, 2, 3], [True, False, False, True]), ["", "a", "a", ""])
    ['', 'a', 'a', 'a']
    """
    groups = list(names)
    members: dict[str, set[int]] = {}
    for place in graph.order:
        if groups[place]:
            members.setdefault(groups[place], set()).add(place)
    for name, own in members.items():
        between = graph.between(own) if graph.spread(own) <= MOST_SPREAD * len(own) else None
        if between is None or any({names[place], groups[place]} - {"", name} for place in between):
            for place in own:
                groups[place] = ""
            continue
        whole = own | between
        whole = _from_one(graph, whole, groups) or whole
        for place in _closed(graph, whole, groups):
            groups[place] = name
    return groups


def _from_one(graph: Graph, own: set[int], groups: Sequence[str]) -> set[int] | None:
    """The calls with free ones in front that they alone read, until all is made of one map; None if it never is."""
    whole = set(own)
    read = graph.read(whole)
    while len(read) > 1:
        latest = max(read, key=lambda place: graph.rank.get(place, -1))
        if len(whole) > MOST_SPREAD * len(own) or not _is_free(graph, latest, groups):
            return None
        if any(place not in whole for place in graph.behind[latest]):
            return None
        whole.add(latest)
        read = (read - {latest}) | {other for other in graph.before[latest] or [-1] if other not in whole}
    return whole


def _is_free(graph: Graph, place: int, groups: Sequence[str]) -> bool:
    """Whether a call belongs to no group by its name, which Keras gave."""
    return place >= 0 and graph.is_automatic[place] and not groups[place]


def _closed(graph: Graph, own: set[int], groups: Sequence[str]) -> set[int]:
    """The calls with the free merge at their end, if it joins them with what is made of the map that they read."""
    source = graph.read(own)
    ends = {place for one in own for place in graph.behind[one] if place not in own}
    if len(source) != 1 or len(ends) != 1:
        return own
    (end,) = ends
    if not _is_free(graph, end, groups) or len(set(graph.before[end])) < 2:
        return own
    whole = _from_one(graph, own | {end}, groups)
    return whole if whole is not None and graph.read(whole) == source else own
