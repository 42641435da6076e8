"""The front of a sweep among a sample of its designs, as a picture whose marks say which design they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import NamedTuple

from archcalc.api.sweeping import Sweep, with_quantities
from archcalc.draw.palette import DARK, LIGHT, Palette
from archcalc.questions.constraints import Quantity
from archcalc.questions.values import WrongQuestion
from archcalc.scene.metrics import shortened, width
from archcalc.scene.picture import ScenePicture
from archcalc.scene.primitives import Anchor, Box, Canvas, Path, Point, Polygon, Scene, Text
from archcalc.sweep import Design
from archcalc.sweep.domain import written
from archcalc.sweep.question import objective
from archcalc.sweep.scale import Scale, short
from archcalc.sweep.told import named as named_network

FIELD = Box(78, 62, 700, 392)
"""Where marks stand, in units of the picture."""
INSET = 14
"""From the outermost marks to the border of the field."""
SIZE = 11
SMALL = 10
APART, FRONT_APART = 1.5, 3.0
"""Marks of a kind that are closer together look like one, and the first of them is drawn."""
LABELLED = 8
"""Designs of the front that have their values beside them at the most, where there is room."""
LONGEST = 190
"""Room for the values of a design, or a name; a longer text gives way to the number of the design, or is cut."""
NAMES = 12
"""Values of one design that its mark tells."""
RINGS = (7.0, 16.0, 30.0, 48.0, 70.0)
NEAR = 2
"""How far a label may be from its mark, and in how many of these it needs no line to it."""
TURNS = 16
"""Directions in which it may be."""
HIDDEN = 15.0
"""A label is rather so much farther away than over a mark of the sample."""

_Line = tuple[Point, Point]


class FrontPicture(ScenePicture):
    """A front and a sample of all designs as a picture: `front`, `sample` and `marked` are the designs.

    It shows itself in a notebook, where every mark says its design when the mouse is over it; `save` writes SVG, PDF or
    PNG.
    """

    def __init__(
        self,
        scene: Scene,
        width: int | None,
        front: Sequence[Design],
        sample: Sequence[Design],
        marked: Mapping[str, Design],
    ) -> None:
        super().__init__(scene, width)
        self.front = list(front)
        self.sample = list(sample)
        self.marked = dict(marked)


class _Axis(NamedTuple):
    quantity: Quantity
    sign: int
    scale: Scale

    @property
    def title(self) -> str:
        better = "less is better" if self.sign > 0 else "more is better"
        return f"{self.quantity.text} ({better}{', logarithmic' if self.scale.is_logarithmic else ''})"

    def number(self, design: Design) -> int:
        number = design.figures[self.quantity.text]
        assert isinstance(number, int), "a front is of numbers"
        return number


class _Plane(NamedTuple):
    """The quantity across and the one that goes up."""

    across: _Axis
    up: _Axis

    def point(self, design: Design) -> Point:
        x = self.across.scale.place(self.across.number(design))
        y = self.up.scale.place(self.up.number(design))
        return Point(_from_left(x), _from_top(y))

    def told(self, design: Design) -> str:
        """The values of a design, and what it costs."""
        values = [f"{name}={written(value)}" for name, value in design.values.items()]
        more = ", ..." if len(values) > NAMES else ""
        figures = [f"{axis.quantity.text} {axis.number(design):,}" for axis in self]
        return f"design {design.number:,}: {', '.join(values[:NAMES])}{more}; {'; '.join(figures)}"


class _Label(NamedTuple):
    text: str
    at: Point
    color: str
    is_needed: bool


def front(
    space: Sweep,
    across: str,
    up: str,
    *,
    marked: Mapping[str, int] | None = None,
    sample: int = 400,
    seed: int = 0,
    title: str = "",
    dark: bool = False,
    width: int | None = None,
) -> FrontPicture:
    """The designs of a sweep that no other one beats in two quantities, among some of all that are legal and met.

    `across` and `up` are quantities as `Sweep.pareto` takes them: less is better, behind a minus more. So many designs
    are drawn at random (`sample`, `seed`); `marked` gives designs names, by their numbers. A quantity of which the
    largest number is many times the smallest has a logarithmic axis, which says so. `dark` is for dark slides, `width`
    is in pixels. Raises: WrongQuestion, also where no design is legal and met; IndexError for a number in `marked` that
    there is not; ValueError for one that is not legal, and for a width that there is not.

    >>> import archcalc
    >>> space = archcalc.load("mobilenet_v1:1.0-224").sweep({"alpha": "0.25..1/0.25", "N": range(128, 225, 32)})
    >>> picture = front(space, "multiplications", "-parameters")
    >>> picture, len(picture.front), len(picture.sample)
    (<FrontPicture the front of MobileNet:1.0-224, 16 designs>, 4, 16)
    """
    asked = [objective(text, space.question) for text in (across, up)]
    space = with_quantities(space, [quantity for quantity, _ in asked])
    best = space.pareto(across, up)
    if not best:
        raise WrongQuestion("no design is legal and meets all conditions, so that there is no front")
    named = {name: space[number] for name, number in (marked or {}).items()}
    for name, design in named.items():
        if not design.legal:
            raise ValueError(f"{name}: design {design.number:,} is not legal: {design.obstacle}")
    try:
        some = space.sample(sample, seed)
    except WrongQuestion:
        # Wanted designs are too rare to be drawn; the front is known all the same.
        some = []
    drawn = [*best, *some, *named.values()]
    axes = []
    for quantity, sign in asked:
        numbers = [design.figures[quantity.text] for design in drawn]
        axes.append(_Axis(quantity, sign, Scale.of([number for number in numbers if isinstance(number, int)])))
    about = title or f"the front of {named_network(space)}, {space.points:,} design{'' if space.points == 1 else 's'}"
    scene = _scene(_Plane(*axes), best, some, named, about, DARK if dark else LIGHT)
    return FrontPicture(scene, width, best, some, named)


def _from_left(share: float) -> float:
    return FIELD.left + INSET + share * (FIELD.width - 2 * INSET)


def _from_top(share: float) -> float:
    return FIELD.bottom - INSET - share * (FIELD.height - 2 * INSET)


def _scene(
    plane: _Plane,
    best: Sequence[Design],
    some: Sequence[Design],
    named: Mapping[str, Design],
    title: str,
    palette: Palette,
) -> Scene:
    canvas = Canvas()
    blue, amber = palette.families["conv"].border, palette.families["pool"].border
    _grid(canvas, plane, palette)
    at = {design.number: plane.point(design) for design in (*best, *some, *named.values())}
    for design in _seen(some, at, APART):
        canvas.add(_mark(at[design.number], 2.2, palette.reference, plane.told(design), opacity=0.55))
    steps = _steps([at[design.number] for design in best], plane)
    if len(steps) > 1:
        canvas.add(Path(tuple(steps), blue, 1.2))
    for design in _seen(best, at, FRONT_APART):
        canvas.add(_mark(at[design.number], 3.6, blue, plane.told(design), stroke=palette.background))
    for name, design in named.items():
        point, tooltip = at[design.number], f"{name}, {plane.told(design)}"
        canvas.add(_mark(point, 5.4, amber, tooltip, stroke=palette.background, corners=4))
    labels = [_Label(shortened(name, LONGEST, SIZE), at[one.number], amber, True) for name, one in named.items()]
    labels += [_Label(text, at[one.number], palette.text, False) for one, text in _values(best)]
    around = [at[design.number] for design in (*best, *named.values())]
    _write(canvas, labels, around, [at[design.number] for design in some], steps)
    _legend(canvas, best, some, named, palette)
    canvas.add(
        Text(Point(FIELD.left, 24), shortened(title, FIELD.width, 13, bold=True), 13, palette.text, "start", True)
    )
    told = (
        f"{plane.up.title} against {plane.across.title}. On the front are {len(best):,} designs, from "
        f"{plane.told(best[0])}, to {plane.told(best[-1])}."
    )
    return canvas.scene(title, told, palette.background)


def _grid(canvas: Canvas, plane: _Plane, palette: Palette) -> None:
    """The field, round numbers at its sides, and what they count."""
    left, top, right, bottom = FIELD
    faint = palette.same.border
    for number in plane.across.scale.ticks(6):
        x = _from_left(plane.across.scale.place(number))
        canvas.add(Path((Point(x, top), Point(x, bottom)), faint, 0.4))
        canvas.add(Text(Point(x, bottom + 16), short(number), SMALL, palette.small_text))
    for number in plane.up.scale.ticks(5):
        y = _from_top(plane.up.scale.place(number))
        canvas.add(Path((Point(left, y), Point(right, y)), faint, 0.4))
        canvas.add(Text(Point(left - 6, y + 3.6), short(number), SMALL, palette.small_text, "end"))
    for start, end in ((Point(left, top), Point(left, bottom)), (Point(left, bottom), Point(right, bottom))):
        canvas.add(Path((start, end), palette.line, 1.0))
    room = FIELD.width + 40
    canvas.add(Text(Point((left + right) / 2, bottom + 36), _fits(plane.across.title, room), SIZE, palette.text))
    canvas.add(Text(Point(left - 60, top - 9), _fits(plane.up.title, room), SIZE, palette.text, "start"))


def _fits(text: str, room: float) -> str:
    return shortened(text, room, SIZE)


def _legend(
    canvas: Canvas, best: Sequence[Design], some: Sequence[Design], named: Mapping[str, Design], palette: Palette
) -> None:
    """What the marks are, below the axis, one behind the other."""
    entries = [(palette.families["conv"].border, 16, f"on the front: {len(best):,}")]
    if some:
        entries.append((palette.reference, 16, f"a sample: {len(some):,}"))
    if named:
        entries.append((palette.families["pool"].border, 4, "named"))
    x, y = FIELD.left, FIELD.bottom + 60
    for color, corners, text in entries:
        canvas.add(_mark(Point(x + 4, y - 4), 4.0, color, corners=corners))
        canvas.add(Text(Point(x + 14, y), text, SIZE, palette.text, "start"))
        x += 14 + width(text, SIZE) + 22


def _seen(designs: Sequence[Design], at: Mapping[int, Point], apart: float) -> list[Design]:
    """Those that do not lie under one before them."""
    found: dict[tuple[int, int], Design] = {}
    for design in designs:
        point = at[design.number]
        found.setdefault((round(point.x / apart), round(point.y / apart)), design)
    return list(found.values())


def _mark(
    middle: Point,
    radius: float,
    color: str,
    tooltip: str = "",
    *,
    stroke: str | None = None,
    corners: int = 16,
    opacity: float = 1.0,
) -> Polygon:
    angles = [2 * pi * corner / corners for corner in range(corners)]
    points = tuple([Point(middle.x + radius * cos(angle), middle.y + radius * sin(angle)) for angle in angles])
    return Polygon(points, color, stroke, 0.8, opacity, tooltip=tooltip)


def _steps(points: Sequence[Point], plane: _Plane) -> list[Point]:
    """The border between what designs of the front reach and what none does."""
    found: list[Point] = []
    for point in sorted(set(points)):
        if found:
            before = found[-1]
            # Where less across is better, a design reaches everything to its right; else everything to its left.
            found.append(Point(point.x, before.y) if plane.across.sign > 0 else Point(before.x, point.y))
        found.append(point)
    return found


def _values(best: Sequence[Design]) -> list[tuple[Design, str]]:
    """Designs of the front with what tells them apart: both ends first, then those between them, evenly."""
    names = [name for name in best[0].values if len({written(design.values[name]) for design in best}) > 1]
    count = min(LABELLED, len(best))
    places = [round(place * (len(best) - 1) / max(count - 1, 1)) for place in range(count)]
    chosen = dict.fromkeys([places[0], places[-1], *places])
    found = []
    for place in chosen:
        design = best[place]
        text = ", ".join(f"{name}={written(design.values[name])}" for name in names)
        is_long = not text or width(text, SMALL) > LONGEST
        found.append((design, f"design {design.number:,}" if is_long else text))
    return found


def _write(
    canvas: Canvas, labels: Sequence[_Label], marks: Sequence[Point], others: Sequence[Point], steps: Sequence[Point]
) -> None:
    """Each label where it hides no other one, no mark and no line; one that is not needed may have no place."""
    taken: list[Box] = []
    lines = list(pairwise(steps))
    for label in labels:
        found: list[tuple[float, Text, _Line | None]] = []
        for distance in RINGS if label.is_needed else RINGS[:NEAR]:
            for turn in range(TURNS):
                text = _beside(label, distance, 2 * pi * turn / TURNS)
                box = text.bounds()
                leader = (label.at, _nearest(box, label.at)) if distance > RINGS[NEAR - 1] else None
                if _is_free(box, taken, marks, lines) and not (leader and any(one.crossed(*leader) for one in taken)):
                    hidden = sum(_holds(box.grown(2), other) for other in others)
                    found.append((distance + HIDDEN * hidden, text, leader))
        if not found:
            continue
        _, text, leader = min(found, key=lambda one: one[0])
        taken.append(text.bounds())
        if leader is not None:
            lines.append(leader)
            canvas.add(Path(leader, label.color, 0.6))
        canvas.add(text, depth=1)


def _beside(label: _Label, distance: float, angle: float) -> Text:
    """The label so far from its mark, in this direction."""
    size = SIZE if label.is_needed else SMALL
    x, y = label.at.x + distance * cos(angle), label.at.y - distance * sin(angle)
    anchor: Anchor = "middle" if abs(cos(angle)) < 0.3 else "start" if cos(angle) > 0 else "end"
    return Text(Point(x, y + size * (0.35 - 0.4 * sin(angle))), label.text, size, label.color, anchor)


def _is_free(box: Box, taken: Sequence[Box], marks: Sequence[Point], lines: Sequence[_Line]) -> bool:
    """Whether a text there stays in the field and hides neither a text, nor a mark, nor a line."""
    if box.left < FIELD.left or box.right > FIELD.right + 6 or box.top < FIELD.top or box.bottom > FIELD.bottom:
        return False
    wide = box.grown(1.5)
    return not (
        any(wide.meets(other) for other in taken)
        or any(_holds(box.grown(5), mark) for mark in marks)
        or any(wide.crossed(*line) for line in lines)
    )


def _holds(box: Box, point: Point) -> bool:
    return box.left < point.x < box.right and box.top < point.y < box.bottom


def _nearest(box: Box, point: Point) -> Point:
    """The place on the border of a box that is nearest to a point outside."""
    corners = [Point(x, y) for x in (box.left, (box.left + box.right) / 2, box.right) for y in (box.top, box.bottom)]
    corners += [Point(x, (box.top + box.bottom) / 2) for x in (box.left, box.right)]
    return min(corners, key=lambda corner: hypot(corner.x - point.x, corner.y - point.y))
