"""Unfolding for all choices at once: a layer is inferred once for each combination of choices that reaches it.

A step is run by the unfolding of single networks, and says by asking which choices it depends on. Where these are too
many together, as those of a loop over all stages, it is opened: its steps are run one by one, and what stands between
them is a table. A table is collapsed: a kernel that its padding makes good leaves no trace in the map behind it, so
that choices add up along a network, and do not multiply.

>>> import archcalc
>>> from archcalc.sweep.domain import Axis
>>> text = '''
... input: [3, 32, 32]
... let: {k: 3, c: 8}
... layers:
...   - conv: {out: 4, kernel: k, padding: k // 2}
...   - conv: {out: c, kernel: 3}
... '''
>>> question = archcalc.load(text).sweep({"k": (1, 3, 5), "c": (8, 16)}).question
>>> found = unfolded(question, {0: question.axes[0], 1: question.axes[1]}, {}, (3, 2))
>>> [unit.costs.choices for unit in found.units], found.inferred
([(0,), (1,)], 5)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.collector import paused
from archcalc.diagnostics.model import errors
from archcalc.dims import Condition
from archcalc.expand.scope import Context
from archcalc.expressions.given import words
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Frame, Graph
from archcalc.layers.table import layer_class
from archcalc.network import Assembly, Settings
from archcalc.spec.model import LayerStep, Mistake, Spec, Step, UseStep
from archcalc.sweep.choices.asked import Asked, Asking, refuse
from archcalc.sweep.choices.names import NotTabled, Place, Variables
from archcalc.sweep.choices.readings import Readings
from archcalc.sweep.choices.registered import check as check_registered
from archcalc.sweep.choices.runs import NO_MAPS, Cost, Maps, Run, Runs, Scope, Unit
from archcalc.sweep.choices.steps import Steps
from archcalc.sweep.choices.table import ANY, Table
from archcalc.sweep.domain import Axis
from archcalc.sweep.question import Question


class Tabled(NamedTuple):
    """A space as the sum of its units, and what is asked of their figures; `inferred` counts layers."""

    units: list[Unit]
    asked: Asked
    inferred: int


def unfolded(
    question: Question,
    choices: Mapping[int, Axis],
    given: Mapping[str, Value],
    sizes: Sequence[int],
    *,
    is_open: bool = False,
    readings: Readings | None = None,
) -> Tabled:
    """The network of a question for all choices, which are axes by their places, out of `sizes` values each.

    `given` are values of all other names that are swept; `is_open` says that some are formulas in open sizes.
    `readings` get to know which choices are read. Raises: NotTabled.
    """
    refuse(question.quantities)
    spec = question.program.network_spec
    steps = _steps(spec)
    looks_closer = any(map(_looks_closer, steps))
    assembly = Assembly(spec, Settings({**question.given, **given}))
    with paused():
        return with_room(
            lambda: _Network(
                Runs(
                    question,
                    assembly,
                    choices,
                    sizes,
                    is_open=is_open,
                    looks_closer=looks_closer,
                    readings=readings,
                )
            ).tabled()
        )


def _looks_closer(step: Step) -> bool:
    """Whether a step asks for more of another one than the shape of its map."""
    is_undoing = isinstance(step, LayerStep) and set(layer_class(step.kind).undone) & set(step.fields)
    return isinstance(step, UseStep) or step.tied is not None or bool(is_undoing)


def _steps(spec: Spec) -> list[Step]:
    """All steps that are written anywhere in a spec."""
    found: list[Step] = []
    waiting: list[Any] = [*spec.steps, *(step for block in spec.blocks.values() for step in block.steps)]
    while waiting:
        step = waiting.pop()
        if isinstance(step, list):
            waiting.extend(step)
        elif isinstance(step, Step):
            found.append(step)
            waiting.extend(getattr(step, "steps", ()))
            waiting.extend(getattr(step, "branches", ()))
    return found


class _Network:
    """A whole network: what flows in, its steps, what comes out."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.assembly = runs.assembly

    def tabled(self) -> Tabled:
        """All units."""
        assembly, graph = self.assembly, self.runs.graph
        self._refuse_hidden_choices()
        self._check_words()
        graph.root.names = self.runs.names(graph.root, Table.constant(True))
        first = Context(self.runs.globals, Frame({}, graph.root, None), graph.root)
        nowhere = Scope(Place(self.runs.chosen, first), Table.constant(None), Table.constant(True))
        flows = self.runs.table(nowhere, lambda _: self._inputs(), NO_MAPS)
        self.runs.add(nowhere, flows.map(lambda all_: Run(ANY, self._of_inputs(all_))))
        entries = list(dict.fromkeys(entry.name for entry in assembly.spec.inputs))
        single = len(entries) == 1 and entries[0] == "input"
        maps = {name: flows.map(_flow(at)).collapsed(self.runs.key) for at, name in enumerate(entries)}
        self.runs.globals.input_names = entries
        self.runs.globals.steps = assembly.spec.steps
        start: Table[Any] = next(iter(maps.values())) if len(maps) == 1 else Table.constant(None)
        frame = Frame(Variables(self.runs.chosen, {} if single else maps), graph.root, None)
        place = Place(self.runs.chosen, first)
        place.frame = frame
        scope = Scope(place, start, Table.constant(True))
        end = Steps(self.runs).run(assembly.spec.steps, scope, start)
        self._outputs(scope, end)
        check_registered(self.runs)
        asked = Asking(self.runs, scope, end).asked()
        return Tabled(self.runs.units, asked, self.runs.layers)

    # The parts around the steps

    def _refuse_hidden_choices(self) -> None:
        """Raises: NotTabled where values of other symbols, or lets that nobody reads, depend on what is chosen."""
        names = {axis.name for axis in self.runs.axes.values()}
        settled = self.assembly.overrides
        for name, formula in self.assembly.spec.at.items():
            if name not in names and name not in settled and set(formula.tree.names()) - set(settled):
                raise NotTabled(f"`at` computes {name} from other names")
        self.runs.chosen.update(dict.fromkeys(self.runs.axes, 0))
        self.assembly.unread_lets(self.runs.globals)
        self.runs.chosen.clear()
        self.runs.globals.begin()
        if self.assembly.diagnostics:
            raise NotTabled(self.assembly.diagnostics[0].message)

    def _check_words(self) -> None:
        """Values with words that the spec does not know are illegal, wherever they stand."""
        for place, axis in self.runs.axes.items():
            if isinstance(axis.values, range) or not any(words(value) for value in axis.values):
                continue
            legal: dict[tuple[int, ...], bool] = {}
            for code, value in enumerate(axis.values):
                alone = Assembly(self.assembly.spec, Settings({axis.name: value}))
                alone.symbols()
                legal[code,] = not errors(alone.diagnostics)
            if not all(legal.values()):
                costs = {codes: Cost(self.runs.nothing(), is_legal=is_legal) for codes, is_legal in legal.items()}
                self.runs.units.append(Unit(Table((place,), costs), Table.constant(True)))
                if self.runs.readings is not None:
                    self.runs.readings.first[place] = next((code for (code,), known in legal.items() if known), 0)

    def _inputs(self) -> tuple[Any, ...]:
        """The maps that flow in. Raises: Mistake, NeedsChoice."""
        assembly = self.assembly
        graph = Graph()
        del assembly.requirements[:]
        assembly.inputs(graph, self.runs.globals)
        found, assembly.diagnostics = assembly.diagnostics, []
        if found:
            raise Mistake(found[0])
        return (*(node.outputs[0] for node in graph.inputs), *(one.condition for one in assembly.requirements))

    def _of_inputs(self, flows: Any) -> Cost | None:
        conditions = () if flows is ANY else tuple([one for one in flows if isinstance(one, Condition)])
        return Cost(self.runs.nothing(), conditions)

    def _outputs(self, scope: Scope, end: Table[Any]) -> None:
        """What comes out may be missing: then a network is not legal."""

        def run(context: Context) -> bool:
            graph = self.runs.graph
            graph.outputs = {}
            self.assembly.outputs(graph, context, context.here)
            found, self.assembly.diagnostics = self.assembly.diagnostics, []
            if any(one.severity == "error" for one in found) or not graph.outputs:
                raise Mistake(found[0]) if found else UnknownValue
            return True

        self.runs.table(scope, run, Maps(end, end))


def _flow(at: int) -> Callable[[Any], Any]:
    """One of the maps that flow in."""
    return lambda flows: ANY if flows is ANY else flows[at]
