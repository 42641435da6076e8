"""Dense layers, the ones that `EinsumDense` writes as sums over letters, and embeddings."""

from __future__ import annotations

from math import prod

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.activations import activated
from archcalc.importing.keras.calls import LAST, LayerCall
from archcalc.importing.keras.network import Map, Site
from archcalc.importing.record import Plain

WEIGHTS = {"weight": "kernel", "bias": "bias"}


def dense(call: LayerCall) -> Map:
    """`Dense`, at every position of a map with the channels last."""
    fields: dict[str, Plain] = {"out": call.config.size("units")}
    if not call.config.flag("use_bias", True):
        fields["bias"] = False
    if call.map.rank == 0:
        raise call.fail("it reads a single number for every item, and needs an axis of channels")
    return activated(call, call.main("linear", call.back(), fields, WEIGHTS, LAST))


def einsum(call: LayerCall) -> Map:
    """`EinsumDense`, where it multiplies the last axes of what it reads with a kernel."""
    read = call.back()
    summed, new = _letters(call, read)
    shape = call.config.get("output_shape")
    entries = shape if isinstance(shape, list) else [shape]
    sizes = [size for size in entries[len(entries) - len(new) :] if isinstance(size, int) and size > 0]
    if len(sizes) != len(new):
        raise NotSaid("the sizes of its output are not stated")
    biased = call.config.data.get("bias_axes")
    if biased is not None and set(call.config.text("bias_axes")) != set(new):
        raise NotSaid("its bias is not one number for every number of an output")
    kept = read.shape[: read.rank - summed]
    flat = read if summed == 1 else call.shaped(read, [*kept, prod(read.shape[len(kept) :])])
    fields: dict[str, Plain] = {"out": prod(sizes), **({} if biased is not None else {"bias": False})}
    made = call.main("linear", flat, fields, WEIGHTS, LAST)
    return activated(call, made if len(new) == 1 else call.shaped(made, [*kept, *sizes]))


def _letters(call: LayerCall, read: Map) -> tuple[int, str]:
    """How many of the last axes are summed over, and the letters of the new ones."""
    equation = call.config.text("equation").replace(" ", "").replace("...", ".")
    sides = equation.replace("->", ",").split(",")
    if len(sides) != 3:
        raise NotSaid(f"its equation {equation} is none of a map and a kernel")
    source, kernel, result = sides
    summed = "".join(letter for letter in source if letter not in result)
    new = "".join(letter for letter in result if letter not in source)
    if "." not in source and len(source) != read.rank + 1:
        raise call.fail(f"its equation {equation} is not one of a map with {read.rank} axes")
    fits = source.endswith(summed) and result == source.removesuffix(summed) + new and kernel == summed + new
    if not (fits and summed and new and len(summed) <= read.rank):
        raise NotSaid(f"its equation {equation} is no dense layer over the last axes")
    return len(summed), new


def embedding(call: LayerCall) -> Map:
    """`Embedding`."""
    fields: dict[str, Plain] = {"count": call.config.size("input_dim"), "out": call.config.size("output_dim")}
    if call.map.value.dtype != "int":
        raise NotSaid("its integers are computed from real numbers")
    if call.config.data.get("mask_zero"):
        call.network.note("which tokens are 0 and passed over changes no size and no count, and is left out")
    return call.main("embedding", call.map, fields, {"weight": "embeddings"})


def projected(call: LayerCall, read: Map, part: str, out: int, *, bias: bool) -> Map:
    """A dense layer within another one, such as the queries of an attention."""
    site: Site = call.scoped(part)
    fields: dict[str, Plain] = {"out": out, **({} if bias else {"bias": False})}
    values = call.network.emit("linear", [call.back(read)], fields, site=site, names=WEIGHTS, label=part, layout=LAST)
    return Map(values[0])


LAYERS = {"Dense": dense, "EinsumDense": einsum, "Embedding": embedding}
