"""Layers that are one matrix: linear layers however they are written, and tables that integers look up."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Tensor, Value
from archcalc.importing.torch.calls import Call
from archcalc.importing.torch.functions.integers import integers
from archcalc.importing.torch.functions.shapes import reshaped
from archcalc.importing.torch.trace import Traced


def linear(call: Call) -> Value:
    """`linear(input, weight, bias)`, whose weight is [out, in]."""
    bias = call.get(2, "bias", None)
    is_own = isinstance(bias, Traced) and bias.tensor is not None
    tensors = call.tensors(weight=1, bias=2) if is_own else call.tensors(weight=1)
    fields = {"out": tensors["weight"].shape[0], "bias": is_own}
    made = call.layer("linear", [call.map(0)], fields, tensors)
    if bias is None or is_own:
        return made
    return call.layer("add", [made, call.lowering.map(bias)], {"broadcast": True})


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
    read = integers(call, call.traced(0, "input"), weight.shape[0])
    made = call.layer("embedding", [read], fields, {"weight": weight}, (*read.shape, weight.shape[1]))
    # One integer for each item is a list of one.
    return reshaped(call, made, call.shape)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "linear": linear,
    "addmm": addmm,
    "embedding": embedding,
}
