"""One recorded function as the table of functions reads it: arguments by position or name, maps, tensors and axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.record import Layer, Plain, Tensor, Value
from archcalc.importing.torch.trace import BATCH, Function, Traced

_MISSING = object()


def without_batch(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape without the axis of the batch; what the batch was folded into keeps its own part.

    >>> without_batch((1009, 3, 8, 8)), without_batch((4 * 1009, 49, 96))
    ((3, 8, 8), (4, 49, 96))
    """
    return tuple(size // BATCH if _holds_batch(size) else size for size in shape if size != BATCH)


def is_folded(traced: Traced) -> bool:
    """Whether the first axis holds more than the batch, such as windows or tokens: they are an axis of the map."""
    first = traced.shape[0] if traced.shape else 0
    return first != BATCH and _holds_batch(first)


def _holds_batch(size: int) -> bool:
    return size > 0 and size % BATCH == 0


def axes_of(shape: Sequence[int]) -> list[int | None]:
    """For every axis of a tensor the axis of its map; None for that of the batch.

    >>> axes_of((1009, 3, 8, 8))
    [None, 0, 1, 2]
    """
    found: list[int | None] = []
    for size in shape:
        found.append(None if size == BATCH else sum(one is not None for one in found))
    return found


def alike(sizes: Any) -> Plain:
    """One number for all axes where they agree, else a list.

    >>> alike((3, 3)), alike((1, 7)), alike(2)
    (3, [1, 7], 2)
    """
    if not isinstance(sizes, (list, tuple)):
        return cast(Plain, sizes)
    return sizes[0] if len(set(sizes)) == 1 else cast(Plain, list(sizes))


def own_name(name: str) -> str:
    """A function's own name, without the module or the class that it is from.

    >>> own_name("torch.Tensor.add_"), own_name("torch.Tensor.mT.__get__")
    ('add_', 'mT')
    """
    return name.removesuffix(".__get__").rsplit(".", 1)[-1].rsplit(":", 1)[-1]


class Maker(Protocol):
    """What makes layers of functions, and knows the maps of tensors."""

    builder: Builder

    def map(self, traced: Traced, *, leading: bool = False) -> Value:
        """The map of a tensor. Raises: NotSaid if it is a constant for every item of the batch."""

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        shape: Sequence[int],
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        source: str = "",
    ) -> Value:
        """The map of a new layer, labelled by where its tensors are."""

    def below(self, name: str) -> str | None:
        """What is left of a tensor's name below the scope; None if it is not in it."""

    def note(self, sentence: str) -> None:
        """Tell once what was assumed."""


class Call:
    """A recorded function, in the scope in which it ran."""

    def __init__(self, function: Function, lowering: Maker) -> None:
        self.function = function
        self.lowering = lowering
        self.name = function.name

    def get(self, position: int, name: str, default: Any = _MISSING) -> Any:
        """An argument as it was recorded; without a default it is a mistake that it is missing."""
        if name in self.function.keywords:
            return self.function.keywords[name]
        if 0 <= position < len(self.function.arguments):
            return self.function.arguments[position]
        if default is _MISSING:
            raise NotSaid(f"{self.name} without {name}")
        return default

    def numbers(self, position: int, name: str) -> list[int]:
        """Numbers that may be given as a list or one by one, such as the axes of `permute`."""
        if name in self.function.keywords:
            given = self.function.keywords[name]
        else:
            rest = self.function.arguments[position:]
            given = rest[0] if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else rest
        given = list(given) if isinstance(given, (list, tuple)) else [given]
        if not all(isinstance(one, int) for one in given):
            raise NotSaid(f"{self.name} with sizes that are computed")
        return given

    def traced(self, position: int, name: str) -> Traced:
        """An argument that must be a tensor."""
        found = self.get(position, name, None)
        if not isinstance(found, Traced):
            raise NotSaid(f"{self.name} of what is no tensor")
        return found

    def map(self, position: int, name: str = "input", *, leading: bool = False) -> Value:
        """An argument as a map; `leading` lets a learned one keep its leading 1, which stands for the batch."""
        return self.lowering.map(self.traced(position, name), leading=leading)

    def tensor(self, position: int, name: str) -> Tensor | None:
        """An argument that is a tensor of the network, None where it is not given."""
        found = self.get(position, name, None)
        if found is None:
            return None
        if not isinstance(found, Traced) or found.tensor is None:
            raise NotSaid(f"{self.short} whose {name} is computed")
        return found.tensor

    def tensors(self, **places: int) -> dict[str, Tensor]:
        """Those of the named arguments that are given, by name."""
        found = {name: self.tensor(place, name) for name, place in places.items()}
        return {name: tensor for name, tensor in found.items() if tensor is not None}

    @property
    def short(self) -> str:
        """The function's own name, without the module it is from."""
        return own_name(self.name)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its first result, without the batch."""
        return without_batch(self.function.outputs[0].shape)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all its results."""
        return [without_batch(output.shape) for output in self.function.outputs]

    def axis(self, traced: Traced, number: int) -> int:
        """The axis of the map for an axis of the tensor. Raises: NotSaid for that of the batch."""
        found = axes_of(traced.shape)[number]
        if found is None:
            raise NotSaid(f"{self.short} along the axis of the batch")
        return found

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        shape: Sequence[int] | None = None,
    ) -> Value:
        """A layer that makes the result of this call, or a step on the way to it that has the given shape."""
        return self.lowering.layer(kind, inputs, self.shape if shape is None else shape, fields, tensors, self.name)

    def made(self, value: Value) -> Layer:
        """The layer that makes a map."""
        assert value.maker is not None
        return value.maker


def elements(shape: Sequence[int]) -> int:
    """Numbers in a map."""
    return math.prod(shape)
