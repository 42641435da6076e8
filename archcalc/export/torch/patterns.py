"""Finds what the places of a class have in common. Raises Mismatch where they do not follow one pattern.

A block `unit(out)` of `conv: {out: out, kernel: 3}` and `relu`, called as `unit: 64` and `unit: 128` on a map of three
channels, is a class with two places. Its items stand in columns, one for every step:

    place 0   nn.Conv2d(3, 64, kernel_size=3)     nn.ReLU()
    place 1   nn.Conv2d(64, 128, kernel_size=3)   nn.ReLU()

A column becomes one part. What differs in it must be what a formula of the spec gives at both places:
`nn.Conv2d(in_channels, out, kernel_size=3)`, where `in_channels` is 3 and 64, and `out` 64 and 128.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import reduce
from typing import Any, NamedTuple

from archcalc.export.torch.candidates import ABSENT, holds
from archcalc.export.torch.code import Code, Given, Known, NotPython, Reader, Row, names_in
from archcalc.export.torch.cycles import Cycle, outside, worth_turning
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.layer_parts import fill_layer, of_lists
from archcalc.export.torch.loop_parts import fill_loop, gathered, turns_nowhere, worth_rolling
from archcalc.export.torch.matching import Matching, Refs, enter
from archcalc.export.torch.namespace import Mismatch, Namespace, Parameter
from archcalc.export.torch.parts import (
    AgainPart,
    ClassPart,
    CyclePart,
    GroupPart,
    LayerPart,
    LoopPart,
    Part,
    Run,
    Template,
    codes_of,
    is_group,
    keeps_state,
)
from archcalc.export.torch.refs import WHOLE, Ref
from archcalc.export.torch.scope_parts import fill_again, fill_group, fill_instance, pass_on
from archcalc.export.torch.scopes import Leaf, Scope, wire_of, within
from archcalc.export.torch.tensors import Bundle, Wire
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError
from archcalc.graph import Map
from archcalc.spec.model import Formula


class Around(NamedTuple):
    """What parts are matched in: the names of the class or the loop, the tensors at every place, how many loops are
    around, and whether the parts are a chain, whose numbers are positions if it is `numbered`.

    If they are none, others read at every place what is `needed`, apart from the items of `lists`.
    """

    names: Namespace
    refs: list[Refs]
    depth: int
    chain: bool
    numbered: bool
    lists: Sequence[list[Any] | None]
    needed: Sequence[Collection[Wire]]


class Patterns(Matching):
    """Matches the items of all places, part by part."""

    def parts(
        self,
        names: Namespace,
        lists: Sequence[list[Any] | None],
        refs: list[Refs],
        depth: int,
        *,
        chain: bool,
        numbered: bool,
        contained: bool = True,
        needed: Sequence[Collection[Wire]] = (),
    ) -> list[Part]:
        """The common parts of lists of items: one list for every place, None where the scope itself is absent.

        They stand in an `nn.Sequential` whatever they are, if they are `contained`. At every place others read what is
        `needed`, if they are no chain.
        """
        known = [items for items in lists if items is not None]
        found = worth_rolling(known, depth, numbered, contained) if chain else worth_turning(known, depth)
        if rolled := found - self.flat:
            lists = [None if items is None else gathered(items, depth, rolled) for items in lists]
        keyed = [None if items is None else self.keyed(items, depth) for items in lists]
        expected = [place for place, items in enumerate(keyed) if items is not None]
        around = Around(names, refs, depth, chain, numbered, lists, needed)
        return [
            self._part(around, key, [None if items is None else items.get(key) for items in keyed], expected)
            for key in _order([items for items in keyed if items is not None])
        ]

    def settle_recursion(self, parts: Sequence[Part], derived: Callable[[Parameter], Code | None]) -> None:
        """Fill in what the class gives to instances of itself: the parameters that are read, there as here.

        `derived` are those that are none of the class, and what they are. Raises: Mismatch.
        """
        settled: set[str] = set()
        self.names.can_grow = not self.recursive
        while self.recursive:
            read = frozenset().union(*(names_in(code) for part in parts for code in codes_of(part)))
            for one in self.names.parameters.values():
                if one.name in settled and (code := derived(one)) is not None:
                    read |= names_in(code)
            waiting = [one for one in self.names.parameters.values() if one.name in read and one.name not in settled]
            if not waiting:
                return
            for one in waiting:
                settled.add(one.name)
                if derived(one) is None:
                    for part, names in self.recursive:
                        pass_on(self, part, names, one)

    def order_recursion(self, parameters: Sequence[Parameter]) -> None:
        """Put what instances of the class itself are given in the order of its parameters."""
        for part, _ in self.recursive:
            given = {parameter.name: code for parameter, code in part.arguments}
            part.arguments = [(parameter, given[parameter.name]) for parameter in parameters]

    def keyed(self, items: list[Any], depth: int) -> dict[Any, Any]:
        """Items by what tells which of them are the same step at several places."""
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

    def _part(self, around: Around, key: Any, column: list[Any], expected: Sequence[int]) -> Part:
        """The part that a column of items is. Raises: Mismatch."""
        part = self._started(key, column, around)
        part.space = self.space
        self._connect(part, around)
        self._name(part, around)
        self._settle_presence(part, around, expected)
        self._fill(part, around)
        self.parts_by_serial[part.serial] = part
        self._hand_out(part, around)
        return part

    def _started(self, key: Any, column: list[Any], around: Around) -> Part:
        self.serial += 1
        kinds = {id(kind): kind for item in column if item is not None for kind in (self._kind(item, around),)}
        kind, *others = kinds.values()
        if others:
            raise Mismatch("another kind of item")
        if isinstance(kind, type):
            return kind(key, self.serial, column)
        return ClassPart(key, self.serial, column, kind)

    def _kind(self, item: Any, around: Around) -> type[Part] | Template:
        """The kind of part that an item is, or the class of which it is an instance."""
        if isinstance(item, Run):
            return LoopPart if around.chain else CyclePart
        if isinstance(item, Leaf):
            return LayerPart
        if item.owner is None:
            return GroupPart if is_group(item) else self.template_of(item)[0]
        if item.again is None:
            raise Mismatch("it stands in a scope that is applied again")
        return AgainPart

    def _connect(self, part: Part, around: Around) -> None:
        """Fill in what a part reads."""
        if isinstance(part, CyclePart):
            return
        for place, item in part.present:
            if isinstance(item, Leaf) and item.node.is_tensor:
                around.refs[place][Wire(item.node, 0, "tensor")] = (part.serial, "tensor")
        part.here = _in_front(part.first, around.refs[part.place])
        if isinstance(part, LayerPart) and (whole := of_lists(self, part, around.refs)) is not None:
            part.sources = whole
            return
        (count, *others) = {len(self.reads(item)) for _, item in part.present}
        if others:
            raise Mismatch("another number of inputs")
        part.sources = [self.source(part.items, around.refs, index) for index in range(count)]
        if isinstance(part, ClassPart):
            part.passed = [self._passed(part, around.names, index) for index in range(count)]

    def _passed(self, part: ClassPart, names: Namespace, index: int) -> Code | None:
        """When an instance is given a tensor that other places have not. Raises: Mismatch."""
        given = [ABSENT if item is None else self.reads(item)[index] is not None for item in part.items]
        with_it = [(place, item) for place, item in part.present if self.reads(item)[index] is not None]
        if len(with_it) in (0, len(part.present)):
            return None
        place, scope = with_it[0]
        reader = next(leaf for leaf in scope.leaves() if self.reads(scope)[index] in leaf.wires)
        return self._told(part, names, _conditions(reader), given, place)

    def _settle_presence(self, part: Part, around: Around, expected: Sequence[int]) -> None:
        """Fill in where a part is absent, and the condition that says so."""
        missing = [place for place in expected if part.items[place] is None]
        if not missing:
            return
        if isinstance(part, LoopPart) and turns_nowhere(self, part, around.names, missing):
            part.empty = missing
        elif isinstance(part, GroupPart) and self.turning is not None and not around.chain:
            # A chain of a turn with nothing in it is one that passes what it reads.
            part.hollow = missing
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
        elif isinstance(part, CyclePart):
            given = [outside(items, needed) for items, needed in zip(around.lists, around.needed, strict=True)]
            Cycle(self, part, around.names, around.refs, around.depth, given).fill()
        elif isinstance(part, LoopPart):
            fill_loop(self, part, around.names, around.depth, around.numbered)
        elif isinstance(part, AgainPart):
            for _, scope in part.present:
                self._alike[id(scope)] = scope, scope.alike()
            fill_again(self, part, around.names)

    def _hand_out(self, part: Part, around: Around) -> None:
        """Note what a part writes at every place."""
        if isinstance(part, CyclePart):
            return
        for place, item in part.present:
            for index, stream in enumerate(self.outputs(item)):
                enter(around.refs[place], stream, (part.serial, index))
            if isinstance(item, Leaf) and item.layer.gives_list and len(item.outputs) > 1:
                around.refs[place].name(Bundle(tuple(item.outputs)), (part.serial, WHOLE))
            if isinstance(item, Leaf) and item.gives_indices:
                around.refs[place][Wire(item.node, 0, "indices")] = (part.serial, "indices")

    def _condition(self, part: Part, names: Namespace, expected: Sequence[int]) -> Code:
        """When a part is there: where it reads what is given there, or what its step and the groups around it say."""
        there = [one is not None if place in expected else ABSENT for place, one in enumerate(part.items)]
        if isinstance(part, LayerPart) and not any(call.is_module for call in part.first.calls):
            for ref in part.sources:
                if ref[0] == "input" and self.space is None:
                    given = [names.given[place][ref[1]] is not None for place in range(len(names))]
                    if all(one is ABSENT or one is known for one, known in zip(there, given, strict=True)):
                        return Given(names.inputs[ref[1]])
        return self._told(part, names, _conditions(part.first), there, part.place)

    def _told(
        self, part: Part, names: Namespace, conditions: list[tuple[Formula, Any]], there: list[Any], at: int
    ) -> Code:
        """One of the conditions of a place, or all together, if it holds there and nowhere else. Raises: Mismatch."""
        codes: list[Code] = []
        for formula, frame in reversed(conditions):
            try:
                code = names.reader(at, frame, self.asked(names, part)).argument(formula).code
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
        if self.turning is not None and not around.chain:
            part.label = self._turning_name(part, around.names)
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

    def _turning_name(self, part: Part, names: Namespace) -> Row | str | None:
        """The name of a part in the turns of a loop: no two of them have the same. Raises: Mismatch."""
        labels = [item.label for _, item in part.present]
        if not any(keeps_state(item) for _, item in part.present):
            return labels[0] if len(set(labels)) == 1 else None
        (shelf, *others) = {item.shelf for _, item in part.present}
        if others:
            raise Mismatch("names that no formula gives")
        step, _ = _step(part.first)
        return self._counted_name(part, shelf) if step.name is None else self._computed_name(part, names, shelf)

    def _counted_name(self, part: Part, shelf: str) -> Row:
        """The name of a part that is numbered on from turn to turn. Raises: Mismatch."""
        assert self.turning is not None, "it is in a loop"
        labels = [None if item is None else item.label.removeprefix(shelf) for item in part.items]
        if not all(label is None or label.isdigit() for label in labels):
            raise Mismatch("names that no formula gives")
        number = self.turning.number([None if label is None else int(label) for label in labels])
        if number is None:
            raise Mismatch("names that no formula gives")
        return Row((tree.Constant(shelf), number) if shelf else (number,))

    def _computed_name(self, part: Part, names: Namespace, shelf: str = "") -> Row:
        """The pieces of a name with computed parts, as `layer$i` has them. Raises: Mismatch."""
        step, frame = _step(part.first)
        if step.name is None or not isinstance(step.name.tree, tree.Path):
            raise Mismatch("names that no formula gives")
        reader = names.reader(part.place, frame, self.asked(names, part))
        try:
            pieces = _joined([tree.Constant(shelf), *_pieces(step.name.tree, reader)])
            spelt = {
                place: "".join(str(evaluated(piece, names, place)) for piece in pieces) for place, _ in part.present
            }
        except (NotPython, ExpressionError):
            raise Mismatch("names that no formula gives") from None
        if any(spelt[place] != item.label for place, item in part.present):
            raise Mismatch("names that no formula gives")
        return Row(pieces)


def _pieces(name: tree.Path, reader: Reader) -> Iterator[Code]:
    """The pieces of a name, as texts or as the codes that give them."""
    for number, part in enumerate(name.parts):
        if number:
            yield tree.Constant(".")
        for piece in part:
            known = Known(piece) if isinstance(piece, str) else reader.formula(piece)
            yield tree.Constant(str(known.value)) if known.code is None else known.code


def _joined(pieces: Sequence[Code]) -> tuple[Code, ...]:
    """The same pieces, with texts behind each other as one."""
    found: list[Code] = []
    for piece in pieces:
        match found, piece:
            case [*_, tree.Constant(str() as before)], tree.Constant(str() as text):
                found[-1] = tree.Constant(before + text)
            case _:
                found.append(piece)
    return tuple(one for one in found if one != tree.Constant(""))


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


def _in_front(item: Any, refs: Refs) -> Ref | None:
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


def _is_behind(item: Any, other: Any, keyed: Sequence[dict[Any, Any]]) -> bool:
    """Whether the step of an item stands behind that of another key."""
    found = next(items[other] for items in keyed if other in items)
    return bool(_step(item)[0].span > _step(found)[0].span)


def _order(keyed: Sequence[dict[Any, Any]]) -> list[Any]:
    """All keys in an order that every list follows. Raises: Mismatch."""
    order = list(sorted(keyed, key=len)[-1])
    positions = {key: index for index, key in enumerate(order)}
    for keys in keyed:
        before = -1
        for key in keys:
            if key not in positions:
                place = before + 1
                # In front of what stands behind it in the spec, as far as this list leaves that open.
                while place < len(order) and order[place] not in keys and _is_behind(keys[key], order[place], keyed):
                    place += 1
                order.insert(place, key)
                positions = {known: index for index, known in enumerate(order)}
            position = positions[key]
            if position <= before:
                raise Mismatch("another order")
            before = position
    return order
