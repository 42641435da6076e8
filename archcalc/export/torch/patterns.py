"""Finds what the places of a class have in common. Raises Mismatch where they do not follow one pattern.

A block `unit(out)` of `conv: {out: out, kernel: 3}` and `relu`, called as `unit: 64` and `unit: 128` on a map of three
channels, is a class with two places. Its items stand in columns, one for every step:

    place 0   nn.Conv2d(3, 64, kernel_size=3)     nn.ReLU()
    place 1   nn.Conv2d(64, 128, kernel_size=3)   nn.ReLU()

A column becomes one part. What differs in it must be what a formula of the spec gives at both places:
`nn.Conv2d(in_channels, out, kernel_size=3)`, where `in_channels` is 3 and 64, and `out` 64 and 128.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

from archcalc.export.torch.candidates import ABSENT, holds
from archcalc.export.torch.code import Code, NotPython, Reader, Row
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.layer_parts import fill_layer
from archcalc.export.torch.loop_parts import fill_loop, gathered, turns_nowhere, worth_rolling
from archcalc.export.torch.matching import Matching
from archcalc.export.torch.namespace import Mismatch, Namespace
from archcalc.export.torch.parts import (
    AgainPart,
    ClassPart,
    GroupPart,
    LayerPart,
    LoopPart,
    Part,
    Ref,
    Run,
    Template,
    is_group,
    keeps_state,
)
from archcalc.export.torch.scope_parts import fill_again, fill_group, fill_instance
from archcalc.export.torch.scopes import Leaf, Scope, wire_of, within
from archcalc.export.torch.tensors import Wire
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError
from archcalc.graph import Map
from archcalc.spec.model import Formula


class Around(NamedTuple):
    """What parts are matched in: the names of the class or the loop, the tensors at every place, how many loops are
    around, and whether the parts are a chain, whose numbers are positions if it is `numbered`."""

    names: Namespace
    refs: list[dict[Wire, Ref]]
    depth: int
    chain: bool
    numbered: bool


class Patterns(Matching):
    """Matches the items of all places, part by part."""

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
        if chain:
            rolled = (
                worth_rolling([items for items in lists if items is not None], depth, numbered, contained) - self.flat
            )
            lists = [None if items is None else gathered(items, depth, rolled) for items in lists]
        keyed = [None if items is None else _keyed(items, depth) for items in lists]
        expected = [place for place, items in enumerate(keyed) if items is not None]
        around = Around(names, refs, depth, chain, numbered)
        return [
            self._part(around, key, [None if items is None else items.get(key) for items in keyed], expected)
            for key in _order([items for items in keyed if items is not None])
        ]

    def _part(self, around: Around, key: Any, column: list[Any], expected: Sequence[int]) -> Part:
        """The part that a column of items is. Raises: Mismatch."""
        part = self._started(key, column)
        self._connect(part, around)
        self._name(part, around)
        self._settle_presence(part, around, expected)
        self._fill(part, around)
        self.parts_by_serial[part.serial] = part
        self._hand_out(part, around)
        return part

    def _started(self, key: Any, column: list[Any]) -> Part:
        self.serial += 1
        kind, *others = {id(kind): kind for item in column if item is not None for kind in (self._kind(item),)}.values()
        if others:
            raise Mismatch("another kind of item")
        if isinstance(kind, type):
            return kind(key, self.serial, column)
        return ClassPart(key, self.serial, column, kind)

    def _kind(self, item: Any) -> type[Part] | Template:
        """The kind of part that an item is, or the class of which it is an instance."""
        if isinstance(item, Run):
            return LoopPart
        if isinstance(item, Leaf):
            return LayerPart
        if item.owner is None:
            return GroupPart if is_group(item) else self.template_of(item)[0]
        if item.again is None:
            raise Mismatch("it stands in a scope that is applied again")
        return AgainPart

    def _connect(self, part: Part, around: Around) -> None:
        """Fill in what a part reads."""
        count = len(part.first.wires)
        if any(len(item.wires) != count for _, item in part.present):
            raise Mismatch("another number of inputs")
        for place, item in part.present:
            if isinstance(item, Leaf) and item.node.is_tensor:
                around.refs[place][Wire(item.node, 0, "tensor")] = (part.serial, "tensor")
        part.here = _in_front(part.first, around.refs[part.place])
        part.sources = [self.source(part.items, around.refs, index) for index in range(count)]

    def _settle_presence(self, part: Part, around: Around, expected: Sequence[int]) -> None:
        """Fill in where a part is absent, and the condition that says so."""
        missing = [place for place in expected if part.items[place] is None]
        if not missing:
            return
        if isinstance(part, LoopPart) and turns_nowhere(self, part, around.names, missing):
            part.empty = missing
        else:
            part.when = self._condition(part, around.names, expected)

    def _fill(self, part: Part, around: Around) -> None:
        """Fill in what is particular to the kind of part."""
        if isinstance(part, LayerPart):
            fill_layer(self, part, around.names, around.refs)
        elif isinstance(part, ClassPart):
            fill_instance(self, part, around.names)
        elif isinstance(part, GroupPart):
            fill_group(self, part, around.names)
        elif isinstance(part, LoopPart):
            fill_loop(self, part, around.names, around.depth, around.numbered)
        elif isinstance(part, AgainPart):
            for _, scope in part.present:
                self._alike[id(scope)] = scope, scope.alike()
            fill_again(self, part, around.names)

    def _hand_out(self, part: Part, around: Around) -> None:
        """Note what a part writes at every place."""
        for place, item in part.present:
            for index, wire in enumerate(self.outputs(item)):
                around.refs[place].setdefault(wire, (part.serial, index))
            if isinstance(item, Leaf) and item.gives_indices:
                around.refs[place][Wire(item.node, 0, "indices")] = (part.serial, "indices")

    def _condition(self, part: Part, names: Namespace, expected: Sequence[int]) -> Code:
        """When a part is there: what its step and the groups around it say."""
        there = [one is not None if place in expected else ABSENT for place, one in enumerate(part.items)]
        codes: list[Code] = []
        for formula, frame in reversed(_conditions(part.first)):
            try:
                code = self.read(names, part, formula, frame)
            except (NotPython, ExpressionError):
                continue
            if code is not None:
                codes.append(code)
        # A condition that no formula tells is no reason for an argument: these are different classes.
        together = [reduce(lambda left, right: tree.Logic("and", left, right), codes)] if codes else []
        for found in [*codes, *together]:
            if holds(found, names, there):
                return found
        raise Mismatch("parts that are there at some places only")

    def _name(self, part: Part, around: Around) -> None:
        """Fill in the name of a part, or the pieces of it where it differs from place to place."""
        if isinstance(part, LoopPart):
            return
        labels = [item.label for _, item in part.present]
        # In a chain every number is a place; elsewhere it counts only where a state dict shows it.
        is_nameless = around.numbered if around.chain else not any(keeps_state(item) for _, item in part.present)
        if is_nameless and all(label.isdigit() for label in labels):
            return
        if len(set(labels)) == 1:
            part.label = labels[0]
            return
        if not around.chain:
            raise Mismatch("an attribute has one name at all places")
        part.label = self._computed_name(part, around.names)

    def _computed_name(self, part: Part, names: Namespace) -> Row:
        """The pieces of a name with computed parts, as `layer$i` has them. Raises: Mismatch."""
        step, frame = _step(part.first)
        if step.name is None or not isinstance(step.name.tree, tree.Path):
            raise Mismatch("names that no formula gives")
        reader = names.reader(part.place, frame, self.asked(names, part))
        try:
            pieces = tuple(_piece(piece, reader) for piece in step.name.tree.parts[0])
            spelt = {
                place: "".join(str(evaluated(piece, names, place)) for piece in pieces) for place, _ in part.present
            }
        except (NotPython, ExpressionError):
            raise Mismatch("names that no formula gives") from None
        if any(spelt[place] != item.label for place, item in part.present):
            raise Mismatch("names that no formula gives")
        return Row(pieces)


def _piece(piece: str | tree.Node, reader: Reader) -> Code:
    """A piece of a name, as text or as the code that gives it."""
    if isinstance(piece, str):
        return tree.Constant(piece)
    known = reader.formula(piece)
    return tree.Constant(str(known.value)) if known.code is None else known.code


def _step(item: Any) -> tuple[Any, Any]:
    """The step of an item, and the frame that its formulas see."""
    if isinstance(item, Run):
        return item.group, item.turns[0].frame.parent
    return (item.node.step, item.node.frame) if isinstance(item, Leaf) else (item.module.step, item.module.frame)


def _conditions(item: Any) -> list[tuple[Formula, Any]]:
    """What says whether an item is there: its step and the groups around it, each with the frame that it sees."""
    step, frame = _step(item)
    found = [(step.when, frame)] if step.when is not None else []
    found.extend(_guards(frame))
    if isinstance(item, Scope) and step.when is None:
        # A group is absent where everything in it is.
        found.extend(_conditions(next(item.leaves())))
    return found


def _in_front(item: Any, refs: dict[Wire, Ref]) -> Ref | None:
    """What is in front of the step of an item."""
    if isinstance(item, Run):
        return refs.get(item.wires[0])
    value = item.node.here if isinstance(item, Leaf) else item.module.here
    return refs.get(wire_of(value)) if isinstance(value, Map) and value.node is not None else None


def _guards(frame: Any) -> Iterator[tuple[Formula, Any]]:
    """Conditions of the groups around a step within its scope, each with the frame that it sees."""
    for one in within(frame):
        if one.turn is None and one.group is not None and one.group.when is not None and _is_inside(one):
            yield one.group.when, one.parent if one.caller is None else one.caller


def _is_inside(frame: Any) -> bool:
    """Whether a frame lies within a scope, and is not the scope's own."""
    return frame.module is None or frame.caller is not None


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
