"""Reshaping against PyTorch, and numbers followed by hand."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
from oracles import ask, assert_as_torch, assert_symbols_agree, elements, load_torch, torch_size, written

from archcalc.dims import symbol
from archcalc.layers.construction import WrongFields
from archcalc.layers.order import ChannelsFirst, ChannelShuffle, ChannelsLast, Permute, Tokens
from archcalc.layers.parts import Select, Slice, Split
from archcalc.layers.reshape import Flatten, Identity, Reshape
from archcalc.layers.shape import Shape

SHAPES = [Shape((6,)), Shape((6, 5)), Shape((6, 4, 5)), Shape((2, 3, 4, 5)), Shape((7, 6), "channels_last")]


@pytest.mark.parametrize("shape", SHAPES)
def test_flatten_and_identity(shape: Shape) -> None:
    assert assert_as_torch(Flatten(), shape).shapes == ((elements(shape),),)
    assert written(Flatten(), shape)[0].layout == "channels_first"
    assert assert_as_torch(Identity(), shape).shapes == (shape.sizes,)
    assert written(Identity(), shape) == (shape,)


@pytest.mark.parametrize("shape", SHAPES)
def test_reshape(shape: Shape) -> None:
    count = elements(shape)
    for sizes in ([count], [1, count], [count // 2, 2], [2, count // 2, 1]):
        assert assert_as_torch(Reshape(shape=sizes), shape).shapes == (tuple(sizes),)
        answer = ask(Reshape(shape=[*sizes[:-1], sizes[-1] + 1]), shape)
        assert answer.codes == ("AC310",)


def test_reshape_says_both_products() -> None:
    (finding,) = ask(Reshape(shape=[8, 8]), Shape((8, 4, 4))).site.findings
    assert finding.message == "8×4×4 has 128 elements, but the new shape has 8 * 8 = 64"
    (finding,) = ask(Reshape(shape=[7]), Shape((8,))).site.findings
    assert finding.message == "8 has 8 elements, but the new shape has 7"
    for sizes in ([], [0], [-2, 4], ["same"]):
        with pytest.raises(WrongFields):
            Reshape(shape=sizes)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_left_of_a_reshape(shape: Shape) -> None:
    count = elements(shape)
    for sizes in ([-1], [2, -1], [-1, 2], [2, -1, count // 2]):
        assert_as_torch(Reshape(shape=sizes), shape)
    (finding,) = ask(Reshape(shape=[4, -1, 7]), Shape((6, 4, 5))).site.findings
    assert finding.message == "6×4×5 has 120 elements, which 4 * 7 does not divide: no size is left for -1"
    with pytest.raises(WrongFields, match="takes -1 once: it is the size that is left when all others are known"):
        Reshape(shape=[-1, 2, -1])


def test_what_is_left_where_symbols_remain() -> None:
    n, m = symbol("N"), symbol("M")
    shape = Shape((8, n - 2, m - 2))
    assert written(Reshape(shape=[n - 2, -1]), shape)[0].sizes == (n - 2, 8 * m - 16)
    (finding,) = ask(Reshape(shape=[n, -1]), shape).site.findings
    assert (finding.code.id, finding.message) == (
        "AC318",
        "the size that is left for -1 is 8*M*N - 16*M - 16*N + 32 divided by N, which is no formula",
    )


def test_a_leading_rest_of_1_is_likely_the_batch() -> None:
    answer = ask(Reshape(shape=[-1, 30, 4]), Shape((6, 4, 5)))
    assert (answer.codes, [shape.sizes for shape in answer.shapes or ()]) == (("AC338",), [(1, 30, 4)])
    (finding,) = answer.site.findings
    assert finding.message == "1 is all that is left for -1: 30 * 4 are all elements of 6×4×5 already"
    assert finding.help == ("if -1 stands for the batch, leave it out: `reshape: [30, 4]`",)
    assert ask(Reshape(shape=[30, 4, -1]), Shape((6, 4, 5))).codes == ()
    assert ask(Reshape(shape=[-1]), Shape((1,))).codes == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_flatten_of_some_axes(shape: Shape) -> None:
    rank = len(shape.sizes)
    for first, last in product(range(rank), repeat=2):
        axes = list(range(first, last + 1))
        if len(axes) < 2:
            continue
        assert_as_torch(Flatten(axes), shape)
        assert written(Flatten(axes), shape) == written(Flatten([axis - rank for axis in axes]), shape)
        assert written(Flatten(axes), shape)[0].layout == (shape.layout if len(axes) < rank else "channels_first")


def test_flatten_tells_what_does_not_fit() -> None:
    (finding,) = ask(Flatten([0, 2]), Shape((6, 4, 5))).site.findings
    assert finding.message == "flatten makes one axis of neighbours, and [0, 2] of 6×4×5 are none"
    assert ask(Flatten([1, 0]), Shape((6, 4, 5))).codes == ("AC313",)
    assert ask(Flatten([2, 3]), Shape((6, 4, 5))).codes == ("AC313",)
    assert ask(Flatten([symbol("N"), 2]), Shape((6, 4, 5))).codes == ("AC318",)
    with pytest.raises(WrongFields, match="makes one axis of two or more"):
        Flatten(1)


def test_layouts_are_declared() -> None:
    assert written(Reshape(shape=[4, 9]), Shape((6, 6), "channels_last"))[0].layout == "channels_first"
    assert written(Reshape(shape=[4, 9], layout="channels_last"), Shape((6, 6)))[0].channels == 9
    assert written(Permute(axes=[1, 2, 0], layout="channels_last"), Shape((3, 8, 9)))[0].channels == 3
    assert written(Permute(axes=[2, 0, 1]), Shape((8, 9, 3), "channels_last"))[0] == Shape((3, 8, 9))


@pytest.mark.parametrize("shape", SHAPES)
def test_permute_is_legal_where_torch_runs(shape: Shape) -> None:
    torch = load_torch()
    rank = len(shape.sizes)
    for axes in permutations(range(rank)):
        assert_as_torch(Permute(axes=axes), shape)
        assert_as_torch(Permute(axes=[axis - rank for axis in axes]), shape)
    if rank > 3:
        return
    for axes in product(range(-rank - 1, rank + 1), repeat=rank):
        try:
            expected = tuple(torch.zeros(shape.sizes).permute(axes).shape)
        except (RuntimeError, IndexError):
            expected = None
        answer = ask(Permute(axes=axes), shape)
        assert (answer.shapes and answer.shapes[0].sizes) == expected
        assert expected is not None or set(answer.codes) == {"AC313"}


def test_permute_names_the_axis() -> None:
    (finding,) = ask(Permute(axes=[1, 2, 3]), Shape((8, 4, 4))).site.findings
    assert finding.message == "8×4×4 has no axis 3"
    (finding,) = ask(Permute(axes=[1, 1, 0]), Shape((8, 4, 4))).site.findings
    assert finding.message == "permute needs each axis of 8×4×4 once, but gets [1, 1, 0]"
    assert ask(Permute(axes=[0, 1]), Shape((8, 4, 4))).codes == ("AC313",)
    assert ask(Permute(axes=[0, symbol("N"), 1]), Shape((8, 4, 4))).codes == ("AC318",)


@pytest.mark.parametrize("shape", SHAPES[1:4])
def test_layouts_and_back(shape: Shape) -> None:
    assert assert_as_torch(ChannelsLast(), shape).shapes == ((*shape.sizes[1:], shape.sizes[0]),)
    (last,) = written(ChannelsLast(), shape._replace(items=3))
    assert (last.channels, last.spatial, last.items) == (shape.channels, shape.spatial, 3)
    assert_as_torch(ChannelsFirst(), last)
    assert written(ChannelsFirst(), last) == (shape._replace(items=3),)
    assert ask(ChannelsFirst(), shape).codes == ("AC321",)
    assert ask(ChannelsLast(), last).codes == ("AC321",)


def test_values_go_where_they_belong() -> None:
    torch = load_torch()
    data = torch.rand(1, 3, 4, 5)
    shape = Shape((3, 4, 5))
    for layer in (ChannelsLast(), Tokens()):
        result = data
        for call in layer.torch([shape], written(layer, shape), "exact"):
            result = getattr(result, call.target.removeprefix("Tensor."))(*call.args, **call.kwargs)
        for c, h, w in product(range(3), range(4), range(5)):
            place = (0, h, w, c) if isinstance(layer, ChannelsLast) else (0, h * 5 + w, c)
            assert result[place] == data[0, c, h, w]


@pytest.mark.parametrize("shape", SHAPES[1:4])
def test_tokens(shape: Shape) -> None:
    (output,) = written(Tokens(), shape)
    assert output == Shape((elements(shape) // shape.sizes[0], shape.sizes[0]), "channels_last")
    assert_as_torch(Tokens(), shape)
    assert ask(Tokens(), Shape((6,))).codes == ("AC304",)
    assert ask(Tokens(), output).codes == ("AC321",)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_select_is_legal_where_torch_runs(shape: Shape) -> None:
    torch = load_torch()
    rank = len(shape.sizes)
    for axis, index in product(range(-rank - 1, rank + 1), range(-8, 8)):
        try:
            expected = tuple(torch.select(torch.zeros(shape.sizes), axis, index).shape)
        except (RuntimeError, IndexError):
            expected = None
        answer = ask(Select(index=index, axis=axis), shape)
        assert (answer.shapes and answer.shapes[0].sizes) == expected
        if expected is None:
            assert answer.codes == (("AC313",) if not -rank <= axis < rank else ("AC312",))
        else:
            assert_as_torch(Select(index=index, axis=axis), shape)


def test_select_needs_another_axis() -> None:
    assert ask(Select(index=0), Shape((6,))).codes == ("AC304",)
    assert ask(Select(index=0, axis=symbol("N")), Shape((6, 6))).codes == ("AC318",)
    (finding,) = ask(Select(index=9), Shape((7, 6), "channels_last")).site.findings
    assert finding.message == "there is no entry 9 on axis 0 of 7×6: it has 7, counted from 0"
    assert written(Select(index=0), Shape((5, 7, 6), "channels_last"))[0].layout == "channels_last"


@pytest.mark.parametrize("shape", SHAPES[1:4])
def test_channel_shuffle(shape: Shape) -> None:
    torch = load_torch()
    for groups in range(1, 8):
        expected = torch_size(torch.nn.ChannelShuffle(groups), shape)
        answer = ask(ChannelShuffle(groups=groups), shape)
        assert (answer.shapes and answer.shapes[0].sizes) == expected
        if expected is None:
            assert answer.codes == ("AC314",)
        else:
            assert_as_torch(ChannelShuffle(groups=groups), shape)
    assert ask(ChannelShuffle(groups=2), Shape((6,))).codes == ("AC304",)


@pytest.mark.parametrize("shape", SHAPES)
def test_split_into_parts_and_sizes(shape: Shape) -> None:
    torch = load_torch()
    data = torch.rand(2, *shape.sizes)
    rank = len(shape.sizes)
    for axis in (None, *range(-rank, rank)):
        place = {} if axis is None else {"axis": axis}
        size = shape.channels if axis is None else shape.sizes[axis]
        assert isinstance(size, int)
        for parts in range(1, 7):
            answer = ask(Split(parts=parts, **place), shape)
            if size % parts:
                assert answer.codes == ("AC314",)
                continue
            outputs = answer.shapes
            assert outputs is not None
            assert len(outputs) == parts
            assert assert_as_torch(Split(parts=parts, **place), shape).shapes == tuple(o.sizes for o in outputs)
        for first in range(1, size):
            layer = Split(sizes=[first, size - first], **place)
            assert_as_torch(layer, shape)
            (call,) = layer.torch([shape], written(layer, shape), "exact")
            again = torch.cat(torch.split(data, *call.args, **call.kwargs), **call.kwargs)
            assert torch.equal(again, data)
        assert ask(Split(sizes=[size, 1], **place), shape).codes == ("AC310",)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_slices_are_those_of_python(step: int) -> None:
    ends = range(-6, 7)
    for start, stop in product(ends, (None, *ends)):
        entries = list(range(5))[start:stop:step]
        in_reach = -5 <= start <= 5 and (stop is None or -5 <= stop <= 5)
        layer = Slice(axis=1, start=start, stop=stop, step=step)
        answer = ask(layer, Shape((3, 5, 2)))
        if in_reach and entries:
            assert assert_as_torch(layer, Shape((3, 5, 2))).shapes == ((3, len(entries), 2),)
        else:
            assert answer.codes == ("AC307",) if in_reach else answer.codes[0] in ("AC307", "AC312")


def test_slices_tell_what_is_out_of_reach() -> None:
    (finding,) = ask(Slice(start=2, stop=9), Shape((8, 4, 4))).site.findings
    assert finding.message == "stop 9 is out of reach: axis 0 of 8×4×4 has 8 entries, counted from 0"
    (finding,) = ask(Slice(start=2, stop=2), Shape((8, 4, 4))).site.findings
    assert finding.message == "slice from 2 up to 2 leaves nothing: axis 0 of 8×4×4 has 8 entries, counted from 0"
    assert ask(Slice(axis=3), Shape((8, 4, 4))).codes == ("AC313",)


def test_split_tells_what_does_not_fit() -> None:
    (finding,) = ask(Split(parts=4), Shape((10, 4, 4))).site.findings
    assert finding.message == "4 parts do not divide axis 0 of 10×4×4, which has 10"
    (finding,) = ask(Split(sizes=[3, 4]), Shape((10, 4, 4))).site.findings
    assert finding.message == "the sizes of the parts add up to 7, but axis 0 of 10×4×4 has 10"
    assert ask(Split(parts=2, axis=3), Shape((10, 4, 4))).codes == ("AC313",)
    for fields in ({}, {"parts": 2, "sizes": [5, 5]}, {"sizes": []}, {"parts": symbol("N")}):
        with pytest.raises(WrongFields):
            Split(**fields)


@pytest.mark.parametrize(
    "layer",
    [
        Flatten(),
        Reshape(shape=[2 * symbol("N"), symbol("C"), symbol("M")]),
        Reshape(shape=[symbol("M"), 24]),
        Reshape(shape=[4, -1]),
        Reshape(shape=[symbol("M"), -1, 2]),
        Flatten([1, 2]),
        Permute(axes=[2, 0, 1]),
        ChannelsLast(),
        Tokens(),
        Select(index=3),
        Select(index=-3, axis=-1),
        Select(index=symbol("M"), axis=1),
        Slice(start=2),
        Slice(axis=1, start=1, stop=-1, step=2),
        Slice(axis=2, stop=symbol("M") - 1),
        ChannelShuffle(groups=3),
        Split(parts=2),
        Split(parts=3, axis=2),
        Split(sizes=[2, symbol("M")], axis=1),
        Identity(),
    ],
)
def test_symbols_first_is_numbers_first(layer: Any) -> None:
    shape = Shape((symbol("C"), 2 * symbol("N"), symbol("M")), items=symbol("R"))
    values = [{"C": c, "N": n, "M": m, "R": 2} for c, n, m in product(range(1, 9), range(1, 9), range(1, 9))]
    assert assert_symbols_agree(layer, [shape], values) >= 8


@pytest.mark.parametrize(
    "layer",
    [Flatten(), Reshape(shape=[72]), Permute(axes=[1, 2, 0]), ChannelsLast(), Select(index=1), Split(parts=3)],
)
def test_counts_travel(layer: Any) -> None:
    assert {output.items for output in written(layer, Shape((6, 4, 3), items=300))} == {300}


def test_split_into_more_parts_than_can_be_written_down() -> None:
    huge = 10**9
    answer = ask(Split(parts=huge), Shape((huge, 2)))
    assert answer.codes == ("AC142",)
    assert answer.site.findings[0].message == "split would make 1,000,000,000 maps, and 10,000 is the most"
    assert ask(Split(sizes=[1] * 10_001), Shape((10_001, 2))).codes == ("AC142",)
    assert len(written(Split(parts=10_000), Shape((10_000, 2)))) == 10_000
