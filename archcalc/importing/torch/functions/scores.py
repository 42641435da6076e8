"""Scores of attention, from which a constant hides the tokens behind each one before a softmax."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Value
from archcalc.importing.torch.calls import Call
from archcalc.importing.torch.constants import number
from archcalc.importing.torch.functions.masks import hides_later
from archcalc.importing.torch.trace import Traced

_HIDING = -1e9
"""A score that is replaced by such a number or a smaller one has no weight beside any other."""


def masked_fill(call: Call) -> Value:
    """`masked_fill(input, mask, value)`."""
    return _hidden(call, call.traced(0, "input"), call.traced(1, "mask"), call.get(2, "value"), truth_hides=True)


def where(call: Call) -> Value:
    """`where(condition, input, other)`."""
    return _hidden(call, call.traced(1, "input"), call.traced(0, "condition"), call.get(2, "other"), truth_hides=False)


def _hidden(call: Call, scores: Traced, mask: Traced, given: object, *, truth_hides: bool) -> Value:
    """The scores with what is hidden, in a layer that an attention must take up: alone it has no kind."""
    value = number(given) if isinstance(given, Traced) else given
    if mask.batched or mask.learned or not scores.batched or not isinstance(value, int | float) or value > _HIDING:
        raise NotSaid(f"{call.short} has no layer")
    hides = hides_later(mask, truth_hides=truth_hides)
    if hides is None:
        raise NotSaid(f"{call.short} has no layer")
    read = call.lowering.map(scores)
    if not hides:
        return read
    (made,) = call.lowering.builder.opaque([read], [read.shape], f"{call.short} has no layer", source=call.name)
    call.made(made).hides_later = True
    return made


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {"masked_fill": masked_fill, "where": where}
