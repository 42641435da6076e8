"""Normalizations: what is read, and the statistics by which it was divided."""

from __future__ import annotations

from math import prod
from typing import Any

from archcalc.dims import Dim
from archcalc.memory.operations.arithmetic import product, total
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Storage, Tensor, contiguous, numel


def _statistics(tape: Tape, *amounts: Dim) -> None:
    """Means, deviations and what belongs to them, which are kept in 32 bits."""
    tape.keep(*amounts, dtype="float32")


@rule("nn.BatchNorm1d", "nn.BatchNorm2d", "nn.BatchNorm3d", "supplied.PartialBatchNorm")
def batch_norm(tape: Tape, call: Call) -> Tensor:
    """A mean and a deviation for every channel, however large the batch is."""
    read, channels = call.read, call.read.sizes[1]
    with tape.operation(read) as writes:
        writes.append(tape.fresh(read.sizes, learns=read.learns or call.trains, like=read))
        tape.save(read)
        _statistics(tape, channels, channels)
    return writes[0]


@rule("supplied.FrozenBatchNorm")
def frozen_batch_norm(tape: Tape, call: Call) -> Tensor:
    """A factor for every channel, which is computed each time, and a shift."""
    read, channels = call.read, call.read.sizes[1]
    return tape.computed(read.sizes, read, amounts=(channels,), like=read)


@rule("nn.LayerNorm")
def layer_norm(tape: Tape, call: Call) -> Tensor:
    """A mean and a deviation for every position."""
    normalized = call.argument(0, "normalized_shape")
    width = prod(normalized) if isinstance(normalized, (tuple, list)) else normalized
    return _of_rows(tape, call, call.read, width)


@rule("supplied.ChannelLayerNorm")
def channel_layer_norm(tape: Tape, call: Call) -> Tensor:
    """The same with the channels behind the other axes, which come back to the front."""
    turned = tape.looked_at(call.read, call.read.moved(1, -1))
    normed = _of_rows(tape, call, turned, call.read.sizes[1])
    return tape.looked_at(normed, normed.moved(-1, 1))


def _of_rows(tape: Tape, call: Call, read: Tensor, width: Dim) -> Tensor:
    rows: Any = 1
    kept = list(read.sizes)
    remaining: Any = width
    while kept and remaining != 1:
        size = kept.pop()
        remaining = remaining // size if isinstance(remaining, int) and isinstance(size, int) else 1
    rows = numel(kept)
    with tape.operation(read) as writes:
        writes.append(tape.fresh(read.sizes, learns=read.learns or call.trains))
        tape.save(read)
        _statistics(tape, rows, rows)
    return writes[0]


@rule("nn.GroupNorm")
def group_norm(tape: Tape, call: Call) -> Tensor:
    """A mean and a deviation for every group of every item."""
    read = call.read
    groups = read.sizes[0] * call.argument(0, "num_groups")
    with tape.operation(read) as writes:
        writes.append(tape.fresh(read.sizes, learns=read.learns or call.trains, like=read))
        tape.save(read)
        _statistics(tape, groups, groups)
    return writes[0]


@rule("nn.InstanceNorm1d", "nn.InstanceNorm2d", "nn.InstanceNorm3d")
def instance_norm(tape: Tape, call: Call) -> Tensor:
    """A batch norm of the maps of all items side by side, for which the weights are repeated."""
    read = call.read
    maps = read.sizes[0] * read.sizes[1]
    repeated = [maps] if "weight" in call.weights else []
    running = [maps, maps] if call.kwargs.get("track_running_stats") else []
    with tape.operation(read) as writes:
        writes.append(tape.fresh(read.sizes, learns=read.learns or call.trains))
        tape.save(read)
        _statistics(tape, maps, maps, *repeated, *running)
    return writes[0]


@rule("nn.RMSNorm")
def rms_norm(tape: Tape, call: Call) -> Tensor:
    """A deviation for every position, and with a weight what it multiplies."""
    read = call.read
    rows = numel(read.sizes[:-1])
    normed = tape.computed(read.sizes, read, keeps=(read,), amounts=(rows,), like=read)
    return product(tape, normed, owned(call, "weight", len(read.sizes))) if call.weights else normed


@rule("nn.LocalResponseNorm")
def local_response_norm(tape: Tape, call: Call) -> Tensor:
    """Squares with zeros before and after the channels, what is raised to a power, and the power."""
    read = call.read
    batch, channels, *places = read.sizes
    framed = numel((batch, channels + call.argument(0, "size") - 1, *places))
    return tape.computed(read.sizes, read, keeps=(read,), amounts=(framed, read.elements, read.elements))


@rule("nn.functional.normalize")
def normalize(tape: Tape, call: Call) -> Tensor:
    """Norms, norms that are not too small, and these repeated."""
    read = call.read
    axis = call.kwargs["dim"]
    norms = numel([1 if place == axis else size for place, size in enumerate(read.sizes)])
    return tape.computed(read.sizes, read, keeps=(read,), amounts=(norms, norms), like=read)


@rule("supplied.LayerScale", "supplied.Affine")
def scaled(tape: Tape, call: Call) -> Tensor:
    """A factor for every channel: what it multiplies is kept for its gradient."""
    factor = owned(call, "weight", len(call.read.sizes))
    result = product(tape, call.read, factor)
    return result if "bias" not in call.weights else total(tape, result, owned(call, "bias", len(call.read.sizes)))


def owned(call: Call, name: str, rank: int) -> Tensor:
    """A tensor of the layer, with one number for every channel of a map."""
    elements = call.weights[name].elements
    sizes = (*([1] * rank),)
    return Tensor(Storage(elements, "map", "tensor"), sizes, contiguous(sizes), call.trains)
