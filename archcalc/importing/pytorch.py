"""Import from PyTorch: a module of this process, or one that a source makes in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.importing.imported import Imported, imported
from archcalc.importing.passes import finished
from archcalc.importing.record import Record
from archcalc.importing.torch.following import followed
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.lowering import lowered
from archcalc.importing.torch.trace import Trace, Traces
from archcalc.importing.torch.trials import Trials

if TYPE_CHECKING:
    from torch import nn

    from archcalc.importing.torch.parent import Session


@dataclass(frozen=True)
class Read:
    """A module that was read: its spec, what it did, and which of its outputs the spec has, in order."""

    found: Imported
    traces: Traces
    outputs: tuple[int, ...]


def of_module(
    module: nn.Module, inputs: Sequence[Input] = (), *, train: bool = False, flat: bool = False, fixed: bool = False
) -> Read:
    """The spec of a module of this process, which is left as it is; no weights are read. Raises: ImportFailure."""
    from archcalc.importing.torch.live.tracing import traces, trials

    made = type(module)
    found = traces(module, inputs, train=train, sizes=not fixed)
    more = None if train else trials(module)
    return of_traces(found, f"{made.__module__}:{made.__qualname__}", more, flat=flat)


def of_session(
    session: Session, inputs: Sequence[Input] = (), *, train: bool = False, flat: bool = False, fixed: bool = False
) -> Read:
    """The spec of the module that a source makes, in a process of its own. Raises: ImportFailure."""
    found = session.traced(inputs, train=train, sizes=not fixed)
    return of_traces(found, str(session.source), None if train else session.trials(), flat=flat)


def of_traces(traces: Traces, source: str, trials: Trials | None = None, *, flat: bool = False) -> Read:
    """The spec of what a module did, with comments on where it is from and what running it has fixed.

    `trials` runs the module at more sizes.
    """
    record = finished(lowered(traces.trace))
    others, _ = followed(record, traces, trials)
    if traces.refusal is not None and not others:
        record.notes.append(f"the sizes of the input stay numbers: at other sizes, {traces.refusal}")
    found = imported(record, others, remarks=[f"Imported from {source}."], flat=flat)
    return Read(found, traces, _returned(traces.trace, record))


def _returned(trace: Trace, record: Record) -> tuple[int, ...]:
    """The places of the outputs of a record among the tensors that the module returned: each map once."""
    places = [place for place, output in enumerate(trace.outputs) if output.batched]
    first: dict[int, int] = {}
    for place, value in zip(places, record.outputs, strict=True):
        first.setdefault(id(value), place)
    return tuple(first.values())
