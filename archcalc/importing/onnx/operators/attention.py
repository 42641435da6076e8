"""Attention, which newer files have as one operator."""

from __future__ import annotations

from math import isclose, prod

from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Batch, Known, Map, Shape, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()


@OPERATORS("Attention")
def attention(operation: Operation) -> list[Known | None]:
    """Attention of queries, keys and values: [batch, heads, tokens, width], or [batch, tokens, channels]."""
    maps = [operation.map(at) for at in range(3)]
    ranks = {len(source.shape) for source in maps}
    if ranks not in ({3}, {4}):
        raise malformed("its queries, keys and values have not 3 axes, or 4 all of them", operation.place)
    query, key, value = maps
    is_split = ranks == {4}
    heads = query.shape[1] if is_split else operation.attributes.integer("q_num_heads")
    key_heads = key.shape[1] if is_split else operation.attributes.integer("kv_num_heads")
    shape = _shape(operation, query, value, heads, key_heads, is_split)
    width = query.shape[-1] if is_split else query.shape[-1] // heads
    pairs = heads * query.shape[-2] * key.shape[-2]
    products = pairs * width + pairs * (shape[-1] if is_split else shape[-1] // heads)
    problem = _problem(operation, maps, is_split and heads != key_heads)
    if problem:
        raise Unsaid(problem, (shape,), products)
    fields = _fields(operation, width)
    if not is_split:
        fields["heads"] = heads
        if key_heads != heads:
            fields["key_heads"] = key_heads
    made = operation.joined("dot_attention", maps, shape, query.batch, fields, products=products)
    if operation.has(3):
        assert made.value.maker is not None
        made.value.maker.maps["mask"] = operation.map(3).value
    return [made, *(None for _ in operation.outputs[1:])]


def _shape(operation: Operation, query: Map, value: Map, heads: int, key_heads: int, is_split: bool) -> Shape:
    if (
        heads < 1
        or key_heads < 1
        or heads % key_heads
        or not prod(query.shape)
        or (not is_split and query.shape[-1] % heads)
    ):
        raise malformed(f"{heads} heads of queries and {key_heads} of keys do not fit its maps", operation.place)
    last = value.shape[-1] if is_split else value.shape[-1] // key_heads * heads
    return (*query.shape[:-1], last)


def _problem(operation: Operation, maps: list[Map], shares_heads: bool) -> str | None:
    if any(source.batch != Batch(0) for source in maps):
        return "the first axis of what it reads is not the batch"
    if operation.has(4) or operation.has(5) or operation.has(6):
        return "it attends to keys and values of earlier calls"
    if operation.attributes.real("softcap", 0.0):
        return "it bounds its scores"
    if operation.has(3) and isinstance(operation.read(3), Map) and operation.map(3).batch is not None:
        return "its mask differs from item to item"
    return "several heads of queries share one of keys" if shares_heads else None


def _fields(operation: Operation, width: int) -> dict[str, Plain]:
    fields: dict[str, Plain] = {}
    if operation.attributes.integer("is_causal", 0):
        fields["causal"] = True
    scale = operation.attributes.real("scale", 0.0)
    if scale and not isclose(scale, width**-0.5, rel_tol=1e-6):
        fields["scale"] = short(scale)
    return fields
