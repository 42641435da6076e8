"""Says as one layer what a source computes step by step: attention, as products, scores, weights and means.

Files know no attention but these steps, and many modules write them out. The layer reads queries, keys and values as
they stand, with the heads in front of the tokens.
"""

from __future__ import annotations

import re
from math import isclose
from typing import NamedTuple

from archcalc.importing.readers import Readers
from archcalc.importing.record import Layer, Plain, Record, Value

_FACTOR = re.compile(r"x ([*/]) (\d+(?:\.\d+)?(?:e-?\d+)?)")


class _Scaled(NamedTuple):
    """A map before a number was multiplied with it, the number, and the layer that did."""

    value: Value
    factor: float
    layers: list[Layer]


def attend(record: Record, *, causal_only: bool = False) -> None:
    """Join products, softmax and means that are an attention; maps that something else reads stay as they are.

    With `causal_only` only where later tokens are hidden, which no steps can say.
    """
    readers = Readers(record)
    for layer in list(record.layers()):
        if layer.kind == "matmul" and not layer.fields:
            _joined(record, readers, layer, causal_only=causal_only)


def _joined(record: Record, readers: Readers, means: Layer, *, causal_only: bool) -> None:
    weights, values = means.inputs
    dropped = readers.alone(weights, "dropout")
    softmax = readers.alone(weights if dropped is None else dropped.inputs[0], "softmax")
    if softmax is None or softmax.fields.get("axis") != len(weights.shape) - 1:
        return
    hiding = _hiding(readers, softmax.inputs[0])
    if hiding is None and causal_only:
        return
    mask, added = (None, hiding) if hiding is not None else _mask(readers, softmax.inputs[0])
    scores = _scaled(readers, softmax.inputs[0] if added is None else added.inputs[0])
    product = readers.alone(scores.value, "matmul")
    if product is None or product.fields:
        return
    queries, turned = _scaled(readers, product.inputs[0]), _scaled(readers, product.inputs[1])
    exchange = readers.alone(turned.value, "permute")
    if exchange is None or any(value.shape[:-2] != means.output.shape[:-2] for value in (queries.value, values)):
        return
    chain = [
        *queries.layers,
        exchange,
        *turned.layers,
        product,
        *scores.layers,
        *([added] if added else []),
        softmax,
        *([dropped] if dropped else []),
        means,
    ]
    # Only what is dropped may be a module of its own.
    if len({id(readers.scopes[id(one)]) for one in chain if one is not dropped}) > 1:
        return
    keys = _unturned(readers, exchange)
    width = queries.value.shape[-1]
    factor = queries.factor * turned.factor * scores.factor
    fields: dict[str, Plain] = {} if isclose(factor, width**-0.5, rel_tol=1e-5) else {"scale": float(f"{factor:.7g}")}
    if hiding is not None:
        fields["causal"] = True
    if dropped is not None:
        fields["dropout"] = dropped.fields["rate"]
    made = Layer("dot_attention", fields, [queries.value, keys, values], source=means.source)
    if mask is not None:
        made.maps["mask"] = mask
    counted = sum(record.products.pop(id(one), 0) for one in (product, means))
    readers.merge(chain, made)
    if counted:
        record.products[id(made)] = counted


def _hiding(readers: Readers, scores: Value) -> Layer | None:
    """The layer that hides later tokens from these scores."""
    maker = scores.maker
    return maker if maker is not None and maker.hides_later and readers.only(scores) is not None else None


def _mask(readers: Readers, scores: Value) -> tuple[Value | None, Layer | None]:
    """The numbers that are added to the scores, the same for all items, and the layer that adds them."""
    added = readers.alone(scores, "add")
    if added is None or len(added.inputs) != 2:
        return None, None
    mask = added.inputs[1]
    is_fixed = mask.maker is not None and mask.maker.kind in ("buffer", "parameter")
    fits = is_fixed and added.inputs[0].shape == scores.shape and len(mask.shape) <= len(scores.shape)
    return (mask, added) if fits else (None, None)


def _scaled(readers: Readers, value: Value) -> _Scaled:
    """What is multiplied with numbers, if anything is."""
    layers: list[Layer] = []
    factor = 1.0
    while (maker := readers.alone(value, "elementwise")) is not None and not maker.maps:
        found = _FACTOR.fullmatch(str(maker.fields["value"]))
        if found is None:
            break
        number = float(found.group(2))
        factor *= number if found.group(1) == "*" else 1 / number
        layers.insert(0, maker)
        value = maker.inputs[0]
    return _Scaled(value, factor, layers)


def _unturned(readers: Readers, exchange: Layer) -> Value:
    """The keys as they were before their last two axes were exchanged: a map of its own where more was done to them."""
    (source,) = exchange.inputs
    order = exchange.fields["axes"]
    assert isinstance(order, list)
    axes = [*order[:-2], order[-1], order[-2]]
    if axes == list(range(len(axes))):
        return source
    sizes = tuple(source.shape[axis] for axis in axes if isinstance(axis, int))
    made = Layer("permute", {"axes": axes}, [source], source=exchange.source)
    made.outputs = [Value(sizes, maker=made)]
    readers.insert(made, exchange)
    return made.output
