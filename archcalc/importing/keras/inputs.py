"""The inputs of a model: their sizes, whether they hold integers, and in which order archcalc has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.config import LARGEST, shown
from archcalc.importing.keras.document import Described, Model, Reference
from archcalc.importing.keras.network import MOST_AXES, Map, Network

Given: TypeAlias = "Mapping[str, Sequence[int]]"

_OVER_POSITIONS = (
    "Conv",
    "SeparableConv",
    "DepthwiseConv",
    "MaxPooling",
    "AveragePooling",
    "UpSampling",
    "SpatialDropout",
)
_EITHER = (
    "Activation",
    "Dropout",
    "BatchNormalization",
    "ZeroPadding",
    "Cropping",
    "Gaussian",
    "ReLU",
    "Masking",
    "Rescaling",
)


SIDE, LENGTH = 224, 64
"""Sizes at which a file is read where it leaves them open: of the sides of an image, and of a sequence."""


class Input(NamedTuple):
    """An input as the file has it: its name, its sizes (None where they are open), the type of its numbers."""

    name: str
    sizes: tuple[int | None, ...] | None
    dtype: str
    reference: Reference


def described(model: Model) -> list[Input]:
    """The inputs of a model.

    Raises: ImportFailure.
    """
    layers = {layer.name: layer for layer in model.layers}
    if model.is_chain:
        return [_of_chain(model)]
    found = []
    for reference in model.inputs:
        layer = layers.get(reference.layer)
        if layer is None:
            raise ImportFailure(
                "malformed", f"the input {shown(reference.layer)} is no layer of the model", place="model"
            )
        found.append(_of_layer(layer, reference))
    return found


def _of_layer(layer: Described, reference: Reference) -> Input:
    stated = next((layer.config[key] for key in ("batch_shape", "batch_input_shape") if layer.config.get(key)), None)
    dtype = layer.config.get("dtype")
    return Input(layer.name, _sizes(stated, layer.place), dtype if isinstance(dtype, str) else "float32", reference)


def _of_chain(model: Model) -> Input:
    """A chain may begin with an input layer, or its first layer says what it reads, or nothing does."""
    reference = Reference("", 0, 0)
    if not model.layers:
        raise ImportFailure("no-layers", "the model has no layers", place=f"model {shown(model.name)}")
    layer: Described | None = model.layers[0]
    while layer is not None and layer.class_name != "InputLayer" and layer.model is not None:
        if not layer.model.is_chain:
            return described(layer.model)[0]._replace(reference=reference)
        layer = layer.model.layers[0] if layer.model.layers else None
    found = _of_layer(layer, reference) if layer is not None else Input("input", None, "float32", reference)
    return found if found.sizes is not None else found._replace(sizes=_sizes(model.shape, "model"))


def _sizes(stated: object, place: str) -> tuple[int | None, ...] | None:
    if stated is None:
        return None
    entries = stated[1:] if isinstance(stated, list) else [0]
    if len(entries) > MOST_AXES or not all(size is None or _is_size(size) for size in entries):
        message = f"the shape {shown(stated)} is not the batch and up to {MOST_AXES} sizes"
        raise ImportFailure("malformed", message, place=place)
    return tuple(size if _is_size(size) else None for size in entries)


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 < size <= LARGEST


def entered(network: Network, model: Model, given: Given) -> tuple[list[Map], bool]:
    """The inputs as maps of the network, and whether every size is one that the file allows.

    Raises: ImportFailure where sizes are missing, or do not fit the file.
    """
    inputs = described(model)
    names = [one.name for one in inputs]
    unknown = [name for name in given if name and name not in names]
    if unknown or (given and "" in given and len(inputs) > 1):
        message = f"the model has no input {shown(unknown[0])}" if unknown else f"the model has {len(inputs)} inputs"
        raise ImportFailure("input", message, help=f"its inputs are {', '.join(map(shown, names))}")
    maps, own = [], True
    for one in inputs:
        given_sizes = given.get(one.name, given.get(""))
        place = _channels(model, one)
        moved = place == -1 and is_moved(model, one) and len(given_sizes or one.sizes or ()) > 1
        sizes, fits = _chosen(one, given_sizes, moved, place, alone=len(inputs) == 1)
        own = own and fits
        stands = (sizes[-1], *sizes[:-1]) if moved else sizes
        value = network.builder.input(one.name, stands, "float" if place is not None else "int")
        value.layout = "channels_first" if moved or len(sizes) < 2 else "channels_last"
        maps.append(Map(value, moved))
    return maps, own


def _channels(model: Model, one: Input) -> int | None:
    """Which axis of an input in the order of Keras has the channels; None for integers, which have none."""
    if _is_integer(model, one):
        return None
    first = any(layer.config.get("data_format") == "channels_first" for layer in _all_layers(model))
    return 0 if first and len(one.sizes or ()) > 2 else -1


def _chosen(
    one: Input, given: Sequence[int] | None, moved: bool, channels: int | None, *, alone: bool
) -> tuple[tuple[int, ...], bool]:
    """The sizes of an input in the order of Keras, and whether the file allows them."""
    place, known = f"input {shown(one.name)}", one.sizes
    if given is None:
        if known is None or (channels is not None and known and known[channels] is None):
            message = "the file leaves open how large the input is"
            raise ImportFailure("input", message, place=place, help=_example(one, moved, alone))
        usual = SIDE if len(known) > 2 else LENGTH
        return tuple(usual if size is None else size for size in known), True
    sizes = tuple(given[1:]) + tuple(given[:1]) if moved else tuple(given)
    if len(sizes) > MOST_AXES or not all(_is_size(size) for size in sizes):
        raise ImportFailure("input", f"{list(given)} are no sizes of an input", place=place)
    if known is None:
        return sizes, True
    if len(sizes) != len(known) or (channels is not None and known and known[channels] not in (None, sizes[channels])):
        message = f"{'x'.join(map(str, given))} does not fit the file"
        raise ImportFailure("input", message, place=place, help=_example(one, moved, alone))
    return sizes, all(want in (None, have) for want, have in zip(known, sizes, strict=True))


def _example(one: Input, moved: bool, alone: bool) -> str:
    """The option to write."""
    if one.sizes is None:
        return "give the sizes, the channels first: `--input 3x224x224`"
    sizes = (*one.sizes[-1:], *one.sizes[:-1]) if moved else one.sizes
    text = "x".join(str(size if size is not None else SIDE if len(sizes) > 2 else LENGTH) for size in sizes)
    order = ", the channels first" if moved else ""
    return f"give the sizes{order}: `--input {text if alone else f'{shown(one.name)}={text}'}`"


def is_moved(model: Model, one: Input) -> bool:
    """Whether archcalc has the last axis of an input in front: of maps, and of sequences that are read as signals."""
    if one.sizes is None:
        return _first_reader(model, one) is not False
    if len(one.sizes) > 2:
        return True
    return len(one.sizes) == 2 and _first_reader(model, one) is True


def _all_layers(model: Model) -> Iterator[Described]:
    for layer in model.layers:
        yield layer
        if layer.model is not None:
            yield from _all_layers(layer.model)


def _first_reader(model: Model, one: Input) -> bool | None:
    """Whether what reads the input first, besides layers that take any map, works on positions; None if none does."""
    for layer in _readers(model, one):
        if layer.model is None:
            return layer.class_name.startswith(_OVER_POSITIONS) and layer.config.get("data_format") != "channels_first"
    return None


def _readers(model: Model, one: Input) -> Iterator[Described]:
    """The layers that read an input, in the order of the file, those behind layers that take any map, too."""
    seen = {one.reference.layer}
    for layer in model.layers:
        if layer.class_name == "InputLayer":
            continue
        if not model.is_chain and not any(
            reference.layer in seen for call in layer.calls for reference in call.references
        ):
            continue
        if layer.class_name.startswith(_EITHER):
            seen.add(layer.name)
            continue
        if layer.model is not None:
            inner = described(layer.model)
            yield from _readers(layer.model, inner[0]) if inner else ()
            continue
        yield layer
        if model.is_chain:
            return


def _is_integer(model: Model, one: Input) -> bool:
    """Whether rows are looked up by its numbers, which Keras may call real ones."""
    return any(layer.class_name == "Embedding" for layer in _readers(model, one))
