"""The values of expressions: which kinds there are, and how messages describe them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Code
from archcalc.dims import DimsOverflow, Number, Polynomial
from archcalc.dims.figures import number_text

Value = Any
"""int, Fraction, Polynomial, bool, Word, tuple of values, or a map of the network (opaque here)."""


class Word(str):
    """A word that stands for itself: `same`, `floor`, the name of a kind or a block."""

    __slots__ = ()


class ExpressionError(Exception):
    """A mistake in an expression. `start` and `end` count characters in the expression's text."""

    def __init__(self, code: Code, message: str, start: int, end: int, help: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.help = help


class UnknownValue(Exception):
    """The value depends on a map whose shape is unknown, because its layer already has an error.

    Whoever catches this stays silent: the cause has been reported.
    """


class Unresolved(Exception):
    """Raised by a scope for what it does not know or allow, with a suggestion for the reader."""

    def __init__(self, code: Code, message: str, help: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class Scope(Protocol):
    """Where an expression looks up its names, and what keeps account of its effort."""

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The value of a path. Raises: Unresolved, UnknownValue."""

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """A size of a map by its name, such as `height`; `size` is that of an axis, which has a number.

        Raises: Unresolved if the value is no map or has no such axis, UnknownValue.
        """

    def function(self, name: str) -> Callable[[list[Value]], Value] | None:
        """The function that the spec defines under a name, or None. Raises: Unresolved, also when it is called."""

    def spend(self, count: int) -> None:
        """Account for entries of lists that are made or walked through. Raises: Unresolved when there were too many."""


class NoNames:
    """A scope without names, for expressions of numbers alone; it evaluates once and keeps no account."""

    __slots__ = ()

    def resolve(self, path: tuple[str, ...]) -> Value:
        """Nothing. Raises: Unresolved."""
        raise Unresolved(codes.UNKNOWN_NAME, f"a number is needed, not {'.'.join(path)}")

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """Nothing: there are no maps. Raises: Unresolved."""
        raise no_map(name, value)

    def function(self, name: str) -> None:
        """None: only the built-in functions are there."""

    def spend(self, count: int) -> None:
        """Nothing to account for: the bounds of a single expression are enough."""


def is_number(value: Value) -> bool:
    """Whether a value is a number; true and false are none."""
    return isinstance(value, (int, Fraction, Polynomial)) and not isinstance(value, bool)


def described(value: Value, depth: int = 0) -> str:
    """A value in a message, cut where it is long.

    >>> described(True), described((1, 2)), described(Word("same"))
    ('true', '[1, 2]', '`same`')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Word):
        return f"`{value}`"
    if isinstance(value, tuple):
        if depth > 1 and value:
            return "[...]"
        shown = ", ".join(described(item, depth + 1) for item in value[:6])
        return f"[{shown}{', ...' if len(value) > 6 else ''}]"
    if is_number(value):
        try:
            text = number_text(value)
        except DimsOverflow:
            return "a very long formula"
        return text if len(text) <= 200 else f"{text[:197]}..."
    return "a map"


def no_map(name: str, value: Value) -> Unresolved:
    """What a scope raises when it is asked for a size of something else than a map."""
    return Unresolved(codes.WRONG_TYPE, f"{name} takes a map, and this is {described(value)}")
