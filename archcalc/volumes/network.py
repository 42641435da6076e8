"""The network as a lecture picture has it: its feature maps as volumes, and what each of them reads.

A layer that makes a map of another size or meaning is a volume. What only changes the values of a map (activations,
norms, dropout) or the order of its numbers (flatten, permute) is absorbed by the volume in front of it, and what only
cuts or pads is a remark on the edge. Maps of parameters alone are not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from archcalc.draw.model import Skip
from archcalc.draw.parts import DrawnPart, Link
from archcalc.graph import Node
from archcalc.layers.base import Layer
from archcalc.layers.shape import Shape
from archcalc.volumes.sizes import Sizes
from archcalc.volumes.words import SIGNS, action, groups, resized

Form = Literal["box", "bar", "circle"]

ABSORBED = frozenset({"activation", "norm", "regularization", "scale", "reshape"})
"""Families of layers that leave the size of a map alone, or only the order of its numbers."""
ABSORBED_KINDS = frozenset({"identity", "flatten"})
CUTTING = frozenset({"crop", "pad", "pad_channels"})
"""Kinds that are a remark on the edge."""
FOLDED = 3
"""So many equal scopes in a row are drawn once."""
HALVED = 1.5
"""A map that shrinks by more than this is on a deeper level; convolutions without padding shrink it by less."""


class Reading(NamedTuple):
    """A volume that another one reads, how many of its channels come from it, and what was done on the way."""

    source: Volume
    channels: int
    remarks: tuple[str, ...] = ()


class Volume:
    """A feature map that is drawn, or a scope that is drawn as one box; two are equal only if they are the same."""

    def __init__(self, name: str, kind: str, family: str, shape: Shape | None, sizes: Sizes) -> None:
        self.name = name
        self.kind = kind
        self.family = family
        self.shape = shape
        self.sizes = sizes
        self.action = ""
        """What makes it, in words: `conv 3×3, /2`."""
        self.node: Node | None = None
        """The layer that makes it; None for a scope."""
        self.activations: list[str] = []
        self.reads: list[Reading] = []
        self.named: list[Volume] = []
        """Volumes that fields of its layer name (`crop: {to: here}`)."""
        self.readers: list[Volume] = []
        self.level = 0
        """How often the map was halved on the way here."""
        self.scopes: tuple[DrawnPart, ...] = ()
        """The scopes that it lies in, from the outermost on."""
        self.groups = 1
        """Of a convolution that is not depthwise."""
        self.towers = 1
        """How many parts it is drawn as, one above the other."""
        self.layers = 1
        self.skip: Skip = ""
        """What a closed scope adds to its result: what it reads, or a convolution of it."""
        self.fault = ""
        """What is wrong with it."""

    @property
    def form(self) -> Form:
        """How it is drawn."""
        if self.kind in SIGNS and len(self.reads) > 1:
            return "circle"
        return "box" if self.sizes.spatial else "bar"

    @property
    def is_scope(self) -> bool:
        """Whether it stands for a scope."""
        return self.family == "scope"

    def __repr__(self) -> str:
        return f"Volume({self.name}: {self.kind} {self.sizes})"


class Repeat(NamedTuple):
    """Volumes of a scope that is drawn once and stands for several equal ones in a row."""

    scope: DrawnPart
    volumes: tuple[Volume, ...]
    times: int


class Network(NamedTuple):
    """All volumes, each behind those that it reads."""

    volumes: tuple[Volume, ...]
    repeats: tuple[Repeat, ...]

    def edges(self) -> Iterator[tuple[Volume, Volume]]:
        """Pairs of a volume and one that reads it, each once."""
        for volume in self.volumes:
            yield from dict.fromkeys([(reading.source, volume) for reading in volume.reads])

    def references(self) -> Iterator[tuple[Volume, Volume]]:
        """Pairs of a volume and one whose field names it."""
        for volume in self.volumes:
            yield from dict.fromkeys([(source, volume) for source in volume.named])


def network(root: DrawnPart, order: dict[int, int], stand_ins: dict[str, int], faults: dict[str, str]) -> Network:
    """All volumes of a tree of parts whose repeats are folded.

    `order` is the place of every node (by id) in the network, `stand_ins` are numbers for free symbols, by which things
    are drawn, and `faults` tells what is wrong with a layer, by its name.
    """
    return _Builder(order, stand_ins, faults).network(root)


class _Builder:
    def __init__(self, order: dict[int, int], stand_ins: dict[str, int], faults: dict[str, str]) -> None:
        self._order = order
        self._stand_ins = stand_ins
        self._faults = faults
        self._shown: dict[int, DrawnPart] = {}
        """For leaves of copies that are not drawn, the leaf that is."""
        self._paths: dict[int, tuple[DrawnPart, ...]] = {}
        """For every leaf that is drawn, the scopes around it from the outermost on."""
        self._repeats: list[tuple[DrawnPart, int]] = []
        self._made: dict[tuple[int, int], Reading] = {}
        """For every port of a leaf, the volume that holds its map, and what was done to it since."""
        self._volumes: dict[int, Volume] = {}

    def network(self, root: DrawnPart) -> Network:
        self._walk(root, ())
        leaves = [leaf for leaf in root.leaves if id(leaf) in self._paths and leaf.role != "output"]
        for leaf in sorted(leaves, key=lambda leaf: self._order.get(id(leaf.node), -1)):
            self._take(leaf)
        repeats = [
            Repeat(scope, tuple([self._volumes[id(leaf)] for leaf in scope.leaves if id(leaf) in self._volumes]), times)
            for scope, times in self._repeats
        ]
        return Network(connected(self._volumes.values()), tuple([repeat for repeat in repeats if repeat.volumes]))

    def _walk(self, part: DrawnPart, path: tuple[DrawnPart, ...]) -> None:
        for child in part.children:
            if not child.is_scope:
                self._paths.update((id(twin), path) for twin in child.twins)
                continue
            drawn = child.twins
            if len(drawn) >= FOLDED:
                for copy in drawn[1:]:
                    pairs = zip(copy.leaves, child.leaves, strict=True)
                    self._shown.update((id(hidden), shown) for hidden, shown in pairs)
                self._repeats.append((child, len(drawn)))
                drawn = drawn[:1]
            for copy in drawn:
                self._walk(copy, (*path, copy))

    def _take(self, leaf: DrawnPart) -> None:
        node = leaf.node
        if node is not None and node.is_constant:
            return
        flowing = [reading for link in leaf.reads if not link.is_reference and (reading := self._reading(link))]
        if len(flowing) == 1 and self._absorbs(leaf, flowing[0]):
            return
        shapes = [output.outline for output in node.outputs] if node is not None else [_entering(leaf)]
        volume = Volume(
            node.name if node is not None else leaf.label,
            leaf.kind,
            node.layer.family if node is not None and node.layer is not None else leaf.role,
            shapes[0],
            Sizes.of(shapes[0], self._stand_ins),
        )
        volume.node = node
        volume.action = action(node) if node is not None else leaf.role.replace("unknown", "?")
        volume.groups = groups(node) if node is not None else 1
        volume.scopes = self._paths[id(leaf)]
        volume.reads = flowing
        named = [self._reading(link) for link in leaf.reads if link.is_reference]
        volume.named = [reading.source for reading in named if reading is not None]
        volume.fault = self._faults.get(volume.name, "")
        self._volumes[id(leaf)] = volume
        for port in range(len(shapes)):
            self._made[id(leaf), port] = Reading(volume, Sizes.of(shapes[port], self._stand_ins).channels)

    def _reading(self, link: Link) -> Reading | None:
        """What a part reads; None for constants."""
        shown = self._shown.get(id(link.source), link.source)
        found = self._made.get((id(shown), link.port))
        return None if found is None else found._replace(channels=Sizes.of(link.shape, self._stand_ins).channels)

    def _absorbs(self, leaf: DrawnPart, reading: Reading) -> bool:
        """Whether a layer leaves no volume: its map is taken for that of the volume in front."""
        node = leaf.node
        if node is None or node.layer is None or len(node.outputs) > 1:
            return False
        if not _leaves_none(node.layer, leaf):
            return False
        if node.kind in CUTTING:
            if remark := resized(node):
                reading = reading._replace(remarks=(*reading.remarks, remark))
        elif node.layer.family == "activation" and node.kind not in reading.source.activations:
            reading.source.activations.append(node.kind)
        reading.source.fault = reading.source.fault or self._faults.get(node.name, "")
        self._made[id(leaf), 0] = reading
        return True


def _leaves_none(layer: Layer, leaf: DrawnPart) -> bool:
    """Whether a layer with one map to compute on is one that leaves no volume. What adds a constant is one, too."""
    if layer.is_merge:
        return leaf.kind in SIGNS
    return layer.family in ABSORBED or leaf.kind in ABSORBED_KINDS or leaf.kind in CUTTING


def _entering(stub: DrawnPart) -> Shape | None:
    """The shape of what a part of a network reads, as its first reader has it."""
    return next((link.shape for reader in stub.readers for link in reader.reads if link.source is stub), None)


def connected(volumes: Iterable[Volume]) -> tuple[Volume, ...]:
    """The volumes in order, after each was told its readers and its level."""
    found = tuple(volumes)
    for volume in found:
        volume.readers = []
    for volume in found:
        for reading in volume.reads:
            if volume not in reading.source.readers:
                reading.source.readers.append(volume)
        if volume.reads:
            # What is joined stands beside the map that was made last: in a U, the enlarged one.
            source = volume.reads[-1 if volume.kind == "concat" else 0].source
            volume.level = source.level + volume.sizes.halvings(source.sizes, HALVED)
    return found
