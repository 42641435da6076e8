"""What the sequences of a template are besides their lines, and the parameters that they come to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.record import Value
from archcalc.importing.structure.expressions import Known


@dataclass(eq=False)
class Setting:
    """What is known about the sequences of a template besides their lines, a value for each."""

    count: int
    entries: Sequence[Value | None] = ()
    """The maps that they read."""
    channels: Sequence[int | None] = ()
    """The channels of these maps."""
    outputs: Sequence[int | None] = ()
    """The channels of the maps that they give."""
    arguments: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Arguments of the author's class, of which all sequences are calls."""
    numbers: tuple[Known, ...] = ()
    """What counts the sequences."""


@dataclass(eq=False)
class Parameter:
    """A parameter of a block, or a variable of a loop, with its value in each sequence."""

    name: str
    values: list[Any]
    sort: str
    rank: tuple[int, int]
