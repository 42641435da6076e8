"""Colours: calm tints that differ in lightness as well as in hue, so that they differ for every eye and in print."""

from __future__ import annotations

from typing import NamedTuple


class Color(NamedTuple):
    """The inside of a box and its border."""

    fill: str
    border: str


FAMILIES: dict[str, Color] = {
    "conv": Color("#cfe2f3", "#2b6cb0"),
    "linear": Color("#fce0b5", "#b7791f"),
    "attention": Color("#e4d7f0", "#7a4ea3"),
    "recurrent": Color("#dfe3fa", "#4f5bb5"),
    "norm": Color("#f7f3d0", "#a39328"),
    "activation": Color("#d3eedf", "#2f855a"),
    "pool": Color("#f9d5c8", "#b6502f"),
    "merge": Color("#ffffff", "#4a5568"),
    "reshape": Color("#e9ebee", "#8a94a3"),
    "regularization": Color("#f4f5f7", "#a0a8b4"),
    "resample": Color("#cdeff2", "#1b8a96"),
    "arithmetic": Color("#e6edcf", "#6a7b2f"),
    "embedding": Color("#dcecc4", "#5d7d1f"),
    "scale": Color("#ece2d3", "#8c6f42"),
    "parameter": Color("#f7d9e6", "#ab4a7c"),
    "opaque": Color("#fbfbfc", "#4a5568"),
}
"""All families of layers, each with its colour; the kind stands in the box, so that no colour carries meaning alone."""

STATED = ("opaque",)
"""Families of which nothing is computed: the border of their boxes is dashed."""

OTHER = Color("#ffffff", "#718096")
"""Layers without a family."""
ENDS = Color("#ffffff", "#2d3748")
"""Inputs and outputs of the network."""
CLOSED = Color("#e6e9f5", "#4c5a8f")
"""A scope that is drawn as one box."""
OPEN = (Color("#f7f8fb", "#c3c9d6"), Color("#eef0f6", "#b4bccc"))
"""A scope that is unfolded, by turns of depth."""
FAULT = Color("#ffe3e3", "#c81e1e")
"""What an error is about."""

MARKS = {
    "+": Color("#d5f0e3", "#00735c"),
    "-": Color("#fbe1d2", "#b04000"),
    "~": Color("#d9e8f8", "#0b5cab"),
    "=": Color("#f3eef9", "#6b4fa0"),
}
"""What is added, removed, changed and renamed: bluish green, vermilion and blue, which colour-blind eyes tell apart
(Okabe and Ito 2008). The sign stands in the box as well, and what is removed has a dashed border."""
SAME = Color("#f8f8f9", "#b6bcc6")
"""What is the same in two networks."""

BACKGROUND = "#ffffff"
TEXT = "#1a202c"
SMALL_TEXT = "#4a5568"
LINE = "#5a6577"
REFERENCE = "#9aa5b5"


def color(family: str) -> Color:
    """The colour of a family."""
    return FAMILIES.get(family, OTHER)
