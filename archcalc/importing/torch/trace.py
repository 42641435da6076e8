"""The trace of a PyTorch module: every function that got a tensor, in the calls of modules around it.

Nothing of PyTorch is needed to read one. Axes of 1009 and its multiples hold the batch (`BATCH`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.record import Plain, Tensor
from archcalc.importing.torch.inputs import Input

BATCH = 1009
"""The batch at which a module is traced: a prime that no count of channels is a multiple of, so that every axis that
holds the batch is found in any shape."""
MOST_WRITTEN = 64
"""Constants of at most so many numbers are written with them."""
MOST_VALUES = 100_000
"""Of a constant with more numbers that differ none is told."""


@dataclass(eq=False)
class Traced:
    """A tensor that was met: what made it, at which output, its whole shape; or the tensor of the module that it is.

    `batched` says whether it descends from an input, `learned` whether it descends from a parameter and from no input.
    Everything else is a constant.
    """

    shape: tuple[int, ...]
    maker: Function | None = None
    port: int = 0
    tensor: Tensor | None = None
    batched: bool = False
    learned: bool = False
    dtype: str = "float32"
    values: Any = None
    """The numbers of a constant or a buffer where a function that is no constant itself reads it: one number if all are
    the same, else nested lists. Known unless they are random, or more than `MOST_VALUES`."""
    least: int | None = None
    """The smallest of the numbers of a constant of integers, however many they are."""
    by_distance: list[Any] | None = None
    """The numbers of a constant matrix [*1, n, m] that depend on how far row and column are apart alone, however many
    they are: from that of the last row and the first column to that of the first row and the last column."""
    regions: list[Any] | None = None
    """What a constant of too many numbers to be written is made of: the shape of a smaller one, its numbers row by row,
    and for every axis the entries of that one in their order, or None for all of them."""


@dataclass(frozen=True)
class Foreign:
    """An argument that is neither a number, a text, a tensor nor a list of them: what Python calls it."""

    text: str


@dataclass(eq=False)
class Function:
    """One call of a function: its name (`torch.nn.functional.conv2d`), its arguments with tensors as `Traced`.

    Lists, tuples, dictionaries, slices and `...` are what they were; a dtype is its name (`float32`), everything else
    that is no plain value is `Foreign`. `multiplications` are its products by PyTorch's counter, for one item of the
    batch.

    A function whose output is an argument that it changed (`relu_`, `__setitem__`) is one that makes a new tensor.
    Where a tensor is read after a view of it was written, a function `CHANGED` stands between: it reads the tensor as
    it was, and the view as it was written.

    A module that is kept whole (`Dropout`, `MultiheadAttention`, recurrent ones) is a function whose name is
    `module:` and the import path of its class; `settings` then holds its plain attributes and `tensors` its tensors.
    """

    name: str
    arguments: list[Any]
    keywords: dict[str, Any]
    outputs: list[Traced] = field(default_factory=list)
    settings: dict[str, Plain] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    multiplications: int = 0


CHANGED = "changed through a view"
"""The name of the function that stands where a tensor is read after a view of it was written.

It reads the tensor, the slices of its axes that were written, and what they are now. One slice for several axes is of
the tensor as a single row; None stands for places that no slices give.
"""


@dataclass(eq=False)
class ModuleCall:
    """One call of a module: its name below the call around it, its full path, its class, and what ran in it."""

    name: str
    path: str
    class_name: str
    arguments: dict[str, Plain] = field(default_factory=dict)
    items: list[ModuleCall | Function] = field(default_factory=list)
    inputs: list[Traced] = field(default_factory=list)
    outputs: list[Traced] = field(default_factory=list)

    def functions(self) -> Iterator[Function]:
        """All functions in it, those of inner calls too, in order."""
        for item in self.items:
            if isinstance(item, ModuleCall):
                yield from item.functions()
            else:
                yield item


@dataclass(eq=False)
class Trace:
    """What a module did once: the call of the root, the inputs by name, the outputs, and all tensors that it owns.

    `output_names` are the paths of the outputs in what the module returned (`logits`, `hidden_states.2`, `0`), or
    nothing for a module that returned a tensor. `unread` are the names of the tensors that nothing read.
    """

    name: str
    root: ModuleCall
    inputs: dict[str, Traced]
    outputs: list[Traced]
    tensors: list[Tensor]
    multiplications: int | None = None
    notes: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Traces:
    """A trace, and the same module at other sizes, if it takes them.

    `refusal` are its own words if it takes no larger ones that were tried. `only_in_training` are the tensors that
    nothing but training reads. The inputs have the names of the arguments of `forward`.
    """

    trace: Trace
    inputs: list[Input]
    other: Trace | None = None
    other_inputs: list[Input] | None = None
    refusal: str | None = None
    only_in_training: list[str] = field(default_factory=list)
