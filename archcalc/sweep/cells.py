"""How a space is evaluated: by closed forms, by tables over choices, or cell by cell.

If all names can stay open, there is one closed form. If not, those of few values are choices, and the network is
unfolded for all of them at once. What does not fit into tables is divided into cells: names whose values are put in
one by one, and in each cell a form in which the others are open. Which ones can be is found out by trying: a network
unfolds in which they stand for themselves, or it does not, and then says why. What one cell decides is no rule for the
others: each is tried by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from archcalc.expand.build import Memory
from archcalc.expressions.values import Value, Word
from archcalc.network import symbol_names
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.names import NotTabled
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.choices.unfolding import unfolded
from archcalc.sweep.domain import Axis, written
from archcalc.sweep.forms import Form, Free, NoForm, form, obstacle
from archcalc.sweep.points import Numbered, Points
from archcalc.sweep.question import Question
from archcalc.sweep.space import Space

MAX_KEPT = 4_096
"""Forms that are remembered for designs that are asked for in no order."""

MAX_FACTS = 100_000
"""Layers at shapes that are remembered."""
FEW = 4
"""Designs of a cell that are unfolded one by one rather than that its form is looked for."""
FEW_VALUES = 64
"""Values of a let up to which it is a choice where some name has to be; one of more values stays open if it can."""
MAX_CHOICES = 4_096
"""Values of a name that can be a choice."""
MAX_ALIKE = 4
"""Latest answers to what cannot stay open that are tried in the next cell, before it is asked again."""

Template = tuple[int | None, ...]
"""For each axis the place of the value that is put in, or None."""


class Split(NamedTuple):
    """The axes, by their places, whose values have to be put in first."""

    places: tuple[int, ...]


class Cells:
    """The cells of one question. `why` says of names why their values are put in one by one.

    `choices` are the places of the axes that are choices of tables, and `untabled` says why there are no tables.
    """

    def __init__(self, question: Question, space: Space) -> None:
        self.question = question
        self.space = space
        self.why: dict[str, str] = {}
        self.choices: frozenset[int] = frozenset()
        self.untabled = ""
        self.unfolded = 0
        """Networks that were unfolded."""
        self.layers = 0
        """Layers of the networks that became forms."""
        self._lines = [axis.line for axis in space.axes]
        self._memory = Memory()
        self._latest: list[frozenset[int]] = []
        self._known: dict[Template, Form | Sums | Split] = {}
        self.root: Template = tuple([0 if size == 1 else None for size in space.sizes])
        self._first = self.at(self.root)

    @property
    def count(self) -> int:
        """How many cells there are at least."""
        places = self._first.places if isinstance(self._first, Split) else ()
        return prod(self.space.sizes[place] for place in places)

    def at(self, template: Template) -> Form | Sums | Split:
        """The form at values that are put in, or the axes that have to be put in besides."""
        found = self._known.get(template)
        if found is None:
            found = self._explored(template)
            if len(self._known) >= MAX_KEPT:
                self._known.clear()
            self._known[template] = found
        return found

    def _explored(self, template: Template) -> Form | Sums | Split:
        if template == self.root and (found := self._whole()) is not None:
            return found
        unset = [place for place, code in enumerate(template) if code is None]
        free = [place for place in unset if self._lines[place] is not None]
        worded = [place for place in unset if self._lines[place] is None]
        if worded:
            for place in worded:
                self._blame(place, template, f"its values are {_kind(self.space.axes[place])}")
            return Split((*worded, *self._not_open(template, free)))
        try:
            return self._form(template, free)
        except NoForm as error:
            for split in self._latest:
                opened = [place for place in free if place not in split]
                if 0 < len(opened) < len(free) and self._stays_open(template, opened):
                    return Split(tuple(place for place in free if place in split))
            left = self._not_open(template, free)
            self._latest = [frozenset(left), *(one for one in self._latest if one != frozenset(left))][:MAX_ALIKE]
            if not left:
                # Each alone could stay open and all together not: then that of the fewest values is put in.
                left = [min(free, key=lambda place: self.space.sizes[place])]
                self._blame(left[0], template, str(error))
            return Split(tuple(left))

    def _whole(self) -> Form | Sums | None:
        """One answer for the whole space, if there is one: a closed form, or tables."""
        axes = {place: axis for place, axis in enumerate(self.space.axes) if axis.size > 1}
        worded = {place for place in axes if self._lines[place] is None}
        if not axes:
            return None
        if not worded:
            try:
                return self._form(self.root, list(axes))
            except NoForm:
                pass  # Then there are tables, or the cells say why.
        symbols = set(symbol_names(self.question.program.network_spec))
        numbers = [place for place in axes if place not in worded]
        wide = [place for place in numbers if axes[place].name in symbols or axes[place].size > FEW_VALUES]
        for opened in dict.fromkeys((tuple(wide), ())):
            choices = {place: axis for place, axis in axes.items() if place not in opened}
            if choices and all(axis.size <= MAX_CHOICES for axis in choices.values()):
                try:
                    found = self._tables(choices, opened)
                except NotTabled as error:
                    self.untabled = str(error)
                else:
                    self.choices, self.untabled = frozenset(choices), ""
                    return found
        return None

    def _tables(self, choices: Mapping[int, Axis], opened: Sequence[int]) -> Sums:
        """Raises: NotTabled."""
        axes = self.space.axes
        single = {axis.name: axis.values[0] for axis in axes if axis.size == 1}
        lines = {place: (axes[place].name, line) for place in opened if (line := self._lines[place])}
        formulas = {name: line.formula(name) for name, line in lines.values()}
        tabled = unfolded(self.question, choices, {**single, **formulas}, self.space.sizes, is_open=bool(lines))
        return Sums.of(self.question, tabled, lines)

    def _not_open(self, template: Template, free: Sequence[int]) -> list[int]:
        """Of some axes of numbers those that cannot stay open together with the others; of few values rather."""
        chosen: list[int] = []
        left: list[int] = []
        first = [0 if code is None else code for code in template]
        for place in sorted(free, key=lambda one: -self.space.sizes[one]):
            attempt = [*chosen, place]
            try:
                self._form(tuple([None if one in attempt else code for one, code in enumerate(first)]), attempt)
            except NoForm as error:
                left.append(place)
                # What is wrong with numbers in its place, too, says nothing about a symbol there.
                if str(error) != self.obstacle(tuple(first)):
                    self._blame(place, template, str(error))
            else:
                chosen.append(place)
        return sorted(left)

    def _stays_open(self, template: Template, free: Sequence[int]) -> bool:
        """Whether some axes can stay open where all others have their first values."""
        try:
            self._form(tuple([None if at in free else code or 0 for at, code in enumerate(template)]), free)
        except NoForm:
            return False
        return True

    def _blame(self, place: int, template: Template, reason: str) -> None:
        at = ", ".join(
            f"{axis.name} = {written(axis.values[code])}"
            for axis, code in zip(self.space.axes, template, strict=True)
            if code is not None and axis.size > 1
        )
        # The formula at the end of a message is one of positions, which nobody has asked for.
        brief, colon, formula = reason.rpartition(": ")
        is_of_positions = colon and any(re.search(rf"\b{axis.name}\b", formula) for axis in self.space.axes)
        told = brief if is_of_positions else reason
        self.why.setdefault(self.space.axes[place].name, f"{told}{f' (at {at})' if at else ''}")

    def obstacle(self, codes: Sequence[int | None]) -> str:
        """What is wrong with a design, by the places of its values; nothing if it is legal."""
        named = zip(self.space.axes, codes, strict=True)
        values = {axis.name: axis.values[code] for axis, code in named if code is not None}
        return obstacle(self.question, values, self._shared())

    def _shared(self) -> Memory:
        """What all networks share: a layer is inferred once for all cells in which it reads the same."""
        if len(self._memory.facts) > MAX_FACTS:
            self._memory.forget()
        return self._memory

    def _form(self, template: Template, free: Sequence[int]) -> Form:
        axes = self.space.axes
        fixed = {axes[place].name: axes[place].values[code] for place, code in enumerate(template) if code is not None}
        opened = [Free(place, axes[place].name, line) for place in sorted(free) if (line := self._lines[place])]
        self.unfolded += 1
        found = form(self.question, fixed, opened, self._shared())
        self.layers += found.layers
        return found

    def forms(self, template: Template | None = None) -> Iterator[tuple[Template, Form | Sums]]:
        """All cells with their forms, in the order of the values that are put in."""
        template = self.root if template is None else template
        # Of very many cells none is remembered, so that those that are do not push each other out.
        found = self.at(template) if self.count <= MAX_KEPT else self._explored(template)
        if not isinstance(found, Split):
            yield template, found
            return
        for codes in product(*(range(self.space.sizes[place]) for place in found.places)):
            yield from self.forms(_filled(template, found.places, codes))

    def evaluate(self, numbers: Any) -> tuple[Any, Any, list[Any]]:
        """The same as `of_points` says, of designs by an array of their numbers."""
        return self.of_points(Numbered(self.space, self.space.array(numbers)))

    def of_points(self, points: Points) -> tuple[Any, Any, list[Any]]:
        """Whether designs are legal and are met, and their columns.

        Columns are arrays of integers, or of objects where some are too long for 64 bits, are sizes, or are not there.
        """
        module = numpy()
        legal, met = module.zeros(len(points), bool), module.zeros(len(points), bool)
        columns: list[list[tuple[Any, Any]]] = [[] for _ in self.question.quantities]
        for rows, found in self._groups(points, module.arange(len(points)), self.root):
            codes = [points.column(axis, rows) for axis in found.axes]
            legal[rows], met[rows], values = found.at(codes, len(rows))
            for column, value in zip(columns, values, strict=True):
                column.append((rows, value))
        return legal, met, [_joined(len(points), parts) for parts in columns]

    def _groups(self, points: Points, rows: Any, template: Template) -> Iterator[tuple[Any, Form | Sums]]:
        """The designs cell by cell: their rows among the points, and the form of the cell."""
        module = numpy()
        if len(rows) <= FEW and template not in self._known:
            # To find out what can be a symbol takes several networks: these few designs are one each.
            for row in rows:
                own = module.array([row])
                yield own, self._form(tuple([int(points.column(axis, own)[0]) for axis in range(len(template))]), [])
            return
        found = self.at(template)
        if not isinstance(found, Split):
            yield rows, found
            return
        codes = [points.column(axis, rows) for axis in found.places]
        order = module.lexsort(codes[::-1])
        stacked = module.stack([column[order] for column in codes])
        starts = module.flatnonzero(module.concatenate([[True], (stacked[:, 1:] != stacked[:, :-1]).any(axis=0)]))
        for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
            own = [int(code) for code in stacked[:, start]]
            inner = _filled(template, found.places, own)
            yield from self._groups(points, rows[order[start:stop]], inner)


def _filled(template: Template, places: Sequence[int], codes: Sequence[int]) -> Template:
    filled = list(template)
    for place, code in zip(places, codes, strict=True):
        filled[place] = code
    return tuple(filled)


def _joined(size: int, parts: list[tuple[Any, Any]]) -> Any:
    """A column from its parts, each with its places."""
    module = numpy()
    is_plain = all(not isinstance(value, list) and value is not None and value.dtype != object for _, value in parts)
    found = module.zeros(size, "int64" if is_plain else object)
    for places, value in parts:
        if isinstance(value, list):
            for place, sizes in zip(places, zip(*(one.tolist() for one in value), strict=True), strict=True):
                found[place] = sizes
        elif is_plain:
            found[places] = value
        else:
            for place, one in zip(places, [None] * len(places) if value is None else value.tolist(), strict=True):
                found[place] = one
    return found


def _kind(axis: Axis) -> str:
    kinds = {_word(value) for value in axis.values}
    return " and ".join(sorted(kinds))


def _word(value: Value) -> str:
    if isinstance(value, tuple):
        return "lists"
    if isinstance(value, bool):
        return "truth values"
    return "words" if isinstance(value, Word) else "numbers"
