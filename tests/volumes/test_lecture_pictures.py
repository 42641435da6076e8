"""Lecture pictures of the whole catalogue and of random networks: nothing overlaps, nothing is left out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from random import Random
from xml.etree import ElementTree

import pytest
from catalogue import networks, report
from effort import parts, share
from strategies import random_spec
from volumes.geometry import faults

import archcalc
from archcalc import Report
from archcalc.scene.primitives import Path, Polygon, Text
from archcalc.scene.svg import fluid
from archcalc.volumes.picture import TooManyVolumes, VolumePicture, Wishes, picture

WIDE = "16:9"
LIMITS = {None: 4.0, WIDE: 2.0}
"""The widest picture for what was asked for."""
ALLOWED = {"svg", "title", "desc", "rect", "polygon", "path", "text"}


def drawn(text: str, **wishes: object) -> VolumePicture:
    return picture(archcalc.load(text).check(), Wishes(**wishes))  # type: ignore[arg-type]


def complete(found: VolumePicture) -> list[str]:
    """Edges that are not in the picture."""
    volumes, how = found.network.volumes, found.connections
    edges = [(reading.source.name, volume.name) for volume in volumes for reading in volume.reads]
    missing = [f"{edge} is not drawn" for edge in edges if edge not in how]
    paths = [item for item in found.scene.items if isinstance(item, Path) and item.joins]
    lines = {item.joins for item in paths}
    named = {(source.name, volume.name) for volume in volumes for source in volume.named}
    if not named == found.references <= {item.joins for item in paths if item.dashed}:
        missing.append(f"of the maps that fields name {named - found.references} are not drawn")
    told = {volume.name: volume for volume in volumes}
    for (source, target), way in how.items():
        if way == "touch" or (source, target) in lines:
            continue
        # A convolution beside a long way, or the made half of a concatenation, stands at the line past it.
        one, other = told[source], told[target]
        around = {(before.source.name, target) for before in one.reads} | {
            (source, after.name) for after in other.readers
        }
        if not around & lines:
            missing.append(f"{(source, target)} is said to be drawn as {way}")
    return missing


@pytest.mark.parametrize("aspect", [None, WIDE], ids=["", "16:9"])
@pytest.mark.parametrize("name", share(networks(), turn=5))
def test_the_catalogue(name: str, aspect: float | None) -> None:
    found = picture(report(name), Wishes(aspect=aspect))
    assert [*faults(found.scene), *complete(found)] == []
    bounds = found.scene.bounds
    assert bounds.width <= LIMITS[aspect] * bounds.height
    assert len(found.svg.encode()) < 60_000
    root = ElementTree.fromstring(found.svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= ALLOWED
    assert min(item.size for item in found.scene.items if isinstance(item, Text)) >= 8


@pytest.mark.parametrize("seeds", parts(500, 25), ids=lambda seeds: f"{seeds.start}-{seeds.stop}")
def test_random_networks(seeds: range) -> None:
    for seed in seeds:
        spec = random_spec(Random(seed))
        found = archcalc.load(spec, variant=next(iter(spec.get("variants") or [None]))).check()
        for aspect in (None, WIDE):
            made = picture(found, Wishes(aspect=aspect))
            assert [*faults(made.scene), *complete(made)] == [], f"seed {seed}"


def test_every_map_has_its_shape_and_what_makes_it() -> None:
    texts = [item.text for item in picture(report("vgg:D")).scene.items if isinstance(item, Text)]
    for wanted in ("3×224×224", "64×224×224", "2 × conv 3×3", "512×28×28", "3 × conv 3×3", "512×7×7", "4096", "1000"):
        assert wanted in texts
    assert "39 layers · 138,357,544 parameters · 15,470,264,320 multiplications" in texts
    assert any("edge of a map ~ size^" in text and "thickness ~ channels^" in text for text in texts)
    assert any("dark edge: relu" in text for text in texts)


def test_lenet_is_drawn_as_sheets() -> None:
    found = picture(report("lenet:lecture"))
    sheets = [item for item in found.scene.items if isinstance(item, Polygon) and item.thickness == 0.6]
    assert len(sheets) == 1 + 6 + 6 + 16 + 16  # One for each channel of input, c1, s2, c3, s4.
    # All edges of these maps are to one scale.
    sides = {item.bounds().width for item in sheets}
    assert {round(side / min(sides), 3) for side in sides} == {1.0, 2.0, 2.8, 5.6, 6.4}


def test_two_groups_are_two_towers() -> None:
    found = picture(report("alexnet:two-groups"))
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert "2 × 48×55×55" in texts and "conv 5×5, 2 groups" in texts
    sides = [item.tooltip.split("\n")[0] for item in found.scene.items if isinstance(item, Polygon) and item.tooltip]
    count = {name: sides.count(name) for name in dict.fromkeys(sides)}
    towers = [name for name, times in count.items() if times == 2 * count["input"]]
    names = [volume.name for volume in found.network.volumes if volume.family in ("conv", "pool")]
    assert sorted(towers) == sorted(names)
    lines = [item.joins for item in found.scene.items if isinstance(item, Path) and item.joins]
    by_edge = {edge: lines.count(edge) for edge in lines}
    convs = [volume for volume in found.network.volumes if volume.family == "conv"]
    third = next(volume for volume in convs[1:] if volume.groups == 1)
    # It reads both towers, the one in front reads its own; the first linear layer is joined to both.
    assert by_edge[third.reads[0].source.name, third.name] == 4
    assert by_edge[convs[1].reads[0].source.name, convs[1].name] == 2
    linear = next(volume for volume in found.network.volumes if volume.family == "linear")
    assert by_edge[linear.reads[0].source.name, linear.name] == 2
    assert not any(volume.towers > 1 for volume in picture(report("alexnet:lecture")).network.volumes)


def test_u_net_is_a_u() -> None:
    found = picture(report("unet:paper"))
    place = {}
    for item in found.scene.items:
        if isinstance(item, Polygon) and item.tooltip:
            place.setdefault(item.tooltip.split("\n")[0], item.bounds())
    levels = {volume.name: volume.level for volume in found.network.volumes}
    heights = {
        level: {round((box.top + box.bottom) / 2) for name, box in place.items() if levels[name] == level}
        for level in range(5)
    }
    # A level stands wholly over the next one, and the path to the right never turns back.
    assert all(max(heights[level]) < min(heights[level + 1]) for level in range(4))
    lefts = [place[volume.name].left for volume in found.network.volumes if volume.name in place]
    assert lefts == sorted(lefts)
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert [f"copy and crop {size}×{size}" in texts for size in (392, 200, 104, 56)] == [True] * 4
    assert {"conv 3×3, relu", "max pool 2×2", "up-conv", "conv 1×1", "copy and crop"} <= set(texts)
    padded = [item.text for item in picture(report("unet:padded")).scene.items if isinstance(item, Text)]
    assert "copy" in padded and not any("crop" in text for text in padded)


def test_branches_have_the_colours_of_the_concatenation() -> None:
    found = picture(report("inception_module:reduced"))
    concat = next(volume for volume in found.network.volumes if volume.kind == "concat")
    fronts = [
        item for item in found.scene.items if isinstance(item, Polygon) and item.tooltip.startswith(f"{concat.name}\n")
    ]
    stripes = [item for item in fronts if item.points[0].y == item.points[1].y][: len(concat.reads)]
    thick = [item.bounds().width for item in stripes]
    channels = [reading.channels for reading in concat.reads]
    assert [side / sum(thick) for side in thick] == pytest.approx([one / sum(channels) for one in channels])
    for stripe, reading in zip(stripes, concat.reads, strict=True):
        own = [
            item.fill
            for item in found.scene.items
            if isinstance(item, Polygon) and item.tooltip.startswith(f"{reading.source.name}\n")
        ]
        assert stripe.fill in own
    assert len({stripe.fill for stripe in stripes}) == len(stripes)


def test_a_residual_network_has_its_arcs() -> None:
    found = picture(report("resnet:resnet18"))
    assert sorted(found.connections.values()).count("arc") == 5 + 2 * 3  # Five skips, three projections.
    arcs = [item for item in found.scene.items if isinstance(item, Path) and item.joins and item.dashed]
    assert len(arcs) == 3
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert texts.count("conv 1×1, /2") == 3 and "128×28×28" in texts


def test_repeats_are_drawn_once() -> None:
    found = picture(report("resnet:resnet152"))
    assert len(found.network.volumes) < 20
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert "× 35" in texts and "× 7" in texts
    # Units that are one box each say that they have a skip.
    assert {volume.skip for volume in found.network.volumes if volume.is_scope} == {"identity", "projection"}


def test_fields_that_name_maps_are_dashed_lines() -> None:
    found = picture(report("segnet"))
    unpools = [volume for volume in found.network.volumes if volume.kind == "unpool"]
    assert len(unpools) == 5
    for volume in unpools:
        assert (volume.named[0].name, volume.name) in found.references
    assert complete(found) == []


def test_a_layer_or_a_block_by_itself() -> None:
    whole = report("resnet:resnet18")
    block = picture(whole, Wishes("layer2.0"))
    assert [volume.kind for volume in block.network.volumes] == ["input", "conv", "conv", "conv", "add"]
    assert block.scene.title == "ResNet, resnet18: layer2.0"
    with pytest.raises(LookupError, match="did you mean layer2"):
        picture(whole, Wishes("layr2"))


def test_title_and_caption_can_be_chosen() -> None:
    found = drawn("input: [3, 8, 8]\nlayers: [conv: [4, 3]]", title="My net", caption="Figure 1")
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert "My net" in texts and "Figure 1" in texts and not any("parameters" in text for text in texts)


def test_on_a_dark_background() -> None:
    light, dark = (picture(report("unet:paper"), Wishes(dark=dark)) for dark in (False, True))
    assert [type(item) for item in light.scene.items] == [type(item) for item in dark.scene.items]
    assert light.scene.background == "#ffffff" and dark.scene.background < "#303030"
    # Every text can be read on its background (WCAG 2.1, 1.4.3: 4.5 to 1).
    for scene in (light.scene, dark.scene):
        for item in scene.items:
            if isinstance(item, Text):
                assert contrast(item.color, scene.background) >= 4.5


def contrast(one: str, other: str) -> float:
    values = sorted(luminance(color) + 0.05 for color in (one, other))
    return values[1] / values[0]


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_an_error_is_shown_where_it_is() -> None:
    found = drawn(
        "input: [3, 32, 32]\nlayers:\n  - conv: [16, 3, 1, 1]\n  - {conv: {out: 32, kernel: 3, stride: 2}, as: down}\n"
        "  - max_pool: 2\n  - flatten\n  - linear: 10\n"
    )
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert "AC301" in texts and "32×?×?" in texts
    (fault,) = {item.tooltip for item in found.scene.items if isinstance(item, Polygon) and "AC301" in item.tooltip}
    assert fault.startswith("down\n")
    assert list(faults(found.scene)) == []


HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\\\"'&<b>]]>{{7*7}}"


def test_names_are_text_and_nothing_else() -> None:
    found = drawn(f'name: "{HOSTILE}"\ninput: [3, 8, 8]\nlayers: [conv: [4, 3]]')
    assert "<script" not in found.svg and "<img" not in found.svg
    root = ElementTree.fromstring(found.svg)
    assert root[0].text is not None and root[0].text.startswith("</title><script>")
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= ALLOWED


def test_free_symbols_stand_in_the_captions() -> None:
    found = drawn("input: [3, H, W]\nlayers: [conv: [8, 3], max_pool: 2]")
    texts = [item.text for item in found.scene.items if isinstance(item, Text)]
    assert "8×(H - 2)×(W - 2)" in texts
    assert [*faults(found.scene), *complete(found)] == []


def test_too_many_volumes_are_refused_with_a_way_out() -> None:
    deep = archcalc.load({"input": [1, 9, 9], "layers": [{"conv": [1 + n % 2, 3, 1, 1]} for n in range(500)]}).check()
    with pytest.raises(TooManyVolumes, match="would have 501 volumes, and 400 are the most; name a LAYER to draw"):
        picture(deep)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (Wishes(depth=0), "the depth is a number of 1 or more, not 0"),
        (Wishes(aspect="0:1"), "an aspect is width:height, such as 16:9"),
        (Wishes(width=3), "the width is a number of pixels from 16 to 20,000, not 3"),
    ],
)
def test_wishes_that_nothing_can_have(wishes: Wishes, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        picture(report("lenet:lecture"), wishes)


def test_from_python() -> None:
    whole: Report = report("lenet:lecture")
    found = whole.draw(style="volumes", aspect="1:1", width=500)
    assert 'width="500"' in found.svg and found._repr_mimebundle_()["image/svg+xml"] == fluid(found.svg)
    with pytest.raises(TypeError, match="a picture as volumes has no 'direction'"):
        whole.draw(style="volumes", direction="right")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="there is no style 'cubes'"):
        whole.draw(style="cubes")  # type: ignore[call-overload]


def test_every_process_draws_the_same() -> None:
    program = (
        "import archcalc, hashlib\n"
        "svg = archcalc.load('faster_rcnn').check().draw(style='volumes').svg\n"
        "print(hashlib.sha256(svg.encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_pdf_says_what_svg_says() -> None:
    pytest.importorskip("fontTools")
    found = picture(report("resnet:resnet18"))
    assert found.render("pdf").startswith(b"%PDF-1.7") and len(found.render("pdf")) < 60_000
