"""What is no spec of a record is not proven to be one: other maps that are read, other layers, other settings."""

from __future__ import annotations

import pytest

from archcalc.importing.building import Builder
from archcalc.importing.proving import Unproven, hold_to_record, unfolded
from archcalc.importing.record import Record
from archcalc.importing.structure import flat
from archcalc.importing.writing import text


def forked() -> Record:
    """Two maps of one input, one taken from the other."""
    builder = Builder("net")
    image = builder.input("image", (4, 8, 8))
    first, second = (builder.layer(kind, [image], (4, 8, 8)) for kind in ("relu", "tanh"))
    return builder.record([builder.layer("subtract", [first, second], (4, 8, 8))], [])


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("[relu_1, tanh_1]", "[tanh_1, relu_1]", "reads other maps than subtract did"),
        ("{tanh, as: tanh_1, from: input}", "{tanh, as: tanh_1, from: relu_1}", "reads other maps than tanh did"),
        ("{tanh,", "{sigmoid,", "tanh gave"),
        ("[4, 8, 8]", "[4, 9, 8]", "relu gave"),
    ],
)
def test_a_list_that_is_not_the_record_is_not_proven(right: str, wrong: str, told: str) -> None:
    record = forked()
    written = text(flat(record))
    hold_to_record(unfolded(written), record)
    assert right in written
    with pytest.raises(Unproven, match=told):
        hold_to_record(unfolded(written.replace(right, wrong)), record)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("layer_norm", "layer_norm: {over: channels}"),
        ("dropout: 0.1", "dropout: 0.2"),
        ("relu", "tanh"),
        ("max_pool: 2", "avg_pool: 2"),
        ("leaky_relu: 0.1", "leaky_relu: 0.2"),
    ],
)
def test_specs_of_other_layers_are_not_the_same_network(one: str, other: str) -> None:
    def network(step: str) -> str:
        return f"input: [4, 8, 8]\nlayers:\n  - {step}\n"

    assert unfolded(network(one)).same_as(unfolded(network(one)))
    assert not unfolded(network(one)).same_as(unfolded(network(other)))


def test_layers_that_no_output_comes_from_count_too() -> None:
    text = (
        "input: [4]\nlayers:\n  - {relu, as: a}\n  - {tanh, as: side}\n  - {sigmoid, as: end, from: a}\noutput: end\n"
    )
    assert unfolded(text).same_as(unfolded(text))
    assert not unfolded(text).same_as(unfolded(text.replace("tanh", "gelu")))


def test_outputs_of_other_layers_are_not_the_same_network() -> None:
    text = "input: [4]\nlayers: [{relu, as: a}, {tanh, as: b}]\noutput: [a, b]\n"
    assert not unfolded(text).same_as(unfolded(text.replace("[a, b]", "[b, a]")))
    assert not unfolded(text).same_as(unfolded(text.replace("[a, b]", "b")))


def test_rates_of_stochastic_depth_may_be_said_by_a_law() -> None:
    apart = "input: [4]\nlayers: [stochastic_depth: 0.1, stochastic_depth: 0.2]\n"
    law = "input: [4]\nlayers:\n  - repeat: 2\n    do: [stochastic_depth: {rate: 0.2, decay: linear}]\n"
    assert unfolded(apart).same_as(unfolded(law))
