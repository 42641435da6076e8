"""Keras files as plain data: JSON of `model.to_json()`, and `config.json` of a `.keras` archive. Nothing else is read.

A file may come from anybody: how long it is, how deep it nests and how far it unpacks is bounded, and no code of it
runs.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import TypeAlias

from archcalc.importing.failure import ImportFailure

Data: TypeAlias = "int | float | bool | str | list[Data] | dict[str, Data] | None"

LONGEST = 16 * 2**20
"""Bytes of JSON: hundreds of times what the largest networks need."""
DEEPEST = 200
"""Brackets within brackets."""
_CONFIG = "config.json"


def document(path: Path) -> dict[str, Data]:
    """The description of the model in a `.json` or `.keras` file.

    Raises: ImportFailure.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            text = _unpacked(path) if start.startswith(b"PK") else start + file.read(LONGEST + 1 - len(start))
    except OSError as error:
        raise ImportFailure("missing-file", f"`{path}` cannot be read: {error.strerror or error}") from error
    if start.startswith(b"\x89HDF"):
        raise ImportFailure(
            "format",
            "this is an HDF5 file, which is not read",
            help="save the description of the model, `open('model.json', 'w').write(model.to_json())`, and import that",
        )
    return parsed(text)


def parsed(text: bytes) -> dict[str, Data]:
    """JSON as data: an object whose nesting is bounded.

    Raises: ImportFailure.

    >>> parsed(b'{"class_name": "Sequential"}')
    {'class_name': 'Sequential'}
    """
    if len(text) > LONGEST:
        raise ImportFailure("too-large", f"the description of the model is longer than {LONGEST // 2**20} MiB")
    try:
        data: Data = json.loads(text.decode())
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise ImportFailure("malformed", f"this is no JSON: {error}") from error
    # What `to_json()` gave is sometimes saved as JSON again: a text in which the description stands.
    if isinstance(data, str) and data.lstrip().startswith("{"):
        return parsed(data.encode())
    if not isinstance(data, dict):
        raise ImportFailure("malformed", "this JSON is not the description of a Keras model, which is an object")
    _bounded(data)
    return data


def _bounded(data: Data) -> None:
    """Walks level by level, so that no nesting can exhaust the stack."""
    level: list[Data] = [data]
    for _ in range(DEEPEST):
        inner: list[Data] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> ImportFailure:
    return ImportFailure("too-large", f"the description of the model nests deeper than {DEEPEST} levels")


def _unpacked(path: Path) -> bytes:
    """`config.json` of the archive; never more of it than the limit is unpacked, whatever its header says."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_CONFIG) as file:
            return file.read(LONGEST + 1)
    except KeyError as error:
        raise ImportFailure("format", f"the archive has no `{_CONFIG}`, and is no `.keras` file") from error
    # A broken archive fails in many ways: bad headers, bad streams, encryption, methods that are not known.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError) as error:
        raise ImportFailure("malformed", f"the archive is broken: {error}") from error
