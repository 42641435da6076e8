"""The network as it grows: maps in the order in which Keras has their axes, or with the channels moved to the front.

Keras has the channels last, archcalc's layers over positions have them first. A map is moved when a layer asks for it,
once for all its readers, and stays so until a layer asks for the order of Keras, such as `Dense` and `Flatten`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple

from pydantic import ValidationError

from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.record import Layer, Layout, Plain, Scope, Tensor, Value
from archcalc.importing.typed import shape, typed
from archcalc.infer import Facts, infer

MOST_LAYERS = 50_000
"""Layers of a network, each as often as it is called."""
MOST_AXES = 8


class Map(NamedTuple):
    """A map, and whether its last axis in Keras stands in front."""

    value: Value
    moved: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape as Keras has it, without the batch."""
        sizes = self.value.shape
        return (*sizes[1:], sizes[0]) if self.moved else sizes

    @property
    def rank(self) -> int:
        """How many axes it has without the batch."""
        return len(self.value.shape)

    @property
    def layout(self) -> Layout:
        """Where the channels stand, unless the layer that reads it says otherwise."""
        return "channels_first" if self.moved or self.rank < 2 else "channels_last"

    def place_of(self, axis: int) -> int:
        """Where an axis of Keras, counted without the batch, stands."""
        return (0 if axis == self.rank - 1 else axis + 1) if self.moved else axis

    def axis(self, number: int) -> int:
        """Where an axis of Keras, counted with the batch, stands.

        Raises: NotSaid for the batch.
        """
        axis = number + self.rank + 1 if number < 0 else number
        if axis == 0:
            raise NotSaid("it works along the batch")
        if not 0 < axis <= self.rank:
            raise NotSaid(f"axis {number} is none of its map")
        return self.place_of(axis - 1)


@dataclass(eq=False)
class Site:
    """Where a layer is built: its label, the name of its tensors, how it is called in messages."""

    label: str | None
    path: str
    place: str
    source: str
    trainable: bool = True


class Network:
    """A record that grows, and the maps that were moved in it."""

    def __init__(self, name: str) -> None:
        self.builder = Builder(name)
        self.tensors: dict[str, Tensor] = {}
        self._moved: dict[tuple[int, int], Value] = {}
        self._count = 0

    def emit(
        self,
        kind: str,
        maps: Sequence[Map | Value],
        fields: Mapping[str, Plain] | None = None,
        *,
        site: Site,
        names: Mapping[str, str] | None = None,
        label: str | None = None,
        layout: Layout | None = None,
    ) -> list[Value]:
        """The maps of a new layer. `names` gives for its tensors the names that they have in Keras.

        Raises: ImportFailure where archcalc says that the layer cannot be.
        """
        values = [one.value if isinstance(one, Map) else one for one in maps]
        seen = layout or next((one.layout for one in maps if isinstance(one, Map)), "channels_first")
        given = {name: value for name, value in (fields or {}).items() if value is not None}
        found = _facts(Layer(kind, given, values), seen, site)
        tensors = {
            weight.name: self.tensor(
                site, names[weight.name], [int(size) for size in weight.shape], weight in found.buffers
            )
            for weight in (*found.weights, *found.buffers)
            if names and weight.name in names
        }
        outputs = found.outputs or ()
        shapes = [tuple(int(size) for size in output.sizes) for output in outputs]
        self.more(site)
        made = self.builder.layers(kind, values, shapes, given, tensors, label, site.source)
        for value, output in zip(made, outputs, strict=True):
            value.layout = output.layout
            value.dtype = "int" if output.integers is not None else "float"
        return made

    def arithmetic(self, text: str, read: Map, other: Map, site: Site, label: str | None = None) -> Map:
        """Arithmetic on a map `x` and another one, `other`, in the same order."""
        both = [shape(one.value, read.layout).sizes for one in (read, other)]
        sizes = _stretched(both[0], both[1])
        if sizes is None:
            raise ImportFailure(
                "shape", f"maps of {list(read.shape)} and {list(other.shape)} do not fit", place=site.place
            )
        self.more(site)
        fields: dict[str, Plain] = {"value": text, **({} if both[0] == both[1] else {"broadcast": True})}
        value = self.builder.layer("elementwise", [read.value], sizes, fields, None, label, site.source)
        assert value.maker is not None
        value.maker.maps = {"other": other.value}
        value.layout = read.layout
        return Map(value, read.moved)

    def more(self, site: Site) -> None:
        """Counts a layer."""
        self._count += 1
        if self._count > MOST_LAYERS:
            raise ImportFailure("too-large", f"the network has more than {MOST_LAYERS} layers", place=site.place)

    def tensor(
        self, site: Site, name: str, sizes: Sequence[int], is_buffer: bool = False, trainable: bool = True
    ) -> Tensor:
        """A tensor of Keras; the one of that name, where a layer is called again."""
        full = f"{site.path}/{name}"
        known = self.tensors.get(full)
        if known is None:
            kept = is_buffer or not trainable or not site.trainable
            known = self.tensors[full] = Tensor(full, tuple(sizes), not kept, is_buffer)
        elif prod(known.shape) != prod(sizes):
            raise ImportFailure(
                "shape",
                f"`{name}` has {prod(known.shape)} numbers in one call of the layer and {prod(sizes)} in another",
                place=site.place,
            )
        return known

    def scope(self, name: str, path: str, class_name: str) -> AbstractContextManager[Scope]:
        """What is built meanwhile stands in a scope of its own."""
        return self.builder.within(name, path, class_name)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is built meanwhile is taken back where it turns out that archcalc cannot say it."""
        layers, moved, tensors = len(self.builder.scope.items), len(self._moved), len(self.tensors)
        try:
            yield
        except NotSaid:
            self.builder.undo(layers)
            while len(self._moved) > moved:
                self._moved.popitem()
            while len(self.tensors) > tensors:
                self.tensors.popitem()
            raise

    def note(self, sentence: str) -> None:
        """Says once what the reading has fixed."""
        if sentence not in self.builder.notes:
            self.builder.notes.append(sentence)

    def front(self, one: Map, site: Site) -> Map:
        """The map with its last axis in front."""
        if one.moved or one.rank < 2:
            return one
        return Map(self._turned(one, "channels_first", "channels_last", site), True)

    def back(self, one: Map, site: Site) -> Map:
        """The map in the order of Keras."""
        if not one.moved:
            return one
        return Map(self._turned(one, "channels_last", "channels_first", site))

    def alike(self, maps: Sequence[Map], site: Site) -> list[Map]:
        """Maps in one order: moved if one of them is."""
        if any(one.moved for one in maps):
            return [self.front(one, site) for one in maps]
        return list(maps)

    def _turned(self, one: Map, kind: Literal["channels_first", "channels_last"], layout: Layout, site: Site) -> Value:
        """The map turned, once within a scope: what a scope turns for itself is nothing that it gives."""
        key = (id(self.builder.scope), id(one.value))
        if key not in self._moved:
            made = self.emit(kind, [one.value], site=site, layout=layout)[0]
            self._moved[key] = made
            self._moved[id(self.builder.scope), id(made)] = one.value
        return self._moved[key]


def _facts(layer: Layer, layout: Layout, site: Site) -> Facts:
    """What archcalc knows about the layer."""
    try:
        found = infer(typed(_without_channels(layer)), [shape(value, layout) for value in layer.inputs], "floor")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"][:1])
        raise ImportFailure("value", f"`{where}` of {layer.kind}: {first['msg']}", place=site.place) from None
    if found.outputs is None:
        errors = [finding for finding in found.findings if finding.code.severity == "error"]
        raise ImportFailure("shape", errors[0].message, place=site.place)
    return found


def _without_channels(layer: Layer) -> Layer:
    """In a record, the padding of a `pad` names the axis of the channels too, which is the one in front."""
    if layer.kind != "pad":
        return layer
    padding = layer.fields["padding"]
    assert isinstance(padding, list)
    return Layer("pad", {**layer.fields, "padding": padding[1:]}, layer.inputs)


def _stretched(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """The sizes of two maps whose sizes of 1 are stretched; None where others differ."""
    if len(first) != len(second):
        return None
    sizes = [max(pair) if 1 in pair else pair[0] for pair in zip(first, second, strict=True)]
    return (
        tuple(sizes) if all(size in (1, whole) for one in (first, second) for size, whole in zip(one, sizes)) else None
    )
