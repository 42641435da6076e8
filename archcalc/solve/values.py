"""What is unknown in a question, and sets of values that were found for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import Any, NamedTuple

from archcalc.questions.values import Domain, Exact, WrongQuestion, number, plain, read_domain
from archcalc.sizes.sets import IntegerSet
from archcalc.spec.names import problem_with_value_name

MAX_LISTED = 10_000
"""Values that a set of solutions lists as data."""
_SHOWN = 40
"""Values that are written one by one; more are described."""
_FEW = 12
"""Values that are written one by one although a pattern describes them."""


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
        return cls(name, read_domain(name, domain) if equals else None)


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

        >>> from fractions import Fraction
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
