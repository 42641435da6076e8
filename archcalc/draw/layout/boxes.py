"""How large boxes are, with the texts in them and beside the lines that leave them."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.draw.dot import Direction
from archcalc.draw.layout.items import Group, Item
from archcalc.draw.layout.wiring import Wiring
from archcalc.draw.model import Diagram, DrawnBox
from archcalc.draw.text import Caption, Captions
from archcalc.scene.metrics import width

HEADING, SMALL = 11.0, 10.0
"""Sizes of text, in units of the picture."""
LEADING = 1.25
"""From line to line, in em."""
MARGIN, LEAN = 9.0, 5.0
"""Between a text and its border, to the sides and above and below."""
NARROWEST = 34.0
ARC = 9.0
"""How far the arc of a skip stands off its box."""
DOUBLE = 3.0
"""How far the second border of a repeat stands off the first."""
TRUNK = 12.0
"""Between two lines that leave a box, without their texts."""


class Measured(NamedTuple):
    """A box with its text: width and height as on the page, and the arc, second border and labels around it."""

    caption: Caption
    width: float
    height: float
    arc: float
    border: float
    labels: dict[Group, str]

    @property
    def pad(self) -> float:
        """What stands in front of it and behind it, along the flow."""
        return self.border + (self.arc and self.arc - 2)


def text_size(caption: Caption) -> tuple[float, float]:
    """How wide and high the lines of a text are."""
    wide = max(width(caption.heading, HEADING, bold=True), *[width(line, SMALL) for line in caption.small], 0.0)
    return wide, LEADING * (HEADING * bool(caption.heading) + SMALL * len(caption.small))


def measured(diagram: Diagram, wiring: Wiring, captions: Captions) -> dict[str, Measured]:
    """The sizes of all closed boxes, by their ids."""
    return {box.id: _measured(box, wiring, captions) for box in diagram.walk() if not box.children}


def _measured(box: DrawnBox, wiring: Wiring, captions: Captions) -> Measured:
    caption = captions.box(box)
    wide, high = text_size(caption)
    labels: dict[Group, str] = {}
    for index, edges in enumerate(wiring.trunks.get(box.id, [])):
        texts = [text for edge in edges if (text := captions.edge(edge))]
        labels[box.id, index] = texts[0] if texts else ""
    return Measured(
        caption,
        max(NARROWEST, wide + 2 * MARGIN),
        high + 2 * LEAN,
        ARC if box.skip else 0.0,
        DOUBLE if box.times > 1 and box.role != "merge" else 0.0,
        labels,
    )


def item(box: DrawnBox, order: int, size: Measured, direction: Direction, entering: int) -> tuple[Item, Measured]:
    """A box as an item of a row, wide enough for the lines that enter and leave it."""
    texts = [width(text, SMALL) + 6 if text else 0.0 for text in size.labels.values()]
    is_down = direction == "down"
    step = TRUNK + (max(texts, default=0.0) if is_down else SMALL * bool(any(texts)))
    across = size.width if is_down else size.height
    across = max(across, step * (len(texts) - 1) + 2 * LEAN, 8.0 * (entering - 1) + 2 * LEAN)
    size = size._replace(width=across) if is_down else size._replace(height=across)
    half = across / 2 + size.border
    exits = {group: (place - (len(texts) - 1) / 2) * step for place, group in enumerate(size.labels)}
    before = after = half
    pad = size.pad
    front = pad
    behind = max(pad, 2.0) if any(texts) else pad
    if is_down:
        after = max([half + size.arc, *[exits[group] + 4 + text for group, text in zip(exits, texts, strict=True)]])
        behind += SMALL * LEADING * bool(any(texts))
    else:
        before = max(
            [half, *[SMALL * LEADING - exits[group] for group, text in zip(exits, texts, strict=True) if text]]
        )
        after = half + size.arc
        behind += max(texts, default=0.0)
    along = size.height if is_down else size.width
    return (
        Item(
            box.id,
            order,
            front + along + behind,
            before,
            after,
            exits=exits,
            room=across / 2 - LEAN,
            entry_at=front - size.border,
            exit_at=front + along + size.border,
        ),
        size,
    )
