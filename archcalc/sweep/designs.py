"""All designs of a sweep: what there are, how they are evaluated, and which are best."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from archcalc.expressions.given import Given, as_value
from archcalc.questions.constraints import Quantity
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.arrays import numpy
from archcalc.sweep.cells import Cells, Split
from archcalc.sweep.choices.apart import Apart, NotApart
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.forms import Form
from archcalc.sweep.front import Front
from archcalc.sweep.kernel import CHUNK, Part
from archcalc.sweep.networks import Networks, NotTold
from archcalc.sweep.points import given_points
from archcalc.sweep.question import OBSTACLE, Question, objective
from archcalc.sweep.space import Space

MAX_CELLS = 1_000_000
"""Networks that are unfolded for one answer: hours of work."""
MAX_POINTS = 10**12
"""Designs that are gone through for one answer: hours, if all are of one closed form."""
MANY_POINTS = 2**20
"""Designs from which on they are not gone through, if they can be counted without."""
MAX_SEARCHED = 10**9
"""Designs that are looked at for the first ones that are wanted."""
FEWEST = 64
"""Designs that are evaluated at first, where somebody wants a few; then more and more."""
MAX_DRAWN = 2**24
"""Designs that are drawn for a sample before it is given up: those that are wanted are too rare."""

MANY_AT_ONCE = 2**18
"""Designs that are drawn at a time, where each time costs as much as many designs."""

SYMBOL, CHOICE, SINGLE = "a symbol of closed forms", "a choice, looked up in tables", "one value"
"""How a name is treated, unless its values are put in one by one."""

Figure = int | tuple[int, ...] | None


class Design(NamedTuple):
    """One design: its number, its values, whether it is legal, and its quantities, which are None where it is not.

    `met` says whether it is legal and meets all conditions; `obstacle`, why it is not legal.

    >>> import archcalc
    >>> design = archcalc.load("unet:paper").sweep({"N": range(187, 573)}, show="size")[1]
    >>> design.values, design.legal, design.figures
    ({'N': 188}, True, {'size': (4, 4)})
    """

    number: int
    values: dict[str, Given]
    legal: bool
    met: bool
    figures: dict[str, Figure]
    obstacle: str = ""


class DesignCount(NamedTuple):
    """How many points there are, how many of them are legal, and how many meet all conditions besides.

    Points that differ only in what nobody reads, as the kernel of a block that is left out, are the same network:
    `networks` is how many different ones the legal points are, and `met_networks` how many those are that are met. None
    where that is not told, as names are put in one by one.

    >>> import archcalc
    >>> archcalc.load("unet:paper").sweep({"N": range(188, 573)}, "multiplications <= 100G").count()
    DesignCount(points=385, legal=25, met=19, networks=25, met_networks=19)
    """

    points: int
    legal: int
    met: int
    networks: int | None = None
    met_networks: int | None = None


class EvaluatedDesigns(NamedTuple):
    """Designs that somebody named: whether each is legal, and is met, and by quantity the figures of all.

    These are masked arrays: what is masked has no figure, as the design is not legal or has no such layer.

    >>> import archcalc
    >>> found = archcalc.load("vgg:D").sweep({"H": (16, 224)}).evaluate({"H": [16, 224, 16]})
    >>> found.legal.tolist(), found.figures["multiplications"].compressed().tolist()
    ([False, True, False], [15470264320])
    """

    legal: Any
    met: Any
    figures: dict[str, Any]


class Block(NamedTuple):
    """A part of the designs that are met: their numbers, and for each quantity an array, a list of arrays, or None."""

    numbers: Any
    columns: list[Any]


class Designs:
    """The designs of a question, each with a number. Going through them gives those that are legal and met, in order.

    >>> import archcalc
    >>> space = archcalc.load("vgg:D").sweep({"H": range(64, 257), "W": (128, 224)}, where="multiplications <= 10G")
    >>> space.count()
    DesignCount(points=386, legal=14, met=9, networks=14, met_networks=9)
    >>> space[0].figures
    {'multiplications': 2543222784, 'parameters': 52374312}
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.space = Space(question.axes)
        self.cells = Cells(question, self.space)
        self.watch: Callable[[int], None] = lambda done: None
        """Is told how many designs were evaluated, again and again."""

    @property
    def points(self) -> int:
        """How many combinations of values there are, legal or not. `len` would refuse to say it beyond 2**63."""
        return self.space.points

    @property
    def how(self) -> dict[str, str]:
        """How each name is treated: as a symbol of closed forms, as a choice in tables, or one by one, and then why."""
        single = {axis.name for axis in self.space.axes if axis.size == 1}
        return {
            axis.name: SINGLE
            if axis.name in single
            else f"one by one: {self.cells.why[axis.name]}"
            if axis.name in self.cells.why
            else CHOICE
            if place in self.cells.choices
            else SYMBOL
            for place, axis in enumerate(self.space.axes)
        }

    def number(self, values: Mapping[str, Given] | None = None, /, **more: Given) -> int:
        """The number of the design with these values. Raises: KeyError for a wrong or a missing name, ValueError."""
        return self.space.number({name: as_value(value) for name, value in {**(values or {}), **more}.items()})

    def values(self, number: int) -> dict[str, Given]:
        """The values of a design by its number. Raises: IndexError."""
        return self.space.values(number)

    def obstacle(self, number: int) -> str:
        """Why a design is not legal, with the layer; nothing if it is. Raises: IndexError."""
        return self.cells.obstacle(self.space.codes(number))

    def __getitem__(self, number: int) -> Design:
        self.space.codes(number)
        return next(self._evaluated([number], with_obstacle=True))

    def __iter__(self) -> Iterator[Design]:
        return self._going(only_met=True)

    def all(self, *, backwards: bool = False) -> Iterator[Design]:
        """All designs, also those that are not legal or not met, in the order of their numbers or from the end on."""
        return self._going(backwards=backwards)

    def _going(self, *, backwards: bool = False, only_met: bool = False, most: int | None = None) -> Iterator[Design]:
        size, done = FEWEST, 0
        while done < self.points:
            if most is not None and done >= most:
                raise WrongQuestion(f"among {done:,} designs at this end, there are not enough that are wanted")
            numbers = range(done, min(done + size, self.points))
            if backwards:
                numbers = range(self.points - 1 - done, self.points - 1 - numbers[-1] - 1, -1)
            yield from self._evaluated(numbers, only_met=only_met, with_obstacle=OBSTACLE in self.question.extras)
            done += len(numbers)
            self.watch(len(numbers))
            size = min(4 * size, CHUNK)

    def _evaluated(
        self, numbers: Sequence[int], *, only_met: bool = False, with_obstacle: bool = False
    ) -> Iterator[Design]:
        legal, met, columns = self.cells.evaluate(numbers)
        names = [quantity.text for quantity in self.question.quantities]
        for place in numpy().flatnonzero(met).tolist() if only_met else range(len(numbers)):
            number, is_legal = numbers[place], bool(legal[place])
            row = [_plain(column[place]) if is_legal else None for column in columns]
            reason = self.obstacle(number) if with_obstacle and not is_legal else ""
            figures = dict(zip(names, row, strict=True))
            yield Design(number, self.space.values(number), is_legal, bool(met[place]), figures, reason)

    def evaluate(self, columns: Mapping[str, Any] | Sequence[Mapping[str, Given]]) -> EvaluatedDesigns:
        """What designs of one's own are and cost: a column of values for each name, or a list of mappings.

        A column is a sequence or an array; a table of pandas has columns, too. Names of one value may be left out.
        Figures are integers of 64 bits where all fit, else objects, and sizes are tuples. They are masked where a
        design is not legal. Millions of designs take a second or so, where the sweep has closed forms or tables.

        Raises: WrongQuestion for a value that the sweep does not have, and for names that are missing or unknown.

        >>> import archcalc
        >>> space = archcalc.load("unet:paper").sweep({"N": range(180, 573)}, "multiplications <= 100G")
        >>> found = space.evaluate({"N": [188, 189, 572]})
        >>> found.legal.tolist(), found.met.tolist(), found.figures["multiplications"].tolist()
        ([True, False, True], [True, False, False], [6098393344, None, 150428424448])
        """
        points = given_points(self.space, columns)
        legal, met, figures = self.cells.of_points(points)
        module = numpy()
        found = {}
        for quantity, column in zip(self.question.quantities, figures, strict=True):
            absent = ~legal
            if column.dtype == object:
                absent = absent | module.array([one is None for one in column], bool)
            found[quantity.text] = module.ma.masked_array(column, absent)
        return EvaluatedDesigns(legal, met, found)

    def count(self) -> DesignCount:
        """How many designs there are, are legal, and are met. Raises: WrongQuestion if there are too many forms.

        Of designs that are sums over choices that have nothing to do with each other, none is looked at by itself, so
        that it may be any number of them.
        """
        legal, met = self._counted()
        networks = self._networks
        if networks is None:
            return DesignCount(self.points, legal, met)
        if networks.sums is not None:
            return DesignCount(self.points, legal, met, *self._counted(networks.sums))
        alike = prod(self.space.sizes[place] for place in networks.unread)
        return DesignCount(self.points, legal, met, legal // alike, met // alike)

    @property
    def networks(self) -> int | None:
        """How many different networks the legal points are, where those that differ in what nobody reads are the same.

        None where names are put in one by one. Raises: as `count` does.

        >>> import archcalc
        >>> text = "input: [8]\\nlet: {deep: false, k: 3}\\nlayers: [linear: 9, {linear: k, when: deep}]"
        >>> space = archcalc.load(text).sweep({"deep": "true,false", "k": range(1, 101)})
        >>> space.points, space.networks
        (200, 101)
        """
        networks = self._networks
        if networks is None:
            return None
        if networks.sums is not None:
            return self._counted(networks.sums)[0]
        return self._counted()[0] // prod(self.space.sizes[place] for place in networks.unread)

    @cached_property
    def _networks(self) -> Networks | None:
        try:
            return Networks(self.cells)
        except NotTold:
            return None

    def _counted(self, whole: Sums | None = None) -> tuple[int, int]:
        """How many designs are legal, and how many of these are met; by these tables, or as the cells say."""
        apart = self._apart(whole)
        if apart is not None:
            with suppress(NotApart):
                return apart.count()
        legal = met = 0
        for _, _, part, _ in self._parts(with_columns=False, whole=whole):
            legal += _true(part, 0)
            met += _true(part, 1)
        return legal, met

    def pareto(self, *objectives: str) -> list[Design]:
        """The designs that no other one beats in all of some quantities, in their order; a minus: more is better.

        Of designs that are alike in all of them, the one with the lowest number. Raises: WrongQuestion.

        >>> import archcalc
        >>> space = archcalc.load("vgg:D").sweep({"H": range(64, 257, 64)})
        >>> [design.values["H"] for design in space.pareto("multiplications", "-parameters")]
        [64, 128, 192, 256]
        """
        if not objectives:
            raise WrongQuestion("a front is of quantities, such as multiplications, -parameters")
        asked = [objective(text, self.question) for text in objectives]
        space = self._with([quantity for quantity, _ in asked])
        apart = space._apart()
        if apart is not None and len(asked) == 2:
            with suppress(NotApart):
                columns = [(space.question.quantities.index(quantity), sign) for quantity, sign in asked]
                return list(space._evaluated(apart.front(columns)))
        front = Front(len(asked))
        for block in space._blocks():
            columns, numbers = known(block, [space.question.quantities.index(quantity) for quantity, _ in asked])
            if len(numbers):
                front.add([column * sign for column, (_, sign) in zip(columns, asked, strict=True)], numbers)
        return list(space._evaluated(front.numbers.tolist()))

    def top(self, size: int, by: str) -> list[Design]:
        """The designs with the least of a quantity, or with the most behind a minus; of equals, those that come first.

        Raises: WrongQuestion.
        """
        quantity, sign = objective(by, self.question)
        space = self._with([quantity])
        place = space.question.quantities.index(quantity)
        module = numpy()
        values, numbers = module.zeros(0, "int64"), module.zeros(0, "int64")
        for block in space._blocks():
            columns, own = known(block, [place])
            if not len(own):
                continue
            values = module.concatenate([values, columns[0] * sign])
            numbers = module.concatenate([numbers, own])
            best = module.lexsort([numbers, values])[:size]
            values, numbers = values[best], numbers[best]
        return list(space._evaluated(numbers.tolist()))

    def sample(self, size: int, seed: int = 0) -> list[Design]:
        """So many designs that are legal and met, drawn at random: each network is as likely as every other.

        No two of them are the same network; what nobody reads has its first value. Where nobody knows which points are
        the same, as `networks` is None, each point is as likely as every other.

        They come in the order of their numbers; all, if there are no more. Raises: WrongQuestion if they are too rare.
        """
        rng = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
        networks = self._networks
        whole = None if networks is None else networks.sums
        if self.points <= MAX_DRAWN and self.cells.count <= MAX_CELLS:
            blocks = [block.numbers for block in self._blocks(with_columns=False, whole=whole)]
            if networks is not None and networks.unread:
                blocks = [numbers[networks.is_first(numbers)] for numbers in blocks]
            numbers = sorted(number for block in blocks for number in block.tolist())
            return list(self._evaluated(sorted(rng.sample(numbers, size)) if size < len(numbers) else numbers))
        apart = self._apart(whole) if whole is not None else None
        found: dict[int, None] = {}
        drawn, many = 0, min(max(2 * size, FEWEST), CHUNK)
        while len(found) < size:
            if drawn >= MAX_DRAWN:
                raise WrongQuestion(f"of {drawn:,} designs that were drawn, only {len(found):,} are wanted ones")
            if apart is not None:
                fresh = apart.draw(many, rng)
                # Before the first one is drawn, all are counted: then rather many at once.
                many = min(2 * many, MANY_AT_ONCE)
            else:
                fresh = [rng.randrange(self.points) for _ in range(many)]
            if networks is not None and networks.unread:
                fresh = [networks.first(number) for number in fresh]
            elif whole is not None and apart is None:
                fresh = self._legal(fresh, whole)
            drawn += many
            _, met, _ = self.cells.evaluate(fresh)
            found.update(dict.fromkeys(number for number, is_met in zip(fresh, met.tolist(), strict=True) if is_met))
            self.watch(0)
        return list(self._evaluated(sorted(list(found)[:size])))

    def first(self, size: int) -> list[Design]:
        """The first designs that are legal and met. Raises: WrongQuestion if they are too far away."""
        return self._search(size)

    def smallest(self) -> Design | None:
        """The first design that is legal and met: with the smallest value of the first name, then of the second, ...

        Raises: as `first` does.
        """
        return next(iter(self._search(1)), None)

    def largest(self) -> Design | None:
        """The last one. Raises: as `first` does."""
        return next(iter(self._search(1, backwards=True)), None)

    def _search(self, size: int, *, backwards: bool = False) -> list[Design]:
        return list(islice(self._going(backwards=backwards, only_met=True, most=MAX_SEARCHED), size))

    def _legal(self, numbers: list[int], whole: Sums) -> list[int]:
        """Those of some designs that are legal by these tables."""
        array = self.space.array(numbers)
        legal, _, _ = whole.at([self.space.column(array, axis) for axis in whole.axes], len(numbers))
        return [number for number, is_legal in zip(numbers, legal.tolist(), strict=True) if is_legal]

    def _blocks(self, *, with_columns: bool = True, whole: Sums | None = None) -> Iterator[Block]:
        """The designs that are legal and met, in parts of arrays, cell by cell. Raises: as `count` does."""
        module = numpy()
        for base, form, part, columns in self._parts(with_columns=with_columns, whole=whole):
            met = module.broadcast_to(module.asarray(part.outputs[1]) != 0, part.shape).reshape(-1)
            places = module.flatnonzero(met)
            if not len(places):
                continue
            numbers = form.numbers(part, places, self.space) + base
            yield Block(numbers, [_taken(column, part.shape, places) for column in columns])

    def _parts(
        self, *, with_columns: bool, whole: Sums | None = None
    ) -> Iterator[tuple[int, Form | Sums, Part, list[Any]]]:
        """All cells, or tables for all designs, part by part, each with the number of its first design."""
        if self.points > MAX_POINTS:
            raise WrongQuestion(
                f"{self.points:,} designs are too many to go through; the first are found, and a sample is drawn"
            )
        if self.cells.count > MAX_CELLS:
            told = ", ".join(f"{name} ({reason})" for name, reason in self.cells.why.items())
            raise WrongQuestion(
                f"{self.cells.count:,} networks would have to be unfolded, one for each combination of {told}; "
                f"at most {MAX_CELLS:,} are. A sample is drawn from any number of designs"
            )
        for template, form in self.cells.forms() if whole is None else [(self.cells.root, whole)]:
            base = sum((code or 0) * stride for code, stride in zip(template, self.space.strides, strict=True))
            for part, columns in form.grid(with_columns=with_columns):
                yield base, form, part, columns
                self.watch(prod(part.shape))

    def _apart(self, sums: Sums | None = None) -> Apart | None:
        """The space as groups of choices, where that is worth it."""
        whole = sums or self.cells.at(self.cells.root)
        if self.points < MANY_POINTS or not isinstance(whole, Sums):
            return None
        with suppress(NotApart):
            return Apart(whole, self.space)
        return None

    def _with(self, quantities: Sequence[Quantity]) -> Designs:
        """The same designs with further quantities."""
        asked = self.question.with_quantities(quantities)
        if asked == self.question:
            return self
        other = Designs(asked)
        other.watch = self.watch
        return other

    @cached_property
    def bits(self) -> int | None:
        """Bits of the largest number of the closed forms or tables; None where there are cells."""
        form = self.cells.at(self.cells.root)
        return None if isinstance(form, Split) else form.bits

    def __repr__(self) -> str:
        axes = ", ".join(axis.text() for axis in self.space.axes)
        return f"<{type(self).__name__} of {self.question.program.name}: {self.points:,} designs, {axes}>"


def blocks(space: Designs, *, with_columns: bool) -> Iterator[Block]:
    """The designs that are legal and met, in parts of arrays, in no order. Raises: as counting them does."""
    return space._blocks(with_columns=with_columns)


def known(block: Block, places: Sequence[int]) -> tuple[list[Any], Any]:
    """Some columns of a block and the numbers of its designs, without those that lack one of the quantities."""
    columns = [block.columns[place] for place in places]
    if any(column is None for column in columns):
        return columns, block.numbers[:0]
    kept = numpy().ones(len(block.numbers), bool)
    for column in columns:
        if not isinstance(column, list) and column.dtype == object:
            kept &= numpy().array([one is not None for one in column.tolist()], bool)
    if kept.all():
        return columns, block.numbers
    found = [[one[kept] for one in column] if isinstance(column, list) else column[kept] for column in columns]
    return found, block.numbers[kept]


def _plain(value: Any) -> Figure:
    """A number of an array as one of Python's."""
    return value if value is None or isinstance(value, tuple) else int(value)


def _true(part: Part, output: int) -> int:
    """How many designs of a part have a truth; one that depends on few axes is there once for all others."""
    module = numpy()
    truths = module.asarray(part.outputs[output])
    times: int = prod(part.shape) // truths.size
    return int(module.count_nonzero(truths)) * times


def _taken(column: Any, shape: tuple[int, ...], places: Any) -> Any:
    """The numbers of a column at some places of a part of a grid."""
    if column is None:
        return None
    if isinstance(column, list):
        return [_taken(one, shape, places) for one in column]
    module = numpy()
    whole = module.broadcast_to(_integers(column), shape).reshape(-1)
    return whole[places]


def _integers(column: Any) -> Any:
    """An array of what may be a single number of any length."""
    module = numpy()
    if isinstance(column, int):
        return module.array(column, "int64" if abs(column) < 2**63 else object)
    return column
