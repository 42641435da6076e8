"""From what is drawn to where it stands: a picture as a scene, which is the same on every machine."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.draw.dot import Direction
from archcalc.draw.layout.boxes import HEADING, SMALL, measured, text_size
from archcalc.draw.layout.scopes import Plan
from archcalc.draw.layout.wiring import Wiring
from archcalc.draw.model import Diagram
from archcalc.draw.painting import Painter
from archcalc.draw.palette import LIGHT, Palette
from archcalc.draw.text import Captions
from archcalc.scene.aspect import Aspect
from archcalc.scene.primitives import Box, Scene

MARGIN = 12.0
SLIDE = 1920.0
"""Pixels of a slide, over its longer side."""
LEGIBLE = 14.0
"""The smallest text on it that can be read, in pixels."""
TOLD = 40
"""Of so many edges the description says what they join."""
SHORTENED = 0.87
"""Stretches are tried that are shorter by this factor, one after the other."""
SHORTEST = 120.0


def scene(
    diagram: Diagram, direction: Direction = "down", palette: Palette = LIGHT, aspect: Aspect | None = None
) -> Scene:
    """The picture; with an aspect it has that shape, and is cut into columns or rows, so that its text is large."""
    captions = Captions(diagram)
    plan, _ = _planned(diagram, captions, direction, aspect)
    painter = Painter(diagram, plan, palette, captions)
    found = painter.canvas.scene(diagram.title, _description(diagram, captions), palette.background, MARGIN)
    return found if aspect is None else found._replace(bounds=aspect.filled(found.bounds))


def fitted(draw: Callable[[int | None], Diagram], direction: Direction, aspect: Aspect) -> Diagram:
    """A picture for a page of some shape, unfolded as deep as it would be otherwise if that can be read on it."""
    found = draw(None)
    for depth in range(found.depth - 1, 0, -1):
        _, width = _planned(found, Captions(found), direction, aspect)
        if SMALL * SLIDE / width >= LEGIBLE:
            break
        found = draw(depth)
    return found


def _planned(diagram: Diagram, captions: Captions, direction: Direction, aspect: Aspect | None) -> tuple[Plan, float]:
    """The layout in one stretch, or the one with the largest text on a page of a shape; and how wide that page is."""
    wiring = Wiring(diagram)
    sizes = measured(diagram, wiring, captions)
    plan = Plan(diagram.boxes, wiring, captions, sizes, direction)
    if aspect is None:
        return plan, 0.0
    over = text_size(captions.title(diagram))[1] + HEADING
    longest = plan.root.along
    whole = plan, aspect.filled(_bounds(plan, over)).width
    found: dict[bool, tuple[Plan, float]] = {True: whole, False: whole}
    for bends in (True, False):
        limit = longest
        is_bent = False
        while (limit := limit * SHORTENED) > SHORTEST:
            plan = Plan(diagram.boxes, wiring, captions, sizes, direction, limit, bends=bends)
            is_bent = is_bent or plan.root.stretches.is_bent
            width = aspect.filled(_bounds(plan, over)).width
            if width < found[bends][1] - 1:
                found[bends] = plan, width
        if bends and (not is_bent or SMALL * SLIDE / found[True][1] >= LEGIBLE):
            return found[True]
    return min(found[True], found[False], key=lambda one: one[1] * (1 if one is found[False] else SHORTENED))


def _bounds(plan: Plan, over: float) -> Box:
    """About how much room a picture takes, with what stands over it."""
    along, across = plan.root.along, plan.root.right - plan.root.left
    width, height = (across, along) if plan.is_down else (along, across)
    return Box(0.0, 0.0, width + 2 * MARGIN, height + over + 2 * MARGIN)


def _description(diagram: Diagram, captions: Captions) -> str:
    """What the picture shows, in words: what leads where, as far as anybody listens."""
    boxes = {box.id: box for box in diagram.walk() if not box.children}
    edges = [edge for edge in diagram.edges if not edge.repeats]
    named = {one: f"{captions.box(box).heading} ({box.name})" for one, box in boxes.items()}
    ways = [f"{named[edge.source]} to {named[edge.target]}" for edge in edges[:TOLD]]
    rest = [f"and {len(edges) - TOLD} more"] if len(edges) > TOLD else []
    return f"A graph of {len(boxes)} boxes and {len(edges)} edges: {'; '.join([*ways, *rest])}."
