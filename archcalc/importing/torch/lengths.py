"""Root mean square norms as code writes them out: x * rsqrt(mean(x ** 2) + eps), times a learned factor."""

from __future__ import annotations

from itertools import permutations
from typing import Any, NamedTuple

from archcalc.importing.record import Tensor
from archcalc.importing.torch.calls import own_name
from archcalc.importing.torch.origins import made_by, origin, with_number
from archcalc.importing.torch.trace import Function, Traced


class MeanSquareNorm(NamedTuple):
    """A map whose last axis is divided by its root mean square, with the factors that are learned of it.

    `inside` are the functions that compute it, but for the last one, by their ids.
    """

    read: Traced
    weight: Tensor
    eps: float
    inside: frozenset[int]


def mean_square_norm(function: Function) -> MeanSquareNorm | None:
    """The norm that ends with a function; None for every other one."""
    if own_name(function.name).strip("_") != "mul" or len(function.arguments) != 2 or function.keywords:
        return None
    for weight, normed in permutations(function.arguments):
        if not isinstance(weight, Traced) or weight.tensor is None or not weight.tensor.trainable:
            continue
        found = _normed(normed) if isinstance(normed, Traced) else None
        if found is not None and weight.tensor.shape == found[0].shape[-1:]:
            read, eps, inside = found
            return MeanSquareNorm(read, weight.tensor, eps, frozenset(id(one) for one in inside))
    return None


def _normed(normed: Traced) -> tuple[Traced, float, list[Function]] | None:
    """What is divided by its root mean square, what is added to the mean, and the functions that do it."""
    product = made_by(normed, "mul")
    operands = [] if product is None else [one for one in product.arguments if isinstance(one, Traced)]
    for read, factor in permutations(operands, 2):
        root = made_by(factor, "rsqrt")
        shifted = None if root is None else with_number(root.arguments[0], "add")
        mean = None if shifted is None else made_by(shifted[0], "mean")
        if product is None or root is None or shifted is None or mean is None or not _is_of_last(mean):
            continue
        squared = with_number(mean.arguments[0], "pow")
        if squared is not None and squared[1] == 2 and origin(squared[0]) is origin(read):
            steps = (made_by(root.arguments[0], "add"), made_by(mean.arguments[0], "pow"))
            return read, shifted[1], [product, root, mean, *(one for one in steps if one is not None)]
    return None


def _is_of_last(mean: Function) -> bool:
    """Whether a mean goes along the last axis, which stays as 1."""
    given: list[Any] = [*mean.arguments[1:], None, None]
    axis, keep = mean.keywords.get("dim", given[0]), mean.keywords.get("keepdim", given[1])
    axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    return keep is True and isinstance(axis, int) and axis in (-1, len(mean.arguments[0].shape) - 1)
