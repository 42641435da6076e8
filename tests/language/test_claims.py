"""How expectations are read: which texts are ranges, and which ranges are none."""

from __future__ import annotations

import pytest

from archcalc import Architecture
from archcalc.expressions.functions import NAMES
from archcalc.spec.claims import QUANTITIES
from archcalc.spec.names import problem_with_value_name
from archcalc.tally import Totals


def codes(claim: str) -> list[str]:
    """What is found in a network of 90 parameters with one expectation."""
    text = f"input: [8]\nlet: {{low: 100, high: 80}}\nlayers: [linear: 10]\nexpect:\n  parameters: {claim}\n"
    found = Architecture.from_text(text).check().diagnostics
    return [one.code.id for one in found if one.severity == "error"]


@pytest.mark.parametrize("claim", ["61M..40M", "1k..100", "100..0.09k", "91..90", "1e3..100", "0.1..0"])
def test_an_empty_range_of_plain_numbers_is_a_mistake_of_the_spec(claim: str) -> None:
    assert codes(claim) == ["AC140"]


def test_an_empty_range_says_how_it_is_meant() -> None:
    text = "input: [8]\nlayers: [linear: 10]\nexpect: {parameters: 61M..40M}\n"
    (found,) = Architecture.from_text(text).check().diagnostics
    assert found.message == "no number is in the range 61M..40M"
    assert found.help == ("write 40M..61M",)
    assert found.span is not None
    assert (found.span.line, found.span.column, found.span.end_column) == (3, 22, 30)


@pytest.mark.parametrize("claim", ["90..90", "0.09k..90", "40..61M", "40..", "..61M", "90..9e1"])
def test_ranges_that_hold(claim: str) -> None:
    assert codes(claim) == []


def test_ends_that_are_computed_are_judged_with_their_values() -> None:
    assert codes("low..high") == ["AC401"]


def test_the_quantities_of_claims_are_the_counts_and_the_output() -> None:
    assert {*QUANTITIES} == {*Totals._fields} - {"frozen"} | {"output"}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_functions_are_no_names_of_values(name: str) -> None:
    assert problem_with_value_name(name) == f"`{name}` is a word of the language"
