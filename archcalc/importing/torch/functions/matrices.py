"""Layers that are one matrix: linear layers however they are written, and tables that integers look up."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Tensor, Value
from archcalc.importing.torch.calls import Call, without_batch
from archcalc.importing.torch.trace import Traced


def linear(call: Call) -> Value:
    """`linear(input, weight, bias)`, whose weight is [out, in]."""
    tensors = call.tensors(weight=1, bias=2)
    fields = {"out": tensors["weight"].shape[0], "bias": "bias" in tensors}
    return call.layer("linear", [call.map(0)], fields, tensors)


def addmm(call: Call) -> Value:
    """`addmm(bias, input, weight)`: a linear layer whose weight is [in, out]."""
    if call.get(3, "beta", 1) != 1 or call.get(4, "alpha", 1) != 1:
        raise NotSaid("addmm with factors")
    bias, weight = call.tensor(0, "input"), call.tensor(2, "mat2")
    if bias is None or weight is None:
        raise NotSaid("addmm of maps")
    return transposed(call, call.map(1, "mat1"), weight, bias)


def transposed(call: Call, read: Value, weight: Tensor, bias: Tensor | None = None) -> Value:
    """A linear layer whose weight is [in, out]."""
    tensors = {"weight": weight, **({} if bias is None else {"bias": bias})}
    return call.layer("linear", [read], {"out": weight.shape[1], "bias": bias is not None, "transposed": True}, tensors)


def embedding(call: Call) -> Value:
    """`embedding(input, weight)`: a row of the table for every integer."""
    weight = call.tensor(1, "weight")
    if weight is None:
        raise NotSaid("an embedding whose table is computed")
    fields = {"count": weight.shape[0], "out": weight.shape[1]}
    return call.layer("embedding", [integers(call, call.traced(0, "input"))], fields, {"weight": weight})


def integers(call: Call, traced: Traced) -> Value:
    """The map of integers; those that count up by one are the positions of the tokens of the network's input."""
    if (start := counted(traced)) is None:
        return call.map(0)
    tokens = [one for one in call.lowering.builder.inputs if one.shape[:1] == without_batch(traced.shape)[-1:]]
    if not tokens:
        raise NotSaid("an embedding of numbers that count up, beside no tokens as many")
    return call.layer("positions", tokens[:1], {"start": start}, shape=tokens[0].shape[:1])


def counted(traced: Traced) -> int | None:
    """The first of integers that count up by one along their only long axis; None for others."""
    if traced.values is not None:
        return _counted(traced.values)
    if traced.maker is None:
        return None
    name, arguments = traced.maker.name.rsplit(".", 1)[-1].strip("_"), traced.maker.arguments
    if name == "arange":
        numbers = [one for one in arguments if isinstance(one, int)]
        step = numbers[2] if len(numbers) > 2 else traced.maker.keywords.get("step", 1)
        start = numbers[0] if len(numbers) > 1 else traced.maker.keywords.get("start", 0)
        return start if step == 1 else None
    source = arguments[0] if arguments and isinstance(arguments[0], Traced) else None
    if source is None or (start := counted(source)) is None:
        return None
    if name == "getitem":
        return _cut(arguments[1], start)
    if name == "add" and isinstance(arguments[1], int):
        return start + arguments[1]
    return start if name in ("unsqueeze", "expand", "view", "reshape", "to", "long", "contiguous", "expand_as") else None


def _counted(values: object) -> int | None:
    while isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        (values,) = values
    if not isinstance(values, list) or not all(isinstance(one, int) for one in values) or not values:
        return None
    return values[0] if values == list(range(values[0], values[0] + len(values))) else None


def _cut(index: object, start: int) -> int | None:
    """Where a slice of integers that count up begins."""
    for one in index if isinstance(index, (list, tuple)) else [index]:
        if not isinstance(one, slice) and one is not None and one is not Ellipsis:
            return None
        if isinstance(one, slice) and one.start not in (None, 0):
            start += one.start
    return start


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "linear": linear,
    "addmm": addmm,
    "embedding": embedding,
}
