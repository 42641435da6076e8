"""The structure of a network in series and in parallel, by which its picture is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcalc.volumes.network import Network, Volume


class Parallel(NamedTuple):
    """Branches between the volume in front and the one behind, and the edges that lead past all of them."""

    branches: tuple[Series, ...]
    direct: tuple[tuple[Volume, Volume], ...]


class Series(NamedTuple):
    """Volumes and branches, one behind the other."""

    items: tuple[Volume | Parallel, ...]

    def volumes(self) -> Iterator[Volume]:
        """All volumes of it, those in branches, too."""
        for item in self.items:
            if isinstance(item, Volume):
                yield item
            else:
                for branch in item.branches:
                    yield from branch.volumes()


class Structure(NamedTuple):
    """A network as a series, and what no series and no branch accounts for."""

    series: Series
    crossing: tuple[tuple[Volume, Volume], ...]
    """Edges that cross others."""
    loose: tuple[Volume, ...]
    """Inputs that no volume reads; only fields name them."""


class _Edge(NamedTuple):
    source: Volume | None
    target: Volume


def structure(network: Network) -> Structure:
    """The structure of a network: where its branches part and where they meet.

    Branches of a volume end at its immediate post-dominator: the first volume that everything from it comes through.
    """
    return _Finder(network).structure()


class _Finder:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._meets = _post_dominators(network)
        self._placed: set[Volume] = set()
        self._accounted: set[tuple[Volume, Volume]] = set()

    def structure(self) -> Structure:
        named = {source for source, _ in self._network.references()}
        loose = [one for one in self._network.volumes if one in named and not one.reads and not one.readers]
        roots = [_Edge(None, one) for one in self._network.volumes if not one.reads and one not in loose]
        series, _ = self._series(roots, None)
        crossing = [edge for edge in self._network.edges() if edge not in self._accounted]
        return Structure(series, tuple(crossing), tuple(loose))

    def _series(self, edges: Sequence[_Edge], stop: Volume | None) -> tuple[Series, list[_Edge]]:
        """What lies between these edges and a volume (None: the end), and the edges that arrive at it."""
        items: list[Volume | Parallel] = []
        while True:
            arriving = [edge for edge in edges if edge.target is stop]
            groups: dict[Volume, list[_Edge]] = {}
            for edge in edges:
                if edge.target is not stop:
                    groups.setdefault(self._last_before(edge.target, stop), []).append(edge)
            if not groups:
                return Series(tuple(items)), arriving
            if len(groups) > 1 or arriving:
                parallel, others = self._parallel(groups, arriving, stop)
                return Series((*items, *parallel)), others
            ((last, group),) = groups.items()
            before, incoming = self._series(group, last)
            items.extend(before.items)
            if last in self._placed:
                # Another branch has it already: what arrives here crosses over to it.
                return Series(tuple(items)), []
            self._placed.add(last)
            self._accounted.update((edge.source, edge.target) for edge in incoming if edge.source is not None)
            items.append(last)
            edges = [_Edge(last, reader) for reader in last.readers]

    def _parallel(
        self, groups: dict[Volume, list[_Edge]], arriving: list[_Edge], stop: Volume | None
    ) -> tuple[list[Volume | Parallel], list[_Edge]]:
        branches: list[Series] = []
        found = list(arriving)
        for group in groups.values():
            branch, others = self._series(group, stop)
            found.extend(others)
            if branch.items:
                branches.append(branch)
        if len(branches) == 1 and not arriving:
            return list(branches[0].items), found
        direct = [(edge.source, edge.target) for edge in arriving if edge.source is not None]
        return ([Parallel(tuple(branches), tuple(direct))] if branches else []), found

    def _last_before(self, volume: Volume, stop: Volume | None) -> Volume:
        """The last volume on the way to `stop` that everything from this one comes through."""
        while (following := self._meets.get(volume)) is not stop and following is not None:
            volume = following
        return volume


_END = 0


def _post_dominators(network: Network) -> dict[Volume, Volume | None]:
    import networkx

    reverse = networkx.DiGraph()
    reverse.add_node(_END)
    for volume in network.volumes:
        for reader in volume.readers:
            reverse.add_edge(reader, volume)
        if not volume.readers:
            reverse.add_edge(_END, volume)
    found = networkx.immediate_dominators(reverse, _END)
    return {volume: found[volume] if found[volume] != _END else None for volume in network.volumes}
