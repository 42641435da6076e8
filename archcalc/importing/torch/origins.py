"""Where a tensor of a trace is from: the function that made it, seen through those that give the same numbers."""

from __future__ import annotations

from archcalc.importing.torch.calls import own_name
from archcalc.importing.torch.trace import Function, Traced

SAME = ("alias", "clone", "contiguous", "detach", "float", "int", "long", "to", "type_as")
"""Functions that give the same numbers at the same places, be it as another type."""
VIEWS = ("reshape", "reshape_as", "view", "view_as")


def origin(traced: Traced, through: tuple[str, ...] = SAME) -> Traced:
    """The tensor that a tensor is the same numbers as, behind functions of these names."""
    while (maker := traced.maker) is not None and own_name(maker.name) in through:
        if not maker.arguments or not isinstance(maker.arguments[0], Traced):
            break
        traced = maker.arguments[0]
    return traced


def made_by(traced: Traced, *names: str, through: tuple[str, ...] = SAME) -> Function | None:
    """The function of one of these names that made a tensor; None if another one did."""
    maker = origin(traced, through).maker
    return maker if maker is not None and own_name(maker.name).strip("_") in names else None


def with_number(traced: Traced, name: str) -> tuple[Traced, float] | None:
    """The tensor and the number of which a function of two operands made a tensor; None if it is made otherwise.

    >>> ids, total = Traced((4,)), Traced((4,))
    >>> total.maker = Function("torch.Tensor.add", [ids, 2], {})
    >>> with_number(total, "add") == (ids, 2)
    True
    """
    function = made_by(traced, name)
    given = [] if function is None else function.arguments
    tensors = [one for one in given if isinstance(one, Traced)]
    numbers = [one for one in given if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if function is None or function.keywords or len(given) != 2 or len(tensors) != len(numbers):
        return None
    return tensors[0], numbers[0]
