"""Runs: stretches of integers that repeat with one pattern, and what sets are built from them with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import lcm
from typing import NamedTuple

MAX_MODULUS = 1_000_000
"""Patterns that repeat less often than this are not written down."""

MAX_LISTED = 10_000
"""Exceptions that are listed one by one."""

_FEW = 4
"""Up to this many sizes are listed rather than described by a congruence."""


class SetOverflow(ValueError):
    """A set whose pattern is too long to be written down."""


class Run(NamedTuple):
    """The numbers from `first` to `last` (None: without end) whose remainder by `modulus` is one of `residues`.

    Shape: residues ascending, each below the modulus; at least one number is in it.
    """

    first: int
    last: int | None
    modulus: int
    residues: tuple[int, ...]

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._reaches(number) and number % self.modulus in self.residues

    def _reaches(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)

    def numbers(self) -> Iterator[int]:
        """All numbers of the run, ascending."""
        for base in count(self.first - self.first % self.modulus, self.modulus):
            for residue in self.residues:
                number = base + residue
                if number < self.first:
                    continue
                if self.last is not None and number > self.last:
                    return
                yield number

    def above(self, number: int) -> int | None:
        """The least number of the run above another one."""
        start = max(number + 1, self.first)
        step = min((residue - start) % self.modulus for residue in self.residues)
        found = start + step
        return found if self._reaches(found) else None

    def below(self, number: int) -> int | None:
        """The greatest number of the run below another one."""
        end = number - 1 if self.last is None else min(number - 1, self.last)
        found = end - min((end - residue) % self.modulus for residue in self.residues)
        return found if self._reaches(found) else None

    @property
    def size(self) -> int | None:
        """How many numbers it has; None if there is no end."""
        if self.last is None:
            return None
        return sum(
            (self.last - residue) // self.modulus - (self.first - 1 - residue) // self.modulus
            for residue in self.residues
        )


def trimmed(run: Run) -> Run | None:
    """The run with ends that belong to it, and the shortest pattern; None if no number is in it."""
    first = run.above(run.first - 1)
    if first is None:
        return None
    last = None if run.last is None else run.below(run.last + 1)
    if first == last:
        return Run(first, first, 1, (0,))
    modulus, residues = run.modulus, run.residues
    if len(residues) == modulus:
        return Run(first, last, 1, (0,))
    for prime in _primes(modulus):
        while modulus % prime == 0:
            shorter = modulus // prime
            kept = sorted({residue % shorter for residue in residues})
            if len(kept) * prime != len(residues):
                break
            modulus, residues = shorter, tuple(kept)
    return Run(first, last, modulus, residues)


def _primes(number: int) -> Iterator[int]:
    prime = 2
    while prime * prime <= number:
        if number % prime == 0:
            yield prime
            while number % prime == 0:
                number //= prime
        prime += 1
    if number > 1:
        yield number


def tidied(runs: list[Run]) -> list[Run]:
    """Neighbours that one pattern describes become one run; short runs that none describes become single numbers."""
    pieces: list[Run] = []
    for run in runs:
        if run.size is not None and 1 < run.size <= _FEW and not _is_dense(run):
            pieces.extend(Run(number, number, 1, (0,)) for number in run.numbers())
        else:
            pieces.append(run)
    found: list[Run] = []
    for run in pieces:
        while found and (merged := _merged(found[-1], run)) is not None:
            found.pop()
            run = merged
        found.append(run)
    return found


def _is_dense(run: Run) -> bool:
    return run.modulus == 1


def _merged(one: Run, two: Run) -> Run | None:
    """One run for two neighbours, if the pattern of one of them goes on through both."""
    if one.size == 1 and two.size == 1 and two.first != one.first + 1:
        return None
    for pattern in (two, one):
        joined = Run(one.first, two.last, pattern.modulus, pattern.residues)
        other = one if pattern is two else two
        if other.size is None:
            # Two patterns without end cannot be neighbours, so this one has to describe the other.
            if (other.modulus, other.residues) == (pattern.modulus, pattern.residues) and _gapless(joined, one, two):
                return joined
            continue
        if other.size > MAX_LISTED and (other.modulus, other.residues) != (pattern.modulus, pattern.residues):
            continue
        if _gapless(joined, one, two) and (
            (other.modulus, other.residues) == (pattern.modulus, pattern.residues)
            or list(Run(other.first, other.last, pattern.modulus, pattern.residues).numbers()) == list(other.numbers())
        ):
            return joined
    return None


def _gapless(joined: Run, one: Run, two: Run) -> bool:
    """Whether the joined run has nothing between the two that they do not have."""
    assert one.last is not None
    return joined.above(one.last) == two.first


def stabbed(intervals: list[tuple[int, int]]) -> list[int]:
    """The fewest points of which every interval holds one."""
    points: list[int] = []
    for first, last in sorted(intervals, key=lambda interval: interval[1]):
        if not points or points[-1] < first:
            points.append(last)
    return points


def overlaps(one: tuple[Run, ...], two: tuple[Run, ...]) -> Iterator[tuple[Run, Run]]:
    """The pairs of runs of two sets that share a stretch."""
    at, to = 0, 0
    while at < len(one) and to < len(two):
        a, b = one[at], two[to]
        if (a.last is None or b.first <= a.last) and (b.last is None or a.first <= b.last):
            yield a, b
        if b.last is None or (a.last is not None and a.last <= b.last):
            at += 1
        else:
            to += 1


def intervals(runs: tuple[Run, ...]) -> Iterator[tuple[int, int | None]]:
    """The stretches between the ends of runs; inside of each, every run is there or is not."""
    cuts = sorted({run.first for run in runs} | {run.last + 1 for run in runs if run.last is not None})
    endless = any(run.last is None for run in runs)
    for index, cut in enumerate(cuts):
        if index + 1 < len(cuts):
            yield cut, cuts[index + 1] - 1
        elif endless:
            yield cut, None


def covering(runs: tuple[Run, ...], number: int) -> Run | None:
    """The run in whose stretch a number lies, whether it is in the run or not."""
    return next((run for run in runs if run.first <= number and (run.last is None or number <= run.last)), None)


def spread(run: Run | None, modulus: int) -> frozenset[int]:
    """The remainders of a run by a multiple of its modulus."""
    if run is None:
        return frozenset()
    return frozenset(residue + turn for residue in run.residues for turn in range(0, modulus, run.modulus))


def refined(one: Run, modulus: int, two: Run) -> tuple[int, ...]:
    """The remainders by the common modulus that both have."""
    if len(one.residues) * two.modulus > len(two.residues) * one.modulus:
        one, two = two, one
    allowed = frozenset(two.residues)
    return tuple(
        sorted(
            [
                residue + turn
                for residue in one.residues
                for turn in range(0, modulus, one.modulus)
                if (residue + turn) % two.modulus in allowed
            ]
        )
    )


def common_modulus(one: int, two: int) -> int:
    """After how many numbers both patterns repeat. Raises: SetOverflow."""
    together = lcm(one, two)
    if together > MAX_MODULUS:
        raise SetOverflow(f"the pattern repeats only after {together:,} numbers")
    return together


def least_end(one: int | None, two: int | None) -> int | None:
    """The nearer of two ends, of which None is none."""
    return min((end for end in (one, two) if end is not None), default=None)
