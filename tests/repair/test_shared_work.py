"""How much work the searches of one command may cost together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from archcalc import Architecture, Report
from archcalc.cli.searching import repairs_of
from archcalc.repair import MOST_WORK, search


def failing(number: int) -> list[Report]:
    """So many networks that fail each in its own way."""
    texts = [f"input: [1, 7, {7 + 3 * index}]\nlayers: [conv: [1, 3, 3]]\n" for index in range(number)]
    named = [Architecture.from_text(text, f"net{index}.yaml") for index, text in enumerate(texts)]
    return [one.check() for one in named]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many layers each search that is begun may read and unfold."""
    seen: list[int] = []
    begin: Callable[..., None] = search._Search.__init__

    def watched(self: Any, case: Any) -> None:
        begin(self, case)
        seen.append(self.nodes)

    monkeypatch.setattr(search._Search, "__init__", watched)
    return seen


@pytest.mark.parametrize("number", [1, 2, 3])
def test_searches_share_what_one_may_cost(work: list[int], number: int) -> None:
    found = repairs_of(failing(number))
    assert all(found) and len(work) == number
    assert MOST_WORK - number < sum(work) <= MOST_WORK


def test_who_asks_for_more_networks_gets_them_searched_as_far_as_alone(work: list[int]) -> None:
    repairs_of(failing(5), 5)
    assert work == [MOST_WORK] * 5


def test_small_networks_have_the_same_repairs_together_and_alone() -> None:
    together = repairs_of(failing(3))
    assert together == [report.repairs for report in failing(3)]
