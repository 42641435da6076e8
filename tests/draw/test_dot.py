"""The text for Graphviz: as written down for a few networks, and safe whatever a spec calls itself."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from networks import BROKEN, SKIPS, depths, one_of_each, report

import archcalc
from archcalc.draw.dot import dot
from archcalc.draw.palette import DARK, LIGHT, Palette
from archcalc.terminal import visible

GOLDEN = Path(__file__).parent / "golden"
NETWORKS: dict[str, Callable[[], archcalc.Report]] = {
    "lenet1998": lambda: archcalc.load("lenet:1998").check(),  # A plain column.
    "resnet152": lambda: archcalc.load("resnet:resnet152").check(),  # Stages as frames, units folded.
    "unet": lambda: archcalc.load("unet:paper").check(),  # Skips.
    "unet_symbolic": lambda: archcalc.load("unet:paper").check(symbolic=True),  # Closed forms.
    "skips": lambda: archcalc.load(SKIPS).check(),  # A repeat with its inside, read from outside.
    "broken": lambda: archcalc.load(BROKEN).check(),  # Errors.
}
HOSTILE = [
    'quo"te',
    "back\\slash \\N \\G \\E \\T \\",
    "<b>bold</b>",
    "</title><script>alert(1)</script>",
    "&lt;b&gt; &#60; &amp; &",
    "]]> --> <!-- <?x?> <![CDATA[",
    "%s %3 ${x} {a|b} :port:n",
    'x", URL="javascript:alert(1)", image="/etc/passwd',
    '"]; subgraph cluster_x { evil } [label="',
    "two\nlines\r\n\ttab",
    "\u202eright to left\u2066 \u200d \x07 \x1b[2J \x7f \x85",
    "\ud800 \udfff",
    "日本語 ü 🦀",
    "x" * 5000,
    "#include",
    " ",
]
needs_graphviz = pytest.mark.skipif(
    shutil.which("dot") is None and importlib.util.find_spec("pygraphviz") is None, reason="Graphviz is missing"
)
needs_program = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is missing")


@pytest.mark.parametrize("name", NETWORKS)
def test_text_is_as_written_down(name: str, request: pytest.FixtureRequest) -> None:
    text = NETWORKS[name]().draw().dot
    golden = GOLDEN / f"{name}.dot"
    if request.config.getoption("--update", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.dot")} == set(NETWORKS)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_family_has_a_colour_of_its_own(palette: Palette) -> None:
    assert len(set(palette.families.values())) == len(palette.families)
    assert palette.families.keys() == LIGHT.families.keys()
    assert palette.marks.keys() == LIGHT.marks.keys()


def luminance(color: str) -> float:
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_legible_on_every_colour(palette: Palette) -> None:
    fills = [color.fill for color in (*palette.families.values(), *palette.marks.values(), *palette.open)]
    fills += [palette.other.fill, palette.ends.fill, palette.closed.fill, palette.fault.fill, palette.same.fill]
    # The contrasts of WCAG 2 for small text, and for lines.
    assert min(contrast(fill, palette.small_text) for fill in [*fills, palette.background]) >= 4.5
    assert contrast(palette.line, palette.background) >= 4.5
    assert min(contrast(palette.line, color.fill) for color in palette.open) >= 4.5


@needs_program
@pytest.mark.parametrize("name", one_of_each())
def test_every_network_is_dot_at_every_depth(name: str) -> None:
    texts = [report(name).draw(depth=depth).dot for depth in depths(name)]
    done = subprocess.run(["dot", "-Tcanon"], input="".join(texts).encode(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"digraph network") == len(texts)


def test_errors_are_marked() -> None:
    picture = archcalc.load(BROKEN).draw()
    bad = next(box for box in picture.diagram.boxes if box.name == "bad")
    assert [fault.partition(":")[0] for fault in bad.faults] == ["AC301"]
    assert [str(edge.shape) for edge in picture.diagram.edges if edge.source == "bad"] == ["1×?×?"]
    line = next(line for line in picture.dot.splitlines() if line.strip().startswith("bad ["))
    assert LIGHT.fault.border in line
    assert "AC301" in line
    assert 'bad -> add [label=" 1×?×? "' in picture.dot


def test_a_code_is_named_once() -> None:
    """Height and width fail for the same reason."""
    picture = archcalc.load("{input: [1, 8, 7], layers: [{conv: {out: 1, kernel: 3, stride: 3}, as: bad}]}").draw()
    line = next(line for line in picture.dot.splitlines() if line.strip().startswith("bad ["))
    assert line.partition("tooltip=")[0].count("AC301") == 1


def test_a_file_that_is_no_network_is_an_empty_picture() -> None:
    assert archcalc.load("layers: 3\n").draw().diagram.boxes == ()


def hostile(text: str) -> archcalc.Report:
    """A network that is called so: the names of its steps are words, its own name may be anything."""
    found = archcalc.load("input: [1, 8, 8]\nlayers: [conv: [4, 3]]\n").check()
    assert found.program.document is not None
    found.program.document.name = text
    return found


@cache
def plain() -> tuple[str, ElementTree.Element]:
    """A network with a harmless name, as a graph and as a picture."""
    picture = hostile("Plain").draw()
    return picture.dot, ElementTree.fromstring(picture.render("svg", "graphviz"))


@needs_graphviz
@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_shown_and_not_obeyed(text: str) -> None:
    dot, other = plain()
    picture = hostile(text).draw()
    assert [re.sub("label=.*", "", line) for line in picture.dot.splitlines()] == [
        re.sub("label=.*", "", line) for line in dot.splitlines()
    ]
    root = ElementTree.fromstring(picture.render("svg", "graphviz"))
    tags = {element.tag for element in other.iter()}
    assert {element.tag for element in root.iter()} <= tags | {f"{root.tag.partition('}')[0]}}}text"}
    assert not any(tag.endswith(("}a", "}image", "}script")) for tag in tags)
    attributes = {name for element in root.iter() for name in element.attrib}
    assert attributes <= {name for element in other.iter() for name in element.attrib}
    shown = visible(text)
    assert root.get("aria-label") == shown
    title = root.find("{*}g/{*}title")
    assert title is not None and title.text == shown
    drawn = "".join(element.text or "" for element in root.findall("{*}g/{*}g/{*}text"))
    assert "".join(drawn.split()).startswith("".join(shown[:59].split()))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_markup_in_dot(text: str) -> None:
    picture = hostile(text).draw()
    for label in re.findall(r"label=<(.*?)> (?:\w+=|\])", picture.dot):
        inside = re.sub(r"</?(?:b|font|br)(?: [a-z-]+=\"[^\"<>]*\")*/?>", "", label)
        assert "<" not in inside and ">" not in inside
        assert re.sub(r"&(?:amp|lt|gt|quot);", "", inside).count("&") == 0


def test_directions() -> None:
    picture = archcalc.load("input: [8]\nlayers: [relu]").check().draw(direction="right")
    assert "rankdir=LR" in picture.dot
    assert "rankdir=TB" in dot(picture.diagram)
    with pytest.raises(ValueError, match="the direction is down or right, not 'up'"):
        archcalc.load("input: [8]\nlayers: [relu]").draw(direction="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the depth is a number of 1 or more, not 0"):
        archcalc.load("input: [8]\nlayers: [relu]").draw(depth=0)


def test_too_many_boxes_are_refused_with_a_way_out() -> None:
    grouped = (
        "input: [8]\nlayers:\n  - for: {i: 1..700}\n    do:\n      - {as: g$i, do: [{linear: i}, {linear: 9999}]}\n"
    )
    checked = archcalc.load(grouped).check()
    assert checked.draw().diagram.depth == 1
    with pytest.raises(ValueError, match=r"1,402 boxes, and 1,000 are the most; --depth 1 has 702"):
        checked.draw(depth=2)
    flat = "input: [8]\nlayers:\n  - for: {i: 1..3000}\n    do: [{linear: i}]\n"
    with pytest.raises(ValueError, match="3,002 boxes, and 1,000 are the most; no --depth has fewer"):
        archcalc.load(flat).draw()
    assert len(archcalc.load("input: [8]\nlayers:\n  - repeat: 9000\n    do: [relu]\n").draw().diagram.boxes) == 3
