"""What candidates are made from: the network that fails, who is to blame, and what its layers usually look like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from fractions import Fraction
from heapq import nlargest
from typing import Any

from archcalc.graph import Graph, Node
from archcalc.layers.shape import Shape
from archcalc.layers.window import Window
from archcalc.network import Network
from archcalc.program import Program
from archcalc.repair.blame import Blame
from archcalc.repair.places import Place, places
from archcalc.repair.windows import Slide, slide_of

MAX_NEARBY = 24
"""Layers with windows that are looked at about one error."""
MAX_COMMON = 12
"""Different windows that are taken for usual."""


class Scene:
    """One error of one network, at the values that were given from outside."""

    def __init__(self, program: Program, network: Network, values: Mapping[str, Any], blame: Blame) -> None:
        self.program = program
        self.spec = program.network_spec
        self.network = network
        self.values: Mapping[str, int | Fraction | bool] = values
        self.blame = blame
        slides = [slide_of(node) for node in network.graph.nodes]
        self.slides: dict[int, Slide] = {id(slide.node): slide for slide in slides if slide is not None}
        """The windows of all layers that have some, by the identity of their nodes."""
        self._copies: dict[int, list[Node]] = {}
        for node in network.graph.nodes:
            self._copies.setdefault(id(node.step), []).append(node)
        self._groups: dict[Any, list[Slide]] = {}
        for slide in self.slides.values():
            self._groups.setdefault((slide.node.kind, frozenset(slide.axes)), []).append(slide)
        nodes = [blame.node, *blame.slice]
        self.nearby = [self.slides[id(node)] for node in nodes if id(node) in self.slides][:MAX_NEARBY]
        """The windows that can be changed about the error, those of the failing layer first."""
        self.inputs: list[Shape | None] = [value.shape for value in blame.node.inputs]
        """What the failing layer reads, also where only the repair of another error makes it known."""
        self.rounding = blame.node.rounding

    def behind(self, graph: Graph) -> Scene:
        """The scene in a network in which other errors are repaired: of the failing layer more may be known."""
        node = next((node for node in graph.nodes if node.name == self.blame.node.name), None)
        if node is None or len(node.inputs) != len(self.inputs):
            return self
        other = copy(self)
        other.inputs = [value.shape for value in node.inputs]
        other.rounding = node.rounding
        return other

    def alike(self, slide: Slide) -> list[Slide]:
        """The layers of one kind with the same windows, itself among them."""
        return self._groups[slide.node.kind, frozenset(slide.axes)]

    def common(self, kind: str) -> list[Slide]:
        """Layers of a kind, one of each of the windows that are most common."""
        groups = [group for (one, _), group in self._groups.items() if one == kind]
        return [group[0] for group in nlargest(MAX_COMMON, groups, key=len)]

    def places(self, node: Node, field: str) -> list[Place]:
        """Where a field can be written; see `archcalc.repair.places`."""
        return places(node, field, self.spec.lets)

    def copies(self, node: Node) -> list[Node]:
        """The layers that the step of this one was unfolded to, itself among them."""
        return self._copies[id(node.step)]

    def alike_with(self, slide: Slide, field: str, axes: tuple[Window, ...]) -> tuple[int, int]:
        """How many of the other layers like this one have the same in a field, and how many there are.

        Like it are layers of its kind: for a kernel those with its stride, else those with its kernel.
        """
        known = "stride" if field == "kernel" else "kernel"
        mine, wanted = _values(slide.axes, known), _values(axes, field)
        same = others = 0
        for (kind, _), group in self._groups.items():
            if kind == slide.node.kind and _values(group[0].axes, known) == mine:
                count = len(group) - (self._itself(slide) if group is self.alike(slide) else 0)
                others += count
                same += count if _values(group[0].axes, field) == wanted else 0
        return same, others

    def _itself(self, slide: Slide) -> int:
        """How many layers are this one, run again by a loop or a call."""
        return sum(node.layer is slide.node.layer for node in self.copies(slide.node))


def _values(axes: Iterable[Window], field: str) -> set[Any]:
    """The values that axes have in a field."""
    return {value_of(window, field) for window in axes}


def value_of(window: Window, field: str) -> Any:
    """One axis' value of the field `kernel` (with its dilation), `stride` or `padding`."""
    if field == "padding":
        return (window.before, window.after)
    return (window.kernel, window.dilation) if field == "kernel" else window.stride
