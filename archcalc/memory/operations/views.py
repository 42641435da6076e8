"""Other looks at the same numbers, and numbers that are copied to other places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from archcalc.dims import Dim, divide
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Sizes, Tensor, numel


@rule("supplied.contiguous")
def contiguous(tape: Tape, call: Call) -> Tensor:
    """The numbers in the order of the axes."""
    return tape.made_contiguous(call.read)


@rule("nn.Identity", "supplied.required")
def identity(tape: Tape, call: Call) -> Tensor:
    """What is read, itself."""
    return call.read


@rule("Tensor.permute")
def permute(tape: Tape, call: Call) -> Tensor:
    """The axes in another order."""
    return tape.looked_at(call.read, call.read.permuted(call.args))


@rule("Tensor.movedim")
def movedim(tape: Tape, call: Call) -> Tensor:
    """One axis at another place."""
    return tape.looked_at(call.read, call.read.moved(*call.args))


@rule("Tensor.transpose")
def transpose(tape: Tape, call: Call) -> Tensor:
    """Two axes exchanged."""
    return tape.looked_at(call.read, call.read.transposed(*call.args))


@rule("Tensor.unsqueeze")
def unsqueeze(tape: Tape, call: Call) -> Tensor:
    """One more axis, of size 1."""
    (axis,) = call.args
    read = call.read
    at = axis % (len(read.sizes) + 1)
    sizes, strides = list(read.sizes), list(read.strides)
    step: Any = sizes[at] * strides[at] if at < len(sizes) else 1
    sizes.insert(at, 1)
    strides.insert(at, step)
    return tape.looked_at(read, read.seen(sizes, strides))


@rule("flatten", "Tensor.flatten", "nn.Flatten")
def flatten(tape: Tape, call: Call) -> Tensor:
    """Some axes made one, the last ones unless others are named."""
    sizes = call.read.sizes
    first = call.argument(0, "start_dim", 1)
    last = call.argument(1, "end_dim", -1) % len(sizes)
    joined: Dim = prod(sizes[first : last + 1], start=1)
    return tape.reshaped(call.read, (*sizes[:first], joined, *sizes[last + 1 :]))


@rule("Tensor.reshape", "Tensor.view", "nn.Unflatten", "unflatten", "Tensor.unflatten")
def reshape(tape: Tape, call: Call) -> Tensor:
    """Other sizes for the same numbers."""
    return tape.reshaped(call.read, _told(call) if call.written is None else call.sizes)


def _told(call: Call) -> Sizes:
    """The sizes that a call is told; -1 stands for what is left."""
    others = numel(size for size in call.args if size != -1)
    left: Any = divide(call.read.elements, others)
    return tuple([left if size == -1 else size for size in call.args])


@rule("select")
def select(tape: Tape, call: Call) -> Tensor:
    """One entry of an axis, which disappears."""
    axis = call.args[0] % len(call.read.sizes)
    sizes, strides = list(call.read.sizes), list(call.read.strides)
    del sizes[axis], strides[axis]
    return tape.looked_at(call.read, call.read.seen(sizes, strides))


@rule("ops.aten.slice")
def stretch(tape: Tape, call: Call) -> Tensor:
    """A stretch of an axis, every so many entries."""
    axis = call.kwargs["dim"]
    return tape.looked_at(call.read, call.read.resized(axis, call.sizes[axis], call.kwargs.get("step", 1)))


@rule("chunk", "split")
def split(tape: Tape, call: Call) -> Sequence[Tensor]:
    """An axis cut into parts, each of them a view."""
    if call.written is None:
        raise NotKnown
    axis = call.kwargs["dim"]
    return [tape.looked_at(call.read, call.read.resized(axis, sizes[axis])) for sizes in call.written]


@rule(
    "supplied.crop_to", "supplied.crop_like", "supplied.crop_window_like", "supplied.center_crop",
    "supplied.center_crop_to", "supplied.center_crop_like",
)  # fmt: skip
def crop(tape: Tape, call: Call) -> Tensor:
    """A window of a map: a view."""
    view = call.read
    for axis, size in enumerate(call.sizes):
        view = view.resized(axis, size)
    return tape.looked_at(call.read, view)


@rule("Tensor.expand")
def expand(tape: Tape, call: Call) -> Tensor:
    """Sizes of 1 repeated without writing a number."""
    sizes = zip(call.args, call.read.sizes, strict=True)
    return tape.looked_at(call.read, call.read.expanded([own if size == -1 else size for size, own in sizes]))


@rule("cat", "stack")
def join(tape: Tape, call: Call) -> Tensor:
    """Maps copied one behind the other; the gradient of each is a part of that of the whole."""
    return tape.computed(call.sizes, *call.reads, back="part")


@rule(
    "nn.Upsample",
    "supplied.resize_like",
    "supplied.resize_like_positions",
    "supplied.resize_by",
    "nn.functional.interpolate",
)
def interpolated(tape: Tape, call: Call) -> Tensor:
    """Means of neighbours; those of whole areas are pools, which keep what they read."""
    is_pooled = call.kwargs.get("mode") == "area"
    return tape.computed(call.sizes, call.read, keeps=(call.read,) if is_pooled else ())


@rule("roll", "nn.ChannelShuffle", "nn.PixelShuffle", "nn.PixelUnshuffle", "mean")
def copied(tape: Tape, call: Call) -> Tensor:
    """Numbers at other places, or sums of them: where they came from is known without them."""
    return tape.computed(call.sizes, call.read)


@rule("sum")
def added_up(tape: Tape, call: Call) -> Tensor:
    """Sums along axes."""
    return tape.computed(call.sizes, call.read)


@rule("amax")
def largest(tape: Tape, call: Call) -> Tensor:
    """The largest of some: compared with what is read."""
    return tape.computed(call.sizes, call.read, keeps=(call.read,), keeps_result=True)
