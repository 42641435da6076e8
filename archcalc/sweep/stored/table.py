"""Designs as a table of Arrow: a column for the number, one for each name and each quantity, and what is shown besides.

Figures of a design that is not legal are null. Numbers are integers, as wide as they have to be: of 32 or 64 bits, and
text beyond. Other values of names are texts as `--set` takes them, each stored once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from archcalc.quantities import QUANTITIES
from archcalc.questions.constraints import Quantity
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.arrays import arrow, numpy
from archcalc.sweep.designs import Designs
from archcalc.sweep.domain import Axis, is_numeric, written
from archcalc.sweep.forms import Form
from archcalc.sweep.question import LEGAL, OBSTACLE

ROWS = 131_072
"""Rows of a batch, and of a row group in a file; and the most designs that are evaluated at a time."""
FEWEST = 1_024
"""Designs that are evaluated at first, while it is not known how long they take."""
SECONDS = 0.5
"""How long the evaluation of designs may take before somebody hears of it."""
MAX_BOUNDED = 256
"""Forms whose bounds are looked at before anything is written."""
TRIED = 64
"""Designs that are looked at where there are more forms."""

INT32, INT64, TEXT, SIZES = "int32", "int64", "text", "sizes"
"""Types of columns of quantities: integers of two widths, decimal text, and lists of sizes."""


class Written(NamedTuple):
    """How many designs were evaluated, are legal, and meet the conditions, and how many rows they have become.

    >>> import archcalc, tempfile
    >>> space = archcalc.load("unet:paper").sweep({"N": range(188, 573)}, show=["parameters", "legal"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     space.write(f"{folder}/designs.csv")
    Written(points=385, legal=25, met=25, rows=385)
    """

    points: int = 0
    legal: int = 0
    met: int = 0
    rows: int = 0

    def plus(self, other: Written) -> Written:
        """Both together."""
        return Written(*(one + more for one, more in zip(self, other, strict=True)))


def widths(space: Designs) -> list[str]:
    """The type of the column of each quantity, before anything is evaluated.

    The bounds of closed forms prove it. Where there are too many forms, it is 64 bits unless some design needs more;
    if another one does after all, `Table.batch` refuses it.
    """
    return [
        SIZES if _is_sizes(one) else width for one, width in zip(space.question.quantities, _proven(space), strict=True)
    ]


def _proven(space: Designs) -> list[str]:
    if space.cells.count > MAX_BOUNDED:
        return _seen(space)
    ends: list[list[int]] = [[0] for _ in space.question.quantities]
    for _, form in space.cells.forms():
        if not isinstance(form, Form):
            ends = [[*found, *own] for found, own in zip(ends, form.ends, strict=True)]
            continue
        for column, found in zip(form.columns, ends, strict=True):
            for register in column if isinstance(column, tuple) else () if column is None else (column,):
                found.extend(form.instructions.bounds[register])
    return [_width(min(found), max(found)) for found in ends]


def _seen(space: Designs) -> list[str]:
    rng = Random(0)  # noqa: S311 - the same designs each time, no secret
    numbers = sorted({0, space.points - 1, *(rng.randrange(space.points) for _ in range(TRIED))})
    found = [INT64] * len(space.question.quantities)
    _, _, columns = space.cells.evaluate(numbers)
    for place, column in enumerate(columns):
        if any(isinstance(figure, int) and abs(figure) >= 2**60 for figure in column.tolist()):
            found[place] = TEXT
    return found


def _width(low: int, high: int) -> str:
    for name, bits in ((INT32, 31), (INT64, 63)):
        if -(2**bits) <= low and high < 2**bits:
            return name
    return TEXT


def _is_sizes(quantity: Quantity) -> bool:
    return QUANTITIES[quantity.name].kind == "sizes"


class Table:
    """The table of the designs of a space; `types` are those of its quantities, as `widths` finds them.

    >>> import archcalc
    >>> space = archcalc.load("vgg:D").sweep({"H": range(64, 257, 64), "normalized": (True, False)})
    >>> Table(space, widths(space)).batch([0, 7]).to_pylist()[0]
    {'design': 0, 'H': 64, 'normalized': True, 'multiplications': 4434984960, 'parameters': 64957224}
    """

    def __init__(self, space: Designs, types: Sequence[str]) -> None:
        pa = arrow()
        self.space = space
        self._names = [_Name(axis) for axis in space.space.axes]
        kinds = {INT32: pa.int32(), INT64: pa.int64(), TEXT: pa.string(), SIZES: pa.list_(pa.int64())}
        self._kinds = [kinds[one] for one in types]
        self._is_text = [one == TEXT for one in types]
        extras = {LEGAL: pa.bool_(), OBSTACLE: pa.string()}
        names = [name.axis.name for name in self._names]
        self.repeated = names
        """The columns in which few values come again and again."""
        number = pa.int64() if space.points <= 2**63 else pa.string()
        self.schema = pa.schema(
            [
                pa.field(_other_than(names, "design"), number, nullable=False),
                *(pa.field(name.axis.name, name.type, nullable=False) for name in self._names),
                *(pa.field(one.text, kind) for one, kind in zip(space.question.quantities, self._kinds, strict=True)),
                *(pa.field(_other_than(names, one), extras[one], nullable=False) for one in space.question.extras),
            ]
        )

    def batch(self, numbers: Any) -> Any:
        """The designs of some numbers, a row each, as a `pyarrow.RecordBatch`. Raises: WrongQuestion."""
        batch, _ = self._evaluated(self.space.space.array(numbers), is_all=True)
        return batch

    def wanted(self, start: int, stop: int) -> Iterator[tuple[Any, Written]]:
        """A range of designs: batches of those that are legal and met, and of those not legal where these are shown.

        Raises: WrongQuestion.
        """
        size, integers = FEWEST, self.space.space.integers
        module = numpy()
        first = start
        while start < stop:
            # Where all designs are rows, whole batches are whole row groups, too, and nothing has to be copied.
            end = min(start + size, stop, start + ROWS - (start - first) % ROWS)
            before = time.monotonic()
            many = module.arange(start, end) if integers.kind == "i" else module.array(range(start, end), integers)
            yield self._evaluated(many, is_all=False)
            took = time.monotonic() - before
            size = max(size // 2, 1) if took > SECONDS else min(2 * size, ROWS) if took < SECONDS / 4 else size
            start = end

    def _evaluated(self, numbers: Any, *, is_all: bool) -> tuple[Any, Written]:
        pa, module = arrow(), numpy()
        space = self.space
        legal, met, columns = space.cells.evaluate(numbers)
        kept = module.ones(len(numbers), bool) if is_all else met | ~legal if space.question.extras else met
        tally = Written(len(numbers), *(int(module.count_nonzero(one)) for one in (legal, met, kept)))
        if tally.rows < len(numbers):
            numbers, legal = numbers[kept], legal[kept]
            columns = [column[kept] for column in columns]
        absent = None if legal.all() else ~legal
        arrays = [_numbers(numbers, is_text=space.points > 2**63)]
        arrays += [name.column(space.space.column(numbers, place)) for place, name in enumerate(self._names)]
        try:
            for column, kind, is_text in zip(columns, self._kinds, self._is_text, strict=True):
                arrays.append(_figures(column, absent, kind, is_text=is_text))
        except (OverflowError, pa.ArrowInvalid):
            raise WrongQuestion("there are designs whose figures have more than 64 bits: ask about fewer") from None
        more = {
            LEGAL: lambda: pa.array(legal),
            OBSTACLE: lambda: pa.array(
                ["" if one else space.obstacle(number) for number, one in zip(numbers.tolist(), legal, strict=True)],
                pa.string(),
            ),
        }
        arrays += [more[name]() for name in space.question.extras]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema), tally


class _Name:
    """The column of a name: its type, and its values by their places on the axis."""

    def __init__(self, axis: Axis) -> None:
        pa, module = arrow(), numpy()
        self.axis = axis
        self._range = axis.values if isinstance(axis.values, range) else None
        self._listed: Any = None
        self._texts: Any = None
        values = axis.values
        if is_numeric(values) and not (self._range is None and any(isinstance(one, Fraction) for one in values)):
            width = _width(values[0], values[-1])
            self.type = {INT32: pa.int32(), INT64: pa.int64(), TEXT: pa.string()}[width]
            self._number = module.dtype(object if width == TEXT else "int64")
            if self._range is None:
                self._listed = module.array(values, self._number)
        elif all(isinstance(one, bool) for one in values):
            self.type = pa.bool_()
            self._listed = module.array(values, bool)
        else:
            self.type = pa.dictionary(pa.int32(), pa.string())
            self._texts = pa.array([written(one) for one in values], pa.string())

    def column(self, codes: Any) -> Any:
        """The values at some places."""
        pa = arrow()
        if self._texts is not None:
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype("int32")), self._texts)
        if self._range is None:
            found = self._listed[codes]
        else:
            found = codes.astype(self._number) * self._range.step + self._range.start
        return _texts(found.tolist()) if self.type == pa.string() else pa.array(found.astype(str(self.type)))


def _other_than(names: Sequence[str], name: str) -> str:
    """A name, or one like it where a spec has it already."""
    return _other_than(names, f"{name}_") if name in names else name


def _numbers(numbers: Any, *, is_text: bool) -> Any:
    pa = arrow()
    if is_text:
        return _texts(numbers.tolist())
    return pa.array(numbers.astype("int64"))


def _texts(values: Iterable[Any]) -> Any:
    pa = arrow()
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _figures(values: Any, absent: Any, kind: Any, *, is_text: bool) -> Any:
    """A column of a quantity; nothing where a design is not legal or has no such thing."""
    pa = arrow()
    if values.dtype != object and not is_text:
        # What closed forms say about a design that is not legal is nothing, and may be of any size.
        plain = values if absent is None else numpy().where(absent, 0, values)
        return pa.array(plain.astype(str(kind)), kind, mask=absent)
    listed = values.tolist()
    if absent is not None:
        listed = [None if is_absent else value for value, is_absent in zip(listed, absent.tolist(), strict=True)]
    return _texts(listed) if is_text else pa.array(listed, kind)


def gathered(batches: Iterable[Any], schema: Any, rows: int = ROWS) -> Iterator[Any]:
    """The same rows in batches of so many, the last one of fewer: whoever made them, and in whatever parts."""
    pa = arrow()
    waiting: list[Any] = []
    count = 0
    for batch in batches:
        if not waiting and batch.num_rows == rows:
            yield batch
            continue
        waiting.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(waiting, schema).combine_chunks()
        whole = count - count % rows
        for start in range(0, whole, rows):
            yield from _one(table.slice(start, rows))
        rest = table.slice(whole)
        waiting, count = rest.to_batches(), rest.num_rows
    if count:
        yield from _one(pa.Table.from_batches(waiting, schema))


def _one(table: Any) -> list[Any]:
    found: list[Any] = table.combine_chunks().to_batches()
    return found
