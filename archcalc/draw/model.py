"""The picture of a network before anybody draws it: a tree of boxes, and edges between them.

It knows nothing of Graphviz; everything that shows a network as a graph can start from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from archcalc.dims import Dim
from archcalc.layers.shape import Shape

Role = Literal["input", "layer", "merge", "scope", "output", "unknown"]
Skip = Literal["", "identity", "projection"]
"""How what a box adds goes round what it computes: as it is, or through a projection."""


class DrawnBox(NamedTuple):
    """A layer, a scope, an input, an output, or (`unknown`) the place of what an error keeps unknown.

    It stands for `times` copies; counts and layers are those of one copy. A scope without `children` is closed.
    """

    id: str
    """A word that no other box of the picture has."""
    role: Role
    label: str
    """Its name, or the first and the last of those that it stands for; empty where it only has a number."""
    name: str
    """Its full name: labels from the outermost scope on."""
    kind: str
    """A layer's kind, or the block that a scope is a call of."""
    family: str
    """A layer's family, by which it is coloured."""
    kernel: str
    """A layer's kernel on several axes: `3×3`."""
    settings: str
    """A layer's other fields, as far as they are given and no shape says the same."""
    outputs: tuple[Shape | None, ...]
    parameters: Dim | None
    """Trainable and frozen ones; None behind an error."""
    multiplications: Dim | None
    layers: int
    times: int
    shares: str
    """The layer whose parameters this one uses again."""
    faults: tuple[str, ...]
    """What is wrong here."""
    children: tuple[DrawnBox, ...]
    mark: str = ""
    """In a comparison, what has become of it: `+`, `-`, `~`, `=`, or nothing."""
    remarks: tuple[str, ...] = ()
    """The same in words."""
    filters: Dim | None = None
    """The channels or features that a layer makes."""
    behind: tuple[str, ...] = ()
    """Kinds of the norms and activations behind a layer that are drawn in its box."""
    skip: Skip = ""
    """Of a closed block, whether it adds what it reads to what it computes."""

    def walk(self) -> Iterator[DrawnBox]:
        """It and everything inside it that is drawn."""
        yield self
        for child in self.children:
            yield from child.walk()


class Edge(NamedTuple):
    """A map that flows from a box to another one: ids of the boxes that are drawn, never of open scopes.

    `times` copies of the source are read alike. A reference (`crop: {to: here}`) is a map that a field names. An edge
    that `repeats` a box leads from one of its copies to the next: it is implied where the count is drawn.
    """

    source: str
    target: str
    shape: Shape | None
    times: int = 1
    is_reference: bool = False
    repeats: str = ""
    mark: str = ""
    """In a comparison, whether it is new (`+`) or gone (`-`)."""
    tells: bool = True
    """Whether the picture says the shape: where it changes, once for all that read it, and at an input."""


class Diagram(NamedTuple):
    """What is drawn of a network."""

    title: str
    boxes: tuple[DrawnBox, ...]
    edges: tuple[Edge, ...]
    parameters: Dim | None
    multiplications: Dim | None
    symbols: tuple[str, ...]
    """Names that closed forms may hold."""
    depth: int
    """Levels of scopes that are unfolded."""
    notes: tuple[str, ...] = ()
    """Lines below the title."""
    legend: tuple[tuple[str, str], ...] = ()
    """Of a comparison, the signs that it uses, with their meanings; what has no sign is the same in both."""

    @property
    def is_comparison(self) -> bool:
        """Whether it shows two networks."""
        return bool(self.legend)

    def walk(self) -> Iterator[DrawnBox]:
        """All boxes, scopes in front of what is inside them."""
        for box in self.boxes:
            yield from box.walk()
