"""Arithmetic on maps and reductions: against what Python and PyTorch compute themselves."""

from __future__ import annotations

from typing import Any

import pytest
from oracles import Sources, ask, assert_as_torch, assert_symbols_agree, load_torch, run_calls, written

import archcalc
from archcalc.dims import symbol
from archcalc.layers.construction import WrongFields
from archcalc.layers.elementwise import Elementwise
from archcalc.layers.pointwise import alone
from archcalc.layers.reduction import Max, Mean, Reduction, Sum
from archcalc.layers.shape import Shape

MAP = Shape((4, 3, 5))
EXPRESSIONS = {
    "0.17 * x": "0.17 * x",
    "x ** 2 - x / 3": "x ** 2 - x / 3",
    "1 - x": "1 - x",
    "2 / (1 + x * x)": "2 / (1 + x * x)",
    "2 ** -abs(x)": "2 ** -torch.abs(x)",
    "-x + (x - (1 - x) * (2 - x))": "-x + (x - (1 - x) * (2 - x))",
    "clamp(x / 6 + 1/2, 0, 1)": "torch.clamp(x / 6 + 0.5, 0, 1)",
    "max(x, 0.5) * min(-1, x)": "torch.clamp(x, min=0.5) * torch.clamp(x, max=-1)",
    "max(x, -x) - min(x * x, x)": "x.abs() - torch.minimum(x * x, x)",
    "sqrt(abs(x)) * 64 ** -0.5": "torch.sqrt(torch.abs(x)) * 0.125",
    "x / sqrt(64) + log(exp(2))": "x / 8 + 2",
    "x * floor(sqrt(10)) + ceil(sqrt(10)) - round(sqrt(7))": "x * 3 + 4 - 3",
    "x * (sqrt(10) // 2) - sqrt(10) % 3": "x - 10 ** 0.5 % 3",
    "x * max(sqrt(2), 1) - min(1, sqrt(2)) + clamp(sqrt(10), 0, 3)": "x * 2 ** 0.5 - 1 + 3",
    "sigmoid(x) * tanh(x) + sin(x) * cos(x)": "torch.sigmoid(x) * torch.tanh(x) + torch.sin(x) * torch.cos(x)",
    "relu(x) + sign(x) + round(x) + floor(x) + ceil(x)": "x.relu() + x.sign() + x.round() + x.floor() + x.ceil()",
    "log(rsqrt(exp(x)))": "-x / 2",
    "x if 2 > 1 else 0.5 * x": None,
    "0.5 * x if 2 > 1 else x": "0.5 * x",
}
REDUCTIONS: list[type[Reduction]] = [Mean, Sum, Max]


@pytest.mark.parametrize("text", [text for text, python in EXPRESSIONS.items() if python])
def test_values_are_those_of_python(text: str) -> None:
    torch = load_torch()
    layer = Elementwise(text)
    torch.manual_seed(0)
    x = torch.randn(2, *MAP.sizes)
    sources = Sources(layer, [MAP])
    sources.maps[0] = x
    (found,) = run_calls(layer.torch([MAP], [MAP], "exact"), sources, modules=())
    assert torch.allclose(found, eval(EXPRESSIONS[text] or "", {"torch": torch, "x": x}), atol=1e-6)
    assert assert_as_torch(layer, MAP).shapes == (MAP.sizes,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3", "it reads no map"), ("x", "it computes nothing"), ("x if 2 > 1 else 0.5 * x", "it computes nothing"),
        ("y + x", "a number is needed, not y"), ("x % 2", "`%` is for numbers, and not for maps"),
        ("clamp(x, 1)", "clamp takes a map, the lowest and the highest value"), ("exp(x, 2)", "exp takes 1 value"),
        ("x * height(x)", "height(x) is known only in a network"),
        ("mish(x)", "there is no function `mish` of maps"), ("x * sqrt(-1)", "sqrt has no value here"),
        ("x * exp(10**6)", "exp has no value here"), ("x * (0 - 2) ** 0.5", "there is no such number"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_told(text: str, message: str) -> None:
    with pytest.raises(WrongFields) as caught:
        Elementwise(text)
    assert message in str(caught.value)


def test_operations_are_counted_for_every_number() -> None:
    layer = Elementwise("0.5 * x * sigmoid(x) + 1")
    assert [one.name for one in alone("0.5 * x * sigmoid(x) + 1").operations()] == ["*", "sigmoid", "*", "+"]
    assert layer.operations([MAP], [MAP]) == 4 * 60
    assert layer.multiplications([MAP], [MAP]) == 0


def test_operations_of_a_network() -> None:
    spec = "input: [8, 6, 6]\nlayers: [conv: [4, 3], batch_norm, relu, {add: [here, [silu]]}, affine, layer_scale]\n"
    assert archcalc.load(f"{spec}expect: {{elementwise: {6 * 64}, flops: {2 * 64 * 72}}}\n").check().ok


def test_other_maps_are_named_and_have_the_same_shape() -> None:
    spec = """
input: {image: [8, N, N], other: [8, 4, 4]}
layers:
  - {global_avg_pool, from: other, as: gate}
  - {elementwise: {value: x * gate + here, broadcast: true}, from: image}
  - {elementwise: x - image / 2, as: last}
  - {elementwise: x + other}
"""
    report = archcalc.load(spec).check(symbolic=True)
    assert report["last"].output == (8, symbol("N"), symbol("N"))
    assert {str(requirement.condition) for _, requirement in report.conditions} == {"N = 4"}


def test_names_that_no_map_has() -> None:
    report = archcalc.load("input: [8]\nlayers:\n  - elementwise: 2 * y\n  - elementwise: x * x.shape\n").check()
    assert [(found.code.id, found.message, found.help) for found in report.diagnostics] == [
        ("AC121", "there is no `y` here", ("define it in `let: {y: ...}`", "`x` is the map that arrives")),
        ("AC201", "`x` is one map and has no `shape` inside", ("write `size(x, 0)`",)),
    ]


def test_fractions_that_a_symbol_decides_are_refused() -> None:
    report = archcalc.load("input: [8, N, N]\nlayers:\n  - elementwise: x * (height(x) / 2)\n").check(symbolic=True)
    (found,) = report.diagnostics
    assert (found.code.id, found.message) == (
        "AC318",
        "elementwise: N/2 in `x * (height(x) / 2)` is a fraction that a symbol decides",
    )


@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("axes", [[0], [1, 2], [-1], [2, 0]])
@pytest.mark.parametrize("keep", [False, True])
def test_reductions(kind: type[Reduction], axes: list[int], keep: bool) -> None:
    for shape in (MAP, MAP._replace(layout="channels_last")):
        assert_as_torch(kind(axes=axes, keep=keep), shape)
        (output,) = written(kind(axes=axes, keep=keep), shape)
        assert output.layout == (shape.layout if len(output.sizes) > 1 else "channels_first")


@pytest.mark.parametrize("kind", REDUCTIONS)
def test_reductions_tell_what_does_not_fit(kind: type[Reduction]) -> None:
    assert ask(kind([0, 1, 2]), MAP).codes == ("AC304",)
    assert ask(kind([1, -2]), MAP).codes == ("AC313",)
    assert ask(kind([3]), MAP).codes == ("AC313",)
    with pytest.raises(WrongFields, match="takes at least one axis"):
        kind([])


@pytest.mark.parametrize(
    "layer", [Mean([1]), Sum(axes=[0, 2], keep=True), Max([0]), Elementwise("x * x / 4"), Elementwise("-x")]
)
def test_symbols_first_is_numbers_first(layer: Any) -> None:
    shape = Shape((symbol("C"), 2 * symbol("N"), symbol("M")))
    values = [{"C": c, "N": n, "M": m} for c in (1, 3) for n in (1, 2) for m in (1, 5)]
    assert assert_symbols_agree(layer, [shape], values) >= 8
