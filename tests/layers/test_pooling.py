"""Pools against PyTorch, and unpooling against the pools that it undoes."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, inf, nan
from typing import Any

import pytest
from oracles import (
    ask,
    assert_as_torch,
    assert_symbols_agree,
    load_torch,
    put_shape,
    resolved,
    torch_shapes,
    torch_size,
    written,
)

from archcalc.dims import symbol
from archcalc.layers.adaptive import AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool
from archcalc.layers.base import Tap
from archcalc.layers.construction import WrongFields
from archcalc.layers.convolution import Conv
from archcalc.layers.pooling import AvgPool, LpPool, MaxPool
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.unpool import Unpool

MAPS = {1: Shape((3, 11)), 2: Shape((3, 9, 6)), 3: Shape((2, 5, 7, 4))}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_max_pool_is_legal_where_torch_runs(rank: int, rounding: Any) -> None:
    torch = load_torch()
    shape = MAPS[rank]
    seen = set()
    for kernel, stride, padding, dilation in product(range(1, 6), [None, 1, 2, 3], range(4), [1, 2]):
        module = getattr(torch.nn, f"MaxPool{rank}d")(kernel, stride, padding, dilation, ceil_mode=rounding == "ceil")
        expected = torch_size(module, shape)
        layer = MaxPool(kernel=kernel, stride=stride, padding=padding, dilation=dilation)
        answer = ask(layer, shape, rounding=rounding)
        assert set(answer.codes) - {"AC302"} <= {"AC303"}
        # PyTorch alone asks for at most half of the kernel; the calls of archcalc pad such a map first.
        if 2 * padding <= kernel or answer.shapes is None:
            assert (answer.shapes and answer.shapes[0].sizes) == expected, layer
        if answer.shapes is not None and (rank < 3 or kernel == 3):
            assert_as_torch(layer, shape, rounding=rounding)
        seen.add(expected is None)
    assert seen == {True, False}


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_avg_pool_is_legal_where_torch_runs(rank: int, rounding: Any) -> None:
    torch = load_torch()
    shape = MAPS[rank]
    for kernel, stride, padding, counted in product(range(1, 6), [None, 1, 2, 3], range(4), [True, False]):
        module = getattr(torch.nn, f"AvgPool{rank}d")(kernel, stride, padding, rounding == "ceil", counted)
        expected = torch_size(module, shape)
        layer = AvgPool(kernel=kernel, stride=stride, padding=padding, count_include_pad=counted)
        answer = ask(layer, shape, rounding=rounding)
        too_much = 2 * padding > kernel or (rank == 3 and any(kernel > size for size in shape.spatial))
        if answer.shapes is not None and too_much:
            # Only AvgPool3d does not count the padding when it asks whether a window fits; all ask for half of it.
            assert expected is None
            assert_as_torch(layer, shape, rounding=rounding)
            continue
        assert (answer.shapes and answer.shapes[0].sizes) == expected, layer
        if expected is not None:
            assert_as_torch(layer, shape, rounding=rounding)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_lp_pool_is_legal_where_torch_runs(rank: int, rounding: Any) -> None:
    torch = load_torch()
    shape = MAPS[rank]
    seen = set()
    for norm, kernel, stride in product([1, 2, Fraction(3, 2)], (1, 2, 3, 4, 6, 8, 11, 12, 14), [None, 1, 2, 3]):
        module = getattr(torch.nn, f"LPPool{rank}d")(float(norm), kernel, stride, ceil_mode=rounding == "ceil")
        expected = torch_size(module, shape)
        layer = LpPool(norm=norm, kernel=kernel, stride=stride)
        answer = ask(layer, shape, rounding=rounding)
        assert set(answer.codes) - {"AC302"} <= {"AC303"}
        if rank == 3 and rounding == "ceil" and answer.shapes is not None and kernel > min(shape.spatial):
            # On three axes PyTorch refuses a window that is larger than the map; the calls of archcalc pad it.
            assert expected is None
        else:
            assert (answer.shapes and answer.shapes[0].sizes) == expected, layer
        if answer.shapes is not None and norm == 2:
            assert_as_torch(layer, shape, rounding=rounding)
        seen.add(expected is None)
    assert seen == {True, False}


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_lp_pool_has_kernels_and_strides_for_every_axis(rounding: Any) -> None:
    assert_as_torch(LpPool(norm=3, kernel=(2, 3), stride=(1, 2)), Shape((4, 5, 7)), rounding=rounding)
    assert_as_torch(LpPool(norm=1, kernel=(1, 2, 3)), Shape((2, 4, 5, 6)), rounding=rounding)


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_the_norm_of_every_window(rounding: Any) -> None:
    """Also of a last window that reaches past the end, of which PyTorch's `ceil_mode` makes more than there is."""
    torch = load_torch()
    data = torch.rand(1, 1, 7)
    values = data.flatten().tolist()
    partial = 0
    for norm, kernel, stride in product([1, 2, 3], [1, 2, 3, 4], [1, 2, 3]):
        layer, shape = LpPool(norm=norm, kernel=kernel, stride=stride), Shape((1, 7))
        (output,) = written(layer, shape, rounding=rounding)
        windows = [values[place * stride : place * stride + kernel] for place in range(output.sizes[1])]
        partial += any(len(window) < kernel for window in windows)
        expected = [sum(value**norm for value in window) ** (1 / norm) for window in windows]
        result = run(layer.torch([shape], [output], rounding), data)
        assert result.flatten().tolist() == pytest.approx(expected, rel=1e-5)
    assert bool(partial) == (rounding == "ceil")


def test_a_norm_is_positive() -> None:
    with pytest.raises(WrongFields, match="must be positive, not 0"):
        LpPool(norm=0, kernel=2)


def run(calls: Any, data: Any) -> Any:
    for call in calls:
        target = resolved(call)
        data = target(*call.args, **call.kwargs)(data) if call.is_module else target(data, *call.args, **call.kwargs)
    return data


def slid(values: list[float], kernel: int, stride: int, before: int, places: int, best: bool) -> list[float]:
    """A pool over a list, by hand: the padding is left out of a maximum and is zero in a mean."""
    results = []
    for place in range(places):
        first = place * stride - before
        inside = [values[i] for i in range(first, first + kernel) if 0 <= i < len(values)]
        results.append(max(inside) if best else sum(inside) / kernel)
    return results


@pytest.mark.parametrize("size", [5, 6, 7, 8])
@pytest.mark.parametrize("padding", ["same", "valid", ((0, 1),), ((1, 0),), ((1, 1),), 1, 0])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_values_of_padded_pools(size: int, padding: Any, rounding: Any) -> None:
    torch = load_torch()
    # Negative values: a maximum over padding with zeros would show.
    data = torch.rand(1, 1, size) - 2
    values = data.flatten().tolist()
    for kernel, stride, best in product([2, 3, 4], [1, 2, 3], [True, False]):
        layer: Any = (MaxPool if best else AvgPool)(kernel=kernel, stride=stride, padding=padding)
        shape = Shape((1, size))
        (output,) = written(layer, shape, rounding=rounding)
        calls = layer.torch([shape], [output], rounding)
        places = output.sizes[1]
        assert isinstance(places, int)
        if padding == "same":
            total = max((places - 1) * stride + kernel - size, 0)
            before, after = total // 2, total - total // 2
        elif isinstance(padding, tuple):
            ((before, after),) = padding
        else:
            before = after = 0 if padding == "valid" else padding
        result = run(calls, data).flatten().tolist()
        expected = slid(values, kernel, stride, before, places, best)
        if not best:
            # The mean of a window past the end is that of what lies inside.
            ends = [min(place * stride + kernel, before + size + after) for place in range(places)]
            inside = [end - place * stride for place, end in enumerate(ends)]
            expected = [mean * kernel / count for mean, count in zip(expected, inside, strict=True)]
        assert result == pytest.approx(expected), (layer, calls)
        if not best:
            present = [
                sum(before <= position < before + size for position in range(place * stride, place * stride + kernel))
                for place in range(places)
            ]
            layer = AvgPool(kernel=kernel, stride=stride, padding=padding, count_include_pad=False)
            result = run(layer.torch([shape], [output], rounding), data).flatten().tolist()
            sums = [mean * count for mean, count in zip(expected, inside, strict=True)]
            assert result == pytest.approx([total / count for total, count in zip(sums, present, strict=True)]), layer


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_words_for_padding(rank: int, padding: str) -> None:
    shape = MAPS[rank]
    for kernel, stride, cls in product([1, 2, 3, 4], [1, 2, 3], [MaxPool, AvgPool]):
        layer: Any = cls(kernel=kernel, stride=stride, padding=padding)
        (output,) = written(layer, shape, rounding="floor")
        if padding == "same":
            assert output.spatial == tuple(-(-size // stride) for size in shape.spatial if isinstance(size, int))
        assert_as_torch(layer, shape, rounding="floor")


def test_the_fraction_of_a_pool() -> None:
    answer = ask(MaxPool(kernel=3, stride=2), Shape((64, 112, 112)))
    assert answer.codes == ("AC301",)
    assert answer.site.findings[0].message == "height and width: (112 - 3 + 0)/2 + 1 = 55.5 is not a whole number"
    assert ask(MaxPool(kernel=3, stride=2), Shape((64, 112, 112)), rounding="ceil").codes == ()


@pytest.mark.parametrize("padding", [2, 3, ((2, 0),), ((3, 4),), symbol("P")])
def test_more_padding_than_half_of_a_window(padding: Any) -> None:
    """The mathematics allows it: a maximum over padding alone is that of nothing, a mean counts its zeros."""
    torch = load_torch()
    data = torch.rand(1, 1, 5) - 2
    values = data.flatten().tolist()
    before, after = padding[0] if isinstance(padding, tuple) else (padding, padding)
    if not isinstance(before, int):
        layer = MaxPool(kernel=2, stride=1, padding=padding)
        numbers = [{"P": p, "N": n} for p, n in product(range(1, 5), range(1, 5))]
        assert assert_symbols_agree(layer, [Shape((1, symbol("N")))], numbers) == 16
        return
    for kernel, stride, best, rounding in product([1, 2, 3], [1, 2, 3], [True, False], ["floor", "ceil"]):
        layer: Any = (MaxPool if best else AvgPool)(kernel=kernel, stride=stride, padding=padding)
        (output,) = written(layer, Shape((1, 5)), rounding=rounding)  # type: ignore[arg-type]
        framed = [-inf if best else 0.0] * before + values + [-inf if best else 0.0] * after
        windows = [framed[place * stride : place * stride + kernel] for place in range(output.sizes[1])]
        expected = [max(window) if best else sum(window) / len(window) for window in windows]
        result = run(layer.torch([Shape((1, 5))], [output], rounding), data).flatten().tolist()
        assert result == pytest.approx(expected), layer


@pytest.mark.parametrize("padding", [0, 1, "same", ((2, 1),)])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_pools_with_gaps(padding: Any, rounding: Any) -> None:
    """PyTorch has no dilated mean and no dilated norm; every window is added up here by itself."""
    torch = load_torch()
    data = torch.rand(2, 3, 7, 6)
    for kernel, stride, dilation, counted in product([2, 3], [1, 2], [2, (3, 1)], [True, False]):
        options: dict[str, Any] = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        if isinstance(padding, tuple):
            options["padding"] = (padding[0], padding[0])
        norm, mean = LpPool(norm=2, **options), AvgPool(**options, count_include_pad=counted)
        shape = Shape((3, 7, 6))
        (output,) = written(mean, shape, rounding=rounding)
        assert written(norm, shape, rounding=rounding) == (output,)
        axes = mean.windows().on(shape)
        found = run(mean.torch([shape], [output], rounding), data)
        norms = run(norm.torch([shape], [output], rounding), data)
        assert found.shape == norms.shape == (2, *output.sizes)
        for place in product(*(range(size) for size in output.spatial)):
            spans = [
                [turn * w.stride + i * w.dilation for i in range(w.kernel)] for turn, w in zip(place, axes, strict=True)
            ]
            ends = [w.before + size + w.after for w, size in zip(axes, shape.spatial, strict=True)]
            seen = [(y, x) for y in spans[0] for x in spans[1] if y < ends[0] and x < ends[1]]
            real = [(y - axes[0].before, x - axes[1].before) for y, x in seen]
            real = [(y, x) for y, x in real if 0 <= y < 7 and 0 <= x < 6]
            total = sum((data[:, :, y, x] for y, x in real), torch.zeros(2, 3))
            squares = sum((data[:, :, y, x] ** 2 for y, x in real), torch.zeros(2, 3))
            count = len(seen) if counted else len(real)
            torch.testing.assert_close(found[(..., *place)], total / count, equal_nan=True)
            torch.testing.assert_close(norms[(..., *place)], squares.sqrt())


def caffe_places(height: int, width: int, kernel: int, stride: int, pad_h: int, pad_w: int) -> tuple[int, int]:
    """PoolingLayer::Reshape of Caffe, statement by statement."""
    pooled_height = ceil((height + 2 * pad_h - kernel) / stride) + 1
    pooled_width = ceil((width + 2 * pad_w - kernel) / stride) + 1
    if pad_h or pad_w:
        if (pooled_height - 1) * stride >= height + pad_h:
            pooled_height -= 1
        if (pooled_width - 1) * stride >= width + pad_w:
            pooled_width -= 1
    return pooled_height, pooled_width


def test_the_places_of_caffe() -> None:
    seen = set()
    for size, kernel, stride, pad_h, pad_w in product(range(1, 12), range(1, 5), range(1, 5), range(3), range(3)):
        if max(pad_h, pad_w) >= kernel:
            continue  # Caffe refuses it.
        expected = caffe_places(size, size + 1, kernel, stride, pad_h, pad_w)
        layer, shape = MaxPool(kernel=kernel, stride=stride, padding=(pad_h, pad_w)), Shape((1, size, size + 1))
        answer = ask(layer, shape, rounding="caffe")
        assert (answer.shapes and answer.shapes[0].spatial) == (expected if min(expected) > 0 else None), layer
        ceiled = ask(layer, shape, rounding="ceil")
        differs = answer.shapes != ceiled.shapes
        assert not differs or (kernel < stride and pad_h == pad_w == 0)
        seen.add(differs)
        if size == 7 and answer.shapes is not None:
            assert_as_torch(layer, shape, rounding="caffe")
    assert seen == {True, False}
    assert written(MaxPool(kernel=1, stride=2), Shape((1, 32, 32)), rounding="caffe")[0].sizes == (1, 17, 17)
    assert written(MaxPool(kernel=1, stride=2), Shape((1, 32, 32)), rounding="ceil")[0].sizes == (1, 16, 16)
    assert written(MaxPool(kernel=2, stride=3), Shape((1, 6, 6)), rounding="caffe")[0].sizes == (1, 3, 3)
    assert written(MaxPool(kernel=2, stride=3), Shape((1, 6, 6)), rounding="ceil")[0].sizes == (1, 2, 2)


@pytest.mark.parametrize("cls", [MaxPool, AvgPool])
def test_what_caffe_keeps_behind_the_input(cls: Any) -> None:
    torch = load_torch()
    for kernel, stride, size in ((1, 2, 6), (2, 3, 6), (1, 3, 7)):
        layer, shape = cls(kernel=kernel, stride=stride), Shape((1, size))
        data = torch.rand(1, 1, size)
        values = data.flatten().tolist()
        (output,) = written(layer, shape, rounding="caffe")
        windows = [values[place * stride : place * stride + kernel] for place in range(output.sizes[1])]
        assert any(not window for window in windows) == ((kernel, stride, size) != (1, 3, 7))
        result = run(layer.torch([shape], [output], "caffe"), data).flatten().tolist()
        # Caffe takes the largest of nothing for the least of its numbers, and divides 0 by 0.
        if cls is MaxPool:
            expected = [max(window, default=-inf) for window in windows]
        else:
            expected = [sum(window) / len(window) if window else nan for window in windows]
        assert result == pytest.approx(expected, nan_ok=True)


def test_what_caffe_does_elsewhere_is_rounding_down() -> None:
    assert Conv(out=1, kernel=3, stride=2).policy("caffe") == "floor"
    assert MaxPool(kernel=3, stride=2).policy("caffe") == "ceil"
    assert [MaxPool(kernel=1, stride=2).policy(word) for word in ("exact", "floor", "ceil", "caffe")] == [
        "exact", "floor", "ceil", "caffe",
    ]  # fmt: skip
    assert MaxPool(kernel=1, stride=2, padding=symbol("P")).policy("caffe") == "ceil"


def test_caffe_needs_to_know_whether_there_is_padding() -> None:
    layer = AvgPool(kernel=1, stride=2, padding=symbol("P") - 1)
    answer = ask(layer, Shape((1, 8)), rounding="caffe")
    assert answer.codes == ("AC318",)
    assert answer.site.findings[0].message == (
        "Caffe rounds in another way where there is padding, and whether there is some depends on a symbol: P - 1"
    )


@pytest.mark.parametrize("cls", [MaxPool, AvgPool])
def test_a_symbolic_kernel_is_no_stride(cls: Any) -> None:
    answer = ask(cls(kernel=symbol("K")), Shape((1, 8, 8)))
    assert answer.codes == ("AC318",)
    assert ask(Unpool(kernel=(2, symbol("K"))), Shape((1, 8, 8))).codes == ("AC318",)
    values = [{"K": k} for k in range(1, 12)]
    assert assert_symbols_agree(cls(kernel=symbol("K"), stride=2), [Shape((1, 8, 8))], values) == 4


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("cls", [AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool])
def test_adaptive_and_global_pools(rank: int, cls: Any) -> None:
    shape = MAPS[rank]
    if cls in (GlobalAvgPool, GlobalMaxPool):
        assert assert_as_torch(cls(), shape).shapes == ((shape.channels, *(1,) * rank),)
        return
    for size in (1, 3, 12, tuple(range(2, 2 + rank))):
        ran = assert_as_torch(cls(size=size), shape)
        assert ran.shapes[0][1:] == (size if isinstance(size, tuple) else (size,) * rank)
    assert ask(cls(size=(2,) * (rank + 1)), shape).codes == ("AC304",)


@pytest.mark.parametrize(
    "layer",
    [
        MaxPool(kernel=2),
        MaxPool(kernel=3, stride=2, padding=1),
        MaxPool(kernel=3, stride=2, padding=((0, 1), (1, 0))),
        MaxPool(kernel=2, stride=3, dilation=2),
        AvgPool(kernel=2, stride=3, padding=((3, 1), 0), dilation=(1, 2)),
        MaxPool(kernel=1, stride=2),
        MaxPool(kernel=3, stride=2, padding="same"),
        AvgPool(kernel=(2, 5), stride=(1, 4)),
        AdaptiveAvgPool(size=7),
        AdaptiveMaxPool(size=(1, symbol("M"))),
        GlobalAvgPool(),
        GlobalMaxPool(),
        Unpool(kernel=2),
        Unpool(kernel=3, stride=2, padding=2),
        Unpool(size=9),
    ],
)
@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil", "caffe"])
def test_symbols_first_is_numbers_first(layer: Any, rounding: Any) -> None:
    shape = Shape((symbol("C"), symbol("N"), symbol("M")), items=symbol("R"))
    values = [{"C": 3, "N": n, "M": m, "R": 2} for n, m in product(range(1, 13), range(1, 10))]
    assert assert_symbols_agree(layer, [shape], values, rounding=rounding) > 10


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unpool_gives_back_what_entered_the_pool(rank: int) -> None:
    torch = load_torch()
    shape = MAPS[rank]
    for kernel, stride, padding in [(2, 2, 0), (3, 2, 1), (3, 3, 0)]:
        pool = MaxPool(kernel=kernel, stride=stride, padding=padding)
        for rounding in ("floor", "ceil"):
            (pooled,) = written(pool, shape, rounding=rounding)
            module = getattr(torch.nn, f"MaxPool{rank}d")(
                kernel, stride, padding, ceil_mode=rounding == "ceil", return_indices=True
            )
            values, indices = module(torch.rand(1, *shape.sizes))
            undo = getattr(torch.nn, f"MaxUnpool{rank}d")(kernel, stride, padding)
            size = torch.Size((1, *shape.sizes))
            try:
                expected = tuple(undo(values, indices, output_size=size).shape[1:])
            except ValueError:
                # PyTorch refuses sizes that are a whole stride away from its default, as `ceil` gives.
                continue
            layer = Unpool(pool=Tap(pooled, pool, shape))
            (output,) = written(layer, pooled)
            assert output.sizes == expected == shape.sizes
            assert_as_torch(layer, pooled)
            (call,) = layer.torch([pooled], [output], "exact")
            result = resolved(call)(values, indices, torch.rand(1, *shape.sizes))
            torch.testing.assert_close(result, undo(values, indices, output_size=size))


def test_unpool_by_a_factor_is_that_of_torch() -> None:
    torch = load_torch()
    for kernel, stride, padding, size in product([1, 2, 3, 4], [None, 1, 2, 3], [0, 1, 2], [1, 2, 5]):
        options = {"kernel": kernel, "padding": padding} | ({} if stride is None else {"stride": stride})
        undo = torch.nn.MaxUnpool1d(kernel, stride, padding)
        indices = torch.zeros(1, 1, size, dtype=torch.int64)
        expected = torch_size(lambda data, undo=undo, indices=indices: undo(data, indices), Shape((1, size)))
        answer = ask(Unpool(**options), Shape((1, size)))
        assert (answer.shapes and answer.shapes[0].sizes) == expected, options
        if expected is None:
            assert answer.codes == ("AC307",)


def test_unpool_needs_a_max_pool_of_its_shape() -> None:
    entered, pooled = Shape((8, 9, 9)), Shape((8, 4, 4))
    pool = MaxPool(kernel=2)
    assert written(Unpool(pool=Tap(pooled, pool, entered)), pooled)[0].sizes == (8, 9, 9)
    for tap, shape, message in [
        (Tap(pooled, Conv(out=8, kernel=1), entered), pooled, "comes from conv"),
        (Tap(pooled, AvgPool(kernel=2), entered), pooled, "comes from avg_pool"),
        (Tap(pooled), pooled, "comes from no layer"),
        (Tap(pooled, pool, entered), Shape((4, 4, 4)), "the map to unpool is 4×4×4, but the pool it names wrote 8×4×4"),
        (Tap(pooled, pool, entered), Shape((8, 4)), "the map to unpool is 8×4, but the pool it names wrote 8×4×4"),
    ]:
        answer = ask(Unpool(pool=tap), shape)
        assert answer.codes == ("AC315",)
        assert message in answer.site.findings[0].message


def test_unpool_keeps_conditions_on_symbols() -> None:
    n = symbol("N")
    layer = Unpool(pool=Tap(Shape((8, n, n)), MaxPool(kernel=2), Shape((8, 2 * n, 2 * n))))
    values = [{"N": number} for number in range(1, 9)]
    assert assert_symbols_agree(layer, [Shape((8, 4, 4))], values) == 1
    assert assert_symbols_agree(layer, [Shape((8, n, n))], values) == 8


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"stride": 2},
        {"kernel": 2, "size": 4},
        {"size": 4, "stride": 2},
        {"size": 4, "padding": 1},
        {"pool": Tap(Shape((1, 2, 2))), "kernel": 2},
        {"pool": "pool1"},
    ],
)
def test_unpool_has_one_way(fields: dict[str, Any]) -> None:
    with pytest.raises(WrongFields):
        Unpool(**fields)


def test_unpooling_does_not_shrink() -> None:
    assert ask(Unpool(size=3), Shape((1, 4, 4))).codes == ("AC307",)


@pytest.mark.parametrize("layer", [MaxPool(kernel=2), AvgPool(kernel=2), AdaptiveAvgPool(size=1), Unpool(kernel=2)])
def test_what_is_not_a_map(layer: Any) -> None:
    assert ask(layer, Shape((8,))).codes == ("AC304",)
    assert ask(layer, Shape((8, 8, 4), "channels_last")).codes == ("AC321",)


@pytest.mark.parametrize("layer", [GlobalAvgPool(), GlobalMaxPool()])
@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_global_pools_read_maps_of_both_layouts_and_nothing_else(layer: Any, layout: Any) -> None:
    assert ask(layer, Shape((8, 8, 4), layout)).codes == ()
    assert ask(layer, Shape((8,), layout)).codes == ("AC304",)
    assert ask(layer, Shape((2, 2, 2, 2, 2), layout)).codes == ("AC304",)


def test_symbolic_pools_measure_their_padding() -> None:
    layer = MaxPool(kernel=3, stride=2, padding="same")
    symbolic = Shape((2, symbol("N"), 8))
    outputs = layer.shapes([symbolic], Site())
    assert outputs is not None
    pad, pool = layer.torch([symbolic], outputs, "exact")
    assert (pad.target, pool.kwargs) == ("supplied.pad_same", {"kernel_size": 3, "stride": 2})
    concrete = put_shape(symbolic, {"N": 8})
    assert torch_shapes(layer, [concrete]).shapes == ((2, 4, 4),)


def test_same_with_dilation_pads_by_itself() -> None:
    # The module takes at most half of its kernel, and `same` needs more for a kernel that is spread out.
    torch = load_torch()
    wide = 0
    for size, kernel, stride, dilation in product([4, 7, 8], [1, 2, 3, 4], [1, 2, 3], [1, 2, 3, 4]):
        layer = MaxPool(kernel=kernel, stride=stride, dilation=dilation, padding="same")
        shape = Shape((1, size))
        for rounding in ("exact", "floor", "ceil"):
            assert_as_torch(layer, shape, rounding=rounding)  # type: ignore[arg-type]
        (output,) = written(layer, shape)
        places = output.sizes[1]
        assert isinstance(places, int)
        before = max((places - 1) * stride + dilation * (kernel - 1) + 1 - size, 0) // 2
        wide += 2 * before > kernel
        data = torch.rand(1, 1, size) - 2
        values = data.flatten().tolist()
        expected = [
            max(values[i] for i in range(first, first + dilation * kernel, dilation) if 0 <= i < size)
            for first in range(-before, places * stride - before, stride)
        ]
        assert run(layer.torch([shape], [output], "exact"), data).flatten().tolist() == expected
    assert wide > 5


def test_the_policy_of_the_whole_spec_reaches_the_module() -> None:
    layer, shape = MaxPool(kernel=2), Shape((1, 7, 7))
    for rounding, sizes in (("floor", (1, 3, 3)), ("ceil", (1, 4, 4))):
        (output,) = written(layer, shape, rounding=rounding)  # type: ignore[arg-type]
        (call,) = layer.torch([shape], [output], rounding)  # type: ignore[arg-type]
        assert call.kwargs.get("ceil_mode", False) == (rounding == "ceil")
        assert output.sizes == sizes


def test_unpooling_tells_every_axis() -> None:
    findings = ask(Unpool(kernel=2, padding=(3, 4)), Shape((1, 1, 2))).site.findings
    assert [finding.message for finding in findings] == [
        "height: (1 - 1)*2 + 2 - 2*3 = -4: nothing is left",
        "width: (2 - 1)*2 + 2 - 2*4 = -4: nothing is left",
    ]
    (finding,) = ask(Unpool(kernel=2, padding=3), Shape((1, 1, 1))).site.findings
    assert finding.message == "height and width: (1 - 1)*2 + 2 - 2*3 = -4: nothing is left"
