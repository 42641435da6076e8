"""Reads an ONNX file: what it asks for, and what it is at given sizes.

The file is data: nothing of it runs, and of tensors that lie in other files only the shapes are known, which is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.loading import load
from archcalc.importing.onnx.signature import Signature
from archcalc.importing.onnx.signature import signature as signature_of
from archcalc.importing.record import Record

if TYPE_CHECKING:
    from onnx import ModelProto

Source = str | Path | bytes


def signature(source: Source, batch: bool | None = None) -> Signature:
    """The inputs of a file: names, shapes with symbols among their sizes, and where the batch is.

    Raises: ImportFailure if it cannot be read.
    """
    return signature_of(load(source).graph, batch)


def symbols(source: Source, batch: bool | None = None) -> dict[str, list[tuple[str, int]]]:
    """The symbols of a file, each with the axes that bear it: the input, and the axis in its shape without the batch.

    Raises: ImportFailure if it cannot be read.
    """
    return signature(source, batch).symbols


def read(source: Source, sizes: Mapping[str, int] | None = None, *, batch: bool | None = None) -> Record:
    """The record of a file, at a number for each of its symbols.

    `batch=False` is for files whose inputs have no batch: all their axes are the map's. `batch=True` says that the
    first axis is the batch, whatever its size. Without either the file decides: by a symbol named `batch` or `N`, or a
    first axis that has a symbol or is 1, or by operators that read the batch there.

    Raises: ImportFailure with the node that cannot be read.
    """
    model = load(source)
    found = signature_of(model.graph, batch)
    given = dict(sizes or {})
    name = model.graph.name if isinstance(source, bytes) else Path(source).stem
    try:
        return _record(model, name, found, given)
    except ImportFailure as failure:
        if not isinstance(found.batch, str) or found.batch in given:
            raise
        first = failure
    try:
        # A file that was written for one item may say otherwise in its inputs.
        record = _record(model, name, found, {**given, found.batch: 1})
    except ImportFailure as failure:
        # The same mistake is told with the sizes of one item, which a reader knows.
        raise (failure if failure.place == first.place else first) from None
    record.notes.append("The file is read for a batch of one: with more items its shapes do not fit each other.")
    return record


def _record(model: ModelProto, name: str, found: Signature, sizes: Mapping[str, int]) -> Record:
    from archcalc.importing.onnx.network import Network

    return Network(model, name or "network", found, sizes).record()
