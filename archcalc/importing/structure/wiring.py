"""Series-parallel form: merges take the chains that only they read as their branches, the rest is a line of steps.

    x = conv(input); y = pool(input); concat(x, y)      ->  concat: [[conv], [pool]]
    x = conv(input); add(x, input)                      ->  conv, add: [here, input]

What cannot be a branch is read by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archcalc.importing.record import Value
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.tree import Again, Item, Leaf, Place
from archcalc.layers.table import layer_class


@dataclass(eq=False)
class Branch:
    """A branch of a merge: the map that it begins at, and its steps."""

    start: Value | None
    steps: list[Step]


@dataclass(eq=False)
class Step:
    """A layer or a scope on a line; a merge with its branches."""

    item: Item
    branches: list[Branch] = field(default_factory=list)
    has_main: bool = False
    """Whether the steps of one of its branches stand in front of it."""

    def inner(self) -> Iterator[Step]:
        """The steps of its branches, those of merges in them too."""
        for branch in self.branches:
            for step in branch.steps:
                yield step
                yield from step.inner()


def is_merge(item: Item) -> bool:
    """Whether an item is a layer that joins branches."""
    return isinstance(item, Leaf) and layer_class(item.layer.kind).is_merge and len(item.layer.inputs) > 1


class Wiring:
    """The steps of one place. `has_input` says whether what enters the place can be read as `input` all along."""

    def __init__(self, place: Place, flow: Flow, *, has_input: bool) -> None:
        self.place = place
        self.flow = flow
        self.has_input = has_input
        self.readers = flow.readers(place)
        self.entry = flow.entry(place)
        self.makers = {value: item for item in place.items for value in flow.gives[item]}
        self.steps = {item: Step(item) for item in place.items}
        self.inside: set[Item] = set()
        """What stands in branches."""
        self.on_line: set[Item] = set()
        """What stays on the line in front of a merge."""

    def line(self) -> list[Step]:
        """The steps of the place."""
        for item in self.place.items:
            if is_merge(item):
                self._branch(item)
        return [self.steps[item] for item in self.place.items if item not in self.inside]

    def _branch(self, merge: Item) -> None:
        assert isinstance(merge, Leaf), "only layers merge"
        inputs = merge.layer.inputs
        branches = [self._chain(value, inputs.count(value) == 1) for value in inputs]
        main = self._main(merge, branches)
        for index, branch in enumerate(branches):
            if branch is main:
                self.on_line.update(step.item for step in branch.steps)
                branches[index] = Branch(inputs[index], [])
            else:
                self.inside.update(step.item for step in branch.steps)
        self.steps[merge].branches = branches
        self.steps[merge].has_main = main is not None

    def _chain(self, value: Value, is_read_once: bool) -> Branch:
        """The steps that only this map needs, back to where they begin."""
        steps: list[Step] = []
        found: Value | None = value
        while is_read_once and found is not None:
            item = self.makers.get(found)
            if item is None or not self._is_link(item, found):
                break
            steps.append(self.steps[item])
            found = self._start(item)
        return Branch(found, steps[::-1])

    def _is_link(self, item: Item, value: Value) -> bool:
        """Whether an item can stand in a branch: with one map in, and one out that nothing else reads."""
        if item in self.inside or self.readers[value] != 1 or self.flow.leaves(value, self.place):
            return False
        if isinstance(item, Again) or self.flow.main(item) is not value or len(self.flow.gives[item]) != 1:
            return False
        if not self.flow.shared.isdisjoint(item.layers):
            return False
        if is_merge(item):
            return self._is_closed(item)
        return len(self.flow.reads[item]) <= 1

    def _is_closed(self, merge: Item) -> bool:
        """Whether all branches of a merge begin at one map, or at none."""
        step = self.steps[merge]
        starts = {branch.start for branch in step.branches if branch.start is not None}
        fronts = any(
            branch.start in self.makers and self.makers[branch.start] in self.on_line for branch in step.branches
        )
        fields = isinstance(merge, Leaf) and merge.layer.maps
        return len(starts) == 1 and not fronts and not fields

    def _start(self, item: Item) -> Value | None:
        if is_merge(item):
            return next((branch.start for branch in self.steps[item].branches if branch.start is not None), None)
        return self.flow.entry(item)

    def _main(self, merge: Leaf, branches: list[Branch]) -> Branch | None:
        """The branch whose steps stand in front of the merge, if one does."""
        long = [branch for branch in branches if branch.steps and branch.start is not None]
        short = [branch for branch in branches if branch not in long]
        if len(long) == 1 and not any(branch.start is long[0].start for branch in short):
            return long[0]
        if not long or not self.has_input or not layer_class(merge.layer.kind).is_elementwise:
            return None
        if any(branch.start is not self.entry for branch in branches) or not self._is_first(long):
            return None
        return max(
            long, key=lambda branch: sum(len(one.item.layers) for step in branch.steps for one in (step, *step.inner()))
        )

    def _is_first(self, branches: list[Branch]) -> bool:
        """Whether nothing of the place runs in front of these branches but what stands in branches itself."""
        own = {step.item for branch in branches for step in branch.steps}
        for item in self.place.items:
            if item in own or item in self.inside:
                continue
            return is_merge(item) and not self.steps[item].branches
        return False
