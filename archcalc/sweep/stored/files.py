"""Designs in one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from archcalc.files import opened
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.arrays import arrow
from archcalc.sweep.designs import MAX_POINTS, Design, Designs
from archcalc.sweep.stored.asked import as_data, digest
from archcalc.sweep.stored.formats import FORMATS, put_into
from archcalc.sweep.stored.table import ROWS, Table, Written, gathered, widths
from archcalc.sweep.told import as_csv

CSV = ".csv"
VERSION, QUESTION, SHA256, CHOSEN = "archcalc", "archcalc.question", "archcalc.sha256", "archcalc.chosen"
PIECE, FIRST, TALLY = "archcalc.piece", "archcalc.first", "archcalc.tally"
"""Names in the metadata: of a piece also its number, its first design, and how many there are, are legal, ..."""
MAX_ROWS = 10**9
"""Designs that are written although no condition leaves any out."""


def refuse_too_many(space: Designs) -> None:
    """Raises: WrongQuestion for more designs than can be gone through, or than make a table."""
    if space.points > MAX_POINTS:
        raise WrongQuestion(
            f"{space.points:,} designs are too many to go through; the first are found, and a sample is drawn"
        )
    if space.points > MAX_ROWS and not space.question.constraints:
        raise WrongQuestion(
            f"a table of all {space.points:,} designs is too large: --where leaves fewer, and --sample draws some"
        )


def provenance(data: Mapping[str, Any], **more: str) -> dict[str, str]:
    """The metadata of a file that answers a question, given as plain data."""
    found = {VERSION: data["archcalc"], QUESTION: json.dumps(data, sort_keys=True), SHA256: digest(data)}
    return {**found, **{f"archcalc.{name}": text for name, text in more.items()}}


def batches(space: Designs, rows: int = ROWS) -> Iterator[Any]:
    """The designs that are legal and met, in `pyarrow.RecordBatch`es of so many rows; those not legal, if shown, too.

    Raises: ImportError without PyArrow; WrongQuestion.
    """
    refuse_too_many(space)
    table = Table(space, widths(space))
    metadata = provenance(as_data(space.question))
    told = (batch for batch, _ in _watched(space, table.wanted(0, space.points)))
    return (batch.replace_schema_metadata(metadata) for batch in gathered(told, table.schema, rows))


def whole(space: Designs) -> Any:
    """All of these as one `pyarrow.Table`. Raises: as `batches` does."""
    refuse_too_many(space)
    table = Table(space, widths(space))
    schema = table.schema.with_metadata(provenance(as_data(space.question)))
    found = [batch for batch, _ in _watched(space, table.wanted(0, space.points))]
    return arrow().Table.from_batches(found, table.schema).cast(schema)


def write_file(
    space: Designs, path: Path, numbers: Iterable[int] | None = None, chosen: str = "", *, force: bool = True
) -> Written:
    """Write the designs that are wanted, or those of some numbers, to a file; its ending says in which format.

    `chosen` says by what these were chosen; with `force`, another file goes. Raises: OSError; ImportError without
    PyArrow; WrongQuestion.
    """
    if numbers is None:
        refuse_too_many(space)
    if path.suffix.lower() == CSV:
        return _write_csv(space, path, numbers, force=force)
    table = Table(space, widths(space))
    more = {"chosen": chosen} if chosen else {}
    schema = table.schema.with_metadata(provenance(as_data(space.question), **more))
    tally = Written()

    def counted() -> Iterator[Any]:
        nonlocal tally
        for batch, found in _watched(space, _wanted(table, numbers)):
            tally = tally.plus(found)
            yield batch

    kind = FORMATS[path.suffix.lower()]
    with opened(path, force=force) as stream, put_into(stream, kind, schema, table.repeated) as sink:
        for batch in gathered(counted(), table.schema):
            sink.write(batch)
        sink.close({})
    return tally


def _write_csv(space: Designs, path: Path, numbers: Iterable[int] | None, *, force: bool) -> Written:
    tally = Written()
    is_shown = bool(space.question.extras)

    def counted() -> Iterator[Design]:
        nonlocal tally
        for one in space.all() if numbers is None else map(space.__getitem__, numbers):
            is_row = numbers is not None or one.met or (is_shown and not one.legal)
            tally = tally.plus(Written(1, one.legal, one.met, is_row))
            if is_row:
                yield one

    with opened(path, force=force) as stream:
        for line in as_csv(space, counted()):
            stream.write(line.encode())
    return tally


def _wanted(table: Table, numbers: Iterable[int] | None) -> Iterator[tuple[Any, Written]]:
    if numbers is None:
        yield from table.wanted(0, table.space.points)
        return
    listed = list(numbers)
    for start in range(0, len(listed), ROWS):
        batch = table.batch(listed[start : start + ROWS])
        yield batch, Written(rows=batch.num_rows)


def _watched(space: Designs, found: Iterable[tuple[Any, Written]]) -> Iterator[tuple[Any, Written]]:
    watch: Callable[[int], None] = space.watch
    for batch, tally in found:
        watch(tally.points)
        yield batch, tally
