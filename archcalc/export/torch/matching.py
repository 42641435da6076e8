"""What is known while the parts of a class are matched: its tensors, their channels, and what formulas of steps say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from archcalc.export.torch.code import Code, Known, NotPython
from archcalc.export.torch.namespace import Mismatch, Namespace, channels_of
from archcalc.export.torch.parts import ClassPart, Part, Ref, Template
from archcalc.export.torch.scopes import Leaf, Scope, wire_of
from archcalc.export.torch.simplify import chosen
from archcalc.export.torch.tensors import Wire
from archcalc.expressions.nodes import Node
from archcalc.spec.model import Argument


class Matching(ABC):
    """The parts of one class, its tensors, and what is known of their channels."""

    def __init__(
        self,
        names: Namespace,
        template_of: Callable[[Scope], tuple[Template, int]],
        flat: frozenset[int] | set[int],
        own: Template,
    ) -> None:
        self.names = names
        self.own = own
        """The class whose parts these are."""
        self.recursive: list[tuple[ClassPart, Namespace]] = []
        """Instances of the class itself, whose arguments are found when everything else is."""
        self.flat = flat
        """Loops that are written out."""
        self.template_of = template_of
        self.channels: dict[Ref, Callable[[], Code | None]] = {}
        self.serial = 0
        self.parts_by_serial: dict[int, Part] = {}
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

    def part(self, names: Namespace, part: Part, node: Node, frame: Any) -> Code:
        """A part of an expression of a step as a code."""
        return names.reader(part.place, frame, self.asked(names, part)).formula(node).written

    def _known(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Known:
        return names.reader(part.place, frame, self.asked(names, part)).argument(argument)

    def asked(self, names: Namespace, part: Part) -> Callable[[tuple[str, ...]], Known]:
        """Answers `in_channels` and `channels(...)` of formulas of a part's step."""

        def channels(path: tuple[str, ...]) -> Known:
            item = part.first
            if path == ("here",) and isinstance(item, Leaf) and item.layer.is_merge and part.here is not None:
                # A merge reads more than what is in front of it.
                value = item.node.here
                return Known(channels_of(wire_of(value)), self.channels_or_passing(part.here))
            if path == ("here",) and part.sources:
                return Known(channels_of(item.wires[0]), self.channels_or_passing(part.sources[0]))
            if path == ("input",) and names.scope(part.place).inputs:
                return Known(channels_of(names.scope(part.place).inputs[0]), self.channels_code(("input", 0)))
            raise NotPython

        return channels


def _position(ref: Ref) -> tuple[int, int]:
    return (ref[0], 0) if isinstance(ref[0], int) else (-1, 0)
