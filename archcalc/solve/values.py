"""Values that an unknown may have, and sets of values that were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count, islice, pairwise
from typing import Any, NamedTuple

from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames
from archcalc.sizes.sets import IntegerSet
from archcalc.spec.names import problem_with_value_name

Exact = int | Fraction

MAX_LISTED = 10_000
"""Values that a domain may list, and that a set of solutions lists as data."""
_SHOWN = 40
"""Values that are written one by one; more are described."""
_FEW = 12
"""Values that are written one by one although a pattern describes them."""


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


class Unknown(NamedTuple):
    """A symbol or a let that is looked for, and where."""

    name: str
    domain: Domain | None = None

    @classmethod
    def read(cls, text: str) -> Unknown:
        """`N`, `depth=1..12`, `width=8..`, `alpha=0.25..1.5/0.05` or `kernel=3,5,7`. Raises: WrongQuestion.

        >>> Unknown.read("kernel=3,5,7").domain.listed
        (3, 5, 7)
        """
        name, equals, domain = text.partition("=")
        name = name.strip()
        if problem_with_value_name(name) or (equals and not domain.strip()):
            raise WrongQuestion(f"an unknown is a name, or NAME=FIRST..LAST, such as depth=1..12, not {text}")
        return cls(name, _domain(name, domain) if equals else None)


def _domain(name: str, text: str) -> Domain:
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


class Found(NamedTuple):
    """Values of one unknown: whole numbers from 1 on as a set, which may be endless, and others one by one."""

    whole: IntegerSet
    others: tuple[Exact, ...] = ()

    @classmethod
    def of(cls, values: Iterable[Exact]) -> Found:
        """A finite set of values."""
        known = sorted(set(values))
        whole = [value for value in known if isinstance(value, int) and value >= 1]
        return cls(IntegerSet.of(whole), tuple([v for v in known if not isinstance(v, int) or v < 1]))

    @classmethod
    def union(cls, sets: Iterable[Found]) -> Found:
        """The values of all sets."""
        whole = IntegerSet.empty()
        single: set[int] = set()
        others: set[Exact] = set()
        for one in sets:
            others.update(one.others)
            if one.whole.least is not None and one.whole.least == one.whole.greatest:
                single.add(one.whole.least)
            else:
                whole = whole | one.whole
        return cls(whole | IntegerSet.of(single), tuple(sorted(others)))

    @property
    def is_empty(self) -> bool:
        """Whether there is no value."""
        return self.whole.is_empty and not self.others

    @property
    def smallest(self) -> Exact | None:
        """The least value."""
        return min((value for value in (*self.others[:1], self.whole.least) if value is not None), default=None)

    @property
    def largest(self) -> Exact | None:
        """The greatest value; None if there is no end."""
        if not self.whole.is_finite:
            return None
        return max((value for value in (*self.others[-1:], self.whole.greatest) if value is not None), default=None)

    @property
    def is_finite(self) -> bool:
        """Whether there is an end."""
        return self.whole.is_finite

    def __contains__(self, value: object) -> bool:
        return value in self.whole or value in self.others

    def values(self) -> Iterator[Exact]:
        """All values, ascending; without end if there is none."""
        before = [value for value in self.others if self.whole.least is None or value < self.whole.least]
        yield from before
        waiting = list(self.others[len(before) :])
        for value in self.whole:
            while waiting and waiting[0] < value:
                yield waiting.pop(0)
            yield value
        yield from waiting

    def text(self, name: str) -> str:
        """The values in words.

        >>> Found(IntegerSet.between(224, 255)).text("N"), Found.of([Fraction(1, 4), 1]).text("alpha")
        ('N = 224..255', 'alpha = 0.25, 1')
        >>> Found(IntegerSet.everything(), (0,)).text("p"), Found(IntegerSet.progression(12, 16, 188)).text("N")
        ('p >= 0', 'N = 12 (mod 16), N >= 188')
        """
        if self.is_empty:
            return f"no {name}"
        if self.is_finite:
            groups = list(islice(_groups(self), _SHOWN + 1))
            has_pattern = not self.others and len(self.whole.runs) < len(groups)
            if len(groups) <= (_FEW if has_pattern else _SHOWN):
                return f"{name} = {', '.join(groups)}"
        if self.whole.is_everything and self.others and _leads_to_zero(self.others):
            return f"{name} >= {self.others[0]}"
        shown = ", ".join(number(value) for value in self.others[:_SHOWN])
        more = ", ..." if len(self.others) > _SHOWN else ""
        parts = [f"{name} = {shown}{more}"] if self.others else []
        return " or ".join([*parts, self.whole.text(name)] if self.whole else parts)

    def to_json(self) -> dict[str, Any]:
        """The values if there are not too many, and the set that they are."""
        listed = list(islice(self.values(), MAX_LISTED + 1)) if self.is_finite else None
        return {
            "values": [plain(value) for value in listed] if listed is not None and len(listed) <= MAX_LISTED else None,
            "set": self.whole.to_json(),
            "others": [plain(value) for value in self.others],
        }


def _leads_to_zero(values: tuple[Exact, ...]) -> bool:
    """Whether ascending values are all whole numbers from the first up to 0."""
    return values[-1] == 0 and all(later - value == 1 for value, later in pairwise(values)) and values[0] % 1 == 0


def plain(value: Exact) -> int | str:
    """A number as JSON data: exact, so that fractions are text."""
    return value if isinstance(value, int) else number(value)


def _groups(found: Found) -> Iterator[str]:
    """Ascending values as text; three neighbours or more become a range. Dense runs are never walked through."""
    pending: list[tuple[Exact, Exact]] = []
    for first, last in _stretches(found):
        if pending and isinstance(first, int) and isinstance(pending[-1][1], int) and pending[-1][1] == first - 1:
            pending[-1] = (pending[-1][0], last)
            continue
        yield from _written(pending)
        pending = [(first, last)]
    yield from _written(pending)


def _written(stretches: list[tuple[Exact, Exact]]) -> Iterator[str]:
    for first, last in stretches:
        if first == last:
            yield number(first)
        elif last - first == 1:
            yield number(first)
            yield number(last)
        else:
            yield f"{number(first)}..{number(last)}"


def _stretches(found: Found) -> Iterator[tuple[Exact, Exact]]:
    least = found.whole.least
    for value in found.others:
        if least is None or value < least:
            yield value, value
    waiting = [value for value in found.others if least is not None and value > least]
    for run in found.whole.runs:
        if run.modulus == 1 and run.last is not None and not any(run.first < value < run.last for value in waiting):
            pieces: Iterable[tuple[Exact, Exact]] = [(run.first, run.last)]
        else:
            pieces = ((one, one) for one in run.numbers())
        for first, last in pieces:
            while waiting and waiting[0] < first:
                value = waiting.pop(0)
                yield value, value
            yield first, last
    for value in waiting:
        yield value, value
