"""A question with more combinations than anybody puts in one by one, answered by a sweep over all of them.

Closed forms and tables say of millions of combinations a second whether they are solutions. What is left to be done one
by one are the few networks that an answer tells about: those next to the ends of the solutions, or the one that misses
a condition least.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from math import lcm, prod
from typing import Any, NamedTuple

from archcalc.dims import Condition, DimsOverflow, symbol
from archcalc.expressions.values import Value
from archcalc.network import Network, Settings, is_size, symbol_names
from archcalc.program import Program
from archcalc.questions.constraints import Constraint, Expression, Quantity
from archcalc.questions.measuring import Measures, NotMeasured
from archcalc.questions.values import Domain, Exact
from archcalc.sizes.runs import Run
from archcalc.sizes.sets import IntegerSet
from archcalc.solve.diagram import Diagram, TooIrregular
from archcalc.solve.marked import Marked
from archcalc.solve.solutions import End, SolutionBox
from archcalc.solve.values import Found, Unknown
from archcalc.sweep.arrays import numpy
from archcalc.sweep.cells import Split
from archcalc.sweep.designs import CHOICE, SINGLE, SYMBOL, Block, Designs, blocks, known
from archcalc.sweep.domain import Axis
from archcalc.sweep.instructions import Instructions
from archcalc.sweep.kernel import CHUNK, Kernel
from archcalc.sweep.question import Question

MAX_POINTS = 2**30
"""Combinations that are gone through: some minutes at most."""
MAX_NETWORKS = 20_000
"""Networks that are unfolded one by one where no table takes their place."""
MAX_LAYERS = 400_000
"""Layers that these may have together."""
MAX_FRACTIONS = 100_000
"""Values of one name that are no range of whole numbers."""
LISTED = 1_000
"""Solutions that are listed where all are too many."""
MAX_RUNS = 10_000
"""Stretches of one set of values."""
MAX_PERIOD = 16
"""Values that a pattern may have before it repeats."""


class NotSwept(Exception):
    """No sweep answers a question; the message says how to ask for it, or nothing if that would not help."""


class Answer(NamedTuple):
    """All solutions, or the first of them and how many more there are."""

    boxes: list[SolutionBox]
    unlisted: int
    ends: dict[End, dict[str, Exact]]
    told: list[dict[str, Exact]]
    """The combinations that say why the solutions end, or why there is none."""
    put_in: list[str]
    """The names that are no symbols of closed forms."""
    looked_up: frozenset[str] = frozenset()
    """Those of them that are looked up in tables."""


def swept(
    program: Program, unknowns: Sequence[Unknown], constraints: Sequence[Constraint], given: Mapping[str, Value]
) -> Answer:
    """The answer to a question about all combinations of some domains. Raises: NotSwept."""
    try:
        numpy()
    except ImportError:
        raise NotSwept("more are gone through with NumPy: python -m pip install 'archcalc[sweep]'") from None
    axes = [_axis(one, program) for one in unknowns]
    points = prod(axis.size for axis in axes)
    if points == 0:
        raise NotSwept("")
    if points > MAX_POINTS:
        raise NotSwept(
            f"of {points:,} combinations, at most {MAX_POINTS:,} are gone through; `archcalc sweep` draws a sample"
        )
    asked = dict.fromkeys(quantity for one in constraints for quantity in one.quantities)
    question = Question(program, tuple(axes), tuple(asked), tuple(constraints), given)
    space = Designs(question)
    marks = Marked(points)
    for block in _blocks(space, with_columns=False):
        marks.add(block.numbers)
    put_in = [name for name, way in space.how.items() if way not in (SYMBOL, SINGLE)]
    found = _listed(space, marks) if marks.first is not None else _none(space)
    looked_up = frozenset(name for name, way in space.how.items() if way == CHOICE)
    return found._replace(put_in=put_in, looked_up=looked_up)


def _axis(unknown: Unknown, program: Program) -> Axis:
    """The values of an unknown. A symbol is a size: others are no solutions. Raises: NotSwept."""
    name, domain = unknown
    assert domain is not None
    values = _values(name, domain)
    if name in symbol_names(program.network_spec):
        if isinstance(values, range):
            below = max(0, -((values.start - 1) // values.step))
            values = values[below:]
        else:
            values = tuple([value for value in values if is_size(value)])
    return Axis(name, values)


def _values(name: str, domain: Domain) -> Sequence[Exact]:
    size = domain.size
    if size is None:
        raise NotSwept(f"give {name} an end, as in {name}={domain.text(domain.first + 999 * domain.step)}")
    if domain.is_whole and not domain.listed:
        first, step = int(domain.first), int(domain.step)
        return range(first, first + step * size, step)
    if size > MAX_FRACTIONS:
        raise NotSwept(f"{name} takes {size:,} fractions, and {MAX_FRACTIONS:,} at most are gone through")
    return tuple(domain.members())


def _blocks(space: Designs, *, with_columns: bool) -> Iterator[Block]:
    """The designs of a sweep, as long as few networks have to be unfolded for it. Raises: NotSwept."""
    cells = space.cells
    if isinstance(cells.at(cells.root), Split) and not 1 < cells.count <= min(MAX_NETWORKS, space.points // 2):
        raise NotSwept(_one_by_one(space))
    for block in blocks(space, with_columns=with_columns):
        if cells.layers > MAX_LAYERS:
            raise NotSwept(_one_by_one(space))
        yield block


def _one_by_one(space: Designs) -> str:
    why = "; ".join(f"{name}: {reason}" for name, reason in space.cells.why.items())
    return f"no tables help ({space.cells.untabled or why})"


def _listed(space: Designs, marks: Marked) -> Answer:
    axes = space.space.axes
    told = _next_to_ends(space, marks) if len(axes) == 1 else []
    with suppress(TooIrregular):
        return Answer([_box(axes, places) for places in Diagram(marks, space.space.sizes)], 0, {}, told, [])
    first, last = marks.first, marks.last
    assert first is not None and last is not None
    shown = marks.earliest(LISTED)
    boxes = [{name: Found.of([value]) for name, value in _at(space, number).items()} for number in shown]
    ends: dict[End, dict[str, Exact]] = {"smallest": _at(space, first), "largest": _at(space, last)}
    return Answer(boxes, marks.count - len(shown), ends, told, [])


def _at(space: Designs, number: int) -> dict[str, Exact]:
    found: dict[str, Any] = dict(space.space.values(number))
    return found


def _box(axes: Sequence[Axis], places: Sequence[Any]) -> SolutionBox:
    return {axis.name: found_at(axis.values, own) for axis, own in zip(axes, places, strict=True)}


def found_at(values: Sequence[Any], places: Any) -> Found:
    """The values at some ascending places, with the patterns that they have. Raises: TooIrregular.

    >>> print(found_at(range(0, 400, 4), numpy().array(range(7, 90, 4))).text("N"))
    N = 12 (mod 16), 28 <= N <= 348
    """
    if not isinstance(values, range):
        if len(places) > MAX_RUNS and len(places) < len(values):
            raise TooIrregular
        return Found.of(values[place] for place in places.tolist())
    # Sets are of whole numbers from 1 on; those below stand one by one.
    below = max(0, -((values.start - 1) // values.step))
    others = [values[place] for place in places[places < below].tolist()]
    if len(others) > MAX_RUNS:
        raise TooIrregular
    return Found(IntegerSet(_runs(values, places[places >= below])), tuple(others))


def _runs(values: range, places: Any) -> list[Run]:
    if not len(places):
        return []
    module = numpy()
    apart = module.diff(places)
    for period in range(1, min(MAX_PERIOD, len(apart) // 3) + 1):
        if (apart[period:] == apart[:-period]).all():
            modulus = int(apart[:period].sum()) * values.step
            residues = sorted(values[place] % modulus for place in places[:period].tolist())
            return [Run(values[int(places[0])], values[int(places[-1])], modulus, tuple(residues))]
    starts = [0, *(module.flatnonzero(apart != 1) + 1).tolist(), len(places)]
    if len(starts) > MAX_RUNS:
        raise TooIrregular
    return [_stretch(values, int(places[one]), int(places[other - 1])) for one, other in pairwise(starts)]


def _stretch(values: range, first: int, last: int) -> Run:
    if first == last:
        return Run(values[first], values[first], 1, (0,))
    return Run(values[first], values[last], values.step, (values[first] % values.step,))


def _next_to_ends(space: Designs, marks: Marked) -> list[dict[str, Exact]]:
    """The values before the first solution and behind the last one, and the nearest legal ones on that side."""
    found: dict[int, None] = {}
    for end, step in ((marks.first, -1), (marks.last, 1)):
        assert end is not None
        if 0 <= end + step < space.points:
            found[end + step] = None
            legal = _next_legal(space, end, step)
            found.update({} if legal is None else {legal: None})
    return [_at(space, number) for number in sorted(found)]


def _next_legal(space: Designs, number: int, step: int) -> int | None:
    at, size = number + step, 64
    while 0 <= at < space.points:
        stop = min(at + size, space.points) if step > 0 else max(at - size, -1)
        numbers = range(at, stop, step)
        places = numpy().flatnonzero(space.cells.evaluate(space.space.array(numbers))[0])
        if len(places):
            return numbers[int(places[0])]
        at, size = stop, min(4 * size, CHUNK)
    return None


def _none(space: Designs) -> Answer:
    """What to tell where there is no solution: who misses a single condition least, or who is legal."""
    legal = Designs(space.question._replace(constraints=()))
    (constraint, *others) = space.question.constraints or (None,)
    misses = _Misses(constraint, space.question) if constraint is not None and not others else None
    first: int | None = None
    nearest: tuple[int, int] | None = None
    for block in _blocks(legal, with_columns=misses is not None):
        least = int(block.numbers.min())
        first = least if first is None else min(first, least)
        if misses is not None and (found := misses.least(block)) is not None:
            nearest = found if nearest is None else min(nearest, found)
    if nearest is not None:
        return Answer([], 0, {}, [_at(space, nearest[1])], [])
    return Answer([], 0, {}, [_at(space, 0 if first is None else first)], [])


class _Misses:
    """How far networks are from meeting a condition, which is told for all at once where it is about quantities."""

    def __init__(self, constraint: Constraint, question: Question) -> None:
        self.constraint = constraint
        self.question = question
        self.network = question.program.unfold(Settings(question.given))
        operands = [operand for one in constraint.comparisons for operand in (one.left, one.right)]
        self.is_of_names = any(
            isinstance(one, Expression) and set(one.tree.names()) - set(one.quantities) for one in operands
        )

    def least(self, block: Block) -> tuple[int, int] | None:
        """The least miss of a block, in some unit, and the lowest number that has it; None where nothing is known."""
        module = numpy()
        columns, designs = known(block, range(len(block.columns)))
        are_several = any(not isinstance(one, list) and len(one) and isinstance(one[0], tuple) for one in columns)
        if self.is_of_names or are_several or not len(designs):
            return None
        flat: dict[str, Any] = {}
        values: dict[Quantity, Value] = {}
        for at, (quantity, column) in enumerate(zip(self.question.quantities, columns, strict=True)):
            parts = column if isinstance(column, list) else [column]
            names = [f"q{at}_{place}" for place in range(len(parts))]
            flat.update(zip(names, parts, strict=True))
            symbols = tuple([symbol(name) for name in names])
            values[quantity] = symbols if isinstance(column, list) else symbols[0]
        try:
            asked = _Figures(self.network, values).conditions(self.constraint)
        except (NotMeasured, DimsOverflow):
            return None
        worst = module.zeros(len(designs), "int64")
        for numbers, relation in zip(_subjects(asked, flat), (one.relation for one in asked), strict=True):
            worst = module.maximum(worst, -numbers if relation == "at-least" else abs(numbers))
        least = worst.min()
        return int(least), int(designs[worst == least].min())


class _Figures(Measures):
    """Quantities that stand for themselves."""

    def __init__(self, network: Network, known: Mapping[Quantity, Value]) -> None:
        super().__init__(network)
        self._known.update(known)


def _subjects(asked: Sequence[Condition], columns: Mapping[str, Any]) -> list[Any]:
    """What conditions compare with 0, all in the same unit, in which it is whole."""
    subjects = [one.subject for one in asked]
    unit = lcm(*(one.denominator for one in subjects))
    ends = {name: (int(numbers.min()), int(numbers.max())) for name, numbers in columns.items()}
    instructions = Instructions(ends)
    registers = [instructions.value(one * unit) for one in subjects]
    positions = [range(low, high + 1) for low, high in ends.values()]
    codes = [numbers - low for numbers, (low, _) in zip(columns.values(), ends.values(), strict=True)]
    size = len(next(iter(columns.values())))
    return Kernel(instructions, registers, positions, with_tables=False).at(codes, size)
