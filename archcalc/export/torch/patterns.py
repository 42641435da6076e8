"""Finds what the places of a class have in common. Raises Mismatch where they do not follow one pattern."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from archcalc.export.torch.candidates import ABSENT, holds
from archcalc.export.torch.code import Code, Known, NotPython, Row
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.layer_parts import fill_layer
from archcalc.export.torch.loop_parts import fill_loop, gathered, turns_nowhere, worth_rolling
from archcalc.export.torch.namespace import Mismatch, Namespace, channels_of
from archcalc.export.torch.parts import (
    AgainPart,
    ClassPart,
    GroupPart,
    LayerPart,
    LoopPart,
    Part,
    Ref,
    Run,
    is_group,
    keeps_state,
)
from archcalc.export.torch.scope_parts import fill_again, fill_group, fill_instance
from archcalc.export.torch.scopes import Leaf, Scope, Wire, wire_of
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError
from archcalc.graph import Map
from archcalc.spec.model import Argument, Formula

if TYPE_CHECKING:
    from archcalc.export.torch.classes import Class


class Patterns:
    """The parts of one class, its tensors, and what is known of their channels."""

    def __init__(
        self, names: Namespace, template_of: Callable[[Scope], tuple[Class, int]], flat: frozenset[int] | set[int]
    ) -> None:
        self.names = names
        self.flat = flat
        """Loops that are written out."""
        self.template_of = template_of
        self.channels: dict[Ref, Callable[[], Code | None]] = {}
        self.serial = 0
        self.parts_by_serial: dict[int, Part] = {}

    def parts(
        self,
        names: Namespace,
        lists: Sequence[list[Any] | None],
        refs: list[dict[Wire, Ref]],
        depth: int,
        *,
        chain: bool,
        numbered: bool,
    ) -> list[Part]:
        """The common parts of lists of items: one list for every place, None where the scope itself is absent."""
        if chain:
            rolled = worth_rolling([items for items in lists if items is not None], depth, numbered) - self.flat
            lists = [None if items is None else gathered(items, depth, rolled) for items in lists]
        keyed = [None if items is None else _keyed(items, depth) for items in lists]
        parts: list[Part] = []
        for key in _order([items for items in keyed if items is not None]):
            column = [None if items is None else items.get(key) for items in keyed]
            expected = [place for place, items in enumerate(keyed) if items is not None]
            part = self._part(names, key, column, refs, depth, chain, numbered, expected)
            self.parts_by_serial[part.serial] = part
            parts.append(part)
        return parts

    def _part(
        self,
        names: Namespace,
        key: Any,
        column: list[Any],
        refs: list[dict[Wire, Ref]],
        depth: int,
        chain: bool,
        numbered: bool,
        expected: Sequence[int],
    ) -> Part:
        self.serial += 1
        first = next(item for item in column if item is not None)
        present = [(place, item) for place, item in enumerate(column) if item is not None]
        if any(type(item) is not type(first) for _, item in present):
            raise Mismatch("another kind of item")
        part: Part
        if isinstance(first, Run):
            part = LoopPart(key, self.serial, column)
        elif isinstance(first, Leaf):
            part = LayerPart(key, self.serial, column)
        elif any(item.owner is not None for _, item in present):
            if not all(item.owner is not None and item.again is not None for _, item in present):
                raise Mismatch("applied again at one place only")
            for _, item in present:
                item.outputs = item.alike()
            part = AgainPart(key, self.serial, column)
        elif len({is_group(item) for _, item in present}) > 1:
            raise Mismatch("a chain at one place only")
        elif is_group(first):
            part = GroupPart(key, self.serial, column)
        else:
            templates = {id(template): template for _, item in present for template in (self.template_of(item)[0],)}
            if len(templates) > 1:
                raise Mismatch("instances of several classes")
            part = ClassPart(key, self.serial, column, next(iter(templates.values())))
        if any(len(item.wires) != len(first.wires) for _, item in present):
            raise Mismatch("another number of inputs")
        place, _ = present[0]
        part.here = _in_front(first, refs[place])
        part.sources = [self.source(column, refs, index) for index in range(len(first.wires))]
        if not isinstance(part, LoopPart):
            # In a chain every number is a place; elsewhere it counts only where a state dict shows it.
            self._name(part, names, present, numbered if chain else not any(keeps_state(item) for _, item in present))
            if isinstance(part.label, Row) and not chain:
                raise Mismatch("an attribute has one name at all places")
        if len(present) < len(expected):
            missing = [place for place in expected if column[place] is None]
            if isinstance(part, LoopPart) and turns_nowhere(self, part, names, missing):
                part.empty = missing
            else:
                part.when = self._condition(part, names, present, expected)
        if isinstance(part, LayerPart):
            fill_layer(self, part, names, refs)
        elif isinstance(part, ClassPart):
            fill_instance(self, part, names)
        elif isinstance(part, GroupPart):
            fill_group(self, part, names)
        elif isinstance(part, LoopPart):
            fill_loop(self, part, names, depth, numbered)
        elif isinstance(part, AgainPart):
            fill_again(self, part, names)
        for place, item in present:
            for index, wire in enumerate(item.outputs):
                refs[place][wire] = (part.serial, index)
            if isinstance(item, Leaf) and item.gives_indices:
                refs[place][Wire(item.node, 0, "indices")] = (part.serial, "indices")
        return part

    def source(self, column: Sequence[Any], refs: list[dict[Wire, Ref]], index: int) -> Ref:
        """The tensor that an input is at all places: the latest one, for which others pass where it is absent."""
        return self.joined(
            [None if item is None else refs[place].get(item.wires[index], ("?",)) for place, item in enumerate(column)]
        )

    def joined(self, found: Sequence[Ref | None]) -> Ref:
        """One tensor for the tensors of all places. Raises: Mismatch."""
        latest = max((ref for ref in found if ref is not None), key=_position)
        for place, ref in enumerate(found):
            current: Ref | None = latest
            while ref is not None and current != ref:
                part = self.parts_by_serial.get(current[0]) if current is not None else None
                if part is None or part.items[place] is not None:
                    raise Mismatch("another tensor is read")
                if part.passes is None:
                    # What the step reads passes; it may be absent itself.
                    known = [part.here, *part.sources]
                    part.passes = next((one for one in known if one and self._passed(one, place) == ref), ref)
                current = part.passes
        return latest

    def _passed(self, ref: Ref, place: int) -> Ref:
        """What a tensor is at a place where parts may be absent."""
        while (part := self.parts_by_serial.get(ref[0])) is not None and part.items[place] is None:
            passes = part.passes or part.here
            if passes is None:
                break
            ref = passes
        return ref

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
        return None if other is None else code if code == other else tree.Conditional(code, part.when, other)

    def read(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Code | None:
        """A formula of a step as a code; None where it is a constant."""
        return self._known(names, part, argument, frame).code

    def value(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Code:
        """A formula of a step as a code, also where that is a constant."""
        return self._known(names, part, argument, frame).written

    def _known(self, names: Namespace, part: Part, argument: Argument, frame: Any) -> Known:
        place = next(place for place, item in enumerate(part.items) if item is not None)
        return names.reader(place, frame, self.asked(names, part)).argument(argument)

    def asked(self, names: Namespace, part: Part) -> Callable[[tuple[str, ...]], Known]:
        """Answers `in_channels` and `channels(...)` of formulas of a part's step."""

        def channels(path: tuple[str, ...]) -> Known:
            item = part.first
            place = part.items.index(item)
            if path == ("here",) and isinstance(item, Leaf) and item.layer.is_merge and part.here is not None:
                # A merge reads more than what is in front of it.
                value = item.node.here
                return Known(channels_of(wire_of(value)), self.channels_code(part.here))
            if path == ("here",) and part.sources:
                return Known(channels_of(item.wires[0]), self.channels_code(part.sources[0]))
            if path == ("input",) and names.scope(place).inputs:
                return Known(channels_of(names.scope(place).inputs[0]), self.channels_code(("input", 0)))
            raise NotPython

        return channels

    def _condition(self, part: Part, names: Namespace, present: list[tuple[int, Any]], expected: Sequence[int]) -> Code:
        """When a part is there: what its step and the groups around it say."""
        item = present[0][1]
        formulas: list[tuple[Formula, Any]] = []
        if isinstance(item, Run):
            step, frame = item.group, item.turns[0].frame.parent
        elif isinstance(item, Leaf):
            step, frame = item.node.step, item.node.frame
        else:
            step, frame = item.module.step, item.module.frame
        if step.when is not None:
            formulas.append((step.when, frame))
        formulas.extend(_guards(frame))
        if isinstance(item, Scope) and step.when is None:
            # A group is absent where everything in it is.
            inside = next(item.leaves())
            if inside.node.step.when is not None:
                formulas.append((inside.node.step.when, inside.node.frame))
            formulas.extend(_guards(inside.node.frame))
        there = [one is not None if place in expected else ABSENT for place, one in enumerate(part.items)]
        codes: list[Code] = []
        for formula, around in reversed(formulas):
            try:
                code = self.read(names, part, formula, around)
            except (NotPython, ExpressionError):
                continue
            if code is not None:
                codes.append(code)

        def together() -> Code | None:
            joined: Code | None = None
            for code in codes:
                joined = code if joined is None else tree.Logic("and", joined, code)
            return joined

        # A condition that no formula tells is no reason for an argument: these are different classes.
        for found in [*codes, together()]:
            if found is not None and holds(found, names, there):
                return found
        raise Mismatch("parts that are there at some places only")

    def _name(self, part: Part, names: Namespace, present: list[tuple[int, Any]], nameless: bool) -> None:
        labels = [item.label for _, item in present]
        if nameless and all(label.isdigit() for label in labels):
            return
        if len(set(labels)) == 1:
            part.label = labels[0]
            return
        item = present[0][1]
        step = item.node.step if isinstance(item, Leaf) else item.module.step
        frame = item.node.frame if isinstance(item, Leaf) else item.module.frame
        if step.name is None or not isinstance(step.name.tree, tree.Path):
            raise Mismatch("names that no formula gives")
        reader = names.reader(present[0][0], frame, self.asked(names, part))
        pieces: list[Code] = []
        try:
            for piece in step.name.tree.parts[0]:
                if isinstance(piece, str):
                    pieces.append(tree.Constant(piece))
                else:
                    known = reader.formula(piece)
                    pieces.append(tree.Constant(str(known.value)) if known.code is None else known.code)
        except (NotPython, ExpressionError):
            raise Mismatch("names that no formula gives") from None
        for place, one in present:
            try:
                spelt = "".join(str(evaluated(piece, names, place)) for piece in pieces)
            except NotPython:
                raise Mismatch("names that no formula gives") from None
            if spelt != one.label:
                raise Mismatch("names that no formula gives")
        part.label = Row(tuple(pieces))


def _in_front(item: Any, refs: dict[Wire, Ref]) -> Ref | None:
    """What is in front of the step of an item."""
    if isinstance(item, Run):
        return refs.get(item.wires[0])
    value = item.node.here if isinstance(item, Leaf) else item.module.here
    return refs.get(wire_of(value)) if isinstance(value, Map) and value.node is not None else None


def _guards(frame: Any) -> Iterator[tuple[Formula, Any]]:
    """Conditions of the groups around a step within its scope, each with the frame that it sees."""
    while frame is not None and frame.module is None:
        if frame.turn is None and frame.group is not None and frame.group.when is not None:
            yield frame.group.when, frame.parent
        frame = frame.parent


def _keyed(items: list[Any], depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for item in items:
        if isinstance(item, Run):
            key: Any = ("loop", id(item.group))
        else:
            key = (item.key[0], *(turn.number for turn in item.turns[depth:]))
        times = 0
        while (key, times) in found:
            times += 1
        found[(key, times)] = item
    return found


def _order(keyed: Sequence[dict[Any, Any]]) -> list[Any]:
    """All keys in an order that every list follows. Raises: Mismatch."""
    order = list(sorted(keyed, key=len)[-1])
    positions = {key: index for index, key in enumerate(order)}
    for keys in keyed:
        before = -1
        for key in keys:
            if key not in positions:
                order.insert(before + 1, key)
                positions = {known: index for index, known in enumerate(order)}
            position = positions[key]
            if position <= before:
                raise Mismatch("another order")
            before = position
    return order


def _position(ref: Ref) -> tuple[int, int]:
    return (ref[0], 0) if isinstance(ref[0], int) else (-1, 0)
