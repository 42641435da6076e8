"""What is asked of a network besides sums, at all choices: sizes, layers that may be missing, and conditions.

A size is looked up in a table over the choices that change it. A condition is computed at all values of the names and
sizes in it, while sums stand for themselves: what is decided then is looked up, too, and the rest is a condition on
figures, of which some are numbers of that table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.diagnostics.model import errors
from archcalc.dims import Condition, Dim, Number, Polynomial, free_symbols
from archcalc.dims.atoms import Monomial, symbol_atom
from archcalc.dims.polynomial import atom_polynomial
from archcalc.expand.scope import Binding
from archcalc.expectations.measure import alike
from archcalc.expectations.target import INPUT, NoTarget, Target, is_pattern, outputs_of
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Graph, Module
from archcalc.quantities import PLANNED, QUANTITIES
from archcalc.questions.constraints import Constraint, Quantity
from archcalc.questions.measuring import NEVER, Judged, NoSuchTarget, NotMeasured, measured, names_of
from archcalc.receptive import ReceptiveFields
from archcalc.spec.model import Mistake
from archcalc.sweep.choices.figures import Column, adds_up, is_total
from archcalc.sweep.choices.names import NotTabled, value_at
from archcalc.sweep.choices.runs import Cost, Maps, Runs, Scope, Unit
from archcalc.sweep.choices.table import ANY, Table
from archcalc.sweep.definite import may_depend

FIGURE = "#"
"""How symbols of figures begin, as no name of a spec does."""

Powers = tuple[tuple[Any, int], ...]
Shape = tuple[str, int, int]
"""The relation of a condition, its modulus, and how many of the same kind stand in front of it."""


class Asked(NamedTuple):
    """The columns of all quantities, how many figures there are, and conditions on these, in which symbols stand."""

    columns: tuple[Column, ...]
    figures: int
    conditions: tuple[Condition, ...]


def of_figure(place: int) -> Polynomial:
    """The symbol of a figure. It is 1 more than the figure, as symbols are 1 at least."""
    return atom_polynomial(symbol_atom(f"{FIGURE}{place}"))


def figure_of(name: str) -> int:
    """The place of a figure by the name of its symbol."""
    return int(name.removeprefix(FIGURE))


def refuse(quantities: Sequence[Quantity]) -> None:
    """Raises: NotTabled for a quantity that tables do not have, whatever the network is."""
    for quantity in quantities:
        if is_total(quantity):
            continue
        if quantity.name in PLANNED:
            raise NotTabled(f"{quantity.text} depends on how the whole network runs")
        if quantity.name == "receptive_field":
            raise NotTabled(f"{quantity.text} is followed through whole networks")
        if patterns := list(filter(is_pattern, names_of(quantity))):
            raise NotTabled(f"{quantity.text} is of all layers that {patterns[0]} fits")


class Asking:
    """Asks for all quantities and conditions of a question where all steps have run; `end` is the last map."""

    def __init__(self, runs: Runs, scope: Scope, end: Table[Any]) -> None:
        self.runs = runs
        self.scope = scope
        self.end = end
        self.looked_up: dict[Quantity, Table[Any]] = {}
        """Sizes, or None where there are none; and of sums whether there are such layers."""

    def asked(self) -> Asked:
        """What is asked; further units are entered for it. Raises: NotTabled."""
        question = self.runs.question
        columns = []
        for quantity in question.quantities:
            if quantity.name == "depth":
                columns.append(self._depth(quantity))
            else:
                columns.append(self._total(quantity) if adds_up(quantity) else self._sizes(quantity))
        self.runs.figures.columns.update(zip(question.quantities, columns, strict=True))
        conditions = [one for constraint in question.constraints for one in self._conditions(constraint)]
        return Asked(tuple(columns), self.runs.figures.count, tuple(conditions))

    # Quantities

    def _depth(self, quantity: Quantity) -> Column:
        """The column of the longest way, which is a sum of tables."""
        column = self._total(quantity)
        places = self.runs.figures.more()
        ways = self.runs.ways
        assert ways is not None, "it is asked for"
        for table in ways.of(quantity).tables():
            self._enter(table.map(lambda number: {places[0]: number}))
        return column._replace(places=places)

    def _total(self, quantity: Quantity) -> Column:
        """The column of a sum, with a figure that says where there are such layers."""
        column = self.runs.figures.columns[quantity]
        names = [name for name in names_of(quantity) if not is_pattern(name)]
        if not names:
            return column
        found = self.runs.looked_up(lambda: self._are_there(names), quantity.text)
        self.looked_up[quantity] = found
        if all(one is ANY or one for one in found.of.values()):
            return column
        (present,) = self.runs.figures.more()
        self._enter(found.map(lambda one: {present: int(one is not ANY and one)}))
        return column._replace(present=(*column.present, present))

    def _are_there(self, names: Sequence[str]) -> bool:
        try:
            self._targets(names)
        except NoTarget:
            return False
        return True

    def _sizes(self, quantity: Quantity) -> Column:
        """The column of sizes, which are looked up."""
        names = names_of(quantity)
        found = self.runs.looked_up(lambda: self._measured(quantity, names), quantity.text)
        self.looked_up[quantity] = found
        figures = self.runs.figures
        known = [one for one in found.of.values() if one is not ANY]
        if QUANTITIES[quantity.name].kind != "sizes":
            places = figures.more()
            present = figures.more() if None in known else ()
            self._enter(
                found.map(
                    lambda one: {} if one is ANY or one is None else {places[0]: one, **dict.fromkeys(present, 1)}
                )
            )
            return Column(places, present=present)
        ranks = {0 if one is None else len(one) for one in known}
        places = figures.more(max(ranks, default=0))
        rank = None if len(ranks) == 1 and 0 not in ranks else figures.more()[0]

        def of(one: Any) -> dict[int, Dim]:
            if one is ANY or one is None:
                return {}
            sizes = dict(zip(places, one, strict=False))
            return sizes if rank is None else {**sizes, rank: len(one)}

        self._enter(found.map(of))
        return Column(places, is_sizes=True, rank=rank)

    def _measured(self, quantity: Quantity, names: Sequence[str]) -> Value:
        """Sizes at what is chosen; None where there is no such thing."""
        try:
            targets = self._targets(names) if names else [self._network()]
            if any(one.shape is None for target in targets for one in target.outputs.values()):
                return ANY
            return measured(quantity, lambda: alike(quantity.name, targets, ReceptiveFields(Graph())))
        except UnknownValue:
            return ANY
        except NoTarget:
            return None
        except NotMeasured as error:
            if self.runs.is_open and may_depend(error, [quantity]):
                raise NotTabled(str(error)) from None
            return None

    def _network(self) -> Target:
        """The network with what comes out. Raises: UnknownValue where it is not legal."""
        graph, assembly = Graph(), self.runs.assembly
        graph.root.names = self.runs.graph.root.names
        assembly.diagnostics = []
        assembly.outputs(
            graph, self.runs.place(self.scope, Maps(self.end, self.end)), value_at(self.end, self.runs.chosen)
        )
        found, assembly.diagnostics = assembly.diagnostics, []
        if errors(found) or not graph.outputs:
            raise UnknownValue
        return Target("", [], graph.outputs)

    def _targets(self, names: Sequence[str]) -> list[Target]:
        """The layers and scopes of some names, with their maps. Raises: NoTarget."""
        return [self._target(name) for name in names]

    def _target(self, name: str) -> Target:
        binding = _bound(self.runs.graph.root, name.split("."))
        if binding is not None and binding.inside is not None:
            return Target(name, [], outputs_of(name, binding.value))
        if name == INPUT and binding is None:
            raise NotTabled("sizes of what enters the network are not in tables")
        if any(name == one or name.rpartition("_")[0] == one for one in self.runs.unnamed):
            raise NotTabled(f"{name} may be a layer without a name, of which there are several")
        raise NoTarget(name, "")

    def _enter(self, figures: Table[dict[int, Dim]]) -> None:
        """A unit that adds some figures, by their places."""
        count = self.runs.figures.count
        self.runs.enter(Unit(figures.map(lambda own: Cost(_spread(own, count))), Table.constant(True)))

    # Conditions

    def _conditions(self, constraint: Constraint) -> list[Condition]:
        """Conditions on figures; what holds or not at once is entered as units. Raises: NotTabled."""
        found = self.runs.looked_up(lambda: self._judged(constraint), constraint.text)
        split: dict[tuple[int, ...], list[Condition]] = {}
        costs: dict[tuple[int, ...], Cost] = {}
        nothing = Cost(self.runs.nothing())
        for codes, conditions in found.of.items():
            split[codes] = [] if conditions is ANY else [one for one in conditions if _has_figures(one)]
            others = [] if conditions is ANY else [one for one in conditions if not _has_figures(one)]
            decided = {one: one.decide() for one in others}
            is_met = False not in decided.values()
            wanted = tuple([one for one, holds in decided.items() if holds is None]) if is_met else ()
            costs[codes] = nothing._replace(wanted=wanted, is_met=is_met)
        whole = Table(found.choices, costs).collapsed()
        if not whole.is_constant or whole.of[()] != nothing:
            self.runs.enter(Unit(whole, Table.constant(True)))
        asked = [own for codes, own in split.items() if found.of[codes] is not ANY]
        if not asked:
            return []
        if all(own == asked[0] for own in asked) and not any(map(_has_others, asked[0])):
            return asked[0]
        return self._by_coefficients(Table(found.choices, split))

    def _judged(self, constraint: Constraint) -> tuple[Condition, ...]:
        """What has to hold at what is chosen; never, where there is nothing of what is asked about."""
        judge = _Judge(self)
        try:
            found = judge.conditions(constraint)
        except NotMeasured as error:
            if self.runs.is_open and may_depend(error, constraint.quantities):
                raise NotTabled(str(error)) from None
            return (NEVER,)
        except (Mistake, UnknownValue):
            return (NEVER,)
        return tuple(dict.fromkeys([*found, *judge.more]))

    def _by_coefficients(self, conditions: Table[list[Condition]]) -> list[Condition]:
        """Conditions that differ in numbers alone, as conditions of which these numbers are figures."""
        parts: dict[Shape, dict[tuple[int, ...], dict[Powers, Number]]] = {}
        for codes, own in conditions.of.items():
            seen: dict[tuple[str, int], int] = {}
            for one in own:
                subject = one.subject
                assert isinstance(subject, Polynomial), "it has figures"
                modulus = one.modulus * subject.denominator if one.relation == "multiple" else 1
                kind = one.relation, modulus
                seen[kind] = seen.get(kind, -1) + 1
                parts.setdefault((*kind, seen[kind]), {})[codes] = _coefficients(subject.terms)
        return [self._condition(shape, conditions, of) for shape, of in parts.items()]

    def _condition(
        self, shape: Shape, conditions: Table[list[Condition]], of: Mapping[tuple[int, ...], Mapping[Powers, Number]]
    ) -> Condition:
        relation, modulus, _ = shape
        subject: Number = 0
        changing: dict[int, Powers] = {}
        for powers in dict.fromkeys(one for own in of.values() for one in own):
            product = Polynomial({powers: 1}, 1) if powers else 1
            # Where a condition is missing, 0 >= 0 stands in its place.
            numbers = {of.get(codes, {}).get(powers, 0) for codes in conditions.of}
            if len(numbers) == 1 and isinstance(number := numbers.pop(), int):
                subject = subject + number * product
                continue
            (place,) = self.runs.figures.more()
            changing[place] = powers
            subject = subject + (of_figure(place) - 1) * product
        if changing:
            costs = {
                codes: {place: of.get(codes, {}).get(powers, 0) for place, powers in changing.items()}
                for codes in conditions.of
            }
            self._enter(Table(conditions.choices, costs))  # type: ignore[arg-type] # of whole numbers
        if relation == "multiple":
            return Condition.multiple(subject, modulus)
        return Condition.equal(subject, 0) if relation == "equal" else Condition.at_least(subject, 0)


class _Judge(Judged):
    """Sums that stand for themselves, sizes and names at what is chosen. `more` has to hold besides."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking.runs.globals)
        self.asking = asking
        self.more: list[Condition] = []

    def value(self, quantity: Quantity) -> Value:
        """A quantity. Raises: NotMeasured, NeedsChoice, Unreached."""
        looked_up = self.asking.looked_up.get(quantity)
        found = True if looked_up is None else value_at(looked_up, self.asking.runs.chosen)
        if found is None or found is False:
            raise NoSuchTarget(f"there is no {quantity.text}")
        if not is_total(quantity):
            return found
        figures = self.asking.runs.figures
        column = figures.columns[quantity]
        # How many layers patterns fit is a sum, too; whether there are those of a name is known.
        fitting = [place for place in column.present if place < len(figures.added)]
        self.more += [Condition.at_least(of_figure(place) - 1, 1) for place in fitting]
        return of_figure(column.places[0]) - 1


def _bound(module: Module, path: Sequence[str]) -> Binding | None:
    """What a path of names leads to. Raises: NeedsChoice."""
    found: Binding | None = None
    for at, name in enumerate(path):
        inside: Any = module if at == 0 else found.inside if found is not None else None
        found = inside.names.get(name) if isinstance(inside, Module) else None
    return found


def _spread(own: Mapping[int, Dim], count: int) -> tuple[Dim, ...]:
    return tuple([own.get(place, 0) for place in range(count)])


def _has_figures(condition: Condition) -> bool:
    return any(name.startswith(FIGURE) for name in free_symbols(condition.subject))


def _has_others(condition: Condition) -> bool:
    return not all(name.startswith(FIGURE) for name in free_symbols(condition.subject))


def _coefficients(terms: Mapping[Monomial, int]) -> dict[Powers, Number]:
    """The factors of the products of figures in a sum: whole numbers, or formulas in open sizes. Raises: NotTabled."""
    found: dict[Powers, Number] = {}
    for monomial, coefficient in terms.items():
        figures: list[tuple[Any, int]] = []
        others: list[tuple[Any, int]] = []
        for atom, power in monomial:
            are_figures = {name.startswith(FIGURE) for name in atom.symbols}
            if len(are_figures) > 1:
                raise NotTabled("a condition rounds what depends on figures and on open sizes together")
            (figures if True in are_figures else others).append((atom, power))
        rest: Number = Polynomial({tuple(others): coefficient}, 1) if others else coefficient
        found[tuple(figures)] = found.get(tuple(figures), 0) + rest
    return found
