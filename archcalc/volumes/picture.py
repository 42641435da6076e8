"""The lecture picture of a network: which layout fits it, and what stands around it."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.draw.excerpt import excerpt
from archcalc.draw.faults import faults
from archcalc.draw.folding import fold
from archcalc.draw.parts import DrawnPart, parts
from archcalc.layers.shape import Shape
from archcalc.report.abbreviations import Abbreviations
from archcalc.scene.aspect import Aspect
from archcalc.scene.picture import ScenePicture
from archcalc.scene.primitives import Scene
from archcalc.tally import tally_known
from archcalc.volumes import heading, u
from archcalc.volumes.closing import closed
from archcalc.volumes.colors import ON_DARK, ON_LIGHT, Colors
from archcalc.volumes.drawing import Drawing
from archcalc.volumes.fitting import fitted, shape
from archcalc.volumes.links import link
from archcalc.volumes.network import Network, network
from archcalc.volumes.structure import structure
from archcalc.volumes.towers import raise_towers
from archcalc.volumes.words import product

READABLE = 44
"""Scopes are drawn as one box each from the inside out, until there are no more volumes than this."""
MOST = 400
"""A picture of more volumes is refused."""
STAND_IN = 64
"""By what size a free symbol is drawn."""


class TooManyVolumes(ValueError):
    """The picture would have more volumes than anybody can look at; the message says what helps."""


class Wishes(NamedTuple):
    """What can be chosen about a picture."""

    layer: str | None = None
    """The full name of a layer or group, or the name of a block: only that is drawn."""
    depth: int | None = None
    """Levels of scopes that are unfolded; without it, as many as stay readable."""
    aspect: str | None = None
    """Width by height, such as `16:9`; without it, in one row if that is not too wide."""
    dark: bool = False
    width: int | None = None
    """In pixels; without it, as it was drawn."""
    title: str | None = None
    caption: str | None = None
    """What stands below the picture in the place of the counts."""


ANYTHING = Wishes()
"""No wish."""


class VolumePicture(ScenePicture):
    """A network as volumes, as papers draw it: `scene` holds what is drawn, `save` writes SVG, PDF or PNG.

    >>> import archcalc
    >>> picture = archcalc.load("input: [1, 32, 32]\\nlayers: [conv: [6, 5], tanh]").check().draw(style="volumes")
    >>> [volume.name for volume in picture.network.volumes]
    ['input', '0']
    """

    def __init__(self, drawing: Drawing, scene: Scene, width: int | None = None) -> None:
        super().__init__(scene, width)
        self.network = drawing.network
        self.connections = {(one.name, other.name): how for (one, other), how in drawing.drawn.items()}
        """How each edge is drawn, by the names of its ends: as a line or an arc, or by touching."""
        self.references = {(source.name, volume.name) for source, volume in drawing.named}
        """Edges to the maps that fields name."""


def picture(report: Checked, wishes: Wishes = ANYTHING) -> VolumePicture:
    """The lecture picture of a checked network.

    Raises: TooManyVolumes, NoSuchPart (a LookupError), ValueError for wishes that nothing can have.
    """
    if wishes.depth is not None and wishes.depth < 1:
        raise ValueError(f"the depth is a number of 1 or more, not {wishes.depth!r}")
    with paused():
        return _Maker(report, wishes).picture()


class _Maker:
    def __init__(self, report: Checked, wishes: Wishes) -> None:
        self._report = report
        self._wishes = wishes
        self._aspect = None if wishes.aspect is None else Aspect.of(wishes.aspect)
        self._colors: Colors = ON_DARK if wishes.dark else ON_LIGHT
        self._note = ""
        self._root = self._parts()
        values = [size for leaf in self._root.leaves for link in leaf.reads if link.shape for size in link.shape.sizes]
        self._abbreviations = Abbreviations(values, report.symbols)

    def _parts(self) -> DrawnPart:
        root = parts(self._report.graph)
        if self._wishes.layer is not None:
            root, self._note = excerpt(root, self._wishes.layer)
        fold(root)
        return root

    def picture(self) -> VolumePicture:
        network = self._network()
        drawing, small = self._u(network) or self._rows(network)
        title = self._wishes.title if self._wishes.title is not None else self._title()
        caption = [self._wishes.caption] if self._wishes.caption is not None else self._counts()
        notes = [*([self._note] if self._note else []), *small, *self._abbreviations.legend()]
        heading.frame(drawing.canvas, self._colors, title, caption, notes)
        words = "; ".join([f"{volume.action} {self._words(volume.shape)}" for volume in network.volumes])
        scene = drawing.canvas.scene(title, words, self._colors.palette.background)
        return VolumePicture(
            drawing,
            scene if self._aspect is None else scene._replace(bounds=self._aspect.filled(scene.bounds)),
            self._wishes.width,
        )

    def _u(self, network: Network) -> tuple[Drawing, list[str]] | None:
        copies = u.copies(network)
        if copies is None:
            return None
        style = u.Style(u.scale(network), self._words)
        laid = u.laid(network, copies, style)
        while self._aspect is not None and shape(laid.bounds()) > self._aspect.ratio and style.levels < u.MOST_LEVELS:
            style = style._replace(levels=style.levels * 1.15)
            laid = u.laid(network, copies, style)
        drawing = Drawing(network, laid, self._colors, self._words, is_u=True)
        drawing.volumes()
        drawing.captions()
        u.draw(drawing, copies)
        return drawing, heading.scales(style.scale, sheets=False)

    def _rows(self, network: Network) -> tuple[Drawing, list[str]]:
        found = structure(network)
        raise_towers(network, found.series)
        (laid, detours), style = fitted(network, found, self._words, self._aspect and self._aspect.ratio)
        drawing = Drawing(network, laid, self._colors, self._words, detours=detours)
        drawing.volumes()
        drawing.captions()
        drawing.lines(found.crossing)
        link(drawing, found.crossing)
        small = heading.scales(style.scale, sheets=style.sheets)
        return drawing, [*small, *([] if style.sheets else heading.activations(network))]

    def _network(self) -> Network:
        """The volumes, with scopes closed where there are too many."""
        found = self._whole()
        deepest = max([len(volume.scopes) for volume in found.volumes], default=0)
        depth = self._wishes.depth
        if depth is not None:
            found = closed(found, depth) if depth <= deepest else found
        else:
            for level in range(deepest, 0, -1):
                if len(found.volumes) <= READABLE:
                    break
                found = closed(self._whole(), level)
        if len(found.volumes) > MOST:
            help = (
                f"a --depth below {depth} has fewer"
                if depth is not None
                else "name a LAYER to draw, or put layers into named groups or blocks, which are drawn as one box"
            )
            raise TooManyVolumes(
                f"the picture would have {len(found.volumes):,} volumes, and {MOST} are the most; {help}"
            )
        return found

    def _whole(self) -> Network:
        graph = self._report.graph
        order = {id(node): index for index, node in enumerate([*graph.inputs, *graph.nodes])}
        stand_ins = dict.fromkeys(self._report.symbols, STAND_IN)
        wrong = {name: "\n".join(found) for name, found in faults(self._report).items()}
        return network(self._root, order, stand_ins, wrong)

    def _words(self, shape: Shape | None) -> str:
        if shape is None:
            return "?"
        short = self._abbreviations.short
        return product(tuple([size if isinstance(size, int) else short(size) for size in shape.sizes]))

    def _title(self) -> str:
        """The name of the network and its variant, as one writes them."""
        report = self._report
        title = f"{report.name}, {report.variant}" if report.variant else report.name
        return f"{title}: {self._wishes.layer}" if self._wishes.layer is not None else title

    def _counts(self) -> list[str]:
        nodes = [leaf.node for leaf in self._root.leaves if leaf.role == "layer" and leaf.node is not None]
        totals = self._report.totals if self._wishes.layer is None else tally_known(nodes)
        return heading.counts(len(nodes), totals.parameters, totals.multiplications)
