"""The designs of a sweep as people use them: those of the room, with the report of each, and as tables and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcalc.api.report import Report
from archcalc.network import Settings
from archcalc.questions.constraints import Quantity
from archcalc.sweep import Designs

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from archcalc.sweep.stored.table import Written


class Sweep(Designs):
    """The designs of one network at all combinations of some values: `Architecture.sweep` makes it.

    Going through it gives those that are legal and meet the conditions, in the order of their numbers.

    >>> import archcalc
    >>> space = archcalc.load("unet:paper").sweep({"N": range(100, 573)}, "memory <= 800 MB")
    >>> [design.values["N"] for design in space.first(3)], space.largest().values
    ([188, 204, 220], {'N': 444})
    """

    def check(self, number: int) -> Report:
        """The report of a design, by its number. Raises: IndexError.

        >>> import archcalc
        >>> space = archcalc.load("vgg:D").sweep({"H": range(224, 257, 32)})
        >>> space.check(1).totals.multiplications == space[1].figures["multiplications"]
        True
        """
        return Report.of(self.question.program, Settings({**self.question.given, **self.values(number)}))

    def batches(self, rows: int = 131_072) -> Iterator[Any]:
        """Those designs as `pyarrow.RecordBatch`es of so many rows, made one after the other.

        There is a column for the number of a design, one for each name and for each quantity, and what `show` asks for
        besides: with `legal` or `obstacle`, designs that are not legal are rows, too, without figures. Integers are of
        32 bits where that is proven to be enough, else of 64, and texts beyond.

        Raises: ImportError without PyArrow; WrongQuestion if there are too many designs.

        >>> import archcalc
        >>> space = archcalc.load("vgg:D").sweep({"H": range(224, 257, 32)})
        >>> [batch.column("multiplications").to_pylist() for batch in space.batches()]
        [[15470264320, 17677320192]]
        """
        from archcalc.sweep.stored.files import batches

        return batches(self, rows)

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`, in which integers stay integers where some are missing.

        Raises: ImportError without pandas; as `batches` does.
        """
        pandas = _library("pandas")
        from archcalc.sweep.arrays import arrow
        from archcalc.sweep.stored.files import whole

        pa = arrow()
        types = {pa.int32(): pandas.Int32Dtype(), pa.int64(): pandas.Int64Dtype()}
        return whole(self).to_pandas(types_mapper=types.get)

    def to_polars(self) -> Any:
        """The same as a `polars.DataFrame`. Raises: ImportError without polars; as `batches` does."""
        polars = _library("polars")
        from archcalc.sweep.stored.files import whole

        return polars.from_arrow(whole(self))

    def write(
        self, path: str | PathLike[str], *, on: Executor | str | None = None, piece: int | None = None
    ) -> Written:
        """Write the same to a file (`.parquet`, `.arrow`, `.csv`), or into a folder, as numbered pieces.

        Each piece of a folder is a Parquet file of at most `piece` designs. `on` does them: an executor of
        `concurrent.futures`, or as the command has it `processes:2` or `tcp://HOST:PORT`, a scheduler of Dask; without
        it, this process. A folder that has some pieces already gets the missing ones.

        Returns: how many designs were evaluated, are legal, and are met, and how many rows there are.

        Raises: WrongQuestion for a folder of another question, or of something else; Unfinished if a worker was lost;
        OSError; ImportError; as `batches` does.

        >>> import archcalc, tempfile
        >>> space = archcalc.load("unet:paper").sweep({"N": range(188, 573)}, "multiplications <= 100G")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     space.write(f"{folder}/designs", piece=100)
        Written(points=385, legal=25, met=19, rows=19)
        """
        from archcalc.questions.values import WrongQuestion
        from archcalc.sweep.stored import executors, files, folder, places, running

        place = fspath(path)
        suffix = places.kind(place)
        if suffix == places.FOLDER:
            found = folder.folder_for(self, Path(place), piece)
            work = running.work_in(found)
            with executors.executor(on) if isinstance(on, str) else nullcontext(on) as executor:
                return running.finish(work, executor, self.watch)
        if on is not None or piece is not None:
            raise WrongQuestion("a file is written by this process, in one piece: name a folder")
        return files.write_file(self, Path(place))

    def _repr_html_(self) -> str:
        """For notebooks: what is swept and how, how many designs there are, and the first of them."""
        from archcalc.report.sweeps import fragment

        return fragment(self)


def with_quantities(space: Sweep, quantities: Sequence[Quantity]) -> Sweep:
    """The same designs, of which these quantities are known, too; with what was computed, if they are known already."""
    asked = space.question.with_quantities(quantities)
    return space if asked == space.question else Sweep(asked)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ImportError(f"there is no {name} here: python -m pip install {name}") from None
