"""Lines: the steps of a spec, still with the numbers of one network and with what is needed to compare them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archcalc.importing.record import Layer, Value
from archcalc.importing.structure.data import Formula, given
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.maps import fields_with_maps
from archcalc.importing.structure.naming import HERE, Naming
from archcalc.importing.structure.tree import Again, Item, Leaf, Place
from archcalc.importing.structure.wiring import Branch as WiredBranch
from archcalc.importing.structure.wiring import Step as Wired
from archcalc.importing.structure.wiring import Wiring
from archcalc.layers.table import KINDS, layer_class

GROUP, REPEAT, FOR, USE, MOVE, APPLY = "do", "repeat", "for", "use", "from", "apply"
"""Kinds of lines that are no layers."""


@dataclass(eq=False)
class Branch:
    """A branch of a merge: the map that it begins at, and its lines."""

    start: Formula
    lines: list[Line]


@dataclass(eq=False)
class Line:
    """A step: its kind, values by name, label, the map that it reads (None: here), branches or inner lines."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    start: Formula | None = None
    branches: list[Branch] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    block: str | None = None
    """The block that it calls; its kind says so, too."""
    around: str | None = None
    """The label of the scope that it stands in."""
    trainable: bool = True
    tied: Formula | None = None
    when: Formula | None = None
    channels: int | None = None
    """The channels of the map that it reads."""
    sorts: Mapping[str, str] = field(default_factory=dict)
    """What the numbers of a call are numbers of, by the names of the parameters."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What a call does not have to say."""
    shapes: tuple[Any, Any] = (None, None)
    """The shapes of the maps that it reads and gives."""

    @property
    def computed(self) -> str | None:
        """The field that is arithmetic on maps, if it has one."""
        return layer_class(self.kind).computed if self.kind in KINDS else None

    @property
    def parts(self) -> list[list[Line]]:
        """The lines of its branches, or its inner lines."""
        return [branch.lines for branch in self.branches] if self.branches else [self.body] if self.body else []

    @property
    def takes_number(self) -> bool:
        """Whether it is counted among the steps of its scope."""
        if self.kind in KINDS:
            return layer_class(self.kind).counts_as_module
        return self.block is not None or self.kind == APPLY or (self.kind == GROUP and self.label is not None)


def walk(lines: list[Line]) -> Iterator[Line]:
    """All lines of a scope in their order, those of branches and loops too; not those of groups with a name."""
    for line in lines:
        yield line
        if line.kind != GROUP or line.label is None:
            for part in line.parts:
                yield from walk(part)


class Call(NamedTuple):
    """What a place is: the call of a block, with the values of its parameters and what they are numbers of."""

    block: str
    values: dict[str, Any]
    sorts: Mapping[str, str]
    defaults: Mapping[str, Any]


class Liner:
    """Makes lines of places; those in `calls` are calls."""

    def __init__(self, flow: Flow, naming: Naming) -> None:
        self.flow = flow
        self.naming = naming
        self.calls: dict[Place, Call] = {}
        self.fields: dict[Layer, dict[str, Any]] = {}
        """Fields of layers that are written in another way than in the record."""
        self._wired: dict[Place, list[Wired]] = {}

    def wired(self, place: Place) -> list[Wired]:
        """The steps of a place, in series-parallel form."""
        if place not in self._wired:
            has_input = place in self.naming.blocks or place.parent is None
            self._wired[place] = Wiring(place, self.flow, has_input=has_input).line()
        return self._wired[place]

    def label_all(self, place: Place) -> None:
        """Give labels to all that is read by its name, in a place and in all that it holds."""
        for value in self._named(self.wired(place), self._arriving(place)):
            self.naming.label(value, place)
        for item in place.items:
            if isinstance(item, Place):
                self.label_all(item)
        last = self._at_end(place)
        if last is not None:
            self.naming.label(last, place)

    def _named(self, steps: list[Wired], here: Value | None) -> Iterator[Value]:
        """The maps that steps read by name."""
        for step in steps:
            item = step.item
            if step.branches:
                for branch in step.branches:
                    if branch.start is not None and branch.start is not here:
                        yield branch.start
                    yield from self._named(branch.steps, branch.start)
            reads = self.flow.reads[item] if isinstance(item, Place) else self._own_reads(item)
            first = 0 if step.branches or (reads and reads[0] is not here) else 1
            yield from reads[first:] if not step.branches else ()
            if isinstance(item, Leaf):
                yield from item.layer.maps.values()
            here = self.flow.main(item)

    def _own_reads(self, item: Item) -> list[Value]:
        return item.layer.inputs if isinstance(item, Leaf) else self.flow.reads[item]

    def _at_end(self, place: Place) -> Value | None:
        """The map that the place stands for, where its last step makes another one."""
        found = self.flow.main(place)
        steps = self.wired(place)
        return found if place.parent is not None and steps and self.flow.main(steps[-1].item) is not found else None

    def _arriving(self, place: Place) -> Value | None:
        """The map that the first step of a place reads without a name; of several inputs of the network, none."""
        return None if place.parent is None and self.naming.has_inputs else self.flow.entry(place)

    def lines(self, place: Place) -> list[Line]:
        """The lines of a place."""
        found = self._lines(self.wired(place), place, self._arriving(place))
        last = self._at_end(place)
        return found if last is None else [*found, Line(MOVE, start=self.naming.name(last, place))]

    def _lines(self, steps: list[Wired], place: Place, here: Value | None) -> list[Line]:
        found: list[Line] = []
        for step in steps:
            found.append(self._line(step, place, here))
            here = self.flow.main(step.item)
        return found

    def _line(self, step: Wired, place: Place, here: Value | None) -> Line:
        item = step.item
        reads = self._own_reads(item)
        line = self._of(item, place, step, here)
        line.label = item.label
        line.around = place.label
        if reads and not line.branches:
            line.channels = reads[0].channels
            line.start = None if reads[0] is here else self.naming.name(reads[0], place)
        entering, leaving = self.flow.entry(item) if not line.branches else here, self.flow.main(item)
        line.shapes = (entering and entering.shape, leaving and leaving.shape)
        return line

    def _of(self, item: Item, place: Place, step: Wired, here: Value | None) -> Line:
        if isinstance(item, Leaf):
            return self._leaf(item, place, step, here)
        if isinstance(item, Again):
            return Line(USE, {"of": self.naming.path(item.target, place)})
        if item in self.calls:
            call = self.calls[item]
            maps = {str(key): self.naming.value(value, place) for value, key in self.naming.parameters(item).items()}
            return Line(call.block, {**maps, **call.values}, block=call.block, sorts=call.sorts, defaults=call.defaults)
        return Line(GROUP, body=self.lines(item))

    def _leaf(self, item: Leaf, place: Place, step: Wired, here: Value | None) -> Line:
        layer = item.layer
        shared = layer.shares
        if shared is not None and layer.is_again:
            return Line(USE, {"of": self.naming.path(self.flow.home[shared.output], place)})
        fields = self.fields.get(layer) or self._fields(layer, place)
        line = Line(layer.kind, given(layer.kind, fields), trainable=layer.trainable)
        if shared is not None:
            line.tied = self.naming.path(self.flow.home[shared.output], place)
        if layer_class(layer.kind).is_merge:
            branches = step.branches or [WiredBranch(value, []) for value in layer.inputs]
            line.branches = [self._branch(branch, place, here) for branch in branches]
            if layer_class(layer.kind).is_commutative:
                line.branches.sort(key=lambda branch: branch.start != HERE or bool(branch.lines) or not step.has_main)
            line.channels = next((value.channels for value in layer.inputs), None)
        return line

    def _fields(self, layer: Layer, place: Place) -> dict[str, Any]:
        """The fields of a layer, with names of maps for those that it reads beside its inputs."""
        name = self.naming.value if layer_class(layer.kind).computed else self.naming.name
        return fields_with_maps(layer, lambda value: name(value, place))

    def _branch(self, branch: WiredBranch, place: Place, here: Value | None) -> Branch:
        is_here = branch.start is here or branch.start is None
        start = HERE if is_here or branch.start is None else self.naming.name(branch.start, place)
        return Branch(start, self._lines(branch.steps, place, branch.start))
