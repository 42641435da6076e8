"""What archcalc computed beside what PyTorch did, layer by layer, and findings where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from archcalc.diagnostics.codes import export as codes
from archcalc.diagnostics.model import Code, Diagnostic
from archcalc.dims import Dim
from archcalc.dims.figures import grouped
from archcalc.graph import Graph, Node
from archcalc.layers.shape import Shape
from archcalc.tally import count
from archcalc.verify.connections import Connections, Difference
from archcalc.verify.job import Event, Ran, Sizes, Source, Tensor

MOST = 10
"""Up to this many layers with other parameters are reported one by one."""


class Side(NamedTuple):
    """What one side says about a layer. Sizes leave out the batch; None where PyTorch has nothing to compare."""

    outputs: tuple[Sizes, ...] | None
    parameters: int
    frozen: int
    buffers: int
    multiplications: int | None


class Row(NamedTuple):
    """A layer as archcalc and as PyTorch see it."""

    node: Node
    here: Side
    torch: Side
    agrees: bool


class Comparison(NamedTuple):
    """All layers, and what differs."""

    rows: list[Row]
    diagnostics: list[Diagnostic]


def compare(graph: Graph, source: Source, ran: Ran, batch: int) -> Comparison:
    """Compare a run on `batch` items with the network at the same sizes."""
    return _Comparing(graph, source, ran, batch).result()


def expected_sizes(shape: Shape, batch: int) -> Sizes:
    """The sizes of a tensor that holds a map: several items for every image are folded into the batch."""
    return tuple([_whole(size) for size in (batch * shape.items, *shape.sizes)])


def _whole(size: Dim) -> int:
    """A size of a network whose symbols all have values."""
    assert isinstance(size, int), f"{size} is no number"
    return size


class _Comparing:
    def __init__(self, graph: Graph, source: Source, ran: Ran, batch: int) -> None:
        self.graph = graph
        self.ran = ran
        self.batch = batch
        self.names = {node.name: node for node in graph.nodes}
        self.state = self._owned()
        self.wrong: set[str] = set()
        self.diagnostics: list[Diagnostic] = []
        self.connections = Connections(graph, source.events, ran)
        self.alone = _without_batch(graph)

    def result(self) -> Comparison:
        self._parameters()
        self._connections()
        if self.connections.are_grouped:
            self._shapes()
            self._multiplications()
            self._arguments()
        self._outputs()
        return Comparison([self._row(node) for node in self.graph.nodes], self.diagnostics)

    def _report(
        self, code: Code, message: str, node: Node | None = None, notes: Sequence[str] = (), help: Sequence[str] = ()
    ) -> None:
        if node is not None:
            self.wrong.add(node.name)
        span, layer = (node.span, node.name) if node is not None else (None, None)
        self.diagnostics.append(Diagnostic(code, message, span, notes=tuple(notes), help=tuple(help), layer=layer))

    def _owned(self) -> dict[str, dict[str, Tensor]]:
        """The state by the layer whose name begins the name of the tensor; '' where there is none."""
        owned: dict[str, dict[str, Tensor]] = {}
        for key, tensor in self.ran.state.items():
            owner = key
            while owner and owner not in self.names:
                owner = owner.rpartition(".")[0]
            owned.setdefault(owner, {})[key] = tensor
        return owned

    def _parameters(self) -> None:
        different: list[tuple[Node | None, list[str]]] = []
        for node in self.graph.nodes:
            found = dict(self.state.get(node.name, {}))
            differences = []
            for key, expected in _tensors(node).items():
                tensor = found.pop(key, None)
                if tensor is None:
                    differences.append(f"PyTorch has no {key} of {_text(expected.shape)}")
                elif tensor.tied != expected.tied:
                    differences.append(f"{key} is {_whose(tensor)} in PyTorch and {_whose(expected)} here")
                elif tensor.shape != expected.shape:
                    differences.append(f"{key} is {_text(tensor.shape)} in PyTorch and {_text(expected.shape)} here")
                elif tensor.trained != expected.trained:
                    differences.append(
                        f"{key} is {_KINDS[tensor.trained]} in PyTorch and {_KINDS[expected.trained]} here"
                    )
            differences.extend(f"PyTorch has {key} of {_text(tensor.shape)} besides" for key, tensor in found.items())
            if differences:
                different.append((node, differences))
        if nobody := self.state.get(""):
            different.append((None, [f"PyTorch has {key}, and there is no such layer" for key in nobody]))
        for index, (owner, differences) in enumerate(different[:MOST], start=1):
            rest = len(different) - MOST if index == MOST else 0
            more = [f"{rest} more layers have other parameters"] if rest > 0 else []
            self._report(codes.PARAMETERS_DIFFER, differences[0], owner, [*differences[1:MOST], *more])
        self.wrong.update(owner.name for owner, _ in different if owner is not None)

    def _connections(self) -> None:
        found = self.connections.differences()
        for difference in found[:1]:
            more = f"{len(found) - 1} more layers are connected in another way" if len(found) > 1 else ""
            self._report(codes.CONNECTIONS_DIFFER, difference.message, difference.node, [more] if more else [])
        self.wrong.update(difference.node.name for difference in found if difference.node is not None)

    def _shapes(self) -> None:
        found: list[Difference] = []
        for node in self.graph.nodes:
            tensors = self._written(node)
            if tensors is None:
                continue
            for port, value in enumerate(node.outputs):
                if value.shape is None:
                    continue
                written = tensors[port] if port < len(tensors) else None
                expected = expected_sizes(value.shape, self.batch)
                if _fits(written, expected, node.name in self.alone):
                    continue
                seen = "has no such output" if written is None else f"writes {_text(written)}"
                message = f"{node.name} ({node.kind}) {seen} in PyTorch, and {_text(expected)} is right"
                found.append(Difference(message, node))
                break
        for difference in found[:1]:
            batch = f"the first factor is the batch of {self.batch}"
            more = f"{len(found) - 1} more layers have another shape" if len(found) > 1 else ""
            self._report(codes.SHAPE_DIFFERS, difference.message, difference.node, [batch, *([more] if more else [])])
        self.wrong.update(difference.node.name for difference in found if difference.node is not None)

    def _multiplications(self) -> None:
        found: list[Difference] = []
        for node in self.graph.nodes:
            here, there = count(node).multiplications, self._products(node)
            if there is not None and here != there:
                message = f"{node.name} ({node.kind}) makes {grouped(there)} multiplications in PyTorch"
                found.append(Difference(f"{message}, and {grouped(here)} here", node))
        for difference in found[:1]:
            more = f"{len(found) - 1} more layers make another number" if len(found) > 1 else ""
            self._report(codes.MULTIPLICATIONS_DIFFER, difference.message, difference.node, [more] if more else [])
        self.wrong.update(difference.node.name for difference in found if difference.node is not None)

    def _arguments(self) -> None:
        """Layers that are other ones, where no other diagnostic says so already."""
        if any(one.code is codes.CONNECTIONS_DIFFER for one in self.diagnostics):
            return
        owners = {number: name for name, numbers in self.connections.groups.items() for number in numbers}
        found: dict[str, Difference] = {}
        for other in self.ran.others:
            node = self.names.get(owners[other.event])
            if node is None or node.name in self.wrong:
                continue
            message = f"{node.name} ({node.kind}) is {other.seen} in PyTorch, and {other.right} is right"
            found.setdefault(node.name, Difference(message, node))
        for index, difference in enumerate(list(found.values())[:MOST], start=1):
            rest = len(found) - MOST if index == MOST else 0
            more = [f"{rest} more layers are other ones"] if rest > 0 else []
            self._report(codes.ARGUMENTS_DIFFER, difference.message, difference.node, more)
        self.wrong.update(found)

    def _outputs(self) -> None:
        if (difference := differing_outputs(self.graph, self.ran.outputs, self.batch)) is not None:
            self._report(codes.SHAPE_DIFFERS, difference)

    def _events(self, node: Node) -> list[Event] | None:
        numbers = self.connections.groups.get(node.name) if self.connections.are_grouped else None
        return [self.ran.events[number] for number in numbers] if numbers else None

    def _written(self, node: Node) -> tuple[Sizes, ...] | None:
        """The sizes of the tensors that a layer wrote; None where it took no call of its own."""
        events = self._events(node)
        return events[-1].outputs if events else None

    def _products(self, node: Node) -> int | None:
        """Multiplications for one item; a layer without a call made none."""
        if not self.connections.are_grouped:
            return None
        events = self._events(node) or []
        flops = sum(event.flops for event in events)
        is_once = node.name in self.alone and bool(events) and events[-1].outputs[0][:1] == (1,)
        products, rest = divmod(flops, 2 if is_once else 2 * self.batch)
        # A count that is not even is nobody's, and rounding it could hide a difference.
        return products + (rest > 0)

    def _row(self, node: Node) -> Row:
        counters = _counters(node)
        state = self.state.get(node.name, {})
        own = [tensor for key, tensor in state.items() if key not in counters and tensor.tied is None]
        elements = {
            kind: sum(prod(tensor.shape) for tensor in own if tensor.trained is kind) for kind in (True, False, None)
        }
        counts = count(node)
        shapes = [value.shape for value in node.outputs]
        here = Side(
            tuple(tuple([_whole(size) for size in shape.sizes]) for shape in shapes if shape is not None),
            _whole(counts.parameters),
            _whole(counts.frozen),
            _whole(counts.buffers),
            _whole(counts.multiplications),
        )
        written = self._written(node)
        torch = Side(
            None if written is None else tuple(sizes[1:] for sizes in written[: len(shapes)]),
            elements[True],
            elements[False],
            elements[None],
            self._products(node),
        )
        agrees = node.name not in self.wrong and self.connections.are_grouped
        return Row(node, here, torch, agrees)


_KINDS = {True: "trained", False: "frozen", None: "a buffer"}


def differing_outputs(graph: Graph, outputs: Sequence[Sizes], batch: int) -> str | None:
    """How the outputs of a run differ from those of the graph."""
    alone = _without_batch(graph)
    maps = [value for value in graph.outputs.values() if value.shape is not None]
    expected = [expected_sizes(value.shape, batch) for value in maps if value.shape is not None]
    if len(outputs) == len(expected) and all(
        _fits(sizes, right, value.node is not None and value.node.name in alone)
        for sizes, right, value in zip(outputs, expected, maps, strict=True)
    ):
        return None
    return f"the network gives {_texts(outputs)} in PyTorch, and {_texts(expected)} is right"


def _fits(sizes: Sizes | None, expected: Sizes, is_alone: bool) -> bool:
    """Whether a tensor has the sizes of a map; one that does not depend on the input may be there once."""
    once = [(1, *expected[1:])]
    if expected[1:2] == (1,):
        # Its leading 1 is the batch where others join it.
        once += [(expected[0], *expected[2:])]
    return sizes == expected or (is_alone and sizes in once)


def _texts(shapes: Iterable[Sizes]) -> str:
    return " and ".join(_text(sizes) for sizes in shapes) or "nothing"


def _text(sizes: Sizes) -> str:
    return "×".join(map(str, sizes)) if sizes else "a single number"


def _tensors(node: Node) -> dict[str, Tensor]:
    """The tensors that a layer owns, by their names in the state."""
    facts = node.facts
    if facts is None or node.shares is not None:
        return {}
    kinds = ((facts.weights, node.trainable), (facts.buffers, None))
    found = {
        node.key(weight): Tensor(tuple([_whole(size) for size in weight.shape]), trained)
        for weights, trained in kinds
        for weight in weights
    }
    if node.tied is not None:
        found[node.tied_key] = found[node.tied_key]._replace(trained=node.tied.trainable, tied=node.tied.tied_key)
    return found


def _whose(tensor: Tensor) -> str:
    return "a tensor of its own" if tensor.tied is None else f"the tensor {tensor.tied}"


def _counters(node: Node) -> set[str]:
    """The tensors that PyTorch keeps for itself, by their names in the state: no count has them."""
    buffers = node.facts.buffers if node.facts is not None else ()
    return {f"{node.name}.{buffer.name}" for buffer in buffers if buffer.role == "counter"}


def _without_batch(graph: Graph) -> set[str]:
    """Layers that depend on tensors of the network alone: in PyTorch they may be computed once for all items."""
    found: set[str] = set()
    for node in graph.nodes:
        if all(value.node is not None and value.node.name in found for value in node.inputs):
            found.add(node.name)
    return found
