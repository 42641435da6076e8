"""Totals that people and tools have posted: `archcalc reconcile` names who counts them, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catalogue
import pytest
import yaml

from archcalc.quantities import conventions
from archcalc.reconciliation import ObservedNumber

PAGES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("posted.yaml").read_text(encoding="utf-8"))
TOTALS: list[dict[str, Any]] = [total for page in PAGES for total in page["totals"]]


def observed(total: dict[str, Any]) -> ObservedNumber:
    """What reconcile says about a total, as it was posted."""
    report = catalogue.architecture(total["network"]).check(**total.get("sizes", {}))
    found = report.reconcile(total["number"] + total.get("unit", "")).observed
    assert found is not None
    return found


@pytest.mark.parametrize("total", TOTALS, ids=lambda total: f"{total['network']} {total['number']}")
def test_who_counts_what_was_posted(total: dict[str, Any]) -> None:
    found = observed(total)
    named = {one.text for one in found.sources}
    # Papers follow archcalc's own rule, and are named wherever it is.
    assert {name for name in named if not name.endswith("-paper")} == set(total.get("sources", ()))
    assert ("resnet-paper" in named) == ("multiplications" in named)
    assert {one.what for one in found.sources} <= {total["of"]}


def test_every_total_says_who_counts_it_or_why_nobody_does() -> None:
    assert len(TOTALS) >= 50
    for total in TOTALS:
        assert ("sources" in total) != ("nobody" in total), total
        assert total.get("nobody", "so") and total.get("sources", "so"), total
    assert all(page["page"].startswith("https://") and page["title"] for page in PAGES)


def test_a_tool_that_archcalc_has_is_named_or_the_entry_says_why_not() -> None:
    """The word with which a tool's name begins, in the post and among the conventions."""
    tools = {name.partition("-")[0] for name in conventions()}
    for total in TOTALS:
        tool = total.get("tool", "").replace(",", " ").split(" ")[0]
        if tool in tools and total["of"] == "operations" and "nobody" not in total:
            assert any(name.startswith(tool) for name in total["sources"]) or "why" in total, total
