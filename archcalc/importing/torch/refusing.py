"""What a module refuses of the sizes that its layers could take: found by running it, and said by a `require`.

A `raise` of the author's own leaves no trace where it does not run. So a module that refused a size is run at all sizes
in one period of the networks that halve sizes, as far as they are legal for its layers, and every module at the least
legal size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import gcd
from typing import NamedTuple

from archcalc.importing.imported import Imported
from archcalc.importing.torch.inputs import FINER, LONGER, Input
from archcalc.importing.torch.trials import ANOTHER, Refusal, Trials
from archcalc.program import Program
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.question import legal_sizes
from archcalc.source import SourceFile

_LEAST_TRIED = 16
"""So many of the smallest legal sizes are tried for one that the module takes."""
_MOST_NAMED = 8
Sizes = Mapping[str, int]


class Asked(NamedTuple):
    """What a module asks of its symbols besides its layers, and why in its own words.

    `axes` are the symbols of every axis of every input, `multiples` and `least` are by symbol.
    """

    axes: list[list[str | None]]
    multiples: Sizes
    least: Sizes
    reason: str


class Unsaid(Exception):
    """What a module refuses has no simple form; the text says what was seen."""


def is_legal_beyond(found: Imported) -> bool:
    """Whether a spec allows more than the sizes at which it was read."""
    return _is_legal(_legal_sizes(found), {name: size + LONGER for name, size in found.sizes[0].items()})


def _legal_sizes(found: Imported) -> LegalSizes:
    return legal_sizes(Program.read(SourceFile("imported", found.text)), {})


def _is_legal(legal: LegalSizes, sizes: Sizes) -> bool:
    known = {**legal.stated, **sizes}
    return known in legal and all(known[name] == size for name, size in legal.fixed.items())


class Refusing:
    """A module beside the legal sizes of its spec; `is_same` tells whether it is the network of the spec at inputs."""

    def __init__(
        self,
        found: Imported,
        inputs: Sequence[Input],
        others: Sequence[Input],
        trials: Trials,
        is_same: Callable[[Sequence[Input]], bool],
    ) -> None:
        self.inputs = inputs
        self.trials = trials
        self.is_same = is_same
        self.legal = _legal_sizes(found)
        self.at, larger = found.sizes[0], found.sizes[1]
        names = {(size, larger[name]): name for name, size in self.at.items()}
        self.axes = [
            [names.get(pair) for pair in zip(one.shape, other.shape, strict=True)]
            for one, other in zip(inputs, others, strict=True)
        ]

    def asked(self, refused: Sequence[Refusal]) -> Asked | None:
        """What the module asks for; None if it takes all legal sizes that were tried. Raises: Unsaid."""
        multiples: dict[str, int] = {}
        reason = None
        if refused:
            # At multiples of this, it was the same network.
            step = LONGER if len(refused) == len(FINER) else FINER[len(refused)]
            multiples, reason = self._multiples()
            if not self._is_same_between(step, multiples):
                multiples, reason = dict.fromkeys(self.at, step), ANOTHER
        least, too_small = self._least(multiples)
        if reason is None and too_small is None:
            return None
        return Asked(self.axes, multiples, least, reason or too_small or "")

    def _is_legal(self, sizes: Sizes) -> bool:
        return _is_legal(self.legal, {**self.at, **sizes})

    def _inputs(self, sizes: Sizes) -> list[Input]:
        """The inputs at these values of the symbols, and at their own values of the others."""
        known = {**self.at, **sizes}
        return [
            replace(one, shape=tuple(size if name is None else known[name] for size, name in pairs))
            for one, names in zip(self.inputs, self.axes, strict=True)
            for pairs in [list(zip(one.shape, names, strict=True))]
        ]

    def _said(self, sizes: Sequence[Sizes]) -> list[str | None]:
        """What the module says against each of several sizes."""
        return self.trials.refusals([self._inputs(one) for one in sizes]) if sizes else []

    def _period(self, name: str) -> list[int]:
        """The legal values of a symbol above its own, with the others as they are."""
        values = range(self.at[name] + 1, self.at[name] + LONGER + 1)
        return [value for value in values if self._is_legal({name: value})]

    def _multiples(self) -> tuple[dict[str, int], str | None]:
        """Of which numbers the symbols must be multiples, and what is said of others. Raises: Unsaid."""
        found: dict[str, int] = {}
        reason = None
        for name, size in self.at.items():
            values = self._period(name)
            answers = self._said([{name: value} for value in values])
            taken = [value for value, answer in zip(values, answers, strict=True) if answer is None]
            against = next((answer for answer in answers if answer is not None), None)
            if against is None:
                continue
            reason = reason or against
            found[name] = gcd(size, *taken)
            if [value for value in values if value % found[name] == 0] != taken:
                raise Unsaid(_refused(name, values, taken, against))
        return found, reason

    def _is_same_between(self, step: int, multiples: Sizes) -> bool:
        """Whether it is the same network at legal sizes that are no multiples of the step, if there are some."""
        odd: dict[str, int] = {}
        for name in self.at:
            values = [value for value in self._period(name) if value % multiples.get(name, 1) == 0 and value % step]
            if values:
                odd[name] = min(values, key=lambda value: (value & -value, value))
        return not odd or not self._is_legal(odd) or self.is_same(self._inputs(odd))

    def _least(self, multiples: Sizes) -> tuple[dict[str, int], str | None]:
        """The least values that the module takes, where legal ones are less, and what it says of those.

        Raises: Unsaid.
        """
        smallest = {name: next(self._upwards(name, multiples), size) for name, size in self.at.items()}
        if not self._is_legal(smallest) or (against := self._said([smallest])[0]) is None:
            return {}, None
        found: dict[str, int] = {}
        for name in self.at:
            values = list(islice(self._upwards(name, multiples), _LEAST_TRIED))
            answers = self._said([{name: value} for value in values])
            taken = [value for value, answer in zip(values, answers, strict=True) if answer is None]
            if not taken or taken != values[-len(taken) :]:
                raise Unsaid(_refused(name, values, taken, against))
            if taken != values:
                found[name] = taken[0]
        if not found:
            at = ", ".join(f"{name} = {size}" for name, size in smallest.items())
            raise Unsaid(f"at {at} it says {against}")
        return found, against

    def _upwards(self, name: str, multiples: Sizes) -> Iterator[int]:
        """The legal values of a symbol up to its own, with the others as they are."""
        step = multiples.get(name, 1)
        return (value for value in range(step, self.at[name] + 1, step) if self._is_legal({name: value}))


def _refused(name: str, values: Sequence[int], taken: Sequence[int], against: str) -> str:
    """Which values were refused, in no order that a check could say."""
    found = [str(value) for value in values if value not in taken]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return f"from {name} = {values[0]} to {values[-1]}, {', '.join(found[:_MOST_NAMED])}{more} ({against})"
