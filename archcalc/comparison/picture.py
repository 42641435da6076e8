"""Two networks in one picture: the second one, with what is gone of the first, and signs for what has become of each.

The edges of both are drawn, those that are new or gone with their sign. Scopes in which nothing differs are closed, and
so are large ones that came or went as a whole.
"""

from __future__ import annotations

from collections import Counter

from archcalc.collector import paused
from archcalc.comparison.compared import Compared
from archcalc.comparison.layers import LayerChange, State
from archcalc.comparison.rows import told_fields
from archcalc.comparison.told import amount_rows
from archcalc.comparison.words import amount_text, changed, share
from archcalc.draw.build import painted
from archcalc.draw.model import Diagram
from archcalc.draw.parts import DrawnPart, Link, bottom_up, collect, parts
from archcalc.graph import Graph

MARKS: dict[State, str] = {"added": "+", "removed": "-", "changed": "~", "moved": "~", "renamed": "=", "hidden": "~"}
MEANINGS = {"+": "added", "-": "removed", "~": "changed", "=": "renamed"}
WHOLE = 6
"""A scope of more layers than this that came or went as a whole is one box."""


def diagram(difference: Compared, depth: int | None = None) -> Diagram:
    """The picture of a difference. Raises: as `archcalc.draw.build.diagram` does."""
    with paused():
        root = _Union(difference).root
        used = Counter(leaf.mark for leaf in root.leaves)
        used += Counter(link.mark for leaf in root.leaves for link in leaf.reads)
        heading = Diagram(
            f"{difference.before.address} → {difference.after.address}",
            (),
            (),
            None,
            None,
            tuple(dict.fromkeys((*difference.before.symbols, *difference.after.symbols))),
            0,
            tuple(_notes(difference)),
            (*((sign, meaning) for sign, meaning in MEANINGS.items() if used[sign]), ("", "grey: the same")),
        )
        return painted(root, heading, {}, depth)


def _notes(difference: Compared) -> list[str]:
    """What the networks cost, as far as it differs."""
    return [
        f"{amount.quantity} {amount_text(amount.before)} → {amount_text(amount.after)} {share(amount)}".rstrip()
        for amount in amount_rows(difference)[:2]
        if not amount.is_same
    ]


class _Union:
    """The parts of both networks as one tree."""

    def __init__(self, difference: Compared) -> None:
        self.root = parts(difference.after.graph)
        other = parts(difference.before.graph)
        self.parents = _parents(self.root)
        self.theirs = _leaves(self.root, difference.after.graph)
        self.ours = _leaves(other, difference.before.graph)
        self.twin: dict[int, DrawnPart] = {}
        """For every leaf of the first network, the one that stands for it."""
        self.last: dict[int, DrawnPart] = {}
        """In every scope, the part that came last in the order of the difference."""
        for change in difference.layers:
            self._place(change)
        for change in difference.layers:
            self._wire(change)
        self._outputs(other)
        collect(self.root)
        for part in bottom_up(self.root):
            marks = {leaf.mark for leaf in part.leaves}
            is_whole = len(marks) == 1 and len(part.leaves) > WHOLE
            part.is_closed = part.is_scope and part is not self.root and (marks == {""} or is_whole)
            if part.is_scope and not part.is_closed:
                part.remarks = tuple(_inside(part))

    def _place(self, change: LayerChange) -> None:
        leaf = self.theirs[change.after.place] if change.after is not None else None
        if leaf is None:
            assert change.before is not None, "a change is of a layer"
            leaf = self.ours[change.before.place]
            scope = self._scope(change.before.scopes)
            self._insert(leaf, scope)
        if change.before is not None:
            self.twin[id(self.ours[change.before.place])] = leaf
        leaf.mark = MARKS.get(change.state, "")
        leaf.remarks = tuple(_remarks(change))
        inner = leaf
        while inner is not self.root:
            scope = self.parents[id(inner)]
            self.last[id(scope)] = inner
            inner = scope

    def _scope(self, scopes: tuple[tuple[str, str], ...]) -> DrawnPart:
        """The scope of a name, which is made where the second network has none."""
        found = self.root
        for name, block in scopes:
            label = name.rpartition(".")[2]
            inner = next((part for part in found.children if part.is_scope and part.label == label), None)
            if inner is None:
                inner = DrawnPart("scope", label, block)
                self._insert(inner, found)
            found = inner
        return found

    def _insert(self, part: DrawnPart, scope: DrawnPart) -> None:
        last = self.last.get(id(scope))
        scope.children.insert(0 if last is None else scope.children.index(last) + 1, part)
        self.parents[id(part)] = scope

    def _wire(self, change: LayerChange) -> None:
        before = self.ours[change.before.place] if change.before is not None else None
        after = self.theirs[change.after.place] if change.after is not None else None
        self._link(before, after or before, is_new=before is None, is_gone=after is None)

    def _link(self, before: DrawnPart | None, leaf: DrawnPart | None, *, is_new: bool, is_gone: bool) -> None:
        """The edges that enter a leaf on both sides, with signs for those that one side has."""
        assert leaf is not None, "a part has one side at least"
        ours = [] if before is None else [self._moved(link) for link in before.reads if id(link.source) in self.twin]
        theirs = [] if is_gone else list(leaf.reads)
        left = Counter(map(_end, ours))
        marked = []
        for link in theirs:
            is_same = left[_end(link)] > 0
            left[_end(link)] -= is_same
            marked.append(link if is_same and not is_new else link._replace(mark="+"))
        for link in ours:
            if left[_end(link)] > 0:
                left[_end(link)] -= 1
                marked.append(link._replace(mark="-"))
                if leaf not in link.source.readers:
                    link.source.readers.append(leaf)
        leaf.reads = marked

    def _moved(self, link: Link) -> Link:
        return link._replace(source=self.twin[id(link.source)])

    def _outputs(self, other: DrawnPart) -> None:
        """What leaves under the same name, or the one output of each."""
        ours, theirs = (
            {part.label: part for part in root.children if part.role == "output"} for root in (other, self.root)
        )
        if len(ours) == len(theirs) == 1:
            ours = dict(zip(theirs, ours.values(), strict=True))
        for name, part in theirs.items():
            part.mark = "" if name in ours else "+"
            self._link(ours.get(name), part, is_new=name not in ours, is_gone=False)
        for name, part in ours.items():
            if name not in theirs:
                part.mark = "-"
                self.root.children.append(part)
                self._link(part, part, is_new=False, is_gone=True)


def _end(link: Link) -> tuple[int, int, bool]:
    return id(link.source), link.port, link.is_reference


def _parents(root: DrawnPart) -> dict[int, DrawnPart]:
    return {id(child): part for part in bottom_up(root) for child in part.children}


def _leaves(root: DrawnPart, graph: Graph) -> list[DrawnPart]:
    """The leaf of every input and layer, in the order of the network."""
    known = {id(part.node): part for part in bottom_up(root) if part.node is not None}
    return [known[id(node)] for node in (*graph.inputs, *graph.nodes)]


def _inside(scope: DrawnPart) -> list[str]:
    """What has become of the layers of a scope, for where it is one box."""
    alike = Counter((leaf.kind, ", ".join(leaf.remarks)) for leaf in scope.leaves if leaf.mark and leaf.remarks)
    told = [f"{count} × {kind} {what}" if count > 1 else f"{kind} {what}" for (kind, what), count in alike.items()]
    marks = Counter(leaf.mark for leaf in scope.leaves)
    return [*(f"{marks[sign]} {MEANINGS[sign]}" for sign in "+-" if marks[sign]), *told]


def _remarks(change: LayerChange) -> list[str]:
    """What has become of a layer, in few words."""
    if change.before is None or change.after is None or change.state in ("same", "follows"):
        return []
    told = [changed(field) for field in told_fields(change)]
    told += [f"was {change.before.name}"] if change.is_renamed else []
    return [*told, *(["moved"] if change.is_moved else [])]
