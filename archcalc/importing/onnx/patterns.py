"""Several nodes that are one operator: gelu and layer normalization as older exporters write them, guarded softmax.

Each pattern is found from its last node backwards. What lies inside must be read by nobody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isclose, pi, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.tensors import stored
from archcalc.importing.onnx.values import Constant, Known

if TYPE_CHECKING:
    from onnx import NodeProto


class Found(NamedTuple):
    """A pattern: the operator that it is, what it reads, its settings, and the nodes inside it."""

    operator: str
    inputs: Sequence[str]
    settings: Mapping[str, Any]
    inside: Sequence[NodeProto]


class Graph:
    """The nodes of a graph by what they give, how often each name is read, and the numbers that are known."""

    def __init__(
        self,
        nodes: Sequence[NodeProto],
        outputs: Sequence[str],
        number: Callable[[str], float | None],
        constants: set[str],
    ) -> None:
        self.makers = {name: node for node in nodes for name in node.output}
        self.readers = Counter(name for node in nodes for name in node.input)
        self.readers.update(outputs)
        self.number = number
        self.constants = constants

    def maker(self, name: str, operator: str) -> NodeProto | None:
        """The node of that operator that gives a name."""
        node = self.makers.get(name)
        return node if node is not None and node.op_type == operator and not node.domain else None

    def binary(self, name: str, operator: str) -> tuple[NodeProto, str, float] | None:
        """A node of a map and a number, in either order where that is the same: the node, the map, the number."""
        node = self.maker(name, operator)
        if node is None or len(node.input) != 2:
            return None
        first, second = node.input
        if (value := self.number(second)) is not None:
            return node, first, value
        if operator in ("Add", "Mul") and (value := self.number(first)) is not None:
            return node, second, value
        return None

    def pair(self, name: str, operator: str) -> tuple[NodeProto, str, str] | None:
        """A node of two names."""
        node = self.maker(name, operator)
        return None if node is None or len(node.input) != 2 else (node, node.input[0], node.input[1])


def joined(nodes: Iterable[NodeProto], outputs: Sequence[str], known: Mapping[str, Known]) -> list[NodeProto]:
    """The nodes with patterns as one node each, at the place of the last of its nodes."""
    ordered = list(nodes)
    if not any(node.op_type in ("Erf", "Tanh", "Sqrt", "IsNaN") for node in ordered):
        return ordered
    constants = {name for name, found in known.items() if isinstance(found, Constant)}
    graph = Graph(ordered, outputs, _Numbers(ordered, known), constants)
    replaced: dict[int, NodeProto] = {}
    gone: set[int] = set()
    for node in ordered:
        found = _gelu(graph, node) or _layer_norm(graph, node) or _guarded(graph, node)
        if found is None or not _is_closed(graph, found, node):
            continue
        replaced[id(node)] = _made(node, found)
        gone |= {id(inner) for inner in found.inside} - {id(node)}
    return [replaced.get(id(node), node) for node in ordered if id(node) not in gone]


class _Numbers:
    """The single numbers that constants of a graph are."""

    def __init__(self, nodes: Sequence[NodeProto], known: Mapping[str, Known]) -> None:
        self._constants = {node.output[0]: node for node in nodes if node.op_type == "Constant" and node.output}
        self._known = known

    def __call__(self, name: str) -> float | None:
        found = self._known.get(name)
        node = self._constants.get(name)
        if node is not None and len(node.attribute) == 1:
            attribute = node.attribute[0]
            if attribute.name == "value_float":
                return float(attribute.f)
            found = stored(attribute.t, name) if attribute.name == "value" else None
        if not isinstance(found, Constant) or found.shape not in ((), (1,)):
            return None
        value = uniform(found.array)
        return None if value is None else float(value)


def _is_closed(graph: Graph, found: Found, last: NodeProto) -> bool:
    """Whether nobody else reads what lies inside."""
    inside = {id(node) for node in found.inside}
    own = Counter(name for node in found.inside for name in node.input)
    return len(inside) == len(found.inside) and all(
        graph.readers[name] == own[name] for node in found.inside if node is not last for name in node.output
    )


def _made(last: NodeProto, found: Found) -> NodeProto:
    from onnx import helper

    made = helper.make_node(found.operator, list(found.inputs), list(last.output), name=last.name, **found.settings)
    made.metadata_props.extend(found.inside[0].metadata_props if not last.metadata_props else last.metadata_props)
    return made


def _near(value: float, wanted: float) -> bool:
    return isclose(value, wanted, rel_tol=1e-3)


def _gelu(graph: Graph, last: NodeProto) -> Found | None:
    """x/2*(1 + erf(x/sqrt(2))), or 1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)) in place of the sum."""
    if last.op_type != "Mul" or last.domain or len(last.input) != 2:
        return None
    for half, other in (last.input, [*last.input][::-1]):
        scaled = graph.binary(half, "Mul")
        if scaled is not None and _near(scaled[2], 0.5):
            # (x * 0.5) * s, or (x * s) * 0.5
            found = _of_sum(graph, scaled[1], other)
            if found is not None:
                return Found(found.operator, found.inputs, found.settings, [*found.inside, scaled[0], last])
        if graph.number(other) is not None and _near(graph.number(other) or 0, 0.5):
            product = graph.pair(half, "Mul")
            for source, total in () if product is None else ((product[1], product[2]), (product[2], product[1])):
                found = _of_sum(graph, source, total)
                if found is not None and product is not None:
                    return Found(found.operator, found.inputs, found.settings, [*found.inside, product[0], last])
    return None


def _of_sum(graph: Graph, source: str, name: str) -> Found | None:
    """The factor 1 + erf(...) or 1 + tanh(...) of a map."""
    total = graph.binary(name, "Add")
    if total is None or total[2] != 1:
        return None
    if (erf := graph.maker(total[1], "Erf")) is not None:
        inner = graph.binary(erf.input[0], "Div") or graph.binary(erf.input[0], "Mul")
        if inner is None or inner[1] != source:
            return None
        is_right = _near(inner[2], sqrt(2) if inner[0].op_type == "Div" else sqrt(0.5))
        return Found("Gelu", [source], {}, [inner[0], erf, total[0]]) if is_right else None
    tanh = graph.maker(total[1], "Tanh")
    inner = None if tanh is None else graph.binary(tanh.input[0], "Mul")
    if tanh is None or inner is None or not _near(inner[2], sqrt(2 / pi)):
        return None
    added = graph.pair(inner[1], "Add")
    cubes = [] if added is None else [name for name in added[1:] if name != source]
    cubic = graph.binary(cubes[0], "Mul") if added is not None and len(cubes) == 1 else None
    power = None if cubic is None else graph.binary(cubic[1], "Pow")
    if added is None or cubic is None or power is None or not _near(cubic[2], 0.044715) or power[1:] != (source, 3):
        return None
    inside = [power[0], cubic[0], added[0], inner[0], tanh, total[0]]
    return Found("Gelu", [source], {"approximate": "tanh"}, inside)


def _guarded(graph: Graph, last: NodeProto) -> Found | None:
    """Weights of an attention in which what is no number, where nothing is attended to, becomes 0."""
    if last.op_type != "Where" or last.domain or len(last.input) != 3:
        return None
    condition, zero, value = last.input
    guard = graph.maker(condition, "IsNaN")
    if guard is None or list(guard.input) != [value] or graph.number(zero) != 0:
        return None
    return Found("Identity", [value], {}, [guard, last])


def _layer_norm(graph: Graph, last: NodeProto) -> Found | None:
    """(x - mean)/sqrt(mean of squares + eps)*weight + bias over the last axis."""
    if last.op_type != "Add" or last.domain or len(last.input) != 2:
        return None
    for scaled, bias in (last.input, [*last.input][::-1]):
        product = graph.pair(scaled, "Mul")
        for name, weight in () if product is None else ((product[1], product[2]), (product[2], product[1])):
            quotient = graph.pair(name, "Div")
            found = None if quotient is None else _normalized(graph, quotient[1], quotient[2])
            if found is not None and product is not None and quotient is not None and {weight, bias} <= graph.constants:
                source, eps, inside = found
                settings = {"axis": -1, "epsilon": eps}
                return Found(
                    "LayerNormalization", [source, weight, bias], settings, [*inside, quotient[0], product[0], last]
                )
    return None


def _normalized(graph: Graph, off: str, deviation: str) -> tuple[str, float, list[NodeProto]] | None:
    """What is normalized, by which epsilon, if these are its difference from its mean and its deviation."""
    difference, root = graph.pair(off, "Sub"), graph.maker(deviation, "Sqrt")
    variance = None if root is None else graph.binary(root.input[0], "Add")
    squares = None if variance is None else graph.maker(variance[1], "ReduceMean")
    if difference is None or root is None or variance is None or squares is None:
        return None
    mean = graph.maker(difference[2], "ReduceMean")
    power = graph.binary(squares.input[0], "Pow")
    if mean is None or power is None or power[1:] != (off, 2) or mean.input[0] != difference[1]:
        return None
    if _axes(graph, mean) != [-1] or _axes(graph, squares) != [-1]:
        return None
    return difference[1], variance[2], [mean, difference[0], power[0], squares, variance[0], root]


def _axes(graph: Graph, node: NodeProto) -> list[int] | None:
    given = [list(attribute.ints) for attribute in node.attribute if attribute.name == "axes"]
    if given:
        return given[0]
    number = graph.number(node.input[1]) if len(node.input) > 1 else None
    return None if number is None else [int(number)]
