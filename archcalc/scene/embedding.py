"""Subsets of the font that ships with archcalc, for files that carry their own letters (extra `draw`)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from io import BytesIO
from typing import Any, NamedTuple

from archcalc.scene.failure import CannotWrite
from archcalc.scene.metrics import FAMILY, FONTS, missing


class Subset(NamedTuple):
    """The part of a font that some texts need."""

    name: str
    data: bytes
    """A TrueType file with these glyphs alone."""
    glyphs: dict[str, int]
    """Where each character is in it."""
    advances: list[int]
    """The width of each glyph, in thousandths of an em."""
    box: tuple[int, int, int, int]
    ascent: int
    descent: int


def subset(texts: Iterable[str], bold: bool) -> Subset:
    """The font with the characters of these texts. Raises: CannotWrite without fonttools, or for others than it has."""
    fonttools, subsetting = _fonttools()
    characters = sorted({character for text in texts for character in text})
    lacking = missing("".join(characters))
    if lacking:
        raise CannotWrite(
            f"{FAMILY}, which is embedded, has no {lacking[0]} (U+{ord(lacking[0]):04X}): write SVG, "
            "which the font of the reader shows, or give another title"
        )
    options = subsetting.Options(
        hinting=False, layout_features=[], name_IDs=[], notdef_outline=True, glyph_names=False, recalc_timestamp=False
    )
    font = fonttools.TTFont(FONTS[bold], recalcTimestamp=False)
    subsetter = subsetting.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    file = BytesIO()
    font.save(file)
    scale = 1000 / font["head"].unitsPerEm
    cmap = font.getBestCmap()
    head, line = font["head"], font["hhea"]
    return Subset(
        name=FAMILY.replace(" ", "") + ("-Bold" if bold else ""),
        data=file.getvalue(),
        glyphs={character: font.getGlyphID(cmap[ord(character)]) for character in characters},
        advances=[round(font["hmtx"][glyph][0] * scale) for glyph in font.getGlyphOrder()],
        box=(round(head.xMin * scale), round(head.yMin * scale), round(head.xMax * scale), round(head.yMax * scale)),
        ascent=round(line.ascent * scale),
        descent=round(line.descent * scale),
    )


def _fonttools() -> tuple[Any, Any]:
    try:
        return import_module("fontTools.ttLib"), import_module("fontTools.subset")
    except ImportError:
        raise CannotWrite(
            "PDF embeds its font, which needs fonttools: python -m pip install 'archcalc[draw]'; SVG needs nothing"
        ) from None
