"""Traces of a module: as it is, at other sizes, and in train mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.live import failures
from archcalc.importing.torch.live.inputs import assumed, bound, named
from archcalc.importing.torch.live.placement import Placement
from archcalc.importing.torch.live.session import Session, in_mode
from archcalc.importing.torch.trace import Trace, Traces
from archcalc.importing.torch.trials import Trials


def traces(module: nn.Module, inputs: Sequence[Input] = (), *, train: bool = False, sizes: bool = True) -> Traces:
    """What a module does, in eval mode unless `train`; with `sizes`, also at other sizes of its inputs.

    No weights are read, and the module is left as it was. Without inputs, those that the module itself speaks of are
    assumed. Raises: ImportFailure.
    """
    module = unwrapped(module)
    notes = []
    if not inputs:
        inputs, reason = assumed(module)
        notes.append(reason)
    inputs = named(module, inputs)
    _materialize(module, inputs)
    session = Session(module)
    # What does nothing in eval mode is kept whole in train mode, too: what it draws is not of the network.
    plain = session.trace(inputs, train=False)
    found = Traces(session.trace(inputs, train=True) if train else plain, list(inputs))
    if sizes:
        session.enlarge(found, train=train)
    trained, refusal = (found.trace, None) if train else session.in_training(plain, found)
    if trained is not None:
        found.only_in_training = [name for name in plain.unread if name not in trained.unread]
    found.trace.notes[:0] = notes if train else [*notes, *_about_training(plain, found, refusal)]
    return found


def trials(module: nn.Module, *, train: bool = False) -> Trials:
    """The same module at sizes that are tried, once it was traced."""
    session = Session(unwrapped(module))
    return Trials(
        trace=lambda inputs: _told(*session.attempt(inputs, train=train)),
        refusals=lambda sizes: [session.refusal(inputs, train=train) for inputs in sizes],
    )


def _told(trace: Trace | None, refusal: ImportFailure | None) -> Trace | str:
    return trace if trace is not None else str(refusal.message if refusal is not None else "")


def unwrapped(module: nn.Module) -> nn.Module:
    """The network in what only runs it otherwise: compiled, or on several devices."""
    inner = getattr(module, "_orig_mod", None)  # What `torch.compile` gives; its class takes long to import.
    if isinstance(module, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
        inner = module.module
    return unwrapped(inner) if isinstance(inner, nn.Module) else module


def _materialize(module: nn.Module, inputs: Sequence[Input]) -> None:
    """Lazy modules find their shapes when they first run."""
    lazy = list(filter(is_lazy, module.parameters()))
    if lazy:
        given = bound(module, inputs, 1, lazy[0].device)
        try:
            with in_mode(module, False), Placement().running() if lazy[0].is_meta else torch.no_grad():
                module(*given.args, **given.keywords)
        except (Exception, SystemExit) as error:
            raise failures.of_anything(error, "forward", "the first run of its lazy layers fails with") from error


def _about_training(plain: Trace, found: Traces, refusal: ImportFailure | None) -> Iterator[str]:
    """What is different when the module is trained."""
    only = set(found.only_in_training)
    shapes = [tensor.shape for tensor in plain.tensors if tensor.name in only and not tensor.is_buffer]
    if shapes:
        parameters = sum(torch.Size(shape).numel() for shape in shapes)
        heads = sorted({name.partition(".")[0] for name in only})
        yield (
            f"training alone applies {parameters:,} parameters, of {', '.join(f'`{head}`' for head in heads)}; "
            "they are left out of the network as it is in use"
        )
    elif refusal is not None:
        yield f"whether training applies more parameters is not known: in train mode, {refusal.message}"
