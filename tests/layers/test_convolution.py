"""Convolutions against PyTorch and against products counted one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
from effort import examples, share
from hypothesis import given
from hypothesis import strategies as st
from oracles import (
    ask,
    assert_as_torch,
    assert_symbols_agree,
    load_torch,
    resolved,
    torch_shapes,
    torch_size,
    written,
)

from archcalc.dims import symbol
from archcalc.layers.construction import WrongFields
from archcalc.layers.convolution import Conv, Depthwise
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.transposed import ConvTranspose

SPATIAL = {1: (11,), 2: (7, 8), 3: (6, 5, 5)}


def torch_module(name: str, *args: Any, **options: Any) -> Any:
    torch = load_torch()
    return getattr(torch.nn, name)(*args, **options)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("groups", "dilation", "stride"), list(product([1, 2], [1, 2], [1, 2, 3])))
def test_conv(rank: int, bias: bool, groups: int, dilation: int, stride: int) -> None:
    shape = Shape((4, *SPATIAL[rank]))
    for kernel, padding in product([2, 3], [0, 1, "same", "valid"]):
        layer = Conv(out=6, kernel=kernel, stride=stride, padding=padding, dilation=dilation, groups=groups, bias=bias)
        assert_as_torch(layer, shape, rounding="floor")


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [0, 2, (1, 2), ((0, 1), (2, 1)), ((3, 0), 1)])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_conv_padding_by_side_and_mode(mode: str, padding: Any, rounding: Any) -> None:
    for kernel, stride in product([3, (2, 3)], [1, 2, (3, 1)]):
        layer = Conv(out=2, kernel=kernel, stride=stride, padding=padding, padding_mode=mode)
        assert_as_torch(layer, Shape((3, 8, 7)), rounding=rounding)


@pytest.mark.parametrize("mode", ["reflect", "circular"])
def test_padding_modes_need_rows(mode: str) -> None:
    torch = load_torch()
    for size, padding in product(range(1, 5), range(5)):
        layer = Conv(out=1, kernel=1, padding=padding, padding_mode=mode)
        expected = torch_size(torch.nn.Conv1d(1, 1, 1, padding=padding, padding_mode=mode), Shape((1, size)))
        answer = ask(layer, Shape((1, size)))
        assert (answer.shapes is None) == (expected is None)
        assert answer.codes == (("AC308",) if expected is None else ())


@examples(150)
@given(
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 7),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_conv_is_legal_where_torch_runs(
    rank: int, channels: int, out: int, size: int, kernel: int, stride: int, padding: int, dilation: int, groups: int
) -> None:
    torch = load_torch()
    shape = Shape((channels, *(size + axis for axis in range(rank))))
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    try:
        module = getattr(torch.nn, f"Conv{rank}d")(channels, out, kernel, **options)
    except ValueError:
        expected = None
    else:
        expected = torch_size(module, shape)
    answer = ask(Conv(out=out, kernel=kernel, **options), shape, rounding="floor")
    assert (answer.shapes and answer.shapes[0].sizes) == expected


def test_groups_must_divide_both_numbers_of_channels() -> None:
    answer = ask(Conv(out=9, kernel=3, groups=2), Shape((4, 8, 8)))
    assert answer.codes == ("AC305",)
    assert answer.site.findings[0].message == "2 groups do not divide the 9 output channels"


def naive_products(padded: tuple[int, ...], kernel: int, stride: int, seen: list[list[int]]) -> int:
    """Multiply-adds of a convolution without padding, counted one by one."""
    count = 0
    places = [range(0, size - kernel + 1, stride) for size in padded]
    for sources in seen:
        for _ in product(*places):
            for _ in sources:
                for _ in product(range(kernel), repeat=len(padded)):
                    count += 1
    return count


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_products_one_by_one(rank: int) -> None:
    spatial = (7, 5, 6)[:rank]
    shape = Shape((4, *spatial))
    padded = tuple(size + 2 for size in spatial)
    every = [0, 1, 2, 3]
    for groups in (1, 2, 4):
        layer = Conv(out=4, kernel=3, stride=2, padding=1, groups=groups)
        outputs = written(layer, shape, rounding="floor")
        part = 4 // groups
        seen = [every[start - start % part : start - start % part + part] for start in range(4)]
        assert layer.multiplications([shape], outputs) == naive_products(padded, 3, 2, seen)
    table = [[0], [1, 2], [0, 2, 3], [0, 1, 2, 3], [3]]
    layer = Conv(out=5, kernel=3, stride=2, padding=1, connections=table)
    outputs = written(layer, shape, rounding="floor")
    assert layer.multiplications([shape], outputs) == naive_products(padded, 3, 2, table)
    assert sum(weight.elements for weight in layer.weights([shape], outputs)) == 11 * 3**rank + 5
    depthwise = Depthwise(kernel=3, stride=2, padding=1, multiplier=2)
    outputs = written(depthwise, shape, rounding="floor")
    assert depthwise.multiplications([shape], outputs) == naive_products(padded, 3, 2, [[i // 2] for i in range(8)])


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_connections_are_one_small_filter_per_map(rank: int) -> None:
    torch = load_torch()
    table = [[0, 1], [2], [0, 1, 2]]
    shape = Shape((3, *SPATIAL[rank]))
    layer = Conv(out=3, kernel=2, connections=table)
    outputs = written(layer, shape)
    modules = torch.nn.ModuleList(getattr(torch.nn, f"Conv{rank}d")(len(row), 1, 2) for row in table)
    data = torch.rand(2, *shape.sizes)
    maps = torch.cat([module(data[:, row]) for module, row in zip(modules, table, strict=True)], 1)
    assert tuple(maps.shape[1:]) == outputs[0].sizes
    expected = [(name, tuple(value.shape)) for name, value in modules.named_parameters()]
    assert [(weight.name, weight.shape) for weight in layer.weights([shape], outputs)] == expected
    assert_as_torch(layer, shape)
    (call,) = layer.torch([shape], outputs, "exact")
    connected = resolved(call)(*call.args, **call.kwargs)
    connected.load_state_dict(modules.state_dict())
    torch.testing.assert_close(connected(data), maps)
    for fields in ({"padding": "same"}, {"padding": "same", "stride": 2}, {"padding": ((1, 0),) * rank}):
        assert_as_torch(Conv(out=3, kernel=2, connections=table, bias=False, **fields), shape, rounding="floor")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Conv(out=2, kernel=1, connections=[[0]]), "1 lists for 2 output maps"),
        (Conv(out=1, kernel=1, connections=[[0, 0]]), "an input map is listed twice in [0, 0]"),
        (Conv(out=1, kernel=1, connections=[[3]]), "map 3 does not exist: the 3 input maps count from 0"),
        (
            Conv(out=3, kernel=1, groups=3, connections=[[0], [1], [2]]),
            "a connection table and groups exclude each other",
        ),
    ],
)
def test_connections_that_do_not_fit(layer: Conv, message: str) -> None:
    answer = ask(layer, Shape((3, 4, 4)))
    assert answer.codes == ("AC320",)
    assert answer.site.findings[0].message == message


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("multiplier", "bias", "dilation"), list(product([1, 3], [True, False], [1, 2])))
def test_depthwise(rank: int, multiplier: int, bias: bool, dilation: int) -> None:
    shape = Shape((4, *SPATIAL[rank]))
    for stride, padding in product([1, 2], [0, 1, "same"]):
        layer = Depthwise(kernel=3, stride=stride, padding=padding, dilation=dilation, multiplier=multiplier, bias=bias)
        assert_as_torch(layer, shape, rounding="floor")


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (2, 1), (3, 1), (2, 2), (3, 3)])
def test_conv_transpose(rank: int, groups: int, kernel: int, dilation: int) -> None:
    shape = Shape((4, *(3, 4, 2)[:rank]))
    legal = 0
    for stride, padding, extra in product([1, 2, 3], [0, 1, 3], [0, 2]):
        options: dict[str, Any] = {
            "stride": stride,
            "padding": padding,
            "output_padding": extra,
            "dilation": dilation,
            "groups": groups,
            "bias": stride != 2,
        }
        layer = ConvTranspose(out=6, kernel=kernel, **options)
        module = torch_module(f"ConvTranspose{rank}d", 4, 6, kernel, **options)
        expected = torch_size(module, shape)
        answer = ask(layer, shape)
        assert (answer.shapes and answer.shapes[0].sizes) == expected, layer
        if expected is None:
            assert answer.codes[0] in ("AC307", "AC316")
            continue
        assert_as_torch(layer, shape)
        legal += 1
    assert legal >= 3


@pytest.mark.parametrize("padding", [((0, 1), (1, 0)), ((2, 1), 1), ((1, 3), (0, 0)), "valid"])
@pytest.mark.parametrize("extra", [0, (1, 0)])
def test_conv_transpose_padding_by_side(padding: Any, extra: Any) -> None:
    layer = ConvTranspose(out=2, kernel=(4, 3), stride=2, padding=padding, output_padding=extra)
    assert_as_torch(layer, Shape((3, 4, 5)))


def test_conv_transpose_products_one_by_one() -> None:
    shape = Shape((2, 3, 4))
    layer = ConvTranspose(out=5, kernel=(2, 3), stride=2)
    count = 0
    for _ in product(range(2), range(3), range(4)):
        for _ in product(range(5), range(2), range(3)):
            count += 1
    assert layer.multiplications([shape], written(layer, shape)) == count


def painted_same(values: list[float], filter: list[float], stride: int, dilation: int, bias: float) -> list[float]:
    """What TensorFlow gives back of a `same` convolution: the sums of its windows, turned round, number by number."""
    places, reach = len(values), dilation * (len(filter) - 1) + 1
    size = places * stride
    before = max((places - 1) * stride + reach - size, 0) // 2
    found = [bias] * size
    for place, value in enumerate(values):
        for element, weight in enumerate(filter):
            position = place * stride - before + element * dilation
            if 0 <= position < size:
                found[position] += value * weight
    return found


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_conv_transpose_same_is_what_same_convolutions_read(stride: int, kernel: int, dilation: int) -> None:
    torch = load_torch()
    layer, shape = ConvTranspose(out=1, kernel=kernel, stride=stride, dilation=dilation, padding="same"), Shape((1, 5))
    (output,) = written(layer, shape)
    assert output.sizes == (1, 5 * stride)
    data = torch.rand(1, 1, 5)
    module, *cut = [resolved(call)(*call.args, **call.kwargs) if call.is_module else call
                    for call in layer.torch([shape], [output], "exact")]  # fmt: skip
    result = module(data)
    for call in cut:
        result = resolved(call)(result, *call.args, **call.kwargs)
    expected = painted_same(
        data.flatten().tolist(), module.weight.flatten().tolist(), stride, dilation, module.bias.item()
    )
    assert result.flatten().tolist() == pytest.approx(expected, abs=1e-6)


def test_conv_transpose_same_by_axis() -> None:
    layer = ConvTranspose(out=32, kernel=3, stride=2, padding="same")
    assert written(layer, Shape((16, 16, 16)))[0].sizes == (32, 32, 32)
    (module, cut) = layer.torch([Shape((16, 16, 16))], [Shape((32, 32, 32))], "exact")
    assert "padding" not in module.kwargs
    assert cut.args == ((0, -1, 0, -1),)
    mixed = ConvTranspose(out=2, kernel=(2, 5), stride=(3, 2), padding="same", output_padding=(1, 0))
    assert_as_torch(mixed, Shape((3, 4, 5)))
    symbolic = ConvTranspose(out=2, kernel=symbol("K"), stride=2, padding="same")
    values = [{"K": k, "N": n} for k, n in product(range(1, 6), range(1, 6))]
    assert assert_symbols_agree(symbolic, [Shape((1, symbol("N")))], values) == 25


@pytest.mark.parametrize(
    "layer",
    [
        Conv(out=6, kernel=3),
        Conv(out=6, kernel=3, stride=2, padding=1),
        Conv(out=6, kernel=(3, 1), stride=(2, 3), padding=((1, 0), 2), groups=2),
        Conv(out=6, kernel=5, stride=2, padding="same"),
        Conv(out=2, kernel=2, dilation=3, connections=[[0], [1, 3]]),
        Conv(out=6, kernel=3, padding=2, padding_mode="reflect"),
        Conv(out=6, kernel=3, padding=3, padding_mode="circular"),
        Depthwise(kernel=3, stride=2, multiplier=2),
        ConvTranspose(out=6, kernel=2, stride=2),
        ConvTranspose(out=6, kernel=3, stride=2, padding=2, output_padding=1),
    ],
)
@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil"])
def test_symbols_first_is_numbers_first(layer: Any, rounding: Any) -> None:
    shape = Shape((4, symbol("N"), symbol("M")))
    values = [{"N": n, "M": m} for n, m in product(range(1, 13), range(1, 10))]
    assert assert_symbols_agree(layer, [shape], values, rounding=rounding) > 5


def test_symbolic_channels_and_kernels() -> None:
    values = [{"C": c, "O": o, "K": k} for c, o, k in product(range(1, 7), range(1, 7), range(1, 9))]
    c, o, k = symbol("C"), symbol("O"), symbol("K")
    for layer in (
        Conv(out=o, kernel=k, groups=3),
        Conv(out=2 * o, kernel=k, padding=k, bias=False),
        Conv(out=o, kernel=3, padding="same", dilation=k),
        Depthwise(kernel=k, multiplier=o),
        ConvTranspose(out=3 * o, kernel=k, stride=2, groups=3),
        ConvTranspose(out=o, kernel=3, stride=2, dilation=k, output_padding=2),
    ):
        assert assert_symbols_agree(layer, [Shape((c, 7, 7))], values) > 5


@pytest.mark.parametrize("layer", [Conv(out=2, kernel=3), Depthwise(kernel=3), ConvTranspose(out=2, kernel=3)])
def test_what_is_not_a_map(layer: Any) -> None:
    assert ask(layer, Shape((8,))).codes == ("AC304",)
    assert ask(layer, Shape((8, 4, 4, 4, 4))).codes == ("AC304",)
    answer = ask(layer, Shape((8, 8, 4), "channels_last"))
    assert answer.codes == ("AC321",)
    assert answer.site.findings[0].help == ("put `channels_first` in front",)


@pytest.mark.parametrize("layer", [Conv(out=2, kernel=(3, 3, 3)), Conv(out=2, kernel=3, padding=((1, 1),))])
def test_lists_of_another_length(layer: Conv) -> None:
    assert ask(layer, Shape((3, 8, 8))).codes == ("AC304",)


def test_counts_travel() -> None:
    for layer in (Conv(out=2, kernel=3), Depthwise(kernel=3), ConvTranspose(out=2, kernel=3)):
        (output,) = written(layer, Shape((3, 7, 7), items=300))
        assert output.items == 300


def test_undecided_same_padding_has_no_call() -> None:
    layer = Conv(out=2, kernel=3, stride=2, padding="same")
    outputs = layer.shapes([Shape((3, symbol("N"), 8))], Site())
    assert outputs is not None
    assert prod(outputs[0].sizes[:1]) == 2
    ran = torch_shapes(layer, [Shape((3, 9, 8))])
    assert ran.shapes == ((2, 5, 4),)


PADDED = list(product([1, 2, 5], [1, 2, 3, 4], [1, 2, 3], [1, 2], ["same", 0, 1, 2, ((0, 1),), ((2, 1),)]))


@pytest.mark.parametrize(
    ("turn", "mode", "rounding"),
    [(turn, *one) for turn, one in enumerate(product(["reflect", "circular", "replicate"], ["floor", "ceil"]))],
)
def test_padding_modes_run_in_torch_where_they_are_legal(turn: int, mode: Any, rounding: Any) -> None:
    legal = set()
    # By sevens, so that each run has all values of all fields.
    for size, kernel, stride, dilation, padding in share(PADDED, turn, 7):
        layer = Conv(out=2, kernel=kernel, stride=stride, dilation=dilation, padding=padding, padding_mode=mode)
        answer = ask(layer, Shape((1, size)), rounding=rounding)
        legal.add(answer.shapes is not None)
        if answer.shapes is not None:
            assert_as_torch(layer, Shape((1, size)), rounding=rounding)
    assert legal == {True, False}


def test_same_takes_what_there_is_to_mirror() -> None:
    layer = Conv(out=1, kernel=7, padding="same", padding_mode="reflect")
    (finding,) = ask(layer, Shape((1, 3, 3))).site.findings
    assert finding.code.id == "AC308"
    assert finding.message == "reflect padding of 3 needs a height and width of at least 4, but reads 3"
    layer = Conv(out=1, kernel=(5, 7), stride=2, padding="same", padding_mode="circular")
    values = [{"N": size} for size in range(1, 20)]
    assert assert_symbols_agree(layer, [Shape((1, symbol("N"), symbol("N")))], values) > 10


def test_transposing_tells_every_axis() -> None:
    findings = ask(ConvTranspose(out=1, kernel=2, padding=(3, 4)), Shape((1, 1, 2))).site.findings
    assert [finding.message for finding in findings] == [
        "height: (1 - 1)*1 + 2 - 2*3 = -4: nothing is left",
        "width: (2 - 1)*1 + 2 - 2*4 = -5: nothing is left",
    ]
    (finding,) = ask(ConvTranspose(out=1, kernel=2, stride=2, output_padding=2), Shape((1, 4, 4))).site.findings
    assert finding.message == "height and width: output padding 2 is not below the stride 2 or the dilation 1"


# Filters that are standardized.


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("gain", [None, 1, Fraction(17881, 10000)])
def test_standardized_filters_have_mean_0_and_variance_1(rank: int, gain: Any) -> None:
    torch = load_torch()
    shape = Shape((4, *(5, 6, 4)[:rank]))
    for groups, bias, mode in product([1, 2], [True, False], ["zeros", "circular"]):
        layer = Conv(out=6, kernel=3, padding=1, stride=2, groups=groups, bias=bias, padding_mode=mode,
                     standardize=True, gain=gain, rounding="floor")  # fmt: skip
        ran = assert_as_torch(layer, shape)
        assert list(ran.parameters) == ["weight", *["bias"] * bias, *["gain"] * (gain is not None)]
        *pads, call = layer.torch([shape], written(layer, shape), "floor")
        module, data = resolved(call)(*call.args, **call.kwargs).double(), torch.rand(2, *shape.sizes).double()
        framed = data
        for pad in pads:
            framed = resolved(pad)(framed, *pad.args, **pad.kwargs)
        filters = module.weight.detach().clone()
        for index, weights in enumerate(filters):
            values = weights.flatten().tolist()
            mean = sum(values) / len(values)
            variance = sum((value - mean) ** 2 for value in values) / len(values)
            scale = 1.0
            if gain is not None:
                module.gain.data[index] = index + 0.5
                scale = (index + 0.5) * float(gain) / len(values) ** 0.5
            filters[index] = (weights - mean) / (variance + 1e-6) ** 0.5 * scale
        options: dict[str, Any] = {"stride": 2, "padding": 1, "groups": groups, "padding_mode": mode, "bias": bias}
        plain = getattr(torch.nn, f"Conv{rank}d")(4, 6, 3, **options).double()
        plain.weight.data = filters
        if bias:
            plain.bias.data = module.bias.data
        torch.testing.assert_close(module(framed), plain(data))


@pytest.mark.parametrize(("name", "gain"), [("StdConv2d", None), ("ScaledStdConv2d", Fraction(17881, 10000))])
def test_standardized_filters_are_those_of_timm(models: Any, name: str, gain: Any) -> None:
    torch, std_conv = load_torch(), pytest.importorskip("timm.layers.std_conv")
    options = {} if gain is None else {"gamma": float(gain)}
    theirs = getattr(std_conv, name)(8, 16, 3, stride=2, padding=1, groups=2, bias=True, eps=1e-5, **options)
    shape = Shape((8, 7, 7))
    layer = Conv(out=16, kernel=3, stride=2, padding=1, groups=2, standardize=True, gain=gain, eps=Fraction(1, 100_000))
    (call,) = layer.torch([shape], written(layer, shape), "exact")
    ours = resolved(call)(*call.args, **call.kwargs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    data = torch.rand(2, 8, 7, 7)
    assert torch.equal(ours(data), theirs(data))


def test_what_cannot_be_standardized() -> None:
    answer = ask(Conv(out=4, kernel=1, standardize=True, groups=2), Shape((2, 5, 5)))
    assert answer.codes == ("AC319",)
    assert answer.site.findings[0].message == "a filter of one weight has no variance by which it could be standardized"
    symbolic = Conv(out=4, kernel=symbol("K"), standardize=True, gain=1)
    values = [{"K": k, "C": c} for k, c in product(range(1, 4), range(1, 4))]
    assert assert_symbols_agree(symbolic, [Shape((symbol("C"), 3, 3))], values) == 8
    for fields, message in (
        ({"gain": 1}, "takes `gain` and `eps` with `standardize: true` only"),
        ({"connections": [[0]], "standardize": True}, "takes no connections beside `standardize: true`"),
    ):
        with pytest.raises(WrongFields, match=message):
            Conv(out=1, kernel=3, **fields)


# Weights whose lengths are learned.


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_learned_lengths_are_those_of_torch(rank: int) -> None:
    torch = load_torch()
    shape = Shape((4, *(5, 6, 4)[:rank]))
    for axis, bias in product(range(rank + 2), [True, False]):
        layer = Conv(out=6, kernel=(3, 2, 3)[:rank], padding=1, stride=2, groups=2, bias=bias, weight_norm=axis,
                     rounding="floor")  # fmt: skip
        ran = assert_as_torch(layer, shape)
        lengths, *_ = [size for name, size in ran.parameters.items() if name.endswith("original0")]
        assert [size for size in lengths if size > 1] == [(6, 2, 3, 2, 3)[axis]]
        (call,) = layer.torch([shape], written(layer, shape), "floor")
        options = {"stride": 2, "padding": 1, "groups": 2, "bias": bias}
        plain = getattr(torch.nn, f"Conv{rank}d")(4, 6, (3, 2, 3)[:rank], **options)
        theirs = torch.nn.utils.parametrizations.weight_norm(plain, dim=axis)
        ours = resolved(call)(*call.args, **call.kwargs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        ours.load_state_dict(theirs.state_dict())
        data = torch.rand(2, *shape.sizes)
        assert torch.equal(ours(data), theirs(data))


def test_what_has_no_lengths() -> None:
    answer = ask(Conv(out=4, kernel=1, weight_norm=3), Shape((2, 5)))
    assert answer.codes == ("AC313",)
    message = "the weights [out, C/groups, *kernel] of a convolution on 2×5 have no axis 3"
    assert answer.site.findings[0].message == message
    symbolic = Conv(out=4, kernel=symbol("K"), weight_norm=1, groups=2)
    values = [{"K": k, "C": c} for k, c in product(range(1, 4), range(1, 5))]
    assert assert_symbols_agree(symbolic, [Shape((symbol("C"), 3, 3))], values) == 6
    for fields, message in (
        ({"standardize": True}, "takes `weight_norm` and `standardize: true` not at once"),
        ({"connections": [[0]]}, "takes `weight_norm` and connections not at once"),
    ):
        with pytest.raises(WrongFields, match=message):
            Conv(out=1, kernel=3, weight_norm=0, **fields)
