"""How wide texts are: measured in DejaVu Sans, the widest of the fonts that a picture is likely to be shown in.

What does not overlap in it does not overlap in Helvetica, Arial or Liberation Sans, whose letters are up to a fifth
narrower. It is also the font that archcalc embeds in PDF and uses for PNG.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archcalc.scene.widths import BOLD, REGULAR, UNITS

FAMILY = "DejaVu Sans"
FONTS = {False: Path(__file__).with_name("fonts") / "DejaVuSans.ttf"}
FONTS[True] = FONTS[False].with_name("DejaVuSans-Bold.ttf")
"""The files of the font, by whether it is bold."""

ASCENT = 0.76
"""How far letters reach above the base line, in em; accents on capitals reach further."""
DESCENT = 0.24
UNKNOWN = 1.0
"""The width of a character that the font lacks, in em: as wide as an ideograph."""


@cache
def _widths(bold: bool) -> dict[str, float]:
    table = BOLD if bold else REGULAR
    return {character: units / UNITS for units, characters in table.items() for character in characters}


def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line of text.

    >>> round(width("512×14×14", 10, bold=True), 1)
    65.5
    """
    widths = _widths(bold)
    return size * sum([widths.get(character, UNKNOWN) for character in text])


def missing(text: str) -> str:
    """The characters that the font has not, each once.

    >>> missing("LeNet 卷积")
    '卷积'
    """
    return "".join(dict.fromkeys(character for character in text if character not in _widths(False)))


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of its start as the room holds, with an ellipsis."""
    if width(text, size, bold) <= room:
        return text
    while text and width(text + "…", size, bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"
