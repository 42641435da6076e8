"""Writes a scene as a PDF file of one page as large as the picture, with a subset of its font embedded.

Source: ISO 32000-1:2008 (PDF 1.7). The same scene gives the same bytes: the file holds no date and no identifier.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcalc.scene.embedding import Subset, subset
from archcalc.scene.primitives import SHARES, Path, Point, Polygon, Scene, Text, corners
from archcalc.scene.svg import DASHES, number
from archcalc.terminal import visible

SCALE = 0.75
"""Points of a page for a unit of the picture, as for a pixel of CSS: a page is as large as the SVG of the scene."""
_QUARTER = 2 / 3
"""Where the control points of a cubic curve are that is the same as a quadratic one."""


class _Font(NamedTuple):
    key: str
    subset: Subset


def pdf(scene: Scene) -> bytes:
    """The picture as a file. Raises: CannotWrite without fonttools, or for characters that the font has not."""
    used: dict[bool, list[str]] = {}
    for item in scene.items:
        if isinstance(item, Text):
            used.setdefault(item.bold, []).append(visible(item.text))
    fonts = {bold: _Font(f"F{bold + 1}", subset(texts, bold)) for bold, texts in sorted(used.items())}
    opacities = sorted({item.opacity for item in scene.items if isinstance(item, Polygon)} | {1.0})
    content = "\n".join(_Page(scene, fonts, opacities).operators()).encode("ascii")
    file = _File()
    catalog, pages, page, info = (file.reserve() for _ in range(4))
    file.define(catalog, f"<</Type/Catalog/Pages {pages} 0 R/ViewerPreferences<</DisplayDocTitle true>>>>")
    file.define(pages, f"<</Type/Pages/Kids[{page} 0 R]/Count 1>>")
    file.define(info, f"<</Title {_text_string(scene.title)}/Subject {_text_string(scene.description)}>>")
    named = "".join([f"/{font.key} {_font(file, font.subset)} 0 R" for font in fonts.values()])
    states = "".join([f"/G{index}<</ca {number(value, 2)}>>" for index, value in enumerate(opacities)])
    box = f"[0 0 {number(scene.bounds.width * SCALE, 2)} {number(scene.bounds.height * SCALE, 2)}]"
    file.define(
        page,
        f"<</Type/Page/Parent {pages} 0 R/MediaBox{box}/Contents {file.stream(content)} 0 R"
        f"/Resources<</Font<<{named}>>/ExtGState<<{states}>>>>>>",
    )
    return file.bytes(catalog, info)


class _Page:
    """The operators that paint a page: in units of the picture, with y downwards."""

    def __init__(self, scene: Scene, fonts: dict[bool, _Font], opacities: Sequence[float]) -> None:
        self._scene = scene
        self._fonts = fonts
        self._opacities = opacities

    def operators(self) -> Iterator[str]:
        left, top, right, bottom = self._scene.bounds
        x, y = number(-left * SCALE, 3), number(bottom * SCALE, 3)
        yield f"{SCALE} 0 0 {-SCALE} {x} {y} cm 1 j"
        yield f"{_color(self._scene.background)} rg {number(left)} {number(top)} {number(right - left)} "
        yield f"{number(bottom - top)} re f"
        for item in self._scene.painted():
            if isinstance(item, Text):
                yield self._text(item)
            elif isinstance(item, Polygon):
                yield self._polygon(item)
            else:
                yield f"{_line(item)} {_way(item.points, item.radius)} S"

    def _polygon(self, item: Polygon) -> str:
        fill = f"/G{self._opacities.index(item.opacity)} gs {_color(item.fill)} rg"
        ring = _ring(item.points, item.radius)
        return f"{fill} {ring} f" if item.stroke is None else f"{fill} {_line(item)} {ring} b"

    def _text(self, item: Text) -> str:
        font = self._fonts[item.bold]
        text = visible(item.text)
        glyphs = [font.subset.glyphs[character] for character in text]
        advance = sum([font.subset.advances[glyph] for glyph in glyphs]) * item.size / 1000
        x = item.place.x - advance * SHARES[item.anchor]
        codes = "".join([f"{glyph:04x}" for glyph in glyphs])
        return (
            f"/G{self._opacities.index(1.0)} gs BT {_color(item.color)} rg /{font.key} {number(item.size)} Tf "
            f"1 0 0 -1 {number(x, 2)} {number(item.place.y, 2)} Tm <{codes}> Tj ET"
        )


def _line(item: Polygon | Path) -> str:
    assert item.stroke is not None
    dashes = f"[{DASHES}]" if item.dashed else "[]"
    return f"{_color(item.stroke)} RG {number(item.thickness)} w {dashes} 0 d"


def _way(points: Sequence[Point], radius: float) -> str:
    bends = "".join([_bend(start, tip, end) for start, tip, end in corners(points, radius)])
    return f"{_at(points[0])} m {bends}{_at(points[-1])} l"


def _ring(points: Sequence[Point], radius: float) -> str:
    if not radius:
        return f"{_at(points[0])} m " + " ".join([f"{_at(point)} l" for point in points[1:]]) + " h"
    found = [*corners([*points, points[0], points[1]], radius)]
    return f"{_at(found[-1].end)} m " + "".join([_bend(start, tip, end) for start, tip, end in found]) + "h"


def _bend(start: Point, tip: Point, end: Point) -> str:
    if start == end:
        return f"{_at(start)} l "
    controls = [
        Point(edge.x + (tip.x - edge.x) * _QUARTER, edge.y + (tip.y - edge.y) * _QUARTER) for edge in (start, end)
    ]
    return f"{_at(start)} l {_at(controls[0])} {_at(controls[1])} {_at(end)} c "


def _at(point: Point) -> str:
    return f"{number(point.x, 2)} {number(point.y, 2)}"


def _color(text: str) -> str:
    return " ".join([number(int(text[place : place + 2], 16) / 255, 3) for place in (1, 3, 5)])


def _text_string(text: str) -> str:
    """Text of any language as a string of PDF."""
    return f"<feff{visible(text).encode('utf-16-be').hex()}>"


def _font(file: _File, font: Subset) -> int:
    """Write an embedded font whose codes are its glyphs; returns the number of its object."""
    tag = "".join([chr(ord("A") + byte % 26) for byte in hashlib.sha256(font.data).digest()[:6]])
    name = f"/{tag}+{font.name}"
    program = file.stream(font.data, f"/Length1 {len(font.data)}")
    box = " ".join(map(str, font.box))
    descriptor = file.add(
        f"<</Type/FontDescriptor/FontName{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {font.ascent}"
        f"/Descent {font.descent}/CapHeight 729/StemV 80/FontFile2 {program} 0 R>>"
    )
    widths = " ".join(map(str, font.advances))
    inner = file.add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/CIDToGIDMap/Identity/W[0[{widths}]]>>"
    )
    meaning = file.stream(_to_unicode(font).encode("ascii"))
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont{name}/Encoding/Identity-H/DescendantFonts[{inner} 0 R]"
        f"/ToUnicode {meaning} 0 R>>"
    )


_MOST_ENTRIES = 100
"""Of one block of a character map."""


def _to_unicode(font: Subset) -> str:
    """The map that lets a reader search for texts and copy them."""
    entries = [f"<{glyph:04x}> <{character.encode('utf-16-be').hex()}>" for character, glyph in font.glyphs.items()]
    blocks = [entries[start : start + _MOST_ENTRIES] for start in range(0, len(entries), _MOST_ENTRIES)]
    mapped = "\n".join([f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks])
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{mapped}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )


class _File:
    """Numbered objects, and the table that says where each begins."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def reserve(self) -> int:
        self._objects.append(b"")
        return len(self._objects)

    def define(self, number: int, text: str) -> None:
        self._objects[number - 1] = text.encode("ascii")

    def add(self, text: str) -> int:
        number = self.reserve()
        self.define(number, text)
        return number

    def stream(self, data: bytes, entries: str = "") -> int:
        packed = zlib.compress(data, 9)
        head = f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>stream\n".encode("ascii")
        self._objects.append(head + packed + b"\nendstream")
        return len(self._objects)

    def bytes(self, root: int, info: int) -> bytes:
        # The second line tells programs that the file is no text.
        parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
        starts: list[int] = []
        length = len(parts[0])
        for index, content in enumerate(self._objects, start=1):
            starts.append(length)
            parts.append(f"{index} 0 obj\n".encode("ascii") + content + b"\nendobj\n")
            length += len(parts[-1])
        entries = "".join([f"{start:010d} 00000 n \n" for start in starts])
        count = len(self._objects) + 1
        parts.append(
            f"xref\n0 {count}\n0000000000 65535 f \n{entries}trailer<</Size {count}/Root {root} 0 R/Info {info} 0 R>>\n"
            f"startxref\n{length}\n%%EOF\n".encode("ascii")
        )
        return b"".join(parts)
