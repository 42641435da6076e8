"""The picture of a front: marks at their places, which say their designs, and labels that hide nothing."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc.charts import FrontPicture, front
from archcalc.questions.values import WrongQuestion
from archcalc.scene.primitives import Path, Polygon, Text

SPEC = """\
name: Small
input: [3, N, N]
at: {N: 64}
rounding: floor
let: {width: 32, depth: 2}
layers:
  - {conv: {out: width, kernel: 3, padding: 1}, as: stem}
  - repeat: depth
    do:
      - conv: {out: width, kernel: 3, padding: 1}
      - max_pool: 2
  - flatten
  - linear: 10
"""
AXES = {"width": range(8, 65, 4), "depth": range(1, 5), "N": range(32, 129, 8)}
OBJECTIVES = [
    ("multiplications", "-parameters"),
    ("-memory", "parameters"),
    ("memory", "-parameters"),
    ("-parameters", "multiplications"),
]


@pytest.fixture(scope="module")
def space() -> archcalc.Sweep:
    return archcalc.load(SPEC).sweep(AXES)


def told(picture: FrontPicture) -> list[Polygon]:
    """The marks that say something."""
    return [item for item in picture.scene.items if isinstance(item, Polygon) and item.tooltip]


def middle(mark: Polygon) -> tuple[float, float]:
    count = len(mark.points)
    return sum(x for x, _ in mark.points) / count, sum(y for _, y in mark.points) / count


@pytest.mark.parametrize(("across", "up"), OBJECTIVES)
def test_marks_stand_where_their_numbers_are(space: archcalc.Sweep, across: str, up: str) -> None:
    picture = front(space, across, up, sample=60)
    marks = [(middle(mark), mark.tooltip) for mark in told(picture)]
    assert len(marks) > 60
    names = [text.lstrip("-") for text in (across, up)]
    figures = []
    for (x, y), tooltip in marks:
        found = [re.search(rf"; {name} ([\d,]+)", tooltip) for name in names]
        numbers = [int(one[1].replace(",", "")) for one in found if one is not None]
        figures.append((numbers[0], numbers[1], x, -y))
    for place in (0, 1):
        ordered = sorted((one[place], one[place + 2]) for one in figures)
        shown = [at for _, at in ordered]
        assert all(one <= other + 1e-6 for one, other in pairwise(shown))
        assert len({number for number, _ in ordered}) == len({round(at, 4) for at in shown})


@pytest.mark.parametrize(("across", "up"), OBJECTIVES)
def test_designs_are_those_of_the_sweep(space: archcalc.Sweep, across: str, up: str) -> None:
    picture = front(space, across, up, sample=50, seed=3)
    assert [one.number for one in picture.front] == [one.number for one in space.pareto(across, up)]
    assert [one.number for one in picture.sample] == [one.number for one in space.sample(50, seed=3)]
    shown = {int(re.findall(r"\d[\d,]*", mark.tooltip)[0].replace(",", "")) for mark in told(picture)}
    assert shown <= {one.number for one in (*picture.front, *picture.sample)}
    for number in shown:
        values = ", ".join(f"{name}={value}" for name, value in space.values(number).items())
        assert any(f"design {number:,}: {values}; " in mark.tooltip for mark in told(picture))


@pytest.mark.parametrize(("across", "up"), OBJECTIVES)
@pytest.mark.parametrize("count", [0, 3, 12])
def test_no_text_lies_over_another_or_over_a_mark(space: archcalc.Sweep, across: str, up: str, count: int) -> None:
    marked = {f"network {index}": 61 * index for index in range(count)}
    picture = front(space, across, up, marked=marked)
    texts = [item for item in picture.scene.items if isinstance(item, Text)]
    overlapping = [
        (one.text, other.text) for one, other in combinations(texts, 2) if one.bounds().meets(other.bounds())
    ]
    assert overlapping == []
    important = [middle(mark) for mark in told(picture) if len(mark.points) == 4 or mark.thickness == 0.8]
    labels = [text for text in texts if "=" in text.text or text.text in marked]
    assert len([text for text in labels if text.text in marked]) == count, "every named design has its name"
    front_marks = [mark for mark in told(picture) if mark.stroke is not None]
    assert important
    for text in labels:
        box = text.bounds()
        for x, y in map(middle, front_marks):
            assert not (box.left < x < box.right and box.top < y < box.bottom), text.text
    # Lines that lead from marks to labels, the border of the front, and those of the grid, which are fainter.
    for line in (item for item in picture.scene.items if isinstance(item, Path) and item.thickness not in (0.4, 1.0)):
        for start, end in line.segments():
            assert [text.text for text in labels if text.bounds().grown(-0.5).crossed(start, end)] == []
    bounds = picture.scene.bounds
    for text in texts:
        box = text.bounds()
        assert bounds.left <= box.left and box.right <= bounds.right and bounds.top <= box.top, text.text


def test_dark_is_light_on_dark_and_as_large(space: archcalc.Sweep) -> None:
    light, dark = (front(space, "multiplications", "-parameters", dark=dark) for dark in (False, True))
    assert (light.scene.background, dark.scene.background) == ("#ffffff", "#12161c")
    assert light.scene.bounds == dark.scene.bounds
    colors = [{item.color for item in one.scene.items if isinstance(item, Text)} for one in (light, dark)]
    assert not colors[0] & colors[1]


def test_a_notebook_gets_an_svg_that_is_the_same_each_time(space: archcalc.Sweep) -> None:
    first, second = (front(space, "multiplications", "-parameters", width=500) for _ in range(2))
    assert first == second and first.svg == second.svg
    bundle = first._repr_mimebundle_()
    assert bundle["text/plain"] == "<FrontPicture the front of Small, 780 designs>"
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.get("width") == "500"
    titles = [one.text for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(text is not None and text.startswith("design ") and "parameters" in text for text in titles)


def test_names_of_strangers_are_text() -> None:
    hostile = archcalc.load(SPEC.replace("name: Small", 'name: "<script>alert(1)</script>\\u202e"'))
    space = hostile.sweep({"width": range(1, 9)})
    picture = front(space, "multiplications", "-parameters", marked={"<b>&\x1b[2J": 3})
    assert "<script" not in picture.svg and "<b>" not in picture.svg and "\x1b" not in picture.svg
    ElementTree.fromstring(picture.svg)


def test_one_design_and_equal_numbers_have_a_picture() -> None:
    space = archcalc.load(SPEC).sweep({"width": (8,)})
    assert len(front(space, "multiplications", "-parameters").front) == 1
    many = archcalc.load(SPEC).sweep({"N": range(32, 48)})
    assert len(front(many, "multiplications", "multiplications").front) == 1


def test_numbers_of_any_length() -> None:
    space = archcalc.load(SPEC).sweep({"width": range(10**24, 10**24 + 5), "depth": (1,)})
    assert len(front(space, "multiplications", "-parameters").front) == 5


def test_what_cannot_be_drawn_is_refused(space: archcalc.Sweep) -> None:
    with pytest.raises(WrongQuestion, match="size is no single number"):
        front(space, "size", "parameters")
    none = archcalc.load(SPEC).sweep({"width": range(1, 9)}, "parameters >= 1B")
    with pytest.raises(WrongQuestion, match="no design is legal and meets all conditions"):
        front(none, "multiplications", "-parameters")
    with pytest.raises(IndexError, match="there are 780 designs"):
        front(space, "multiplications", "-parameters", marked={"mine": 780})
    small = archcalc.load(SPEC).sweep({"N": range(1, 65)})
    with pytest.raises(ValueError, match=r"mine: design 0 is not legal: max_pool: the window of 2"):
        front(small, "multiplications", "-parameters", marked={"mine": 0})
    with pytest.raises(ValueError, match="a number of pixels"):
        front(space, "multiplications", "-parameters", width=3)
