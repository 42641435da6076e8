"""What is stated and not computed is said wherever it is counted."""

from __future__ import annotations

from typing import Any

import archcalc
from archcalc.tally import Stated, stated

SPEC = """\
name: mixer
input: [16, 8]
blocks:
  unit:
    - opaque:
        shape: [16, 8]
        products: 1000
        tensors: {weight: [8, 5]}
        reason: no kind says it
      as: mix
layers:
  - {unit, as: first}
  - {unit, as: second}
  - {flatten, as: flat}
  - {linear: 10, as: head}
"""
"""By hand: 2*1000 + 128*10 = 3,280 products; 2*40 + 1,290 = 1,370 parameters."""
TOLD = (
    "2,000 of 3,280 multiplications and 80 of 1,370 parameters are stated by opaque steps, not computed: first.mix, "
    "second.mix"
)


def report(extra: str = "") -> Any:
    return archcalc.load(SPEC + extra).check()


def plain(text: str) -> str:
    return " ".join(text.split())


def test_every_table_says_how_much_is_stated() -> None:
    found = report()
    assert TOLD in plain(found.to_text())
    assert found.to_markdown().endswith(f"\n\n{TOLD}")
    assert found.to_latex().endswith(f"% {TOLD}")
    assert f"<div>{TOLD}</div>" in found._repr_html_()
    assert stated(found.graph.nodes) == Stated(("first.mix", "second.mix"), 80, 2000)


def test_a_column_has_what_is_stated() -> None:
    lines = report().to_csv(columns=["multiplications", "stated_multiplications"]).splitlines()
    assert lines[1:] == ["first.mix,1000,1000", "second.mix,1000,1000", "flat,0,0", "head,1280,0"]


def test_json_has_what_is_stated_and_nothing_where_all_is_computed() -> None:
    data = report().to_json()
    assert data["stated"] == {"layers": ["first.mix", "second.mix"], "parameters": 80, "multiplications": 2000}
    assert "stated" not in archcalc.load("input: [8]\nlayers: [linear: 2]").check().to_json()


def test_a_derivation_says_whose_word_it_is() -> None:
    found = report()
    assert plain(str(found["first.mix"].derivation)).endswith(
        "shape stated by the author: no kind says it parameters 8·5 = 40 (stated: weight) multiplications M = 1,000 "
        "(stated by the author: no kind says it) where M = 1000 multiplications that are stated"
    )
    assert found.explain().summary == (
        "4 layers, 1,370 parameters, 3,280 multiplications, 2,000 of them stated, not computed"
    )


def test_claims_hold_on_sums_that_are_partly_stated_and_say_so() -> None:
    found = report("expect: {multiplications: 3280, parameters: 1370, stated_multiplications: 2000, output: [10]}\n")
    assert found.ok
    assert [verdict.by_authors for verdict in found.verdicts] == [2000, 80, 2000, 0]
    text = plain(found.to_text())
    assert "multiplications: 3,280, 2,000 of it stated, not computed" in text
    assert "stated multiplications: 2,000 ok" in text.replace("output: [10]", "ok")


def test_a_claim_about_a_computed_part_says_nothing_of_it() -> None:
    (verdict,) = report("expect: {of: head, multiplications: 1280}\n").verdicts
    assert verdict.state == "holds" and verdict.by_authors == 0


def test_a_line_among_many_says_it() -> None:
    from archcalc.report.outcome import outcome
    from archcalc.report.text import COUNTED, one_line

    assert one_line(outcome(report(), COUNTED), 10).endswith("partly stated")


def test_a_shape_alone_is_stated_too() -> None:
    text = "input: [8]\nlayers: [{opaque: {shape: [4], products: 0}, as: a}, linear: 2]"
    assert "a shape is stated by opaque steps, not computed: a" in archcalc.load(text).check().to_text()


def test_counts_that_an_error_keeps_unknown_are_no_numbers() -> None:
    step = "opaque: {shape: [4, 2], products: 3*channels(here)}"
    found = archcalc.load(f"input: [8, 3]\nlayers: [{{avg_pool: [2, 2], as: p}}, {step}]").check()
    assert not found.ok
    assert found.to_json()["stated"]["multiplications"] == 24
