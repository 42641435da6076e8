"""From a report to the picture of it: how far scopes are unfolded, which boxes there are, which edges join them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.draw.excerpt import excerpt
from archcalc.draw.faults import faults
from archcalc.draw.fields import filters, kernel, settings
from archcalc.draw.folding import fold
from archcalc.draw.model import Diagram, DrawnBox, Edge, Role
from archcalc.draw.parts import DrawnPart, Link, parts
from archcalc.draw.skips import skip
from archcalc.draw.stacks import stack
from archcalc.graph import Node
from archcalc.layers.shape import Shape
from archcalc.tally import Count, Counts, tally_known

READABLE = 24
"""If no depth is asked for, scopes are unfolded as long as the picture has no more boxes than this ..."""
INFORMATIVE = 8
"""... but a picture of less than this is unfolded once more, ..."""
BEARABLE = 40
"""... if that gives no more boxes than this."""
MOST_BOXES = 1000
"""More boxes than this are no picture."""

_WORD = re.compile(r"[A-Za-z0-9_.]+")


class TooManyBoxes(ValueError):
    """The picture would have more boxes than anybody can look at; the message says what helps."""


def diagram(report: Checked, depth: int | None = None, *, layer: str | None = None, folds: bool = True) -> Diagram:
    """The picture of a network with scopes unfolded down to a depth; 1 shows the outermost steps only.

    With a `layer`, the full name of a layer or group or the name of a block, only that is drawn. Without `folds`,
    every layer is a box of its own.

    Raises: TooManyBoxes, NoSuchPart.
    """
    totals = report.totals
    notes: tuple[str, ...] = ()
    title = report.title
    with paused():
        root = parts(report.graph)
        if layer is not None:
            root, note = excerpt(root, layer)
            title = f"{title} {layer}"
            notes = (note,) if note else ()
            totals = tally_known([leaf.node for leaf in root.leaves if leaf.role == "layer" and leaf.node is not None])
        symbols = tuple(report.symbols)
        heading = Diagram(title, (), (), _owned(totals), totals.multiplications, symbols, 0, notes)
        return painted(root, heading, faults(report), depth, folds=folds)


def painted(
    root: DrawnPart, heading: Diagram, faults: dict[str, list[str]], depth: int | None = None, *, folds: bool = True
) -> Diagram:
    """The picture of a tree of parts; `heading` is one without boxes, which says what stands over it.

    Raises: as `diagram` does.
    """
    if depth is not None and depth < 1:
        raise ValueError(f"the depth is a number of 1 or more, not {depth!r}")
    if folds:
        stack(root)
        fold(root)
    return _Painter(root, heading, faults, _depth(root, depth)).diagram()


def _depth(root: DrawnPart, wanted: int | None) -> int:
    counts = _counts(root)
    if wanted is None:
        wanted = max((index for index, count in enumerate(counts, start=1) if count <= READABLE), default=1)
        if counts[wanted - 1] < INFORMATIVE and wanted < len(counts) and counts[wanted] <= BEARABLE:
            wanted += 1
    wanted = min(wanted, len(counts))
    count = counts[wanted - 1]
    if count > MOST_BOXES:
        fitting = [index for index, one in enumerate(counts, start=1) if one <= MOST_BOXES]
        help = (
            f"--depth {max(fitting)} has {counts[max(fitting) - 1]}"
            if fitting
            else "no --depth has fewer: put layers into named groups or blocks, which are drawn as one box"
        )
        raise TooManyBoxes(f"the picture would have {count:,} boxes, and {MOST_BOXES:,} are the most; {help}")
    return wanted


def _counts(root: DrawnPart) -> list[int]:
    """How many boxes there are at each depth, up to the one at which every scope is open."""
    counts: list[int] = []
    level, above = root.children, 0
    while level:
        counts.append(above + len(level))
        above += sum(not part.is_scope or part.is_closed for part in level)
        level = [child for part in level if not part.is_closed for child in part.children]
    return counts or [0]


Copies = tuple[tuple[int, int], ...]
"""In which copies a leaf lies, from the outermost repeat on: which repeat, and which of its copies."""


class _Painter:
    def __init__(self, root: DrawnPart, heading: Diagram, faults: dict[str, list[str]], depth: int) -> None:
        self.heading = heading
        self.depth = depth
        self.root = root
        self.faults = faults
        self.ids: dict[int, str] = {}
        self.taken: set[str] = set()
        self.shown: dict[int, DrawnPart] = {}
        """For every leaf, the first of its copies, which is drawn in its place."""
        self.boxed: dict[int, DrawnPart] = {}
        """For every leaf that is drawn, or lies in a closed scope, what is drawn for it."""
        self.copies: dict[int, Copies] = {}
        self.repeats: dict[int, int] = {}
        """How many copies each repeat has."""
        self.standing: dict[int, list[DrawnPart]] = {}
        """For every leaf that is shown, all that it stands for."""

    def diagram(self) -> Diagram:
        for part in self.root.children:
            self._place(part, part.twins, ())
        boxes = tuple([self._box(part, 1) for part in self.root.children])
        edges = tuple(self._edges())
        return self.heading._replace(boxes=boxes, edges=edges, depth=self.depth)

    def _place(self, shown: DrawnPart, twins: list[DrawnPart], copies: Copies) -> None:
        """Where every copy of a part belongs."""
        if len(twins) > 1:
            self.repeats[id(shown)] = len(twins)
        for number, twin in enumerate(twins):
            inner = (*copies, (id(shown), number)) if len(twins) > 1 else copies
            if not shown.is_scope:
                self.shown[id(twin)] = shown
                self.copies[id(twin)] = inner
                self.standing.setdefault(id(shown), []).append(twin)
            for child, other in zip(shown.children, twin.children, strict=True):
                self._place(child, other.twins, inner)

    def _box(self, part: DrawnPart, depth: int, prefix: str = "") -> DrawnBox:
        is_open = part.is_scope and depth < self.depth and not part.is_closed
        if not is_open:
            for leaf in part.leaves:
                self.boxed[id(self.shown[id(leaf)])] = part
        name = f"{prefix}{part.label}"
        nodes = [leaf.node for leaf in part.leaves if leaf.role == "layer" and leaf.node is not None]
        totals = tally_known(nodes)
        node = part.node if part.is_box else None
        layer = node.layer if node is not None else None
        return DrawnBox(
            id=self._id(part, name),
            role=_role(part),
            label=_label(part),
            name=node.name if node else name,
            kind=part.kind,
            family=layer.family if layer is not None else "",
            kernel=kernel(node) if node is not None else "",
            settings=settings(self._standing(part)) if node is not None else "",
            outputs=_outputs(part),
            parameters=_owned(totals),
            multiplications=totals.multiplications,
            layers=len(nodes),
            times=len(part.twins),
            shares=node.shares.name if node is not None and node.shares is not None else "",
            faults=() if is_open else self._wrong(part),
            children=tuple([self._box(child, depth + 1, f"{name}.") for child in part.children]) if is_open else (),
            mark=_mark(part),
            remarks=part.remarks,
            filters=filters(node) if node is not None else None,
            behind=tuple([layer.kind for layer in part.children[1:]]) if part.role == "stack" else (),
            skip=skip(part) if part.role == "scope" and not is_open else "",
        )

    def _standing(self, part: DrawnPart) -> list[Node]:
        return [leaf.node for leaf in self.standing[id(self.shown[id(part.leaves[0])])] if leaf.node is not None]

    def _wrong(self, part: DrawnPart) -> tuple[str, ...]:
        leaves = [leaf for twin in part.twins for leaf in twin.leaves]
        found = [fault for leaf in leaves if leaf.node is not None for fault in self.faults.get(leaf.node.name, ())]
        if any(leaf.role == "unknown" for leaf in leaves):
            found.append("unknown because of an error")
        return tuple(dict.fromkeys(found))

    def _id(self, part: DrawnPart, name: str) -> str:
        """The name where it is a plain word, so that the text of the picture can be read."""
        base = name if _WORD.fullmatch(name) else part.role
        found, number = base, 2
        while found in self.taken:
            found, number = f"{base}_{number}", number + 1
        self.taken.add(found)
        self.ids[id(part)] = found
        return found

    def _edges(self) -> Iterator[Edge]:
        """The edges of the graph after folding, each once.

        Of a repeat, those inside the first copy are drawn, those that enter the first and those that leave the last.
        """
        drawn: dict[Any, Edge] = {}
        sources: dict[Any, set[Copies]] = {}
        for scope in self.root.children:
            for twin in scope.twins:
                for leaf in twin.leaves:
                    for slot, link in enumerate(leaf.reads):
                        self._edge(leaf, slot, link, drawn, sources)
        arriving: dict[str, set[Shape | None]] = {}
        for edge in drawn.values():
            if not edge.repeats and not edge.is_reference:
                arriving.setdefault(edge.target, set()).add(edge.shape)
        told: set[tuple[str, Shape | None]] = set()
        # Where an excerpt ends, nothing else says what leaves it.
        stubs = {self.ids[id(part)] for part in self.root.children if part.role == "output" and self.root.label}
        for key, edge in drawn.items():
            times = len(sources[key[:3]])
            is_new = edge.shape not in arriving.get(edge.source, ()) and (edge.source, edge.shape) not in told
            told.add((edge.source, edge.shape))
            is_telling = is_new or times > 1 or edge.shape is None or bool(edge.mark) or edge.target in stubs
            yield edge._replace(times=times, tells=is_telling)

    def _edge(
        self, leaf: DrawnPart, slot: int, link: Link, drawn: dict[Any, Edge], sources: dict[Any, set[Copies]]
    ) -> None:
        source, target = self.shown[id(link.source)], self.shown[id(leaf)]
        start, end = self.boxed[id(source)], self.boxed[id(target)]
        leaving, entering = self.copies[id(link.source)], self.copies[id(leaf)]
        while leaving and entering and leaving[0] == entering[0]:
            if leaving[0][1] != 0:
                return
            leaving, entering = leaving[1:], entering[1:]
        repeats = ""
        if leaving and entering and leaving[0][0] == entering[0][0]:
            # From a copy to the next one: the first time stands for all. What repeats in a closed scope is not drawn.
            repeats = self.ids.get(leaving[0][0], "")
            if entering[0][1] != 1 or not repeats:
                return
            leaving, entering = leaving[1:], entering[1:]
        elif start is end:
            return
        if any(number != 0 for _, number in entering):
            return
        place = ((id(source), link.port), id(end), repeats)
        sources.setdefault(place, set()).add(leaving)
        if any(number != self.repeats[repeat] - 1 for repeat, number in leaving):
            return
        # A closed scope is entered once by a map, however many layers inside read it.
        edge = Edge(self.ids[id(start)], self.ids[id(end)], link.shape, 1, link.is_reference, repeats, link.mark)
        drawn.setdefault((*place, None if end.role == "scope" else slot, link.is_reference, link.mark), edge)


def _role(part: DrawnPart) -> Role:
    """What its box is; a stack is what its first layer is."""
    if part.role == "layer" or part.role == "stack":
        layer = part.node.layer if part.node is not None else None
        return "merge" if layer is not None and layer.is_merge and not layer.is_opaque else "layer"
    return part.role


def _owned(totals: Counts[Count]) -> Count:
    """Trainable and frozen parameters."""
    if totals.parameters is None or totals.frozen is None:
        return None
    owned = totals.parameters + totals.frozen
    assert not isinstance(owned, Fraction), "a sum of counts is whole"
    return owned


def _mark(part: DrawnPart) -> str:
    """What has become of a part in a comparison; of a scope, what has become of all that is in it."""
    marks = {leaf.mark for leaf in part.leaves}
    return marks.pop() if len(marks) == 1 else "~"


def _label(part: DrawnPart) -> str:
    """Its name, first and last of its copies; nothing for a number, or for what is called by its kind."""
    first, last = part.label, part.twins[-1].label
    step = part.node.step if part.node is not None else None
    if part.role == "stack" and (step is None or step.name is None):
        # A norm may have the only name.
        return next((label for leaf in part.children[1:] if (label := _label(leaf))), "")
    if first.isdecimal() or (part.role == "layer" and (step is None or step.name is None)):
        return ""
    return first if first == last else f"{first} … {last}"


def _outputs(part: DrawnPart) -> tuple[Any, ...]:
    """The shapes that it writes: a scope those that are read outside, or enter the outputs."""
    if part.node is not None:
        return tuple([value.outline for value in part.node.outputs])
    if part.role == "output":
        return tuple([link.shape for link in part.reads])
    if part.role == "input":
        # What an excerpt reads.
        return tuple([link.shape for reader in part.readers[:1] for link in reader.reads if link.source is part])
    last = part.twins[-1].leaves
    inside = {id(leaf) for leaf in last}
    read = {
        (id(leaf), link.port): link.shape
        for leaf in last
        for reader in leaf.readers
        if id(reader) not in inside
        for link in reader.reads
        if link.source is leaf
    }
    return tuple(read.values())
