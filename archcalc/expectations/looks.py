"""How much judging claims may look at: what was found out is remembered, and what is new is charged."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

MAX_LOOKS = 1_000_000
"""Layers that the names, the counts and the unfoldings of all claims of a network may look at."""
UNFOLDING = 25
"""Looks at a layer that take as long as unfolding it."""

_Found = TypeVar("_Found")


class TooDear(Exception):
    """Ends the judging of claims that look at too much. Never leaves archcalc."""


class Looks:
    """What is left of the looks of one check."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_LOOKS

    def spend(self, layers: int) -> None:
        """Charge so many layers. Raises: TooDear."""
        self.left -= layers
        if self.left < 0:
            raise TooDear


class Remembered:
    """Answers about one network, and the exceptions that are answers."""

    __slots__ = ("answers",)

    def __init__(self) -> None:
        self.answers: dict[Hashable, tuple[Any, Exception | None]] = {}

    def of(self, key: Hashable, compute: Callable[[], _Found]) -> _Found:
        """The answer to a question, computed once. Raises: what computing it raises, but for TooDear each time anew."""
        if key not in self.answers:
            try:
                self.answers[key] = compute(), None
            except TooDear:
                raise
            except Exception as error:
                # An exception is an answer too: everybody who asks again gets the same one, below.
                self.answers[key] = None, error
        found, raised = self.answers[key]
        if raised is not None:
            raise raised
        return cast("_Found", found)
