"""What went wrong in a user's program, in one sentence with its place."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.live.places import line_of
from archcalc.importing.torch.live.recorder import Recorder

FORWARD = "forward"
_LONGEST = 300
_NO_MEMORY = ("can't allocate memory", "not enough memory")
_LESS = "make tensors by functions of PyTorch, which need no memory here, or import a smaller network of the same class"


def said(error: BaseException, text: str | None = None) -> str:
    """An exception in one line: `ValueError: the width must be even`."""
    found = (_text(error) if text is None else text).strip()
    first = " ".join(found.partition("\n")[0].split())
    first = first if len(first) <= _LONGEST else first[: _LONGEST - 3] + "..."
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # A class of the user's, which may do anything.
        return ""


def of_anything(error: BaseException, kind: str = "failed", before: str = "it fails with") -> ImportFailure:
    """An exception of the user's program as a failure of that kind, or as one of memory; a failure is what it was."""
    if isinstance(error, ImportFailure):
        return error
    if isinstance(error, MemoryError) or any(one in _text(error) for one in _NO_MEMORY):
        return ImportFailure("memory", f"{before} {said(error)}", place=line_of(error), help=_LESS)
    help = "it must run without an error, as in a program of yours"
    return ImportFailure(kind, f"{before} {said(error)}", place=line_of(error), help=help)


def of_forward(error: BaseException, recorder: Recorder, inputs: Sequence[Input], again: str | None) -> ImportFailure:
    """Why a module could not run; `again` is what is said with a batch of 1, None if it runs with that."""
    given = " and ".join(map(str, inputs))
    call = recorder.failed_in
    where = "the network" if call is None or not call.path else recorder.where(call)
    place = line_of(error)
    if "Meta" in _text(error) and isinstance(error, NotImplementedError):
        return ImportFailure(
            "operator",
            f"{where} uses an operator that needs numbers, and there are only shapes: {said(error)}",
            place=place,
            help="replace the operator by functions of PyTorch that know shapes",
        )
    if isinstance(error, MemoryError) or any(one in _text(error) for one in _NO_MEMORY):
        return of_anything(error, before=f"{where} fails with")
    if again is None:
        return ImportFailure(
            "batch",
            f"{where} works with a batch of 1, and with a larger one it says {said(error)}",
            place=place,
            help="keep the batch: write `x.shape[0]`, `x.flatten(1)` or -1 where a 1 stands for it",
        )
    if recorder.failed_function is not None:
        return ImportFailure(
            "shape",
            f"{where} cannot do its work with an input of {given}: {said(error, again)}",
            place=place,
            help="give what the network takes, without the batch: --input 3x224x224, or --input tokens=128:int",
        )
    return ImportFailure(
        FORWARD,
        f"{where} raises {said(error, again)}",
        place=place,
        help=f"with an input of {given}, the network must run without an error",
    )
