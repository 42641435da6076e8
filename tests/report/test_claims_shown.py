"""Claims in a report: each is told once, many that hold in one line, and what is explained with its reason."""

from __future__ import annotations

from collections import Counter

import archcalc
from archcalc import Report


def report(claims: str, *, layers: str = "[{linear: 10, as: fc}]") -> Report:
    return archcalc.load(f"input: [8]\nlayers: {layers}\nexpect:\n{claims}").check()


def shown(found: Report, width: int = 80) -> list[str]:
    """The blocks below the table."""
    return found.to_text(width=width).split("\n\n")[2:]


def test_an_explained_claim_is_one_line_with_its_reason() -> None:
    found = report("  - {parameters: 80, holds: false, source: Table 1, because: it leaves the biases out}\n")
    assert shown(found, 120) == [
        "explained  parameters: 80, computed 90 (Table 1): it leaves the biases out",
        "ok: 1 claim explained",
    ]
    # For programs, nothing is gone.
    assert [one.code.id for one in found.diagnostics] == ["AC405"]


def test_a_failing_claim_is_told_at_its_place_and_nowhere_else() -> None:
    found = report("  - {parameters: 80, source: Table 1}\n  - {output: [10]}\n")
    claims, error, closing = shown(found)
    assert claims == "       ok  output: [10]"
    assert error.startswith("error[AC401]: parameters: expected 80, but the network has 90\n")
    assert closing == "not ok: 1 error"


def test_many_claims_of_one_source_that_hold_are_counted() -> None:
    claims = "".join(f"  - {{of: fc, parameters: {90 + (index == 20)}, source: S}}\n" for index in range(7))
    few = report(claims)
    assert shown(few)[0].count("ok  parameters of fc: 90 (S)") == 7
    many = report(
        claims + "  - {output: [10], source: S}\n  - {parameters: 90, source: T}\n  - {multiplications: 80}\n"
    )
    assert shown(many)[0].splitlines() == [
        "       ok  8 claims of S hold: 7 of parameters, 1 of output",
        "       ok  parameters: 90 (T)",
        "       ok  multiplications: 80",
    ]
    own = report("  - {of: fc, parameters: 90}\n" * 9)
    assert shown(own)[0] == "       ok  9 claims hold: 9 of parameters"


def test_budgets_are_not_counted_away() -> None:
    found = report("".join(f"  - {{parameters: ..{100 + index}}}\n" for index in range(10)))
    assert len(shown(found)[0].splitlines()) == 10


def test_claims_that_errors_keep_from_being_judged_are_counted() -> None:
    found = report("  - {output: [3]}\n" * 5 + "  - {multiplications: 3}\n", layers="[{conv: [8, 3]}]")
    assert "  unknown  6 claims are not judged because of errors" in found.to_text().splitlines()


def test_of_many_explained_claims_the_first_are_listed() -> None:
    found = report("".join(f"  - {{parameters: {index}, holds: false}}\n" for index in range(23)))
    told = shown(found)[0].splitlines()
    assert len(told) == 21
    assert told[-1] == "explained  and 3 more"
    assert shown(found)[-1] == "ok: 23 claims explained"


def test_the_largest_report_of_the_catalogue_fits_on_two_pages() -> None:
    text = archcalc.load("googlenet:caffe").check().to_text().splitlines()
    assert len(text) <= 90
    twice = [line for line, count in Counter(line.strip() for line in text if len(line) > 40).items() if count > 1]
    assert all(set(line) == {"─"} for line in twice), twice
    assert "       ok  26 claims of Table 1 hold: 12 of output, 4 of parameters, 10 of" in text
