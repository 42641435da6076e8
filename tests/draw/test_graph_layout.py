"""Where things stand in a picture: no text on another one, no line through a text or a box, every edge drawn, once.

The judge takes the primitives of the scene, and knows nothing of how they were placed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path as File
from random import Random
from xml.etree import ElementTree

import pytest
from catalogue import networks, report
from effort import parts, share
from networks import BESIDE, BROKEN, CHAIN, DENSE, SKIPS, TAPPED
from strategies import random_spec
from test_dot import HOSTILE, hostile

import archcalc
from archcalc.draw.build import diagram
from archcalc.draw.drawing import LEGIBLE, scene
from archcalc.draw.layout.boxes import SMALL
from archcalc.draw.model import Diagram
from archcalc.draw.palette import DARK, LIGHT
from archcalc.scene.aspect import Aspect
from archcalc.scene.primitives import Box, Path, Point, Polygon, Scene, Text
from archcalc.scene.svg import svg
from archcalc.terminal import visible

SLIDE = Aspect(16, 9)
WAYS: dict[str, tuple[str, Aspect | None]] = {
    "down": ("down", None),
    "right": ("right", None),
    "slide": ("down", SLIDE),
    "slide-right": ("right", SLIDE),
}


def crosses(start: Point, end: Point, box: Box) -> bool:
    """Whether a line that runs along an axis has a place inside a box."""
    assert start.x == pytest.approx(end.x) or start.y == pytest.approx(end.y), "lines run along axes"
    line = Box(min(start.x, end.x), min(start.y, end.y), max(start.x, end.x), max(start.y, end.y))
    inner = box.grown(-0.3)
    return line.left < inner.right and inner.left < line.right and line.top < inner.bottom and inner.top < line.bottom


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.left <= inner.left
        and inner.right <= outer.right
        and outer.top <= inner.top
        and inner.bottom <= outer.bottom
    )


def faults(drawn: Scene) -> Iterator[str]:
    """What is wrong with a picture. A frame is a polygon that has others in it."""
    texts = [(item.text, item.bounds()) for item in drawn.items if isinstance(item, Text)]
    areas = [(item, item.bounds()) for item in drawn.items if isinstance(item, Polygon)]
    closed = [
        (item.tooltip, box)
        for item, box in areas
        if not any(other is not item and other.tooltip and holds(box, inner) for other, inner in areas)
    ]
    lines = [item for item in drawn.items if isinstance(item, Path)]
    for index, (text, box) in enumerate(texts):
        yield from (f"{text!r} on {other!r}" for other, place in texts[index + 1 :] if box.grown(-0.5).meets(place))
        yield from (
            f"{text!r} on {name!r}" for name, area in closed if area.meets(box) and not holds(area.grown(1), box)
        )
        if not holds(drawn.bounds, box):
            yield f"{text!r} out of the picture"
    for line in lines:
        for start, end in line.segments():
            yield from (f"{line.joins} through {text!r}" for text, box in texts if crosses(start, end, box))
            yield from (f"{line.joins} through box {name!r}" for name, box in closed if crosses(start, end, box))


def drawn_edges(drawn: Scene) -> Counter[tuple[str, str] | None]:
    return Counter(item.joins for item in drawn.items if isinstance(item, Path) and item.joins is not None)


def edges(what: Diagram) -> Counter[tuple[str, str]]:
    """Those that no count implies."""
    return Counter((edge.source, edge.target) for edge in what.edges if not edge.repeats)


def judge(what: Diagram, way: str) -> None:
    direction, aspect = WAYS[way]
    drawn = scene(what, direction, aspect=aspect)  # type: ignore[arg-type]
    assert list(faults(drawn)) == []
    assert drawn_edges(drawn) == edges(what)
    assert len([item for item in drawn.items if isinstance(item, Polygon) and item.tooltip]) == len(list(what.walk()))
    if aspect is not None:
        assert drawn.bounds.width / drawn.bounds.height == pytest.approx(aspect.width / aspect.height)


@pytest.mark.parametrize(("name", "way"), share([(name, way) for way in WAYS for name in networks()]))
def test_published_networks(name: str, way: str) -> None:
    judge(diagram(report(name)), way)


def test_the_judge_sees_what_is_wrong() -> None:
    drawn = scene(diagram(archcalc.load("lenet:1998").check()))
    assert list(faults(drawn)) == []
    first, *_, last = (item for item in drawn.items if isinstance(item, Text) and item.bold)
    moved = first._replace(place=last.place)
    assert any("' on '" in fault for fault in faults(drawn._replace(items=(*drawn.items, moved))))
    box = next(item for item in drawn.items if isinstance(item, Polygon) and item.tooltip.startswith("c3")).bounds()
    lines = {
        "through box 'c3": box.top + 2,
        "through 'conv 5×5, 16'": (box.top + box.bottom) / 2 - 10,
    }
    for told, height in lines.items():
        line = Path((Point(box.left - 20, height), Point(box.right + 20, height)), "#000000")
        assert any(told in fault for fault in faults(drawn._replace(items=(*drawn.items, line))))
    outside = first._replace(place=Point(-9999, 0))
    assert any("out of the picture" in fault for fault in faults(drawn._replace(items=(*drawn.items, outside))))


@pytest.mark.parametrize(
    ("name", "way"), share([(name, way) for way in ("down", "slide-right") for name in networks()], shares=20)
)
def test_published_networks_with_every_scope_open(name: str, way: str) -> None:
    what = diagram(report(name), 64)
    if len(what.edges) > 300:
        pytest.skip("the judge would need long for this many lines")
    judge(what, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "text", [CHAIN, BESIDE, SKIPS, DENSE, TAPPED, BROKEN], ids=["chain", "beside", "skips", "dense", "tapped", "broken"]
)
@pytest.mark.parametrize("folds", [True, False], ids=["folded", "all"])
def test_small_networks(text: str, way: str, folds: bool) -> None:
    checked = archcalc.load(text).check()
    for depth in (None, 1, 2):
        judge(diagram(checked, depth, folds=folds), way)


@pytest.mark.parametrize("seeds", parts(200, 10))
def test_random_networks(seeds: range) -> None:
    for seed in seeds:
        spec = random_spec(Random(seed))
        checked = archcalc.load(spec, variant=next(iter(spec.get("variants") or [None]))).check()
        for way in WAYS:
            judge(diagram(checked), way)
            judge(diagram(checked, 64, folds=False), way)


BACK = """
input: [4, 8, 8]
layers:
  - {conv: [4, 3, 1, 1], as: a}
  - as: group
    do:
      - {conv: [4, 3, 1, 1], as: b}
      - {conv: [4, 3, 1, 1], as: c}
  - {conv: [4, 3, 1, 1], as: d, from: group.b}
  - add: [d, group.c]
"""
"""An inner layer is read from outside, beside the last one."""


@pytest.mark.parametrize("way", WAYS)
def test_inner_maps_leave_their_scope(way: str) -> None:
    judge(diagram(archcalc.load(BACK).check(), 2), way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("residual_block:identity", "residual_block:projection"),
        ("resnet:resnet18", "resnet:resnet34"),
        ("unet:paper", "unet:padded"),
        ("googlenet:caffe", "googlenet:caffe-heads"),
        ("inception_module:naive", "inception_module:reduced"),
    ],
)
def test_comparisons(before: str, after: str, way: str) -> None:
    difference = archcalc.diff(before, after)
    for depth in (None, 1, 64):
        judge(difference.draw(depth=depth).diagram, way)


@pytest.mark.parametrize(
    "name",
    [
        "lenet:1998",
        "alexnet:lecture",
        "alexnet:two-groups",
        "vgg:D",
        "resnet:resnet18",
        "resnet:resnet152",
        "googlenet:caffe",
        "unet:paper",
        "inception_module:naive",
        "inception_module:reduced",
        "vit:b_16",
        "residual_block:projection",
    ],
)
@pytest.mark.parametrize("direction", ["down", "right"])
def test_text_can_be_read_on_a_slide(name: str, direction: str) -> None:
    drawn = scene(diagram(archcalc.load(name).check()), direction, aspect=SLIDE)  # type: ignore[arg-type]
    smallest = min(item.size for item in drawn.items if isinstance(item, Text))
    assert smallest == SMALL
    assert smallest * 1920 / drawn.bounds.width >= LEGIBLE


def test_what_is_too_deep_for_a_slide_is_closed() -> None:
    checked = archcalc.load("mobilenet_v1:1.0-224").check()
    assert checked.draw(aspect="16:9").diagram.depth < checked.draw().diagram.depth
    assert checked.draw(aspect="16:9", depth=4).diagram.depth == 4


def test_a_net_with_the_shape_of_a_u_turns_round() -> None:
    """Both ways side by side, so that every skip leads from one to the other."""
    drawn = scene(diagram(archcalc.load("unet:paper").check()), aspect=SLIDE)
    places = {item.text: item.place for item in drawn.items if isinstance(item, Text) and item.bold}
    there, back = ([places[f"{side}{level}"] for level in (1, 2, 3, 4)] for side in ("enc", "dec"))
    for column in (there, back):
        assert len({round(place.x) for place in column}) == 1
        assert [place.y for place in column] == sorted(place.y for place in column)
    assert there[0].x < back[0].x
    lines = {item.joins: item for item in drawn.items if isinstance(item, Path)}
    for level in (1, 2, 3, 4):
        box = lines[f"enc{level}", f"dec{level}"].bounds()
        assert box.height < drawn.bounds.height / 3


def test_a_skip_is_an_arc_beside_its_box() -> None:
    drawn = scene(diagram(archcalc.load("resnet:resnet18").check(), 2))
    arcs = [item for item in drawn.items if isinstance(item, Path) and item.joins is None]
    assert [arc.dashed for arc in arcs] == [False, True, False, True, False, True, False]


def test_boxes_of_networks_with_errors_are_red() -> None:
    drawn = scene(diagram(archcalc.load(BROKEN).check()))
    red = [item.tooltip for item in drawn.items if isinstance(item, Polygon) and item.fill == LIGHT.fault.fill]
    assert [text.partition("\n")[0] for text in red] == ["bad", "?"]


def test_who_does_not_see_it_is_told_what_leads_where() -> None:
    root = ElementTree.fromstring(archcalc.load("lenet:1998").draw().svg)
    description = root.findtext("{*}desc")
    assert description is not None
    assert description.startswith(
        "A graph of 10 boxes and 9 edges: input (input) to conv 5×5, 6 (c1); conv 5×5, 6 (c1) to"
    )


def test_texts_stand_in_the_middle_of_their_boxes() -> None:
    drawn = scene(diagram(archcalc.load("lenet:1998").check()))
    areas = [item.bounds() for item in drawn.items if isinstance(item, Polygon)]
    texts = [item.bounds() for item in drawn.items if isinstance(item, Text)]
    for area in areas:
        inside = [box for box in texts if holds(area, box)]
        above = min(box.top for box in inside) - area.top
        below = area.bottom - max(box.bottom for box in inside)
        assert above == pytest.approx(below, abs=1.5)
        assert all((box.left + box.right) == pytest.approx(area.left + area.right) for box in inside)


def test_dark_pictures_have_no_light_colour() -> None:
    def inks(text: str) -> set[str]:
        root = ElementTree.fromstring(text)
        return {element.get(name, "none") for element in root.iter() for name in ("fill", "stroke")} - {"none"}

    light, dark = (svg(scene(diagram(archcalc.load("unet:paper").check()), palette=one)) for one in (LIGHT, DARK))
    assert not inks(light) & inks(dark)


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_text_and_nothing_else(text: str) -> None:
    picture = hostile(text).draw()
    root = ElementTree.fromstring(picture.svg)
    assert {element.tag.partition("}")[2] for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "polygon",
        "path",
        "text",
    }
    plain = {name for element in ElementTree.fromstring(hostile("Plain").draw().svg).iter() for name in element.attrib}
    assert {name for element in root.iter() for name in element.attrib} <= plain
    assert root.get("aria-label") == visible(text)


def test_every_process_draws_the_same_bytes() -> None:
    command = "import archcalc, sys; sys.stdout.write(archcalc.load('unet:paper').draw(aspect='16:9').svg)"
    found = {
        subprocess.run(
            [sys.executable, "-c", command],
            capture_output=True,
            check=True,
            cwd=File(__file__).resolve().parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert found.pop().decode("utf-8") == archcalc.load("unet:paper").draw(aspect="16:9").svg


def test_large_pictures_take_no_long_time() -> None:
    text = "input: [8]\nlayers:\n  - for: {i: 1..300}\n    do:\n      - {as: g$i, do: [{linear: i}, {linear: 9999}]}\n"
    what = diagram(archcalc.load(text).check(), 2)
    start = time.process_time()
    scene(what)
    assert time.process_time() - start < 5


def test_what_is_no_aspect_is_refused() -> None:
    for wrong in ("16", "16:0", "16:9:1", "-16:9", "1:100"):
        with pytest.raises(ValueError, match=r"an aspect is width:height, such as 16:9.*is not"):
            archcalc.load("lenet:1998").draw(aspect=wrong)
