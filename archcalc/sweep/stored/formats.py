"""Tables of designs as files: Parquet, and Arrow's own format; each whole or not at all.

What was asked stands in the metadata of the schema.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from archcalc.sweep.arrays import arrow

TEMPORARY = ".tmp"
"""How the names of files end that are being written: behind the name, the machine and the process.

They begin with a sign that makes others pass over them who read a folder as one table.
"""


class Sink(Protocol):
    """Where batches of one schema go."""

    def write(self, batch: Any) -> None:
        """Write the rows of a batch."""

    def close(self, more: Mapping[str, str]) -> None:
        """Write what stands at the end; `more` is known only now."""


class Parquet:
    """A Parquet file: a batch is a row group.

    `repeated` columns have few values, each of which is stored once. Of other integers it is the differences that are
    stored, which takes a fifth of the room and no time.
    """

    suffix = ".parquet"

    def __init__(self, stream: IO[bytes], schema: Any, repeated: list[str]) -> None:
        integers = arrow("types").is_integer
        apart = [field.name for field in schema if integers(field.type) and field.name not in repeated]
        self._writer = arrow("parquet").ParquetWriter(
            stream,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=repeated,
            column_encoding=dict.fromkeys(apart, "DELTA_BINARY_PACKED"),
        )

    def write(self, batch: Any) -> None:
        """Write a row group."""
        self._writer.write_batch(batch, batch.num_rows)

    def close(self, more: Mapping[str, str]) -> None:
        """Write the metadata."""
        if more:
            self._writer.add_key_value_metadata(dict(more))
        self._writer.close()


class Arrow:
    """A file of Arrow's own format (IPC, Feather), which programs map into memory as it is."""

    suffix = ".arrow"

    def __init__(self, stream: IO[bytes], schema: Any, repeated: list[str]) -> None:
        self._writer = arrow("ipc").new_file(stream, schema)

    def write(self, batch: Any) -> None:
        """Write a batch."""
        self._writer.write_batch(batch)

    def close(self, more: Mapping[str, str]) -> None:
        """Write the list of batches; the metadata was written with the schema."""
        self._writer.close()


FORMATS: dict[str, type[Parquet] | type[Arrow]] = {one.suffix: one for one in (Parquet, Arrow)}
"""The formats by the endings of files."""


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A stream to a new file beside a path, which takes its place when all is written. Raises: OSError."""
    name = temporary(path)
    try:
        with name.open("wb") as stream:
            yield stream
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            name.unlink()
        raise


def temporary(path: Path) -> Path:
    """The name of a file that this process writes before it takes the place of another one."""
    return path.with_name(f"_{path.name}.{machine()}.{os.getpid()}{TEMPORARY}")


def machine() -> str:
    """The name of this machine, as part of the name of a file.

    >>> "." in machine() or "/" in machine()
    False
    """
    return "".join(sign if sign.isalnum() or sign == "-" else "_" for sign in socket.gethostname()) or "machine"


@contextmanager
def put_into(
    stream: IO[bytes], format: type[Parquet] | type[Arrow], schema: Any, repeated: list[str]
) -> Iterator[Sink]:
    """A file of a format on a stream, which is whole once it was closed."""
    sink = format(stream, schema, repeated)
    try:
        yield sink
    except BaseException:
        # Otherwise it would be closed when it is collected, behind the back of its stream.
        with suppress(Exception):
            sink.close({})
        raise
