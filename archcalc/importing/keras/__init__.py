"""Keras files as records: `model.to_json()` of Keras 2 and 3, and `.keras` archives.

Keras is not needed, and no code runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archcalc.importing.failure import ImportFailure
from archcalc.importing.growing import same_tensors
from archcalc.importing.keras.document import major_version, model
from archcalc.importing.keras.files import Data, document
from archcalc.importing.keras.inputs import Given, entered
from archcalc.importing.keras.models import Reading
from archcalc.importing.keras.network import Network, Site
from archcalc.importing.record import Record


def read(path: str | Path, input: Sequence[int] | Mapping[str, Sequence[int]] | None = None) -> Record:
    """The record of the model in a Keras file.

    `input` are the sizes of the input without the batch, the channels first as archcalc has them; of several inputs,
    those of each by its name. It is needed where the file leaves sizes open.

    Raises: ImportFailure.
    """
    data = document(Path(path))
    given: Given = dict(input) if isinstance(input, Mapping) else {} if input is None else {"": input}
    record, is_own_size = _record(data, given)
    if not is_own_size:
        own = _own(data)
        if own is not None:
            same_tensors(record, own)
    return record


def _record(data: Mapping[str, Data], given: Given) -> tuple[Record, bool]:
    """The record at some sizes, and whether the file allows them."""
    version, described = major_version(data), model(data)
    network = Network(described.name)
    inputs, is_own_size = entered(network, described, given)
    reading = Reading(network, version, is_own_size)
    outputs = reading.model(described, inputs, Site(None, "", "model", "keras"))
    return network.record([one.value for one in outputs]), is_own_size


def _own(data: Mapping[str, Data]) -> Record | None:
    """The record at the sizes of the file; None where it leaves some open, and nothing says which tensors it has."""
    try:
        return _record(data, {})[0]
    except ImportFailure as failure:
        if failure.kind != "input":
            raise
    return None
