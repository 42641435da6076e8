"""A waterfall leads from one count to the other."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib")

import archcalc
from archcalc.charts import waterfall


def test_the_bars_lead_from_one_count_to_the_other() -> None:
    report = archcalc.load("resnet:resnet50").check()
    (axes,) = waterfall(report, "thop").figure.axes
    first, *terms, last = axes.patches
    assert (first.get_x() + first.get_width(), last.get_x() + last.get_width()) == (4089184256, 4133742592)
    assert sum(bar.get_width() for bar in terms) == 4133742592 - 4089184256
    assert [text.get_text() for text in axes.texts if "+" in text.get_text()] == ["+44,455,936", "+100,352", "+2,048"]


def test_a_convention_without_a_difference_has_two_bars() -> None:
    (axes,) = waterfall(archcalc.load("resnet:resnet50").check(), "macs").figure.axes
    assert len(axes.patches) == 2


def test_symbols_without_values_are_refused() -> None:
    with pytest.raises(ValueError, match="symbols without a value"):
        waterfall(archcalc.load("input: [3, N, N]\nlayers: [conv: [8, 3]]").check(), "thop")
