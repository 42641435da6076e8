"""The published catalogue for all tests: a file is read once and a network is checked once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import archcalc
from archcalc import Architecture, Report

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
FILES = sorted(SPECS.rglob("*.yaml"))
_FILE_OF = {path.stem: path for path in FILES}


@cache
def whole(path: Path) -> Architecture:
    """A file with all its variants."""
    return archcalc.load(path)


def variants(path: Path) -> list[str | None]:
    """The variants of a file, or None alone for its one network."""
    return [*whole(path).variants] or [None]


@cache
def networks() -> tuple[str, ...]:
    """Every network of the catalogue, as `stem:variant` or as the stem alone."""
    return tuple(name for path in FILES for name in named(path))


@cache
def of_the_lecture() -> tuple[str, ...]:
    """The networks of the first shelf."""
    return tuple(name for path in FILES if path.parent == SPECS for name in named(path))


def named(path: Path) -> list[str]:
    """The networks of a file, as `networks` names them."""
    return [f"{path.stem}:{name}" if name else path.stem for name in variants(path)]


@cache
def architecture(network: str) -> Architecture:
    """A network, read from the files of this checkout."""
    stem, _, variant = network.partition(":")
    found = whole(_FILE_OF[stem])
    return found.choose(variant) if variant else found


@cache
def report(network: str) -> Report:
    """The report on a network at the sizes that its file states."""
    return architecture(network).check()
