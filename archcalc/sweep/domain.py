"""The values that a name takes in a sweep: numbers, words, truth values and lists, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

from archcalc.dims import Number, symbol
from archcalc.expressions.given import NoValue, as_value, read_value, split, typed
from archcalc.expressions.values import ExpressionError, Value, Word, described
from archcalc.questions.values import Exact, WrongQuestion, number, read_range

MAX_LISTED = 1_000_000
"""Values of one name that are no range of whole numbers."""


class Line(NamedTuple):
    """Numbers as positions on a line, which are whole and at least 1: the number at t is first + step*(t - 1).

    Symbols stand for whole numbers from 1 on. In terms of its position, a name may be 0, negative or a fraction, and
    what its range decides is decided: no more floor is left of N/2 where N = 2*t.
    """

    first: Exact
    step: Exact
    positions: Sequence[int]

    def formula(self, name: str) -> Number:
        """The number in terms of the position, which gets this name.

        >>> print(Line(Fraction(1, 4), Fraction(1, 20), range(1, 27)).formula("alpha"))
        (alpha + 4)/20
        """
        return self.first + (symbol(name) - 1) * self.step


class Axis(NamedTuple):
    """A name that is swept, and its values: a range of whole numbers, or a tuple of whatever a spec may say."""

    name: str
    values: Sequence[Value]

    @property
    def size(self) -> int:
        """How many values there are.

        >>> Axis("N", range(0, 10**24, 2)).size
        500000000000000000000000
        """
        return length(self.values)

    @property
    def line(self) -> Line | None:
        """Its values as positions on a line, if they are two numbers at least.

        >>> Axis("k", (0, 3, 9)).line
        Line(first=0, step=3, positions=(1, 2, 4))
        """
        if self.size < 2 or not is_numeric(self.values):
            return None
        if isinstance(self.values, range):
            return Line(self.values.start, self.values.step, range(1, self.size + 1))
        bottom = lcm(*(value.denominator for value in self.values))
        whole = [int(value * bottom) for value in self.values]
        apart = gcd(*(value - whole[0] for value in whole))
        step = Fraction(apart, bottom)
        positions = tuple([(value - whole[0]) // apart + 1 for value in whole])
        return Line(self.values[0], int(step) if step.denominator == 1 else step, positions)

    def text(self) -> str:
        """The axis as `--for` takes it, or its beginning where it is long.

        >>> Axis("N", range(16, 257, 16)).text(), Axis("act", (Word("relu"), Word("silu"))).text()
        ('N=16..256/16', 'act=relu,silu')
        """
        if isinstance(self.values, range) and self.size > 2:
            step = "" if self.values.step == 1 else f"/{self.values.step}"
            return f"{self.name}={self.values[0]}..{self.values[-1]}{step}"
        shown = ",".join(map(written, self.values[:12]))
        return f"{self.name}={shown}{',...' if self.size > 12 else ''}"


def length(values: Sequence[Any]) -> int:
    """How many values there are, also where `len` refuses to say."""
    if isinstance(values, range):
        return max(0, (values.stop - values.start + values.step - 1) // values.step)
    return len(values)


def read_axis(text: str) -> tuple[str, Sequence[Value]]:
    """The name, or the pattern of names, and the values of `N=16..256/16` or `depths=[3,4],[2,2]`.

    Raises: WrongQuestion.

    >>> read_axis("k??=3,5,7"), read_axis("act=silu,relu")
    (('k??', (3, 5, 7)), ('act', ('silu', 'relu')))
    """
    name, equals, values = text.partition("=")
    name = name.strip()
    if not name or not equals or not values.strip():
        raise WrongQuestion(f"a sweep is over NAME=VALUES, such as N=128..256/32 or act=relu,silu, not {text}")
    return name, read_values(name, values)


def read_values(name: str, text: str) -> Sequence[Value]:
    """Values with commas between them, of which some may be ranges. Raises: WrongQuestion."""
    parts = split(text)
    if len(parts) == 1 and _is_range(text):
        return _of_range(name, text)
    found: list[Value] = []
    for part in parts:
        found.extend(_of_range(name, part) if _is_range(part) else [_value(name, part)])
    return arranged(name, found)


def given_values(name: str, given: object) -> Sequence[Value]:
    """Values that Python gives: a range, anything to go through, one value alone, or a text as `--for` has it.

    Raises: WrongQuestion.
    """
    if isinstance(given, str):
        return read_values(name, given)
    if isinstance(given, range) and length(given) > 0:
        return given if given.step > 0 else given[::-1]
    try:
        many = [as_value(value) for value in given] if isinstance(given, Iterable) else [as_value(given)]
    except TypeError as error:
        what = "whole numbers, Fractions, True or False, texts for words, and lists of these"
        raise WrongQuestion(f"{name}: the values are {what}, not {error}") from None
    return arranged(name, many)


def arranged(name: str, values: Sequence[Value]) -> Sequence[Value]:
    """Values, each once: numbers ascending, and others as they came. Raises: WrongQuestion if there is none."""
    # As in the language, 1 is not true, though Python takes the two for the same key.
    found = list({typed(value): value for value in values}.values())
    if not found:
        raise WrongQuestion(f"{name} has no values")
    if len(found) > MAX_LISTED:
        raise WrongQuestion(f"{name} has {len(found):,} values; a list has at most {MAX_LISTED:,}, a range any number")
    return tuple(sorted(found)) if is_numeric(found) else tuple(found)


def is_numeric(values: Sequence[Value]) -> bool:
    """Whether all values are exact numbers."""
    if isinstance(values, range):
        return True
    return all(isinstance(value, (int, Fraction)) and not isinstance(value, bool) for value in values)


def written(value: Value) -> str:
    """A value as `--set` takes it.

    >>> written((3, Fraction(1, 4), True, Word("relu")))
    '[3,0.25,true,relu]'
    """
    if isinstance(value, tuple):
        return f"[{','.join(map(written, value))}]"
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return number(value)
    return str(value) if isinstance(value, Word) else described(value)


def _is_range(text: str) -> bool:
    return ".." in text and not text.strip().startswith("[")


def _of_range(name: str, text: str) -> Sequence[Value]:
    domain = read_range(name, text)
    size = domain.size
    if size is None:
        raise WrongQuestion(f"{name}: {text.strip()} has no end; a sweep goes through all values")
    if domain.is_whole:
        first, step = int(domain.first), int(domain.step)
        return range(first, first + step * size, step)
    if size > MAX_LISTED:
        raise WrongQuestion(f"{name}: {text.strip()} has {size:,} fractions; a list has at most {MAX_LISTED:,}")
    return tuple(domain.members())


def _value(name: str, text: str) -> Value:
    try:
        return read_value(text)
    except (ExpressionError, NoValue) as error:
        raise WrongQuestion(f"{name}: {error} in {text.strip() or 'its values'}") from None
