"""Sets of whole numbers that repeat from some point on, such as N = 12 (mod 16), N >= 188.

The legal sizes of a network form such sets: congruences, bounds, and finitely many exceptions. They are closed under
union and intersection, and everything about them is exact.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, pairwise, zip_longest
from typing import Any

from archcalc.sizes.runs import (
    MAX_LISTED,
    MAX_MODULUS,
    Run,
    SetOverflow,
    common_modulus,
    covering,
    intervals,
    least_end,
    overlaps,
    refined,
    spread,
    stabbed,
    tidied,
    trimmed,
)

__all__ = ["MAX_MODULUS", "IntegerSet", "Run", "SetOverflow"]


class IntegerSet:
    """A set of integers >= 1 that repeats from some point on. Sets are equal if they have the same numbers.

    The numbers n with `n % modulus in residues` and `minimum <= n <= maximum` are in it, apart from the exceptions
    `removed`, and besides them those in `added`; a bound that is None does not exist.

    >>> unet = IntegerSet.progression(12, 16, minimum=188)
    >>> print(unet, 572 in unet, unet.below(570), unet.above(570))
    n = 12 (mod 16), n >= 188 True 556 572
    >>> print(unet & IntegerSet.progression(0, 3))
    n = 12 (mod 48), n >= 204
    """

    __slots__ = ("runs",)

    runs: tuple[Run, ...]

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """A set from runs in ascending order that do not overlap. Prefer the named constructors."""
        self.runs = tuple(tidied(list(runs)))

    @classmethod
    def everything(cls) -> IntegerSet:
        """All integers >= 1."""
        return cls.between(1, None)

    @classmethod
    def empty(cls) -> IntegerSet:
        """No number at all."""
        return cls(())

    @classmethod
    def between(cls, first: int, last: int | None) -> IntegerSet:
        """The integers from `first` (at least 1) to `last`, or without end."""
        first = max(first, 1)
        return cls((Run(first, last, 1, (0,)),) if last is None or first <= last else ())

    @classmethod
    def of(cls, numbers: Iterable[int]) -> IntegerSet:
        """A finite set.

        >>> print(IntegerSet.of([227]), "|", IntegerSet.of(range(227, 259)), "|", IntegerSet.of([32, 1568]))
        n = 227 | 227 <= n <= 258 | n = 32 or 1568
        """
        return cls(Run(number, number, 1, (0,)) for number in sorted(set(numbers)) if number >= 1)

    @classmethod
    def progression(cls, residue: int, modulus: int, minimum: int = 1, maximum: int | None = None) -> IntegerSet:
        """The numbers with one remainder."""
        return cls.of_residues((residue % modulus,), modulus, minimum, maximum)

    @classmethod
    def of_residues(
        cls, residues: Iterable[int], modulus: int, minimum: int = 1, maximum: int | None = None
    ) -> IntegerSet:
        """The numbers with one of several remainders."""
        kept = tuple(sorted(set(residues)))
        bounded = trimmed(Run(max(minimum, 1), maximum, modulus, kept)) if kept else None
        return cls(() if bounded is None else (bounded,))

    @classmethod
    def of_classes(cls, modulus: int, classes: Mapping[int, Iterable[tuple[int, int | None]]]) -> IntegerSet:
        """Intervals for each residue: of the numbers with remainder r, those from `first` to `last`.

        >>> print(IntegerSet.of_classes(2, {0: [(4, None)], 1: [(9, None)]}))
        n = 4 or 6 or n >= 8
        """
        # An end may lie anywhere between two numbers of its class: few places for all ends make few runs.
        starts: list[tuple[int, int]] = []
        ends: list[tuple[int, int]] = []
        for residue, stretches in classes.items():
            for first, last in stretches:
                first = max(first, 1)
                first += (residue - first) % modulus
                if last is not None:
                    last -= (last - residue) % modulus
                if last is None or first <= last:
                    starts.append((first, residue))
                    if last is not None:
                        ends.append((last, residue))
        if not starts:
            return cls.empty()
        places = stabbed(
            [(first - modulus + 1, first) for first, _ in starts] + [(last + 1, last + modulus) for last, _ in ends]
        )
        places = sorted({max(place, 1) for place in places} | {1})
        runs = []
        for index, place in enumerate(places):
            end = places[index + 1] - 1 if index + 1 < len(places) else None
            residues = []
            for residue, stretches in classes.items():
                probe = place + (residue - place) % modulus
                if (end is None or probe <= end) and any(
                    first <= probe and (last is None or probe <= last) for first, last in stretches
                ):
                    residues.append(residue)
            if residues and (run := trimmed(Run(place, end, modulus, tuple(sorted(residues))))):
                runs.append(run)
        return cls(runs)

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        return not self.runs

    @property
    def is_finite(self) -> bool:
        """Whether it has an end."""
        return not self.runs or self.runs[-1].last is not None

    @property
    def is_everything(self) -> bool:
        """Whether it holds all integers >= 1."""
        return self.runs == (Run(1, None, 1, (0,)),)

    @property
    def least(self) -> int | None:
        """Its smallest number."""
        return self.above(0)

    @property
    def greatest(self) -> int | None:
        """Its largest number; None if it has no end or is empty."""
        return self.runs[-1].last if self.runs else None

    def __contains__(self, number: object) -> bool:
        return not isinstance(number, bool) and any(number in run for run in self.runs)

    def __iter__(self) -> Iterator[int]:
        """All numbers, ascending; without end if the set has none."""
        for run in self.runs:
            yield from run.numbers()

    @property
    def count(self) -> int | None:
        """How many numbers it has; None for a set without end.

        >>> IntegerSet.between(1, 10**20).count
        100000000000000000000
        """
        return sum(run.size or 0 for run in self.runs) if self.is_finite else None

    def __len__(self) -> int:
        """The count of a set, if Python's `len` can say it. Raises: OverflowError; `count` says it for every set."""
        count = self.count
        if count is None or count > sys.maxsize:
            raise OverflowError(f"{self} has {'no end' if count is None else f'{count} numbers: ask for its `count`'}")
        return count

    def __bool__(self) -> bool:
        return bool(self.runs)

    def above(self, number: int) -> int | None:
        """The nearest number above another one."""
        return next((found for run in self.runs if (found := run.above(number)) is not None), None)

    def below(self, number: int) -> int | None:
        """The nearest number below another one."""
        return next((found for run in reversed(self.runs) if (found := run.below(number)) is not None), None)

    def __and__(self, other: IntegerSet) -> IntegerSet:
        """The numbers that are in both. Raises: SetOverflow if they repeat too rarely to be written down."""
        found = []
        for one, two in overlaps(self.runs, other.runs):
            modulus = common_modulus(one.modulus, two.modulus)
            residues = refined(one, modulus, two)
            first, last = max(one.first, two.first), least_end(one.last, two.last)
            if residues and (run := trimmed(Run(first, last, modulus, residues))):
                found.append(run)
        return IntegerSet(found)

    def __or__(self, other: IntegerSet) -> IntegerSet:
        """The numbers that are in one of them. Raises: SetOverflow as for `&`."""
        return self._combined(other, lambda one, two: one or two)

    def __sub__(self, other: IntegerSet) -> IntegerSet:
        """The numbers that are not in the other one. Raises: SetOverflow as for `&`."""
        return self._combined(other, lambda one, two: one and not two)

    def __le__(self, other: IntegerSet) -> bool:
        """Whether all its numbers are in the other one."""
        return not self - other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntegerSet):
            return NotImplemented
        if self.runs == other.runs:
            return True
        for first, last in intervals((*self.runs, *other.runs)):
            one, two = covering(self.runs, first), covering(other.runs, first)
            # Two patterns that agree for as long as both periods together agree for ever (Fine and Wilf, 1965).
            enough = first + (one.modulus if one else 1) + (two.modulus if two else 1)
            end = enough if last is None else min(last, enough)
            if any(a != b for a, b in zip_longest(_numbers(one, first, end), _numbers(two, first, end))):
                return False
        return True

    def __hash__(self) -> int:
        # Equal sets may be cut into runs differently, but they begin alike.
        return hash(tuple(islice(self, 3)))

    def _combined(self, other: IntegerSet, rule: Callable[[bool, bool], bool]) -> IntegerSet:
        runs: list[Run] = []
        for first, last in intervals((*self.runs, *other.runs)):
            one, two = covering(self.runs, first), covering(other.runs, first)
            modulus = common_modulus(one.modulus if one else 1, two.modulus if two else 1)
            if last is not None and last - first < modulus:
                numbers = [n for n in range(first, last + 1) if rule(bool(one and n in one), bool(two and n in two))]
                runs.extend(Run(number, number, 1, (0,)) for number in numbers)
                continue
            in_one = spread(one, modulus)
            in_two = spread(two, modulus)
            residues = tuple([r for r in range(modulus) if rule(r in in_one, r in in_two)])
            if residues and (run := trimmed(Run(first, last, modulus, residues))):
                runs.append(run)
        return IntegerSet(runs)

    @property
    def _pattern(self) -> tuple[Run, ...]:
        """The runs that one pattern describes: the one without end, or the longest, and those like it in front.

        The others are exceptions, and so are the gaps, as long as they are fewer than what they join.
        """
        if not self.runs or (len(self.runs) > 1 and all(run.size == 1 for run in self.runs)):
            return ()
        main = max(self.runs, key=lambda run: (run.last is None, run.size or 0))
        found = [main]
        for run in reversed(self.runs[: self.runs.index(main)]):
            alike = (run.modulus, run.residues) == (main.modulus, main.residues)
            if alike and run.size and run.size >= (_gap(run, found[0]).size or 0):
                found.insert(0, run)
        return tuple(found)

    @property
    def modulus(self) -> int:
        """After how many numbers the pattern repeats."""
        return self._pattern[-1].modulus if self._pattern else 1

    @property
    def residues(self) -> tuple[int, ...]:
        """Remainders of the pattern."""
        return self._pattern[-1].residues if self._pattern else ()

    @property
    def minimum(self) -> int | None:
        """Where the pattern begins: its least number; None if there is no pattern."""
        return self._pattern[0].first if self._pattern else None

    @property
    def maximum(self) -> int | None:
        """Where the pattern ends, if it does."""
        return self._pattern[-1].last if self._pattern else None

    @property
    def added(self) -> tuple[int, ...]:
        """Numbers besides the pattern. Raises: SetOverflow if they are too many to be listed."""
        pattern = self._pattern
        if not pattern:
            return _listed(self.runs)
        whole = Run(pattern[0].first, pattern[-1].last, pattern[-1].modulus, pattern[-1].residues)
        others = [run for run in self.runs if run not in pattern]
        return tuple([number for number in _listed(others) if number not in whole])

    @property
    def removed(self) -> tuple[int, ...]:
        """Numbers of the pattern that are not in the set. Raises: SetOverflow as for `added`.

        >>> even = IntegerSet.progression(0, 2) - IntegerSet.of([1000])
        >>> even.modulus, even.minimum, even.added, even.removed
        (2, 2, (), (1000,))
        """
        pattern = self._pattern
        gaps = [_gap(one, two) for one, two in pairwise(pattern)]
        return tuple([number for number in _listed(gaps) if number not in self])

    def text(self, symbol: str = "n") -> str:
        """The set in words that a person can read.

        >>> IntegerSet.everything().text("N"), IntegerSet.empty().text("N"), IntegerSet.progression(0, 2).text("H")
        ('any N', 'no N', 'H = 0 (mod 2)')
        """
        from archcalc.sizes.words import Words, written

        return written(self.runs, symbol, Words())

    def latex(self, symbol: str = "n") -> str:
        r"""The set for a formula in LaTeX; `symbol` is LaTeX itself.

        >>> print(IntegerSet.progression(12, 16, minimum=188).latex("N"))
        N \equiv 12 \pmod{16},\ N \ge 188
        """
        from archcalc.sizes.words import Latex, written

        return written(self.runs, symbol, Latex())

    def to_json(self) -> dict[str, Any]:
        """Pattern, bounds and exceptions; `runs` says the same in another way, and also where exceptions are many."""
        data: dict[str, Any] = {
            "modulus": self.modulus,
            "residues": list(self.residues),
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        try:
            data["exceptions"] = {"added": list(self.added), "removed": list(self.removed)}
        except SetOverflow:
            data["exceptions"] = None
        data["runs"] = [
            {"first": run.first, "last": run.last, "modulus": run.modulus, "residues": list(run.residues)}
            for run in self.runs
        ]
        return data

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<IntegerSet {self.text()}>"


def _numbers(run: Run | None, first: int, last: int) -> Iterator[int]:
    """The numbers of a run from the first to the last, both within it."""
    return iter(()) if run is None else run._replace(first=first, last=last).numbers()


def _gap(one: Run, two: Run) -> Run:
    """What the pattern of two runs would have between them."""
    assert one.last is not None
    return Run(one.last + 1, two.first - 1, two.modulus, two.residues)


def _listed(runs: Iterable[Run]) -> tuple[int, ...]:
    runs = list(runs)
    if sum(run.size or 0 for run in runs) > MAX_LISTED:
        raise SetOverflow(f"more than {MAX_LISTED:,} numbers are exceptions; look at `runs`")
    return tuple([number for run in runs for number in run.numbers()])
