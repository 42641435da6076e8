"""Convolutions, forward and transposed, and those whose filters are standardized before they are applied."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Tensor, Value
from archcalc.importing.torch.calls import Call, alike
from archcalc.importing.torch.origins import VIEWS, made_by, origin
from archcalc.importing.torch.trace import Function, Traced


def conv(call: Call) -> Value:
    """`conv2d(input, weight, bias, stride, padding, dilation, groups)` and those of one and three axes."""
    weight, filters, more = _filters(call)
    tensors = {**filters, **call.tensors(bias=2)}
    padding = call.get(4, "padding", 0)
    fields: dict[str, Plain] = {
        "out": weight.shape[0],
        "kernel": alike(weight.shape[2:]),
        "stride": alike(call.get(3, "stride", 1)),
        "padding": padding if isinstance(padding, str) else alike(padding),
        "dilation": alike(call.get(5, "dilation", 1)),
        "groups": call.get(6, "groups", 1),
        "bias": "bias" in tensors,
        **more,
    }
    return call.layer("conv", [call.map(0)], fields, tensors)


_Filters: TypeAlias = "tuple[Tensor, dict[str, Tensor], dict[str, Plain]]"
"""The filters, all that is learned of them by archcalc's names, and the fields that say what is done to them first."""


def _filters(call: Call) -> _Filters:
    traced = call.traced(1, "weight")
    if traced.tensor is not None:
        return traced.tensor, {"weight": traced.tensor}, {}
    if (norm := made_by(traced, "batch_norm", through=VIEWS)) is not None:
        return _standardized(norm)
    if (norm := made_by(traced, "weight_norm")) is not None:
        return _with_lengths(norm)
    raise NotSaid("a convolution whose filters are computed")


def _with_lengths(norm: Function) -> _Filters:
    """Filters of `_weight_norm(v, g, dim)`, whose lengths are learned along an axis."""
    weight, lengths, axis = (*norm.arguments, 0)[:3]
    if weight.tensor is None or lengths.tensor is None or not isinstance(axis, int) or axis < 0:
        raise NotSaid("a convolution whose filters are computed")
    kept = "parametrizations.weight.original"
    return weight.tensor, {f"{kept}0": lengths.tensor, f"{kept}1": weight.tensor}, {"weight_norm": axis}


def _standardized(norm: Function) -> _Filters:
    """Filters that `batch_norm` has brought to mean 0 and variance 1, seen as channels: one long row for each."""
    given = dict(
        zip(("input", "mean", "var", "weight", "bias", "training", "momentum", "eps"), norm.arguments, strict=False)
    )
    given |= norm.keywords
    source = origin(given["input"], VIEWS)
    if source.tensor is None or given.get("bias") is not None:
        raise NotSaid("a convolution whose filters are computed")
    tensors = {"weight": source.tensor}
    fields: dict[str, Plain] = {"standardize": True, "eps": given.get("eps", 1e-5)}
    if (learned := given.get("weight")) is not None:
        tensors["gain"], factor = _gain(learned)
        fields["gain"] = round(factor * math.prod(source.tensor.shape[1:]) ** 0.5, 9)
    return source.tensor, tensors, fields


def _gain(traced: Traced) -> tuple[Tensor, float]:
    """The learned factors of filters, and the constant that they are multiplied with."""
    product = made_by(traced, "mul", through=VIEWS)
    operands = [] if product is None else product.arguments
    learned = [one.tensor for one in operands if isinstance(one, Traced) and one.tensor is not None]
    numbers = [one for one in operands if isinstance(one, (int, float))]
    if len(learned) != 1 or len(numbers) != 1:
        raise NotSaid("a convolution whose filters are scaled by what is computed")
    return learned[0], float(numbers[0])


def conv_transpose(call: Call) -> Value:
    """`conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)`."""
    tensors = call.tensors(weight=1, bias=2)
    groups = call.get(6, "groups", 1)
    fields: dict[str, Plain] = {
        "out": tensors["weight"].shape[1] * groups,
        "kernel": alike(tensors["weight"].shape[2:]),
        "stride": alike(call.get(3, "stride", 1)),
        "padding": alike(call.get(4, "padding", 0)),
        "output_padding": alike(call.get(5, "output_padding", 0)),
        "dilation": alike(call.get(7, "dilation", 1)),
        "groups": groups,
        "bias": "bias" in tensors,
    }
    return call.layer("conv_transpose", [call.map(0)], fields, tensors)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), conv_transpose),
}
