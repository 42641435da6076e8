"""What is known while the parts of a class are matched: its tensors, their channels, and what formulas of steps say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from archcalc.dims import Dim
from archcalc.export.torch.asked import map_of
from archcalc.export.torch.code import Code, Known, NotPython, Size, SizeOf
from archcalc.export.torch.namespace import Mismatch, Namespace, channels_of
from archcalc.export.torch.parts import Part, Ref, Template
from archcalc.export.torch.scopes import Leaf, Scope, wire_of
from archcalc.export.torch.simplify import chosen
from archcalc.export.torch.tensors import Wire
from archcalc.expressions.nodes import Constant, Node
from archcalc.layers.axes import named_axis
from archcalc.layers.base import Batch
from archcalc.layers.shape import Shape
from archcalc.spec.model import Argument


class Matching(ABC):
    """The parts of one class, its tensors, and what is known of their channels."""

    def __init__(
        self, names: Namespace, template_of: Callable[[Scope], tuple[Template, int]], flat: frozenset[int] | set[int]
    ) -> None:
        self.names = names
        self.flat = flat
        """Loops that are written out."""
        self.template_of = template_of
        self.channels: dict[Ref, Callable[[], Code | None]] = {}
        self.serial = 0
        self.parts_by_serial: dict[int, Part] = {}
        self.measured: dict[Ref, Shape] = {}
        """Tensors whose sizes functions ask for, with their shapes at one place."""
        self._known_batches: dict[Dim, Size] = {}
        """Sizes of batches that functions have asked for, by the maps that there are for every item."""
        self._known_channels: dict[Any, Size] = {}
        """Channels that functions have asked for, by the names and the values that they have at every place."""
        self._alike: dict[int, tuple[Scope, list[Wire]]] = {}
        """Scopes that are applied again, with what they hand out."""

    @abstractmethod
    def parts(
        self,
        names: Namespace,
        lists: Sequence[list[Any] | None],
        refs: list[dict[Wire, Ref]],
        depth: int,
        *,
        chain: bool,
        numbered: bool,
        contained: bool = True,
    ) -> list[Part]:
        """The common parts of lists of items: one list for every place, None where the scope itself is absent.

        They stand in an `nn.Sequential` whatever they are, if they are `contained`.
        """

    def outputs(self, item: Any) -> list[Wire]:
        """What an item hands out: a scope that is applied again, what that other one does."""
        found = self._alike.get(id(item))
        return item.outputs if found is None else found[1]

    def settle_outputs(self) -> None:
        """Let the scopes that are applied again hand out what the class reads of them, once it is found."""
        for scope, outputs in self._alike.values():
            scope.outputs = outputs

    def source(self, column: Sequence[Any], refs: list[dict[Wire, Ref]], index: int) -> Ref:
        """The tensor that an input is at all places: the latest one, for which others pass where it is absent."""
        return self.joined(
            [None if item is None else refs[place].get(item.wires[index], ("?",)) for place, item in enumerate(column)]
        )

    def joined(self, found: Sequence[Ref | None]) -> Ref:
        """One tensor for the tensors of all places. Raises: Mismatch."""
        return self._joined({place: ref for place, ref in enumerate(found) if ref is not None})

    def _joined(self, found: dict[int, Ref]) -> Ref:
        latest = max(found.values(), key=_position)
        others = {place: ref for place, ref in found.items() if ref != latest}
        if not others:
            return latest
        part = self.parts_by_serial.get(latest[0])
        if part is None or any(part.items[place] is not None for place in others):
            raise Mismatch("another tensor is read")
        if part.passes is None:
            # What the step reads passes; it may be absent itself.
            known = [one for one in (part.here, *part.sources) if one is not None and self._passes(one, others)]
            part.passes = known[0] if known else self._joined(others)
        if not self._passes(part.passes, others):
            raise Mismatch("another tensor is read")
        self._settle(part.passes, others)
        return latest

    def _passes(self, ref: Ref, found: dict[int, Ref]) -> bool:
        """Whether a tensor is, at these places, the one that was found there."""
        return all(self._way(ref, place)[-1] == wanted for place, wanted in found.items())

    def _settle(self, ref: Ref, found: dict[int, Ref]) -> None:
        """Let what was taken to pass where parts are absent be what passes."""
        for place in found:
            for one, after in pairwise(self._way(ref, place)):
                self.parts_by_serial[one[0]].passes = after

    def _way(self, ref: Ref, place: int) -> list[Ref]:
        """The tensors that pass at a place where parts may be absent, up to one that is there."""
        found = [ref]
        while (part := self.parts_by_serial.get(ref[0])) is not None and part.items[place] is None:
            passes = part.passes or part.here
            if passes is None:
                break
            ref = passes
            found.append(ref)
        return found

    def channels_code(self, ref: Ref) -> Code | None:
        """The channels of a tensor, as a code, if one is known."""
        found = self.channels.get(ref)
        return None if found is None else found()

    def channels_or_passing(self, ref: Ref) -> Code | None:
        """The channels of a tensor, or of what passes where the part that makes it is absent."""
        code, part = self.channels_code(ref), self.parts_by_serial.get(ref[0])
        passes = None if part is None else part.passes or part.here
        if code is None or part is None or part.when is None or passes is None:
            return code
        other = self.channels_or_passing(passes)
        return None if other is None else chosen(code, part.when, other)

    def read(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Code | None:
        """A formula of a step as a code; None where it is a constant."""
        return self._known(names, part, argument, frame).code

    def value(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Code:
        """A formula of a step as a code, also where that is a constant."""
        return self._known(names, part, argument, frame).written

    def sizes(self, names: Namespace, part: Part, argument: Argument) -> Code:
        """A field of a function that `forward` calls as a code, which may ask for sizes of what the function reads."""
        return names.reader(part.place, part.first.node.frame, self._measured(names, part)).sizes(argument).written

    def batch(self, shape: Shape, sizes: Sequence[Size]) -> Code:
        """As many as there are maps of a shape: a size that is known, or the first one of a tensor with other sizes."""
        first = next((size.tensor for size in sizes if self.measured[size.tensor].items == shape.items), None)
        known = self._known_batches.get(shape.items)
        if known is None and first is not None:
            known, part = Size(first, 0), self.parts_by_serial.get(first[0])
            if part is None or part.when is None:
                self._known_batches[shape.items] = known
        return known or Constant(Batch.ITEMS)

    def part(self, names: Namespace, part: Part, node: Node, frame: Any) -> Code:
        """A part of an expression of a step as a code."""
        return names.reader(part.place, frame, self.asked(names, part)).formula(node).written

    def _known(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Known:
        return names.reader(part.place, frame, self.asked(names, part)).argument(argument)

    def asked(self, names: Namespace, part: Part) -> SizeOf:
        """Answers `in_channels` and `channels(...)` of formulas of a part's step."""

        def channels(path: tuple[str, ...], name: str = "channels", axis: int | None = None) -> Known:
            item = part.first
            if name != "channels":
                raise NotPython
            entering = path in (("here",), ("in_channels",))
            if entering and isinstance(item, Leaf) and item.layer.is_merge and part.here is not None:
                # A merge reads more than what is in front of it.
                value = item.node.here
                return Known(channels_of(wire_of(value)), self.channels_or_passing(part.here))
            if entering and part.sources:
                return Known(channels_of(item.wires[0]), self.channels_or_passing(part.sources[0]))
            if path == ("input",) and names.scope(part.place).inputs:
                return Known(channels_of(names.scope(part.place).inputs[0]), self.channels_code(("input", 0)))
            raise NotPython

        return channels

    def _measured(self, names: Namespace, part: Part) -> SizeOf:
        """Answers what formulas of a function ask of maps by the sizes of tensors."""

        def size(path: tuple[str, ...], name: str = "channels", axis: int | None = None) -> Known:
            leaf: Leaf = part.first
            value = leaf.node.inputs[0] if path == ("in_channels",) else map_of(leaf.node, path)
            wire = None if value is None else wire_of(value)
            if wire is None or wire not in leaf.wires or (place := named_axis(wire.shape, name, axis)) is None:
                raise NotPython
            index = leaf.wires.index(wire)
            shapes = [None if item is None else item.wires[index].shape for item in part.items]
            values = [None if shape is None else shape.sizes[place] for shape in shapes]
            found = Size(part.sources[index], place + 1)
            if name == "channels":
                # Maps of one block have as many channels in many places: the size that is known already says it.
                known = self._known_channels.get((id(names), *values))
                if known is None and not leaf.asks:
                    raise NotPython
                found = self._known_channels[(id(names), *values)] = known or found
            names.locals[found.key] = values
            self.measured.setdefault(found.tensor, wire.shape)
            return Known(wire.shape.sizes[place], found)

        return size


def _position(ref: Ref) -> tuple[int, int]:
    return (ref[0], 0) if isinstance(ref[0], int) else (-1, 0)
