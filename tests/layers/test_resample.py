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
from archcalc.layers.interpolation import Upsample
from archcalc.layers.pixels import PixelShuffle, PixelUnshuffle
from archcalc.layers.reach import SAME
from archcalc.layers.resample import Crop, Pad, PadChannels
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
        if mode == "circular" and (first > size + min(last, 0) or last > size + min(first, 0)):
            # What is cut off is not there to be wrapped: PyTorch writes what was in the memory before.
            assert answer.codes == ("AC308",)
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
    assert assert_as_torch(PixelShuffle(factor=3, order="dcr"), shape).shapes == (shuffled.sizes,)
    assert assert_as_torch(PixelUnshuffle(factor=3, order="dcr"), shuffled).shapes == (shape.sizes,)


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
    "layer",
    [
        Upsample(factor=2),
        Crop(size=1),
        Pad(padding=1, mode="reflect"),
        PixelShuffle(factor=2),
        PixelUnshuffle(factor=2),
    ],
)
def test_what_is_not_a_map(layer: Any) -> None:
    assert ask(layer, Shape((8,))).codes == ("AC304",)
    assert ask(layer, Shape((8, 8, 4), "channels_last")).codes == ("AC321",)


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_zeros_are_padded_to_maps_of_both_layouts_and_to_nothing_else(layout: Any) -> None:
    assert ask(Pad(padding=1), Shape((8, 8, 4), layout)).codes == ()
    assert ask(Pad(padding=1), Shape((8,), layout)).codes == ("AC304",)
    assert ask(Pad(padding=1), Shape((2, 2, 2, 2, 2), layout)).codes == ("AC304",)


# The rules of frameworks for places and neighbours.


def place(position: int, size: int, length: int, coordinates: str) -> Fraction:
    """The formulas of ONNX's Resize."""
    if coordinates == "align_corners":
        return Fraction(position * (size - 1), length - 1) if length > 1 else Fraction(0)
    if coordinates == "asymmetric":
        return Fraction(position * size, length)
    if coordinates == "pytorch_half_pixel" and length == 1:
        return Fraction(0)
    return (position + Fraction(1, 2)) * Fraction(size, length) - Fraction(1, 2)


NEAREST = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda x: ceil(x - Fraction(1, 2)),
    "round_prefer_ceil": lambda x: floor(x + Fraction(1, 2)),
}


def cubic(distance: Fraction, a: Fraction) -> Fraction:
    """Keys' convolution of 1981."""
    d = abs(distance)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else Fraction(0)


def resized(values: list[float], length: int, mode: str, coordinates: str, nearest: str, a: Fraction) -> list[float]:
    """A list on another grid, position by position; what is outside is the value at the end."""
    found = []
    for position in range(length):
        x = place(position, len(values), length, coordinates)
        if mode == "nearest":
            taps = {NEAREST[nearest](x): Fraction(1)}
        elif mode == "linear":
            taps = {floor(x): 1 - (x - floor(x)), floor(x) + 1: x - floor(x)}
        else:
            taps = {floor(x) + step: cubic(x - floor(x) - step, a) for step in (-1, 0, 1, 2)}
        found.append(sum(float(share) * values[min(max(at, 0), len(values) - 1)] for at, share in taps.items()))
    return found


def run(layer: Upsample, data: Any, *more: Any) -> Any:
    """What the one call of a layer makes of numbers."""
    shape = Shape(tuple(data.shape[1:]))
    (call,) = layer.torch([shape], written(layer, shape, rounding="floor"), "floor")
    target = resolved(call)
    if call.is_module:
        return target(*call.args, **call.kwargs)(data)
    return target(data, *more, *call.args, **call.kwargs)


@pytest.mark.parametrize("coordinates", ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("nearest", NEAREST)
def test_every_rule_of_places_and_of_what_is_nearest(coordinates: Any, nearest: Any) -> None:
    torch = load_torch()
    for size, length in product((1, 2, 4, 5, 7), (1, 2, 3, 8, 10, 13)):
        data = torch.rand(1, 2, size, dtype=torch.float64)
        layer = Upsample(size=length, coordinates=coordinates, nearest_mode=nearest)
        expected = [resized(row, length, "nearest", coordinates, nearest, Fraction(0)) for row in data[0].tolist()]
        assert run(layer, data)[0].tolist() == expected, (size, length)


@pytest.mark.parametrize("coordinates", ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"])
@pytest.mark.parametrize("coefficient", [None, Fraction(-3, 4), Fraction(-1, 2)])
def test_every_rule_of_places_between_neighbours(coordinates: Any, coefficient: Any) -> None:
    torch = load_torch()
    for size, length in product((1, 2, 5, 7), (1, 3, 8, 13)):
        row = torch.rand(1, 2, size, dtype=torch.float64)
        if coefficient is None:
            layer = Upsample(size=length, mode="linear", coordinates=coordinates)
            expected = [resized(part, length, "linear", coordinates, "", Fraction(0)) for part in row[0].tolist()]
            torch.testing.assert_close(run(layer, row)[0], torch.tensor(expected, dtype=torch.float64))
            continue
        # Of one row of positions the other axis stays as it is.
        layer = Upsample(size=(1, length), mode="bicubic", coordinates=coordinates, cubic_coeff_a=coefficient)
        expected = [resized(part, length, "cubic", coordinates, "", coefficient) for part in row[0].tolist()]
        torch.testing.assert_close(run(layer, row.unsqueeze(2))[0, :, 0], torch.tensor(expected, dtype=torch.float64))


def test_what_pytorch_has_is_pytorchs() -> None:
    shape, outputs = Shape((3, 6, 5)), [Shape((3, 12, 10))]
    for fields, options in (
        ({}, {"mode": "nearest"}),
        ({"coordinates": "asymmetric"}, {"mode": "nearest"}),
        ({"coordinates": "half_pixel"}, {"mode": "nearest-exact"}),
        ({"mode": "bilinear", "coordinates": "half_pixel"}, {"mode": "bilinear"}),
        ({"mode": "bicubic", "coordinates": "align_corners"}, {"mode": "bicubic", "align_corners": True}),
    ):
        (call,) = Upsample(factor=2, **fields).torch([shape], outputs, "exact")
        assert (call.target, call.kwargs) == ("nn.Upsample", {"scale_factor": 2, **options})
        assert_as_torch(Upsample(factor=2, **fields), shape)
    (call,) = Upsample(size=3, mode="bilinear", antialias=True).torch([shape], [Shape((3, 3, 3))], "exact")
    assert (call.target, call.kwargs) == (
        "nn.functional.interpolate", {"size": (3, 3), "mode": "bilinear", "antialias": True}
    )  # fmt: skip
    (call,) = Upsample(factor=2, coordinates="half_pixel", nearest_mode="ceil").torch([shape], outputs, "exact")
    assert call.target == "supplied.resample"


@pytest.mark.parametrize(
    "fields",
    [
        {"mode": "bilinear", "coordinates": "align_corners"},
        {"mode": "bilinear", "coordinates": "asymmetric"},
        {"mode": "bilinear", "antialias": True},
        {"coordinates": "half_pixel", "nearest_mode": "round_prefer_floor"},
    ],
)
def test_rules_hold_for_maps_that_are_named_and_for_symbols(fields: Any) -> None:
    torch = load_torch()
    data = torch.rand(2, 3, 6, 8)
    for like, layout in ((torch.rand(2, 5, 3, 4), "channels_first"), (torch.rand(2, 3, 4, 5), "channels_last")):
        layer = Upsample(to=Tap(Shape(tuple(like.shape[1:]), layout)), **fields)  # type: ignore[arg-type]
        assert_as_torch(layer, Shape((3, 6, 8)))
        torch.testing.assert_close(run(layer, data, like), run(Upsample(size=(3, 4), **fields), data))
    layer = Upsample(factor=Fraction(1, 2), **fields)
    open_shape = Shape((3, 2 * symbol("N"), 2 * symbol("M")))
    (call,) = layer.torch([open_shape], written(layer, open_shape), "exact")
    found = resolved(call)(data, *call.args, **call.kwargs)
    torch.testing.assert_close(found, run(Upsample(size=(3, 4), **fields), data))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mode": "bilinear", "nearest_mode": "floor"}, "takes a `nearest_mode` with mode: nearest only"),
        ({"mode": "bilinear", "cubic_coeff_a": 1}, "takes a `cubic_coeff_a` with mode: bicubic only"),
        ({"mode": "bicubic", "antialias": True, "cubic_coeff_a": 1}, "and not with `antialias`"),
        ({"mode": "area", "coordinates": "asymmetric"}, "takes no `coordinates` with mode: area"),
        ({"antialias": True}, "takes `antialias` with mode: bilinear or bicubic, and coordinates: half_pixel"),
        ({"mode": "bicubic", "antialias": True, "coordinates": "asymmetric"}, "takes `antialias` with mode"),
    ],
)
def test_rules_go_with_their_modes(fields: Any, message: str) -> None:
    with pytest.raises(WrongFields, match=message):
        Upsample(factor=2, **fields)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("size", "length"), [(40, 20), (42, 28), (40, 16), (20, 40), (30, 45)])
def test_smoothed_maps_see_what_changes_them(mode: Any, size: int, length: int) -> None:
    """One number after the other of a column is changed; what differs far from the borders has seen it."""
    torch = load_torch()
    shape = Shape((1, size, 3))
    layer = Upsample(size=(length, 3), mode=mode, antialias=True)
    (column, row) = layer.reach([shape], [Shape((1, length, 3))], "exact") or ()
    assert row == SAME
    data = torch.zeros(size, 1, size, 3, dtype=torch.float64)
    for place in range(size):
        data[place, 0, place] = 1
    differs = run(layer, data)[:, 0, :, 0].abs() > 1e-9
    for position in range(length // 3, 2 * length // 3):
        seen = [place for place in range(size) if differs[place, position]]
        assert (seen[0], seen[-1]) == column.at(position)
