"""Outputs of heads that `when` leaves out."""

from __future__ import annotations

import archcalc

HEADS = """
input: [3, 32, 32]
let: {main: true, aux: true}
layers:
  - {conv: [8, 3], as: trunk}
  - {conv: [10, 3], as: aux1, when: aux}
  - {conv: [6, 3], as: fc, from: trunk, when: main}
output: [fc, aux1]
"""


def test_every_head_is_an_output() -> None:
    assert archcalc.load(HEADS).check().outputs == {"fc": (6, 28, 28), "aux1": (10, 28, 28)}


def test_a_head_that_is_left_out_is_none() -> None:
    assert archcalc.load(HEADS).check(aux=False).outputs == {"fc": (6, 28, 28)}
    assert archcalc.load(HEADS).check(main=False).outputs == {"aux1": (10, 28, 28)}


def test_what_passes_is_the_output_where_there_is_no_other() -> None:
    """As inside of a network: the value passes what is left out."""
    report = archcalc.load(HEADS).check(aux=False, main=False)
    assert set(report.outputs.values()) == {(8, 30, 30)}
    assert report.ok


def test_a_name_that_nobody_has_stays_an_error() -> None:
    report = archcalc.load(HEADS.replace("[fc, aux1]", "[fc, aux2]")).check()
    assert [found.code.id for found in report.diagnostics if found.severity == "error"] == ["AC209"]
