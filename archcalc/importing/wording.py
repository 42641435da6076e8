"""Says layers as an author of a spec would, once layouts are known: by kinds with a name of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from archcalc.importing.readers import Readers
from archcalc.importing.record import Layer, Plain, Record, Scope, Value

LAST = "channels_last"


def word(record: Record) -> None:
    """Bring every layer into the words of the language."""
    readers = Readers(record)
    for layer in list(record.layers()):
        for rule in _RULES.get(layer.kind, ()):
            if rule(readers, layer):
                break
    for layer in list(record.layers()):
        if layer.kind == "channels_first":
            _map_norm(readers, layer)
    for layer in record.layers():
        _unstretched(layer)
        _own_layout(readers, layer)
        _channel_axis(layer)
        _pad(layer)
        if layer.kind == "layer_norm" and layer.fields.get("axes") == 1:
            del layer.fields["axes"]
    _depths(record)
    _concat_again(record)
    _ranks(record.root)
    _inputs_apart(record)


def _inputs_apart(record: Record) -> None:
    """An input has another name than every step, whose names are those of tensors: `self.src(src)`."""
    labels = {item.name if isinstance(item, Scope) else item.label or "" for item in record.root.items}
    taken = {label.partition(".")[0] for label in labels} | {value.name for value in record.inputs}
    for value in record.inputs:
        if value.name in {label.partition(".")[0] for label in labels}:
            while value.name in taken:
                value.name = f"{value.name}_input"
            taken.add(value.name)


def _channel_axis(layer: Layer) -> None:
    """The axis of the channels is the default of some kinds."""
    axis = layer.fields.get("axis")
    if layer.kind in ("concat", "split", "softmax", "log_softmax", "slice", "normalize") and isinstance(axis, int):
        read = max(layer.inputs, key=lambda value: len(value.shape)) if layer.kind != "concat" else _joined(layer)
        channels = len(read.shape) - 1 if read.layout == LAST and len(read.shape) > 1 else 0
        if axis == channels:
            del layer.fields["axis"]


def _joined(layer: Layer) -> Value:
    return layer.output


def _pad(layer: Layer) -> None:
    """Until layouts were known, the padding named all axes; that of the channels goes."""
    if layer.kind == "pad":
        padding = layer.fields["padding"]
        assert isinstance(padding, list)
        rest = padding[:-1] if layer.inputs[0].layout == LAST else padding[1:]
        layer.fields["padding"] = rest
        if all(isinstance(pair, list) and pair[0] == pair[1] == rest[0][0] for pair in rest):
            layer.fields["padding"] = rest[0][0]


def _tokens(readers: Readers, layer: Layer) -> bool:
    """Positions in one row, then the channels moved behind: `tokens`."""
    flat = readers.alone(layer.inputs[0], "reshape")
    if layer.fields["axes"] != [1, 0] or layer.output.layout != LAST or flat is None:
        return False
    (source,) = flat.inputs
    if len(source.shape) < 3 or source.layout == LAST or flat.output.shape[0] != source.shape[0]:
        return False
    readers.merge([flat, layer], Layer("tokens", {}, [source], source=layer.source))
    return True


def _moved_channels(readers: Readers, layer: Layer) -> bool:
    """The channels moved behind, or in front."""
    (read,) = layer.inputs
    rank = len(read.shape)
    if layer.fields["axes"] == [*range(1, rank), 0] and read.layout != LAST and layer.output.layout == LAST:
        kind = "channels_last"
    elif layer.fields["axes"] == [rank - 1, *range(rank - 1)] and read.layout == LAST and layer.output.layout != LAST:
        kind = "channels_first"
    else:
        return False
    readers.merge([layer], Layer(kind, {}, [read], source=layer.source))
    return True


def _map_norm(readers: Readers, layer: Layer) -> None:
    """A layer norm between channels that are moved behind and in front again is one over the channels of a map."""
    norm = readers.alone(layer.inputs[0], "layer_norm")
    moved = None if norm is None else readers.alone(norm.inputs[0], "channels_last")
    if (
        norm is None
        or moved is None
        or norm.shares is not None
        or id(norm) in readers.shared
        or norm.fields.get("axes", 1) != 1
    ):
        return
    if len({id(readers.scopes[id(one)]) for one in (moved, norm, layer)}) > 1:
        return
    fields = {name: value for name, value in norm.fields.items() if name != "axes"}
    made = Layer("layer_norm", {**fields, "over": "channels"}, moved.inputs, label=norm.label, tensors=norm.tensors)
    made.trainable, made.source = norm.trainable, norm.source
    readers.merge([moved, norm, layer], made)


def _unstretched(layer: Layer) -> None:
    """The axis of the batch that what is learned has in front is not stretched."""
    if layer.fields.get("broadcast") is not True:
        return
    shapes = [value.shape[1:] if _has_batch(value, layer) else value.shape for value in layer.reads]
    if all(shape == layer.output.shape for shape in shapes):
        del layer.fields["broadcast"]


def _has_batch(value: Value, layer: Layer) -> bool:
    is_own = value.maker is not None and value.maker.kind == "parameter"
    return is_own and len(value.shape) == len(layer.output.shape) + 1 and value.shape[0] == 1


def _own_layout(readers: Readers, layer: Layer) -> None:
    """What is learned has its channels where the maps have them that it is joined with, and need not say so."""
    if layer.kind == "parameter" and "layout" in layer.fields and id(layer.output) not in readers.outputs:
        found = readers.of.get(id(layer.output), [])
        if found and all(one.kind in ("add", "multiply", "subtract", "concat") for one in found):
            del layer.fields["layout"]


def _global_pool(readers: Readers, layer: Layer) -> bool:
    """The mean over all positions that stay as 1."""
    (read,) = layer.inputs
    rank = len(read.shape)
    positions = list(range(rank - 1)) if read.layout == LAST else list(range(1, rank))
    if rank < 2 or layer.fields["axes"] != positions or not layer.fields.get("keep"):
        return False
    kind = {"mean": "global_avg_pool", "max": "global_max_pool"}[layer.kind]
    readers.merge([layer], Layer(kind, {}, [read], label=layer.label, source=layer.source))
    return True


def _layer_scale(readers: Readers, layer: Layer) -> bool:
    """A product with a learned number for every channel."""
    for scale, read in (layer.inputs[::-1], layer.inputs):
        maker = readers.alone(scale, "parameter")
        if maker is None or scale.shape != (read.channels,) or layer.output.shape != read.shape:
            continue
        if readers.scopes[id(maker)] is not readers.scopes[id(layer)]:
            continue
        if read.layout != LAST and len(read.shape) > 1:
            continue
        made = Layer("layer_scale", {}, [read], label=maker.label, tensors=maker.tensors, source=layer.source)
        readers.merge([maker, layer], made)
        return True
    return False


_RULES: dict[str, tuple[Callable[[Readers, Layer], bool], ...]] = {
    "permute": (_tokens, _moved_channels),
    "mean": (_global_pool,),
    "max": (_global_pool,),
    "multiply": (_layer_scale,),
}


def _depths(record: Record) -> None:
    """Rates that grow evenly with the depth are one rate that decays."""
    layers = [layer for layer in record.layers() if layer.kind == "stochastic_depth"]
    rates = [rate for layer in layers if isinstance(rate := layer.fields["rate"], (int, float))]
    if len(layers) < 2 or len(set(rates)) == 1:
        return
    count = len(rates)
    laws: dict[str, Callable[[float, int], float]] = {
        "linear": lambda top, place: top * place / count,
        "linspace": lambda top, place: top * (place - 1) / (count - 1),
    }
    for name, law in laws.items():
        if all(math.isclose(rate, law(rates[-1], at), abs_tol=1e-9) for at, rate in enumerate(rates, start=1)):
            for layer in layers:
                layer.fields = {"rate": round(rates[-1], 9), "decay": name}
            return


def _concat_again(record: Record) -> None:
    """A list of maps that grows by one is joined to what was joined before, as a dense block says it."""
    joined: dict[tuple[int, ...], Layer] = {}
    for layer in record.layers():
        if layer.kind != "concat":
            continue
        parts = tuple(id(value) for value in layer.inputs)
        before = joined.get(parts[:-1])
        joined[parts] = layer
        if len(parts) > 2 and before is not None and before.fields.get("axis") == layer.fields.get("axis"):
            layer.inputs = [before.output, layer.inputs[-1]]


def _ranks(scope: Scope) -> None:
    """A map with fewer axes than the others of its merge gets ones in front."""
    items: list[Scope | Layer] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _ranks(item)
        elif item.kind in ("add", "multiply", "subtract") or (item.kind == "elementwise" and item.maps):
            items += _aligned(item)
        items.append(item)
    scope.items = items


def _aligned(layer: Layer) -> Iterator[Layer]:
    for place, value in enumerate(layer.inputs):
        if (made := _with_rank(layer, value)) is not None:
            layer.inputs[place] = made.output
            yield made
    for name, value in layer.maps.items():
        if (made := _with_rank(layer, value)) is not None:
            layer.maps[name] = made.output
            yield made


def _with_rank(layer: Layer, value: Value) -> Layer | None:
    """The reshape that gives a map the axes of a layer's output; None if it needs none."""
    rank = len(layer.output.shape)
    is_own = value.maker is not None and value.maker.kind in ("parameter", "buffer")
    if len(value.shape) == rank or (len(value.shape) > rank and is_own):
        return None
    # What is learned may keep the 1 that stands for the batch; what is made of it has lost it.
    sizes = value.shape[1:] if len(value.shape) > rank else (1,) * (rank - len(value.shape)) + value.shape
    fields: dict[str, Plain] = {"shape": list(sizes)}
    if layer.output.layout == LAST:
        fields["layout"] = LAST
    made = Layer("reshape", fields, [value], source=layer.source)
    made.outputs = [Value(sizes, layer.output.layout, made)]
    return made
