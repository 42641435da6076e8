"""What stands over and under a lecture picture: title, counts, scale, and what the dark edges are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.dims import Dim
from archcalc.dims.figures import grouped
from archcalc.scene.metrics import shortened, width
from archcalc.scene.primitives import Canvas, Point, Text
from archcalc.volumes.colors import Colors
from archcalc.volumes.network import Network
from archcalc.volumes.scale import Scale

TITLE, COUNTS, SMALL = 15.0, 10.0, 8.5
DEPTH = 60.0
LEAST_WIDTH = 260.0
"""Lines of texts are as wide as the picture, but no narrower than this."""
TITLE_WIDTH = 600.0
"""A title is cut only where it is wider than this, and than the picture."""


def frame(canvas: Canvas, colors: Colors, title: str, caption: Sequence[str], small: Sequence[str]) -> None:
    """Write a title over a drawing and lines below it, broken where they are wider than the drawing."""
    box = canvas.bounds()
    middle, room = (box.left + box.right) / 2, max(LEAST_WIDTH, box.width)
    palette = colors.palette
    if title:
        text = shortened(title, max(TITLE_WIDTH, room), TITLE, bold=True)
        canvas.add(Text(Point(middle, box.top - 16.0), text, TITLE, palette.text, bold=True), DEPTH)
    y = box.bottom + 12.0
    for parts, size in ((caption, COUNTS), (small, SMALL)):
        for line in joined(parts, room, size):
            y += size + 4.0
            canvas.add(Text(Point(middle, y), line, size, palette.small_text), DEPTH)


def joined(parts: Iterable[str], room: float, size: float) -> list[str]:
    """Parts in lines that fit, with points between them; a part that does not fit is cut."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return [shortened(line, room, size) for line in lines]


def counts(layers: int, parameters: Dim | None, multiplications: Dim | None) -> list[str]:
    """How much there is of everything; what an error keeps unknown is left out."""
    found = [f"{layers:,} layer{'' if layers == 1 else 's'}"]
    for value, one in ((parameters, "parameter"), (multiplications, "multiplication")):
        if isinstance(value, int):
            found.append(f"{grouped(value)} {one}{'' if value == 1 else 's'}")
        elif value is not None:
            found.append(f"{one}s = {value}")
    return found


def scales(scale: Scale, *, sheets: bool) -> list[str]:
    """The powers by which sizes are drawn."""
    thick = "one sheet for each channel" if sheets else f"thickness ~ channels^{scale.thickness.exponent:.2f}"
    return [f"edge of a map ~ size^{scale.edge.exponent:.2f}", thick]


def activations(network: Network) -> list[str]:
    """What the dark edges of volumes stand for."""
    names = dict.fromkeys(name for volume in network.volumes if volume.form == "box" for name in volume.activations)
    return [f"dark edge: {', '.join(names).replace('_', ' ')}"] if names else []
