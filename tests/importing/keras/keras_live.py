"""Keras itself, on the backend of PyTorch, as the judge of what is read from its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch")
keras = pytest.importorskip("keras", minversion="3")
if keras.backend.backend() != "torch":
    pytest.skip("Keras runs on another backend than PyTorch's", allow_module_level=True)

import archcalc  # noqa: E402 - behind the skips
from archcalc.importing.passes import finished  # noqa: E402
from archcalc.importing.record import Record  # noqa: E402
from archcalc.importing.structure.flat import flat  # noqa: E402


def saved(model: Any, folder: Path) -> Path:
    """The file of a model."""
    path = folder / "model.json"
    path.write_text(model.to_json())
    return path


def numbers(tensors: Any) -> int:
    return sum(prod(tensor.shape) for tensor in tensors)


def counted(model: Any, shapes: list[tuple[int, ...]], integers: bool = False) -> int:
    """Products of PyTorch's own counter in one call."""
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    plain = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)  # the others are not counted
    with torch.no_grad(), plain, counter:
        model([_input(shape, integers) for shape in shapes] if len(shapes) > 1 else _input(shapes[0], integers))
    return int(counter.get_total_flops()) // 2


def _input(shape: tuple[int, ...], integers: bool) -> Any:
    return torch.randint(0, 3, (1, *shape)) if integers else torch.rand(1, *shape)


def network(record: Record) -> archcalc.Architecture:
    """The flat spec of a record."""
    return archcalc.load(flat(finished(record)))


def given_weights(record: Record, net: archcalc.Architecture, model: Any) -> Any:
    """The network in PyTorch with the weights of the model; what Keras has in another order is turned."""
    built = net.build_torch().eval()
    weights = {weight.path: torch.as_tensor(weight.value).detach() for weight in model.weights}
    nodes = net.unfold().graph.nodes
    state = {name: value for name, value in built.state_dict().items() if name.endswith("num_batches_tracked")}
    for layer, node in zip(record.layers(), nodes, strict=True):
        for tensor in (*node.facts.weights, *node.facts.buffers):
            if tensor.name in layer.tensors and node.shares is None:
                name = layer.tensors[tensor.name].name
                found = _turned(layer.kind, tensor.name, name, weights)
                sizes = [int(size) for size in tensor.shape]
                if layer.kind == "linear" and len(sizes) == 2:
                    state[node.key(tensor)] = found.reshape(sizes[::-1]).T
                else:
                    state[node.key(tensor)] = found.reshape(sizes)
    built.load_state_dict(state)
    return built


def _turned(kind: str, part: str, name: str, weights: dict[str, Any]) -> Any:
    """A tensor of Keras as PyTorch has it."""
    plain = name.removesuffix(":recurrent")
    value = next(weights[path] for path in weights if path.endswith(plain) or plain.endswith(f"/{path}"))
    if kind == "gru" and part.startswith("bias"):
        value = value[1 if name.endswith(":recurrent") else 0]
    if kind in ("conv", "conv_transpose") and part == "weight":
        return value.movedim(-1, 0).movedim(-1, 1)
    if kind == "depthwise" and part == "weight":
        return value.movedim(-2, 0).movedim(-1, 1).flatten(0, 1)
    if kind in ("lstm", "gru", "rnn"):
        value = value.T if value.ndim == 2 else value
        if kind == "gru":
            update, reset, new = value.chunk(3)
            return torch.cat([reset, update, new])
        return value
    if kind == "parameter" and value.ndim > 1:
        return value.movedim(-1, 0)
    return value


def steps(record: Record) -> Iterator[str]:
    """The kinds of the layers."""
    return (layer.kind for layer in record.layers())
