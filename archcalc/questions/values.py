"""Values that a name may have, as people write them: numbers, ranges with steps, and lists."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import NamedTuple

from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames
from archcalc.sizes.sets import IntegerSet

Exact = int | Fraction

MAX_LISTED = 10_000
"""Values that a domain may list."""


class WrongQuestion(ValueError):
    """A question that cannot be asked of this network; the message says why, and what can."""


class Domain(NamedTuple):
    """The values from which solutions are taken: first, first + step, ... up to `last` (None: without end).

    With `listed`, it is these values instead, ascending. `is_given` says that the question gives it.
    """

    first: Exact
    last: Exact | None = None
    step: Exact = 1
    listed: tuple[Exact, ...] = ()
    is_given: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether all values are whole numbers."""
        if self.listed:
            return all(isinstance(value, int) for value in self.listed)
        return isinstance(self.first, int) and isinstance(self.step, int)

    @property
    def size(self) -> int | None:
        """How many values there are; None without an end.

        >>> Domain(Fraction(1, 4), Fraction(3, 2), Fraction(1, 20)).size
        26
        """
        if self.listed:
            return len(self.listed)
        return None if self.last is None else (self.last - self.first) // self.step + 1

    @property
    def greatest(self) -> Exact:
        """The last value of a domain that has an end.

        >>> Domain(Fraction(1, 4), Fraction(3, 2), Fraction(1, 2)).greatest
        Fraction(5, 4)
        """
        if self.listed:
            return self.listed[-1]
        assert self.size is not None, "a domain that has an end"
        return _plain(self.first + (self.size - 1) * self.step)

    @property
    def positive(self) -> IntegerSet:
        """The values from 1 on, of a domain of whole numbers."""
        if self.listed:
            return IntegerSet.of([value for value in self.listed if isinstance(value, int)])
        assert isinstance(self.first, int) and isinstance(self.step, int), "a domain of whole numbers"
        last = None if self.last is None else int(self.last // 1)
        return IntegerSet.progression(self.first, self.step, max(self.first, 1), last)

    @property
    def below_one(self) -> list[Exact]:
        """The values that are less than 1."""
        found = []
        for value in self.members():
            if value >= 1:
                break
            found.append(value)
        return found

    def has(self, value: object) -> bool:
        """Whether a value is one of them.

        >>> domain = Domain(Fraction(1, 4), None, Fraction(1, 20))
        >>> domain.has(Fraction(1, 2)), domain.has(Fraction(1, 3)), domain.has(True)
        (True, False, False)
        """
        if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
            return False
        if self.listed:
            return value in self.listed
        is_within = self.first <= value and (self.last is None or value <= self.last)
        return is_within and (value - self.first) % self.step == 0

    def members(self) -> Iterator[Exact]:
        """All values, ascending; without end if there is none."""
        if self.listed:
            return iter(self.listed)
        size = self.size
        indices = count() if size is None else iter(range(size))
        return (_plain(self.first + index * self.step) for index in indices)

    def from_one_on(self) -> Domain:
        """A domain of whole numbers without those below 1."""
        below = len(self.below_one)
        if self.listed:
            return self._replace(listed=self.listed[below:])
        return self._replace(first=self.first + below * self.step)

    def text(self, end: Exact | None = None) -> str:
        """The domain as `--for` takes it, or a part of it that was searched, up to `end`.

        >>> Domain(Fraction(1, 4), Fraction(3, 2), Fraction(1, 20)).text(), Domain(1).text(256)
        ('0.25..1.5/0.05', '1..256')
        """
        if self.listed:
            return ",".join(number(value) for value in self.listed if end is None or value <= end)
        last = self.last if end is None else end
        step = "" if self.step == 1 else f"/{number(self.step)}"
        return f"{number(self.first)}..{'' if last is None else number(last)}{step}"


def read_domain(name: str, text: str) -> Domain:
    """The domain of `3,5,7`, `16..256/16`, or of one number. Raises: WrongQuestion."""
    if "," in text:
        listed: dict[Exact, None] = {}
        for part in text.split(","):
            one = read_range(name, part) if ".." in part else None
            if one is not None and (one.size is None or one.size > MAX_LISTED):
                raise WrongQuestion(f"{name}: a list has at most {MAX_LISTED:,} values, not {part.strip()}")
            listed.update(dict.fromkeys([_number(name, part)] if one is None else one.members()))
        return Domain(0, listed=tuple(sorted(listed)))
    if ".." in text:
        return read_range(name, text)
    return Domain(0, listed=(_number(name, text),))


def read_range(name: str, text: str) -> Domain:
    """The domain of `1..12`, `8..` or `0.25..1.5/0.05`. Raises: WrongQuestion."""
    low, _, high = text.partition("..")
    high, slash, step = high.partition("/")
    if not low.strip():
        raise WrongQuestion(f"{name}: {text.strip()} has no beginning; write 1..{high.strip()}")
    first, last = _number(name, low), _number(name, high) if high.strip() else None
    by = _number(name, step) if slash else 1
    if by <= 0:
        raise WrongQuestion(f"{name}: the step of {text.strip()} is not positive")
    if last is not None and last < first:
        raise WrongQuestion(f"{name}: no number is in {text.strip()}; write {high.strip()}..{low.strip()}")
    return Domain(first, last, by)


def _number(name: str, text: str) -> Exact:
    try:
        value = parse(text).evaluate(NoNames())
    except ExpressionError as error:
        raise WrongQuestion(f"{name}: {error.message} in {text.strip() or 'its values'}") from None
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise WrongQuestion(f"{name}: a number is needed, not {text.strip()}")
    return value


def _plain(value: Exact) -> Exact:
    return int(value) if value.denominator == 1 else value


def number(value: Exact, *, grouped: bool = False) -> str:
    """A number as it is written in a spec: decimals where they are exact, otherwise a quotient.

    >>> number(Fraction(1, 20)), number(Fraction(1, 3)), number(1234567, grouped=True)
    ('0.05', '1/3', '1,234,567')
    """
    if isinstance(value, int):
        return f"{value:,}" if grouped else str(value)
    places = next((places for places in range(1, 20) if 10**places % value.denominator == 0), None)
    if places is None:
        return str(value)
    whole, digits = divmod(abs(value) * 10**places, 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{int(whole):{',' if grouped else ''}}.{int(digits):0{places}}".rstrip("0").rstrip(".")


def plain(value: Exact) -> int | str:
    """A number as JSON data: exact, so that fractions are text."""
    return value if isinstance(value, int) else number(value)
