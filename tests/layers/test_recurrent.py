"""Recurrent layers against PyTorch's, whose parameters, shapes and products they have."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from oracles import ask, assert_as_torch, assert_symbols_agree

import archcalc
from archcalc.dims import symbol
from archcalc.layers.base import Layer
from archcalc.layers.recurrent import Gru, Lstm, Rnn
from archcalc.layers.shape import Shape

T, S = symbol("T"), symbol("S")


def tokens(length: Any, channels: Any) -> Shape:
    return Shape((length, channels), "channels_last")


OPTIONS = [
    {"layers": layers, "bidirectional": both, "bias": bias}
    for layers, both, bias in product((1, 2, 3), (True, False), (True, False))
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("layer", [Lstm, Gru, Rnn])
def test_is_that_of_torch(layer: type[Layer], options: dict[str, Any]) -> None:
    assert_as_torch(layer(hidden=5, **options), tokens(7, 3))


@pytest.mark.parametrize("options", OPTIONS)
def test_a_projection_is_that_of_torch(options: dict[str, Any]) -> None:
    ran = assert_as_torch(Lstm(hidden=5, projection=2, **options), tokens(7, 3))
    assert ran.parameters["weight_hr_l0"] == (2, 5)


@pytest.mark.parametrize("options", [{}, {"layers": 2, "bidirectional": True}])
def test_a_single_bias_is_the_first_of_two_of_torch(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    from archcalc.export.torch.supplied.recurrent import SingleBiasLSTM, SingleBiasRNN

    given = {"num_layers": options.get("layers", 1), "bidirectional": options.get("bidirectional", False)}
    pairs = [(SingleBiasLSTM(3, 5, **given), torch.nn.LSTM(3, 5, batch_first=True, **given))]
    pairs += [(SingleBiasLSTM(3, 5, proj_size=2, **given), torch.nn.LSTM(3, 5, proj_size=2, batch_first=True, **given))]
    for name in ("tanh", "relu"):
        pairs.append(
            (
                SingleBiasRNN(3, 5, nonlinearity=name, **given),
                torch.nn.RNN(3, 5, nonlinearity=name, batch_first=True, **given),
            )
        )
    signal = torch.rand(2, 7, 3)
    for one, two in pairs:
        state = two.state_dict()
        zeros = {name: torch.zeros_like(value) for name, value in state.items() if name.startswith("bias_hh")}
        two.load_state_dict({**state, **zeros})
        one.load_state_dict({name: value for name, value in state.items() if name not in zeros})
        assert torch.equal(one(signal), two(signal)[0])


@pytest.mark.parametrize("options", [{}, {"layers": 2, "bidirectional": True}])
def test_a_single_bias_is_counted_and_runs(options: dict[str, Any]) -> None:
    assert_as_torch(Lstm(hidden=5, single_bias=True, **options), tokens(7, 3))
    assert_as_torch(Lstm(hidden=5, projection=2, single_bias=True, **options), tokens(7, 3))
    ran = assert_as_torch(Rnn(hidden=5, activation="relu", single_bias=True, **options), tokens(7, 3))
    assert not any(name.startswith("bias_hh") for name in ran.parameters)


def test_the_activation_arrives() -> None:
    (call,) = Rnn(hidden=4, activation="relu").torch([tokens(7, 3)], [tokens(7, 4)], "exact")
    assert (call.target, call.args, call.kwargs) == ("nn.RNN", (3, 4), {"nonlinearity": "relu", "batch_first": True})


def test_dropout_between_layers_arrives() -> None:
    (call,) = Gru(hidden=4, layers=2, dropout=0.5).torch([tokens(7, 3)], [tokens(7, 4)], "exact")
    assert call.kwargs == {"num_layers": 2, "dropout": 0.5, "batch_first": True}


def test_symbols() -> None:
    values = [{"T": value, "S": 2 * value} for value in range(1, 10)]
    assert assert_symbols_agree(Lstm(hidden=4, projection=S), [tokens(T, 6)], values) == 1
    assert assert_symbols_agree(Gru(hidden=S, layers=2, bidirectional=True), [tokens(T, T)], values) == 9
    assert assert_symbols_agree(Rnn(hidden=3), [tokens(T, S)], values) == 9


REFUSED: list[tuple[Layer, Shape, str, str]] = [
    (
        Lstm(hidden=4, projection=4),
        tokens(7, 3),
        "AC133",
        "`projection` is 4, and a state of 4 numbers is projected to fewer",
    ),
    (
        Gru(hidden=4),
        Shape((8, 4, 4)),
        "AC321",
        "gru reads tokens [T, D] with the channels last, but gets 8×4×4 with the channels first",
    ),
    (Rnn(hidden=4), Shape((8,)), "AC304", "rnn reads tokens [T, D], but gets 8"),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert answer.site.findings[0].message == message


def derived(spec: str) -> str:
    return archcalc.load(f"input: [12, 250]\nlayers: [tokens, {spec}]").check().explain("1").to_text()


def test_work_is_shown_for_gates_layers_directions_and_projections() -> None:
    assert "4H·(C + H + 2) = 4·128·(12 + 128 + 2) = 72,704 (4 gates)" in derived("lstm: 128")
    assert "H·(C + H) = 128·(12 + 128) = 17,920 (no biases)" in derived("rnn: {hidden: 128, bias: false}")
    shown = derived("lstm: {hidden: 128, layers: 3, bidirectional: true, projection: 32}")
    # 2*(512*(12 + 32 + 2) + 128*32) + 2*2*(512*(64 + 32 + 2) + 128*32)
    assert "= 272,384\n" in shown
    assert "channels         2P = 2·32 = 64" in shown


def test_a_state_sees_no_window_of_its_tokens() -> None:
    shape = tokens(7, 3)
    assert Lstm(hidden=4).reach([shape], [tokens(7, 4)], "exact") is None
