"""Attention: projections of queries, keys and values, and what is computed from them."""

from __future__ import annotations

from math import prod

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import LAST, LayerCall
from archcalc.importing.keras.dense import projected
from archcalc.importing.keras.network import Map
from archcalc.importing.record import Plain

_MASKS = ("attention_mask", "query_mask", "value_mask", "key_mask")


def multi_head(call: LayerCall) -> Map:
    """`MultiHeadAttention`: a scope of four dense layers and the attention between them."""
    query, value, key = _read(call)
    heads, width = call.config.size("num_heads"), call.config.size("key_dim")
    values = call.config.size("value_dim", width)
    fields: dict[str, Plain] = {"heads": heads}
    return _projected(
        call, (query, value, key), (heads * width, heads * values, heads * width), fields, query.shape[-1]
    )


def grouped(call: LayerCall) -> Map:
    """`GroupedQueryAttention`, whose queries share keys and values."""
    query, value, key = _read(call)
    heads, shared = call.config.size("num_query_heads"), call.config.size("num_key_value_heads")
    width = call.config.size("head_dim")
    fields: dict[str, Plain] = {"heads": heads, "key_heads": shared}
    return _projected(
        call, (query, value, key), (heads * width, shared * width, shared * width), fields, query.shape[-1]
    )


def _read(call: LayerCall) -> tuple[Map, Map, Map]:
    """The queries, the values and the keys, which are the values unless given."""
    given = [call.arguments(place, name) for place, name in ((0, "query"), (1, "value"), (2, "key"))]
    if not given[0]:
        raise call.fail("it has no queries", "malformed")
    (query, *_), value, key = given[0], given[1] or given[0], given[2]
    if call.call.kwargs.get("return_attention_scores"):
        raise NotSaid("it writes its scores, too")
    found = (query, value[0], (key or value)[0])
    if any(one.rank != 2 for one in found) or call.config.data.get("attention_axes") not in (None, [1], 1):
        raise NotSaid("an attention over several axes")
    query, value_, key_ = (call.back(one) for one in found)
    return query, value_, key_


def _projected(
    call: LayerCall, maps: tuple[Map, Map, Map], widths: tuple[int, int, int], fields: dict[str, Plain], channels: int
) -> Map:
    bias, dropout = call.config.flag("use_bias", True), call.config.number("dropout", 0.0)
    stated = call.config.data.get("output_shape")
    entries = stated if isinstance(stated, list) else [channels if stated is None else stated]
    if not all(isinstance(size, int) and size > 0 for size in entries) or len(entries) != 1:
        raise NotSaid("an output of several axes")
    site = call.site
    with call.network.builder.within(site.label or "", site.path, f"keras.layers:{call.layer.class_name}"):
        query, value, key = (
            projected(call, one, part, width, bias=bias)
            for one, part, width in zip(maps, ("query", "value", "key"), widths, strict=True)
        )
        options: dict[str, Plain] = {**fields, **({"dropout": dropout} if dropout else {})}
        options |= {"causal": True} if call.call.kwargs.get("use_causal_mask") is True else {}
        masks = [call.back(one) for name in _MASKS for one in call.arguments(-1, name)]
        if masks:
            seen = _masked(call, query, key, value, masks, fields)
        else:
            seen = call.put("dot_attention", [query, key, value], options, layout=LAST)
        return projected(
            call, seen, "attention_output", prod(size for size in entries if isinstance(size, int)), bias=bias
        )


def _masked(call: LayerCall, query: Map, key: Map, value: Map, masks: list[Map], fields: dict[str, Plain]) -> Map:
    """An attention whose mask says yes or no: what is left out of the scores are no products less."""
    (tokens, width), (others, _), (_, channels) = query.shape, key.shape, value.shape
    heads, shared = fields["heads"], fields.get("key_heads", fields["heads"])
    assert isinstance(heads, int)
    assert isinstance(shared, int)
    out = channels * heads // shared
    reason = "attention with a mask that is computed"
    maps = [query, key, value, *masks]
    return call.opaque(reason, [[tokens, out]], products=tokens * others * (width + out), maps=maps)[0]


def plain(call: LayerCall) -> Map:
    """`Attention`: of queries, values and keys as they come, with scores that are not scaled by their width."""
    maps = call.arguments(0, "inputs")
    if len(maps) not in (2, 3) or len(call.maps) != len(maps):
        raise NotSaid("its mask is computed")
    if call.config.choice("score_mode", ("dot", "concat"), "dot") != "dot" or call.call.kwargs.get(
        "return_attention_scores"
    ):
        raise NotSaid("its scores are no products, or it writes them, too")
    query, value, key = (call.back(one) for one in (maps[0], maps[1], maps[-1]))
    causal: dict[str, Plain] = {"causal": True} if call.call.kwargs.get("use_causal_mask") is True else {}
    if not call.config.flag("use_scale", False):
        return call.main("dot_attention", [query, key, value], {"scale": 1, **causal}, layout=LAST)
    if causal:
        raise NotSaid("a causal attention with a learned scale")
    scores = call.put("matmul", [query, key], {"transpose": "second"})
    scaled = call.put("multiply", [scores, call.parameter("scale", [1, 1])], {"broadcast": True})
    return call.main("matmul", [call.put("softmax", scaled, {"axis": 1}), value])


def additive(call: LayerCall) -> Map:
    """`AdditiveAttention`: scores are sums of tanh over all pairs of tokens, for which there is no kind."""
    maps = [call.back(one) for one in call.arguments(0, "inputs")]
    if len(maps) not in (2, 3) or any(one.rank != 2 for one in maps):
        raise NotSaid("scores that are sums of tanh")
    (queries, width), (keys, channels) = maps[0].shape, maps[1].shape
    scaled = call.config.flag("use_scale", True)
    products = queries * keys * (channels + (width if scaled else 0))
    tensors = {"scale": [width]} if scaled else {}
    return call.opaque("scores that are sums of tanh", [[queries, channels]], tensors, products)[0]


LAYERS = {
    "MultiHeadAttention": multi_head,
    **dict.fromkeys(("GroupedQueryAttention", "GroupQueryAttention"), grouped),
    "Attention": plain,
    "AdditiveAttention": additive,
}
