"""Means, sums and maxima along axes."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.functions.arithmetic import arithmetic, extreme

_KINDS = {"mean": "mean", "sum": "sum", "amax": "max", "max": "max", "amin": "max", "min": "max"}
_LEAST = ("amin", "min")
"""The least number is the largest of all that are turned round."""


def reduce(call: Call) -> Value | list[Value]:
    """`mean(input, dim, keepdim)`, of one axis or several; `max` of an axis gives the places, too."""
    given = call.get(1, "dim", call.get(-1, "other", None))
    traced = call.traced(0, "input")
    mapped = axes_of(traced.shape)
    if (
        given is None
        and call.short in ("max", "min")
        and len(call.function.arguments) == 1
        and not call.function.keywords
    ):
        raise NotSaid(f"{call.short} over everything, the batch too")
    if given is None or given == []:
        raise NotSaid(f"{call.short} over everything, the batch too")
    if not isinstance(given, (int, list, tuple)):
        return extreme(call)
    numbers = [given] if isinstance(given, int) else list(given)
    axes = [mapped[number] for number in numbers]
    if None in axes:
        raise NotSaid(f"{call.short} over the batch")
    ordered = sorted(axis for axis in axes if axis is not None)
    if len(call.map(0).shape) == len(ordered) and not call.get(2, "keepdim", False):
        raise NotSaid(f"{call.short} to a single number")
    fields: dict[str, Plain] = {"axes": ordered, "keep": call.get(2, "keepdim", False)}
    if call.short in _LEAST:
        turned = arithmetic(call, "-x", call.map(0), shape=call.map(0).shape)
        value = arithmetic(call, "-x", call.layer("max", [turned], fields))
    else:
        value = call.layer(_KINDS[call.short], [call.map(0)], fields)
    return value if len(call.function.outputs) == 1 else [value, *_places(call)]


def _places(call: Call) -> list[Value]:
    """Where the maximum stands: nothing that archcalc has, so it is opaque where somebody reads it."""
    return call.lowering.builder.opaque(
        [call.map(0)], call.shapes[1:], "the places of the largest number", source=call.name
    )


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = dict.fromkeys(_KINDS, reduce)
