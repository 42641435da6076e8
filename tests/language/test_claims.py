"""How expectations are read: which texts are ranges, and which ranges are none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc import Architecture, load
from archcalc.expressions.functions import NAMES
from archcalc.quantities import QUANTITIES
from archcalc.spec.figures import published
from archcalc.spec.names import problem_with_function_name, problem_with_value_name
from archcalc.tally import Counts


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


def test_the_counts_of_a_network_are_quantities_of_claims() -> None:
    assert {*Counts._fields} - {"frozen"} <= {*QUANTITIES}


@pytest.mark.parametrize(
    ("claim", "message", "help"),
    [
        (
            "{parameters: 18%}",
            "18% is a ratio, and the claim does not say to what",
            "add relative_to: network, the name of a layer or scope, or a number",
        ),
        ("{parameters: 2x..4x}", "2x is a ratio, and the claim does not say to what", None),
        (
            "{output: [10], relative_to: network}",
            "output is no count, so that it is not relative to anything",
            "put it into a claim of its own; counts are parameters, multiplications, flops, buffers, bytes, "
            "activations, memory, saved, kv_cache, peak, active_parameters, elementwise, stated_multiplications, "
            "layers, depth",
        ),
        ("{parameters: 90, of: []}", "`of` is an empty list", "name a layer or scope, or leave it out"),
        ("{parameters: 2x, relative_to: []}", "`relative_to` is an empty list", None),
        ("{parameters: 2x, relative_to: {a: 1}}", "`relative_to` is a layer, a scope, a number or `network`", None),
        ("{parameters: 90, of: [[fc], {a: 1}]}", "an entry of `of` is a text, not a map", None),
        ("{parameters: 2x, relative_to: 1 +}", "the expression ends too early", None),
        (
            "{parameters: 90, counting: everything}",
            "`counting` is trainable or frozen or non_trainable or total or statistics or state or",
            None,
        ),
        ("{rf: 3}", "an expectation has no `rf`", "did you mean `receptive_field`?"),
    ],
)
def test_what_cannot_be_read_is_told_once(claim: str, message: str, help: str | None) -> None:
    text = f"input: [8]\nlayers: [{{linear: 10, as: fc}}]\nexpect: {claim}\n"
    (found,) = (one for one in Architecture.from_text(text).check().diagnostics if one.severity == "error")
    assert found.message.startswith(message)
    assert help is None or found.help == (help,)
    assert found.span is not None
    assert found.span.line == 3


@pytest.mark.parametrize(
    ("text", "digits", "unit", "is_about"),
    [
        ("60M", "60", 10**6, False),
        ("~ 1.5 K", "1.5", 1000, True),
        ("112Ki", "112", 1024, False),
        ("2Mi", "2", 1024**2, False),
        ("94.86%", "94.86", Fraction(1, 100), False),
        ("~1000x", "1000", 1, True),
        ("~7", "7", 1, True),
    ],
)
def test_numbers_as_they_are_printed(text: str, digits: str, unit: int, is_about: bool) -> None:
    found = published(text)
    assert found is not None
    assert (found.digits, found.unit, found.is_about) == (digits, unit, is_about)


@pytest.mark.parametrize("text", ["", "M", "1e3", "1 2M", "-1M", "Mi", "1,000", "~", "1MB"])
def test_other_texts_are_no_printed_numbers(text: str) -> None:
    assert published(text) is None


@pytest.mark.parametrize("name", NAMES)
def test_values_may_be_called_as_a_function_and_functions_may_not(name: str) -> None:
    assert problem_with_value_name(name) is None
    assert problem_with_function_name(name) == f"`{name}` is a function of the language"


def test_what_an_error_keeps_from_being_built_is_no_unknown_name() -> None:
    """The layer is in the file; only its field is wrong, and that is told already."""
    text = "input: [1, 7, 7]\nlayers:\n  - {conv: {out: 1, kernel: 2, padding: 1/2}, as: filter}\n"
    found = load(text + "expect: {of: filter, parameters: 5}\n").check()
    assert [diagnostic.code.id for diagnostic in found.diagnostics] == ["AC133"]
    assert [verdict.state for verdict in found.verdicts] == ["unknown"]


@pytest.mark.parametrize(
    ("claim", "message", "help"),
    [
        ("parameters: 1.5Q", "1.5Q has a unit that is not known", "units are k, K, Ki, M"),
        ("parameters: 60 millions", "60 millions has a unit that is not known", "units are k"),
        ("parameters: 50, counting: weighs", "`counting` is trainable or", "did you mean `weights`?"),
        ("parameters: 60k, because: why", "expected 60k, but the network has 50", "`holds: false` says that"),
    ],
)
def test_claims_that_are_wrong_have_a_way_out(claim: str, message: str, help: str) -> None:
    found = load(f"input: [4]\nlayers: [linear: 10]\nexpect: {{{claim}}}\n").check()
    (error,) = [diagnostic for diagnostic in found.diagnostics if diagnostic.severity == "error"]
    assert message in error.message
    assert error.help[0].startswith(help)
