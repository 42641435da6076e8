"""Numbers around a map, also as many as its size asks for when the network runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.dims import Dim, ceil_div, floor_div, maximum, minimum
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Tensor

Pairs = Sequence[tuple[Dim, Dim]]
"""How many numbers before and after every axis."""


@rule("nn.functional.pad")
def pad(tape: Tape, call: Call) -> Tensor:
    """Numbers around a map, or fewer of them; the amounts are told from the last axis on."""
    flat = call.argument(0, "pad")
    pairs = [tuple(flat[start : start + 2]) for start in range(0, len(flat), 2)][::-1]
    front = [(0, 0)] * (len(call.read.sizes) - len(pairs))
    return padded(tape, call.read, [*front, *pairs], call.kwargs.get("mode", "constant"))


@rule("supplied.pad_same")
def pad_same(tape: Tape, call: Call) -> Tensor:
    """As many as make a window fit at every step."""
    return framed(tape, call.read, same_pairs(call.read, call), call.kwargs.get("mode", "constant"))


@rule("supplied.pad_ceil")
def pad_ceil(tape: Tape, call: Call) -> Tensor:
    """As many as one more window needs, where something is left for it."""
    after = per_axis(call.kwargs.get("after", 0), call.read)
    return framed(tape, call.read, ceil_pairs(call.read, call, after))


def padded(tape: Tape, read: Tensor, pairs: Pairs, mode: str = "constant") -> Tensor:
    """A map with numbers around every axis; mirrored ones need the map for their gradient."""
    sizes: Any = tuple(size + before + after for size, (before, after) in zip(read.sizes, pairs, strict=True))
    return tape.computed(sizes, read, keeps=(read,) if mode in ("reflect", "replicate") else ())


def framed(tape: Tape, read: Tensor, pairs: Pairs, mode: str = "constant") -> Tensor:
    """The same around the axes behind the channels."""
    return padded(tape, read, [(0, 0), (0, 0), *pairs], mode)


def per_axis(value: Any, read: Tensor) -> tuple[Any, ...]:
    """One value for every axis of a map behind its channels."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * (len(read.sizes) - 2)


def windows_of(read: Tensor, call: Call) -> list[tuple[Any, Any, int]]:
    """By axis: its size, that of a window with its gaps, and the step. Raises: NotKnown for a step of open size."""
    kernels, strides, dilations = (
        per_axis(value, read)
        for value in (call.kwargs["kernel_size"], call.kwargs["stride"], call.kwargs.get("dilation", 1))
    )
    if not all(isinstance(stride, int) for stride in strides):
        raise NotKnown
    axes = zip(read.sizes[2:], kernels, strides, dilations, strict=True)
    return [(size, dilation * (kernel - 1) + 1, stride) for size, kernel, stride, dilation in axes]


def same_pairs(read: Tensor, call: Call) -> list[tuple[Dim, Dim]]:
    """The padding with which ceil(size / step) windows fit."""
    pairs = []
    for size, window, step in windows_of(read, call):
        total: Any = maximum(floor_div(size - 1, step) * step + window - size, 0)
        before: Any = floor_div(total, 2)
        pairs.append((before, total - before))
    return pairs


def ceil_pairs(read: Tensor, call: Call, after: Sequence[Any]) -> list[tuple[Dim, Dim]]:
    """The padding for a last window, which must start in front of the padding `after` unless it need not be inside."""
    pairs: list[tuple[Dim, Dim]] = []
    for (size, window, step), behind in zip(windows_of(read, call), after, strict=True):
        room = size - window
        count: Any = ceil_div(room, step) + 1
        if call.kwargs.get("inside", True):
            count = maximum(floor_div(room, step) + 1, minimum(count, ceil_div(size - behind, step)))
        needed: Any = maximum((count - 1) * step - room, 0)
        pairs.append((0, needed))
    return pairs
