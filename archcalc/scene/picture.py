"""A drawing that shows itself in a notebook, and that can be saved."""

from __future__ import annotations

from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from archcalc.scene.formats import FORMATS, write
from archcalc.scene.primitives import Scene
from archcalc.scene.svg import fluid, svg
from archcalc.terminal import visible


class ScenePicture:
    """A picture that consists of a scene: `svg` is its text, `save` writes it as SVG, PDF or PNG.

    `width` is how wide it is shown, in pixels; without it, as wide as it was drawn.
    """

    def __init__(self, scene: Scene, width: int | None = None) -> None:
        if width is not None and not 16 <= width <= MOST_PIXELS:
            raise ValueError(f"the width is a number of pixels from 16 to {MOST_PIXELS:,}, not {width!r}")
        self.scene = scene
        self.width = width

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return svg(self.scene, self.width)

    def render(self, format: str) -> bytes:
        """The picture as `svg`, `pdf` or `png`.

        Raises: ValueError for another format; CannotWrite where a library is missing, or a letter (a RuntimeError).
        """
        if format not in FORMATS:
            raise ValueError(f"there is no format {visible(format)}; a picture is written as {', '.join(FORMATS)}")
        return write(self.scene, format, self.width)

    def save(self, path: str | PathLike[str], format: str | None = None) -> None:
        """Write a file, replacing one of this name; its suffix says the format unless it is given.

        Raises: ValueError for a suffix or a format that there is not; OSError; CannotWrite.
        """
        data = self.render(format or Path(fspath(path)).suffix.lower().removeprefix("."))
        Path(path).write_bytes(data)

    def _repr_svg_(self) -> str:
        return fluid(self.svg)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """SVG, and a line of text."""
        return {"image/svg+xml": self._repr_svg_(), "text/plain": repr(self)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScenePicture):
            return NotImplemented
        return (self.scene, self.width) == (other.scene, other.width)

    def __hash__(self) -> int:
        return hash((self.scene.title, len(self.scene.items), self.width))

    def __repr__(self) -> str:
        return visible(f"<{type(self).__name__} {self.scene.title}>")


MOST_PIXELS = 20_000
"""Of a picture from side to side: more is more than programs show."""
