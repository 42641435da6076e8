"""Draws volumes that have their places: faces, captions, lines, arcs, brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.scene.primitives import Canvas, Path, Point, Text
from archcalc.volumes.captions import Words
from archcalc.volumes.colors import Colors
from archcalc.volumes.laid import WORDS, Laid
from archcalc.volumes.network import Network, Volume
from archcalc.volumes.painting import Stripes, paint, window
from archcalc.volumes.routes import Detour, over, route

BEHIND, SOLIDS, FRONT, TEXTS = 5.0, 10.0, 40.0, 50.0
"""Depths: lines behind volumes, volumes, lines over them, texts."""
BENDS = 7.0


class Drawing:
    """One picture while it is drawn; `drawn` says how each edge is: as a line, an arc, or by touching."""

    def __init__(
        self,
        network: Network,
        laid: Laid,
        colors: Colors,
        words: Words,
        *,
        detours: Mapping[tuple[Volume, Volume], Detour] | None = None,
        is_u: bool = False,
    ) -> None:
        self.colors = colors
        self.canvas = Canvas()
        self.network = network
        self.laid = laid
        self.drawn: dict[tuple[Volume, Volume], str] = {}
        self.named: set[tuple[Volume, Volume]] = set()
        """Maps that fields name, which have lines of their own."""
        self.detours = detours or {}
        self._words = words
        self._lanes = {} if is_u else _lanes(network, laid, colors.lanes)
        self._copied = colors.copied if is_u else None
        """What is copied into a concatenation of a U; what is made there looks like any other map."""

    def volumes(self) -> None:
        """Paint all volumes, from the left to the right."""
        placed = [volume for volume in self.network.volumes if volume in self.laid.places]
        order = sorted(placed, key=lambda volume: (self.laid.places[volume].x, self.laid.places[volume].y))
        for index, volume in enumerate(order):
            glyph, place = self.laid.glyphs[volume], self.laid.places[volume]
            depth = SOLIDS + index * 0.05
            for base in glyph.bases(place):
                paint(
                    self.canvas, self.colors, volume, glyph, base, self._stripes(volume), self._tooltip(volume), depth
                )
            if volume.skip:
                self._skip(volume)

    def _stripes(self, volume: Volume) -> Stripes:
        if volume.kind == "concat" and volume.form == "box" and len(volume.reads) > 1:
            total = sum([reading.channels for reading in volume.reads])
            if self._copied is not None:
                made = self.colors.middle("conv")
                shares = [reading.channels / total for reading in volume.reads]
                return [(self._copied, sum(shares[:-1])), (made, shares[-1])]
            return [
                (
                    self._lanes.get(reading.source, self.colors.lanes[index % len(self.colors.lanes)]),
                    reading.channels / total,
                )
                for index, reading in enumerate(volume.reads)
            ]
        color = self._lanes.get(volume) or self.colors.middle(volume.family, is_fault=bool(volume.fault))
        return [(color, 1.0)]

    def _tooltip(self, volume: Volume) -> str:
        """Everything about a volume in a few lines."""
        behind = f", {', '.join(volume.activations)}" if volume.activations else ""
        layers = f", {volume.layers} layers" if volume.is_scope else ""
        lines = [volume.name, f"{volume.action}{behind}{layers} → {self._words(volume.shape)}", volume.fault]
        return "\n".join([line for line in lines if line])

    def _skip(self, volume: Volume) -> None:
        """A small arc on a closed scope that adds what it reads to its result."""
        box = self.laid.glyphs[volume].box(self.laid.places[volume])
        left, right, y = box.left + box.width * 0.3, box.left + box.width * 0.9, box.top - 6.0
        points = (Point(left, box.top + 1), Point(left, y), Point(right, y), Point(right, box.top + 1))
        self.canvas.add(Path(points, self.colors.skip, 1.2, volume.skip == "projection", arrow=True, radius=4.0), FRONT)

    def captions(self) -> None:
        """Write what stands below volumes."""
        for run in self.laid.runs:
            for text in run.caption.texts(
                run.middle, run.top, self.colors.palette.text, self.colors.palette.small_text
            ):
                self.canvas.add(text, TEXTS)
        for bracket in self.laid.brackets:
            foot, y = bracket.y - 5.0, bracket.y
            points = (
                Point(bracket.left, foot),
                Point(bracket.left, y),
                Point(bracket.right, y),
                Point(bracket.right, foot),
            )
            self.canvas.add(Path(points, self.colors.palette.text, 1.2), BEHIND)
            place = Point((bracket.left + bracket.right) / 2, bracket.y + 13.0)
            self.canvas.add(Text(place, bracket.text, 11.0, self.colors.palette.text, bold=True), TEXTS)

    def lines(self, crossing: Sequence[tuple[Volume, Volume]]) -> None:
        """Draw every edge that the structure accounts for."""
        over_arcs = self._arcs()
        touching = {pair for run in self.laid.runs for pair in zip(run.volumes, run.volumes[1:], strict=False)}
        for source, target in self.network.edges():
            if (source, target) in over_arcs or (source, target) in crossing:
                continue
            if (source, target) in touching:
                self.drawn[source, target] = "touch"
                continue
            if max(source.towers, target.towers) > 1:
                self._towers(source, target)
                continue
            points = route(self.laid, source, target, self.detours.get((source, target)))
            self._line(source, target, points)

    def _line(self, source: Volume, target: Volume, points: list[Point]) -> None:
        color = self.colors.palette.small_text
        path = Path(tuple(points), color, 1.2, arrow=True, radius=BENDS, joins=(source.name, target.name))
        self.canvas.add(path, FRONT)
        self.drawn[source, target] = "line"
        if len(points) == 2:
            self._window(source, target, self.laid.places[source], self.laid.places[target])
            return
        # In the branch itself the line has the colour of the branch; in front of it and behind it lines run together.
        if target in self._lanes:
            own = Path(tuple(points[-3:]), self._lanes[target], 1.4, arrow=True, radius=BENDS)
            self.canvas.add(own, FRONT + 0.1)
        elif source in self._lanes:
            self.canvas.add(Path(tuple(points[:3]), self._lanes[source], 1.4, radius=BENDS), FRONT + 0.1)

    def _towers(self, source: Volume, target: Volume) -> None:
        """Lines from towers to towers: to one's own where a layer has as many groups, else to all."""
        ours, theirs = self.laid.glyphs[source], self.laid.glyphs[target]
        starts, ends = ours.bases(self.laid.places[source]), theirs.bases(self.laid.places[target])
        is_cut = len(starts) == len(ends) and (target.family == "pool" or target.groups == target.towers)
        pairs = zip(starts, ends, strict=True) if is_cut else [(start, end) for start in starts for end in ends]
        left, right = self._corridor(source, target)
        color = self.colors.palette.small_text
        for start, end in pairs:
            begin, stop = ours.exit(start), theirs.entry(end)
            bends = [] if start.y == end.y else [Point(left, begin.y), Point(right, stop.y)]
            joins = (source.name, target.name)
            self.canvas.add(Path((begin, *bends, stop), color, 1.2, arrow=True, radius=3.0, joins=joins), FRONT)
            if is_cut:
                self._window(source, target, start, end)
        self.drawn[source, target] = "line"

    def _corridor(self, source: Volume, target: Volume) -> tuple[float, float]:
        """The room between two volumes and their captions, where lines may run aslant."""
        right = self.laid.places[source].x + self.laid.glyphs[source].width
        left = self.laid.places[target].x
        for run in self.laid.runs:
            if run.caption.lines and source in run.volumes:
                right = max(right, run.caption.box(run.middle, run.top).right)
            if run.caption.lines and target in run.volumes:
                left = min(left, run.caption.box(run.middle, run.top).left)
        return right + 1.5, left - 1.5

    def _window(self, source: Volume, target: Volume, start: Point, end: Point) -> None:
        """Mark the kernel of a layer on the map that it reads."""
        if target.node is None or target.node.layer is None or len(target.reads) != 1 or len(source.readers) != 1:
            return
        windows = target.node.layer.windows()
        if windows is None:
            return
        kernel = windows.kernel if isinstance(windows.kernel, tuple) else (windows.kernel,) * 2
        if len(kernel) != 2 or not all(isinstance(side, int) for side in kernel) or kernel == (1, 1):
            return
        glyph = self.laid.glyphs[target]
        aim = Point(end.x, end.y + glyph.up / 2 - glyph.height * 0.1)
        if glyph.sheets:
            aim = Point(end.x + glyph.right + glyph.front * 0.3, end.y + glyph.up / 2 + glyph.height * 0.12)
        shown = self.laid.glyphs[source]
        corners = window(self.canvas, self.colors, source, shown, start, kernel, FRONT + 1) or ()
        texts = [area.box for area in self.laid.areas if area.kind == WORDS]
        if not any(box.crossed(corner, aim) for corner in corners for box in texts):
            for corner in corners:
                self.canvas.add(Path((corner, aim), self.colors.window, 0.6), FRONT + 1.01)

    def _arcs(self) -> set[tuple[Volume, Volume]]:
        """Draw the arcs; returns the edges that they are."""
        found: set[tuple[Volume, Volume]] = set()
        for arc in self.laid.arcs:
            points = over(self.laid, arc, self.detours.get((arc.source, arc.via or arc.target)))
            joins = (arc.source.name, arc.target.name)
            self.canvas.add(
                Path(tuple(points), self.colors.skip, 1.4, arc.via is not None, True, BENDS, joins), FRONT + 2
            )
            for text in arc.caption.texts(
                arc.middle, arc.y - arc.caption.height - 3.0, self.colors.skip, self.colors.skip
            ):
                self.canvas.add(text, TEXTS)
            via = arc.via
            edges = [(arc.source, arc.target)] if via is None else [(arc.source, via), (via, arc.target)]
            self.drawn.update((edge, "arc") for edge in edges)
            found.update(edges)
        return found


def _lanes(network: Network, laid: Laid, colors: Sequence[str]) -> dict[Volume, str]:
    """Colours for the branches of concatenations, from the merge back to where the branch parts."""
    found: dict[Volume, str] = {}
    for volume in network.volumes:
        if volume.kind != "concat" or len(volume.reads) < 2:
            continue
        outer = laid.buses.get(volume, [])
        for index, reading in enumerate(volume.reads):
            source = reading.source
            while (
                source.form == "box"
                and source.kind != "concat"
                and any(bus not in outer for bus in laid.buses.get(source, []))
            ):
                found[source] = colors[index % len(colors)]
                if len(source.reads) != 1:
                    break
                source = source.reads[0].source
    return found
