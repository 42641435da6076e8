"""Writes a scene as PNG, with the library resvg (extra `draw`) and the font that ships with archcalc."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from archcalc.scene.failure import CannotWrite
from archcalc.scene.metrics import FAMILY, FONTS, missing
from archcalc.scene.primitives import Scene, Text
from archcalc.scene.svg import svg

WIDTH = 1920
"""Pixels of a picture: as wide as a slide."""
MOST = 4.0
"""Small pictures are enlarged no further than this."""


def png(scene: Scene, width: int | None = None) -> bytes:
    """The picture, so many pixels wide, or at most as wide as a slide; the same on every machine, if its font has all
    characters.

    Raises: CannotWrite without resvg.
    """
    try:
        resvg: Any = import_module("resvg_py")
    except ImportError:
        raise CannotWrite(
            "PNG needs resvg: python -m pip install 'archcalc[draw]'; SVG needs nothing, "
            "and rsvg-convert or a browser can turn it into PNG"
        ) from None
    texts = [item.text for item in scene.items if isinstance(item, Text)]
    return bytes(
        resvg.svg_to_bytes(
            svg_string=svg(scene),
            zoom=width / scene.bounds.width if width else min(MOST, WIDTH / scene.bounds.width),
            font_files=[str(file) for file in FONTS.values()],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            # Other fonts are asked only for what ours has not.
            skip_system_fonts=not missing("".join(texts)),
        )
    )
