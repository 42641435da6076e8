"""Designs of one form: which are legal, which meet the conditions and what they cost, in closed form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.dims import Condition, DimsOverflow
from archcalc.expand.build import Memory
from archcalc.expressions.values import Value
from archcalc.network import Settings
from archcalc.questions.constraints import Constraint, Quantity
from archcalc.questions.errors import errors_of, problem
from archcalc.questions.measuring import NEVER, Measures, NotMeasured
from archcalc.sizes.question import conditions
from archcalc.sweep.arrays import numpy
from archcalc.sweep.definite import are_whatever, may_depend
from archcalc.sweep.domain import Line, length
from archcalc.sweep.instructions import Instructions
from archcalc.sweep.kernel import Kernel, Part
from archcalc.sweep.question import Question
from archcalc.sweep.space import Space

Column = int | tuple[int, ...] | None
"""The register of a quantity, or those of its sizes; None where the network has no such thing."""


class NoForm(Exception):
    """Numbers decide the form of a network, or something that is asked about it; the message says which and where."""


class Form:
    """Closed forms over some axes, compiled when they are first needed. `axes` are the places of these axes."""

    def __init__(
        self,
        axes: Sequence[int],
        lines: Sequence[Line],
        instructions: Instructions,
        legal: int,
        met: int,
        columns: Sequence[Column],
        layers: int = 0,
    ) -> None:
        self.axes = tuple(axes)
        self.instructions = instructions
        self.legal = legal
        self.met = met
        """The register that says whether a design is legal and meets all conditions."""
        self.columns = tuple(columns)
        self.layers = layers
        """Layers of the network that was unfolded for it."""
        self._positions = [line.positions for line in lines]
        self._kernels: dict[tuple[tuple[int, ...], bool], Kernel] = {}

    def at(self, codes: Sequence[Any], size: int) -> tuple[Any, Any, list[Any]]:
        """Whether so many designs are legal, whether they are met, and their columns, as arrays.

        A column of sizes is a list of arrays; one that the network does not have is None.
        """
        # Tables are made for all values of an axis, which few points are not worth.
        is_many = size >= max((length(one) for one in self._positions), default=0)
        with_tables = is_many or (self._registers, True) in self._kernels
        legal, met, *rest = self._kernel(self._registers, with_tables=with_tables).at(codes, size)
        return legal != 0, met != 0, self._arranged(rest)

    def grid(self, *, with_columns: bool = True) -> Iterator[tuple[Part, list[Any]]]:
        """The same for all designs, part by part; its outputs broadcast, legal and met first. Then its columns."""
        registers = self._registers if with_columns else (self.legal, self.met)
        for part in self._kernel(registers).grid():
            yield part, self._arranged(list(part.outputs[2:])) if with_columns else []

    def numbers(self, part: Part, places: Any, space: Space) -> Any:
        """The numbers of designs at some places of a part, from the first design of the cell on."""
        module = numpy()
        numbers = module.zeros(len(places), space.integers)
        codes = module.unravel_index(places, part.shape) if part.shape else ()
        for axis, start, own in zip(self.axes, part.starts, codes, strict=True):
            numbers += (own.astype(space.integers) + start) * space.strides[axis]
        return numbers

    @property
    def bits(self) -> int:
        """Bits that its largest number needs, with a sign; proven before anything is computed."""
        ends = (self.instructions.bounds[one] for one in self.instructions.needed(self._registers))
        return max(max(abs(low), abs(high)).bit_length() for low, high in ends) + 1

    @property
    def _registers(self) -> tuple[int, ...]:
        flat = [one for column in self.columns for one in (column if isinstance(column, tuple) else (column,))]
        return (self.legal, self.met, *(one for one in flat if one is not None))

    def _arranged(self, outputs: list[Any]) -> list[Any]:
        waiting = iter(outputs)
        return [
            None if column is None else [next(waiting) for _ in column] if isinstance(column, tuple) else next(waiting)
            for column in self.columns
        ]

    def _kernel(self, registers: tuple[int, ...], *, with_tables: bool = True) -> Kernel:
        key = registers, with_tables
        if key not in self._kernels:
            self._kernels[key] = Kernel(self.instructions, registers, self._positions, with_tables=with_tables)
        return self._kernels[key]


class Free(NamedTuple):
    """An axis whose numbers stay open: its place, its name and its line."""

    place: int
    name: str
    line: Line


def form(question: Question, fixed: Mapping[str, Value], free: Sequence[Free], memory: Memory) -> Form:
    """The form of the designs at some values, in which the numbers of other axes stay open. Raises: NoForm."""
    formulas = {one.name: one.line.formula(one.name) for one in free}
    settings = Settings({**question.given, **fixed, **formulas})
    network = question.program.unfold_anew(settings, memory)
    instructions = Instructions({one.name: (one.line.positions[0], one.line.positions[-1]) for one in free})
    axes, lines = [one.place for one in free], [one.line for one in free]
    layers = len(network.graph.nodes)
    errors = errors_of(network)
    if problem(network) and (not free or are_whatever(errors)):
        never = instructions.constant(0)
        return Form(axes, lines, instructions, never, never, [None] * len(question.quantities), layers)
    if found := problem(network):
        raise NoForm(found)
    measures = Measures(network)
    try:
        columns = [_column(measures, one, instructions, bool(free)) for one in question.quantities]
        wanted = [one for constraint in question.constraints for one in _wanted(measures, constraint, bool(free))]
    except DimsOverflow as error:
        raise NoForm(str(error)) from None
    legal = instructions.all_of(one.condition for one in conditions(network))
    met = instructions.both(legal, instructions.all_of(wanted))
    return Form(axes, lines, instructions, legal, met, columns, layers)


def obstacle(question: Question, values: Mapping[str, Value], memory: Memory) -> str:
    """Why a design is not legal; nothing if it is."""
    return problem(question.program.unfold_anew(Settings({**question.given, **values}), memory))


def _column(measures: Measures, quantity: Quantity, instructions: Instructions, is_open: bool) -> Column:
    try:
        value = measures.value(quantity)
    except NotMeasured as error:
        if is_open and may_depend(error, [quantity]):
            raise NoForm(str(error)) from None
        return None
    if isinstance(value, tuple):
        return tuple([instructions.value(size) for size in value])
    return instructions.value(value)


def _wanted(measures: Measures, constraint: Constraint, is_open: bool) -> list[Condition]:
    """What has to hold; never, where the network does not have what is asked about."""
    try:
        return measures.conditions(constraint)
    except NotMeasured as error:
        if is_open and may_depend(error, constraint.quantities):
            raise NoForm(str(error)) from None
        return [NEVER]
