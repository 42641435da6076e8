"""A model, call by call: in an order in which what belongs together stands together, nested models as scopes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from archcalc.importing.building import NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.calls import LayerCall
from archcalc.importing.keras.config import shown
from archcalc.importing.keras.document import Call, Described, Model, Reference
from archcalc.importing.keras.groups import Node, arranged, numberless
from archcalc.importing.keras.network import Map, Network, Site
from archcalc.importing.keras.table import keeps_shape, reader
from archcalc.importing.record import Layer

Key = tuple[str, int, int]


@dataclass(eq=False)
class Reading:
    """What holds for the whole of a file: the network that grows, which Keras wrote it, and whether sizes are its own."""

    network: Network
    version: int
    is_own_size: bool
    called: set[str] = field(default_factory=set)

    def model(self, model: Model, inputs: Sequence[Map], path: str, *, trainable: bool = True) -> list[Map]:
        """The outputs of a model, applied to maps."""
        trainable = trainable and model.trainable
        if model.is_chain:
            return self._chain(model, inputs, path, trainable)
        layers = {layer.name: layer for layer in model.layers}
        if len(layers) < len(model.layers):
            raise ImportFailure("malformed", "two layers have the same name", place=f"model {shown(model.name)}")
        if len(inputs) != len(model.inputs):
            message = f"it has {len(model.inputs)} inputs, and is called with {len(inputs)}"
            raise ImportFailure("malformed", message, place=f"model {shown(model.name)}")
        known = {reference.key: one for reference, one in zip(model.inputs, inputs, strict=True)}
        calls = [
            (layer, number, call)
            for layer in model.layers
            for number, call in enumerate(layer.calls)
            if layer.class_name != "InputLayer"
        ]
        stated = {one.key: one.shape for _, _, call in calls for one in call.references if one.shape is not None}
        for item in arranged(_nodes(calls, known)):
            with self._within(item.group, path):
                for place in item.members:
                    layer, number, call = calls[place]
                    label = layer.name.removeprefix(item.prefix)
                    self._apply(layer, number, call, known, stated, path, label, trainable)
        return [self._end(reference, known) for reference in model.outputs]

    def _within(self, group: str, path: str) -> AbstractContextManager[object]:
        return self.network.scope(group, f"{path}{group}", f"keras:{numberless(group)}") if group else nullcontext()

    def _end(self, reference: Reference, known: Mapping[Key, Map]) -> Map:
        if reference.key not in known:
            raise ImportFailure("malformed", f"no layer makes the output {shown(reference.layer)}", place="model")
        return known[reference.key]

    def _chain(self, model: Model, inputs: Sequence[Map], path: str, trainable: bool) -> list[Map]:
        """One layer behind the other; names are told apart by their place, since chains need none."""
        known = {("", 0, 0): one for one in inputs[:1]}
        if len(inputs) != 1:
            raise ImportFailure(
                "malformed", f"a chain of layers is called with {len(inputs)} maps", place=f"model {shown(model.name)}"
            )
        read = Reference("", 0, 0)
        for place, layer in enumerate(model.layers):
            if layer.class_name == "InputLayer":
                continue
            self._apply(layer, place, Call([read]), known, {}, path, layer.name, trainable)
            read = Reference(layer.name, place, 0)
        return [known[read.key]]

    def _apply(
        self,
        layer: Described,
        number: int,
        call: Call,
        known: dict[Key, Map],
        stated: Mapping[Key, tuple[int | None, ...] | None],
        path: str,
        label: str,
        trainable: bool,
    ) -> None:
        """One call of a layer: the maps that it gives are known from here on."""
        full = f"{path}{layer.name}"
        source = f"{layer.module or 'keras.layers'}.{layer.class_name}"
        kept = trainable and layer.config.get("trainable") is not False
        site = Site(label, full, layer.place, source, kept)
        self.network.more(site)
        built = len(self.network.builder.scope.items)
        for reference in call.references:
            self._compare(reference, known[reference.key], site)
        found = self._result(
            layer, call, known, site, label, [stated.get((layer.name, number, port)) for port in range(1)]
        )
        known.update({(layer.name, number, port): one for port, one in enumerate(found)})
        if is_automatic(layer) or full in self.called:
            self._unnamed(built)
        self.called.add(full)

    def _unnamed(self, built: int) -> None:
        """Layers without tensors that Keras has named itself, or that are called again, need no name."""
        for item in self.network.builder.scope.items[built:]:
            if isinstance(item, Layer) and not item.tensors and item.kind != "opaque":
                item.label = None

    def _compare(self, reference: Reference, one: Map, site: Site) -> None:
        """Keras 3 states the shape of every tensor: archcalc's own must be the same."""
        if not self.is_own_size or reference.shape is None:
            return
        fits = len(reference.shape) == one.rank and all(
            want in (None, have) for want, have in zip(reference.shape, one.shape, strict=True)
        )
        if not fits:
            stated = " x ".join("?" if size is None else str(size) for size in reference.shape)
            message = f"what it reads from {shown(reference.layer)} is {stated} in the file, and computed it is "
            raise ImportFailure("shape", message + " x ".join(map(str, one.shape)), place=site.place)

    def _result(
        self,
        layer: Described,
        call: Call,
        known: Mapping[Key, Map],
        site: Site,
        label: str,
        stated: Sequence[tuple[int | None, ...] | None],
    ) -> list[Map]:
        if layer.model is not None:
            maps = [known[reference.key] for reference in call.references]
            with self.network.scope(label, site.path, f"keras:{numberless(layer.name)}"):
                return self.model(layer.model, maps, f"{site.path}/", trainable=site.trainable)
        reads = reader(layer)
        made = LayerCall(self.network, layer, call, known, site, self.version)
        try:
            with self.network.attempt():
                if reads is None:
                    raise NotSaid("archcalc has no kind for it")
                found = reads(made)
        except NotSaid as reason:
            return self._unsaid(made, str(reason), stated)
        return found if isinstance(found, list) else [found]

    def _unsaid(self, call: LayerCall, reason: str, stated: Sequence[tuple[int | None, ...] | None]) -> list[Map]:
        """What archcalc cannot say is opaque, if it is known how large its map is."""
        shape = next(iter(stated), None)
        sizes: list[int] | None = None
        if shape is not None and len(shape) > 0:
            like = next((one.shape for one in call.maps if one.rank == len(shape)), None)
            filled = [have if size is None and like else size for size, have in zip(shape, like or shape, strict=True)]
            sizes = [size for size in filled if isinstance(size, int) and size > 0]
            sizes = sizes if len(sizes) == len(shape) else None
        elif keeps_shape(call.layer) and len(call.maps) == 1:
            sizes = list(call.map.shape)
        if sizes is None or not call.maps:
            raise ImportFailure(
                "unknown-layer",
                f"{reason}, and the file does not state the shape of what it gives",
                place=call.site.place,
                help="save the model with Keras 3, whose files state shapes, or export it to ONNX and import that",
            )
        self.network.note(f"{call.site.place} is opaque: the file does not say which tensors it has")
        return call.opaque(reason, [sizes])


def _nodes(calls: Sequence[tuple[Described, int, Call]], known: Mapping[Key, Map]) -> list[Node]:
    """The calls as a graph; who reads what must be there.

    Raises: ImportFailure.
    """
    places = {(layer.name, number): place for place, (layer, number, _) in enumerate(calls)}
    nodes = []
    for layer, _, call in calls:
        before = []
        for one in call.references:
            if one.key in known:
                continue
            if (one.layer, one.node) not in places or one.port < 0:
                raise layer.settings().fail(
                    f"it reads output {one.port} of call {one.node} of {shown(one.layer)}, which there is not"
                )
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
