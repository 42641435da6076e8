"""Example inputs hold no integer that a table has no row for, wherever the network looks it up."""

import pytest

import archcalc
from archcalc.verify.examples import ANY, integers_below

INPUT = "input: {table: [8, 6], words: {shape: [7], dtype: int}}\nlayers:\n"


@pytest.mark.parametrize(
    ("steps", "below"),
    [
        ("  - {from: table}\n  - {index_select: words}", 8),
        ("  - {from: table}\n  - {index_select: {index: words, axis: -1}}", 6),
        ("  - {from: table}\n  - {index_select: words, as: first}\n  - {index_select: {index: words, axis: 1}}", 6),
        ("  - {from: words, embedding: [5, 8], as: rows}\n  - {from: table}\n  - {index_select: words}", 5),
        ("  - {flatten, from: words, as: flat}\n  - {from: table}\n  - {index_select: flat}", 8),
        ("  - {from: words}", ANY),
    ],
)
def test_integers_are_below_the_rows_that_they_are_looked_up_in(steps: str, below: int) -> None:
    assert integers_below(archcalc.load(f"{INPUT}{steps}").check().graph) == (None, below)
