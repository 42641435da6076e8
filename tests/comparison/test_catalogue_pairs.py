"""Every two variants of a file of the catalogue: the difference is exactly what a comparison of their layers says."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import catalogue
import pytest
import sympy
from applied import applied, fields, layers
from effort import share

from archcalc import Difference, Report

PAIRS = [
    (one, two)
    for path in catalogue.FILES
    for one, two in combinations([name for name in catalogue.named(path) if ":" in name], 2)
]
"""All pairs of the catalogue, of which a run takes a share: they take minutes together."""
TAKEN = share(PAIRS, shares=20)


def difference(one: str, two: str) -> Difference:
    return Difference(catalogue.report(one), catalogue.report(two))


def test_there_are_many_pairs() -> None:
    assert len(PAIRS) > 500
    assert len(TAKEN) > 20


@pytest.mark.parametrize(("one", "two"), TAKEN, ids=str)
def test_the_difference_makes_the_second_network_of_the_first(one: str, two: str) -> None:
    found = difference(one, two)
    ours, theirs = catalogue.report(one), catalogue.report(two)
    data = found.to_json()
    assert applied(layers(ours), data) == layers(theirs)
    assert_totals(data, ours, theirs)
    assert_fields(data, ours, theirs)
    assert_swapped(data, difference(two, one).to_json())


def assert_totals(data: dict[str, Any], ours: Report, theirs: Report) -> None:
    told = {amount["quantity"]: amount for amount in data["quantities"]}
    for name in ("parameters", "multiplications", "buffers"):
        before, after = (report.to_json(repairs=False)["totals"][name] for report in (ours, theirs))
        assert (told[name]["before"], told[name]["after"]) == (before, after)
        assert sympy.expand(sympy.sympify(f"{after} - ({before}) - ({told[name]['difference']})")) == 0
    counts = data["counts"]
    assert sum(counts.values()) - counts["added"] == len(ours)
    assert sum(counts.values()) - counts["removed"] == len(theirs)
    legal = [str(report.legal_sizes.text()) for report in (ours, theirs)]
    assert [data["legal_sizes"]["before"], data["legal_sizes"]["after"]] == legal


def assert_fields(data: dict[str, Any], ours: Report, theirs: Report) -> None:
    """The fields that are told are those that differ, of layers that are told to be the same layer of one kind."""
    before, after = fields(ours), fields(theirs)
    for change in data["layers"]:
        if change["before"] is None or change["after"] is None or change["kind"] == "input":
            continue
        if change["before"]["kind"] != change["after"]["kind"]:
            continue
        one, two = before[change["before"]["name"]], after[change["after"]["name"]]
        # What names a map is told by what is read.
        maps = {name for layer in (one, two) for name, value in layer.items() if type(value).__name__ == "Tap"}
        differing = {name for name in one if one[name] != two[name]} - maps
        assert differing - {"rounding"} == set(change["fields"]) - {"rounding", "trainable", "shares", "weight of"}


def assert_swapped(one: dict[str, Any], two: dict[str, Any]) -> None:
    """The other way round, what was added is removed, and every difference has the other sign."""
    others = {"added": "removed", "removed": "added"}
    assert two["counts"] == {others.get(state, state): count for state, count in one["counts"].items()} | {
        state: one["counts"][others.get(state, state)] for state in two["counts"]
    }
    for ours, theirs in zip(one["quantities"], two["quantities"], strict=True):
        if isinstance(ours["difference"], int):
            assert theirs["difference"] == -ours["difference"]
        assert (ours["before"], ours["after"]) == (theirs["after"], theirs["before"])
    pairs = {(change["before"] or {}).get("place", -1): change for change in two["layers"] if change["before"]}
    for change in one["layers"]:
        if change["before"] is not None and change["after"] is not None:
            other = pairs[change["after"]["place"]]
            assert other["after"] == change["before"]
            assert {name: (value["after"], value["before"]) for name, value in change["fields"].items()} == {
                name: (value["before"], value["after"]) for name, value in other["fields"].items()
            }
    assert (one["legal_sizes"]["lost"], one["legal_sizes"]["gained"]) == (
        two["legal_sizes"]["gained"],
        two["legal_sizes"]["lost"],
    )


@pytest.mark.parametrize("name", share(catalogue.networks(), 3))
def test_a_network_differs_from_itself_in_nothing(name: str) -> None:
    again = catalogue.architecture(name).program.with_text(catalogue.architecture(name).text + "\n# read again\n")
    found = Difference(catalogue.report(name), Report.of(again, catalogue.report(name).settings))
    assert found.before != found.after
    assert found.is_empty
    assert found.to_json()["layers"] == []
    assert "no difference" in found.to_text()
