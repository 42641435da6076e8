"""Small arrays, masks and windows are drawn as they are."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("matplotlib")

import matplotlib.colors
import numpy

import archcalc
from archcalc.charts import Chart, crops, images, masks, matrices, windows
from archcalc.charts.arrays import READ, WRITTEN
from archcalc.charts.chart import MULTIPLICATIONS, PALE, PARAMETERS

IMAGE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def colors(axes: Any) -> dict[tuple[float, float], str]:
    """The colour of each rectangle, by its upper left corner."""
    return {patch.get_xy(): matplotlib.colors.to_hex(patch.get_facecolor()) for patch in axes.patches}


def test_matrices_show_every_entry_and_mark_cells() -> None:
    chart = matrices(
        "a window",
        {"image": IMAGE, "sum": [[12]]},
        read={"image": [(0, 0), (0, 1), (1, 0), (1, 1)]},
        written={"sum": [(0, 0)]},
    )
    (axes,) = chart.figure.axes
    entries = sorted(text.get_text() for text in axes.texts)
    assert entries == sorted([*map(str, range(1, 10)), "12", "image", "sum"])
    found = colors(axes)
    assert len(found) == 10
    # The one cell of the sum stands one column to the right of the image, at half of its height.
    assert {place for place, color in found.items() if color == WRITTEN} == {(4, 1)}
    assert {place for place, color in found.items() if color == READ} == {(0, 0), (1, 0), (0, 1), (1, 1)}


@pytest.mark.parametrize(
    ("arrays", "marks", "message"),
    [
        ({"image": [[1, 2], [3]]}, {}, "image: the rows"),
        ({"image": []}, {}, "image: the rows"),
        ({"image": IMAGE}, {"image": [(3, 0)]}, r"no cell \(3, 0\)"),
        ({"image": IMAGE}, {"image": [(0, -1)]}, r"no cell \(0, -1\)"),
        ({"image": IMAGE}, {"imgae": [(0, 0)]}, "imgae"),
    ],
)
def test_matrices_that_are_none(arrays: Any, marks: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        matrices("none", arrays, read=marks)


def test_images_show_the_values() -> None:
    color = numpy.zeros((2, 2, 3))
    chart = images("two", {"gray": IMAGE, "in colour": color}, limits=(0, 10))
    gray, colored = (axes.images[0] for axes in chart.figure.axes)
    assert (gray.get_array() == numpy.asarray(IMAGE)).all()
    assert gray.get_clim() == (0, 10)
    assert colored.get_array().shape == (2, 2, 3)
    assert [axes.get_title() for axes in chart.figure.axes] == ["gray", "in colour"]
    (alone,) = images("one", {"gray": IMAGE}).figure.axes
    assert alone.images[0].get_clim() == (1, 9)
    with pytest.raises(ValueError, match=r"flat: a picture is height × width, .* not \(3,\)"):
        images("none", {"flat": [1, 2, 3]})


@pytest.mark.parametrize("kind", [list, numpy.asarray])
def test_masks_are_coloured_where_something_is(kind: Any) -> None:
    reads = kind([[True, False, True], [False, False, True]])
    chart = masks("reads", {"": reads}, rows=["a", "b"], columns=range(3), down="map", across="filter")
    (axes,) = chart.figure.axes
    found = {(round(x + 0.45), round(y + 0.43)): color for (x, y), color in colors(axes).items()}
    assert {place for place, color in found.items() if color == PARAMETERS} == {(0, 0), (2, 0), (2, 1)}
    assert {place for place, color in found.items() if color == PALE} == {(1, 0), (0, 1), (1, 1)}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("filter", "map")
    assert not axes.texts


def test_entries_of_masks_are_written() -> None:
    chart = masks("sizes", {"P = 0": [[None, 0]], "P = 1": [[7, None]]}, rows=[1], columns=[3, 4], beside=2)
    assert [[text.get_text() for text in axes.texts] for axes in chart.figure.axes] == [["0"], ["7"]]
    assert [axes.get_title(loc="left") for axes in chart.figure.axes] == ["P = 0", "P = 1"]
    with pytest.raises(ValueError, match="P = 0: a mask has an entry for each of 2 rows × 2 columns"):
        masks("none", {"P = 0": [[1, 2]]}, rows=[1, 2], columns=[3, 4])
    with pytest.raises(ValueError, match="none: a mask"):
        masks("none", {"": [[1], [2]]}, rows=[1, 2], columns=[3, 4])


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_windows_are_those_of_a_layer(kernel: int, padding: int) -> None:
    """As many windows as the layer has positions; one that leaves the axis where the layer has a fraction."""
    strides = [1, 2, 3, 4]
    for size in (5, 8):
        chart = windows(size, kernel, strides, padding)
        for stride, axes in zip(strides, chart.figure.axes, strict=True):
            bars = [bar for (bar,) in axes.containers]
            tones = [matplotlib.colors.to_hex(bar.get_facecolor()) for bar in bars]
            fields = {"out": 1, "kernel": kernel, "stride": stride, "padding": padding, "rounding": "floor"}
            floored = archcalc.load({"input": [1, size, 1], "layers": [{"conv": {**fields, **_thin(fields)}}]}).check()
            assert floored.ok
            assert tones.count(PARAMETERS) == floored.outputs["output"][1]
            is_whole = not any(layer.fractions for layer in floored)
            assert tones.count(MULTIPLICATIONS) == (0 if is_whole else 1)
            assert [bar.get_x() for bar in bars] == [stride * index - padding for index in range(len(bars))]


def _thin(fields: dict[str, Any]) -> dict[str, Any]:
    """The same along the height, and a window of 1 along the width."""
    return {name: [fields[name], {"padding": 0}.get(name, 1)] for name in ("kernel", "stride", "padding")}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3, [1]), "1 or more"),
        ((7, 0, [1]), "1 or more"),
        ((7, 3, [0]), "1 or more"),
        ((7, 3, []), "1 or more"),
        ((7, 3, [1], -1), "0 or more"),
        ((2, 5, [1], 1), "a kernel of 5 does not fit on 2 positions with padding 1"),
    ],
)
def test_windows_that_are_none(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        windows(*arguments)


@pytest.mark.parametrize(
    "chart",
    [
        lambda name: matrices(name, {name: IMAGE}),
        lambda name: images(name, {name: IMAGE}),
        lambda name: masks(name, {name: [[name]]}, rows=[1], columns=[1]),
    ],
)
def test_names_are_no_mathematics(chart: Any) -> None:
    drawn: Chart = chart(r"$\frac{")
    assert drawn._repr_png_().startswith(b"\x89PNG")


def test_crops_lie_where_they_are() -> None:
    (axes,) = crops({"32s": (544, 19, 500)}).figure.axes
    whole, kept, middle = axes.patches
    assert [patch.get_xy() for patch in (whole, kept, middle)] == [(0, 0), (19, 19), (22, 22)]
    assert [patch.get_width() for patch in (whole, kept, middle)] == [544, 500, 500]
    (text,) = axes.texts
    assert text.get_text() == "544 - 500 = 44\n19 in front, 25 behind"


@pytest.mark.parametrize("crop", [(544, 45, 500), (544, -1, 500), (544, 0, 0)])
def test_crops_that_leave_the_map(crop: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"32s: a crop of .* does not lie in a map of 544"):
        crops({"32s": crop})
