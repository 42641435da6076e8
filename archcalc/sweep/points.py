"""Points of a space that somebody asks about: by their numbers, or by their values, of which columns are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from archcalc.expressions.given import as_value, typed
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.arrays import numpy
from archcalc.sweep.domain import Axis, written
from archcalc.sweep.space import Space


class Points(Protocol):
    """Some points of a space, of which the places of their values are asked axis by axis."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def column(self, axis: int, rows: Any) -> Any:
        """The places of the values on an axis, of the points in some rows."""
        ...


class Numbered:
    """Points by their numbers, an array."""

    def __init__(self, space: Space, numbers: Any) -> None:
        self.space = space
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def column(self, axis: int, rows: Any) -> Any:
        """The places of the values on an axis, of the points in some rows."""
        return self.space.column(self.numbers[rows], axis)


class Coded:
    """Points by the places of their values: an array for each axis that has more than one."""

    def __init__(self, size: int, codes: Mapping[int, Any]) -> None:
        self.size = size
        self.codes = codes

    def __len__(self) -> int:
        return self.size

    def column(self, axis: int, rows: Any) -> Any:
        """The places of the values on an axis, of the points in some rows."""
        if axis not in self.codes:
            return numpy().zeros(len(rows), "int64")
        return self.codes[axis][rows]


def given_points(space: Space, columns: Any) -> Coded:
    """Points whose values are given: by name a sequence or an array of them each, or a list of mappings.

    Names of one value may be left out.
    Raises: WrongQuestion for a name that is not swept or is missing, for columns of different lengths, and for a value
    that the sweep does not have.

    >>> from archcalc.expressions.values import Word
    >>> space = Space([Axis("d", (2, 3, 4)), Axis("act", (Word("relu"), Word("silu")))])
    >>> points = given_points(space, {"d": [4, 2], "act": ["relu", "silu"]})
    >>> [points.column(axis, [0, 1]).tolist() for axis in (0, 1)]
    [[2, 0], [0, 1]]
    """
    named = _named(columns)
    known = {axis.name: axis for axis in space.axes}
    for name in named:
        if name not in known:
            raise WrongQuestion(f"{name} is not swept; there are {', '.join(known)}")
    missing = [axis.name for axis in space.axes if axis.size > 1 and axis.name not in named]
    if missing:
        raise WrongQuestion(f"{missing[0]} has no values: give a column of them for each name that is swept")
    lengths = {name: len(values) for name, values in named.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {size:,}" for name, size in lengths.items())
        raise WrongQuestion(f"columns are of one length, a value for each design: {told}")
    codes = {}
    for place, axis in enumerate(space.axes):
        if axis.name in named:
            found = _Places(axis).of(named[axis.name])
            if axis.size > 1:
                codes[place] = found
    return Coded(next(iter(lengths.values()), 1), codes)


def _named(columns: Any) -> dict[str, Any]:
    """Columns by name, out of whatever has columns, or of rows that are mappings."""
    if isinstance(columns, Mapping) or hasattr(columns, "keys"):
        return {str(name): _column(str(name), columns[name]) for name in columns.keys()}  # noqa: SIM118 - tables, too
    rows = list(columns)
    if not all(isinstance(row, Mapping) for row in rows):
        raise WrongQuestion("designs are given by name, a column of values each, or as a list of mappings")
    names = list(rows[0]) if rows else []
    for at, row in enumerate(rows):
        if set(row) != set(names):
            raise WrongQuestion(f"row {at:,} has {', '.join(map(str, row))}, and the first one {', '.join(names)}")
    return {str(name): [row[name] for row in rows] for name in names}


def _column(name: str, values: Any) -> Any:
    if hasattr(values, "__array__"):
        found = numpy().asarray(values)
        if found.ndim == 1:
            return found
        # Rows of a matrix are lists.
        return found.tolist() if found.ndim else [found.item()]
    if isinstance(values, (str, bool, int, Fraction)) or not isinstance(values, Iterable):
        raise WrongQuestion(f"{name}: a column is a sequence of values, one for each design, and not {values!r}")
    return values if isinstance(values, Sequence) else list(values)


class _Places:
    """Finds values on an axis."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis

    def of(self, values: Any) -> Any:
        """The places of values, an array. Raises: WrongQuestion."""
        module = numpy()
        if isinstance(values, range):
            values = module.arange(values.start, values.stop, values.step)
        kind = values.dtype.kind if hasattr(values, "dtype") else ""
        if kind in ("i", "u") and self._is_whole:
            return self._of_integers(values)
        if kind and kind != "O":
            # Each different value is looked up once.
            distinct, places = module.unique(values, return_inverse=True)
            return self._listed(distinct.tolist(), lambda at: int(module.argmax(places == at)))[places]
        return self._listed(values.tolist() if kind else values, lambda at: at)

    @property
    def _is_whole(self) -> bool:
        """Whether the axis has whole numbers alone, in their order, all of 64 bits."""
        values = self.axis.values
        ends = (values[0], values[-1])
        is_short = all(isinstance(end, int) and -(2**62) < end < 2**62 for end in ends)
        return is_short and (isinstance(values, range) or all(type(value) is int for value in values))

    def _of_integers(self, values: Any) -> Any:
        module = numpy()
        known = self.axis.values
        if values.dtype.kind == "u" and values.dtype.itemsize == 8:
            values = module.where(values < 2**62, values, -(2**62)).astype("int64")
        values = values.astype("int64", copy=False)
        if isinstance(known, range):
            # First the ends, so that no difference is too long.
            wrong = (values < known[0]) | (values > known[-1])
            places, rest = module.divmod(module.where(wrong, known[0], values) - known.start, known.step)
            wrong |= rest != 0
        else:
            listed = module.array(known, "int64")
            places = module.minimum(module.searchsorted(listed, values), len(listed) - 1)
            wrong = listed[places] != values
        if wrong.any():
            at = int(module.argmax(wrong))
            raise self._missing(int(values[at]), at)
        return places

    def _listed(self, values: Iterable[Any], row: Any) -> Any:
        """The places of values one by one; `row` says in which row one of them stands first."""
        known: dict[Any, int] = {}
        if not isinstance(self.axis.values, range):
            known = {typed(value): place for place, value in enumerate(self.axis.values)}
        found = []
        seen: dict[Any, int] = {}
        for at, value in enumerate(values):
            key = (value.__class__, value) if isinstance(value, (int, str, Fraction)) else None
            place = seen.get(key) if key is not None else None
            if place is None:
                place = self._place(value, known, row, at)
                if key is not None:
                    seen[key] = place
            found.append(place)
        return numpy().array(found, "int64" if self.axis.size < 2**62 else object)

    def _place(self, value: Any, known: Mapping[Any, int], row: Any, at: int) -> int:
        try:
            plain = as_value(value.tolist() if hasattr(value, "tolist") else value)
        except TypeError:
            told = "whole numbers, Fractions, True or False, texts for words, and lists of these"
            raise WrongQuestion(f"{self.axis.name}: the values are {told}, not {value!r}") from None
        values = self.axis.values
        if isinstance(values, range):
            if isinstance(plain, int) and not isinstance(plain, bool) and plain in values:
                return values.index(plain)
        elif (place := known.get(typed(plain))) is not None:
            return place
        raise self._missing(plain, row(at))

    def _missing(self, value: Any, row: int) -> WrongQuestion:
        told = f"{self.axis.name} is not {written(value)} in this sweep, as in row {row:,}"
        return WrongQuestion(f"{told}: {self.axis.text()}")
