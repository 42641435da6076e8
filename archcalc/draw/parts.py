"""The graph as a tree of parts: layers in their scopes, with what each reads and who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from archcalc.graph import Graph, Map, Module, Node
from archcalc.layers.shape import Shape

Role = Literal["input", "layer", "stack", "scope", "output", "unknown"]


class Link(NamedTuple):
    """What a part reads: which of another part's maps. A reference (`crop: {to: here}`) is no data that is merged."""

    source: DrawnPart
    port: int
    shape: Shape | None
    is_reference: bool = False
    mark: str = ""
    """In a comparison, what has become of it: `+`, `-` or nothing."""


class DrawnPart:
    """An input, a layer, a scope, an output, or the place of something that an error keeps unknown.

    A stack is a layer with those that are drawn in its box; `node` is the first of them.
    """

    __slots__ = (
        "children",
        "is_closed",
        "kind",
        "label",
        "leaves",
        "mark",
        "node",
        "readers",
        "reads",
        "remarks",
        "role",
        "signature",
        "twins",
    )

    def __init__(self, role: Role, label: str, kind: str, node: Node | None = None) -> None:
        self.role: Role = role
        self.label = label
        self.kind = kind
        self.node = node
        self.children: list[DrawnPart] = []
        self.reads: list[Link] = []
        self.readers: list[DrawnPart] = []
        self.leaves: list[DrawnPart] = []
        """Every leaf inside in order, itself if it is one."""
        self.twins: list[DrawnPart] = [self]
        """The parts that it stands for once repeats are folded, itself first."""
        self.signature: Any = None
        self.mark = ""
        """In a comparison, what has become of a leaf, as a sign."""
        self.remarks: tuple[str, ...] = ()
        """The same in words."""
        self.is_closed = False
        """Whether it stays one box at every depth."""

    @property
    def is_scope(self) -> bool:
        """Whether it holds others."""
        return self.role in ("scope", "stack")

    @property
    def is_box(self) -> bool:
        """Whether it is one layer, or several in one box."""
        return self.role in ("layer", "stack")


def parts(graph: Graph) -> DrawnPart:
    """The tree of a network; its root is no part of the picture."""
    return _Builder(graph).root


class _Builder:
    def __init__(self, graph: Graph) -> None:
        self.root = DrawnPart("scope", "", "")
        self.scopes: dict[int, DrawnPart] = {id(graph.root): self.root}
        self.leaves: dict[int, DrawnPart] = {}
        self.unknown: dict[int, DrawnPart] = {}
        for node in graph.inputs:
            self._add(DrawnPart("input", node.label, node.kind, node), self.root)
        for node in graph.nodes:
            self._add(DrawnPart("layer", node.label, node.kind, node), self._scope(node.module))
        for node in graph.nodes:
            reader = self.leaves[id(node)]
            # Behind the maps that flow through a layer stand those that its fields name.
            flowing = len(node.inputs if node.layer is None else node.layer.flowing(node.inputs))
            for position, value in enumerate(node.inputs):
                self._link(value, reader, is_reference=position >= flowing)
        for name, value in graph.outputs.items():
            output = DrawnPart("output", name, "output")
            self.root.children.append(output)
            self._link(value, output)
        collect(self.root)

    def _add(self, leaf: DrawnPart, scope: DrawnPart) -> None:
        self.leaves[id(leaf.node)] = leaf
        scope.children.append(leaf)

    def _scope(self, module: Module) -> DrawnPart:
        """The part of a scope. Each application of shared parameters has its own module, and so its own part."""
        missing: list[Module] = []
        while module.parent is not None and id(module) not in self.scopes:
            missing.append(module)
            module = module.parent
        found = self.root if module.parent is None else self.scopes[id(module)]
        for module in reversed(missing):
            inner = self.scopes[id(module)] = DrawnPart("scope", module.label, module.block or "")
            found.children.append(inner)
            found = inner
        return found

    def _link(self, value: Map, reader: DrawnPart, *, is_reference: bool = False) -> None:
        source = self.leaves.get(id(value.node)) or self._missing(value, reader)
        reader.reads.append(Link(source, value.port, value.outline, is_reference))
        source.readers.append(reader)

    def _missing(self, value: Map, reader: DrawnPart) -> DrawnPart:
        """The place of what was not understood, in front of its first reader."""
        found = self.unknown.get(id(value))
        if found is None:
            found = self.unknown[id(value)] = DrawnPart("unknown", "?", "unknown")
            scope = self.root if reader.node is None else self._scope(reader.node.module)
            scope.children.insert(scope.children.index(reader), found)
        return found


def collect(root: DrawnPart) -> None:
    """Let every part know the leaves inside it."""
    for part in bottom_up(root):
        part.leaves = [leaf for child in part.children for leaf in child.leaves] if part.is_scope else [part]


def bottom_up(root: DrawnPart) -> Iterator[DrawnPart]:
    """All parts, each behind those inside it."""
    waiting: list[tuple[DrawnPart, bool]] = [(root, False)]
    while waiting:
        part, is_open = waiting.pop()
        if is_open or not part.children:
            yield part
        else:
            waiting.append((part, True))
            waiting.extend((child, False) for child in reversed(part.children))
