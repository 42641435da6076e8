"""What `draw` returns: a picture that shows itself in a notebook, and that can be saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from archcalc.diagnostics import closest
from archcalc.draw.dot import DIRECTIONS, Direction, dot
from archcalc.draw.drawing import fitted, scene
from archcalc.draw.model import Diagram
from archcalc.draw.palette import DARK, LIGHT, Palette
from archcalc.draw.rendering import render
from archcalc.draw.svg import tidied
from archcalc.scene.aspect import Aspect
from archcalc.scene.formats import FORMATS, write
from archcalc.scene.primitives import Scene
from archcalc.scene.svg import fluid
from archcalc.terminal import visible

Engine = Literal["archcalc", "graphviz"]
ENGINES: tuple[Engine, ...] = ("archcalc", "graphviz")
"""What places boxes and edges."""

SUFFIXES = {".dot": "dot", ".gv": "dot", **{f".{format}": format for format in FORMATS}}
"""Formats by the suffix of a file."""


class Picture:
    """A network as a graph of boxes: `diagram` is what is drawn, `svg` the picture, `dot` its text for Graphviz.

    In a notebook it shows itself.

    >>> import archcalc
    >>> picture = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], tanh]").check().draw()
    >>> [box.id for box in picture.diagram.boxes]
    ['input', '0', 'output']
    """

    def __init__(
        self, diagram: Diagram, direction: Direction = "down", *, aspect: str | None = None, dark: bool = False
    ) -> None:
        if direction not in DIRECTIONS:
            raise ValueError(f"the direction is {' or '.join(DIRECTIONS)}, not {direction!r}")
        self.diagram = diagram
        self.direction = direction
        self.aspect = None if aspect is None else Aspect.of(aspect)
        self.dark = dark

    @property
    def _palette(self) -> Palette:
        return DARK if self.dark else LIGHT

    @cached_property
    def dot(self) -> str:
        """The picture in the language of Graphviz, which places the boxes itself, whatever the aspect."""
        return dot(self.diagram, self.direction, self._palette)

    @cached_property
    def _scene(self) -> Scene:
        return scene(self.diagram, self.direction, self._palette, self.aspect)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, the same on every machine."""
        return write(self._scene, "svg").decode("utf-8")

    def render(self, format: str, engine: Engine = "archcalc") -> bytes:
        """The picture as `svg`, `pdf`, `png` or `dot`; with the engine `graphviz`, as Graphviz lays it out.

        Raises: ValueError for another format or engine; CannotWrite (a RuntimeError) where a format cannot hold the
        picture, or needs something that is not installed; with Graphviz NoRenderer, RenderingFailed.
        """
        if engine not in ENGINES:
            raise ValueError(f"the engine is {' or '.join(ENGINES)}, not {engine!r}")
        if format == "dot":
            return self.dot.encode("utf-8")
        if format not in FORMATS:
            raise ValueError(_unknown(format))
        if engine == "archcalc":
            return write(self._scene, format)
        data = render(self.dot, format)
        return tidied(data, visible(self.diagram.title)).encode("utf-8") if format == "svg" else data

    def save(self, path: str | PathLike[str], format: str | None = None, engine: Engine = "archcalc") -> None:
        """Write a file, replacing one of this name; its suffix says the format unless it is given.

        Raises: ValueError for a suffix, format or engine that there is not; OSError; CannotWrite, NoRenderer and
        RenderingFailed, as `render` does.
        """
        data = self.render(format or format_of(path), engine)
        Path(path).write_bytes(data)

    def _repr_svg_(self) -> str:
        """SVG for notebooks."""
        return fluid(self.svg)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """SVG and a line of text."""
        return {"image/svg+xml": self._repr_svg_(), "text/plain": repr(self)}

    def _key(self) -> tuple[Any, ...]:
        return self.diagram, self.direction, self.aspect, self.dark

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Picture) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        drawn = [box for box in self.diagram.walk() if not box.children]
        return visible(f"<Picture {self.diagram.title}: {len(drawn)} boxes, {len(self.diagram.edges)} edges>")


def graph_picture(
    draw: Callable[[int | None], Diagram], depth: int | None, direction: Direction, *, aspect: str | None, dark: bool
) -> Picture:
    """The picture of what `draw` gives at a depth, or, without one, at a depth that can be read.

    Raises: ValueError for a direction or an aspect that there is not; as `draw` does.
    """
    if depth is not None or aspect is None or direction not in DIRECTIONS:
        return Picture(draw(depth), direction, aspect=aspect, dark=dark)
    return Picture(fitted(draw, direction, Aspect.of(aspect)), direction, aspect=aspect, dark=dark)


_OTHER_PICTURES = (".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".eps", ".ps", ".ico", ".heic", ".tex")
"""Suffixes of pictures that are not drawn."""
_BLURRED = (".jpg", ".jpeg")


def format_of(path: str | PathLike[str]) -> str:
    """The format that the suffix of a file says. Raises: ValueError."""
    name = fspath(path)
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        problem = f"{suffix} is not supported" if suffix in _OTHER_PICTURES else "does not say what it is"
        if suffix in _BLURRED:
            problem += ", because it blurs lines and letters"
        known = f"end it in {', '.join(list(SUFFIXES)[:-1])} or {list(SUFFIXES)[-1]}, or name a format"
        raise ValueError(f"{visible(name)}{':' if suffix in _OTHER_PICTURES else ''} {problem}: {known}")
    return SUFFIXES[suffix]


def _unknown(format: str) -> str:
    formats = ["dot", *FORMATS]
    near = closest(format, formats)
    return f"there is no format {visible(format)}; " + (f"did you mean {near}?" if near else f"{', '.join(formats)}")
