"""What is known while the parts of a class are matched: its tensors, their channels, and what formulas of steps say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Protocol

from archcalc.export.torch.asked import map_of
from archcalc.export.torch.code import Code, Known, NotPython, Row, Size, SizeOf, entry_of
from archcalc.export.torch.namespace import Mismatch, Namespace, channels_of
from archcalc.export.torch.parts import ClassPart, LayerPart, Part, Template, is_group
from archcalc.export.torch.refs import NOTHING, UNKNOWN, WHOLE, All, Entry, Listed, Ref
from archcalc.export.torch.scopes import Leaf, Scope, wire_of
from archcalc.export.torch.simplify import chosen
from archcalc.export.torch.tensors import Bundle, Stream, Wire
from archcalc.expressions import nodes as tree
from archcalc.expressions.nodes import Constant, Node
from archcalc.layers.axes import named_axis
from archcalc.layers.base import Batch
from archcalc.layers.shape import Shape
from archcalc.spec.model import Argument


class Refs(dict[Stream, Ref]):
    """What everything that flows at a place is called."""

    def __init__(self, around: Refs | None = None) -> None:
        super().__init__(around or {})
        self.lists: list[Bundle] = [] if around is None else [*around.lists]

    def name(self, stream: Stream, ref: Ref) -> None:
        """Let a ref stand for a stream, if nothing does."""
        if isinstance(stream, Bundle) and stream not in self:
            self.lists.append(stream)
        self.setdefault(stream, ref)


class Turning(Protocol):
    """What is known of the turns of a loop while they are matched."""

    def joined(self, found: Sequence[Ref | None]) -> Ref | None:
        """The tensor that runs along, if some turns read what the turn before gave. Raises: Mismatch."""

    def number(self, values: Sequence[int | None]) -> Code | None:
        """The code of a number that is one of these in every turn, if it follows the number of the turn."""


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
        self.totals: dict[Ref, Callable[[], Code | None]] = {}
        """The channels of all entries of a list together."""
        self.serial = 0
        self.parts_by_serial: dict[int, Part] = {}
        self.measured: dict[Ref, Shape] = {}
        """Tensors whose sizes functions ask for, with their shapes at one place."""
        self._known_batches: dict[Any, Size] = {}
        """Sizes of batches that functions have asked for, by the maps that there are for every item."""
        self._known_channels: dict[Any, Size] = {}
        """Channels that functions have asked for, by the names and the values that they have at every place."""
        self.turning: Turning | None = None
        """The loop whose turns are matched, if it is no chain."""
        self.space: Any = None
        """What the places are of those that are matched: of the class itself, or the turns of this loop."""
        self._alike: dict[int, tuple[Scope, list[Stream]]] = {}
        """Scopes that are applied again, with what they hand out."""

    @abstractmethod
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

    @abstractmethod
    def keyed(self, items: list[Any], depth: int) -> dict[Any, Any]:
        """Items by what tells which of them are the same step at several places."""

    def outputs(self, item: Any) -> list[Stream]:
        """What an item hands out: a scope that is applied again, what that other one does."""
        found = self._alike.get(id(item))
        return item.outputs if found is None else found[1]

    def settle_outputs(self) -> None:
        """Let the scopes that are applied again hand out what the class reads of them, once it is found."""
        for scope, outputs in self._alike.values():
            scope.outputs = outputs

    def source(self, column: Sequence[Any], refs: list[Refs], index: int) -> Ref:
        """The tensor that an input is at all places: the latest one, for which others pass where it is absent."""
        streams = [None if item is None else self.reads(item)[index] for item in column]
        if all(stream is None for stream in streams):
            return NOTHING
        return self.joined(
            [None if stream is None else ref_of(refs[place], stream) for place, stream in enumerate(streams)]
        )

    def reads(self, item: Any) -> list[Stream | None]:
        """What an item reads, in the order of the class of which it is an instance, None for what it has not."""
        if isinstance(item, Scope) and item.owner is None and not is_group(item):
            return self.template_of(item)[0].given[id(item)]
        found: list[Stream | None] = list(item.wires)
        return found

    def joined(self, found: Sequence[Ref | None]) -> Ref:
        """One tensor for the tensors of all places, or one list. Raises: Mismatch."""
        if self.turning is not None and (running := self.turning.joined(found)) is not None:
            return running
        present = {place: ref for place, ref in enumerate(found) if ref is not None}
        if UNKNOWN in present.values():
            raise Mismatch("a tensor that is made elsewhere")
        if len(set(present.values())) == 1:
            return next(iter(present.values()))
        lengths = {len(ref.refs) if isinstance(ref, Listed) else -1 for ref in present.values()}
        if len(lengths) == 1 and -1 not in lengths:
            (length,) = lengths
            rows: list[Sequence[Ref | None]] = [
                ref.refs if isinstance(ref, Listed) else [None] * length for ref in found
            ]
            return Listed(tuple([self.joined(column) for column in zip(*rows, strict=True)]))
        if (entry := self._entry(found)) is not None:
            return entry
        return self._joined(present)

    def _entry(self, found: Sequence[Ref | None]) -> Entry | None:
        """The entry of one list, if the number of the turn of a loop says which one it is."""
        if self.turning is None:
            return None
        known = [None if ref is None else self._counted(ref) for ref in found]
        lists = {None if one is None else one[0] for one, ref in zip(known, found, strict=True) if ref is not None}
        if len(lists) != 1 or (of := lists.pop()) is None:
            return None
        number = self.turning.number([None if one is None else one[1] for one in known])
        return None if number is None else Entry(of, number)

    def _counted(self, ref: Ref) -> tuple[Ref, int] | None:
        """The list that a tensor is in, and which entry it is, as a number."""
        match ref:
            case Entry(of, tree.Constant(int() as number)):
                return of, number
            case (int() as serial, int() as number):
                part = self.parts_by_serial.get(serial)
                if isinstance(part, LayerPart) and part.first.layer.gives_list:
                    return (serial, WHOLE), number
        return None

    def _joined(self, found: dict[int, Ref]) -> Ref:
        latest = max(found.values(), key=_position)
        others = {place: ref for place, ref in found.items() if ref != latest}
        if not others:
            return latest
        part = self.parts_by_serial.get(latest[0])
        if part is None or part.space is not self.space or any(part.items[place] is not None for place in others):
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
        while self._is_absent(part := self.parts_by_serial.get(ref[0]), place):
            assert part is not None
            passes = part.passes or part.here
            if passes is None:
                break
            ref = passes
            found.append(ref)
        return found

    def _is_absent(self, part: Part | None, place: int) -> bool:
        return part is not None and part.space is self.space and part.items[place] is None

    @contextmanager
    def within(self, loop: Any, turning: Turning | None = None) -> Iterator[None]:
        """The turns of a loop are the places."""
        before = self.turning, self.space
        self.turning, self.space = turning, loop
        try:
            yield
        finally:
            self.turning, self.space = before

    def channels_code(self, ref: Ref) -> Code | None:
        """The channels of a tensor, or those of all entries of a list, as a code, if one is known."""
        match ref:
            case Entry(of, number):
                whole = self.channels_code(of)
                return None if whole is None else entry_of(whole, number)
            case Listed(refs):
                known = [self.channels_code(one) for one in refs]
                codes = [one for one in known if one is not None]
                return Row(tuple(codes)) if len(codes) == len(known) else None
        found = self.channels.get(ref)
        return None if found is None else found()

    def all_channels(self, ref: Ref) -> Code | None:
        """The channels of a tensor, or of all entries of a list together."""
        if not isinstance(ref, All):
            return self.channels_code(ref)
        found = self.totals.get(ref.of)
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
            if self.space is None and (part is None or part.when is None):
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
            if len(part.sources) != len(leaf.wires) or isinstance(part.sources[index], (Entry, Listed, All)):
                # It has no variable of its own.
                raise NotPython
            shapes = [None if item is None else item.wires[index].shape for item in part.items]
            values = [None if shape is None else shape.sizes[place] for shape in shapes]
            found = Size(part.sources[index], place + 1)
            if name == "channels":
                # Maps of one block have as many channels in many places: the size that is known already says it.
                known = self._known_channels.get((names, *values))
                if known is None and not leaf.asks:
                    raise NotPython
                found = self._known_channels[(names, *values)] = known or found
            names.locals[found.key] = values
            self.measured.setdefault(found.tensor, wire.shape)
            return Known(wire.shape.sizes[place], found)

        return size


def ref_of(refs: Refs, stream: Stream) -> Ref:
    """What a stream is called at a place; a list that is none of the class is made of its entries."""
    found = refs.get(stream)
    if found is not None or not isinstance(stream, Bundle):
        return found or UNKNOWN
    return Listed(tuple([refs.get(wire, UNKNOWN) for wire in stream.wires]))


def enter(refs: Refs, stream: Stream, ref: Ref) -> None:
    """Let a ref stand for a stream, and entries of it for those of a list that are not known yet."""
    refs.name(stream, ref)
    if isinstance(stream, Bundle):
        for number, wire in enumerate(stream.wires):
            refs.name(wire, Entry(ref, tree.Constant(number)))


def merged(refs: Refs, wires: Sequence[Wire]) -> list[Ref]:
    """What the tensors of a merge are called, with all entries of a list as one."""
    lists = sorted(refs.lists, key=lambda one: -len(one.wires))
    found: list[Ref] = []
    place = 0
    while place < len(wires):
        whole = next((one for one in lists if one.wires == tuple(wires[place : place + len(one.wires)])), None)
        found.append(All(refs[whole]) if whole is not None else refs.get(wires[place], UNKNOWN))
        place += 1 if whole is None else len(whole.wires)
    return found


def _position(ref: Ref) -> tuple[int, int]:
    return (ref[0], 0) if isinstance(ref[0], int) else (-1, 0)
