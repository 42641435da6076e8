"""The PyTorch calls of every kind, at random fields and sizes, with numbers and with symbols in the sizes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from oracles import (
    Sources,
    assert_as_torch,
    effective,
    load_torch,
    made,
    pool_rounding,
    put_field,
    put_shape,
    run_calls,
    taps_of,
    written,
)
from strategies.choices import chance, pick
from strategies.fields import Named
from strategies.layers import Rules, random_layer

from archcalc.dims import Dim, Polynomial, symbol
from archcalc.layers.base import Layer, Tap, TorchCall
from archcalc.layers.construction import WrongFields
from archcalc.layers.pooling import MaxPool
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.table import KINDS, layer_class
from archcalc.layers.unpool import Unpool

TAKEN = 12
ROUNDINGS: tuple[Rounding, ...] = ("floor", "ceil", "exact", "caffe")
LAST = {"linear", "rbf", "rms_norm", "attention", "class_token", "channels_first", "lstm", "gru", "rnn", "positions",
        "position_encoding", "rotary", "relative_buckets", "experts"}  # fmt: skip


def random_shape(rng: Random, kind: str) -> Shape:
    """A small shape that the kind can mostly read."""
    if kind == "embedding":
        return Shape(tuple(pick(rng, (4, 1, 6)) for _ in range(rng.randrange(1, 4))), integers=Integers())
    if kind in LAST or chance(rng, 15):
        last = 2 if kind not in ("linear", "rbf", "channels_first") else rng.randrange(1, 4)
        return Shape(tuple(pick(rng, (4, 1, 6, 8, 12)) for _ in range(last)), "channels_last")
    channels = pick(rng, (8, 4, 6, 3, 1, 12, 16))
    rank = pick(rng, (2, 1, 3)) if chance(rng, 85) else 0
    return Shape((channels, *(rng.randrange(1, 12) for _ in range(rank))))


def random_maps(rng: Random, shape: Shape) -> tuple[Named, ...]:
    """Maps that fields of the kind may name."""
    smaller = tuple(rng.randrange(1, size + 1) if isinstance(size, int) else size for size in shape.spatial)
    taps = [
        Tap(Shape((5, *smaller))),
        Tap(Shape((*smaller, 5), "channels_last")),
        Tap(Shape((rng.randrange(1, 7), pick(rng, (shape.channels, 5))), "channels_last")),
        Tap(Shape((4,), items=3)),
        Tap(Shape((3, 2)[: rng.randrange(1, 3)], integers=Integers(1))),
    ]
    return tuple(Named(f"map{index}", tap) for index, tap in enumerate(taps))


def pool_and_undo(rng: Random) -> tuple[Layer, list[Shape], Rounding] | None:
    """An unpool of a pool that is drawn first."""
    entered = random_shape(rng, "max_pool")
    drawn = random_layer(rng, entered, kind="max_pool", rules=Rules(pick(rng, ROUNDINGS)))
    if drawn is None or not isinstance(drawn.layer, MaxPool):
        return None
    (pooled,) = drawn.facts.outputs or ()
    return Unpool(pool=Tap(pooled, drawn.layer, entered)), [pooled], "exact"


def deformed(rng: Random) -> tuple[Layer, list[Shape]]:
    """A deformable convolution with offsets, and mostly factors, that fit it."""
    shape = Shape((pick(rng, (6, 4, 12)), rng.randrange(3, 9), rng.randrange(3, 9)))
    fields: dict[str, Any] = {
        "out": pick(rng, (4, 2, 6)), "kernel": pick(rng, (3, 1, (2, 3))), "stride": pick(rng, (1, 2, (2, 1))),
        "padding": pick(rng, (1, 0, ((0, 1), (2, 1)))), "dilation": pick(rng, (1, 2, (2, 1))),
        "groups": pick(rng, (1, 2)), "bias": chance(rng, 70),
    }  # fmt: skip
    if layer_class("conv")(**fields).shapes([shape], Site("floor")) is None:
        fields |= {"kernel": 1, "dilation": 1}
    (made,) = layer_class("conv")(**fields).shapes([shape], Site("floor")) or ()
    kernel = fields["kernel"] if isinstance(fields["kernel"], tuple) else (fields["kernel"],) * 2
    values = pick(rng, (1, 2)) * kernel[0] * kernel[1]
    fields["offset"] = Tap(made.with_channels(2 * values))
    if chance(rng, 60):
        fields["mask"] = Tap(made.with_channels(values))
    return layer_class("deform_conv")(**fields), [shape]


def matrices(rng: Random) -> tuple[Layer, list[Shape]]:
    """Two maps that can be multiplied, of any rank from 2 on."""
    leading = [rng.randrange(1, 4) for _ in range(rng.randrange(3))]
    rows, width, columns = (rng.randrange(1, 7) for _ in range(3))
    transpose = pick(rng, (None, "first", "second", "both"))
    first = (width, rows) if transpose in ("first", "both") else (rows, width)
    second = (columns, width) if transpose in ("second", "both") else (width, columns)
    stretched = chance(rng, 40)
    others = [pick(rng, (size, 1)) if stretched else size for size in leading]
    layout = pick(rng, ("channels_first", "channels_last"))
    shapes = [Shape((*leading, *first), layout), Shape((*others, *second), layout)]
    return layer_class("matmul")(transpose=transpose, broadcast=stretched), shapes


def queries(rng: Random) -> tuple[Layer, list[Shape]]:
    """Queries, keys and values that fit, with any number of heads and any axes in front."""
    leading = tuple(rng.randrange(1, 4) for _ in range(rng.randrange(3)))
    key_heads = pick(rng, (1, 2, 3))
    heads = key_heads * pick(rng, (1, 1, 2))
    count, keys, width, value_width = (rng.randrange(1, 6) for _ in range(4))
    causal = chance(rng, 30)
    keys = count if causal else keys
    channels = (heads * width, key_heads * width, key_heads * value_width)
    shapes = [
        Shape((*leading, tokens, size), "channels_last")
        for tokens, size in zip((count, keys, keys), channels, strict=True)
    ]
    fields: dict[str, Any] = {"causal": causal, "dropout": pick(rng, (0, 0, Fraction(1, 2)))}
    if chance(rng, 30):
        fields["broadcast"] = True
        alone = rng.randrange(3)
        shapes[alone] = shapes[alone]._replace(sizes=(*(1 for _ in leading), *shapes[alone].sizes[-2:]))
    if heads > 1 or chance(rng, 50):
        fields |= {"heads": heads, "key_heads": key_heads}
    if chance(rng, 50):
        scores = (*leading, *((heads,) if "heads" in fields else ()), count, keys)
        sizes = [pick(rng, (size, size, 1)) for size in scores]
        fields["mask"] = Tap(Shape(tuple(sizes[rng.randrange(len(sizes)) :])))
    if chance(rng, 30):
        fields["scale"] = Fraction(1, 4)
    return layer_class("dot_attention")(**fields), shapes


PRODUCTS = {"matmul": matrices, "dot_attention": queries}


def merged(rng: Random, kind: str) -> tuple[Layer, list[Shape], Rounding]:
    if kind in PRODUCTS:
        return *PRODUCTS[kind](rng), "exact"
    shape = random_shape(rng, kind)
    count = 2 if kind == "subtract" else rng.randrange(2, 5)
    if kind == "concat":
        parts = [shape.with_channels(rng.randrange(1, 5)) for _ in range(count)]
        return layer_class(kind)(), parts, "exact"
    if kind == "stack":
        return layer_class(kind)(axis=rng.randrange(-2, 2)), [shape] * count, "exact"
    stretched = [Shape(tuple(pick(rng, (size, 1)) for size in shape.sizes), shape.layout) for _ in range(count - 1)]
    return layer_class(kind)(broadcast=True), [shape, *stretched], "exact"


def drawn_layers(kind: str) -> Iterator[tuple[Layer, list[Shape], Rounding]]:
    """Legal layers of a kind, with what they read."""
    taken = 0
    cls = layer_class(kind)
    for seed in range(20 * TAKEN):
        rng = Random(f"{kind}{seed}")
        if cls.is_merge:
            yield merged(rng, kind)
            taken += 1
        elif kind == "deform_conv":
            yield *deformed(rng), "floor"
            taken += 1
        elif kind == "unpool" and seed % 2:
            case = pool_and_undo(rng)
            if case is not None:
                yield case
                taken += 1
        else:
            shape = random_shape(rng, kind)
            rounding = pick(rng, ROUNDINGS)
            maps = random_maps(rng, shape)
            drawn = random_layer(rng, shape, kind=kind, maps=maps, rules=Rules(rounding))
            if drawn is not None:
                yield drawn.layer, [] if cls.inputs == 0 else [shape], drawn.layer.policy(rounding)
                taken += 1
        if taken == TAKEN:
            return
    assert taken >= 8, f"only {taken} legal layers of {kind}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not layer_class(kind).is_opaque])
def test_every_legal_layer_is_what_its_calls_are(kind: str) -> None:
    for layer, shapes, rounding in drawn_layers(kind):
        try:
            assert_as_torch(layer, *shapes, rounding=effective(layer, None) if _own(layer) else rounding)
        except Exception as error:
            raise AssertionError(f"{layer!r} at {shapes} with {rounding}: {error}") from error


def _own(layer: Layer) -> bool:
    return getattr(layer, "rounding", None) is not None


# Symbols in the sizes: the same calls must be right for every size.


class Symbols:
    """A symbol for every size that is not a number of channels, and what it stands for."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.numbers: dict[str, int] = {}

    def size(self, size: Dim) -> Dim:
        assert isinstance(size, int)
        name = f"N{len(self.numbers)}"
        if size % 2 == 0 and chance(self.rng, 30):
            self.numbers[name] = size // 2
            return 2 * symbol(name)
        self.numbers[name] = size
        return symbol(name)

    def shape(self, shape: Shape) -> Shape:
        return shape.with_spatial([self.size(size) for size in shape.spatial])

    def fields(self, layer: Layer) -> Layer:
        """The layer with symbols in some of its fields, where these may be symbols."""
        for name in sorted(layer.model_fields_set):
            value = getattr(layer, name)
            # A symbol stands for 1 and more.
            if type(value) is int and value > 0 and chance(self.rng, 30):
                given = {field: getattr(layer, field) for field in layer.model_fields_set}
                given[name] = symbol(f"F{len(self.numbers)}")
                try:
                    layer = type(layer)(**given)
                except WrongFields:
                    continue
                self.numbers[f"F{len(self.numbers)}"] = value
        return layer


def deeply_put(value: Any, numbers: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: deeply_put(item, numbers) for name, item in value.items()}
    return (
        type(value)(deeply_put(item, numbers) for item in value)
        if isinstance(value, list)
        else put_field(value, numbers)
    )


def put_call(call: TorchCall, numbers: dict[str, int]) -> TorchCall:
    """The call with numbers for symbols, as a generated module has them when it runs."""
    kwargs = deeply_put(dict(call.kwargs), numbers)
    return call._replace(args=tuple(deeply_put(value, numbers) for value in call.args), kwargs=kwargs)


def has_symbols(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_symbols, value.values()))
    return any(map(has_symbols, value)) if isinstance(value, (tuple, list)) else isinstance(value, Polynomial)


def pooled_by(layer: Layer, numbers: dict[str, int]) -> list[TorchCall] | None:
    """The calls of the pool that a layer undoes."""
    for tap in taps_of(layer):
        if isinstance(tap.layer, MaxPool) and tap.entered is not None:
            calls = tap.layer.torch([tap.entered], [tap.shape], pool_rounding(tap))
            return [put_call(call, numbers) for call in calls]
    return None


def assert_symbols_change_nothing(
    layer: Layer,
    symbolic: Layer,
    shapes: list[Shape],
    open_shapes: list[Shape],
    numbers: dict[str, int],
    rounding: Rounding,
) -> bool:
    """The values of the calls for symbolic sizes are those of the calls for their numbers."""
    torch = load_torch()
    outputs = symbolic.shapes(open_shapes, Site(rounding))
    if outputs is None:
        return False
    concrete = written(layer, *shapes, rounding=rounding)
    assert tuple(put_shape(shape, numbers) for shape in outputs) == concrete
    results = []
    for among, calls in (
        (layer, layer.torch(shapes, concrete, rounding)),
        (symbolic, [put_call(call, numbers) for call in symbolic.torch(open_shapes, outputs, rounding)]),
    ):
        torch.default_generator.manual_seed(1)
        sources = Sources(layer, shapes, pooled_by=pooled_by(among, numbers))
        torch.default_generator.manual_seed(2)
        modules = [module.eval() for module in made(calls)]
        with torch.no_grad():
            values = run_calls(calls, sources, modules=modules, folded=layer.is_merge)
        results.append(([value for module in modules for value in module.state_dict().values()], values))
    (expected_weights, expected), (weights, found) = results
    assert all(map(torch.equal, expected_weights, weights)), "the weights are drawn alike"
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other)
    return True


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("parameter", "roi_pool", "roi_align", "opaque")]
)
def test_symbols_change_nothing(kind: str) -> None:
    ran = 0
    for layer, shapes, drawn_rounding in drawn_layers(kind):
        rounding = effective(layer, None) if _own(layer) else drawn_rounding
        symbols = Symbols(Random(str(ran)))
        if layer_class(kind).is_merge:
            named = {size: symbols.size(size) for shape in shapes for size in shape.spatial if size != 1}
            open_shapes = [shape.with_spatial([named.get(size, 1) for size in shape.spatial]) for shape in shapes]
            symbolic = layer
        else:
            open_shapes = [symbols.shape(shape) for shape in shapes]
            symbolic = symbols.fields(layer)
            for tap in taps_of(layer):
                name = next(name for name in layer.model_fields_set if getattr(layer, name) is tap)
                given = {field: getattr(symbolic, field) for field in layer.model_fields_set}
                if tap.layer is None or tap.entered is None:
                    given[name] = Tap(symbols.shape(tap.shape))
                else:
                    entered = symbols.shape(tap.entered)
                    pooled = tap.layer.shapes([entered], Site(pool_rounding(tap)))
                    if pooled is None:
                        continue
                    given[name] = Tap(pooled[0], tap.layer, entered)
                    open_shapes = [pooled[0]]
                symbolic = type(layer)(**given)
        try:
            ran += assert_symbols_change_nothing(layer, symbolic, shapes, open_shapes, symbols.numbers, rounding)
        except Exception as error:
            raise AssertionError(f"{layer!r} at {shapes} with {rounding}: {error}") from error
    assert ran or kind in ("reshape",), "no symbolic layer was legal"
