"""The shape of a page that a picture shall fill."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.scene.primitives import Box
from archcalc.terminal import visible


class Aspect(NamedTuple):
    """The shape of a page: width to height."""

    width: int
    height: int

    @classmethod
    def of(cls, text: str) -> Aspect:
        """The shape that a text such as `16:9` says. Raises: ValueError.

        >>> Aspect.of("16:9")
        Aspect(width=16, height=9)
        """
        found = re.fullmatch(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})", text)
        if found is None or not 0.1 <= int(found[1]) / int(found[2]) <= 10:
            raise ValueError(
                f"an aspect is width:height, such as 16:9, and neither is more than ten times the other; "
                f"{visible(text)} is not"
            )
        return cls(int(found[1]), int(found[2]))

    @property
    def ratio(self) -> float:
        """How many times as wide as high."""
        return self.width / self.height

    def filled(self, bounds: Box) -> Box:
        """The bounds grown on two sides, until they have this shape."""
        width, height = bounds.width, bounds.height
        more = max(width, height * self.width / self.height), max(height, width * self.height / self.width)
        across, down = (more[0] - width) / 2, (more[1] - height) / 2
        return Box(bounds.left - across, bounds.top - down, bounds.right + across, bounds.bottom + down)
