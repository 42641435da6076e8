"""How a module follows the sizes of its input: records at more sizes than the one that it was read at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.importing.passes import finished
from archcalc.importing.record import Record
from archcalc.importing.symbols import is_one_network
from archcalc.importing.torch.inputs import Input, between
from archcalc.importing.torch.lowering import lowered
from archcalc.importing.torch.trace import Traces
from archcalc.importing.torch.trials import Trials


class Refusal(NamedTuple):
    """Inputs at which a module is not the network that was read, and why."""

    inputs: Sequence[Input]
    reason: str


class Followed(NamedTuple):
    """The records at other sizes, and the sizes between them that were refused."""

    others: list[Record]
    refused: list[Refusal]


def followed(record: Record, traces: Traces, trials: Trials | None) -> Followed:
    """The network at other sizes: at the second ones and, if it takes any, at sizes that are divided by less."""
    if traces.other is None or traces.other_inputs is None:
        return Followed([], [])
    others = [finished(lowered(traces.other))]
    refused: list[Refusal] = []
    if trials is None or not is_one_network(record, others):
        return Followed(others, refused)
    for inputs in between(traces.inputs, traces.other_inputs):
        trace = trials.trace(inputs)
        if isinstance(trace, str):
            refused.append(Refusal(inputs, trace))
            continue
        found = [*others, finished(lowered(trace))]
        if is_one_network(record, found):
            return Followed(found, refused)
        refused.append(Refusal(inputs, "it is another network there"))
    return Followed(others, refused)
