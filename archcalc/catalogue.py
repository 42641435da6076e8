"""Where specifications come from: files, folders, standard input, and the catalogue that archcalc ships."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.patterns import compiled_later
from archcalc.source import SIZE_LIMIT

_PYTHON = compiled_later(r".+\.py(?::[^\W\d][\w.]*)?|[^\W\d]\w*(?:\.[^\W\d]\w*)+:[^\W\d][\w.]*", re.DOTALL)
"""Files of Python, and names in its modules: `net.py:Net`, `torchvision.models:resnet50`."""
SUFFIXES = (".yaml", ".yml", ".json")
STDIN = ("-", "<stdin>")
SHELVES = {"": "The systems of the lecture", "modern": "Networks of today"}
"""The shelves of the catalogue, by their folders in `specs/`, with what they hold."""


class Found(NamedTuple):
    """A specification that can be read: its path (None: standard input), its name in messages, and a variant.

    The variant is empty where a name ends in a colon: what the file says beside its variants.
    """

    path: Path | None
    name: str
    variant: str | None

    def read(self) -> bytes:
        """The bytes, and of a file that is too large just enough to see that it is. Raises: OSError."""
        if self.path is None:
            if sys.stdin is None:
                raise OSError("standard input is closed")
            return sys.stdin.buffer.read(SIZE_LIMIT + 1)
        with self.path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)


def shipped() -> dict[str, Path]:
    """The catalogue: names and files, shelf by shelf.

    A name stands on one shelf only, so that nobody has to write the folder in front of it.
    """
    return {path.stem: path for shelf in SHELVES for path in on_shelf(shelf)}


def on_shelf(folder: str) -> list[Path]:
    """The files of one shelf, in the order of their names.

    >>> "lenet" in [path.stem for path in on_shelf("")]
    True
    """
    here = Path(__file__).resolve().parent
    found = next((specs for specs in (here / "specs", here.parent / "specs") if specs.is_dir()), None)
    return sorted((found / folder).glob("*.yaml")) if found else []


def find(text: str) -> Found:
    """A file, `-`, or a name of the catalogue, each with an optional `:VARIANT`.

    Raises: FileNotFoundError with a suggestion, IsADirectoryError, ValueError for a name that is empty, or of Python.

    >>> find("resnet:resnet18").variant, find("resnet:").variant, find("resnet").variant
    ('resnet18', '', None)
    """
    if not text.strip():
        raise ValueError("an empty name names no file; is a variable of the shell not set?")
    if text.partition(":")[0] in STDIN:
        _, colon, variant = text.partition(":")
        return Found(None, "<stdin>", variant if colon else None)
    path = Path(text)
    if path.is_dir():
        raise IsADirectoryError(f"{text} is a folder")
    if path.exists() and not text.endswith(".py"):
        return Found(path, text, None)
    stem, colon, variant = text.rpartition(":")
    if colon and Path(stem).is_file() and not stem.endswith(".py"):
        return Found(Path(stem), stem, variant)
    # No variant holds a slash: C:\\nets\\net.yaml is a path.
    name = stem if colon and not {"/", "\\"} & set(variant) else text
    catalogue = shipped()
    if name in catalogue:
        return Found(catalogue[name], name, variant if colon else None)
    if _PYTHON.fullmatch(text):
        raise ValueError(f"{text} names Python, and a spec is data: `archcalc import {text} -o net.yaml` writes one")
    raise FileNotFoundError(_missing(name, catalogue))


def _missing(name: str, catalogue: dict[str, Path]) -> str:
    path = Path(name)
    if path.is_symlink():
        return f"{name} is a link to {path.readlink()}, and there is no such file"
    if path.suffix in SUFFIXES or "/" in name or "\\" in name:
        folder = path.parent
        siblings = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        near = closest(path.name, siblings)
        hint = f"; did you mean {folder / near}?" if near else "" if siblings else f"; there is no folder {folder}"
        return f"there is no file {name}{hint}"
    near = closest(name, catalogue)
    hint = f"did you mean `{near}`?" if near else f"the catalogue has {', '.join(catalogue)}"
    return f"there is neither a file nor a catalogue entry `{name}`; {hint}"


def in_folder(folder: Path) -> list[Path]:
    """Every specification below a folder, hidden folders left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
