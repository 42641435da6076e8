"""The cheapest of the repairs that were tried, decided no sooner and no more often than needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush, nsmallest
from math import inf
from typing import NamedTuple

from archcalc.editing import TextEdit
from archcalc.program import Program
from archcalc.repair import rank
from archcalc.repair.blame import Blame
from archcalc.repair.ground import Ground
from archcalc.repair.harms import Harm
from archcalc.repair.model import Candidate, Repair

MAX_REPAIRS = 5
"""Repairs of one error; for each the legal sizes are decided."""


class Tried(NamedTuple):
    """A candidate that repairs its error."""

    cost: float
    candidate: Candidate
    edits: tuple[TextEdit, ...]
    program: Program
    """What was checked: the candidate made on its ground."""
    ground: Ground
    compared: Sequence[Harm]
    """What is worse at the present sizes, in the network itself."""
    keeps_weights: bool
    blame: Blame

    @property
    def code(self) -> str:
        """The code of the error that it repairs."""
        return self.blame.code


class Choice:
    """The cheapest of what was tried. Costs only rise, from a candidate over its check to the decision of its sizes.

    So a decision is made when no candidate to come can be cheaper, and there are none to come when enough are decided.
    """

    def __init__(self, decide: Callable[[Tried], tuple[float, Repair]], decidable: int) -> None:
        self._decide = decide
        self._decidable = decidable
        self._waiting: list[tuple[float, int, Tried]] = []
        self._decided: list[tuple[float, Repair]] = []
        self._added = 0
        self._cheapest = inf

    def add(self, tried: Tried) -> None:
        """One more; of those with equal costs the first is the first."""
        heappush(self._waiting, (tried.cost, self._added, tried))
        self._added += 1
        self._cheapest = min(self._cheapest, tried.cost)

    def is_settled(self, cost: float) -> bool:
        """Whether no candidate of this cost, or of a higher one, is wanted any more."""
        self._settle(cost)
        return self._is_full(cost) or cost > self._cheapest + rank.WORSE

    def best(self) -> list[tuple[float, Repair]]:
        """The cheapest repairs with their costs, where there are no more candidates."""
        self._settle(inf)
        return nsmallest(MAX_REPAIRS, self._decided, key=lambda one: one[0])

    def _settle(self, cost: float) -> None:
        while self._waiting and self._waiting[0][0] <= cost and not self._is_full(self._waiting[0][0]):
            self._decided.append(self._decide(heappop(self._waiting)[-1]))

    def _is_full(self, cost: float) -> bool:
        """Whether so many are decided that nothing of this cost can come among the cheapest."""
        return len(self._decided) >= self._decidable or sum(one[0] <= cost for one in self._decided) >= MAX_REPAIRS
