"""Curves and networks stand where their numbers are, and names hide nothing."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg

import archcalc
from archcalc.charts import PALETTE, curves, landscape
from archcalc.charts.chart import ink

FAMILIES = {
    "LeNet": ["lenet:lecture"],
    "AlexNet": ["alexnet:lecture"],
    "AlexNet, two groups": ["alexnet:two-groups"],
    "ZFNet": ["zfnet:padded"],
    "VGG": ["vgg:A", "vgg:B", "vgg:D", "vgg:E"],
    "ResNet": [f"resnet:resnet{depth}" for depth in (18, 34, 50, 101, 152)],
    "MobileNet v2": ["mobilenet_v2:1.0", "mobilenet_v2:1.4"],
}


@pytest.fixture(scope="module")
def families() -> dict[str, Any]:
    return {name: [archcalc.load(member).check() for member in members] for name, members in FAMILIES.items()}


def boxes(chart: Any) -> tuple[Any, dict[str, Any]]:
    """The frame of a drawn chart, and where its names stand, in pixels."""
    chart._repr_png_()
    (axes,) = chart.figure.axes
    renderer = chart.figure.canvas.get_renderer()
    return axes.get_window_extent(renderer), {
        text.get_text(): text.get_window_extent(renderer) for text in axes.texts if text.get_text()
    }


def test_networks_stand_at_their_counts(families: dict[str, Any]) -> None:
    (axes,) = landscape(families).figure.axes
    expected = [[(it.totals.parameters, it.totals.multiplications) for it in reports] for reports in families.values()]
    assert [list(zip(*line.get_data(), strict=True)) for line in axes.lines] == expected
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_names_have_the_colour_of_their_family_and_hide_no_other(families: dict[str, Any]) -> None:
    chart = landscape(families)
    (axes,) = chart.figure.axes
    assert [text.get_color() for text in axes.texts] == [ink(line.get_color()) for line in axes.lines]
    frame, names = boxes(chart)
    assert list(names) == list(families)
    for one, other in combinations(names.values(), 2):
        assert not one.overlaps(other)
    points = [axes.transData.transform(point) for line in axes.lines for point in zip(*line.get_data(), strict=True)]
    for name, box in names.items():
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1, name
        assert not any(box.contains(*point) for point in points), name


def test_names_lie_on_no_line(families: dict[str, Any]) -> None:
    chart = landscape(families)
    (axes,) = chart.figure.axes
    _, names = boxes(chart)
    for line in axes.lines:
        corners = [axes.transData.transform(point) for point in zip(*line.get_data(), strict=True)]
        for start, end in pairwise(corners):
            places = [start + part / 200 * (end - start) for part in range(201)]
            assert [name for name, box in names.items() if any(box.contains(*place) for place in places)] == []


def test_each_name_stands_beside_a_point_of_its_own(families: dict[str, Any]) -> None:
    chart = landscape(families)
    (axes,) = chart.figure.axes
    _, names = boxes(chart)
    for line, box in zip(axes.lines, names.values(), strict=True):
        places = [axes.transData.transform(point) for point in zip(*line.get_data(), strict=True)]
        distances = [max(box.x0 - x, x - box.x1, box.y0 - y, y - box.y1) for x, y in places]
        assert min(distances) < 12


def test_one_network_is_a_family() -> None:
    lenet = archcalc.load("lenet:lecture").check()
    chart = landscape({"alone": lenet, "in a list": [lenet]})
    _, names = boxes(chart)
    first, second = names.values()
    assert not first.overlaps(second), "both stand at the same point"


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ([], "there is no network"),
        (archcalc.load("unet:paper").check(symbolic=True), "symbols"),
        (archcalc.load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]").check(), "errors"),
        (archcalc.load("input: [1, 7, 7]\nlayers: [relu]").check(), "logarithm"),
    ],
)
def test_networks_without_a_place(network: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        landscape({"none": network})


def test_curves_go_through_their_values() -> None:
    savings = {F: {K: 1 / (1 / K + 1 / F**2) for K in (1, 4, 16, 64)} for F in (3, 5)}
    drawn = {"saving": {f"F = {F}": values for F, values in savings.items()}, "one": {"here": {4: 2}}}
    rules = {"saving": {"F = 5": {1: 25, 64: 25}}}
    left, right = curves("savings", drawn, rules=rules, across="filters", logarithmic=["across"]).figure.axes
    three, five, rule = left.lines
    assert dict(zip(*three.get_data(), strict=True)) == savings[3]
    assert dict(zip(*five.get_data(), strict=True)) == savings[5]
    assert list(rule.get_ydata()) == [25, 25]
    assert rule.get_linestyle() == ":" and rule.get_color() == five.get_color() == PALETTE[1]
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["F = 3", "F = 5"]
    assert right.get_legend() is None
    assert right.lines[0].get_linestyle() == "None"
    assert left.get_xscale() == "log" and left.get_yscale() == "linear"
    assert [label.get_text() for label in left.get_xticklabels()] == ["1", "4", "16", "64"]


def test_values_that_are_not_joined_are_points() -> None:
    values = {"measured": {0.25: 1.0, 0.5: 3.0}}
    (axes,) = curves("points", {"": values}, rules={"": values}, joined=False).figure.axes
    assert [(line.get_marker(), line.get_linestyle()) for line in axes.lines] == [("o", "None"), ("None", ":")]


@pytest.mark.parametrize("scales", [[], ["up"]])
@pytest.mark.parametrize("width", [1, 9, 30])
def test_labels_cover_no_curve(width: int, scales: Any) -> None:
    drawn = {"": {f"{F:0{width}}": dict.fromkeys(range(1, 9), F**2) for F in range(2, 9)}}
    chart = curves("flat", drawn, logarithmic=scales)
    FigureCanvasAgg(chart.figure).draw()
    (axes,) = chart.figure.axes
    legend = axes.get_legend().get_window_extent(chart.figure.canvas.get_renderer())
    tops = [axes.transData.transform((0, max(line.get_ydata())))[1] for line in axes.lines]
    assert max(tops) < legend.y0
    frame = axes.get_window_extent()
    assert frame.x0 <= legend.x0 and legend.x1 <= frame.x1


def test_many_points_are_a_line() -> None:
    (axes,) = curves("factors", {"": {"0.9": {n: 0.9**n for n in range(153)}}}, logarithmic=["up"]).figure.axes
    assert axes.lines[0].get_marker() == "None"
    assert axes.get_yscale() == "log"


@pytest.mark.parametrize("rules", [{"other": {"y": {0: 0}}}, {"panel": {"z": {0: 0}}}])
def test_rules_are_those_of_curves(rules: Any) -> None:
    with pytest.raises(ValueError, match="no curve"):
        curves("none", {"panel": {"y": {0: 0}}}, rules=rules)


def luminance(color: str) -> float:
    """How light a colour is, as WCAG 2.2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_letters_are_dark_enough() -> None:
    """A contrast of 4.5 to white is what WCAG asks of text."""
    assert {color: 1.05 / (luminance(ink(color)) + 0.05) >= 4.5 for color in PALETTE} == dict.fromkeys(PALETTE, True)


def test_colours_are_told_apart() -> None:
    """Neighbours in the order differ in lightness or hue by more than a little, as numbers of red, green and blue."""
    values = [tuple(int(color[at : at + 2], 16) for at in (1, 3, 5)) for color in PALETTE]
    assert len(set(PALETTE)) == len(PALETTE)
    for one, other in pairwise(values):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 100
