"""Colours: calm tints that differ in lightness as well as in hue, so that they differ for every eye and in print.

Every picture takes them from one of two palettes, which have the same entries: `LIGHT` for pages of paper, `DARK` for
dark slides and pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Color(NamedTuple):
    """The inside of a box and its border."""

    fill: str
    border: str


class Palette(NamedTuple):
    """The colours of one picture."""

    families: Mapping[str, Color]
    """All families of layers, each with its colour; the kind stands in the box, so that no colour carries meaning
    alone."""
    other: Color
    """Layers without a family."""
    ends: Color
    """Inputs and outputs of the network."""
    closed: Color
    """A scope that is drawn as one box."""
    open: tuple[Color, ...]
    """A scope that is unfolded, by turns of depth."""
    fault: Color
    """What an error is about."""
    marks: Mapping[str, Color]
    """What is added, removed, changed and renamed: bluish green, vermilion and blue, which colour-blind eyes tell apart
    (Okabe and Ito 2008). The sign stands in the box as well, and what is removed has a dashed border."""
    same: Color
    """What is the same in two networks."""
    background: str
    text: str
    small_text: str
    line: str
    reference: str

    def color(self, family: str) -> Color:
        """The colour of a family."""
        return self.families.get(family, self.other)


STATED = ("opaque",)
"""Families of which nothing is computed: the border of their boxes is dashed."""

LIGHT = Palette(
    families={
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
    },
    other=Color("#ffffff", "#718096"),
    ends=Color("#ffffff", "#2d3748"),
    closed=Color("#e6e9f5", "#4c5a8f"),
    open=(Color("#f7f8fb", "#c3c9d6"), Color("#eef0f6", "#b4bccc")),
    fault=Color("#ffe3e3", "#c81e1e"),
    marks={
        "+": Color("#d5f0e3", "#00735c"),
        "-": Color("#fbe1d2", "#b04000"),
        "~": Color("#d9e8f8", "#0b5cab"),
        "=": Color("#f3eef9", "#6b4fa0"),
    },
    same=Color("#f8f8f9", "#b6bcc6"),
    background="#ffffff",
    text="#1a202c",
    small_text="#4a5568",
    line="#5a6577",
    reference="#9aa5b5",
)
"""Dark text on light tints."""

DARK = Palette(
    families={
        "conv": Color("#1d3f63", "#63a4e8"),
        "linear": Color("#553a12", "#e0a545"),
        "attention": Color("#432c5c", "#b58be0"),
        "recurrent": Color("#2b3170", "#8f9cf2"),
        "norm": Color("#48421a", "#cbb94a"),
        "activation": Color("#1d4a34", "#58bd8a"),
        "pool": Color("#5c2b1c", "#e88a66"),
        "merge": Color("#20262f", "#b4bdca"),
        "reshape": Color("#343b46", "#97a2b1"),
        "regularization": Color("#2a303a", "#7e8998"),
        "resample": Color("#124a51", "#45bccb"),
        "arithmetic": Color("#3c4520", "#a9bd5c"),
        "embedding": Color("#34491a", "#93bd47"),
        "scale": Color("#473a26", "#c4a371"),
        "parameter": Color("#572740", "#e182b3"),
        "opaque": Color("#1a1f27", "#b4bdca"),
    },
    other=Color("#20262f", "#97a2b1"),
    ends=Color("#20262f", "#dce2ea"),
    closed=Color("#2a3152", "#97a6e0"),
    open=(Color("#191e26", "#465060"), Color("#222935", "#525d6f")),
    fault=Color("#5a1d20", "#ff8080"),
    marks={
        "+": Color("#0e4636", "#4fd0ab"),
        "-": Color("#5a2710", "#ff9d66"),
        "~": Color("#143b66", "#7fb8f5"),
        "=": Color("#3a2d57", "#bda3ec"),
    },
    same=Color("#1f242c", "#566172"),
    background="#12161c",
    text="#f1f4f8",
    small_text="#c9d1dc",
    line="#a3aebd",
    reference="#788598",
)
"""Light text on dark tints of the same hues."""
