"""Keras files as records: `model.to_json()` of Keras 2 and 3, and `.keras` archives. Keras is not needed, and no code runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archcalc.importing.keras.document import major_version, model
from archcalc.importing.keras.files import document
from archcalc.importing.keras.inputs import Given, entered
from archcalc.importing.keras.models import Reading
from archcalc.importing.keras.network import Network
from archcalc.importing.record import Record


def read(path: str | Path, input: Sequence[int] | Mapping[str, Sequence[int]] | None = None) -> Record:  # noqa: A002
    """The record of the model in a Keras file.

    `input` are the sizes of the input without the batch, the channels first as archcalc has them; of several inputs, those
    of each by its name. It is needed where the file leaves sizes open.

    Raises: ImportFailure.
    """
    data = document(Path(path))
    described = model(data)
    network = Network(described.name)
    given: Given = dict(input) if isinstance(input, Mapping) else {} if input is None else {"": input}
    inputs, is_own_size = entered(network, described, given)
    reading = Reading(network, major_version(data), is_own_size)
    outputs = reading.model(described, inputs, "")
    return network.builder.record([one.value for one in outputs], list(network.tensors.values()))
