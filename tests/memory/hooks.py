"""What PyTorch keeps of a forward pass, asked with its saved-tensor hooks, and what lives, asked with its profiler."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile

from archcalc import Architecture
from archcalc.dims import Dim
from archcalc.dtypes import size_of
from archcalc.export.torch import write
from archcalc.graph import Graph
from archcalc.memory.forward import forward
from archcalc.memory.tensors import Storage
from archcalc.verify.examples import integers_below


def kept_by_pytorch(module: Any, inputs: Sequence[Any]) -> int:
    """The bytes of all storages that autograd keeps in training, each once, without those of the module's tensors."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *module.buffers())}
    kept: dict[int, Any] = {}

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    module.train()
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        result = module(*inputs)
    del result
    return sum(storage.nbytes() for storage in kept.values())


def kept_here(graph: Graph, batch: int, *, in_place: bool = False) -> tuple[int, list[str]]:
    """The bytes that autograd keeps by the rules of archcalc, and the layers that these do not know."""
    run = forward(graph, batch, in_place=in_place)
    kept = {id(one): one for operation in run.operations for one in operation.saved if one.role != "tensor"}
    return sum(int(str(size(one))) for one in kept.values()), [node.name for node in run.unknown]


class Kept(NamedTuple):
    """What autograd keeps of a network by the rules of archcalc and by PyTorch, in bytes."""

    here: int
    theirs: int
    unknown: list[str]
    """Layers of which the rules do not know all."""


def compared(architecture: Architecture, batch: int, values: Mapping[str, int] | None = None) -> Kept | None:
    """A network, with a number for every open symbol, exported and run in training; None where it has no code.

    Raises: ValueError, RuntimeError, where PyTorch refuses to train it.
    """
    report = architecture.check(values or {})
    source, _ = write(architecture.program, values or {})
    if source is None:
        return None
    found: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source.text, "<generated>", "exec"), found)
    given = {name: report.symbols[symbol] for symbol, name in source.arguments.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = found[source.class_name](**given)
        here, unknown = kept_here(report.graph, batch)
        return Kept(here, kept_by_pytorch(module, inputs_of(report.graph, batch)), unknown)


def size(storage: Storage) -> Dim:
    """Bytes of a storage of numbers of 32 bits."""
    return size_of(storage.elements, "float32" if storage.dtype == "map" else storage.dtype)


def inputs_of(graph: Graph, batch: int) -> list[Any]:
    """A batch of random numbers for every input, or of integers that have rows in their tables."""
    found = []
    for node, below in zip(graph.inputs, integers_below(graph), strict=True):
        shape = node.outputs[0].shape
        assert shape is not None
        sizes = [batch * shape.items, *shape.sizes]
        found.append(torch.randn(sizes) if below is None else torch.randint(below, sizes))
    return found


def most_at_once(run: Callable[[], object]) -> int:
    """The most bytes that PyTorch's allocator for processors has given out at one time while something runs."""
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run()
    events = [one for one in profiler.profiler.kineto_results.events() if one.name() == "[memory]"]  # type: ignore[union-attr]
    now = most = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most
