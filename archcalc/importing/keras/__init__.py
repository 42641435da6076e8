"""Keras files as records: `model.to_json()` of Keras 2 and 3, and `.keras` archives. Keras is not needed, and no code runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from archcalc.importing.keras.document import major_version, model
from archcalc.importing.keras.files import Data, document
from archcalc.importing.keras.inputs import Given, entered
from archcalc.importing.keras.models import Reading
from archcalc.importing.keras.network import Network, Site
from archcalc.importing.record import Record


def read(path: str | Path, input: Sequence[int] | Mapping[str, Sequence[int]] | None = None) -> Record:  # noqa: A002
    """The record of the model in a Keras file.

    `input` are the sizes of the input without the batch, the channels first as archcalc has them; of several inputs, those
    of each by its name. It is needed where the file leaves sizes open.

    Raises: ImportFailure.
    """
    data = document(Path(path))
    given: Given = dict(input) if isinstance(input, Mapping) else {} if input is None else {"": input}
    record, is_own_size = _record(data, given)
    if not is_own_size:
        _same_tensors(record, data)
    return record


def _record(data: Mapping[str, Data], given: Given) -> tuple[Record, bool]:
    """The record at some sizes, and whether the file allows them."""
    described = model(data)
    network = Network(described.name)
    inputs, is_own_size = entered(network, described, given)
    reading = Reading(network, major_version(data), is_own_size)
    outputs = reading.model(described, inputs, Site(None, "", "model", "keras"))
    return network.builder.record([one.value for one in outputs], list(network.tensors.values())), is_own_size


def _same_tensors(record: Record, data: Mapping[str, Data]) -> None:
    """A model that was built at one size takes others only if its tensors stay as they are.

    Raises: ImportFailure.
    """
    own = {}
    with suppress(ImportFailure):  # Some sizes are open: which tensors the model has, nothing says.
        own = {tensor.name: tensor.shape for tensor in _record(data, {})[0].tensors}
    for tensor in record.tensors:
        if tensor.shape != own.get(tensor.name, tensor.shape):
            kept, wanted = (" x ".join(map(str, shape)) for shape in (own[tensor.name], tensor.shape))
            message = f"`{tensor.name}` is {kept} in the file, and these sizes of the input would need {wanted}"
            raise ImportFailure("input", message, help="leave `--input` out: the file says how large its input is")
