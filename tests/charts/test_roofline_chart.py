"""A roofline shows the roof of a device, and layers below it."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib")

import archcalc
from archcalc.charts import roofline


def test_the_roof_has_its_ridge_where_both_limits_meet() -> None:
    report = archcalc.load("resnet:resnet50").check()
    (axes,) = roofline(report, "a100", dtype="float16", batch=64).figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    roof = axes.lines[0]
    _, ridge, _ = roof.get_xdata()
    low, level, end = roof.get_ydata()
    assert ridge == pytest.approx(312e12 / 2039e9)
    assert level == end == 312e12
    assert low == pytest.approx(roof.get_xdata()[0] * 2039e9)


def test_every_mark_lies_on_the_roof() -> None:
    report = archcalc.load("lenet:lecture").check()
    (axes,) = roofline(report, "raspberry-pi-5").figure.axes
    marks = [tuple(point) for one in axes.collections for point in one.get_offsets()]
    assert len(marks) == 9, "all layers but two pools and a view, which multiply and add nothing"
    for intensity, speed in marks:
        assert speed == pytest.approx(min(153.6e9, intensity * 17e9))


def test_symbols_without_values_are_refused() -> None:
    with pytest.raises(ValueError, match="symbols without a value"):
        roofline(archcalc.load("input: [3, N, N]\nlayers: [conv: [8, 3]]").check(), "a100")
