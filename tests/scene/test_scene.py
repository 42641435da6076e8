"""Drawings in all formats: the same picture, from the same list, with every letter in the file."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from math import pi
from pathlib import Path as File
from xml.etree import ElementTree

import pytest

from archcalc.scene.failure import CannotWrite
from archcalc.scene.formats import FORMATS, write
from archcalc.scene.metrics import FONTS, missing, shortened, width
from archcalc.scene.primitives import Box, Canvas, Path, Point, Polygon, Scene, Text, corners, head

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<b>]]>{{7*7}}\x00\x1b[2J\u202e"
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "rect", "polygon", "path", "text"}
ATTRIBUTES = {
    *("viewBox", "width", "height", "role", "aria-label", "font-family", "x", "y", "points", "d", "fill", "stroke"),
    *("fill-opacity", "stroke-width", "stroke-dasharray", "stroke-linejoin", "font-size", "font-weight", "text-anchor"),
}


def square(x: float, y: float, size: float) -> tuple[Point, ...]:
    return Point(x, y), Point(x + size, y), Point(x + size, y + size), Point(x, y + size)


def scene(*texts: str) -> Scene:
    canvas = Canvas()
    canvas.add(Polygon(square(0, 0, 40), "#ff0000", tooltip=texts[0] if texts else ""), depth=1)
    canvas.add(Polygon(square(100, 0, 40), "#0000ff", "#00ff00", 4, opacity=0.5, radius=8, dashed=True))
    canvas.add(Path((Point(40, 20), Point(70, 20), Point(70, 30), Point(100, 30)), "#000000", 2, arrow=True, radius=5))
    for number, text in enumerate(texts):
        canvas.add(Text(Point(70, 60 + 14 * number), text, 10, "#101010", bold=number % 2 == 1))
    return canvas.scene(texts[0] if texts else "Two boxes", "a red box and a blue one", "#ffffff")


def elements(data: bytes) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(data).iter())


def test_svg_holds_what_every_viewer_knows_and_nothing_else() -> None:
    found = elements(write(scene("512×14×14", HOSTILE), "svg"))
    assert {element.tag for element in found} <= {SVG + name for name in ALLOWED}
    assert {name for element in found for name in element.attrib} <= ATTRIBUTES


def test_names_are_text_and_nothing_else() -> None:
    data = write(scene(HOSTILE), "svg")
    shown = HOSTILE.replace("\x00", r"\x00").replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")
    texts = [element.text for element in elements(data) if element.text]
    assert texts.count(shown) == 3  # The title, the tooltip and the text.
    assert b"<script" not in data and b"<img" not in data


def test_what_is_deeper_is_painted_later() -> None:
    fills = [element.get("fill") for element in elements(write(scene(), "svg")) if element.tag == f"{SVG}polygon"]
    assert fills == ["#000000", "#ff0000"]  # The head of the arrow; the blue square has round corners and is a path.


def test_the_head_of_an_arrow_ends_where_its_line_does() -> None:
    (tip, *back) = head(Path((Point(0, 0), Point(10, 0)), "#000000", 1)).points
    assert tip == (10, 0)
    assert {point.x for point in back} == {10 - 5.4} and back[0].y == -back[1].y


def test_corners_are_as_round_as_the_lines_beside_them_are_long_enough_for() -> None:
    (found,) = corners([Point(0, 0), Point(10, 0), Point(10, 4)], 7)
    assert found == ((8, 0), (10, 0), (10, 2))


def test_bounds_hold_every_letter() -> None:
    drawn = scene("a text that is wider than all the boxes together")
    box = drawn.items[-2].bounds() if isinstance(drawn.items[-2], Text) else drawn.items[-1].bounds()
    for item in drawn.items:
        assert drawn.bounds.left < item.bounds().left and item.bounds().right < drawn.bounds.right
    assert box.width <= drawn.bounds.width
    assert Box(0, 0, 1, 1).meets(Box(0.5, 0.5, 2, 2)) and not Box(0, 0, 1, 1).meets(Box(1, 0, 2, 1))


def test_widths_are_those_of_the_font() -> None:
    ttlib = pytest.importorskip("fontTools.ttLib")
    for bold, file in FONTS.items():
        font = ttlib.TTFont(file)
        cmap = font.getBestCmap()
        for text in ("LeNet", "512×14×14", "⌊N/2⌋ ≥ α²", "Ärger"):
            units = sum(font["hmtx"][cmap[ord(character)]][0] for character in text)
            assert width(text, 10, bold) == pytest.approx(10 * units / font["head"].unitsPerEm)


def test_shortened_texts_fit() -> None:
    assert shortened("conv", 100, 10) == "conv"
    short = shortened("a name that is much too long", 60, 10)
    assert short.endswith("…") and width(short, 10) <= 60 and width(short[:-1] + "xx…", 10) > 60
    assert missing("⌊N⌋ 卷 a 卷") == "卷"


def streams(data: bytes) -> list[bytes]:
    return [zlib.decompress(one) for one in re.findall(rb">>stream\n(.*?)\nendstream", data, re.DOTALL)]


def test_pdf_embeds_the_letters_that_it_shows() -> None:
    pytest.importorskip("fontTools")
    data = write(scene("512×14×14 ⌊N⌋", "ReLU"), "pdf")
    assert data.count(b"/FontFile2") == 2 and b"+DejaVuSans-Bold" in data
    assert max(len(one) for one in streams(data)) < 8_000  # A subset, not the 100 kB of the font.
    # Every object is where the table says.
    start = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    offsets = [int(line[:10]) for line in data[start:].split(b"\n")[3:] if line.endswith(b" n ")]
    for number, offset in enumerate(offsets, start=1):
        assert data[offset:].startswith(b"%d 0 obj" % number)


def test_pdf_refuses_letters_that_its_font_has_not() -> None:
    pytest.importorskip("fontTools")
    with pytest.raises(CannotWrite, match=r"has no 卷 \(U\+5377\): write SVG"):
        write(scene("卷积"), "pdf")


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
def test_pdf_says_what_svg_says(tmp_path: File) -> None:
    pytest.importorskip("fontTools")
    texts = ["512×14×14 ⌊N⌋", "conv 3×3, α ≥ 2", "a (b) \\ <c>"]
    file = tmp_path / "net.pdf"
    file.write_bytes(write(scene(*texts), "pdf"))
    said = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    assert [line.strip() for line in said.splitlines() if line.strip()] == texts


def pixels(data: bytes) -> tuple[int, int, bytes]:
    """The width, the height and the bytes of red, green, blue and opacity of a PNG without interlacing."""
    width, height = (int.from_bytes(data[place : place + 4]) for place in (16, 20))
    assert data[24:26] == bytes([8, 6])
    packed = b"".join(
        data[match.end() : match.end() + int.from_bytes(data[match.start() - 4 : match.start()])]
        for match in re.finditer(b"IDAT", data)
    )
    raw, rows, before = zlib.decompress(packed), bytearray(), bytearray(width * 4)
    for row in range(height):
        kind, line = raw[row * (width * 4 + 1)], bytearray(raw[row * (width * 4 + 1) + 1 : (row + 1) * (width * 4 + 1)])
        for index in range(width * 4):
            left, corner = (line[index - 4], before[index - 4]) if index >= 4 else (0, 0)
            above = before[index]
            guess = left + above - corner
            nearest = min((left, above, corner), key=lambda value, guess=guess: abs(guess - value))  # type: ignore[misc]
            line[index] = (line[index] + [0, left, above, (left + above) // 2, nearest][kind]) % 256
        rows += line
        before = line
    return width, height, bytes(rows)


def test_png_shows_the_same_picture() -> None:
    pytest.importorskip("resvg_py")
    drawn = scene("text")
    wide, high, colors = pixels(write(drawn, "png"))
    assert wide == pytest.approx(min(1920, 4 * drawn.bounds.width), abs=2)
    assert high / wide == pytest.approx(drawn.bounds.height / drawn.bounds.width, rel=0.02)
    red = sum(colors[place : place + 4] == b"\xff\x00\x00\xff" for place in range(0, len(colors), 4))
    half = {b"\x7f\x7f\xff\xff", b"\x80\x80\xff\xff"}
    blue = sum(colors[place : place + 4] in half for place in range(0, len(colors), 4))
    scale = (wide / drawn.bounds.width) ** 2
    assert red / scale == pytest.approx(40 * 40, rel=0.02)
    # Half of the border lies within; what the round corners lack is four squares less a circle.
    assert blue / scale == pytest.approx(36 * 36 - (4 - pi) * 6**2, rel=0.12)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_scene_gives_the_same_bytes(format: str) -> None:
    if format == "pdf":
        pytest.importorskip("fontTools")
    if format == "png":
        pytest.importorskip("resvg_py")
    assert write(scene("LeNet"), format) == write(scene("LeNet"), format)


@pytest.mark.parametrize(("format", "module", "what"), [("pdf", "fontTools.ttLib", "PDF"), ("png", "resvg_py", "PNG")])
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, format: str, module: str, what: str) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(CannotWrite, match=rf"{what} .*python -m pip install 'archcalc\[draw\]'"):
        write(scene("LeNet"), format)
