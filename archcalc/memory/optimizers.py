"""Optimizers: what each keeps for every tensor that is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.dims import Dim, ceil_div
from archcalc.dtypes import size_of

Sizes = Sequence[Dim]
State = tuple[Dim, str]
"""So many numbers of a type; `tensor` is the type that the tensor itself has."""


class Optimizer(NamedTuple):
    """An optimizer: what it keeps besides tensors and gradients, and where that is written.

    >>> OPTIMIZERS["momentum"].meaning
    'gradient descent with momentum: a moving mean of gradients'
    """

    name: str
    meaning: str
    states: Callable[[Sizes], Sequence[State]]
    """For the sizes of one tensor."""
    source: str

    def bytes_for(self, sizes: Sizes, dtype: str) -> Dim:
        """What it keeps for one tensor whose numbers are of a type.

        >>> OPTIMIZERS["adam"].bytes_for([64, 3, 7, 7], "float32") == 2 * 4 * 9408 + 4
        True
        """
        parts = [size_of(numbers, dtype if kind == "tensor" else kind) for numbers, kind in self.states(sizes)]
        total: Dim = sum(parts, start=0)
        return total


_STEP = (1, "float32")
"""PyTorch counts the steps of every tensor in a number of its own."""

_SMALL = 4096
"""Numbers of a tensor below which bitsandbytes keeps states in 32 bits."""
_BLOCK = 256


def _copies(count: int, *others: State) -> Callable[[Sizes], Sequence[State]]:
    return lambda sizes: [(_numbers(sizes), "tensor")] * count + list(others)


def _numbers(sizes: Sizes) -> Dim:
    found: Dim = prod(sizes, start=1)
    return found


def _eight_bits(sizes: Sizes) -> Sequence[State]:
    """Two states of a byte for each number, and the largest of every block; small tensors keep 32 bits."""
    numbers = _numbers(sizes)
    if isinstance(numbers, int) and numbers < _SMALL:
        return [(numbers, "float32")] * 2
    blocks: Dim = ceil_div(numbers, _BLOCK)
    return [(numbers, "int8"), (blocks, "float32")] * 2


def _factored(sizes: Sizes) -> Sequence[State]:
    """Rows and columns of the last two axes in the place of a number for each."""
    if len(sizes) < 2:
        return [(_numbers(sizes), "tensor"), _STEP]
    front = _numbers(sizes[:-2])
    return [(front * sizes[-2], "tensor"), (front * sizes[-1], "tensor"), _STEP]


_TORCH = "torch.optim of PyTorch 2.13"

_ALL = (
    Optimizer("sgd", "plain gradient descent, which keeps nothing", _copies(0), _TORCH),
    Optimizer("momentum", "gradient descent with momentum: a moving mean of gradients", _copies(1), _TORCH),
    Optimizer(
        "adam", "means of gradients and of their squares, and a counter for each tensor", _copies(2, _STEP), _TORCH
    ),
    Optimizer("adamw", "as adam", _copies(2, _STEP), _TORCH),
    Optimizer("amsgrad", "as adam, and the largest mean of squares", _copies(3, _STEP), _TORCH),
    Optimizer("nadam", "as adam, and a product for each tensor", _copies(2, _STEP, _STEP), _TORCH),
    Optimizer("radam", "as adam", _copies(2, _STEP), _TORCH),
    Optimizer("adamax", "a mean of gradients and their largest, and a counter", _copies(2, _STEP), _TORCH),
    Optimizer("adagrad", "sums of squares, and a counter", _copies(1, _STEP), _TORCH),
    Optimizer("adadelta", "means of squares of gradients and of steps, and a counter", _copies(2, _STEP), _TORCH),
    Optimizer("rmsprop", "a mean of squares, and a counter", _copies(1, _STEP), _TORCH),
    Optimizer("adafactor", "means of squares by rows and by columns, and a counter", _factored, _TORCH),
    Optimizer(
        "lion",
        "a moving mean of gradients",
        _copies(1),
        "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms",
    ),
    Optimizer(
        "adamw-8bit",
        "as adamw in bytes, with the largest of every 256 numbers; tensors below 4096 numbers in 32 bits",
        _eight_bits,
        "Dettmers et al. 2022, 8-bit Optimizers via Block-wise Quantization; bitsandbytes 0.43 (blocks of 256)",
    ),
)

OPTIMIZERS: dict[str, Optimizer] = {one.name: one for one in _ALL}
"""By name."""

ALIASES = {
    "adamw8bit": "adamw-8bit",
    "adam-8bit": "adamw-8bit",
    "adam8bit": "adamw-8bit",
    "sgdm": "momentum",
    "nesterov": "momentum",
}


class NoOptimizer(ValueError):
    """A name that is no optimizer."""


def optimizer(name: str) -> Optimizer:
    """The optimizer of a name. Raises: NoOptimizer.

    >>> optimizer("AdamW").name
    'adamw'
    """
    plain = name.strip().lower().replace("_", "-")
    found = OPTIMIZERS.get(ALIASES.get(plain, plain))
    if found is None:
        near = closest(plain, [*OPTIMIZERS, *ALIASES])
        meant = f"did you mean `{near}`?" if near else f"the optimizers are {', '.join(OPTIMIZERS)}"
        raise NoOptimizer(f"there is no optimizer `{name}`: {meant}")
    return found
