"""A model, call by call: in an order in which what belongs together stands together, nested models as scopes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import MOST_LAYERS
from archcalc.importing.keras.calls import Key, LayerCall
from archcalc.importing.keras.config import shown
from archcalc.importing.keras.document import Call, Described, Model, Reference
from archcalc.importing.keras.groups import Node, arranged, numberless
from archcalc.importing.keras.network import Map, Network, Site
from archcalc.importing.keras.table import keeps_shape, reader
from archcalc.importing.record import Layer

Sizes: TypeAlias = "tuple[int | None, ...] | None"


@dataclass(eq=False)
class Reading:
    """What holds for the whole of a file: the network that grows, which Keras wrote it, whether sizes are its own."""

    network: Network
    version: int
    is_own_size: bool
    called: set[str] = field(default_factory=set)

    def model(self, model: Model, inputs: Sequence[Map], outer: Site) -> list[Map]:
        """The outputs of a model, applied to maps; `outer` is where it stands, its path with a `/` behind it.

        Raises: ImportFailure.
        """
        outer = outer._replace(trainable=outer.trainable and model.trainable)
        wanted = 1 if model.is_chain else len(model.inputs)
        if len(inputs) != wanted:
            message = f"it has {wanted} inputs, and is called with {len(inputs)}"
            raise ImportFailure("malformed", message, place=f"model {shown(model.name)}")
        if model.is_chain:
            return [self._chain(model, inputs[0], outer)]
        if len({layer.name for layer in model.layers}) < len(model.layers):
            raise ImportFailure("malformed", "two layers have the same name", place=f"model {shown(model.name)}")
        known = {reference.key: one for reference, one in zip(model.inputs, inputs, strict=True)}
        layers = [layer for layer in model.layers if layer.class_name != "InputLayer"]
        calls = [(layer, number, call) for layer in layers for number, call in enumerate(layer.calls)]
        if len(calls) > MOST_LAYERS:
            message = f"it has more than {MOST_LAYERS} layers"
            raise ImportFailure("too-large", message, place=f"model {shown(model.name)}")
        stated = {one.key: one.shape for _, _, call in calls for one in call.references if one.shape is not None}
        for item in arranged(_nodes(calls, known)):
            with self._within(item.group, outer):
                labels = _labels([calls[place][0] for place in item.members], item.prefix)
                for place, label in zip(item.members, labels, strict=True):
                    layer, number, call = calls[place]
                    site = self._site(layer, label, outer)
                    self._call(layer, number, call, known, site, stated.get((layer.name, number, 0)))
        return [_end(reference, known) for reference in model.outputs]

    def _within(self, group: str, outer: Site) -> AbstractContextManager[object]:
        if not group:
            return nullcontext()
        return self.network.scope(group, f"{outer.path}{group}", f"keras:{numberless(group)}")

    def _site(self, layer: Described, label: str, outer: Site) -> Site:
        source = f"{layer.module or 'keras.layers'}.{layer.class_name}"
        kept = outer.trainable and layer.config.get("trainable") is not False
        return Site(label, f"{outer.path}{layer.name}", layer.place, source, kept, outer.lead)

    def _chain(self, model: Model, read: Map, outer: Site) -> Map:
        """One layer behind the other."""
        for layer in model.layers:
            if layer.class_name != "InputLayer":
                known = {("", 0, 0): read}
                site = self._site(layer, layer.name, outer)
                self._call(layer, 0, Call([Reference("", 0, 0)]), known, site, None)
                read = known[layer.name, 0, 0]
        return read

    def _call(
        self, layer: Described, number: int, call: Call, known: dict[Key, Map], site: Site, stated: Sizes
    ) -> None:
        """One call of a layer: the maps that it gives are known from here on."""
        self.network.more(site)
        for one in call.references:
            if one.key not in known:
                raise ImportFailure("malformed", f"{shown(one.layer)} has no output {one.port}", place=site.place)
            if self.is_own_size and not site.lead:
                _compare(one, known[one.key], site)
        found = self._applied(layer, call, known, site, stated)
        known.update({(layer.name, number, port): one for port, one in enumerate(found)})

    def _applied(
        self, layer: Described, call: Call, known: Mapping[Key, Map], site: Site, stated: Sizes = None
    ) -> list[Map]:
        if layer.model is not None:
            maps = [known[reference.key] for reference in call.references]
            with self.network.scope(site.label or layer.name, site.path, f"keras:{numberless(layer.name)}"):
                return self.model(layer.model, maps, site._replace(path=f"{site.path}/"))
        reads, built = reader(layer), len(self.network.builder.scope.items)
        made = LayerCall(self.network, layer, call, known, site, self.version, self.inner)
        try:
            with self.network.attempt():
                if reads is None:
                    raise NotSaid("archcalc has no kind for it")
                found = reads(made)
        except NotSaid as reason:
            return _unsaid(made, str(reason), stated)
        if is_automatic(layer) or site.path in self.called:
            self._unnamed(built)
        self.called.add(site.path)
        return found if isinstance(found, list) else [found]

    def inner(self, layer: Described, maps: list[Map], site: Site) -> list[Map]:
        """A layer that another one holds, applied to maps."""
        references: list[object] = [Reference("", 0, port) for port in range(len(maps))]
        known = {("", 0, port): one for port, one in enumerate(maps)}
        return self._applied(layer, Call(references), known, site)

    def _unnamed(self, built: int) -> None:
        """Layers without tensors that Keras has named itself, or that are called again, need no name."""
        for item in self.network.builder.scope.items[built:]:
            if isinstance(item, Layer) and not item.tensors and item.kind != "opaque":
                item.label = None


def _labels(layers: Sequence[Described], prefix: str) -> list[str]:
    """The names of layers below their group. What Keras has named itself is counted anew in each group."""
    counts: Counter[str] = Counter()
    found = []
    for layer in layers:
        label = layer.name.removeprefix(prefix)
        if prefix and is_automatic(layer):
            label = _snake(layer.class_name)
            counts[label] += 1
            label += f"_{counts[label]}" if counts[label] > 1 else ""
        found.append(label)
    return found


def _end(reference: Reference, known: Mapping[Key, Map]) -> Map:
    if reference.key not in known:
        raise ImportFailure("malformed", f"no layer makes the output {shown(reference.layer)}", place="model")
    return known[reference.key]


def _compare(reference: Reference, one: Map, site: Site) -> None:
    """Keras 3 states the shape of every tensor: archcalc's own must be the same."""
    shape = reference.shape
    if shape is None:
        return
    if len(shape) != one.rank or any(want not in (None, have) for want, have in zip(shape, one.shape, strict=True)):
        stated = " x ".join("?" if size is None else str(size) for size in shape)
        computed = " x ".join(map(str, one.shape))
        message = f"what it reads from {shown(reference.layer)} is {stated} in the file, and computed it is {computed}"
        raise ImportFailure("shape", message, place=site.place)


def _unsaid(call: LayerCall, reason: str, stated: Sizes) -> list[Map]:
    """What archcalc cannot say is opaque, if it is known how large its map is.

    Raises: ImportFailure where it is not.
    """
    sizes = list(call.map.shape) if keeps_shape(call.layer) and len(call.maps) == 1 else None
    if stated:
        like = next((one.shape for one in call.maps if one.rank == len(stated)), stated)
        sizes = [size for pair in zip(stated, like, strict=True) if (size := pair[0] or pair[1])]
    if sizes is None or len(sizes) != len(stated or sizes) or not call.maps:
        raise ImportFailure(
            "unknown-layer",
            f"{reason}, and the file does not state the shape of what it gives",
            place=call.site.place,
            help="save the model with Keras 3, whose files state shapes, or export it to ONNX and import that",
        )
    call.network.note(f"{call.site.place} is opaque: the file does not say which tensors it has")
    return call.opaque(reason, [sizes])


def _nodes(calls: Sequence[tuple[Described, int, Call]], known: Mapping[Key, Map]) -> list[Node]:
    """The calls as a graph; what they read must be there.

    Raises: ImportFailure.
    """
    places = {(layer.name, number): place for place, (layer, number, _) in enumerate(calls)}
    nodes = []
    for layer, _, call in calls:
        before = []
        for one in call.references:
            if one.key in known:
                continue
            if (one.layer, one.node) not in places:
                message = f"it reads call {one.node} of {shown(one.layer)}, which there is not"
                raise ImportFailure("malformed", message, place=layer.place)
            before.append(places[one.layer, one.node])
        nodes.append(Node(layer.name, before, is_automatic(layer)))
    return nodes


def is_automatic(layer: Described) -> bool:
    """Whether Keras has given the name itself: `conv2d_3` for a `Conv2D`."""
    return re.sub(r"_\d+$", "", layer.name) == _snake(layer.class_name)


def _snake(name: str) -> str:
    """A class as Keras names its layers.

    >>> _snake("BatchNormalization"), _snake("Conv2D"), _snake("ReLU")
    ('batch_normalization', 'conv2d', 're_lu')
    """
    first = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", first).lower()
