"""Import from PyTorch: a module of this process, or one that a source makes in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.importing.imported import Imported, imported
from archcalc.importing.passes import finished
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.lowering import lowered
from archcalc.importing.torch.trace import Traces

if TYPE_CHECKING:
    from torch import nn

    from archcalc.importing.torch.source import Source


def of_module(
    module: nn.Module, inputs: Sequence[Input] = (), *, train: bool = False, flat: bool = False, fixed: bool = False
) -> Imported:
    """The spec of a module of this process, which is left as it is; no weights are read. Raises: ImportFailure."""
    from archcalc.importing.torch.live.tracing import traces

    made = type(module)
    found = traces(module, inputs, train=train, sizes=not fixed)
    return of_traces(found, f"{made.__module__}:{made.__qualname__}", flat=flat)


def of_source(
    source: Source,
    inputs: Sequence[Input] = (),
    *,
    train: bool = False,
    flat: bool = False,
    fixed: bool = False,
    seconds: float | None = None,
) -> Imported:
    """The spec of the module that a source makes, in a process of its own. Raises: ImportFailure."""
    from archcalc.importing.torch.parent import SECONDS, traced

    found = traced(source, inputs, train=train, sizes=not fixed, seconds=seconds or SECONDS)
    return of_traces(found, str(source), flat=flat)


def of_traces(traces: Traces, source: str, *, flat: bool = False) -> Imported:
    """The spec of what a module did, with comments on where it is from and what running it has fixed."""
    record = finished(lowered(traces.trace))
    other = None if traces.other is None else finished(lowered(traces.other))
    if traces.refusal is not None and other is None:
        record.notes.append(f"the sizes of the input stay numbers: at other sizes, {traces.refusal}")
    return imported(record, other, remarks=[f"Imported from {source}."], flat=flat)
