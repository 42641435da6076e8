"""Other sizes to try: legal and illegal ones near those of the spec, and small ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from archcalc.checking import Checked, check
from archcalc.diagnostics.model import Diagnostic
from archcalc.layers.site import Requirement
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.verify.legality import MUST_FAIL

LEGAL = ILLEGAL = 3
"""Sizes of either kind that are tried."""
ACCEPTED = 1
"""Illegal sizes among them that PyTorch may accept, such as those with fractions."""
SMALL = 8
"""Up to here windows tend to be larger than their input."""
FARTHEST = 160
"""How far from the size of the spec others are looked for."""
COMMON = (224, 256, 32, 64, 128, 572, 227, 512, 28, 8, 1)
"""Where a size is looked for if the spec has none."""
COMBINATIONS = 4096
"""Combinations of sizes of several symbols that are looked at."""
WORK = 60_000
"""Layers that may be checked while sizes are looked for, however large the network."""

Values = Mapping[str, Any]


class Trial(NamedTuple):
    """Sizes and what archcalc says about the network at them."""

    sizes: dict[str, int]
    report: Checked
    errors: tuple[Diagnostic, ...]
    """Reasons why the network is illegal; expectations that do not hold there are none."""


def varied(report: Checked) -> list[str]:
    """The symbols in the shapes of the inputs."""
    inputs = report.program.network_spec.inputs
    names = dict.fromkeys(name for entry in inputs for formula in entry.sizes for name in formula.tree.names())
    return [name for name in names if name in report.symbols]


class Search:
    """Looks for sizes of one network.

    `given` are values that were set for other symbols and for lets; `fixed` are the values of all of them, also those
    that the spec has. `stated` are sizes of the spec for some of the `names`.
    """

    def __init__(
        self,
        program: Program,
        given: Values,
        fixed: Values,
        stated: dict[str, int],
        names: list[str],
        layers: int,
    ) -> None:
        self.program = program
        self.given = given
        self.fixed = fixed
        self.stated = stated
        self.names = names
        self.left = max(6, min(32, WORK // max(layers, 1)))
        self._conditions: list[Requirement] | None = None
        self._know_conditions()

    def _know_conditions(self) -> None:
        """With the conditions of the network in symbols, most sizes need no check."""
        if not self.names:
            return
        report = check(self.program, Settings(self.fixed, symbolic=True))
        if report.complete and not any(_is_illegality(found) for found in report.diagnostics):
            self._conditions = [requirement for _, requirement in report.conditions]

    def first(self) -> Trial | None:
        """Some legal sizes, for a spec that leaves some open: those that it gives are kept if that can be."""
        for sizes in self._anywhere():
            if self._broken(sizes) in (None, []):
                trial = self._check(sizes)
                if trial is None or not trial.errors:
                    return trial
        return None

    def _anywhere(self) -> Iterator[dict[str, int]]:
        """Equal sizes; and where conditions tell the legal ones at once, all combinations of small ones."""
        sizes_of_all = [*COMMON, *(size for size in range(1, 1025) if size not in COMMON)]
        if self.stated:
            # What is open beside stated sizes is often a number of items, of which a few are enough.
            several = (2, 1, *(sizes_of_all if self._conditions is not None else COMMON))
            yield from ({**dict.fromkeys(self.names, size), **self.stated} for size in several)
        for size in sizes_of_all:
            yield dict.fromkeys(self.names, size)
        if self._conditions is not None and len(self.names) > 1:
            most = round(COMBINATIONS ** (1 / len(self.names)))
            for sizes in product(range(1, most + 1), repeat=len(self.names)):
                yield dict(zip(self.names, sizes, strict=True))

    def around(self, base: dict[str, int]) -> tuple[list[Trial], list[Trial]]:
        """Legal and illegal sizes near those of `base`. Most of the illegal ones are such that PyTorch must refuse."""
        legal: list[Trial] = []
        edge = [trial for sizes in self._edge(base) if (trial := self._check(sizes)) is not None and trial.errors]
        refused: list[Trial] = []
        others: list[Trial] = []
        seen = [base, *(trial.sizes for trial in edge)]
        for sizes in _candidates(base, self.names):
            if len(legal) >= LEGAL and len(edge) + len(refused) + len(others) >= ILLEGAL and (edge or refused):
                break
            if sizes in seen:
                continue
            seen.append(sizes)
            broken = self._broken(sizes)
            if broken is not None:
                must_fail = any(requirement.code in MUST_FAIL for requirement in broken)
                wanted, most = (legal, LEGAL) if not broken else (refused, ILLEGAL) if must_fail else (others, ACCEPTED)
                if len(wanted) >= most:
                    continue
            trial = self._check(sizes)
            if trial is None:
                break
            must_fail = any(found.code in MUST_FAIL for found in trial.errors)
            (legal if not trial.errors else refused if must_fail else others).append(trial)
        room = ILLEGAL - len(edge)
        return legal[:LEGAL], [*refused[: max(room - len(others), 1)], *edge, *others][:ILLEGAL]

    def _edge(self, base: dict[str, int]) -> list[dict[str, int]]:
        """The largest sizes below `base` that PyTorch must refuse, if they are what is below some size."""

        def is_refused(size: int) -> bool:
            broken = self._broken(dict.fromkeys(self.names, size)) or []
            return any(requirement.code in MUST_FAIL for requirement in broken)

        low, high = 1, min(base.values(), default=1)
        if not is_refused(low):
            return []
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if is_refused(middle) else (low, middle)
        return [{**base, **dict.fromkeys(self.names, low)}]

    def _broken(self, sizes: dict[str, int]) -> list[Requirement] | None:
        """Conditions that the sizes do not meet; None where the conditions are not known."""
        if self._conditions is None:
            return None
        return [requirement for requirement in self._conditions if not requirement.condition.holds_at(sizes)]

    def _check(self, sizes: dict[str, int]) -> Trial | None:
        """The network at the sizes, unless there was enough work already."""
        if self.left == 0:
            return None
        self.left -= 1
        report = check(self.program, Settings({**self.given, **sizes}))
        return Trial(sizes, report, tuple([found for found in report.diagnostics if _is_illegality(found)]))


def _is_illegality(found: Diagnostic) -> bool:
    """Whether PyTorch could have something to say about it: an expectation is not a matter of legality."""
    return found.severity == "error" and not found.code.id.startswith("AC4")


def _candidates(base: dict[str, int], names: list[str]) -> Iterator[dict[str, int]]:
    """Sizes by their distance from `base`: all symbols moved together, then each alone; and small ones early."""
    for distance in range(1, FARTHEST + 1):
        if distance <= SMALL:
            yield {**base, **dict.fromkeys(names, distance)}
        for step in (distance, -distance):
            for moved in [names] if len(names) == 1 else [names, *([name] for name in names)]:
                sizes = {name: value + step if name in moved else value for name, value in base.items()}
                if all(value >= 1 for value in sizes.values()):
                    yield sizes
