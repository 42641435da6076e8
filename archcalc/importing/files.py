"""Files that are networks as data: ONNX, Keras, Caffe. They are read, and nothing of them runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

from archcalc.diagnostics import closest
from archcalc.importing.failure import ImportFailure
from archcalc.importing.formats import SNIFFED, SUFFIXES, is_network_file, way_out
from archcalc.importing.imported import Imported, imported
from archcalc.importing.passes import finished
from archcalc.importing.record import Record
from archcalc.importing.torch.inputs import Input, larger

SIDE, LENGTH = 224, 64
"""Sizes at which symbols of a file are tried: of the sides of an image, and of any other axis."""


class Records(NamedTuple):
    """A file as it is at one size, at another one if it takes it, and the names of the axes of its inputs."""

    record: Record
    other: Record | None = None
    axes: Sequence[Sequence[str | None]] | None = None


Reader = Callable[[Path, Sequence[Input], bool], Records]
Shapes: TypeAlias = "Mapping[str, Sequence[int]] | Sequence[int] | None"


def imported_file(name: str, inputs: Sequence[Input] = (), *, flat: bool = False, fixed: bool = False) -> Imported:
    """The spec of a file. Raises: ImportFailure."""
    path = Path(name)
    if not path.is_file():
        raise ImportFailure("missing-file", f"there is no file `{name}`", help=_near(path))
    if not is_network_file(path, _start(path)):
        raise unknown_format(path)
    found = _READERS[path.suffix](path, inputs, fixed)
    record = finished(found.record)
    others = [] if found.other is None else [finished(found.other)]
    return imported(record, others, remarks=[f"Imported from {path.name}."], axes=found.axes, flat=flat)


def unknown_format(path: Path) -> ImportFailure:
    """That a file is none of those that are read, and what to give instead."""
    return ImportFailure(
        "unknown-format",
        f"`{path}` is none of the files that archcalc reads: {', '.join(SUFFIXES)}",
        help=way_out(path) or "name a module of PyTorch as net.py:Net, or check a spec with `archcalc check`",
    )


def _near(path: Path) -> str:
    """What to write for a file that is not there: another file, or what makes a network of PyTorch."""
    if path.parent.is_dir() and (meant := closest(path.name, sorted(one.name for one in path.parent.iterdir()))):
        return f"did you mean `{path.parent / meant}`?"
    *module, name = str(path).split(".")
    if module and all(part.isidentifier() for part in [*module, name]) and find_spec(module[0]) is not None:
        return f"a name of Python stands behind a colon: {'.'.join(module)}:{name}"
    return "give its path from this folder, or name a module of PyTorch: torchvision.models:resnet50, net.py:Net"


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SNIFFED)


def _onnx(path: Path, inputs: Sequence[Input], fixed: bool) -> Records:
    from archcalc.importing.onnx import read, signature

    found = signature(path)
    given = {(one.name, axis): size for one in inputs for axis, size in enumerate(one.shape) if one.name is not None}
    if len(inputs) == 1 == len(found.inputs):
        given = {(found.inputs[0].name, axis): size for axis, size in enumerate(inputs[0].shape)}
    sizes: dict[str, int] = {}
    for symbol, places in found.symbols.items():
        of_image = any(len(one.shape) >= 3 for one in found.inputs if one.name == places[0][0])
        sizes[symbol] = given.get(places[0], SIDE if of_image else LENGTH)
    axes = [
        [size if isinstance(size, str) and size.isidentifier() else None for size in one.shape] for one in found.inputs
    ]
    record = read(path, sizes)
    record.counter = "as ONNX defines its operators"
    if fixed or not sizes:
        return Records(record)
    steps = {symbol: 64 + 32 * number for number, symbol in enumerate(sizes)}
    return Records(
        record, _attempt(lambda: read(path, {name: size + steps[name] for name, size in sizes.items()}), record), axes
    )


def _keras(path: Path, inputs: Sequence[Input], fixed: bool) -> Records:
    from archcalc.importing.keras import read

    return _sized(read, path, inputs, fixed)


def _caffe(path: Path, inputs: Sequence[Input], fixed: bool) -> Records:
    from archcalc.importing.caffe import read

    return _sized(read, path, inputs, fixed)


def _sized(read: Callable[[Path, Shapes], Record], path: Path, inputs: Sequence[Input], fixed: bool) -> Records:
    """A file whose input has a shape, and the same at the first of other sizes that it takes."""
    record = read(path, _shapes(inputs))
    record.has_other_names = True
    if fixed:
        return Records(record)
    first: ImportFailure | None = None
    for others in larger([Input(value.shape, "int" if value.dtype == "int" else "float") for value in record.inputs]):
        shapes = [one.shape for one in others]
        names = [value.name or "" for value in record.inputs]
        try:
            return Records(record, read(path, shapes[0] if len(shapes) == 1 else dict(zip(names, shapes, strict=True))))
        except ImportFailure as failure:
            first = first or failure
    if first is not None:
        record.notes.append(f"the sizes of the input stay numbers: at other sizes, {first.message}")
    return Records(record)


def _shapes(inputs: Sequence[Input]) -> Shapes:
    """The sizes that were given: of a single input, or by name."""
    if not inputs:
        return None
    if len(inputs) == 1 and inputs[0].name is None:
        return inputs[0].shape
    return {one.name or "": one.shape for one in inputs}


def _attempt(read: Callable[[], Record], record: Record) -> Record | None:
    """The network at other sizes, or a note that it takes none."""
    try:
        return read()
    except ImportFailure as failure:
        record.notes.append(f"the sizes of the input stay numbers: at other sizes, {failure.message}")
        return None


_READERS: dict[str, Reader] = {".onnx": _onnx, ".keras": _keras, ".json": _keras, ".prototxt": _caffe}
