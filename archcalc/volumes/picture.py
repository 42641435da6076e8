"""The lecture picture of a network: which layout fits it, at which scale, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.dims.figures import grouped
from archcalc.draw.folding import fold
from archcalc.draw.parts import parts
from archcalc.scene.primitives import Point, Scene, Text
from archcalc.volumes import u
from archcalc.volumes.axis import Style
from archcalc.volumes.closing import closed
from archcalc.volumes.colors import ON_DARK, ON_LIGHT, Colors
from archcalc.volumes.drawing import Drawing
from archcalc.volumes.links import link
from archcalc.volumes.network import Network, network
from archcalc.volumes.rows import Rows, rows
from archcalc.volumes.scale import Scale
from archcalc.volumes.structure import Parallel, Series, structure
from archcalc.volumes.towers import raise_towers
from archcalc.volumes.words import shape_text

MOST_VOLUMES = 44
WIDTH = 1040.0
WIDEST = 4.0
SHEETS = 32
STAND_IN = 64
HEADING = 75.0
"""Height of what stands over and under a picture."""
MOST_ROWS = 8
SIZES = (1.0, 1.3, 1.7, 2.2)
"""By what maps are enlarged to fill a slide."""
TOO_WIDE = 1.12
"""More than this times the aspect that was asked for is no answer, if there is another one."""


def lecture(report: Checked, depth: int | None = None, dark: bool = False, aspect: float | None = None) -> Scene:
    with paused():
        drawing, said = _drawing(report, depth, ON_DARK if dark else ON_LIGHT, aspect)
        lecture.last = drawing
        return _framed(report, drawing, said)


def missing(report):
    d = lecture.last
    return [(a.name, b.name) for a, b in [*d.network.edges(), *d.network.references()] if (a, b) not in d.drawn]


def _drawing(report: Checked, depth: int | None, colors: Colors, aspect: float | None) -> tuple[Drawing, str]:
    found = _network(report, depth)
    if copies := u.copies(found):
        style = u.Style(u.scale(found))
        laid = u.laid(found, copies, style)
        if aspect is not None:
            for _ in range(30):
                if laid.bounds().width / (laid.bounds().height + HEADING) <= aspect * 1.05:
                    break
                style = style._replace(levels=style.levels * 1.15)
                laid = u.laid(found, copies, style)
        drawing = Drawing(found, laid, colors, is_u=True)
        drawing.volumes()
        drawing.captions()
        u.draw(drawing, copies, style)
        return drawing, _scales(style.scale, False)
    series, crossing = structure(found)
    raise_towers(found, series)
    base = _style(found, series)
    chosen, style = _fitting(found, series, base, aspect)
    drawing = Drawing(found, chosen.laid, colors)
    drawing.detours = chosen.detours
    drawing.volumes()
    drawing.captions()
    drawing.lines(crossing)
    link(drawing, crossing)
    return drawing, _scales(style.scale, style.sheets)


def _style(found: Network, series: Series) -> Callable[[float, float], Style]:
    maps = [volume.sizes for volume in found.volumes if volume.form == "box"]
    sheets = bool(maps) and max([sizes.channels for sizes in maps]) <= SHEETS
    lanes = _most_lanes(series)
    edge, thickness = (150.0, 70.0) if lanes < 3 else (max(70.0, 330.0 / lanes), 48.0)
    return lambda share, size: Style(
        Scale(found.volumes, edge * size, thickness * share), shape_text, max(14.0, 30.0 * share**0.5), sheets
    )


def _fitting(
    found: Network, series: Series, base: Callable[[float, float], Style], aspect: float | None
) -> tuple[Rows, Style]:
    """The picture whose shape comes nearest to what is wanted: in more rows, or with larger maps."""
    best: tuple[float, Rows, Style] | None = None
    for count in range(1, MOST_ROWS + 1):
        for size in SIZES if aspect else SIZES[:1]:
            one, style = _narrowed(found, series, base, count, size)
            box = one.laid.bounds()
            shape = box.width / (box.height + HEADING)
            far = abs(log(shape / (aspect or min(shape, WIDEST))))
            if shape > TOO_WIDE * (aspect or WIDEST):
                far += 10.0
            if best is None or far < best[0] - 1e-6:
                best = far, one, style
            if shape < (aspect or WIDEST):
                break
        if shape < (aspect or WIDEST) and size == SIZES[0]:
            break
    assert best is not None
    return best[1], best[2]


def _narrowed(
    found: Network, series: Series, base: Callable[[float, float], Style], count: int, size: float
) -> tuple[Rows, Style]:
    """Rows that are not too long, if thinner maps and smaller gaps can make them so."""
    share = 1.0
    while True:
        style = base(share, size)
        one = rows(found, series, style, count)
        if one.laid.bounds().width <= WIDTH or share < 0.35:
            return one, style
        share *= 0.82


def _scales(scale: Scale, sheets: bool) -> str:
    thickness = "one sheet for each channel" if sheets else f"thickness ~ channels^{scale.thickness.exponent:.2f}"
    return f"edge of a map ~ size^{scale.edge.exponent:.2f}, {thickness}"


def _framed(report: Checked, drawing: Drawing, said: str) -> Scene:
    canvas, colors = drawing.canvas, drawing.colors
    box = canvas.bounds()
    middle = (box.left + box.right) / 2
    canvas.add(Text(Point(middle, box.top - 16), report.title, 15, colors.palette.text, bold=True), 60)
    totals = report.totals
    line = f"{len(report.graph.nodes)} layers · {grouped(totals.parameters)} parameters · {grouped(totals.multiplications)} multiplications"
    canvas.add(Text(Point(middle, box.bottom + 22), line, 10, colors.palette.small_text), 60)
    canvas.add(Text(Point(middle, box.bottom + 36), said, 8.5, colors.palette.small_text), 60)
    words = "; ".join([f"{volume.action} {shape_text(volume.shape)}" for volume in drawing.network.volumes])
    return canvas.scene(report.title, words, colors.palette.background)


def _network(report: Checked, depth: int | None) -> Network:
    graph = report.graph
    root = parts(graph)
    fold(root)
    order = {id(node): index for index, node in enumerate([*graph.inputs, *graph.nodes])}
    stand_ins = {name: STAND_IN for name in report.symbols}

    def whole() -> Network:
        return network(root, order, stand_ins, {})

    found = whole()
    deepest = max([len(volume.scopes) for volume in found.volumes], default=0)
    if depth is not None:
        return closed(found, depth) if depth <= deepest else found
    for level in range(deepest, 0, -1):
        if len(found.volumes) <= MOST_VOLUMES:
            break
        found = closed(whole(), level)
    return found


def _most_lanes(series: Series) -> int:
    most = 1
    for item in series.items:
        if isinstance(item, Parallel):
            most = max(most, len(item.branches), *[_most_lanes(branch) for branch in item.branches])
    return most
