"""One numbered piece of a sweep: a pure function of a question file, a number and a folder, whoever calls it.

Its answer is a file, which comes into being in one step; what it returns are a few numbers. Done twice, it is the same
file twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import local
from typing import Any, NamedTuple

from archcalc.questions.values import WrongQuestion
from archcalc.sweep.designs import Designs
from archcalc.sweep.stored.asked import from_data
from archcalc.sweep.stored.files import FIRST, PIECE, TALLY, provenance
from archcalc.sweep.stored.folder import Folder, read_folder
from archcalc.sweep.stored.formats import Parquet, machine, put_into, replaced
from archcalc.sweep.stored.table import Table, Written, gathered


class PieceFailed(Exception):
    """A piece that could not be done; the message says why, and on which machine."""


class Summary(NamedTuple):
    """What a piece tells: its number, and how many designs it has found."""

    number: int
    tally: Written


def piece(question_file: str, number: int, folder: str) -> Summary:
    """Write the designs of a piece into a folder. Raises: PieceFailed."""
    try:
        asked, table = _opened(question_file)
        asked = asked._replace(path=Path(folder))
        return Summary(number, _written(asked, table, number))
    except (OSError, WrongQuestion, ImportError) as error:
        what = (
            f"{error.strerror}: {error.filename or folder}" if isinstance(error, OSError) and error.strerror else error
        )
        raise PieceFailed(f"piece {number:,} failed on {machine()}: {what}") from None


def _written(folder: Folder, table: Table, number: int) -> Written:
    start = number * folder.size
    stop = min(start + folder.size, folder.points)
    more = {FIRST: str(start), PIECE: str(number)}
    schema = table.schema.with_metadata({**provenance(folder.data), **more})
    tally = Written()

    def counted() -> Iterator[Any]:
        nonlocal tally
        for batch, found in table.wanted(start, stop):
            tally = tally.plus(found)
            yield batch

    path = folder.part(number)
    try:
        with replaced(path) as stream, put_into(stream, Parquet, schema, table.repeated) as sink:
            for batch in gathered(counted(), table.schema):
                sink.write(batch)
            sink.close({TALLY: " ".join(map(str, tally))})
    except FileNotFoundError:
        # Somebody else has done all pieces in the meantime, and tidied up.
        if folder.done(number) is None:
            raise
    return tally


_here = local()
"""The question that this thread was asked last: its closed forms serve all of its pieces."""


def _opened(question_file: str) -> tuple[Folder, Table]:
    path = Path(question_file)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise WrongQuestion(f"there is no {path} here: a folder has to be on a disk that all machines share") from None
    stamp = (question_file, status.st_mtime_ns, status.st_size, status.st_ino)
    if getattr(_here, "stamp", None) != stamp:
        folder = read_folder(path)
        _here.opened = folder, Table(Designs(from_data(folder.data)), folder.types)
        _here.stamp = stamp
    found: tuple[Folder, Table] = _here.opened
    return found
