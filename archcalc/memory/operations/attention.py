"""Attention: fused where PyTorch has a kernel for it, otherwise the scores are kept.

Source: PyTorch's `sdp_utils_cpp.cpp` for when the fused kernel for processors is taken.
"""

from __future__ import annotations

from math import prod
from typing import Any

from archcalc.dims import Dim, divide
from archcalc.memory.operations.arithmetic import total
from archcalc.memory.operations.products import multiplied, projected
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Tensor, numel


@rule("nn.functional.scaled_dot_product_attention")
def scaled_dot_product_attention(tape: Tape, call: Call) -> Tensor:
    """Queries, keys and values, whose heads are cut already."""
    query, key, value, *mask = call.reads
    given = mask[0] if mask else call.kwargs.get("attn_mask")
    return attention(tape, query, key, value, given, rate=call.kwargs.get("dropout_p", 0))


def attention(tape: Tape, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, rate: Any = 0) -> Tensor:
    """Means of values; fused, only the sums of the exponents are kept of the scores."""
    sizes = (*query.sizes[:-1], value.sizes[-1])
    is_dense = all(one.strides[-1] == 1 for one in (query, key, value))
    fits = (
        is_dense and len(query.sizes) == 4 and query.sizes[-1] == value.sizes[-1] and query.sizes[:2] == key.sizes[:2]
    )
    if rate == 0 and fits and not (mask is not None and mask.learns):
        with tape.operation(query, key, value) as writes:
            learns = query.learns or key.learns or value.learns
            result = tape.fresh(sizes, learns=learns, like=query)
            writes.append(result)
            tape.save(query, key, value, result, *(() if mask is None else (mask,)))
            tape.keep(numel(query.sizes[:-1]), dtype="float32")
        return result
    scaled = tape.computed(query.sizes, query, like=query)
    turned = key.transposed(-2 % len(key.sizes), -1 % len(key.sizes))
    turned = tape.computed(turned.sizes, turned, like=turned)
    scores = multiplied(tape, scaled, turned)
    if mask is not None:
        scores = total(tape, scores, mask)
    weights = tape.computed(scores.sizes, scores, keeps_result=True)
    if rate != 0 and tape.training:
        weights = tape.computed(weights.sizes, weights, amounts=(weights.elements,))
    return multiplied(tape, weights, value)


def in_heads(tape: Tape, tensor: Tensor, heads: Any) -> Tensor:
    """(B, *, T, C) as (B, *, heads, T, C/heads)."""
    width = tensor.sizes[-1]
    part: Any = width // heads if isinstance(width, int) else divide(width, heads)
    cut = tensor.with_sizes((*tensor.sizes[:-1], heads, part))
    if cut is None:
        raise NotKnown
    rank = len(cut.sizes)
    return tape.looked_at(tensor, cut.transposed(rank - 3, rank - 2))


@rule("supplied.RelativePositionBias")
def relative_position_bias(tape: Tape, call: Call) -> Tensor:
    """A table of its own, in which the bias is looked up."""
    _, heads, positions, _ = call.sizes
    return _window_bias(tape, (), heads, positions, trains=call.trains)


@rule("supplied.window_bias")
def window_bias(tape: Tape, call: Call) -> Tensor:
    """The same of a table that the class around holds."""
    return _window_bias(tape, call.reads, call.read.sizes[1], prod(call.args), trains=call.read.learns)


def _window_bias(tape: Tape, reads: tuple[Tensor, ...], heads: Dim, positions: Dim, *, trains: bool) -> Tensor:
    """Rows of a table, looked up once for every two positions; the same for all items of a batch."""
    with tape.operation(*reads) as writes:
        found = tape.fresh((positions, positions, heads), learns=trains)
        writes.append(found)
        tape.keep(positions * positions, dtype="int64")
    return tape.looked_at(found, found.permuted((2, 0, 1)).expanded((1, heads, positions, positions)))


@rule("supplied.attend", "supplied.attend_in_heads", "supplied.DotAttention")
def attend(tape: Tape, call: Call) -> Tensor:
    """Heads are cut, attend, and are put side by side again."""
    return _attend(tape, call.reads, call, rate=call.kwargs.get("dropout", 0))


def _attend(tape: Tape, reads: tuple[Tensor, ...], call: Call, *, rate: Any) -> Tensor:
    query, key, value, *masks = reads
    mask = masks[0] if masks else None
    heads = call.kwargs.get("heads")
    groups = call.kwargs.get("key_heads") or heads
    if heads is not None:
        query = in_heads(tape, query, heads)
        key, value = (in_heads(tape, one, groups) for one in (key, value))
        if groups != heads:
            key, value = (_repeated(tape, one, heads) for one in (key, value))
    if mask is not None and call.kwargs.get("is_causal"):
        mask = tape.computed((*mask.sizes[:-2], query.sizes[-2], key.sizes[-2]), mask, back="same")
    mean = attention(tape, query, key, value, mask, rate=rate)
    if heads is None:
        return mean
    rank = len(mean.sizes)
    turned = tape.looked_at(mean, mean.transposed(rank - 3, rank - 2))
    joined: Any = turned.sizes[-2] * turned.sizes[-1]
    return tape.reshaped(turned, (*turned.sizes[:-2], joined))


def _repeated(tape: Tape, tensor: Tensor, heads: Any) -> Tensor:
    """Keys or values written once for every head that has them in common."""
    sizes = list(tensor.sizes)
    sizes[-3] = heads
    return tape.computed(tuple(sizes), tensor)


@rule("nn.MultiheadAttention")
def multihead_attention(tape: Tape, call: Call) -> Tensor:
    """Projections of tokens, which are put in front of the batch, and attention of all heads."""
    query, key, _ = call.reads
    width, heads = call.args[:2]
    rate = call.kwargs.get("dropout", 0)
    batch, tokens, _ = query.sizes
    front = tape.looked_at(query, query.transposed(0, 1))
    if query is key:
        parts = _packed(tape, call, front, 3)
    else:
        source = tape.looked_at(key, key.transposed(0, 1))
        first = projected(tape, front, width, trains=call.trains)
        if "in_proj_weight" in call.weights:
            others = _packed(tape, call, source, 2)
        else:
            others = [projected(tape, source, width, trains=call.trains) for _ in range(2)]
        parts = [first, *others]
    cut = [_cut(tape, part, heads) for part in parts]
    mean = attention(tape, cut[0], cut[1], cut[2], None, rate=rate)
    ordered = tape.made_contiguous(tape.looked_at(mean, mean.permuted((2, 0, 1, 3))))
    rows = tape.reshaped(ordered, (batch * tokens, width))
    out = tape.computed((batch * tokens, width), rows, keeps=(rows,) if call.trains else (), learns=call.trains)
    back = out.with_sizes((tokens, batch, width))
    if back is None:
        raise NotKnown
    return tape.looked_at(out, back.transposed(0, 1))


def _packed(tape: Tape, call: Call, read: Tensor, count: int) -> list[Tensor]:
    """Several projections in one, which are put one behind the other."""
    width = call.args[0]
    together = projected(tape, read, count * width, trains=call.trains)
    packed = tape.computed((count, *read.sizes[:-1], width), together, back="same")
    part = packed.seen(packed.sizes[1:], packed.strides[1:])
    return [tape.looked_at(packed, part) for _ in range(count)]


def _cut(tape: Tape, part: Tensor, heads: Any) -> Tensor:
    """(T, B, E) as (B, heads, T, E/heads)."""
    tokens, batch, width = part.sizes
    narrow: Any = width // heads if isinstance(width, int) else divide(width, heads)
    rows = part.with_sizes((tokens, batch * heads, narrow))
    apart = None if rows is None else rows.transposed(0, 1).with_sizes((batch, heads, tokens, narrow))
    if apart is None:
        raise NotKnown
    return tape.looked_at(part, apart)


@rule("supplied.Attention", "supplied.CrossAttention")
def own_attention(tape: Tape, call: Call) -> Tensor:
    """Three projections, attention of all heads, and a projection out."""
    query, *others = call.reads
    source = others[0] if others else query
    after = 2 if len(call.args) == 4 else 1
    width, heads = call.args[after], call.args[after + 1]
    groups = call.kwargs.get("key_heads") or heads
    narrow: Any = width if groups == heads else width // heads * groups
    projections = (
        projected(tape, query, width, trains=call.trains),
        projected(tape, source, narrow, trains=call.trains),
        projected(tape, source, narrow, trains=call.trains),
    )
    told = call._replace(kwargs={**call.kwargs, "heads": heads})
    mean = _attend(tape, (*projections, *others[1:]), told, rate=call.kwargs.get("dropout", 0))
    return projected(tape, mean, call.sizes[-1], trains=call.trains, out=call.sizes)
