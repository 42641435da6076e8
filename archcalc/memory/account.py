"""The account of a network's memory: what stays, what comes and goes, and when most is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from math import floor
from typing import Any, NamedTuple

from archcalc.dims import Dim, Polynomial, free_symbols, substitute, symbol
from archcalc.dtypes import size_of
from archcalc.graph import Graph, Node
from archcalc.memory.forward import Forward, forward
from archcalc.memory.plan import Plan
from archcalc.memory.schedule import Moment, inference, training
from archcalc.memory.tensors import Storage
from archcalc.tally import activations


class LayerMemory(NamedTuple):
    """What one layer takes, in bytes.

    >>> import archcalc
    >>> archcalc.load("input: [8]\\nlayers: [linear: 4, relu]").check().memory(2, "sgd").layers[1]
    LayerMemory(name='1', kind='relu', tensors=0, writes=32, saved=32)
    """

    name: str
    kind: str
    tensors: Dim
    """Its own tensors, buffers among them."""
    writes: Dim
    """The maps that it writes."""
    saved: Dim
    """What autograd keeps because of it and of no layer in front of it."""


class Memory:
    """What a network takes by a plan, in bytes; closed forms where symbols have no value.

    >>> import archcalc
    >>> memory = archcalc.load("resnet:resnet50").check().memory(batch=32, training="sgd")
    >>> memory.weights, memory.gradients, memory.states, memory.saved
    (102228128, 102228128, 0, 2749316608)
    """

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self.graph = graph
        self.plan = plan

    @cached_property
    def _run(self) -> Forward:
        """What PyTorch does, for a batch of a number of items that stays open."""
        training = self.plan.optimizer is not None
        return forward(self.graph, symbol(self.batch_name), training=training, in_place=self.plan.in_place)

    @cached_property
    def batch_name(self) -> str:
        """What the number of items is called in closed forms: a name that the network has no symbol of."""
        taken = {name for node in self.graph.inputs for one in node.outputs for name in _names(one.shape)}
        return next(name for name in ("B", "batch", "batch_size", "batch_items") if name not in taken)

    @property
    def is_trained(self) -> bool:
        """Whether the plan has an optimizer."""
        return self.plan.optimizer is not None

    def _size(self, storage: Storage) -> Dim:
        """The bytes of a storage."""
        if storage.dtype != "map":
            return size_of(storage.elements, storage.dtype)
        return self.plan.precision.bytes_of(storage.elements, "weights" if storage.role == "tensor" else "maps")

    @cached_property
    def weights(self) -> Dim:
        """All tensors that can be trained, frozen ones among them."""
        numbers: Any = sum((one.elements for node in self.graph.nodes for one in node.own_weights), start=0)
        return self.plan.precision.bytes_of(numbers, "weights")

    @cached_property
    def buffers(self) -> Dim:
        """What is kept and not trained, with the counters of PyTorch."""
        total: Any = 0
        for node in self.graph.nodes:
            total = total + _buffers(node, self.plan)
        found: Dim = total
        return found

    @cached_property
    def gradients(self) -> Dim:
        """Of all tensors that are trained; 0 where none is."""
        if not self.is_trained:
            return 0
        total: Any = sum(self._trained.values(), start=0)
        return self._gradient(total)

    @cached_property
    def states(self) -> Dim:
        """What the optimizer keeps."""
        optimizer = self.plan.optimizer
        if optimizer is None:
            return 0
        dtype = self.plan.precision.states
        tensors = (one for node in self.graph.nodes if node.trainable for one in node.own_weights)
        total: Any = sum((optimizer.bytes_for(one.shape, dtype) for one in tensors), start=0)
        found: Dim = total
        return found

    @cached_property
    def inputs(self) -> Dim:
        """What is given to the network."""
        return self._at_batch(sum((self._size(one) for one in self._run.inputs), start=0))

    @cached_property
    def activations(self) -> Dim:
        """All maps that layers write, though not at one time."""
        return self._at_batch(self._written(self.graph.nodes))

    def _written(self, nodes: Iterable[Node]) -> Dim:
        """The maps that layers write for a batch of open size."""
        return self.plan.precision.bytes_of(activations(nodes) * symbol(self.batch_name), "maps")

    @cached_property
    def saved(self) -> Dim:
        """What autograd keeps until the gradients are computed; 0 where nothing is trained."""
        kept = _kept(self._run)
        return self._at_batch(_sum(map(self._size, kept)) + _sum(self._copies.values()))

    @cached_property
    def kv_cache(self) -> Dim:
        """Keys and values of all tokens, for generating one token after the other; 0 where no layer looks back."""
        numbers = cached_numbers(self.graph)
        return self._at_batch(self.plan.precision.bytes_of(numbers * symbol(self.batch_name), "maps"))

    @cached_property
    def _trained(self) -> dict[str, Dim]:
        """How many numbers of each layer's own tensors are trained, by the layer's name."""
        found: dict[str, Dim] = {}
        for node in self.graph.nodes:
            numbers: Any = sum((one.elements for one in node.own_weights), start=0) if node.trainable else 0
            if numbers.__class__ is not int or numbers:
                found[node.name] = numbers
        return found

    def _gradient(self, numbers: Dim) -> Dim:
        """The bytes of as many gradients of tensors."""
        return self.plan.precision.bytes_of(numbers, "gradients")

    @cached_property
    def _open_moments(self) -> list[Moment]:
        size = self._size
        if not self.is_trained:
            return inference(self._run, size)
        return training(self._run, size, self._trained, self._gradient, self._copies, self.plan.checkpoints)

    @cached_property
    def _copies(self) -> dict[str, Dim]:
        """The bytes of the copies of weights that products are computed with, by the layer's name."""
        dtype = self.plan.precision.copies
        if dtype is None or not self.is_trained:
            return {}
        numbers = ((node.name, _multiplied(node)) for node in self.graph.nodes)
        return {name: size_of(amount, dtype) for name, amount in numbers if amount != 0}

    @cached_property
    def moments(self) -> list[Moment]:
        """What lives at every step of the way besides what stays."""
        return [one.each(self._at_batch) for one in self._open_moments]

    @property
    def stays(self) -> Dim:
        """What lives all the time: tensors, buffers, and what the optimizer keeps."""
        total: Any = self.weights + self.buffers + self.states
        found: Dim = total
        return found

    @cached_property
    def peak_moment(self) -> Moment | None:
        """When most lives; None where symbols leave it open."""
        totals = [one.total for one in self.moments]
        known = [total for total in totals if isinstance(total, int)]
        return self.moments[known.index(max(known))] if known and len(known) == len(totals) else None

    @property
    def peak(self) -> Dim | None:
        """The most that lives at one time; None where symbols leave it open."""
        moment = self.peak_moment
        if moment is None:
            return self.stays if not self.moments else None
        total: Any = self.stays + max(moment.total, self._at_step)
        found: Dim = total
        return found

    @property
    def _at_step(self) -> Any:
        """What lives while the optimizer works, besides what stays."""
        return self.gradients + self.inputs if self.is_trained else 0

    def largest_batch(self, budget: int) -> int:
        """The most items at a time that fit into so many bytes; 0 if not even one does.

        Exact: what lives at each moment grows evenly with the batch, so that every moment has a largest one. Raises:
        ValueError where symbols leave the peak open.
        """
        room: Any = budget - self.stays
        least: int | None = None
        for moment in self._open_moments:
            fixed, each = (self._at_batch(moment.total, items) for items in (0, 1))
            if not isinstance(fixed, int) or not isinstance(each, int):
                raise ValueError("symbols without a value leave the memory open")
            fits = room - fixed
            if each > fixed:
                most = max(0, floor(Fraction(fits, each - fixed)))
                least = most if least is None else min(least, most)
            elif fits < 0:
                return 0
        return 0 if least is None else least

    @cached_property
    def layers(self) -> list[LayerMemory]:
        """What each layer takes, in the order of the network."""
        size = self._size
        saved: dict[str, Any] = {}
        seen: set[int] = set()
        for operation in self._run.operations:
            for storage in operation.saved:
                if storage.role != "tensor" and id(storage) not in seen:
                    seen.add(id(storage))
                    saved[operation.place] = saved.get(operation.place, 0) + size(storage)
        for name, amount in self._copies.items():
            saved[name] = saved.get(name, 0) + amount
        return [
            LayerMemory(
                node.name,
                node.kind,
                _sum(size_of(one.elements, self.plan.precision.weights) for one in node.own_weights)
                + _buffers(node, self.plan),
                self._at_batch(self._written([node])),
                self._at_batch(saved.get(node.name, 0)),
            )
            for node in self.graph.nodes
            if node.layer is not None
        ]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Layers of which nobody knows here all that PyTorch keeps: what is known counts, and nothing besides."""
        return tuple([node.name for node in self._run.unknown])

    @cached_property
    def closed_forms(self) -> dict[str, Dim]:
        """How each amount follows from the size of the batch, and from symbols without a value."""
        size = self._size
        found: dict[str, Dim] = {"weights": self.weights, "buffers": self.buffers}
        found["activations"] = self._written(self.graph.nodes)
        if self.is_trained:
            found |= {
                "gradients": self.gradients,
                "states": self.states,
                "saved": _sum(map(size, _kept(self._run))) + _sum(self._copies.values()),
            }
        cache = cached_numbers(self.graph) * symbol(self.batch_name)
        if cache != 0:
            found["kv_cache"] = self.plan.precision.bytes_of(cache, "maps")
        moment = self.peak_moment
        if moment is not None:
            at = self.moments.index(moment)
            total: Any = self.stays + self._open_moments[at].total
            found["peak"] = total
        return found

    def _at_batch(self, value: Any, items: int | None = None) -> Dim:
        """An amount for the items of the plan, or for so many."""
        if not isinstance(value, Polynomial):
            return value  # type: ignore[no-any-return]
        found: Any = substitute(value, {self.batch_name: self.plan.batch if items is None else items})
        return found  # type: ignore[no-any-return]


def cached_numbers(graph: Graph) -> Dim:
    """The keys and values of one item that generating token after token keeps.

    Those of layers that look back, and of those behind them which read another map that does not change.
    """
    total: Any = 0
    behind: set[int] = set()
    for node in graph.nodes:
        layer = node.layer
        if layer is None:
            continue
        shapes = tuple([value.shape for value in node.inputs if value.shape is not None])
        follows = [id(value.node) in behind for value in node.inputs]
        if layer.attends and layer.looks_back:
            total = total + layer.keys_and_values(shapes) * shapes[0].items
            behind.add(id(node))
        elif layer.attends and follows[0] and not all(follows):
            total = total + layer.keys_and_values(shapes) * shapes[0].items
        if any(follows):
            behind.add(id(node))
    found: Dim = total
    return found


def _names(shape: Any) -> frozenset[str]:
    return frozenset() if shape is None else frozenset(name for size in shape.sizes for name in free_symbols(size))


def _sum(parts: Iterator[Dim] | Sequence[Dim] | Any) -> Any:
    return sum(parts, start=0)


def _multiplied(node: Node) -> Dim:
    """Numbers of the weights that a layer multiplies with."""
    numbers: Any = sum((one.elements for one in node.own_weights if one.role == "weight"), start=0)
    found: Dim = numbers
    return found


def _buffers(node: Node, plan: Plan) -> Dim:
    if node.facts is None or node.shares is not None:
        return 0
    total: Any = 0
    for one in node.facts.buffers:
        dtype = "int64" if one.role == "counter" else plan.precision.weights
        total = total + size_of(one.elements, dtype)
    found: Dim = total
    return found


def _kept(run: Forward) -> list[Storage]:
    """What autograd keeps, each storage once; the tensors of layers live anyway."""
    found = {id(one): one for operation in run.operations for one in operation.saved}
    return [one for one in found.values() if one.role != "tensor"]
