"""Skips: whether what is drawn as one box adds what it reads to what it computes, as a residual block does."""

from __future__ import annotations

from archcalc.draw.model import Skip
from archcalc.draw.parts import DrawnPart

LIGHT = frozenset({"norm", "activation", "regularization", "scale", "reshape"})
"""Families that leave a skip what it is: a map that goes round the layers that compute."""
POINTWISE = frozenset({"conv", "linear"})
"""Families with which a skip is projected onto other channels, ..."""
SUBSAMPLING = frozenset({"pool", "resample"})
"""... and those that give it the size that is wanted, alone or in front of a projection."""

_KINDS: tuple[Skip, ...] = ("identity", "projection")


def skip(scope: DrawnPart) -> Skip:
    """Whether a scope is a block with a skip: one of its own additions is, or the only such block inside it."""
    own = [leaf for child in scope.children if child.role in ("layer", "stack") for leaf in child.leaves]
    behind = _Behind(scope.leaves)
    found = [kind for leaf in own if leaf.kind == "add" if (kind := behind.skip(leaf))]
    if found:
        return "projection" if "projection" in found else "identity"
    inner = [child for child in scope.children if child.role == "scope"]
    (one, *more) = [skip(child) for child in inner for _ in child.twins] or [""]
    return one if not more else ""


class _Behind:
    """What lies in front of every layer of a scope."""

    def __init__(self, leaves: list[DrawnPart]) -> None:
        self.inside = {id(leaf): index for index, leaf in enumerate(leaves)}
        self.before: dict[int, int] = {}
        """For every layer, those in front of it, and itself, as bits."""
        for index, leaf in enumerate(leaves):
            bits = 1 << index
            for link in leaf.reads:
                bits |= self.before.get(id(link.source), 0)
            self.before[id(leaf)] = bits

    def skip(self, add: DrawnPart) -> Skip:
        """What kind of skip ends at an addition, if one does."""
        sources = [link.source for link in add.reads if not link.is_reference]
        kinds = [self._kind(one, [other for other in sources if other is not one]) for one in sources]
        return "identity" if "identity" in kinds else "projection" if "projection" in kinds else ""

    def _kind(self, branch: DrawnPart, others: list[DrawnPart]) -> Skip:
        for projections, kind in enumerate(_KINDS):
            origin = self._origin(branch, projections)
            if any(self._reaches(origin, one) and self._computes(origin, one) > projections for one in others):
                return kind
        return ""

    def _origin(self, leaf: DrawnPart, projections: int) -> DrawnPart:
        """Where a branch begins, followed through what a skip may hold, and through at most so many projections."""
        node = leaf.node
        if id(leaf) not in self.inside or node is None or node.layer is None or len(leaf.reads) != 1:
            return leaf
        if node.layer.family in LIGHT | SUBSAMPLING:
            return self._origin(leaf.reads[0].source, projections)
        if projections and node.layer.family in POINTWISE and _is_pointwise(node.layer):
            return self._origin(leaf.reads[0].source, projections - 1)
        return leaf

    def _reaches(self, origin: DrawnPart, leaf: DrawnPart) -> bool:
        """Whether a map is on the way to a layer. Of what is outside, the layers inside that read it are."""
        if id(origin) in self.inside:
            return bool(self.before[id(leaf)] >> self.inside[id(origin)] & 1) if id(leaf) in self.inside else False
        return id(leaf) in self.inside

    def _computes(self, origin: DrawnPart, leaf: DrawnPart) -> int:
        """How many layers that compute lie between, on the way through first inputs."""
        count = 0
        while leaf is not origin and id(leaf) in self.inside:
            node = leaf.node
            count += node is not None and (node.layer is None or node.layer.family not in LIGHT | SUBSAMPLING)
            if not leaf.reads:
                break
            leaf = leaf.reads[0].source
        return count


def _is_pointwise(layer: object) -> bool:
    kernel = getattr(layer, "kernel", 1)
    return all(side == 1 for side in kernel) if isinstance(kernel, tuple) else bool(kernel == 1)
