"""Layers with windows: convolutions and pools."""

from __future__ import annotations

from typing import Any

from archcalc.memory.operations.padding import padded
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor, numel


@rule("nn.Conv1d", "nn.Conv2d", "nn.Conv3d")
def convolution(tape: Tape, call: Call) -> Tensor:
    """What is read, for the gradient of the weight; a padding other than zeros is made before."""
    return convolved(tape, call, padded_for(tape, call, call.read))


def convolved(tape: Tape, call: Call, read: Tensor, filters: Tensor | None = None) -> Tensor:
    """A map that is padded already, with the weight of the layer or with filters that are made of it."""
    weight = call.weights["weight"].elements if "weight" in call.weights else 0
    made = () if filters is None else (filters,)
    if filters is not None:
        weight = filters.elements
    # oneDNN brings what it reads and the weight into an order of its own, and what it writes back into that of PyTorch.
    ahead: Any = (read.elements + weight, numel(call.sizes))
    back: Any = (read.elements + numel(call.sizes), weight)
    return tape.computed(
        call.sizes, read, *made, keeps=(read, *made), like=read, learns=call.trains, scratch=ahead, scratch_back=back
    )


def padded_for(tape: Tape, call: Call, read: Tensor) -> Tensor:
    """The map as a convolution reads it: nn.Conv pads with other things than zeros by itself, and unevenly."""
    padding = call.kwargs.get("padding", 0)
    mode = call.kwargs.get("padding_mode", "zeros")
    rank = len(read.sizes) - 2
    kernels, dilations = (
        _spread(value, rank) for value in (call.argument(2, "kernel_size"), call.kwargs.get("dilation", 1))
    )
    if padding == "same":
        totals = [dilation * (kernel - 1) for kernel, dilation in zip(kernels, dilations, strict=True)]
        if mode == "zeros":
            # Only what is uneven is padded before; the rest is left to the convolution.
            pairs = [(0, total % 2) for total in totals]
        else:
            pairs = [(total // 2, total - total // 2) for total in totals]
    else:
        sides = _spread(padding, rank)
        pairs = [(0, 0)] * rank if mode == "zeros" else [(side, side) for side in sides]
    if not any(map(any, pairs)):
        return read
    return padded(tape, read, [(0, 0), (0, 0), *pairs], mode)


def _spread(value: Any, rank: int) -> tuple[Any, ...]:
    """One value for every axis."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


def _pooled(tape: Tape, call: Call) -> Tensor:
    """Maxima: autograd keeps what is read, and the place of each."""
    with tape.operation(call.read) as writes:
        result = tape.fresh(call.sizes, learns=call.read.learns, like=call.read)
        places = tape.fresh(call.sizes, learns=False, dtype="int64", role="kept")
        writes += [result, places]
        tape.save(call.read, places)
    tape.places[id(result.storage)] = places
    return result


@rule("supplied.ConnectedConv")
def connected(tape: Tape, call: Call) -> Tensor:
    """A convolution for every map that is written, of copies of the maps that it is connected with."""
    read, parts = call.read, []
    for row in call.args[0]:
        sizes = (read.sizes[0], len(row), *read.sizes[2:])
        with tape.operation(read) as writes:
            writes.append(tape.fresh(sizes, learns=read.learns))
            tape.keep(len(row), dtype="int64")
        out = (call.sizes[0], 1, *call.sizes[2:])
        parts.append(tape.computed(out, writes[0], keeps=(writes[0],), learns=call.trains))
    return tape.computed(call.sizes, *parts, back="part")


@rule("nn.ConvTranspose1d", "nn.ConvTranspose2d", "nn.ConvTranspose3d")
def transposed(tape: Tape, call: Call) -> Tensor:
    """What is read, for the gradient of the weight."""
    sizes = _painted(call) if call.written is None else call.sizes
    return tape.computed(sizes, call.read, keeps=(call.read,), like=call.read, learns=call.trains)


def _painted(call: Call) -> tuple[Any, ...]:
    """The sizes of a map that is cut afterwards: every window that is painted, less the padding."""
    items, _, *places = call.read.sizes
    told = [
        _spread(call.kwargs.get(name, default), len(places))
        for name, default in (("kernel_size", 1), ("stride", 1), ("dilation", 1), ("padding", 0), ("output_padding", 0))
    ]
    axes = zip(places, *told, strict=True)
    sizes = [
        (size - 1) * step + gap * (kernel - 1) + 1 - 2 * side + more for size, kernel, step, gap, side, more in axes
    ]
    return (items, call.args[1], *sizes)


@rule("nn.MaxPool1d", "nn.MaxPool2d", "nn.MaxPool3d")
def max_pool(tape: Tape, call: Call) -> Tensor:
    """What is read, and the place of every maximum."""
    return _pooled(tape, call)


@rule("nn.AvgPool1d", "nn.AvgPool2d", "nn.AvgPool3d")
def avg_pool(tape: Tape, call: Call) -> Tensor:
    """What is read, though its sizes would do."""
    return tape.computed(call.sizes, call.read, keeps=(call.read,), like=call.read)


@rule("nn.AdaptiveAvgPool1d", "nn.AdaptiveAvgPool2d", "nn.AdaptiveAvgPool3d")
def adaptive_avg_pool(tape: Tape, call: Call) -> Tensor:
    """What is read; a mean of everything keeps nothing."""
    whole = numel(call.sizes[2:]) == 1
    return tape.computed(call.sizes, call.read, keeps=() if whole else (call.read,))


@rule("nn.AdaptiveMaxPool1d", "nn.AdaptiveMaxPool2d", "nn.AdaptiveMaxPool3d")
def adaptive_max_pool(tape: Tape, call: Call) -> Tensor:
    """What is read, and the place of every maximum."""
    return _pooled(tape, call)


@rule("nn.Unfold", "nn.Fold")
def columns(tape: Tape, call: Call) -> Tensor:
    """Numbers that are copied, or added up, keep nothing."""
    return tape.computed(call.sizes, call.read)
