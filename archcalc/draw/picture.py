"""What `draw` returns: a picture that shows itself in a notebook, and that can be saved."""

from __future__ import annotations

from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from archcalc.diagnostics import closest
from archcalc.draw.dot import DIRECTIONS, Direction, dot
from archcalc.draw.model import Diagram
from archcalc.draw.rendering import FORMATS, NoRenderer, RenderingFailed, can_render, render
from archcalc.draw.svg import tidied
from archcalc.terminal import visible

SUFFIXES = {".dot": "dot", ".gv": "dot", **{f".{format}": format for format in FORMATS}}
"""Formats by the suffix of a file."""


class Picture:
    """A network as a graph of boxes: `dot` is its text for Graphviz, `diagram` what is drawn.

    In a notebook it shows itself: as SVG where Graphviz is installed, otherwise as DOT text.

    >>> import archcalc
    >>> picture = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], tanh]").check().draw()
    >>> [box.id for box in picture.diagram.boxes]
    ['input', '0', '1', 'output']
    """

    def __init__(self, diagram: Diagram, direction: Direction = "down") -> None:
        if direction not in DIRECTIONS:
            raise ValueError(f"the direction is {' or '.join(DIRECTIONS)}, not {direction!r}")
        self.diagram = diagram
        self.direction = direction

    @cached_property
    def dot(self) -> str:
        """The picture in the language of Graphviz."""
        return dot(self.diagram, self.direction)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG. Raises: NoRenderer, RenderingFailed (both are RuntimeErrors)."""
        return tidied(render(self.dot, "svg"), visible(self.diagram.title))

    def render(self, format: str) -> bytes:
        """The picture as `dot`, `svg`, `png` or `pdf`.

        Raises: ValueError for another format; NoRenderer, RenderingFailed.
        """
        if format == "dot":
            return self.dot.encode("utf-8")
        if format == "svg":
            return self.svg.encode("utf-8")
        if format not in FORMATS:
            raise ValueError(_unknown(format))
        return render(self.dot, format)

    def save(self, path: str | PathLike[str], format: str | None = None) -> None:
        """Write a file, replacing one of this name; its suffix says the format unless it is given.

        Raises: ValueError for a suffix or a format that there is not; OSError; NoRenderer, RenderingFailed.
        """
        data = self.render(format or format_of(path))
        Path(path).write_bytes(data)

    def _repr_svg_(self) -> str | None:
        """SVG for notebooks, or nothing where Graphviz is missing."""
        if not can_render():
            return None
        try:
            return self.svg
        except (NoRenderer, RenderingFailed):
            return None  # The text is shown instead.

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """SVG and a line of text; DOT where nothing renders it."""
        svg = self._repr_svg_()
        return {"text/plain": self.dot} if svg is None else {"image/svg+xml": svg, "text/plain": repr(self)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return (self.diagram, self.direction) == (other.diagram, other.direction)

    def __hash__(self) -> int:
        return hash((self.diagram, self.direction))

    def __repr__(self) -> str:
        drawn = [box for box in self.diagram.walk() if not box.children]
        return visible(f"<Picture {self.diagram.title}: {len(drawn)} boxes, {len(self.diagram.edges)} edges>")


_OTHER_PICTURES = (".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".eps", ".ps", ".ico", ".heic", ".tex")
"""Suffixes of pictures that are not drawn."""


def format_of(path: str | PathLike[str]) -> str:
    """The format that the suffix of a file says. Raises: ValueError."""
    name = fspath(path)
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        problem = f"{suffix} is not supported" if suffix in _OTHER_PICTURES else "does not say what it is"
        known = f"end it in {', '.join(list(SUFFIXES)[:-1])} or {list(SUFFIXES)[-1]}, or name a format"
        raise ValueError(f"{visible(name)}{':' if suffix in _OTHER_PICTURES else ''} {problem}: {known}")
    return SUFFIXES[suffix]


def _unknown(format: str) -> str:
    formats = ["dot", *FORMATS]
    near = closest(format, formats)
    return f"there is no format {visible(format)}; " + (f"did you mean {near}?" if near else f"{', '.join(formats)}")
