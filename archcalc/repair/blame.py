"""Which layers cause an error of a size: the layer that fails, and those in front that decide what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archcalc.diagnostics.codes.language import BAD_SHAPE
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Dim
from archcalc.expectations import Verdict
from archcalc.graph import Graph, Map, Node
from archcalc.layers.axes import axis_names
from archcalc.layers.shape import Shape
from archcalc.layers.site import Finding
from archcalc.layers.window import decimal


class Blame(NamedTuple):
    """A layer that fails although everything that it reads is known, and the layers that can be changed about it."""

    node: Node
    findings: tuple[Finding, ...]
    slice: tuple[Node, ...]
    """The layers that decide the sizes which it reads, those nearest to it first; of a merge, those that only some of
    its branches run through."""
    verdict: Verdict | None = None
    """The claim that fails, where no layer does."""

    @property
    def code(self) -> str:
        """The code of its first error."""
        return self.findings[0].code.id


def failures(graph: Graph, diagnostics: Iterable[Diagnostic]) -> list[Blame]:
    """The layers that fail by themselves, in the order of the network; what depends on them is silent.

    An input without a shape is one of them, if it is a size that is not whole or not positive.
    """
    found = []
    wrong = [one for one in diagnostics if one.code is BAD_SHAPE]
    for node in graph.inputs:
        if wrong and node.outputs[0].shape is None:
            found.append(Blame(node, (Finding(BAD_SHAPE, wrong[0].message),), ()))
    for node in graph.nodes:
        if node.facts is not None and node.facts.outputs is None:
            errors = tuple([one for one in node.facts.findings if one.code.severity == "error"])
            found.append(Blame(node, errors, _slice(graph, node)))
    return found


def upstream(node: Node) -> tuple[Node, ...]:
    """All layers that a layer depends on, nearest first."""
    return _above(node, None)


def trails(graph: Graph, node: Node) -> list[str]:
    """How the sizes run along the branches of a merge, from where they part.

    A branch that keeps the size has just its name: "height of branch 2: 25, as input". A layer that
    reads one map has no such lines; maps that its fields name are no branches, and mostly have other axes.
    """
    branches = node.inputs if node.layer is None else node.layer.flowing(node.inputs)
    if len(branches) < 2:
        return []
    start = _fork(graph, branches)
    lines: list[str] = []
    for name, axis in _differing([value.shape for value in branches]):
        trail = [_trail(start, value, axis) for value in branches]
        lines.extend(f"{name} along branch {number}: {sizes}" for number, sizes in enumerate(trail, start=1))
    return list(dict.fromkeys(lines))


def _differing(shapes: Sequence[Shape | None]) -> list[tuple[str, int]]:
    """The spatial axes along which branches of one rank differ; equal differences (of square maps) once."""
    known = [shape for shape in shapes if shape is not None]
    if len(known) != len(shapes) or len({len(shape.sizes) for shape in known}) != 1:
        return []
    columns: dict[tuple[Dim, ...], tuple[str, int]] = {}
    for axis, name in enumerate(axis_names(known[0])):
        sizes = tuple([shape.sizes[axis] for shape in known])
        if name != "channels" and len(set(sizes)) > 1:
            columns.setdefault(sizes, (name, axis))
    return list(columns.values())


def _trail(start: Node | None, value: Map, axis: int) -> str:
    """The sizes of one axis from the node where the branches part to a branch, with the layers that change it."""
    way: list[Map] = [value]
    while (node := way[-1].node) is not None and node is not start and node.inputs:
        # Of several maps the one that was made last: it leads back the long way, and every way leads to the start.
        way.append(max(node.inputs, key=_place))
    way.reverse()
    parts: list[str] = []
    before: Dim | None = None
    for one in way:
        shape = one.shape
        if shape is None or axis >= len(shape.sizes):
            before = None
        elif not parts:
            before = shape.sizes[axis]
            parts.append(f"{before} ({one.node.name if one.node else 'unknown'})")
        elif shape.sizes[axis] != before and one.node is not None:
            before = shape.sizes[axis]
            parts.append(f"{before} ({one.node.name}{_rounded(one.node, axis)})")
    return " -> ".join(parts)


def _rounded(node: Node, axis: int) -> str:
    """What rounding has dropped at a layer."""
    facts, read = node.facts, node.inputs[0].shape
    if facts is None or read is None or axis >= len(read.sizes):
        return ""
    name = axis_names(read)[axis]
    value = next((fraction.value for fraction in facts.fractions if fraction.axis == name), None)
    return "" if value is None else f", {node.rounding} of {decimal(value)}"


def _slice(graph: Graph, node: Node) -> tuple[Node, ...]:
    """The layers between a failing one and the place where its branches part (or the input), nearest first."""
    return _above(node, _fork(graph, node.inputs) if len(node.inputs) > 1 else None)


def _above(node: Node, start: Node | None) -> tuple[Node, ...]:
    seen: dict[int, Node] = {}
    waiting = [value.node for value in node.inputs]
    while waiting:
        one = waiting.pop()
        if one is not None and one is not start and one.layer is not None and id(one) not in seen:
            seen[id(one)] = one
            waiting.extend(value.node for value in one.inputs)
    return tuple(sorted(seen.values(), key=lambda one: -one.index))


def _fork(graph: Graph, maps: Iterable[Map]) -> Node | None:
    """The last node that every way from the input to these maps goes through; None if there is no such node."""
    above: dict[int, Node | None] = {id(node): None for node in graph.inputs}
    depth: dict[int, int] = dict.fromkeys(above, 1)

    def meet(one: Node | None, other: Node | None) -> Node | None:
        while one is not other:
            if one is None or other is None:
                return None
            if depth[id(one)] >= depth[id(other)]:
                one = above[id(one)]
            else:
                other = above[id(other)]
        return one

    def common(read: Iterable[Map]) -> Node | None:
        nodes = [value.node for value in read]
        if not nodes or any(one is None or id(one) not in above for one in nodes):
            return None
        first, *others = nodes
        for other in others:
            first = meet(first, other)
        return first

    for node in graph.nodes:
        above[id(node)] = found = common(node.inputs)
        depth[id(node)] = 1 + (depth[id(found)] if found is not None else 0)
    return common(maps)


def _place(value: Map) -> int:
    return value.node.index if value.node is not None else -1
