"""Quantities of layers and scopes, asked of a network without a claim."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.expectations.measure import NetworkAt, Unmeasurable, measure
from archcalc.expectations.target import NoTarget, targets

SPEC = """\
input: [3, 12, 12]
layers:
  - {conv: [4, 3], as: first}
  - {conv: [5, 3], as: second}
  - flatten
  - {linear: 10, as: fc}
"""


@pytest.fixture(scope="module")
def at() -> NetworkAt:
    return NetworkAt(archcalc.load(SPEC).unfold())


@pytest.mark.parametrize(
    ("quantity", "names", "counting", "value"),
    [
        # 4 filters of 3*3*3 with biases; 5 of 4*3*3 with biases; 5*8*8 inputs of 10 neurons with biases
        ("parameters", [], "trainable", 4 * 28 + 5 * 37 + 10 * 321),
        ("parameters", ["first"], "trainable", 4 * 28),
        ("parameters", ["first", "first"], "trainable", 4 * 28),
        ("parameters", ["first", "s*"], "trainable", 4 * 28 + 5 * 37),
        ("parameters", ["first"], "weights", 4 * 27),
        ("bytes", ["first"], "trainable", 4 * 4 * 28),
        ("depth", [], "trainable", 3),
        ("depth", [], "convolutions", 2),
        ("output", ["second"], "trainable", (5, 8, 8)),
        ("receptive_field", ["second"], "trainable", (5, 5)),
    ],
)
def test_values(quantity: str, names: list[str], counting: str, value: object, at: NetworkAt) -> None:
    assert measure(quantity, targets(at.network.graph, names), counting, at) == value


def test_what_a_layer_does_not_have(at: NetworkAt) -> None:
    found = targets(at.network.graph, ["fc"])
    with pytest.raises(Unmeasurable) as raised:
        measure("receptive_field", found, "trainable", at)
    assert raised.value.code.id == "AC408"
    assert raised.value.message.startswith("`fc` has no receptive field")
    assert raised.value.help


def test_layers_that_differ_have_no_size_together(at: NetworkAt) -> None:
    found = targets(at.network.graph, ["first", "second"])
    with pytest.raises(Unmeasurable, match=r"`first` has \[4, 10, 10\], `second` has \[5, 8, 8\]"):
        measure("output", found, "trainable", at)


@pytest.mark.parametrize(
    ("name", "message", "help"),
    [
        ("frist", "there is no layer or scope `frist`", "did you mean `first`?"),
        ("q*", "no layer or scope fits `q*`", "use a name as the table shows it"),
    ],
)
def test_a_name_of_nothing(name: str, message: str, help: str, at: NetworkAt) -> None:
    with pytest.raises(NoTarget) as raised:
        targets(at.network.graph, ["first", name])
    assert (raised.value.name, raised.value.message, raised.value.help) == (name, message, help)
