"""Modules that are recorded whole: what only training does, attention with its projections, and recurrent layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call
from archcalc.importing.torch.functions.masks import parted
from archcalc.importing.torch.functions.parts import cut
from archcalc.importing.torch.trace import Traced


def identity(call: Call) -> Value:
    """A module that gives back what it gets."""
    return call.layer("identity", [call.map(0)])


def dropout(call: Call) -> Value:
    """`Dropout(p)`, in all its kinds."""
    own = call.short
    kind = {"Dropout": "dropout", "AlphaDropout": "alpha_dropout"}.get(own, "channel_dropout")
    return call.layer(kind, [call.map(0)], {"rate": call.function.settings.get("p", 0.5)})


def stochastic_depth(call: Call) -> Value:
    """`StochasticDepth(p)` of torchvision, `DropPath(drop_prob)` of timm and transformers."""
    settings = call.function.settings
    rate = settings.get("p", settings.get("drop_prob", 0.0)) or 0.0
    return call.layer("stochastic_depth", [call.map(0)], {"rate": rate})


def does_nothing(call: Call) -> Value:
    """A module of another class that gives back what it gets, except in training: stochastic depth by its name."""
    read = call.map(0)
    if call.function.tensors or len(call.function.outputs) != 1 or read.shape != call.shape:
        raise NotSaid(f"{call.short} has no layer")
    name = call.short.lower()
    is_depth = "droppath" in name or "drop_path" in name or "stochasticdepth" in name
    return stochastic_depth(call) if is_depth else identity(call)


def multihead_attention(call: Call) -> list[Value]:
    """`MultiheadAttention(embed_dim, num_heads)` of tokens among themselves, or to those of a memory."""
    settings, outputs = call.function.settings, call.function.outputs
    query, key, value = (call.traced(place, name) for place, name in enumerate(("query", "key", "value")))
    if key is not value or settings.get("add_zero_attn") or settings.get("bias_k") is not None:
        raise NotSaid("attention to keys and values that differ, or with some of its own")
    if settings.get("kdim", settings.get("embed_dim")) != settings.get("embed_dim") and query is key:
        raise NotSaid("attention with keys of another width")
    heads = settings.get("num_heads")
    fields: dict[str, Plain] = {"heads": heads, "bias": "in_proj_bias" in call.function.tensors}
    mask = call.get(5, "attn_mask", None)
    if call.get(3, "key_padding_mask", None) is not None:
        raise NotSaid("attention with a mask of padding")
    maps = {} if key is query else {"memory": call.lowering.map(key)}
    causal, added = parted(mask, truth_hides=True) if isinstance(mask, Traced) else (False, None)
    if causal:
        fields["causal"] = True
    if added is not None:
        maps["mask"] = call.lowering.map(added)
    made = call.layer("attention", [call.lowering.map(query)], fields, call.function.tensors)
    call.made(made).maps = maps
    return [made, *call.lowering.builder.opaque([made], call.shapes[1:], "the weights of an attention")][: len(outputs)]


def recurrent(call: Call) -> list[Value]:
    """`LSTM`, `GRU` and `RNN` from zeros. Of their last states those of the last layer are in what it writes."""
    settings = call.function.settings
    kind = call.short.lower()
    fields: dict[str, Plain] = {"hidden": settings["hidden_size"], "layers": settings.get("num_layers", 1)}
    fields |= {"bidirectional": settings.get("bidirectional", False), "bias": settings.get("bias", True)}
    fields["dropout"] = settings.get("dropout", 0)
    if settings.get("proj_size"):
        fields["projection"] = settings["proj_size"]
    if kind == "rnn":
        fields["activation"] = settings.get("nonlinearity", "tanh")
    if call.get(1, "hx", None) is not None:
        raise NotSaid("a recurrent layer that begins with given states")
    made = call.layer(kind, [call.map(0)], fields, call.function.tensors)
    shown, *cells = call.shapes[1:]
    return [made, _last_states(call, made, shown), *_unwritten(call, made, cells)]


def _last_states(call: Call, made: Value, shape: tuple[int, ...]) -> Value:
    """What each layer shows at its end, in each direction: the last token forwards, the first one backwards."""
    if len(shape) > 2:
        # Those of sequences side by side are folded into the batch.
        return _unwritten(call, made, [shape])[0]
    count, width = shape
    directions = made.shape[-1] // width
    last = [
        cut(call, made, [0, 1], [-1 if forwards else 0, slice(width) if forwards else slice(width, None)])
        for forwards in (True, False)[:directions]
    ]
    below = _unwritten(call, made, [(width,)] * (count - directions))
    return call.layer("stack", [*below, *last], {"axis": 0}, shape=shape)


def _unwritten(call: Call, made: Value, shapes: Sequence[tuple[int, ...]]) -> list[Value]:
    """States of cells, and of layers in front of the last one."""
    reason = "the last states of a recurrent layer that it does not write"
    return call.lowering.builder.opaque([made], shapes, reason) if shapes else []


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "module:*": does_nothing,
    "module:Identity": identity,
    **dict.fromkeys([f"module:{name}" for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")], dropout),
    **dict.fromkeys(("module:AlphaDropout", "module:FeatureAlphaDropout"), dropout),
    **dict.fromkeys(("module:StochasticDepth", "module:DropPath"), stochastic_depth),
    "module:MultiheadAttention": multihead_attention,
    **dict.fromkeys(("module:LSTM", "module:GRU", "module:RNN"), recurrent),
}
