"""Paints a laid out picture: frames, lines, boxes and texts, as primitives of a scene."""

from __future__ import annotations

from archcalc.draw.dot import Direction
from archcalc.draw.layout.boxes import ARC, DOUBLE, HEADING, LEADING, LEAN, SMALL, Measured, text_size
from archcalc.draw.layout.items import Place
from archcalc.draw.layout.scopes import Frame, Plan
from archcalc.draw.model import Diagram, DrawnBox, Edge
from archcalc.draw.palette import STATED, Color, Palette
from archcalc.draw.text import SHOWN, Caption, Captions
from archcalc.scene.metrics import ASCENT, DESCENT, width
from archcalc.scene.primitives import Anchor, Canvas, Path, Point, Polygon, Text

CORNER = 6.0
"""The radius of corners of boxes and lines."""
FRAMES, LINES, BOXES, TEXTS = 0.0, 1.0, 2.0, 3.0
"""What is painted over what."""


class Painter:
    """Fills a canvas with a picture."""

    def __init__(self, diagram: Diagram, plan: Plan, palette: Palette, captions: Captions) -> None:
        self.diagram = diagram
        self.plan = plan
        self.palette = palette
        self.captions = captions
        self.direction: Direction = plan.direction
        self.canvas = Canvas()
        for box in diagram.boxes:
            self._box(box, 0)
        for index, way in plan.ways().items():
            self._edge(plan.wiring.edges[index], way)
        self._title()

    def _point(self, along: float, across: float) -> Point:
        return Point(across, along) if self.direction == "down" else Point(along, across)

    def _box(self, box: DrawnBox, depth: int) -> None:
        if box.children:
            self._frame(box, self.plan.frames[box.id], depth)
            for child in box.children:
                self._box(child, depth + 1)
        else:
            self._closed(box, self.plan.sizes[box.id])

    def _frame(self, box: DrawnBox, frame: Frame, depth: int) -> None:
        color = self.palette.open[depth % len(self.palette.open)]
        if box.mark in self.palette.marks and box.mark != "~":
            color = self.palette.marks[box.mark]
        along, axis = self.plan.starts[box.id]
        first = self._point(along, axis + frame.left)
        last = self._point(along + frame.along, axis + frame.right)
        thick = 2.0 if box.times > 1 else 1.0
        self._area(first, last, color, thick, 8.0, FRAMES + depth / 1000, tooltip=self.captions.tooltip(box))
        heading = axis + frame.heading_at if self.direction == "down" else along + frame.heading_at
        self._lines(frame.caption, Point(heading, first.y + LEAN), "start")

    def _area(
        self,
        first: Point,
        last: Point,
        color: Color,
        thickness: float,
        radius: float,
        depth: float,
        *,
        dashed: bool = False,
        tooltip: str = "",
    ) -> None:
        points = (first, Point(last.x, first.y), last, Point(first.x, last.y))
        self.canvas.add(
            Polygon(points, color.fill, color.border, thickness, radius=radius, dashed=dashed, tooltip=tooltip), depth
        )

    def _closed(self, box: DrawnBox, size: Measured) -> None:
        along, axis = self.plan.starts[box.id]
        start = along + size.pad
        length = size.height if self.direction == "down" else size.width
        if box.id in self.plan.backward:
            start = along + self.plan.backward[box.id] - size.pad - length
        middle = self._point(start + length / 2, axis)
        first = Point(middle.x - size.width / 2, middle.y - size.height / 2)
        last = Point(middle.x + size.width / 2, middle.y + size.height / 2)
        color, thickness, dashed = self._looks(box)
        is_round = box.role in ("input", "output", "merge", "unknown")
        radius = min(size.width, size.height) / 2 if is_round else CORNER
        if size.border:
            outer = (Point(first.x - DOUBLE, first.y - DOUBLE), Point(last.x + DOUBLE, last.y + DOUBLE))
            self._area(*outer, Color(self.palette.background, color.border), thickness, radius + DOUBLE, BOXES)
        self._area(first, last, color, thickness, radius, BOXES, dashed=dashed, tooltip=self.captions.tooltip(box))
        high = text_size(size.caption)[1]
        self._lines(size.caption, Point(middle.x, middle.y - high / 2), "middle")
        if box.skip:
            self._arc(box, size, start, axis)
        if box.id in self.plan.backward:
            self._labels(size, start - max(size.pad, 2.0), axis, "end")
        else:
            self._labels(size, start + length + max(size.pad, 2.0), axis, "start")

    def _looks(self, box: DrawnBox) -> tuple[Color, float, bool]:
        """Colour, thickness of the border, and whether it is dashed."""
        palette = self.palette
        color = palette.color(box.family)
        if box.role in ("input", "output"):
            color = palette.ends
        elif box.role == "scope":
            color = palette.closed
        thickness = 1.1
        dashed = box.role == "unknown" or box.family in STATED
        if self.diagram.is_comparison:
            color = palette.marks.get(box.mark, palette.same)
            thickness = 2.2 if box.mark else thickness
            dashed = dashed or box.mark == "-"
        if box.faults:
            color, thickness = palette.fault, 2.5
        return color, thickness, dashed

    def _arc(self, box: DrawnBox, size: Measured, start: float, axis: float) -> None:
        """A line round the box, from the line that enters it to the one that leaves it."""
        down = self.direction == "down"
        length, half = (size.height, size.width / 2) if down else (size.width, size.height / 2)
        low, high = start - size.border - ARC + 3, start + length + size.border + ARC - 3
        side = axis + half + size.border + ARC - 2
        way = [(low, axis), (low, side), (high, side), (high, axis)]
        points = tuple([self._point(*place) for place in way])
        dashed = box.skip == "projection"
        self.canvas.add(Path(points, self.palette.line, 1.1, dashed, radius=CORNER), LINES)

    def _lines(self, caption: Caption, top: Point, anchor: Anchor) -> None:
        """Lines of text from a place on, which is at the top of the first one."""
        y = top.y
        for index, line in enumerate((caption.heading, *caption.small)):
            size = SMALL if index else HEADING
            color = self.palette.small_text if index else self.palette.text
            if line:
                self._text(line, Point(top.x, _base(y, size)), size, color, anchor, bold=not index)
                y += LEADING * size

    def _text(self, text: str, place: Point, size: float, color: str, anchor: Anchor, *, bold: bool = False) -> None:
        self.canvas.add(Text(place, text, size, color, anchor, bold), TEXTS)

    def _edge(self, edge: Edge, way: list[Place]) -> None:
        color, thickness, dashed = self.palette.line, 1.1, edge.is_reference
        if edge.is_reference:
            color = self.palette.reference
        if edge.mark in self.palette.marks:
            color, thickness, dashed = self.palette.marks[edge.mark].border, 1.8, edge.mark == "-"
        points = tuple([self._point(*place) for place in way])
        joins = edge.source, edge.target
        tooltip = self.captions.edge(edge._replace(tells=True))
        self.canvas.add(
            Path(points, color, thickness, dashed, arrow=True, radius=CORNER, joins=joins, tooltip=tooltip), LINES
        )

    def _labels(self, size: Measured, along: float, axis: float, anchor: Anchor) -> None:
        """The texts beside the lines that leave a box, from a place on, or up to it."""
        for group, text in size.labels.items():
            if text:
                mark = self.plan.wiring.trunks[group[0]][group[1]][0].mark
                color = self.palette.marks[mark].border if mark in self.palette.marks else self.palette.small_text
                place = self._point(along, axis + self.plan.exits[group])
                if self.direction == "down":
                    top = place.y if anchor == "start" else place.y - LEADING * SMALL
                    self._text(text, Point(place.x + 4, _base(top, SMALL)), SMALL, color, "start")
                else:
                    shift = 4 if anchor == "start" else -4
                    self._text(text, Point(place.x + shift, place.y - 4), SMALL, color, anchor)

    def _title(self) -> None:
        """What stands over the picture."""
        title = self.captions.title(self.diagram)
        bounds = self.canvas.bounds()
        _, high = text_size(title)
        legend = self._legend()
        rows = LEADING * HEADING * bool(legend)
        centre = (bounds.left + bounds.right) / 2
        top = bounds.top - high - rows - 12
        self._lines(title, Point(centre, top), "middle")
        gap = 14.0
        at = centre - (sum(width(text, HEADING) for text, _ in legend) + gap * (len(legend) - 1)) / 2
        for text, color in legend:
            self._text(text, Point(at, _base(top + high, HEADING)), HEADING, color, "start")
            at += width(text, HEADING) + gap

    def _legend(self) -> list[tuple[str, str]]:
        """The signs of a comparison with their meanings, each in its colour."""
        marks = self.palette.marks
        return [
            (f"{SHOWN.get(sign, sign)} {meaning}", marks[sign].border if sign in marks else self.palette.small_text)
            for sign, meaning in self.diagram.legend
        ]


def _base(top: float, size: float) -> float:
    """The base line of a line of text whose room begins at `top`: its letters stand in the middle of it."""
    return top + (LEADING - ASCENT - DESCENT) * size / 2 + ASCENT * size
