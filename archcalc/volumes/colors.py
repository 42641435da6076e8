"""The colours of volumes: those of their families, in the tones of a solid that light falls on from above."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.draw.palette import DARK, LIGHT, Palette


class Tones(NamedTuple):
    """One colour on the faces of a solid, and at the dark edge that stands for an activation."""

    top: str
    front: str
    side: str
    edge: str


class Colors(NamedTuple):
    """The colours of one picture."""

    palette: Palette
    outline: str
    """Of solids."""
    skip: str
    """Lines over volumes."""
    window: str
    """Kernels, and the lines from them to what they make."""
    lanes: tuple[str, ...]
    """Branches, which the concatenation behind them shows again."""
    copied: str
    """The part of a map that comes from the other side of a U."""
    lit: str
    """What lighter tones are mixed with."""

    def middle(self, family: str, *, is_fault: bool = False) -> str:
        """The colour of a family of layers, or of what an error is about."""
        palette = self.palette
        if is_fault:
            return palette.fault.border
        if family in ("input", "unknown"):
            return mixed(palette.line, palette.background, 0.35)
        found = palette.closed if family == "scope" else palette.color(family)
        return mixed(found.fill, found.border, 0.55)

    def tones(self, color: str) -> Tones:
        """The tones of a colour."""
        return Tones(mixed(color, self.lit, 0.62), mixed(color, self.lit, 0.3), color, mixed(color, "#000000", 0.4))


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two others.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = [(int(one[place : place + 2], 16), int(other[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join([f"{round(a + (b - a) * share):02x}" for a, b in pairs])


ON_LIGHT = Colors(
    palette=LIGHT,
    outline="#24303f",
    skip="#a0568f",
    window="#9b2c2c",
    lanes=("#4f8fd0", "#4fae7b", "#e08a3c", "#b06cc0", "#c9a92c", "#6f86a0"),
    copied="#cdb0dd",
    lit="#ffffff",
)
ON_DARK = Colors(
    palette=DARK,
    outline="#0a0d11",
    skip="#e08fce",
    window="#ffb0a0",
    lanes=("#3f7fc0", "#3f9a6a", "#c87a34", "#9a5bb0", "#b0932a", "#64788f"),
    copied="#8d6ba3",
    lit="#c8d4e4",
)
