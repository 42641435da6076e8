"""Mutants that no test can notice, because they do the same: each with the reason, judged by a person."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml
from mutation.operators import Mutant

FILE = Path(__file__).with_name("equivalent.yaml")


class Equivalent(NamedTuple):
    """A change of a function that changes nothing; lines may move about it."""

    room: str
    function: str
    change: str
    reason: str


def equivalents(path: Path = FILE) -> list[Equivalent]:
    """The list of those that are known."""
    return [Equivalent(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []]


def reason_of(known: list[Equivalent], room: str, mutant: Mutant) -> str:
    """Why a mutant is equivalent; empty if nobody says that it is."""
    key = (room, mutant.function, mutant.change)
    return next((one.reason for one in known if (one.room, one.function, one.change.strip()) == key), "")
