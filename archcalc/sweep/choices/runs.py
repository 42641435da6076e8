"""Steps of a network run at single combinations of choices, as often as they ask for a choice that is not made yet.

What a step does is computed by the unfolding of single networks. It asks for a value by its name, or for the map that
arrives, and where these depend on a choice that is not made, the step is begun anew for each of its values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeVar

from archcalc.diagnostics.model import Diagnostic, errors
from archcalc.dims import Condition, Dim, DimsOverflow
from archcalc.expand.build import MAX_OPEN, Memory
from archcalc.expand.registering import Registered
from archcalc.expand.scope import Binding, Context
from archcalc.expand.unfold import MAX_STEPS, Stop, Unfolder
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Graph, Map, Module, Node
from archcalc.network import Assembly
from archcalc.spec.model import ForkStep, MergeStep, Mistake
from archcalc.sweep.choices.alike import Alike
from archcalc.sweep.choices.figures import Figures
from archcalc.sweep.choices.names import Chosen, ChosenGlobals, Names, NotTabled, Place, Uncounted, Unreached, value_at
from archcalc.sweep.choices.readings import Readings
from archcalc.sweep.choices.table import ANY, NeedsChoice, Table, both, chosen_by, combined, united
from archcalc.sweep.choices.ways import Ways
from archcalc.sweep.definite import are_whatever
from archcalc.sweep.domain import Axis
from archcalc.sweep.question import Question

MANY = 50_000
"""Combinations for which a step that cannot be opened is run."""
MAX_RUNS = 150_000
"""Runs of steps for all tables of a space: some seconds of work."""
MAX_LAYERS = 400_000
"""Layers that are made for all tables of a space."""
MAX_ENTRIES = 1_000_000
"""Entries of tables that are made of other tables: a minute of work would be 20 million."""
MAX_UNITS = 20_000
"""Steps of a network that are run each on its own."""

Found = TypeVar("Found")


class Cost(NamedTuple):
    """What some layers cost: a number, or a formula in open sizes, for each figure; and what has to hold there.

    Figures that are left out at the end are 0.
    """

    figures: tuple[Dim, ...]
    conditions: tuple[Condition, ...] = ()
    is_legal: bool = True
    wanted: tuple[Condition, ...] = ()
    is_met: bool = True
    """Whether a design may meet the conditions of a question, for which what is `wanted` has to hold, too."""


class Unit(NamedTuple):
    """What a step costs, by the choices that it depends on, where a network comes to it at all."""

    costs: Table[Cost]
    guard: Table[bool]
    steps: int = 0
    """Steps that are run for it at the most."""


class TooMany(Exception):
    """A step depends on more combinations than it is run for."""


class Scope(NamedTuple):
    """Where steps are opened: a place without maps, the map that entered the block, and whether one comes here."""

    place: Context
    entry: Any
    guard: Table[bool]

    def moved(self, **changes: Any) -> Scope:
        """The same but for some of it."""
        return self._replace(**changes)


class Maps(NamedTuple):
    """The current map, and the map that a step reads."""

    here: Table[Any]
    reads: Table[Any]


NO_MAPS = Maps(*[Table.constant(None)] * 2)


class Run(NamedTuple):
    """What a step did at one combination: the map behind it, what it cost, names that it gave, numbers that it used up.

    `steps` is how many were run.
    """

    here: Any
    cost: Cost | None
    names: tuple[tuple[Names, str, Binding], ...] = ()
    counted: int = 0
    steps: int = 0
    marks: Any = ANY
    """The choices that it has read."""
    ways: Any = ANY
    """How many layers there are on the longest ways that end here, where that is asked."""
    registered: tuple[Registered, ...] = ()
    """What is said to be registered at a place of its own."""


class Given(Unfolder):
    """An unfolder that is told what the branches of a merge are, where they were run before."""

    branches: list[Value] | None = None

    def _branches(self, step: MergeStep | ForkStep, context: Context, kind: str) -> list[Value]:
        if self.branches is None:
            return super()._branches(step, context, kind)
        given, self.branches = self.branches, None
        return given


class Runs:
    """The runs of one space, and the units that come out. `sizes` are how many values each axis has."""

    def __init__(
        self,
        question: Question,
        assembly: Assembly,
        axes: Mapping[int, Axis],
        sizes: Sequence[int],
        *,
        is_open: bool,
        looks_closer: bool,
        readings: Readings | None = None,
    ) -> None:
        self.readings = readings
        self.question = question
        self.figures = Figures(question.quantities)
        depths = [one for one in question.quantities if one.name == "depth"]
        self.ways = Ways(depths, sizes) if depths else None
        self._alike = Alike(looks_closer=looks_closer, ways=self.ways)
        self.key = self._alike.key
        self.unnamed: set[str] = set()
        """How layers without a name would be called if each were the only one of its kind."""
        self.axes = axes
        self.sizes = sizes
        self.is_open = is_open
        self.assembly = assembly
        self.chosen = Chosen()
        self.globals = ChosenGlobals(assembly, axes, self.chosen)
        self.graph = Graph()
        self.unfolder = Given(self.globals, assembly.spec.rounding, self.graph, Memory())
        self.units: list[Unit] = []
        self.layers = self.entries = self.count = self.steps = 0
        self.scopes: list[Names] = []
        self.registered: list[tuple[Table[Sequence[Registered]], Table[bool]]] = []
        """What steps register, and where one comes to them."""
        self.touched: list[Names] = []
        """Scopes of which the step at hand has entered names."""

    # Runs at single combinations

    def explored(self, act: Callable[[], Found], most: int) -> list[tuple[dict[int, int], Found]]:
        """What is found at all combinations of the choices that somebody asks for. Raises: TooMany."""
        found: list[tuple[dict[int, int], Found]] = []
        waiting: list[tuple[dict[int, int], int]] = [({}, 1)]
        while waiting:
            codes, product = waiting.pop()
            self.chosen.clear()
            self.chosen.update(codes)
            self.globals.begin()
            try:
                found.append((codes, act()))
            except NeedsChoice as needed:
                size = self.sizes[needed.place]
                if product * size > most:
                    raise TooMany from None
                waiting.extend(({**codes, needed.place: code}, product * size) for code in reversed(range(size)))
        self.chosen.clear()
        return found

    def run(self, scope: Scope, at: Maps, act: Callable[[Context], Value]) -> Run:
        """What a step does at the combination at hand."""
        self.count += 1
        if self.count > MAX_RUNS:
            raise NotTabled("too many choices decide together what is computed")
        unfolder, graph = self.unfolder, self.graph
        nodes, module = graph.nodes, scope.place.module
        del nodes[:]
        graph.unbuilt.clear()
        unfolder.diagnostics.clear()
        unfolder.errors, unfolder.budget = 0, MAX_STEPS
        unfolder.branches = None
        unfolder.registered.clear()
        unfolder.builder._open = MAX_OPEN
        before = module.count
        self.chosen.marks.clear()
        self._forget()
        try:
            if scope.guard.settled(self.chosen) is False:
                raise Unreached
            context = self.place(scope, at)
            context.here = act(context)
            numbered = module.count - before
            entered = [(one, name, made) for one in self.touched for name, made in one.entered.items()]
            given = tuple([one for one in entered if not one[1].startswith(Uncounted.word)])
        except Unreached:
            return Run(ANY, None)
        except UnknownValue:
            return Run(ANY, Cost(self.nothing(), is_legal=False))
        except Mistake as error:
            self._refuse_open([error.diagnostic])
            return Run(ANY, Cost(self.nothing(), is_legal=False))
        except Stop:
            raise NotTabled("a network of these is too large") from None
        finally:
            module.count = before
        if self.ways is not None:
            self.ways.begin()
        self.layers += len(nodes)
        if self.layers > MAX_LAYERS:
            raise NotTabled(f"more than {MAX_LAYERS:,} layers differ")
        if found := errors(unfolder.diagnostics):
            self._refuse_open(found)
            return Run(ANY, Cost(self.nothing(), is_legal=False))
        marks = frozenset(self.chosen.marks)
        done = Run(
            context.here,
            self._cost(list(nodes)),
            given,
            numbered,
            MAX_STEPS - unfolder.budget,
            marks,
            registered=tuple(unfolder.registered),
        )
        return done if self.ways is None or not nodes else done._replace(ways=self.ways.run(nodes))

    def place(self, scope: Scope, at: Maps) -> Place:
        """Where a step stands, at what is chosen. Raises: NeedsChoice, Unreached."""
        found = Place(self.chosen, scope.place)
        found.here = value_at(at.here, self.chosen)
        found.reads = found.here if at.reads is at.here else value_at(at.reads, self.chosen)
        found.entry = scope.entry
        return found

    def _forget(self) -> None:
        """Names that a step has entered, and of which it is not known for all choices."""
        for names in self.touched:
            names.entered.clear()
        self.touched.clear()

    def _refuse_open(self, found: Sequence[Diagnostic]) -> None:
        """Raises: NotTabled where an error may only say that an open size cannot stand there."""
        if self.is_open and not are_whatever(found):
            raise NotTabled(found[0].message)

    def _cost(self, nodes: list[Node]) -> Cost:
        if not nodes:
            return Cost(self.nothing())
        try:
            figures = self.figures.of(nodes)
        except (UnknownValue, DimsOverflow) as error:
            raise NotTabled(str(error) or "a size is not known") from None
        if self.figures.are_named:
            self.unnamed.update(node.module.prefix + node.kind for node in nodes if not node.label)
        facts = [node.facts for node in nodes if node.facts is not None]
        asked = [one.condition for each in facts for one in each.requirements if one.condition.decide() is not True]
        return Cost(figures, tuple(dict.fromkeys(asked)))

    def nothing(self) -> tuple[Dim, ...]:
        """No figure of any quantity."""
        return (0,) * len(self.figures.added)

    # Tables

    def table(self, scope: Scope, read: Callable[[Context], Found], at: Maps, *, is_name: bool = False) -> Table[Found]:
        """A value at all choices; where it cannot be computed, networks are not legal.

        What it is computed from is read now, or, if it only gets a name, by those who read this name.
        """

        def act() -> Run:
            return self.run(scope, at, lambda context: (read(context),))

        try:
            runs = self.complete(self.explored(act, MANY))
        except TooMany:
            raise NotTabled("one value depends on too many choices") from None
        # What cannot be computed at some choices depends on them, whoever reads it.
        is_safe = all(run.cost is None or run.cost.is_legal for run in runs.of.values())
        self.add(scope, runs, is_read=not (is_name and is_safe))
        whole: Table[Any] = runs.map(lambda run: run.here if run.here is ANY else run.here[0])
        found = self.joined(whole)
        if self.readings is not None and is_name:
            found.marks = runs.map(lambda run: frozenset() if run.marks is ANY else run.marks).collapsed()
        return found

    def looked_up(self, act: Callable[[], Any], what: str) -> Table[Any]:
        """A value at all choices, which costs nothing; ANY where no network is legal. Raises: NotTabled."""
        self._forget()

        def reached() -> Any:
            try:
                return act()
            except Unreached:
                return ANY

        try:
            return self.complete(self.explored(reached, MANY)).collapsed(self.key)
        except TooMany:
            raise NotTabled(f"{what} depends on too many choices at once") from None

    def either(self, holds: Table[bool], yes: Table[Any], no: Table[Any]) -> Table[Any]:
        """One table of maps or bindings where something holds, and another one where it does not. Raises: NotTabled."""
        self._spend(holds, yes, no)
        return chosen_by(holds, yes, no, self.sizes, self.key, self.joined)

    def joined(self, values: Table[Any]) -> Table[Any]:
        """Over those choices alone that change what stands behind it; maps become one. Raises: NotTabled."""
        ways = self.ways
        are_maps = ways is not None and all(one is ANY or isinstance(one, Map) for one in values.of.values())
        if ways is None or not are_maps:
            return values.collapsed(self.key)
        ways.begin()
        found = values.collapsed(self._alike.of_form, ways.joined)
        return found.map(lambda one: one if one is ANY else ways.traced(one))

    def both(self, one: Table[bool], other: Table[bool]) -> Table[bool]:
        """Where both hold. Raises: NotTabled."""
        self._spend(one, other)
        return both(one, other, self.sizes)

    def _spend(self, *tables: Table[Any]) -> None:
        """Charge the entries of a table that is made of others. Raises: NotTabled."""
        self.entries += prod(self.sizes[place] for place in united(*tables))
        if self.entries > MAX_ENTRIES:
            raise NotTabled("too many choices decide together what is computed")

    def complete(self, runs: list[tuple[dict[int, int], Found]]) -> Table[Found]:
        """What was found, over all choices that anybody asked for at any of them. Raises: TooMany, NotTabled."""
        choices = tuple(sorted({place for codes, _ in runs for place in codes}))
        if prod(self.sizes[place] for place in choices) > MANY:
            raise TooMany
        self._spend(Table(choices, {}))
        found: dict[tuple[int, ...], Found] = {}
        for codes, run in runs:
            rest: Table[Any] = Table([place for place in choices if place not in codes], {})
            for _, more in combined(self.sizes, rest):
                whole = {**codes, **more}
                found[tuple([whole[place] for place in choices])] = run
        return Table(choices, found)

    def add(self, scope: Scope, runs: Table[Run], *, is_read: bool = True) -> None:
        """A further unit, unless it costs nothing and asks for nothing. Raises: NotTabled."""
        if self.readings is not None and is_read:
            self.readings.note(scope.guard, runs.map(lambda run: run.marks))
        if self.ways is not None and any(run.ways is not ANY for run in runs.of.values()):
            self._spend(scope.guard, runs)
            ways = {
                codes: runs.at(chosen).ways if scope.guard.at(chosen) else ANY
                for codes, chosen in combined(self.sizes, scope.guard, runs)
            }
            self.ways.add(Table(united(scope.guard, runs), ways))
        if any(run.registered for run in runs.of.values()):
            self.registered.append((runs.map(lambda run: run.registered), scope.guard))
        nothing = Cost(self.nothing())
        whole = runs.map(lambda run: nothing if run.cost is None else run.cost).collapsed()
        steps = max(run.steps for run in runs.of.values())
        if steps or not whole.is_constant or whole.of[()] != nothing:
            self.enter(Unit(whole, scope.guard, steps))

    def repeat(self, units: Sequence[Unit], guard: Table[bool]) -> None:
        """The same units once more, where something holds. Raises: NotTabled."""
        for unit in units:
            self.enter(unit._replace(guard=self.both(unit.guard, guard)))

    def enter(self, unit: Unit) -> None:
        """A further unit. Raises: NotTabled."""
        self.steps += unit.steps
        if len(self.units) >= MAX_UNITS or self.steps > MAX_STEPS:
            # Of single networks, too, some may have more steps than a network may have.
            raise NotTabled("some networks have too many steps")
        self.units.append(unit)

    def names(self, module: Module, guard: Table[bool]) -> Names:
        """Names for a scope that is opened."""
        names = Names(self.chosen, guard, self.touched)
        names.module = module
        self.scopes.append(names)
        return names
