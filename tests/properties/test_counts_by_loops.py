"""Multiplications and parameters of every kind of layer, counted by nested loops on tiny maps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from strategies.fields import Named
from strategies.hypothesis_strategies import rngs
from strategies.layers import Drawn, random_layer

import archcalc
from archcalc.infer import infer
from archcalc.layers.base import Tap
from archcalc.layers.shape import Integers, Shape
from archcalc.layers.table import KINDS, layer_class
from archcalc.layers.unpool import Unpool
from properties.sliding import (
    Sizes,
    attention_products,
    conv_products,
    linear_products,
    per_axis,
    product_of,
)

SHAPES = (
    Shape((4, 5, 6)), Shape((6, 7)), Shape((8,)), Shape((2, 3, 4, 4)), Shape((6, 4), "channels_last"),
    Shape((3, 4, 6), "channels_last"), Shape((3, 4), integers=Integers()), Shape((5, 6), "channels_last"),
    Shape((1, 6, 6)), Shape((12, 3, 3)), Shape((4, 3, 3), "channels_first", 5),
)  # fmt: skip
BOXES = Named("boxes", Tap(Shape((4,), "channels_first", 3)))
MEMORY = Named("memory", Tap(Shape((5, 3), "channels_last")))
PLACES = Named("places", Tap(Shape((2, 3), integers=Integers(2))))
NAMED = {"roi_pool": BOXES, "roi_align": BOXES, "index_select": PLACES}
"""What a field of a kind can name."""


def _conv(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    kernel = per_axis(fields["kernel"], len(read) - 1)
    return conv_products(read[0], wrote[0], fields.get("groups", 1), kernel, wrote[1:], fields.get("connections"))


def _depthwise(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    return sum(1 for _ in range(wrote[0]) for _ in range(product_of(wrote[1:]))
               for _ in range(product_of(per_axis(fields["kernel"], len(read) - 1))))  # fmt: skip


def _transposed(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    # Every value paints its window: the convolution's products, with the two sides exchanged.
    kernel = per_axis(fields["kernel"], len(read) - 1)
    return conv_products(wrote[0], read[0], fields.get("groups", 1), kernel, read[1:])


def _linear(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    return linear_products(read[:-1], read[-1], fields["out"])


def _attention(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    *front, tokens, channels = read
    source = fields["memory"].shape.sizes if "memory" in fields else read
    heads = (fields["heads"], fields.get("key_heads", fields["heads"]))
    width = fields.get("dim", channels)
    return product_of(tuple(front)) * attention_products(tokens, channels, width, heads, (source[-2], source[-1]))


def _recurrent(gates: int) -> Callable[[Sizes, Sizes, dict[str, Any]], int]:
    """Token by token, in every layer and direction: every gate's sums of what is read and of the last state."""

    def products(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
        hidden, directions = fields["hidden"], 2 if fields.get("bidirectional") else 1
        state = fields.get("projection", hidden)
        *leading, channels = read
        found, tokens = 0, product_of(tuple(leading))
        for _layer in range(fields.get("layers", 1)):
            for _token, _direction in product(range(tokens), range(directions)):
                found += linear_products((), channels, gates * hidden) + linear_products((), state, gates * hidden)
                found += linear_products((), hidden, state) if state != hidden else 0
            channels = directions * state
        return found

    return products


def _experts(read: Sizes, wrote: Sizes, fields: dict[str, Any]) -> int:
    """Token by token through every chosen expert, layer by layer."""
    *positions, channels = read
    found = 0
    for _token, _chosen in product(range(product_of(tuple(positions))), range(fields["active"])):
        found += linear_products((), channels, fields["hidden"]) * (2 if fields.get("gated", True) else 1)
        found += linear_products((), fields["hidden"], channels)
    return found


def _product_of_matrices(maps: list[Sizes], fields: dict[str, Any]) -> int:
    """Row by row and column by column, for `transpose: second`."""
    (*rows, width), (*_, columns, _) = maps
    return linear_products(tuple(rows), width, columns)


def _given_attention(maps: list[Sizes], fields: dict[str, Any]) -> int:
    """Head by head: a score for every query and key, and a mean of the values for every query."""
    (*leading, queries, channels), (*_, keys, _), (*_, values) = maps
    heads = fields["heads"]
    of_heads = (*leading, heads, queries)
    return linear_products(of_heads, channels // heads, keys) + linear_products(
        of_heads, keys, values // fields["key_heads"]
    )


MERGED: dict[str, Callable[[list[Sizes], dict[str, Any]], int]] = {
    "matmul": _product_of_matrices,
    "dot_attention": _given_attention,
    "opaque": lambda maps, fields: int(fields["products"]),  # Nothing is computed, so there is nothing to go through.
}
"""Loops for the merges that multiply; they see all maps."""

COUNTED: dict[str, Callable[[Sizes, Sizes, dict[str, Any]], int]] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "conv_transpose": _transposed,
    "deform_conv": _conv,
    "linear": _linear,
    "attention": _attention,
    "experts": _experts,
    "lstm": _recurrent(4),
    "gru": _recurrent(3),
    "rnn": _recurrent(1),
}
"""Loops for all kinds that multiply; whoever states no multiplications has none."""

MERGES = tuple(kind for kind in KINDS if layer_class(kind).is_merge)


def drawn(rng: Random, kind: str) -> tuple[Shape, Drawn]:
    """A legal layer of a kind on the first shape, in random order, that it can read."""
    order = list(SHAPES)
    rng.shuffle(order)
    for shape in order * 5:  # Fields are drawn anew: what a shape suits may not come at the first try.
        found = random_layer(rng, shape, maps=(NAMED.get(kind, MEMORY),), kind=kind)
        if found is not None:
            return shape, found
    raise AssertionError(f"no shape suits {kind}")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in MERGES and kind not in ("unpool", "deform_conv")]
)
@given(rng=rngs())
@examples(15)
def test_products_are_those_of_loops(kind: str, rng: Random) -> None:
    shape, layer = drawn(rng, kind)
    assert layer.facts.outputs is not None
    output = layer.facts.outputs[0]
    fields = {name: given_.value for name, given_ in layer.fields.items()}
    each = COUNTED[kind](shape.sizes, output.sizes, fields) if kind in COUNTED else 0  # type: ignore[arg-type]
    assert layer.facts.multiplications == each * output[2], layer.layer
    roles = {tensor.role for tensor in layer.facts.weights}
    assert "weight" in roles or not layer.facts.multiplications, "what is multiplied with are weights"
    assert {tensor.role for tensor in layer.facts.buffers} <= {"statistic", "counter"}
    assert not roles & {"statistic", "counter"}, "statistics are not trained"


@given(st.lists(st.integers(1, 4), min_size=3, max_size=5))
def test_products_of_maps_are_those_of_loops(sizes: list[int]) -> None:
    *leading, rows, width, columns = sizes
    maps = [Shape((*leading, rows, width)), Shape((*leading, columns, width))]
    facts = infer(layer_class("matmul")(transpose="second"), maps, "exact")
    assert facts.multiplications == MERGED["matmul"]([shape.sizes for shape in maps], {})  # type: ignore[misc]


@given(kernel=st.integers(1, 3), groups=st.integers(1, 2), stride=st.integers(1, 2))
def test_products_of_windows_that_are_moved(kernel: int, groups: int, stride: int) -> None:
    shape, fields = Shape((4, 6, 5)), {"out": 6, "kernel": kernel, "stride": stride, "groups": groups}
    places = tuple(len(range(0, size - kernel + 1, stride)) for size in (6, 5))
    layer = layer_class("deform_conv")(**fields, offset=Tap(Shape((2 * kernel**2, *places))))
    products = infer(layer, [shape], "floor").multiplications
    assert products == COUNTED["deform_conv"](shape.sizes, (6, *places), fields)  # type: ignore[arg-type]


@given(st.lists(st.integers(1, 3), min_size=6, max_size=7), st.sampled_from([(1, 1), (2, 1), (2, 2), (3, 1)]))
def test_products_of_given_queries_are_those_of_loops(sizes: list[int], grouped: tuple[int, int]) -> None:
    *leading, queries, keys, width, value_width = sizes[1:]
    heads, key_heads = grouped
    maps = [
        Shape((*leading, queries, heads * width), "channels_last"),
        Shape((*leading, keys, key_heads * width), "channels_last"),
        Shape((*leading, keys, key_heads * value_width), "channels_last"),
    ]
    facts = infer(layer_class("dot_attention")(heads=heads, key_heads=key_heads), maps, "exact")
    fields = {"heads": heads, "key_heads": key_heads}
    assert facts.multiplications == MERGED["dot_attention"]([shape.sizes for shape in maps], fields)  # type: ignore[misc]


@given(kernel=st.integers(1, 3), size=st.integers(1, 5))
def test_unpooling_multiplies_nothing(kernel: int, size: int) -> None:
    layer = Unpool(kernel=kernel)
    assert infer(layer, [Shape((2, size, size))], "exact").multiplications == 0


@pytest.mark.parametrize("kind", [kind for kind in MERGES if not layer_class(kind).has_products()])
def test_merges_multiply_nothing(kind: str) -> None:
    report = archcalc.load({"input": [3, 4, 4], "layers": [{kind: ["here", ["relu"]]}]}).check()
    assert report.ok
    assert report.totals.multiplications == 0


@given(rngs())
@examples(100)
def test_parameters_are_weights_and_biases(rng: Random) -> None:
    """Parameters of layers with products: at one place, without padding or overlap, every weight is used once."""
    kind = ("conv", "depthwise", "linear")[rng.randrange(3)]
    _, layer = drawn(rng, kind)
    assert layer.facts.outputs is not None
    output = layer.facts.outputs[0]
    places = product_of(output.spatial)  # type: ignore[arg-type]
    fields = {name: given_.value for name, given_ in layer.fields.items()}
    biases = output.channels if fields.get("bias", True) else 0
    # A standardized filter may have a learned factor, which is applied to the weights and not to maps.
    gains = output.channels if fields.get("gain") is not None else 0
    weights = layer.facts.multiplications // (places * output[2])  # type: ignore[operator]
    # Lengths of weights are learned for every entry of one of their axes.
    axis = fields.get("weight_norm")
    lengths = 0 if axis is None else layer.facts.weights[-1].shape[axis]
    assert layer.facts.parameters == weights + biases + gains + lengths
