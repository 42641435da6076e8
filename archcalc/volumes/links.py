"""Draws the edges that no structure accounts for: those that cross others, and maps that fields name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcalc.scene.primitives import Box, Path, Point
from archcalc.volumes.drawing import BENDS, FRONT, Drawing
from archcalc.volumes.laid import WORDS, Laid, Run
from archcalc.volumes.network import Volume
from archcalc.volumes.router import MARGIN, Router
from archcalc.volumes.routes import simplified

AWAY = 6.0
"""How far a line runs straight before it may bend."""


def link(drawing: Drawing, crossing: Iterable[tuple[Volume, Volume]]) -> None:
    """Draw them behind everything else, around all volumes and texts: edges over them, references below them."""
    laid = drawing.laid
    references = list(drawing.network.references())
    if not references and not crossing:
        return
    router = Router(
        [area.box for area in laid.areas if area.kind == WORDS]
        + [laid.glyphs[volume].box(place) for volume, place in laid.places.items()]
    )
    for item in drawing.canvas.items:
        if isinstance(item, Path) and item.joins is not None:
            router.occupy(item.points)
    near = sorted(references, key=lambda pair: abs(laid.places[pair[0]].x - laid.places[pair[1]].x))
    for source, target in crossing:
        _draw(drawing, router, source, target, _above(drawing, source), _above(drawing, target), dashed=False)
    for source, target in near:
        _draw(drawing, router, source, target, _below(drawing, source), _below(drawing, target), dashed=True)


def _draw(
    drawing: Drawing,
    router: Router,
    source: Volume,
    target: Volume,
    starts: Sequence[tuple[Point, Point]],
    ends: Sequence[tuple[Point, Point]],
    *,
    dashed: bool,
) -> None:
    outer = {start[1]: start[0] for start in starts}
    inner = {end[1]: end[0] for end in ends}
    way = router.way(list(outer), list(inner))
    points = simplified([outer[way[0]], *way, inner[way[-1]]])
    router.occupy(points)
    colors = drawing.colors.palette
    color = colors.reference if dashed else colors.line
    path = Path(tuple(points), color, 1.1, dashed, True, BENDS, (source.name, target.name))
    drawing.canvas.add(path, FRONT + 3)
    if dashed:
        drawing.named.add((source, target))
    else:
        drawing.drawn[source, target] = "line"


Port = tuple[Point, Point]
"""Where a line begins or ends at a volume, and where it is free to bend."""


def _above(drawing: Drawing, volume: Volume) -> list[Port]:
    """Places over a volume."""
    laid = drawing.laid
    glyph, place = laid.glyphs[volume], laid.places[volume]
    run = _run(laid, volume)
    found: list[Port] = []
    for share in (0.5, 0.3, 0.7, 0.1, 0.9):
        x = round(place.x + glyph.width * share, 3)
        start = place.y - glyph.reach + (glyph.up / 2 if glyph.form != "circle" else 1.0)
        top = min([box.top for box in _boxes(laid, run) if box.left <= x <= box.right])
        found.append((Point(x, start), Point(x, round(top - AWAY, 3))))
    return _free(laid, run, found)


def _below(drawing: Drawing, volume: Volume) -> list[Port]:
    """Places under a volume, or under its caption where that stands in the way; else over it."""
    laid = drawing.laid
    glyph, place = laid.glyphs[volume], laid.places[volume]
    run = _run(laid, volume)
    words = run.caption.box(run.middle, run.top) if run.caption.lines else None
    found: list[Port] = []
    for share in (0.5, 0.25, 0.75, 0.1, 0.9):
        x = round(place.x + glyph.front * share, 3)
        start = place.y + glyph.reach
        bottom = max([box.bottom for box in _boxes(laid, run) if box.left <= x <= box.right])
        if words is not None and words.left - MARGIN < x < words.right + MARGIN:
            start = bottom = words.bottom + 1.0
        found.append((Point(x, start), Point(x, round(bottom + AWAY, 3))))
    return _free(laid, run, found) or _above(drawing, volume)


def _run(laid: Laid, volume: Volume) -> Run:
    return next(run for run in laid.runs if volume in run.volumes)


def _boxes(laid: Laid, run: Run) -> list[Box]:
    return [laid.glyphs[volume].box(laid.places[volume]) for volume in run.volumes]


def _free(laid: Laid, run: Run, places: Sequence[Port]) -> list[Port]:
    """Those from whose free end a line can go on."""
    own = _boxes(laid, run)
    taken = [area.box for area in laid.areas if area.kind == WORDS]
    taken += [box for volume, place in laid.places.items() if (box := laid.glyphs[volume].box(place)) not in own]
    ends = [(port, Box(*port[1], *port[1]).grown(MARGIN)) for port in places]
    return [port for port, end in ends if not any(box.meets(end) for box in taken)]
