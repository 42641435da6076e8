"""Normalizations."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, is_folded
from archcalc.importing.torch.trace import Traced


def batch_norm(call: Call) -> Value:
    """`batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)`."""
    tensors = call.tensors(weight=3, bias=4, running_mean=1, running_var=2)
    fields: dict[str, Plain] = {"momentum": call.get(6, "momentum", 0.1), "eps": call.get(7, "eps", 1e-5)}
    fields["track"] = "running_mean" in tensors
    scale, center = "weight" in tensors, "bias" in tensors
    fields |= {"affine": False} if not scale and not center else {"scale": scale, "center": center}
    read, traced = call.map(0), call.traced(0, "input")
    if not (traced.batched and is_folded(traced)):
        return call.layer("batch_norm", [read], fields, tensors)
    # What was folded into the batch stands in front of the channels.
    order: list[Plain] = [1, 0, *range(2, len(read.shape))]
    turned = (read.shape[1], read.shape[0], *read.shape[2:])
    moved = call.layer("permute", [read], {"axes": order}, shape=turned)
    made = call.layer("batch_norm", [moved], fields, tensors, shape=turned)
    return call.layer("permute", [made], {"axes": order})


def layer_norm(call: Call) -> Value:
    """`layer_norm(input, normalized_shape, weight, bias, eps)`: over the last axes."""
    axes = len(call.numbers(1, "normalized_shape")) if "normalized_shape" in call.function.keywords else _axes(call)
    tensors = call.tensors(weight=2, bias=3)
    fields: dict[str, Plain] = {"axes": axes, "eps": call.get(4, "eps", 1e-5), **_learned(tensors)}
    return call.layer("layer_norm", [call.map(0)], fields, tensors)


def _axes(call: Call) -> int:
    given = call.get(1, "normalized_shape")
    return len(given) if isinstance(given, (list, tuple)) else 1


def _learned(tensors: dict[str, object] | dict) -> dict[str, Plain]:  # type: ignore[type-arg]
    if "weight" not in tensors:
        return {"affine": False}
    return {"bias": "bias" in tensors}


def group_norm(call: Call) -> Value:
    """`group_norm(input, num_groups, weight, bias, eps)`."""
    tensors = call.tensors(weight=2, bias=3)
    fields = {"groups": call.get(1, "num_groups"), "eps": call.get(4, "eps", 1e-5), "affine": "weight" in tensors}
    return call.layer("group_norm", [call.map(0)], fields, tensors)


def instance_norm(call: Call) -> Value:
    """`instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)`."""
    tensors = call.tensors(weight=3, bias=4, running_mean=1, running_var=2)
    fields: dict[str, Plain] = {"affine": "weight" in tensors, "track": "running_mean" in tensors}
    fields |= {"momentum": call.get(6, "momentum", 0.1), "eps": call.get(7, "eps", 1e-5)}
    return call.layer("instance_norm", [call.map(0)], fields, tensors)


def rms_norm(call: Call) -> Value:
    """`rms_norm(input, normalized_shape, weight, eps)`, over the last axis."""
    if _axes(call) != 1:
        raise NotSaid("rms_norm over several axes")
    weight = call.get(2, "weight", None)
    is_own = isinstance(weight, Traced) and weight.tensor is not None
    tensors = call.tensors(weight=2) if is_own else {}
    fields: dict[str, Plain] = {"eps": call.get(3, "eps", None), "affine": is_own}
    made = call.layer("rms_norm", [call.map(0)], fields, tensors)
    if weight is None or is_own:
        return made
    return call.layer("multiply", [made, call.lowering.map(weight)], {"broadcast": True})


def local_response_norm(call: Call) -> Value:
    """`local_response_norm(input, size, alpha, beta, k)`."""
    fields: dict[str, Plain] = {"size": call.get(1, "size"), "alpha": call.get(2, "alpha", 1e-4)}
    fields |= {"beta": call.get(3, "beta", 0.75), "k": call.get(4, "k", 1.0)}
    return call.layer("lrn", [call.map(0)], fields)


def normalize(call: Call) -> Value:
    """`normalize(input, p, dim, eps)`: vectors of length 1."""
    if call.get(1, "p", 2.0) != 2:
        raise NotSaid("normalize by another norm than the length")
    axis = call.axis(call.traced(0, "input"), call.get(2, "dim", 1))
    return call.layer("normalize", [call.map(0)], {"axis": axis, "eps": call.get(3, "eps", 1e-12)})


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    "local_response_norm": local_response_norm,
    "normalize": normalize,
}
