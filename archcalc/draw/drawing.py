"""From what is drawn to where it stands: a picture as a scene, which is the same on every machine."""

from __future__ import annotations

from archcalc.draw.dot import Direction
from archcalc.draw.layout.boxes import HEADING, measured, text_size
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
SHORTENED = 0.87
"""Stretches are tried that are shorter by this factor, one after the other."""
SHORTEST = 120.0


def scene(
    diagram: Diagram, direction: Direction = "down", palette: Palette = LIGHT, aspect: Aspect | None = None
) -> Scene:
    """The picture; with an aspect it has that shape, and is cut into columns or rows, so that its text is large."""
    captions = Captions(diagram)
    painter = Painter(diagram, _planned(diagram, captions, direction, aspect), palette, captions)
    found = painter.canvas.scene(diagram.title, _description(diagram), palette.background, MARGIN)
    return found if aspect is None else found._replace(bounds=aspect.filled(found.bounds))


def _planned(diagram: Diagram, captions: Captions, direction: Direction, aspect: Aspect | None) -> Plan:
    """The layout in one stretch, or the one with the largest text on a page of a shape."""
    wiring = Wiring(diagram)
    sizes = measured(diagram, wiring, captions)
    best = Plan(diagram.boxes, wiring, captions, sizes, direction, None)
    if aspect is None:
        return best
    over = text_size(captions.title(diagram))[1] + HEADING
    limit = best.root.along
    widest = aspect.filled(_bounds(best, over)).width
    while (limit := limit * SHORTENED) > SHORTEST:
        plan = Plan(diagram.boxes, wiring, captions, sizes, direction, limit)
        width = aspect.filled(_bounds(plan, over)).width
        if width < widest - 1:
            best, widest = plan, width
    return best


def _bounds(plan: Plan, over: float) -> Box:
    """About how much room a picture takes, with what stands over it."""
    along, across = plan.root.along, plan.root.right - plan.root.left
    width, height = (across, along) if plan.is_down else (along, across)
    return Box(0.0, 0.0, width + 2 * MARGIN, height + over + 2 * MARGIN)


def _description(diagram: Diagram) -> str:
    boxes = sum(1 for box in diagram.walk() if not box.children)
    return f"A graph of {boxes} boxes and {sum(not edge.repeats for edge in diagram.edges)} edges."
