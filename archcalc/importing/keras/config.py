"""The settings of a Keras layer, read with their types: what is not what it must be is one clear failure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.files import Data
from archcalc.terminal import visible

LARGEST = 2**48
"""Sizes and counts beyond this are no network."""
_REQUIRED = object()


def shown(text: object) -> str:
    """A text of the file, fit for a message.

    >>> shown("a" * 100)[-4:], shown("\\x1b[2J")
    ('a...', '\\\\x1b[2J')
    """
    plain = visible(str(text))
    return plain if len(plain) <= 80 else f"{plain[:77]}..."


class Config:
    """The settings of one layer, and where it stands.

    >>> config = Config({"kernel_size": [3, 3], "use_bias": False}, 'layer Conv2D "stem"')
    >>> config.sizes("kernel_size", 2), config.flag("use_bias", True), config.size("groups", 1)
    ([3, 3], False, 1)
    """

    def __init__(self, data: Mapping[str, Data], place: str) -> None:
        self.data = data
        self.place = place

    def fail(self, message: str, kind: str = "malformed", *, help: str | None = None) -> ImportFailure:
        """A failure at this layer."""
        return ImportFailure(kind, message, place=self.place, help=help)

    def get(self, name: str, default: object = _REQUIRED) -> object:
        """A setting as it stands; None counts as not given."""
        value = self.data.get(name)
        if value is not None:
            return value
        if default is _REQUIRED:
            raise self.fail(f"`{name}` is missing")
        return default

    def flag(self, name: str, default: bool) -> bool:
        """A yes or no."""
        value = self.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false is expected")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number."""
        value = self.get(name, _REQUIRED if default is None else default)
        return self._number(name, value)

    def size(self, name: str, default: int | None = None, least: int = 1) -> int:
        """A whole number, at least `least`."""
        value = self.get(name, _REQUIRED if default is None else default)
        return self._whole(name, value, least)

    def sizes(self, name: str, rank: int, default: int | None = None, least: int = 1) -> list[int]:
        """A whole number for every one of `rank` axes; one number stands for all."""
        value = self.get(name, _REQUIRED if default is None else default)
        entries = value if isinstance(value, list) else [value] * rank
        if len(entries) != rank:
            raise self._wrong(name, value, f"it must have {rank} {'entry' if rank == 1 else 'entries'}")
        return [self._whole(name, entry, least) for entry in entries]

    def pairs(self, name: str, rank: int) -> list[list[int]]:
        """Before and behind for every axis: one number for all, one for each axis, or a pair for each axis."""
        value = self.get(name)
        if rank == 1 and isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list):
            value = [value]
        entries = value if isinstance(value, list) else [value] * rank
        if len(entries) != rank:
            raise self._wrong(name, value, f"it must have {rank} entries")
        both = [entry if isinstance(entry, list) else [entry, entry] for entry in entries]
        if any(len(pair) != 2 for pair in both):
            raise self._wrong(name, value, "an entry is a number, or before and behind")
        return [[self._whole(name, one, 0) for one in pair] for pair in both]

    def axes(self, name: str, default: int = -1) -> list[int]:
        """Axes as Keras counts them, with the batch."""
        value = self.get(name, default)
        return [self._whole(name, one, -LARGEST) for one in (value if isinstance(value, list) else [value])]

    def text(self, name: str, default: str | None = None) -> str:
        """A word."""
        value = self.get(name, _REQUIRED if default is None else default)
        if not isinstance(value, str):
            raise self._wrong(name, value, "a text is expected")
        return value

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of some words."""
        value = self.text(name, default).lower()
        if value not in choices:
            raise self._wrong(name, value, f"one of {', '.join(choices)} is expected")
        return value

    def inner(self, name: str) -> Mapping[str, Data]:
        """An object within the settings."""
        value = self.get(name)
        if not isinstance(value, dict):
            raise self._wrong(name, value, "an object is expected")
        return value

    def numbers(self, name: str, default: float) -> list[float]:
        """One number or many."""
        value = self.get(name, default)
        while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
            value = value[0]
        return [self._number(name, one) for one in (value if isinstance(value, list) else [value])]

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, value, "a number is expected")
        if abs(value) > LARGEST**2 or not math.isfinite(value):
            raise self._wrong(name, value, "no network has such a number")
        return value

    def _whole(self, name: str, value: object, least: int) -> int:
        number = self._number(name, value)
        if int(number) != number or abs(number) > LARGEST:
            raise self._wrong(name, value, "a whole number is expected")
        if number < least:
            raise self._wrong(name, value, f"it must be at least {least}")
        return int(number)

    def _wrong(self, name: str, value: object, wanted: str) -> ImportFailure:
        return self.fail(f"`{name}` is {shown(value)}: {wanted}")
