"""Where conventions come from: those that archcalc ships, and files of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from archcalc.conventions.model import Convention
from archcalc.conventions.reader import read
from archcalc.diagnostics.model import Diagnostic
from archcalc.quantities import PROFILES, convention_named, conventions, is_file, nearest_convention
from archcalc.source import SourceFile, decode


class NoConvention(ValueError):
    """A name that is none of a convention, or a file that holds none; it says which there are, or what is wrong."""

    def __init__(self, message: str, file: SourceFile | None = None, problems: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.file = file
        self.problems = tuple(problems)


def find(name: str) -> Convention:
    """A convention by its name, by the beginning of one (`thop` is `thop-0.1.1`), or a file of one's own.

    Raises: NoConvention, OSError.

    >>> find("thop").name
    'thop-0.1.1'
    """
    chosen = convention_named(name)
    if chosen is not None:
        return _shipped(chosen)
    if is_file(name):
        return _of_file(Path(name), name)
    near = nearest_convention(name)
    raise NoConvention(
        f"there is no convention `{name}`; {f'did you mean `{near}`?' if near else f'there are {_listed()}'}"
    )


def _listed() -> str:
    return f"{', '.join(conventions())}, and files ending in .yaml"


@cache
def _shipped(name: str) -> Convention:
    return _of_file(PROFILES / f"{name}.yaml", name)


def _of_file(path: Path, name: str) -> Convention:
    file, problems = decode(name, path.read_bytes())
    convention = None
    if file is not None:
        convention, problems = read(file)
    if convention is None:
        raise NoConvention(f"{name} holds no convention", file, problems)
    return convention
