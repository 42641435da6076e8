"""Pools: of windows, adaptive ones, and those of everything."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, alike, own_name, without_batch


def max_pool(call: Call) -> Value:
    """`max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)`."""
    fields = _window(call)
    fields["dilation"] = alike(call.get(4, "dilation", 1))
    return call.layer("max_pool", [call.map(0)], fields | _rounding(call, 5))


def max_pool_with_indices(call: Call) -> list[Value]:
    """`max_pool2d_with_indices`: what it gives besides its maxima, an unpooling reads from the pool itself."""
    made = max_pool(call)
    return [made, *call.lowering.builder.opaque([made], [made.shape], "the places of the maxima of a pool")]


def max_unpool(call: Call) -> Value:
    """`max_unpool2d(input, indices, output_size)` of the places of a pool, to the size that has entered it."""
    pool = call.traced(1, "indices").maker
    if pool is None or not own_name(pool.name).endswith("_with_indices"):
        raise NotSaid("max_unpool to places that no pool has found")
    entered = pool.arguments[0]
    if without_batch(entered.shape) != call.shape:
        raise NotSaid("max_unpool to another size than the one that has entered the pool")
    made = call.layer("unpool", [call.map(0)])
    call.made(made).maps = {"pool": call.lowering.map(pool.outputs[0])}
    return made


def avg_pool(call: Call) -> Value:
    """`avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)`."""
    if call.get(6, "divisor_override", None) is not None:
        raise NotSaid("avg_pool with a divisor of its own")
    fields = _window(call)
    fields["count_include_pad"] = call.get(5, "count_include_pad", True)
    return call.layer("avg_pool", [call.map(0)], fields | _rounding(call, 4))


def lp_pool(call: Call) -> Value:
    """`lp_pool2d(input, norm_type, kernel_size, stride, ceil_mode)`."""
    kernel = alike(call.get(2, "kernel_size"))
    stride = alike(call.get(3, "stride", None) or call.get(2, "kernel_size"))
    fields: dict[str, Plain] = {"norm": call.get(1, "norm_type"), "kernel": kernel, "stride": stride}
    return call.layer("lp_pool", [call.map(0)], fields | _rounding(call, 4))


def _window(call: Call) -> dict[str, Plain]:
    kernel = call.get(1, "kernel_size")
    stride = call.get(2, "stride", None) or kernel
    fields: dict[str, Plain] = {"kernel": alike(kernel), "padding": alike(call.get(3, "padding", 0))}
    if alike(stride) != fields["kernel"]:
        fields["stride"] = alike(stride)
    return fields


def _rounding(call: Call, position: int) -> dict[str, Plain]:
    return {"rounding": "ceil"} if call.get(position, "ceil_mode", False) else {}


def adaptive(call: Call) -> Value:
    """`adaptive_avg_pool2d(input, output_size)` and that of the maximum."""
    read = call.map(0)
    given = call.get(1, "output_size")
    sizes = list(given) if isinstance(given, (list, tuple)) else [given] * (len(read.shape) - 1)
    sizes = [own if size is None else size for size, own in zip(sizes, read.shape[1:], strict=True)]
    word = "max" if "max" in call.short else "avg"
    if set(sizes) == {1}:
        return call.layer(f"global_{word}_pool", [read])
    return call.layer(f"adaptive_{word}_pool", [read], {"size": alike(sizes)})


_RANKS = ("1d", "2d", "3d")

FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys([f"max_pool{rank}" for rank in _RANKS], max_pool),
    **dict.fromkeys([f"max_pool{rank}_with_indices" for rank in _RANKS], max_pool_with_indices),
    **dict.fromkeys([f"max_unpool{rank}" for rank in _RANKS], max_unpool),
    **dict.fromkeys([f"avg_pool{rank}" for rank in _RANKS], avg_pool),
    **dict.fromkeys([f"lp_pool{rank}" for rank in _RANKS], lp_pool),
    **dict.fromkeys([f"adaptive_{word}_pool{rank}" for word in ("avg", "max") for rank in _RANKS], adaptive),
}
