"""What goes into a network of Caffe: blobs that the file declares, and those that layers read from data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.importing.caffe.layers import CaffeLayer
from archcalc.importing.caffe.prototext import Message, shown
from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import MOST_AXES

_FROM_DATA = (
    "Data",
    "ImageData",
    "HDF5Data",
    "WindowData",
    "MemoryData",
    "DummyData",
    "AnnotatedData",
    "Input",
    "ImageSegData",
)


class Input(NamedTuple):
    """A blob that goes in: its name, its sizes without the batch where the file has them, and those it hints at."""

    name: str
    sizes: tuple[int, ...] | None
    hint: str = ""


def inputs(net: Message, layers: Sequence[CaffeLayer]) -> list[Input]:
    """All that goes in; labels, which nothing but losses reads, are among them.

    Raises: ImportFailure.
    """
    found = _declared(net)
    for layer in layers:
        if layer.type in _FROM_DATA:
            found += _of_layer(layer)
    return found


def is_data(layer: CaffeLayer) -> bool:
    """Whether a layer only gives what goes in."""
    return layer.type in _FROM_DATA


def _declared(net: Message) -> list[Input]:
    names, dims, shapes = net.texts("input"), net.sizes("input_dim", 1), net.messages("input_shape")
    if shapes and len(shapes) != len(names):
        raise net.fail(f"the file names {len(names)} inputs, and has {len(shapes)} shapes")
    if shapes:
        return [Input(name, _sizes(shape)) for name, shape in zip(names, shapes, strict=True)]
    if len(dims) != 4 * len(names) and dims:
        raise net.fail(f"the file names {len(names)} inputs, and has {len(dims)} sizes, not 4 for each")
    return [Input(name, tuple(dims[4 * at + 1 : 4 * at + 4]) or None) for at, name in enumerate(names)]


def _sizes(shape: Message) -> tuple[int, ...]:
    dims = shape.sizes("dim", 1)
    if not 2 <= len(dims) <= MOST_AXES + 1:
        raise shape.fail(f"a shape has {len(dims)} sizes, and the batch with up to {MOST_AXES} others is expected")
    return tuple(dims[1:])


def _of_layer(layer: CaffeLayer) -> list[Input]:
    message = layer.message
    shapes = [*message.message("input_param").messages("shape"), *message.message("dummy_data_param").messages("shape")]
    if len(shapes) == 1:
        shapes = shapes * len(layer.tops)
    if shapes and len(shapes) != len(layer.tops):
        raise message.fail(f"the layer has {len(layer.tops)} tops and {len(shapes)} shapes")
    memory = message.message("memory_data_param")
    if "height" in memory:
        sizes = tuple(memory.size(name, None, 1) for name in ("channels", "height", "width"))
        return [Input(top, sizes if at == 0 else None) for at, top in enumerate(layer.tops)]
    crop = message.message("transform_param").size("crop_size", 0) or layer.settings("data_param").size("crop_size", 0)
    hint = f"3x{crop}x{crop}" if crop else ""
    return [Input(top, _sizes(shapes[at]) if shapes else None, hint) for at, top in enumerate(layer.tops)]


def chosen(one: Input, given: Sequence[int] | None, *, alone: bool) -> tuple[tuple[int, ...], bool]:
    """The sizes of an input, and whether they are those of the file.

    Raises: ImportFailure where they are missing or do not fit.
    """
    place = f"input {shown(one.name)}"
    if given is None:
        if one.sizes is None:
            example = one.hint or "3x224x224"
            option = example if alone else f"{shown(one.name)}={example}"
            message = "the file does not say how large the input is"
            raise ImportFailure("input", message, place=place, help=f"give its sizes: `--input {option}`")
        return one.sizes, True
    sizes = tuple(given)
    if not 0 < len(sizes) <= MOST_AXES or min(sizes) < 1:
        raise ImportFailure("input", f"{list(sizes)} are no sizes of an input", place=place)
    if one.sizes is not None and (len(sizes) != len(one.sizes) or sizes[0] != one.sizes[0]):
        wanted = "x".join(map(str, one.sizes))
        message = f"{'x'.join(map(str, sizes))} does not fit the file, which has {wanted}"
        raise ImportFailure("input", message, place=place, help=f"give its sizes: `--input {wanted}`")
    return sizes, one.sizes in (None, sizes)
