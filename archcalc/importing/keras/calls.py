"""One call of a Keras layer, as the functions that read its class see it: settings, maps, and what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.config import Config, shown
from archcalc.importing.keras.document import Described, Reference, references
from archcalc.importing.keras.network import Map, Network, Site
from archcalc.importing.record import Layout, Plain, Tensor, Value

if TYPE_CHECKING:
    from archcalc.importing.keras.document import Call

Key: TypeAlias = tuple[str, int, int]
Apply: TypeAlias = "Callable[[Described, list[Map], Site], list[Map]]"
FIRST: Layout = "channels_first"
LAST: Layout = "channels_last"


class LayerCall:
    """A layer, applied to maps.

    `version` is 2 or 3, the Keras that wrote the file. `apply` calls another layer, which this one holds.
    """

    def __init__(
        self,
        network: Network,
        layer: Described,
        call: Call,
        maps: Mapping[Key, Map],
        site: Site,
        version: int,
        apply: Apply,
    ) -> None:
        self.network = network
        self.layer = layer
        self.call = call
        self.known = maps
        self.site = site
        self.version = version
        self.apply = apply
        self.config: Config = layer.settings()
        self.maps = [self.resolve(one) for one in call.references]

    # What it reads

    def resolve(self, reference: Reference) -> Map:
        """The map of a tensor."""
        return self.known[reference.key]

    @property
    def map(self) -> Map:
        """The one map that it reads."""
        if len(self.maps) != 1:
            raise self.config.fail(f"it reads {len(self.maps)} tensors where one is expected")
        return self.maps[0]

    def argument(self, place: int, name: str, default: object = None) -> object:
        """An argument of the call, at a place or by its name; numbers and texts as they are, tensors as maps."""
        args = self.call.args
        value = args[place] if 0 <= place < len(args) else self.call.kwargs.get(name, default)
        return self.resolve(value) if isinstance(value, Reference) else value

    def arguments(self, place: int, name: str) -> list[Map]:
        """The maps in one argument."""
        args = self.call.args
        value = args[place] if 0 <= place < len(args) else self.call.kwargs.get(name)
        return [self.resolve(one) for one in references(value)]

    @property
    def lead(self) -> int:
        """How many axes there are in front that the layer does not know of, as the time of `TimeDistributed`."""
        return self.site.lead

    def axes(self, name: str, default: int = -1) -> list[int]:
        """Axes as Keras counts them, with the batch, among all that the map has."""
        return [axis + self.lead if axis > 0 else axis for axis in self.config.axes(name, default)]

    @property
    def is_first(self) -> bool:
        """Whether the layer has the channels in front of the positions."""
        return self.config.choice("data_format", (FIRST, LAST), LAST) == FIRST

    # What it becomes

    def put(
        self,
        kind: str,
        read: Map | Sequence[Map],
        fields: Mapping[str, Plain] | None = None,
        names: Mapping[str, str] | None = None,
        *,
        label: str | None = None,
        layout: Layout | None = None,
    ) -> Map:
        """A layer that gives one map, in the order of those that it reads. `names` are Keras' names of its tensors."""
        maps = [read] if isinstance(read, Map) else list(read)
        value = self.network.emit(kind, maps, fields, site=self.site, names=names, label=label, layout=layout)[0]
        return Map(value, len(value.shape) > 1 and any(one.moved for one in maps))

    def main(
        self,
        kind: str,
        read: Map | Sequence[Map],
        fields: Mapping[str, Plain] | None = None,
        names: Mapping[str, str] | None = None,
        layout: Layout | None = None,
    ) -> Map:
        """The same, for the layer that has the name of Keras' layer."""
        return self.put(kind, read, fields, names, label=self.site.label, layout=layout)

    def parts(self, read: Map, fields: Mapping[str, Plain]) -> list[Map]:
        """A `split`."""
        values = self.network.emit("split", [read], fields, site=self.site)
        return [Map(value, read.moved) for value in values]

    def elementwise(self, read: Map, text: str, *, label: str | None = None) -> Map:
        """Arithmetic on every number `x`."""
        return self.put("elementwise", read, {"value": text}, label=label)

    def parameter(self, name: str, sizes: Sequence[int], like: Map | None = None, *, trainable: bool = True) -> Map:
        """A tensor of the layer as a map: with the sizes that Keras has, moved as another map is."""
        moved = like is not None and like.moved and len(sizes) > 1
        stands = [sizes[-1], *sizes[:-1]] if moved else list(sizes)
        tensor = self.network.tensor(self.site, name, stands, trainable=trainable)
        self.network.more(self.site)
        return Map(self.network.builder.parameter(tensor, name), moved)

    def front(self, one: Map | None = None) -> Map:
        """A map with its last axis in front."""
        return self.network.front(self.map if one is None else one, self.site)

    def back(self, one: Map | None = None) -> Map:
        """A map in the order of Keras."""
        return self.network.back(self.map if one is None else one, self.site)

    def spatial(self, one: Map | None = None) -> Map:
        """A map as layers over positions read it: the channels in front, wherever the layer has them in Keras."""
        read = self.map if one is None else one
        if not self.is_first:
            return self.front(read)
        if self.lead:
            raise NotSaid("it works on every step of a sequence with the channels in front")
        return self.back(read)

    def shaped(self, read: Map, sizes: Sequence[int], shape: Sequence[int] | None = None) -> Map:
        """The numbers of a map in another shape, in the order of Keras; `shape` may hold a -1 for one of the sizes.

        Where all numbers stand along one axis, before and behind, their order is the same wherever that axis stands.
        """
        written = list(shape or sizes)
        if len(sizes) > 2 and _is_row(read.shape) and _is_row(sizes) and sizes[-1] != 1:
            return Map(self.put("reshape", read, {"shape": [written[-1], *written[:-1]]}).value, True)
        if len(sizes) == 1 and (_is_row(read.shape) or not read.moved):
            return self.flat(read)
        return Map(self.put("reshape", self.back(read), {"shape": list(written)}).value)

    def flat(self, read: Map, *, label: str | None = None) -> Map:
        """All numbers of a map in one row."""
        if read.rank == 1:
            return read
        ordered = read if _is_row(read.shape) else self.back(read)
        return Map(self.put("flatten", ordered, label=label).value)

    def opaque(
        self,
        reason: str,
        shapes: Sequence[Sequence[int]],
        tensors: Mapping[str, Sequence[int]] | None = None,
        products: int = 0,
        maps: Sequence[Map] | None = None,
    ) -> list[Map]:
        """A layer that archcalc has no kind for, with all that is known of it; it reads the maps of the call."""
        owned = [self.network.tensor(self.site, name, sizes) for name, sizes in (tensors or {}).items()]
        given = list(self.maps if maps is None else maps)
        kept = all(one.shape == tuple(shapes[0]) for one in given) and len(shapes) == 1
        read = self.network.alike(given, self.site) if kept else [self.back(one) for one in given]
        moved = kept and any(one.moved for one in read)
        stands = [(sizes[-1], *sizes[:-1]) if moved else tuple(sizes) for sizes in shapes]
        self.network.more(self.site)
        values = self._opaque([one.value for one in read], stands, reason, owned, products)
        return [Map(value, moved) for value in values]

    def unsaid(self, read: Map, reason: str) -> Map:
        """A function of a map that archcalc has no kind for, and that keeps its shape."""
        self.network.more(self.site)
        (value,) = self._opaque([read.value], [read.value.shape], reason, [], 0)
        return Map(value, read.moved)

    def _opaque(
        self, maps: list[Value], shapes: list[tuple[int, ...]], reason: str, tensors: list[Tensor], products: int
    ) -> list[Value]:
        text = f"{shown(self.layer.class_name)}: {shown(reason)}"
        return self.network.builder.opaque(maps, shapes, text, tensors, products, self.site.label, self.site.source)

    def scoped(self, part: str) -> Site:
        """The site of a part of the layer, whose tensors stand below its name."""
        site = self.site
        return site._replace(label=part, path=f"{site.path}/{part}")

    def fail(self, message: str, kind: str = "shape") -> ImportFailure:
        """A failure at this layer."""
        return self.config.fail(message, kind)


def _is_row(sizes: Sequence[int]) -> bool:
    """Whether all numbers stand along one axis."""
    return max(sizes, default=1) == prod(sizes)


def alike(values: Sequence[int]) -> Plain:
    """One number where all axes have the same."""
    return values[0] if len(set(values)) == 1 else list(values)


Reader: TypeAlias = Callable[[LayerCall], "Map | list[Map]"]
"""What reads a layer of a class."""
