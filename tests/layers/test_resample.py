"""Interpolation, crops, pads and shuffles against PyTorch, and against cutting lists by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import ask, assert_as_torch, assert_symbols_agree, load_torch, resolved, torch_size, written

from archcalc.dims import symbol
from archcalc.layers.base import Tap
from archcalc.layers.construction import WrongFields
from archcalc.layers.pixels import PixelShuffle, PixelUnshuffle
from archcalc.layers.resample import Crop, Pad, PadChannels, Upsample
from archcalc.layers.shape import Shape

MAPS = {1: Shape((4, 6)), 2: Shape((4, 6, 5)), 3: Shape((4, 3, 5, 2))}
MODES = {
    "nearest": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_upsample_modes(mode: str, rank: int) -> None:
    shape = MAPS[rank]
    module = load_torch().nn.Upsample(scale_factor=2, mode=mode)
    runs = torch_size(module, shape) is not None
    assert runs == (rank in MODES[mode])
    for fields in (
        {"factor": 2},
        {"factor": tuple(range(1, 1 + rank))},
        {"size": 7},
        {"size": tuple(range(1, 1 + rank))},
        {"to": Tap(Shape((9, *range(3, 3 + rank))))},
    ):
        layer = Upsample(mode=mode, **fields)
        if runs:
            assert_as_torch(layer, shape)
        else:
            answer = ask(layer, shape)
            assert answer.codes == ("AC304",)
            assert answer.site.findings[0].field == "mode"


@settings(deadline=None)
@given(st.integers(1, 60), st.fractions(Fraction(1, 8), 5, max_denominator=9))
def test_upsample_by_fractions(size: int, factor: Fraction) -> None:
    product_ = size * factor
    number: int | Fraction = factor if factor.denominator > 1 else factor.numerator
    layer = Upsample(factor=number)
    shape = Shape((2, size))
    for rounding, value in (("floor", floor(product_)), ("ceil", ceil(product_))):
        answer = ask(layer, shape, rounding=rounding)  # type: ignore[arg-type]
        if value == 0:
            assert answer.codes == ("AC307",)
            continue
        assert answer.shapes == (Shape((2, value)),)
        assert [fraction.value for fraction in answer.site.fractions] == (
            [] if product_.denominator == 1 else [product_]
        )
        if size * value < 2000:
            assert_as_torch(layer, shape, rounding=rounding)  # type: ignore[arg-type]
    answer = ask(layer, shape)
    if product_.denominator == 1:
        assert answer.shapes == (Shape((2, int(product_))),)
    else:
        assert answer.codes == ("AC301",)
        assert [fraction.value for fraction in answer.site.fractions] == [product_]


def test_a_fraction_is_told_once_for_both_axes() -> None:
    answer = ask(Upsample(factor=Fraction(1, 2)), Shape((3, 7, 7)))
    (finding,) = answer.site.findings
    assert finding.message == "the height and width 1/2*7 must be whole, but is 3.5"
    assert finding.help == ("give the size itself (3 or 4), or declare the rounding: `rounding: floor`",)
    assert [fraction.axis for fraction in answer.site.fractions] == ["height", "width"]


@pytest.mark.parametrize("fields", [{}, {"factor": 2, "size": 3}, {"factor": 0}, {"size": 0}, {"to": 3}, {"mode": "x"}])
def test_upsample_has_one_target(fields: dict[str, Any]) -> None:
    with pytest.raises(WrongFields):
        Upsample(**fields)


@pytest.mark.parametrize("cls", [Upsample, Crop])
def test_maps_of_another_rank(cls: Any) -> None:
    for fields in ({"to": Tap(Shape((8,)))}, {"to": Tap(Shape((8, 3, 3, 3)))}, {"size": (1, 2, 3)}):
        assert ask(cls(**fields), Shape((4, 6, 6))).codes == ("AC304",)


@pytest.mark.parametrize("size", range(1, 9))
def test_crop_keeps_a_window(size: int) -> None:
    torch = load_torch()
    data = torch.arange(size)
    for target, offset in product(range(1, 10), [None, 0, 1, 2, 5]):
        layer = Crop(size=target) if offset is None else Crop(size=target, offset=offset)
        for rounding in ("exact", "floor", "ceil"):
            answer = ask(layer, Shape((1, size)), rounding=rounding)  # type: ignore[arg-type]
            start = (size - target) / 2 if offset is None else offset
            if target > size or start + target > size:
                assert answer.codes == ("AC312",)
            elif start % 1 and rounding == "exact":
                assert answer.codes == ("AC301",)
                assert f"a centred crop starts at ({size} - {target})/2 = {start}" in answer.site.findings[0].message
            else:
                assert answer.shapes == (Shape((1, target)),)
                # The policy may come from the whole spec: the layer itself declares none.
                (call,) = layer.torch([Shape((1, size))], answer.shapes, rounding)  # type: ignore[arg-type]
                cut = torch.nn.functional.pad(data, *call.args).tolist()
                first = ceil(start) if rounding == "ceil" else floor(start)
                assert cut == list(range(size))[first : first + target]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_crop_as_torch(rank: int) -> None:
    shape = Shape((2, *(9, 8, 7)[:rank]))
    for fields in (
        {"size": 5},
        {"size": (3, 4, 5)[:rank]},
        {"size": 4, "offset": 1},
        {"to": Tap(Shape((7, *(9, 2, 4)[:rank]))), "offset": (0, 3, 1)[:rank]},
    ):
        assert_as_torch(Crop(**fields), shape, rounding="floor")


def test_crop_names_the_field() -> None:
    answer = ask(Crop(size=6, offset=3), Shape((1, 8, 8)))
    (finding,) = answer.site.findings
    assert (finding.code.id, finding.field) == ("AC312", "offset")
    assert finding.message == "the crop reaches to 3 + 6 in a height and width of 8"
    (finding,) = ask(Crop(to=Tap(Shape((1, 9, 8)))), Shape((1, 8, 8))).site.findings
    assert finding.field == "to"
    assert finding.help == ("crop the larger of the two maps",)
    for fields in ({}, {"size": 3, "to": Tap(Shape((1, 2)))}, {"size": 3, "offset": -1}):
        with pytest.raises(WrongFields):
            Crop(**fields)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pad_is_legal_where_torch_runs(mode: str, rank: int) -> None:
    torch = load_torch()
    shape = Shape((2, *(3, 4, 5)[:rank]))
    for first, last in product(range(-3, 6), repeat=2):
        size = shape.sizes[-1]
        assert isinstance(size, int)
        padding = (*(((1, 0),) * (rank - 1)), (first, last))
        flat = tuple(side for pair in reversed(padding) for side in pair)
        layer = Pad(padding=padding, mode=mode)
        answer = ask(layer, shape)
        if size + min(first, 0) + min(last, 0) < 1:
            # PyTorch then pads a map that is empty, or reads memory that is not the map's.
            assert answer.codes == ("AC307",)
            continue
        expected = torch_size(
            lambda data, flat=flat: torch.nn.functional.pad(data, flat, mode="constant" if mode == "zeros" else mode),
            shape,
        )
        assert (answer.shapes and answer.shapes[0].sizes) == expected, layer
        if expected is None:
            assert answer.codes == ("AC308",)
        else:
            assert_as_torch(layer, shape)


@pytest.mark.parametrize(
    ("padding", "sizes"),
    [
        (2, (3, 12, 10)),
        (-2, (3, 4, 2)),
        ((1, 2), (3, 10, 10)),
        (((0, 1), (2, 3)), (3, 9, 11)),
        ((0, (2, 0)), (3, 8, 8)),
        (0, (3, 8, 6)),
    ],
)
def test_pad_by_axis_and_side(padding: Any, sizes: tuple[int, ...]) -> None:
    layer = Pad(padding=padding)
    assert assert_as_torch(layer, Shape((3, 8, 6))).shapes == (sizes,)
    assert ask(Pad(padding=(1, 2, 3)), Shape((3, 8, 6))).codes == ("AC304",)


def test_a_border_of_another_number() -> None:
    torch = load_torch()
    layer, shape = Pad(padding=((1, 0), (2, -1)), value=Fraction(-1, 2)), Shape((1, 2, 3))
    assert_as_torch(layer, shape)
    (call,) = layer.torch([shape], [Shape((1, 3, 4))], "exact")
    data = torch.arange(6.0).view(1, 1, 2, 3)
    assert resolved(call)(data, *call.args, **call.kwargs).tolist() == [
        [[[-0.5] * 4, [-0.5, -0.5, 0.0, 1.0], [-0.5, -0.5, 3.0, 4.0]]]
    ]
    assert Pad(padding=1, value=0).torch([shape], [shape], "exact")[0].kwargs == {}
    with pytest.raises(WrongFields, match="takes no value with mode: reflect, which fills the border with the map"):
        Pad(padding=1, mode="reflect", value=1)


def test_pads_are_told_apart_by_axis() -> None:
    findings = ask(Pad(padding=(4, 5), mode="reflect"), Shape((1, 4, 5))).site.findings
    assert [finding.message for finding in findings] == [
        "reflect padding of 4 needs a height of at least 5, but reads 4",
        "reflect padding of 5 needs a width of at least 6, but reads 5",
    ]


def test_pad_takes_both_sides() -> None:
    with pytest.raises(WrongFields, match=r"takes \[before, after\] for an axis, not \[1, 2, 3\]"):
        Pad(padding=[[1, 2, 3]])


def test_pad_leaves_something() -> None:
    (finding,) = ask(Pad(padding=-2), Shape((1, 4, 4))).site.findings
    assert finding.code.id == "AC307"
    assert finding.message == "padding of -2 before and -2 after a height and width of 4 leaves nothing"
    (finding,) = ask(Pad(padding=4, mode="reflect"), Shape((1, 4))).site.findings
    assert finding.message == "reflect padding of 4 needs a length of at least 5, but reads 4"


@pytest.mark.parametrize("shape", [Shape((4,)), *MAPS.values()])
def test_pad_channels(shape: Shape) -> None:
    for out in (4, 5, 16):
        ran = assert_as_torch(PadChannels(out=out), shape)
        assert ran.shapes == ((out, *shape.sizes[1:]),)
    answer = ask(PadChannels(out=3), shape)
    assert answer.codes == ("AC310",)
    assert answer.site.findings[0].message == "pad_channels cannot drop channels: 3 is less than the 4 that it reads"


def test_pad_channels_with_channels_last() -> None:
    shape = Shape((7, 4), "channels_last")
    assert assert_as_torch(PadChannels(out=6), shape).shapes == ((7, 6),)


def test_pad_channels_appends_zeros() -> None:
    torch = load_torch()
    shape = Shape((2, 3, 3))
    layer = PadChannels(out=5)
    (call,) = layer.torch([shape], written(layer, shape), "exact")
    data = torch.rand(1, 2, 3, 3)
    result = torch.nn.functional.pad(data, *call.args)
    assert torch.equal(result[:, :2], data)
    assert not result[:, 2:].any()


@pytest.mark.parametrize("cls", [PixelShuffle, PixelUnshuffle])
def test_pixel_shuffles_are_legal_where_torch_runs(cls: Any) -> None:
    torch = load_torch()
    for factor, channels, height, width in product([1, 2, 3], [1, 2, 4, 8, 9, 18], [1, 4, 6], [2, 3, 6]):
        shape = Shape((channels, height, width))
        layer = cls(factor=factor)
        expected = torch_size(getattr(torch.nn, cls.__name__)(factor), shape)
        answer = ask(layer, shape)
        assert (answer.shapes and answer.shapes[0].sizes) == expected
        if expected is None:
            assert set(answer.codes) == {"AC314"}
        else:
            assert_as_torch(layer, shape)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_unshuffling_undoes_shuffling(rank: int) -> None:
    shape = Shape((2 * 3**rank, *(4, 5, 6)[:rank]), items=5)
    (shuffled,) = written(PixelShuffle(factor=3), shape)
    assert shuffled == Shape((2, *(12, 15, 18)[:rank]), items=5)
    assert written(PixelUnshuffle(factor=3), shuffled) == (shape,)
    assert assert_as_torch(PixelShuffle(factor=3), shape).shapes == (shuffled.sizes,)
    assert assert_as_torch(PixelUnshuffle(factor=3), shuffled).shapes == (shape.sizes,)


@pytest.mark.parametrize(
    "layer",
    [
        Upsample(factor=2),
        Upsample(factor=(Fraction(3, 2), Fraction(1, 4)), mode="bilinear"),
        Upsample(factor=Fraction(2, 3)),
        Upsample(to=Tap(Shape((1, 2 * symbol("N"), 5)))),
        Upsample(size=symbol("N")),
        Crop(size=4),
        Crop(size=(3, 2), offset=(1, 0)),
        Crop(to=Tap(Shape((1, symbol("N") + 3, symbol("M") - 2)))),
        Crop(to=Tap(Shape((1, 5, symbol("M")))), offset=(2, 0)),
        Pad(padding=((1, -2), 3)),
        Pad(padding=-1),
        Pad(padding=3, mode="reflect"),
        Pad(padding=(2, (4, 0)), mode="circular"),
        Pad(padding=symbol("N"), mode="reflect"),
        PadChannels(out=7),
        PixelShuffle(factor=2),
        PixelUnshuffle(factor=3),
    ],
)
@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil"])
def test_symbols_first_is_numbers_first(layer: Any, rounding: Any) -> None:
    shape = Shape((symbol("C"), 2 * symbol("N"), symbol("M")), items=symbol("R"))
    # Sizes of maps that are named start at 3, so that none of them is negative.
    values = [{"C": c, "N": n, "M": m, "R": 2} for c, n, m in product(range(1, 9), range(1, 9), range(3, 12))]
    assert assert_symbols_agree(layer, [shape], values, rounding=rounding) >= 8


@pytest.mark.parametrize(
    "layer", [Upsample(factor=2), Crop(size=1), Pad(padding=1), PixelShuffle(factor=2), PixelUnshuffle(factor=2)]
)
def test_what_is_not_a_map(layer: Any) -> None:
    assert ask(layer, Shape((8,))).codes == ("AC304",)
    assert ask(layer, Shape((8, 8, 4), "channels_last")).codes == ("AC321",)
