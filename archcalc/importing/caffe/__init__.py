"""Caffe's `.prototxt` files as records. Caffe is not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archcalc.importing.caffe.network import record
from archcalc.importing.caffe.prototext import LONGEST, parsed
from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import same_tensors
from archcalc.importing.record import Record


def read(path: str | Path, input: Sequence[int] | Mapping[str, Sequence[int]] | None = None) -> Record:
    """The record of the network in a `.prototxt` file, as it is when it is tested.

    `input` are the sizes of the input without the batch; of several inputs, those of each by its name. It is needed
    where the file does not say them, as those for training do not.

    Raises: ImportFailure.
    """
    net = parsed(_text(Path(path)))
    given = dict(input) if isinstance(input, Mapping) else {} if input is None else {"": input}
    found, is_own_size = record(net, given)
    if not is_own_size:
        same_tensors(found, record(net, {})[0])
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1).decode("utf-8", "replace")
    except OSError as error:
        raise ImportFailure("missing-file", f"`{path}` cannot be read: {error.strerror or error}") from error
