"""What a module does is written down as it is: who made a tensor, in which call, and what was written into it."""

from __future__ import annotations

import copy
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from torch_lines import lines, of, without_batch  # noqa: E402

from archcalc.importing.failure import ImportFailure  # noqa: E402
from archcalc.importing.torch.live.placement import Placement  # noqa: E402
from archcalc.importing.torch.live.tracing import traces  # noqa: E402
from archcalc.importing.torch.trace import BATCH, CHANGED, Trace  # noqa: E402

nn = torch.nn
functional = torch.nn.functional


def traced(module: Any, *shapes: tuple[int, ...]) -> Trace:
    return traces(module, of(*shapes), sizes=False).trace


class Written(nn.Module):
    """A module whose `forward` is a function."""

    def __init__(self, forward: Any, **parts: Any) -> None:
        super().__init__()
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)
        self.write = forward

    def forward(self, x: Any) -> Any:
        return self.write(self, x)


def test_functions_stand_in_the_calls_around_them() -> None:
    block = nn.Sequential(nn.Conv2d(3, 4, 3, padding=2), nn.ReLU(inplace=True))
    module = Written(lambda self, x: self.block(x) + functional.pad(x[:, :1], (1, 1, 1, 1)), block=block)
    assert lines(traced(module, (3, 8, 8))) == [
        "block: Sequential",
        "  0: Conv2d",
        "    %0 = conv2d(x, block.0.weight, block.0.bias, (1, 1), (2, 2), (1, 1), 1)",
        "  1: ReLU",
        "    %1 = relu(%0, inplace=True)",
        "%2 = Tensor.__getitem__(x, (:, :1))",
        "%3 = pad(%2, (1, 1, 1, 1), mode='constant', value=None)",
        "%4 = Tensor.add(%1, %3)",
        "return %4",
    ]


def test_a_call_has_its_class_its_arguments_and_what_goes_in_and_out() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, (3, 1), stride=2, bias=False))
    call = traced(module, (3, 9, 9)).root.items[0]
    assert call.class_name == "torch.nn.modules.conv:Conv2d"
    assert call.arguments == {
        "in_channels": 3,
        "out_channels": 4,
        "kernel_size": [3, 1],
        "stride": [2, 2],
        "padding": [0, 0],
        "dilation": [1, 1],
        "groups": 1,
        "padding_mode": "zeros",
    }
    assert [without_batch(one) for one in call.inputs] == [(3, 9, 9)]
    assert [without_batch(one) for one in call.outputs] == [(4, 4, 5)]
    assert call.items[0].multiplications == 4 * 4 * 5 * 3 * 3


def test_a_function_in_place_makes_a_new_tensor() -> None:
    def forward(self: Any, x: Any) -> Any:
        y = x * 2
        y += x
        y.relu_()
        y[:, 0] = 0
        return y

    assert lines(traced(Written(forward), (4,))) == [
        "%0 = Tensor.mul(x, 2)",
        "%1 = Tensor.add_(%0, x)",
        "%2 = Tensor.relu_(%1)",
        "%3 = Tensor.__setitem__(%2, (:, 0), 0)",
        "return %3",
    ]


def test_a_shortcut_that_was_changed_in_place_is_what_it_became() -> None:
    module = Written(lambda self, x: functional.relu(x, inplace=True) + x)
    assert lines(traced(module, (4,))) == ["%0 = relu(x, inplace=True)", "%1 = Tensor.add(%0, %0)", "return %1"]


def test_a_tensor_is_changed_through_a_view_of_it() -> None:
    def forward(self: Any, x: Any) -> Any:
        y = x + 1
        y[:, :2].mul_(3)
        return y

    trace = traced(Written(forward), (4,))
    assert lines(trace) == [
        "%0 = Tensor.add(x, 1)",
        "%1 = Tensor.__getitem__(%0, (:, :2))",
        "%2 = Tensor.mul_(%1, 3)",
        f"%3 = {CHANGED}(%0, (:, 0:2), %2)",
        "return %3",
    ]
    assert without_batch(trace.outputs[0]) == (4,)


def test_a_view_of_everything_is_the_tensor_itself() -> None:
    def forward(self: Any, x: Any) -> Any:
        y = x + 1
        y.detach().mul_(3)
        return y

    assert lines(traced(Written(forward), (4,)))[-1] == "return %2"


def test_a_constant_into_which_a_map_is_written_is_one() -> None:
    def forward(self: Any, x: Any) -> Any:
        found = torch.zeros(x.shape[0], 4)
        found[:, 1:3].copy_(x)
        return found * 2

    trace = traced(Written(forward), (2,))
    assert lines(trace)[-3:] == [f"%3 = {CHANGED}(%0, (:, 1:3), %2)", "%4 = Tensor.mul(%3, 2)", "return %4"]
    assert trace.outputs[0].batched


def test_dropout_in_front_of_a_shortcut_is_not_in_it() -> None:
    class DropSome(nn.Module):
        """As libraries have it: nothing in eval mode, and no function of PyTorch."""

        def __init__(self, drop_prob: float) -> None:
            super().__init__()
            self.drop_prob = drop_prob

        def forward(self, x: Any) -> Any:
            return x if not self.training else x * torch.rand_like(x)

    for drop, name, settings in (
        (nn.Dropout(0.25), "torch.nn.modules.dropout:Dropout", {"p": 0.25, "inplace": False}),
        (nn.Identity(), "torch.nn.modules.linear:Identity", {}),
        (DropSome(0.1), f"{__name__}:{DropSome.__qualname__}", {"drop_prob": 0.1}),
    ):
        trace = traced(Written(lambda self, x: self.drop(x) + x, drop=drop), (4,))
        assert lines(trace) == [
            f"drop: {name.rpartition(':')[2]}",
            f"  %0 = module:{name}(x)",
            "%1 = Tensor.add(%0, x)",
            "return %1",
        ]
        assert next(trace.root.functions()).settings == settings


def test_functional_dropout_is_not_in_the_shortcut_either() -> None:
    trace = traced(Written(lambda self, x: functional.dropout(x, 0.1, self.training) + x), (4,))
    assert lines(trace) == [
        "%0 = dropout(x, p=0.1, training=False, inplace=False)",
        "%1 = Tensor.add(%0, x)",
        "return %1",
    ]


@pytest.mark.parametrize(
    ("layer", "shape", "states", "products"),
    [
        (nn.LSTM(6, 5, batch_first=True), (7, 5), [(1, BATCH, 5)] * 2, 7 * 4 * 5 * (6 + 5)),
        (nn.GRU(6, 5, num_layers=2, batch_first=True), (7, 5), [(2, BATCH, 5)], 7 * 3 * 5 * (6 + 5 + 5 + 5)),
        (nn.RNN(6, 5, bidirectional=True, batch_first=True), (7, 10), [(2, BATCH, 5)], 7 * 2 * 5 * (6 + 5)),
    ],
)
def test_recurrent_layers_are_kept_whole(layer: Any, shape: Any, states: Any, products: int) -> None:
    trace = traced(layer, (7, 6))
    (function,) = trace.root.functions()
    assert function.name == f"module:torch.nn.modules.rnn:{type(layer).__name__}"
    assert set(function.tensors) == {name for name, _ in layer.named_parameters()}
    assert function.settings["hidden_size"] == 5
    assert without_batch(function.outputs[0]) == shape
    assert [one.shape for one in function.outputs[1:]] == states
    assert function.multiplications == trace.multiplications == products


def test_attention_is_kept_whole() -> None:
    class Attending(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.attention(x, x, x, need_weights=False)[0]

    trace = traced(Attending(), (5, 8))
    assert lines(trace) == [
        "attention: MultiheadAttention",
        "  %0 = module:torch.nn.modules.activation:MultiheadAttention(x, x, x, need_weights=False)",
        "return %0",
    ]
    assert trace.multiplications == 5 * 8 * 8 * 4 + 2 * 5 * 5 * 8
    assert trace.unread == []


def test_a_layer_with_weights_that_gives_what_it_gets_is_no_dropout() -> None:
    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4))

        def forward(self, x: Any) -> Any:
            return x

    trace = traced(Written(lambda self, x: self.gate(x) * 2, gate=Gate()), (4,))
    assert lines(trace)[1:] == ["%0 = Tensor.mul(x, 2)", "return %0"]
    assert trace.unread == ["gate.weight"]


def test_a_subclass_with_a_forward_of_its_own_is_opened() -> None:
    class Twice(nn.Dropout):
        def forward(self, input: Any) -> Any:
            return super().forward(input * 2)

    trace = traced(nn.Sequential(Twice()), (4,))
    assert lines(trace)[1].startswith("  %0 = Tensor.mul(")


def test_tied_weights_have_the_first_name_and_tell_the_others() -> None:
    module = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    module[1].weight = module[0].weight
    trace = traced(module, (4,))
    assert [(one.name, one.shape, one.others) for one in trace.tensors] == [("0.weight", (4, 4), ("1.weight",))]
    assert lines(trace)[3] == "  %1 = linear(%0, 0.weight, None)"


def test_a_module_with_two_names_has_the_one_below_its_caller() -> None:
    class Inner(nn.Module):
        def __init__(self, shared: Any) -> None:
            super().__init__()
            self.own = shared

        def forward(self, x: Any) -> Any:
            return self.own(x)

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.inner = Inner(self.first)

        def forward(self, x: Any) -> Any:
            return self.inner(self.first(x))

    outer, inner = (call for call in traced(Outer(), (4,)).root.items)
    assert (outer.name, outer.path) == ("first", "first")
    assert (inner.items[0].name, inner.items[0].path) == ("own", "inner.own")


def test_a_call_that_is_not_below_its_parent_keeps_its_full_name() -> None:
    class Inner(nn.Module):
        def forward(self, x: Any, layer: Any) -> Any:
            return layer(x)

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.ModuleDict({"a": nn.Linear(4, 4)})])
            self.inner = Inner()

        def forward(self, x: Any) -> Any:
            return self.inner(self.layers[0]["a"](x), self.layers[0]["a"])

    first, second = traced(Outer(), (4,)).root.items
    assert first.name == "layers.0.a"
    assert (second.items[0].name, second.items[0].path) == ("layers.0.a", "layers.0.a")


def test_a_module_that_nobody_owns_is_passed_through() -> None:
    assert lines(traced(Written(lambda self, x: nn.ReLU()(x)), (4,)))[0] == "%0 = relu(x, inplace=False)"


def test_a_parameter_that_nobody_owns_is_told() -> None:
    module = Written(lambda self, x: self.hidden[0](x), hidden=[nn.Linear(4, 4)])
    trace = traced(module, (4,))
    assert trace.tensors == []
    assert trace.notes[0] == (
        "a parameter of shape [4, 4] is read in the network itself (Written), and no module owns it: modules in a "
        "plain list must stand in a `ModuleList`"
    )


@dataclass
class Answer:
    """As libraries return several maps."""

    logits: Any
    hidden: tuple[Any, ...]
    cache: Any = None


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda a, b: a, []),
        (lambda a, b: (a, b), ["0", "1"]),
        (lambda a, b: {"out": a, "aux": b}, ["out", "aux"]),
        (lambda a, b: Answer(a, (a, b)), ["logits", "hidden.0", "hidden.1"]),
        (lambda a, b: torch.return_types.max((a, b)), ["0", "1"]),
    ],
)
def test_outputs_have_the_names_of_what_was_returned(make: Any, names: list[str]) -> None:
    trace = traced(Written(lambda self, x: make(x + 1, x + 2)), (4,))
    assert trace.output_names == names
    assert len(trace.outputs) == max(len(names), 1)


def test_what_is_no_tensor_in_an_output_is_left_out_and_told() -> None:
    class Cache:
        pass

    trace = traced(Written(lambda self, x: Answer(x + 1, (), Cache())), (4,))
    assert trace.output_names == ["logits"]
    assert trace.notes == ["an output of the class `Cache` is left out"]


def test_a_tensor_knows_whether_it_descends_from_the_input_or_from_parameters() -> None:
    module = Written(
        lambda self, x: x * (self.gain + 1) + torch.arange(4), gain=nn.Parameter(torch.ones(4)), table=torch.ones(4)
    )
    of_gain, product, of_numbers, total = traced(module, (4,)).root.functions()
    assert [(one.outputs[0].batched, one.outputs[0].learned) for one in (of_gain, product, of_numbers, total)] == [
        (False, True),
        (True, False),
        (False, False),
        (True, False),
    ]


def test_numbers_of_constants_are_told_where_they_are_used() -> None:
    module = Written(lambda self, x: x[:, self.index.flip(0)] + torch.tensor([0.5]), index=torch.tensor([2, 0, 1]))
    flip, select, _, add = traced(module, (3,)).root.functions()
    assert flip.arguments[0].values is None  # Only another constant is made of it.
    assert select.arguments[1][1].values == [1, 0, 2]
    assert add.arguments[1].values == [0.5]


def test_control_flow_may_ask_constants_for_their_numbers() -> None:
    def forward(self: Any, x: Any) -> Any:
        rates = [one.item() for one in torch.linspace(0, 1, 3, device=x.device)]
        return x * rates[1] if torch.arange(3).sum() == 3 else x

    assert lines(traced(Written(forward), (3,)))[-2:][0].endswith("= Tensor.mul(x, 0.5)")


@pytest.mark.parametrize("device", ["x.device", "'cpu'"])
def test_constants_go_to_the_device_of_the_input(device: str) -> None:
    def forward(self: Any, x: Any) -> Any:
        where = x.device if device == "x.device" else "cpu"
        return x + torch.zeros(4).to(where) + torch.ones_like(x[0]) + x.new_full((4,), 2.0) + torch.zeros(1).type_as(x)

    trace = traced(Written(forward), (4,))
    assert without_batch(trace.outputs[0]) == (4,)
    last = list(trace.root.functions())[-1]
    assert last.arguments[1].values == [0.0]


def test_the_batch_may_stand_anywhere() -> None:
    def forward(self: Any, x: Any) -> Any:
        windows = x.reshape(-1, 3, 2, 4, 2, 4).permute(0, 2, 4, 1, 3, 5).reshape(-1, 3, 4, 4)
        return windows.transpose(0, 1)

    assert traced(Written(forward), (3, 8, 8)).outputs[0].shape == (3, 4 * BATCH, 4, 4)


def test_products_of_constants_are_counted_once() -> None:
    class Biased(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Linear(2, 4, bias=False)
            self.mix = nn.Linear(4, 4, bias=False)

        def forward(self, x: Any) -> Any:
            once = self.bias(torch.ones(3, 2))
            for_all = self.bias(torch.ones(3, 2).expand(x.shape[0], -1, -1))
            return self.mix(x) + once + for_all

    trace = traced(Biased(), (3, 4))
    assert [function.multiplications for function in trace.root.functions() if function.multiplications] == [24, 24, 48]
    assert trace.multiplications == 96


def test_what_was_there_before_is_there_after() -> None:
    module = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
    module.train()
    module[1].eval()
    before = copy.deepcopy(module.state_dict())
    call = nn.Module.__call__
    traces(module, of((4,)), train=True)
    assert nn.Module.__call__ is call
    assert [one.training for one in module.modules()] == [True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    with pytest.raises(ImportFailure):
        traces(module, of((5,)))
    assert nn.Module.__call__ is call


def test_weights_need_no_memory_and_are_not_read() -> None:
    with torch.device("meta"):
        module = nn.Sequential(nn.Linear(100_000, 1_000_000))
    trace = traced(module, (100_000,))
    assert trace.multiplications == 10**11


def test_functions_that_transpose_are_functions_and_other_properties_are_not() -> None:
    assert lines(traced(Written(lambda self, x: x.mT.reshape(x.shape[0], -1)), (2, 3))) == [
        "%0 = Tensor.mT.__get__(x)",
        f"%1 = Tensor.reshape(%0, {BATCH}, -1)",
        "return %1",
    ]


def test_every_sort_of_argument_is_written_down() -> None:
    def forward(self: Any, x: Any) -> Any:
        y = x[..., None, 1:3].to(torch.float64)
        return torch.einsum("bij,bij->bi", [y, y]).sum(dim=(1,), dtype=torch.float32).to(device=x.device)

    shown = lines(traced(Written(forward), (4,)))
    assert shown[:4] == [
        "%0 = Tensor.__getitem__(x, (..., None, 1:3))",
        "%1 = Tensor.to(%0, 'float64')",
        "%2 = functional.einsum('bij,bij->bi', [%1, %1])",
        "%3 = Tensor.sum(%2, dim=(1,), dtype='float32')",
    ]
    assert "device=<meta>" in " ".join(shown) or len(shown) == 5


def test_a_network_that_only_runs_otherwise_is_the_network() -> None:
    class Compiled(nn.Module):
        def __init__(self, module: Any) -> None:
            super().__init__()
            self._orig_mod = module

    trace = traced(Compiled(nn.DataParallel(nn.Sequential(nn.Linear(3, 4)))), (3,))
    assert [tensor.name for tensor in trace.tensors] == ["0.weight", "0.bias"]


def test_maps_have_the_precision_of_the_weights() -> None:
    trace = traced(nn.Sequential(nn.Linear(3, 4).to(torch.bfloat16)), (3,))
    assert [one.dtype for one in (trace.inputs["input"], trace.outputs[0])] == ["bfloat16", "bfloat16"]


def test_lazy_layers_find_their_shapes() -> None:
    for device in ("cpu", "meta"):
        with Placement() if device == "meta" else nullcontext():
            module = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d())
        assert module[0].weight.device.type == device
        trace = traced(module, (3, 8, 8))
        assert [tensor.shape for tensor in trace.tensors][:2] == [(4, 3, 3, 3), (4,)]


def test_inputs_without_names_have_places() -> None:
    class Sum(nn.Module):
        def forward(self, *terms: Any, **_: Any) -> Any:
            return sum(terms)

    trace = traced(Sum(), (3,), (3,))
    assert lines(trace)[-2:] == ["%1 = Tensor.add(%0, input_2)", "return %1"]


def test_writes_are_seen_in_inference_mode_too() -> None:
    def forward(self: Any, x: Any) -> Any:
        with torch.inference_mode():
            y = x + 1
            y.add_(2)
            y[:, :2].mul_(3)
            return y * 4

    assert lines(traced(Written(forward), (4,)))[1:] == [
        "%1 = Tensor.add_(%0, 2)",
        "%2 = Tensor.__getitem__(%1, (:, :2))",
        "%3 = Tensor.mul_(%2, 3)",
        f"%4 = {CHANGED}(%1, (:, 0:2), %3)",
        "%5 = Tensor.mul(%4, 4)",
        "return %5",
    ]


def test_what_functions_do_not_show_is_refused() -> None:
    with pytest.raises(ImportFailure) as caught:
        traced(Written(lambda self, x: torch.vmap(lambda one: one * 2)(x) + 1), (4,))
    assert caught.value.kind == "hidden"
    assert caught.value.message == (
        "the network itself (Written) has a tensor from code that PyTorch cannot follow, like TorchScript or a "
        "compiled extension"
    )


def test_parametrizations_are_functions_of_parameters() -> None:
    module = torch.nn.utils.parametrizations.weight_norm(nn.Linear(3, 4))
    trace = traced(nn.Sequential(module), (3,))
    assert lines(trace)[-2].endswith(", 0.bias)")
    assert trace.unread == []
    norm = next(one for one in trace.root.functions() if "weight_norm" in one.name)
    assert norm.outputs[0].learned


@pytest.mark.parametrize(("training", "shape"), [(False, (4, 5)), (True, (4, 5)), (False, (4,))])
def test_batch_normalization_is_refused_where_its_tensors_do_not_fit(training: bool, shape: Any) -> None:
    with pytest.raises(ImportFailure) as caught:
        traces(nn.Sequential(nn.BatchNorm1d(3)), of(shape), train=training)
    assert caught.value.kind == "shape"
    assert traced(nn.Sequential(nn.BatchNorm1d(4)), shape).outputs[0].shape == (BATCH, *shape)
