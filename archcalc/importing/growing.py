"""A record that grows layer by layer, where archcalc's own rules say how large every map is.

Fronts for files that state layers, and not the arithmetic between arrays, use it: Keras, Caffe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from math import prod
from typing import NamedTuple

from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.record import Layer, Layout, Plain, Record, Scope, Tensor, Value
from archcalc.importing.typed import facts, shape
from archcalc.infer import Facts
from archcalc.layers.construction import WrongFields

MOST_LAYERS = 50_000
"""Layers of a network, each as often as it is called."""
MOST_AXES = 8


class Site(NamedTuple):
    """Where a layer is built: its label, the name of its tensors, how it is called in messages.

    `lead` counts axes in front of the map that the layer does not know of.
    """

    label: str | None
    path: str
    place: str
    source: str
    trainable: bool = True
    lead: int = 0


class Growing:
    """A record that grows."""

    separator = "/"
    """What stands between the name of a layer and that of its tensor."""

    def __init__(self, name: str) -> None:
        self.builder = Builder(name)
        self.tensors: dict[str, Tensor] = {}
        self._count = 0

    def layers(
        self,
        kind: str,
        values: Sequence[Value],
        fields: Mapping[str, Plain] | None = None,
        *,
        site: Site,
        names: Mapping[str, str] | None = None,
        label: str | None = None,
        layout: Layout = "channels_first",
        maps: Mapping[str, Value] | None = None,
    ) -> list[Value]:
        """The maps of a new layer that reads maps of this layout. `names` are those of its tensors in the source.

        Raises: ImportFailure where archcalc says that the layer cannot be.
        """
        given: dict[str, Plain] = {name: value for name, value in (fields or {}).items() if value is not None}
        found = _facts(Layer(kind, given, list(values), maps=dict(maps or {})), layout, site)
        tensors = {
            weight.name: self.tensor(site, names[weight.name], _whole(weight.shape), weight in found.buffers)
            for weight in (*found.weights, *found.buffers)
            if names and weight.name in names
        }
        outputs = found.outputs or ()
        self.more(site)
        sizes = [_whole(output.sizes) for output in outputs]
        made = self.builder.layers(kind, values, sizes, given, tensors, label, site.source)
        for value, output in zip(made, outputs, strict=True):
            assert value.maker is not None
            value.maker.maps = dict(maps or {})
            value.layout = output.layout
            value.dtype = "int" if output.integers is not None else "float"
        return made

    def arithmetic(self, text: str, read: Value, other: Value, site: Site, label: str | None = None) -> Value:
        """Arithmetic on a map `x` and another one, `other`, of as many axes."""
        sizes = _stretched(read.shape, other.shape)
        if sizes is None:
            message = f"maps of {list(read.shape)} and {list(other.shape)} do not fit"
            raise ImportFailure("shape", message, place=site.place)
        self.more(site)
        fields: dict[str, Plain] = {"value": text, **({} if read.shape == other.shape else {"broadcast": True})}
        value = self.builder.layer("elementwise", [read], sizes, fields, None, label, site.source)
        assert value.maker is not None
        value.maker.maps = {"other": other}
        value.layout = read.layout
        return value

    def more(self, site: Site) -> None:
        """Counts a layer."""
        self._count += 1
        if self._count > MOST_LAYERS:
            raise ImportFailure("too-large", f"the network has more than {MOST_LAYERS} layers", place=site.place)

    def tensor(
        self, site: Site, name: str, sizes: Sequence[int], is_buffer: bool = False, trainable: bool = True
    ) -> Tensor:
        """A tensor of the source; the one of that name, where a layer is called again."""
        full = f"{site.path}{self.separator}{name}"
        known = self.tensors.get(full)
        if known is None:
            kept = is_buffer or not trainable or not site.trainable
            known = self.tensors[full] = Tensor(full, tuple(sizes), not kept, is_buffer)
        elif prod(known.shape) != prod(sizes):
            message = f"`{name}` has {prod(known.shape)} numbers in one call of the layer and {prod(sizes)} in another"
            raise ImportFailure("shape", message, place=site.place)
        return known

    def scope(self, name: str, path: str, class_name: str) -> AbstractContextManager[Scope]:
        """What is built meanwhile stands in a scope of its own."""
        return self.builder.within(name, path, class_name)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is built meanwhile is taken back where it turns out that archcalc cannot say it."""
        layers, tensors = len(self.builder.scope.items), len(self.tensors)
        try:
            yield
        except NotSaid:
            self.builder.undo(layers)
            while len(self.tensors) > tensors:
                self.tensors.popitem()
            raise

    def note(self, sentence: str) -> None:
        """Says once what the reading has fixed."""
        if sentence not in self.builder.notes:
            self.builder.notes.append(sentence)

    def record(self, outputs: Sequence[Value]) -> Record:
        """The record of all that was built.

        Raises: ImportFailure for a network that computes nothing.
        """
        if next(self.builder.root.layers(), None) is None:
            raise ImportFailure("no-layers", "the network has no layers: what goes in comes out")
        return self.builder.record(outputs, list(self.tensors.values()))


def same_tensors(record: Record, own: Record) -> None:
    """A network that was built at one size takes others only if its tensors stay as they are.

    Raises: ImportFailure.
    """
    shapes = {tensor.name: tensor.shape for tensor in own.tensors}
    for tensor in record.tensors:
        if tensor.shape != shapes.get(tensor.name, tensor.shape):
            kept, wanted = (" x ".join(map(str, sizes)) for sizes in (shapes[tensor.name], tensor.shape))
            message = f"`{tensor.name}` is {kept} in the file, and these sizes of the input would need {wanted}"
            raise ImportFailure("input", message, help="leave `--input` out: the file says how large its input is")


def _facts(layer: Layer, layout: Layout, site: Site) -> Facts:
    """What archcalc knows about the layer."""
    try:
        found = facts(_without_channels(layer), [shape(value, layout) for value in layer.inputs])
    except WrongFields as error:
        raise ImportFailure("value", str(error), place=site.place) from None
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


def _whole(sizes: Sequence[object]) -> tuple[int, ...]:
    """Sizes that are known, as those of a record are."""
    assert all(isinstance(size, int) for size in sizes)
    return tuple(size for size in sizes if isinstance(size, int))


def _stretched(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...] | None:
    """The sizes of two maps whose sizes of 1 are stretched; None where others differ."""
    if len(first) != len(second):
        return None
    pairs = list(zip(first, second, strict=True))
    return tuple(map(max, pairs)) if all(1 in pair or pair[0] == pair[1] for pair in pairs) else None
