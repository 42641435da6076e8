"""Import from PyTorch: a module of this process, or one that a source makes in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcalc.importing.imported import Imported, imported
from archcalc.importing.record import Record
from archcalc.importing.torch.following import Followed
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.refusing import Asked, Refusing, Unsaid, is_legal_beyond
from archcalc.importing.torch.trace import Trace, Traces
from archcalc.importing.torch.trials import ANOTHER, Trials

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
    followed = Followed(traces, trials)
    records = followed.records()
    remarks = [f"Imported from {source}."]
    found = None
    if len(records) > 1:
        found = imported(records[0], records[1:], remarks=remarks, flat=flat)
        if traces.refusal is not None and len(found.sizes) > 1 and is_legal_beyond(found):
            # Only the layers of the spec would know that there are no more tokens than a table has rows.
            records, found = followed.records()[:1], None
    if found is None:
        if traces.refusal is not None:
            records[0].notes.append(f"the sizes of the input stay numbers: at other sizes, {traces.refusal}")
        found = imported(records[0], [], remarks=remarks, flat=flat)
    if trials is not None and len(found.sizes) > 1 and (checked := _checked(found, followed, trials)):
        records = checked
        found = imported(records[0], records[1:], remarks=remarks, flat=flat)
    return Read(found, traces, _returned(traces.trace, records[0]))


def _checked(found: Imported, followed: Followed, trials: Trials) -> list[Record]:
    """The records with a check, or a note, of what the module refuses; none if it refuses nothing that is legal."""
    traces = followed.traces
    refusing = Refusing(found, traces.inputs, traces.other_inputs or [], trials, followed.is_same_at)
    try:
        asked = refusing.asked(followed.refused)
        if asked is None:
            return []
        records = followed.records(asked)
        note = f"`require` {_told(asked)}"
    except Unsaid as reason:
        records = followed.records()
        note = f"the module refuses sizes that the legal ones of its layers allow: {reason}"
    records[0].notes.append(note)
    return records


def _told(asked: Asked) -> str:
    """What a check stands for."""
    if asked.reason == ANOTHER:
        return "leaves out sizes at which the module is another network, as it is at those that were tried"
    return f"says which sizes the module refuses, as those say that were tried: {asked.reason}"


def _returned(trace: Trace, record: Record) -> tuple[int, ...]:
    """The places of the outputs of a record among the tensors that the module returned: each map once."""
    places = [place for place, output in enumerate(trace.outputs) if output.batched]
    first: dict[int, int] = {}
    for place, value in zip(places, record.outputs, strict=True):
        first.setdefault(id(value), place)
    return tuple(first.values())
