"""Charts show what the report says. Without matplotlib there is nothing to test."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

import archcalc
from archcalc.charts import MOST_BARS, bars, costs, extents, grids, sizes

NETWORKS = ["lenet:lecture", "vgg:D", "alexnet:two-groups", "resnet:resnet152", "unet:paper"]


@pytest.mark.parametrize("network", NETWORKS)
def test_bars_add_up(network: str) -> None:
    report = archcalc.load(network).check()
    found = bars(report)
    assert 0 < len(found) <= MOST_BARS
    assert sum(parameters for _, parameters, _ in found) == report.totals.parameters
    assert sum(multiplications for _, _, multiplications in found) == report.totals.multiplications


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_drawn_is_what_was_counted(network: str) -> None:
    report = archcalc.load(network).check()
    left, right = costs(report).figure.axes
    assert [bar.get_width() for bar in left.patches] == [row[1] for row in bars(report)]
    assert [bar.get_width() for bar in right.patches] == [row[2] for row in bars(report)]
    assert [label.get_text() for label in left.get_yticklabels()] == [row[0] for row in bars(report)]


def test_sizes_of_vgg() -> None:
    """Worked out by hand from the configuration table: five halvings, five widths, three linear layers."""
    report = archcalc.load("vgg:D").check()
    heights, channels = extents(report)
    stages = [(224, 64, 2), (112, 128, 2), (56, 256, 3), (28, 512, 3), (14, 512, 3)]
    sides = [side for side, _, depth in stages for side in [side] * depth + [side // 2]]
    widths = [width for _, width, depth in stages for width in [width] * (depth + 1)]
    assert heights == [224, *sides, 1, 1, 1]
    assert channels == [3, *widths, 4096, 4096, 1000]
    (axes,) = sizes(report).figure.axes
    assert [list(line.get_ydata()) for line in axes.lines] == [heights, channels]


def test_tokens_have_their_channels_last() -> None:
    spec = "input: [3, 8, 8]\nlayers:\n  - conv: [16, 4, 4]\n  - tokens\n  - linear: 32\n"
    assert extents(archcalc.load(spec).check()) == ([8, 2, 4], [3, 16, 32])


@pytest.mark.parametrize("chart", [costs, sizes])
def test_what_has_no_numbers_is_not_drawn(chart: object) -> None:
    assert callable(chart)
    with pytest.raises(ValueError, match="errors"):
        chart(archcalc.load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]").check())
    with pytest.raises(ValueError, match="symbols"):
        chart(archcalc.load("unet:paper").check(symbolic=True))


def test_names_are_no_mathematics() -> None:
    """A `$` in a name would begin a formula of matplotlib, and one that fails to parse would raise."""
    spec = {"name": r"$\frac{", "input": [3, 8, 8], "layers": [{"conv": [4, 3]}]}
    report = archcalc.load(spec).check()
    for chart in (costs(report), sizes(report)):
        assert chart._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lenet.{suffix}"
    costs(archcalc.load("lenet:lecture").check()).save(path)
    assert path.stat().st_size > 1000
    with pytest.raises(ValueError, match="not supported"):
        costs(archcalc.load("lenet:lecture").check()).save(tmp_path / "lenet.doc")


def test_grids_show_every_number() -> None:
    figure = grids("three", {"one": [[1, 2], [3, 4]], "two": [[0.5]]}, {"three": [[-7, 8, 9]]}).figure
    panels = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert panels == [["1", "2", "3", "4"], ["0.5"], ["-7", "8", "9"], []]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "two", "three", ""]


def test_a_flat_network_of_many_layers_ends_in_one_bar() -> None:
    spec = {"input": [8], "layers": [{"linear": 8} for _ in range(3000)]}
    report = archcalc.load(spec).check()
    found = bars(report)
    assert len(found) == MOST_BARS
    assert found[-1][0] == "and 2,961 more"
    assert sum(parameters for _, parameters, _ in found) == report.totals.parameters


def test_long_names_leave_room() -> None:
    spec = {"name": "n" * 5000, "input": [8], "layers": [{"linear": 8, "as": "a" * 90}]}
    report = archcalc.load(spec).check()
    assert len(bars(report)[0][0]) == 60
    assert sizes(report)._repr_png_().startswith(b"\x89PNG")
