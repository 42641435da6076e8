"""Every function of PyTorch that has a kind: imported, exported and run, it gives what PyTorch gives, bit by bit."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import moving_cases  # noqa: E402
import pointwise_cases  # noqa: E402
import product_cases  # noqa: E402
from effort import share  # noqa: E402
from judging import IMAGE, TOKENS, Case, Two, Written, example, judged, learned, outputs, products  # noqa: E402

from archcalc.importing.imported import Imported  # noqa: E402
from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.functions import _table  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.tracing import traces  # noqa: E402

nn = torch.nn
functional = torch.nn.functional
CASES = [*pointwise_cases.CASES, *moving_cases.CASES, *product_cases.CASES]


def module_of(case: Case) -> Any:
    return Written(case.forward, **case.parts())


@pytest.mark.parametrize("case", share(CASES), ids=lambda case: case.name)
def test_what_is_imported_computes_the_same(case: Case) -> None:
    found = judged(module_of(case), case.shape)
    assert not found.found.opaque, found.found.text
    if case.kinds:
        kinds = [node.kind for node in found.architecture.check().graph.nodes]
        assert " ".join(kinds) == case.kinds
    assert found.has_equal_bits or not case.exact


ELSEWHERE = {
    *("alpha_dropout", "feature_dropout", "dropout1d", "dropout3d", "cuda", "half", "bfloat16", "double"),
    *("module:AlphaDropout", "module:FeatureAlphaDropout", "module:Dropout1d", "module:Dropout3d"),
    *("module:*", "module:DropPath", "module:StochasticDepth", "embedding", "gather"),
}
"""Functions with a kind that no case calls: what only training does, what moves numbers, and what reads integers."""
ALIASES = {
    *(
        "__matmul__",
        "alias",
        "broadcast_to",
        "clip",
        "concat",
        "concatenate",
        "cpu",
        "data",
    ),
    *(
        "divide",
        "log_sigmoid",
        "moveaxis",
        "multiply",
        "native_channel_shuffle",
        "radd",
        "rdiv",
        "real",
        "requires_grad",
    ),
    *(
        "rmul",
        "split_with_sizes",
        "subtract",
        "swapdims",
        "true_divide",
        "type",
        "unsafe_chunk",
        "upsample",
    ),
    *("unsafe_split", "view_as", "t", "mm", "truediv"),
}
"""Other names of functions that cases call."""


@pytest.mark.skipif(len(share(CASES)) < len(CASES), reason="all cases are taken with ARCHCALC_EXAMPLES=1")
def test_no_function_of_the_tables_is_without_a_case() -> None:
    called = set()
    for case in CASES:
        for function in traces(module_of(case), [Input(case.shape)], sizes=False).trace.root.functions():
            own = function.name.removesuffix(".__get__").rpartition(":" if ":" in function.name else ".")[2]
            called |= {own, own.strip("_"), f"module:{own.rpartition('.')[2]}", own.strip("_").removeprefix("i")}
    assert sorted({*_table()} - called - ELSEWHERE - ALIASES) == []


# Wiring


def test_several_inputs_go_where_they_are_read() -> None:
    net = Two(lambda m, x, y: m.a(x) + m.b(y).unsqueeze(1), a=nn.Linear(8, 5), b=nn.Linear(6, 5))
    found = judged(net, TOKENS, (6,))
    assert list(found.architecture.check().graph.inputs[0].outputs[0].shape.sizes) == [10, 8]  # type: ignore[union-attr]
    assert found.has_equal_bits


def test_integers_are_looked_up_in_the_table_to_which_the_head_is_tied() -> None:
    class Tied(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(7, 4)
            self.head = nn.Linear(4, 7, bias=False)
            self.head.weight = self.words.weight

        def forward(self, tokens: Any) -> Any:
            return self.head(self.words(tokens))

    found = judged(Tied(), Input((9,), "int"))
    assert (found.found.parameters, found.found.multiplications) == (28, 9 * 28)
    assert "as: head, tied: words" in found.found.text
    assert found.has_equal_bits


def test_frozen_parameters_are_no_parameters() -> None:
    net = nn.Sequential(nn.Conv2d(6, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1))
    net[0].requires_grad_(False)
    found = judged(net, IMAGE)
    assert found.found.parameters == 8 + 10
    assert found.has_equal_bits
    assert "trainable: false" in found.found.text


def test_a_module_that_is_called_in_two_places_is_written_once() -> None:
    class Shared(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.head = nn.Conv2d(6, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)

        def forward(self, x: Any) -> Any:
            x = self.stem(x)
            return [self.head(x), self.head(functional.max_pool2d(x, 2))]

    found = judged(Shared(), IMAGE)
    assert found.has_equal_bits
    assert found.found.text.count("use: head") == 1


# Names that the language cannot give


@pytest.mark.parametrize(
    ("forward", "parts", "names"),
    [
        (
            lambda m, x: functional.conv2d(x, m.weight, m.bias, 2, 1),
            lambda: {"weight": learned(4, 6, 3, 3), "bias": learned(4)},
            ["weight", "bias"],
        ),
        (
            lambda m, x: functional.conv2d(x, m.blur, padding=1, groups=6),
            lambda: {"blur": torch.ones(6, 1, 3, 3) / 9},
            ["blur"],
        ),
        (lambda m, x: x * m.scale, lambda: {"scale": learned()}, ["scale"]),
        (lambda m, x: x @ m.w, lambda: {"w": learned(14, 5)}, ["w"]),
    ],
)
def test_tensors_that_stand_in_no_layer_of_their_own_are_told(forward: Any, parts: Any, names: list[str]) -> None:
    net = Written(forward, **parts())
    found = of_module(net, [Input(IMAGE)]).found
    assert list(found.names.renamed) == names
    assert found.parameters == sum(one.numel() for one in net.parameters())
    assert found.multiplications == products(net, [Input(IMAGE)])


# What has no kind


def opaque(net: Any, shape: tuple[int, ...] = IMAGE) -> Imported:
    """The import of a module with opaque steps: totals, names and shapes hold all the same."""
    inputs = [Input(shape)]
    found = of_module(net, inputs).found
    assert found.opaque
    assert found.parameters == sum(one.numel() for one in net.parameters() if one.requires_grad)
    assert found.multiplications == products(net, inputs)
    assert not found.names.unreached
    return found


def shapes_of(found: Imported) -> list[tuple[Any, ...]]:
    from archcalc import load

    outputs = load(found.text).check().outputs
    return [tuple(shape) for shape in outputs.values()]


@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (lambda m, x: functional.softplus(x, 1.0, 5.0), "softplus with a threshold of its own"),
        (lambda m, x: functional.avg_pool2d(x, 2, divisor_override=3), "avg_pool with a divisor of its own"),
        (lambda m, x: functional.interpolate(x, size=(7, 9), mode="nearest-exact"), "not 'nearest-exact'"),
        (lambda m, x: functional.pad(x, (1, 1, 1, 1, 1, 1)), "pad of all axes"),
        (lambda m, x: x.flip(-1), "flip has no layer"),
        (lambda m, x: torch.fft.rfft2(x).real, "rfft2 has no layer"),
        (lambda m, x: x.var((2, 3)), "var has no layer"),
        (lambda m, x: x.cumsum(1), "cumsum has no layer"),
        (lambda m, x: x[:, [0, 2], [1, 1]], "an index of several tables"),
    ],
)
def test_a_function_without_a_kind_is_one_opaque_step(forward: Any, reason: str) -> None:
    net = Written(forward)
    found = of_module(net, [Input(IMAGE)]).found
    assert len(found.opaque) == 1
    assert reason in found.text
    right = outputs(net(*example([Input(IMAGE)], batch=1)))
    assert shapes_of(found) == [tuple(one.shape[1:]) for one in right]


def test_a_module_that_holds_what_has_no_kind_is_one_step_with_its_tensors() -> None:
    class Odd(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.gain = learned(8)
            self.register_buffer("table", torch.ones(3))

        def forward(self, x: Any) -> Any:
            return self.fc(x).cumsum(1) * self.gain + self.table.sum()

    # A class of a function's own has no place to be imported from, and is not named.
    found = opaque(nn.Sequential(nn.Linear(8, 8), Odd(), nn.Linear(8, 2)), TOKENS)
    assert "module:" not in found.text
    assert found.opaque == ["1"]
    assert found.products == 10 * 64
    assert found.multiplications == 10 * (64 + 64 + 16)
    assert not found.names.renamed
    assert "fc.weight: [8, 8]" in found.text
    assert "gain: [8]" in found.text


def test_an_opaque_step_may_have_several_outputs() -> None:
    class Pair(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x: Any) -> Any:
            sizes, places = self.fc(x).sort(-1)
            return sizes, places.float()

    class Net(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.pair, self.one, self.two = Pair(), nn.Linear(8, 3), nn.Linear(8, 4)

        def forward(self, x: Any) -> Any:
            first, second = self.pair(x)
            return self.one(first), self.two(second)

    found = opaque(Net(), TOKENS)
    assert shapes_of(found) == [(10, 3), (10, 4)]


def test_what_archcalc_would_count_otherwise_is_stated_as_the_source_has_it() -> None:
    found = opaque(Written(lambda m, x: m.a(x, x), a=nn.Bilinear(8, 8, 3)), TOKENS)
    assert shapes_of(found) == [(10, 3)]


# Layouts of inputs


def test_tokens_that_enter_a_network_say_that_their_channels_come_last() -> None:
    parts = {"norm": nn.LayerNorm(8), "fc": nn.Linear(8, 8)}
    net = judged(Written(lambda m, x: x + m.fc(m.norm(x)), **parts), TOKENS)
    assert "input: {shape: [T, 8], layout: channels_last}" in net.found.text
    assert [node.kind for node in net.architecture.check().graph.nodes] == ["layer_norm", "linear", "add"]
    assert str(net.architecture.legal_sizes()) == "any T"


def test_a_map_that_is_read_both_ways_has_the_layout_of_most_readers() -> None:
    parts = {"conv": nn.Conv1d(8, 8, 1), "fc": nn.Linear(8, 8)}
    net = judged(Written(lambda m, x: m.conv(x) + m.fc(x) + m.conv(torch.relu(x)), **parts), (8, 8))
    assert "input: [8, 8]" in net.found.text


# What does nothing


def test_a_dropout_of_nothing_and_an_identity_go() -> None:
    net = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.0), nn.Linear(8, 8), nn.Dropout(0.0), nn.Identity())
    found = judged(net, TOKENS)
    assert [(node.name, node.kind) for node in found.architecture.check().graph.nodes] == [
        ("0", "linear"),
        # It has a number, by which the next one is counted.
        ("1", "dropout"),
        ("2", "linear"),
    ]


def test_a_dropout_of_nothing_stays_where_others_of_its_place_drop_something() -> None:
    class Part(nn.Module):  # type: ignore[misc]
        def __init__(self, rate: float) -> None:
            super().__init__()
            self.fc, self.drop = nn.Linear(8, 8), nn.Dropout(rate)

        def forward(self, x: Any) -> Any:
            return self.drop(self.fc(x))

    kinds = {
        rates: [node.kind for node in judged(nn.Sequential(*map(Part, rates)), TOKENS).architecture.check().graph.nodes]
        for rates in ((0.0, 0.2), (0.0, 0.0))
    }
    assert kinds == {(0.0, 0.2): ["linear", "dropout"] * 2, (0.0, 0.0): ["linear"] * 2}
