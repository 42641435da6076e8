"""The steps of a network for all choices at once: each is run as a whole, or is opened.

A step that depends on few choices is run as a whole, by the unfolding of single networks. Where they are too many
together, as those of a loop over all stages, its steps are run one by one, and what stands between them is a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archcalc.expand.calls import bound_name, bound_value, given_arguments
from archcalc.expand.labels import label_of
from archcalc.expand.scope import Binding, Context
from archcalc.expand.unfold import MAX_DEPTH
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import BlockCall, Frame, Module
from archcalc.spec.model import (
    Argument,
    BlockStep,
    Branch,
    Formula,
    GroupStep,
    Listing,
    MergeStep,
    Step,
)
from archcalc.sweep.choices.names import ListOfTables, Names, NotTabled, Place, Uncounted, Variables, value_at
from archcalc.sweep.choices.runs import MANY, NO_MAPS, Cost, Maps, Run, Runs, Scope, TooMany, Unit
from archcalc.sweep.choices.table import ANY, Table, combined, united

FEW = 36
"""Combinations for which a step is run as a whole; one that depends on more is opened."""


class Steps:
    """Runs steps against the units of a space."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    def run(self, steps: Sequence[Step], scope: Scope, here: Table[Any]) -> Table[Any]:
        """The map behind some steps. Raises: NotTabled."""
        for step in steps:
            here = self._step(step, scope, here)
        return here

    def _step(self, step: Step, scope: Scope, here: Table[Any]) -> Table[Any]:
        if scope.guard.is_constant and not scope.guard.of[()]:
            return here
        can_open = isinstance(step, (GroupStep, BlockStep, MergeStep))
        few = FEW
        if self.runs.readings is not None and can_open:
            # Who reads what is seen step by step alone: a step that is run as a whole reads whole lists.
            can_open = _opens(step)
            few = 0

        def run(context: Context) -> Value:
            self.runs.unfolder._step(step, context)
            return context.here

        try:
            runs = self.runs.complete(
                self.runs.explored(lambda: self.runs.run(scope, Maps(here, here), run), few if can_open else MANY)
            )
        except TooMany:
            if not can_open:
                raise NotTabled(f"the step at line {step.span.line} depends on too many choices at once") from None
            return self._opened(step, scope, here)
        return self._settled(scope, runs)

    def _settled(self, scope: Scope, runs: Table[Run]) -> Table[Any]:
        """Keep what a step cost, the names that it gave, and the map behind it."""
        self.runs.add(scope, runs)
        keys = {(id(names), name): (names, name) for run in runs.of.values() for names, name, _ in run.names}
        for names, name in keys.values():
            old = names.table(name)

            def bound(run: Run, names: Names = names, name: str = name) -> Any:
                if run.here is ANY:
                    return ANY
                return next((made for one, given, made in run.names if one is names and given == name), None)

            new = runs.map(bound)
            self._bind(names, name, self._or(new, old), scope.guard)
        module = scope.place.module
        counts = {run.counted for run in runs.of.values() if run.here is not ANY}
        if counts:
            is_sure = len(counts) == 1 and (scope.guard.is_constant or counts == {0})
            module.count = module.count + counts.pop() if is_sure else Uncounted()
        return self.runs.joined(runs.map(lambda run: run.here))

    def _or(self, new: Table[Any], old: Table[Any]) -> Table[Any]:
        """New bindings, and the old ones where a step gave none."""
        if all(one is not None for one in new.of.values()):
            return new
        found: dict[tuple[int, ...], Any] = {}
        for codes, chosen in combined(self.runs.sizes, new, old):
            one = new.at(chosen)
            found[codes] = old.at(chosen) if one is None else one
        return Table(united(new, old), found)

    def _bind(self, names: Names, name: str, bindings: Table[Any], guard: Table[bool]) -> None:
        """Let a name stand for what a step gave it, where one comes to this step, and else for what it stood for."""
        # A scope that is there only where its steps are run needs no distinction.
        own = bindings if guard is names.guard else self.runs.either(guard, bindings, names.table(name))
        names.settle(name, own.collapsed(self.runs.key))

    # Steps that are opened

    def _opened(self, step: Step, scope: Scope, here: Table[Any]) -> Table[Any]:
        if step.trainable is not None or scope.place.depth > MAX_DEPTH:
            raise NotTabled(f"the step at line {step.span.line} depends on too many choices at once")
        at = Maps(here, here)
        if (path := step.reads) is not None:
            at = Maps(here, self.runs.table(scope, lambda context: self.runs.globals.map(path, context), at))
        inner, holds = scope, Table.constant(True)
        if (when := step.when) is not None:
            asked = self.runs.table(scope, lambda context: when.truth(context), at)
            holds = asked.map(lambda one: one is not ANY and one)
            inner = scope.moved(guard=self.runs.both(scope.guard, holds))
        if inner.guard.is_constant and not inner.guard.of[()]:
            found = here
        elif isinstance(step, MergeStep):
            found = self._merge(step, inner, at)
        else:
            assert isinstance(step, (GroupStep, BlockStep))
            found = self._named(step, inner, at)
        if when is not None and step.name is not None:
            self._leave_out(step, scope, inner.guard, at)
        return self.runs.either(holds, found, here)

    def _named(self, step: GroupStep | BlockStep, scope: Scope, at: Maps) -> Table[Any]:
        """What a group or a call makes, under each of the names that choices give to it."""
        labels = None if step.name is None else self._labels(step, scope, at)
        if labels is None or labels.is_constant:
            return self._run_as("" if labels is None else labels.of[()], step, scope, at)
        found = at.here
        for label in dict.fromkeys(one for one in labels.of.values() if one is not ANY):
            is_called = labels.map(_is(label)).collapsed()
            own = scope.moved(guard=self.runs.both(scope.guard, is_called))
            if not own.guard.is_constant or own.guard.of[()]:
                found = self.runs.either(is_called, self._run_as(label, step, own, at), found)
        return found

    def _run_as(self, label: Any, step: GroupStep | BlockStep, scope: Scope, at: Maps) -> Table[Any]:
        if label is ANY:
            # No network is legal that has this step.
            return Table.constant(ANY)
        if isinstance(step, GroupStep):
            return self._group(step, label, scope, at)
        return self._call(step, label, scope, at)

    def _leave_out(self, step: Step, scope: Scope, guard: Table[bool], at: Maps) -> None:
        """Where a step is left out, its name stands for the map that passes, unless another step has it."""
        names, labels = scope.place.module.names, self._labels(step, scope, at)
        passes = at.here.map(lambda one: one if one is ANY else Binding(one, None, None, None))
        is_left_out = self.runs.both(scope.guard, guard.map(lambda holds: not holds))
        for label in dict.fromkeys(one for one in labels.of.values() if one is not ANY):
            if not isinstance(names, Names) or "." in label:
                raise NotTabled(f"the name at line {step.span.line} stands beside too many choices")
            is_called = labels.map(_is(label)).collapsed()
            self._bind(names, label, self._or(names.table(label), passes), self.runs.both(is_left_out, is_called))

    def _labels(self, step: Step, scope: Scope, at: Maps) -> Table[Any]:
        """The names of a step that is opened; ANY where no network is legal that has it."""
        return self.runs.table(scope, lambda context: label_of(step, context), at)

    def _counted(self, scope: Scope, steps: int = 1) -> None:
        module = scope.place.module
        module.count = module.count + steps if scope.guard.is_constant else Uncounted()

    def _place(self, scope: Scope, frame: Frame, module: Module, *, call: BlockCall | None = None) -> Context:
        place = Place(self.runs.chosen, scope.place)
        place.frame, place.module, place.depth = frame, module, scope.place.depth + 1
        place.call = scope.place.call if call is None else call
        return place

    def _submodule(self, step: Step, label: str, block: str | None, scope: Scope) -> Module:
        module = Module(label, scope.place.module.home, block)
        module.step = step
        module.names = self.runs.names(module, scope.guard)
        return module

    def _enter(self, label: str, step: Step, scope: Scope, value: Table[Any], inside: Module) -> None:
        """Let a name stand for what an opened scope made."""
        if label.startswith(Uncounted.word):
            return
        names = scope.place.module.names
        if not isinstance(names, Names) or "." in label:
            raise NotTabled(f"the name at line {step.span.line} stands beside too many choices")
        # As a name is given once, no network is legal in which another step has it.
        taken = names.table(label).map(lambda one: one is not ANY and one is not None and one.step is not None)
        if any(taken.of.values()):
            twice = self.runs.both(scope.guard, taken.collapsed())
            costs = twice.map(lambda holds: Cost(self.runs.nothing(), is_legal=not holds))
            self.runs.enter(Unit(costs, Table.constant(True)))
        place = Place(self.runs.chosen, scope.place)
        place.entry = scope.entry
        made = value.map(lambda one: one if one is ANY else Binding(one, inside, step, place))
        self._bind(names, label, made, scope.guard)

    def _group(self, step: GroupStep, label: str, scope: Scope, at: Maps) -> Table[Any]:
        frame, module = scope.place.frame, scope.place.module
        if step.name is not None:
            module = self._submodule(step, label, None, scope)
            frame = module.arguments = Frame({}, module, frame, step)
        elif step.when is not None and step.loop is None:
            frame = Frame({}, None, frame, step)
        value = at.reads
        if step.loop is None:
            value = self.run(step.steps, scope.moved(place=self._place(scope, frame, module)), value)
        else:
            columns, turns = self._turns(step, scope, at)
            latest: tuple[Any, ...] | None = None
            for turn in range(max((count for count in turns.of.values() if count is not ANY), default=0)):
                goes_on = turns.map(_goes_on(turn)).collapsed()
                guard = self.runs.both(scope.guard, goes_on)
                variables = Variables(self.runs.chosen, {name: column[turn] for name, column in columns.items()})
                turned = Frame(variables, None, frame, step, turn)
                inner = scope.moved(place=self._place(scope, turned, module), guard=guard)
                if latest is not None and self._is_alike(latest[0], value) and not columns:
                    # What a turn reads is what the one before it has read: it does the same, if it is reached.
                    _, units, after = latest
                    self.runs.repeat(units, guard)
                    value = self.runs.either(goes_on, after, value)
                    module.count = Uncounted()
                    continue
                before, first, entered = value, len(self.runs.units), self._entered()
                after = self.run(step.steps, inner, value)
                is_silent = entered == self._entered()
                latest = (before, self.runs.units[first:], after) if is_silent else None
                value = self.runs.either(goes_on, after, value)
        if step.name is not None:
            self._counted(scope)
            self._enter(label, step, scope, value, module)
        return value

    def _entered(self) -> list[int]:
        """How many names there are that somebody gave, and that are registered; numbers are none."""
        counts = [sum(not _is_number(name) for name in dict.keys(names)) for names in self.runs.scopes]
        return [*counts, len(self.runs.registered)]

    def _is_alike(self, one: Table[Any], other: Table[Any]) -> bool:
        alike = self.runs.key
        return one.choices == other.choices and all(alike(one.of[codes]) == alike(other.of[codes]) for codes in one.of)

    def _turns(self, step: GroupStep, scope: Scope, at: Maps) -> tuple[dict[str, list[Any]], Table[int]]:
        """The variables of a loop, turn by turn, and how many turns there are."""
        loop = step.loop
        assert loop is not None
        if loop.count is not None:
            formula = loop.count
            return {}, self.runs.table(scope, lambda context: _turns(formula.integer(context, "`repeat`")), at)
        columns: dict[str, list[Any]] = {}
        lengths: list[Table[int]] = []
        for name, argument in loop.variables.items():
            columns[name], length = self._items(argument, scope, at)
            lengths.append(length)
        turns_of: dict[tuple[int, ...], int] = {}
        done: dict[tuple[int, ...], Run] = {}
        for codes, chosen in combined(self.runs.sizes, *lengths):
            counts = {length.at(chosen) for length in lengths} - {ANY}
            # Lists of a loop go in step: where they differ in length, no network is legal.
            done[codes] = Run(ANY, Cost(self.runs.nothing(), is_legal=False) if len(counts) > 1 else None)
            turns_of[codes] = counts.pop() if len(counts) == 1 else 0
        self.runs.add(scope, Table(united(*lengths), done))
        return columns, Table(united(*lengths), turns_of)

    def _items(self, argument: Argument, scope: Scope, at: Maps) -> tuple[list[Any], Table[int]]:
        """The entries of a list, each with a table of its own, and how many there are."""
        listed = self._listed(argument, scope, at)
        if listed is not None:
            return list(listed.items), Table.constant(len(listed.items))
        whole = self.runs.table(scope, lambda context: _list(argument.evaluate(context)), at)
        lengths = whole.map(lambda values: values if values is ANY else len(values))
        most = max((length for length in lengths.of.values() if length is not ANY), default=0)
        items = [whole.map(_entry(at)).collapsed(self.runs.key) for at in range(most)]
        return items, lengths.collapsed()

    def _listed(self, argument: Argument, scope: Scope, at: Maps) -> ListOfTables | None:
        """A list that is written entry by entry, here or under a name."""
        if isinstance(argument, Listing):
            return ListOfTables([self._value(item, scope, at) for item in argument.items])
        names = argument.tree.names() if isinstance(argument, Formula) else []
        if not isinstance(argument, Formula) or len(names) != 1 or argument.text.strip() != names[0]:
            return None
        frame: Frame | None = scope.place.frame
        while frame is not None:
            if names[0] in frame.variables:
                variables = frame.variables
                found = variables.written(names[0]) if isinstance(variables, Variables) else None
                return found if isinstance(found, ListOfTables) else None
            frame = frame.parent
        let = self.runs.globals.lets.get(names[0])
        is_list = let is not None and let.parameters is None and isinstance(let.value, Listing)
        if let is None or not is_list or names[0] in {axis.name for axis in self.runs.axes.values()}:
            return None
        if names[0] in self.runs.globals.overrides:
            return None
        outside = scope.moved(place=Place(self.runs.chosen, self.runs.globals.context), entry=Table.constant(None))
        return self._listed(let.value, outside, NO_MAPS)

    def _value(
        self, argument: Argument, scope: Scope, at: Maps, evaluate: Callable[..., Value] = bound_value
    ) -> Table[Any] | ListOfTables:
        """The value of an argument; a list whose entries are chosen one by one stays a list."""
        listed = self._listed(argument, scope, at)
        if listed is not None:
            return listed
        return self.runs.table(scope, lambda context: evaluate(argument, context), at, is_name=True)

    def _call(self, step: BlockStep, label: str, scope: Scope, at: Maps) -> Table[Any]:
        if step.is_bare:
            raise NotTabled(f"the block at line {step.span.line} stands in the scope of its call")
        block = self.runs.globals.blocks[step.block]
        if not scope.guard.is_constant:
            scope.place.module.count = Uncounted()
        if step.name is None:
            label = str(scope.place.module.count)
        module = self._submodule(step, label, block.name, scope)
        variables = Variables(self.runs.chosen)
        module.arguments = Frame(variables, module, None)
        call = BlockCall(block.name, step.span, scope.place.call)
        inner = scope.moved(place=self._place(scope, module.arguments, module, call=call), entry=at.reads)
        given, inside = given_arguments(block, step.arguments), Maps(at.reads, at.reads)
        for parameter in block.parameters:
            evaluate = bound_name if parameter.name in block.labels else bound_value
            if parameter.name in given:
                variables[parameter.name] = self._value(given[parameter.name], scope, at, evaluate)
            elif parameter.default is not None:
                variables[parameter.name] = self._value(parameter.default, inner, inside, evaluate)
        value = self.run(block.steps, inner, at.reads)
        self._counted(scope)
        self._enter(label, step, scope, value, module)
        return value

    def _merge(self, step: MergeStep, scope: Scope, at: Maps) -> Table[Any]:
        frame = scope.place.frame if step.when is None else Frame({}, None, scope.place.frame, step)
        inner = scope.moved(place=self._place(scope, frame, scope.place.module))
        branches = [self._branch(step, branch, inner, at.reads) for branch in step.branches]

        def run(context: Context) -> Value:
            self.runs.unfolder.branches = [value_at(branch, self.runs.chosen) for branch in branches]
            return self.runs.unfolder._merge(step, context)

        try:
            runs = self.runs.complete(self.runs.explored(lambda: self.runs.run(scope, at, run), MANY))
        except TooMany:
            raise NotTabled(f"{step.kind} at line {step.span.line} depends on too many choices at once") from None
        return self._settled(scope, runs)

    def _branch(self, step: MergeStep, branch: Branch, scope: Scope, start: Table[Any]) -> Table[Any]:
        """The map of a branch."""
        if isinstance(branch, Formula):
            return self.runs.table(scope, lambda context: self.runs.globals.map(branch, context), Maps(start, start))
        if _is_tied(step, branch):
            raise NotTabled(f"the branches at line {step.span.line} depend on too many choices at once")
        return self.run(branch if isinstance(branch, list) else [branch], scope, start)


def _opens(step: Step) -> bool:
    """Whether a step can be opened, as far as its text says."""
    name = step.name.text if step.name is not None else ""
    if step.trainable is not None or "$" in name or "." in name:
        return False
    if isinstance(step, MergeStep):
        return not any(_is_tied(step, branch) for branch in step.branches)
    return not (isinstance(step, BlockStep) and step.is_bare)


def _is_tied(step: MergeStep, branch: Branch) -> bool:
    """Whether a branch says how many maps there are, so that it cannot be run by itself."""
    if isinstance(branch, Formula):
        return False
    steps = branch if isinstance(branch, list) else [branch]
    is_loop = isinstance(branch, GroupStep) and branch.loop is not None and branch.loop.count is None
    return is_loop or (step.kind == "concat" and any(one.when is not None for one in steps))


def _goes_on(turn: int) -> Callable[[Any], bool]:
    """Whether a loop of so many turns has this one."""
    return lambda count: count is not ANY and count > turn


def _is(label: str) -> Callable[[Any], bool]:
    """Whether a name is this one."""
    return lambda one: one is not ANY and one == label


def _entry(at: int) -> Callable[[Any], Any]:
    """An entry of a list, if it is as long."""
    return lambda values: ANY if values is ANY or len(values) <= at else values[at]


def _is_number(name: str) -> bool:
    return name.isdigit() or name.startswith(Uncounted.word)


def _turns(count: int) -> int:
    """Raises: UnknownValue for a negative number of turns: then no network is legal."""
    if count < 0:
        raise UnknownValue
    return count


def _list(value: Value) -> tuple[Value, ...]:
    """Raises: UnknownValue for what is no list: then no network is legal."""
    if not isinstance(value, tuple):
        raise UnknownValue
    return value
