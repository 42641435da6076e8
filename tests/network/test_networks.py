"""What a spec and a variant make of each other, and how what they leave open is named and told."""

from __future__ import annotations

import pytest

from archcalc import load


def test_a_variant_may_have_an_input_of_its_own() -> None:
    text = "input: [1, 8, 8]\nlayers: [conv: [4, 3]]\nvariants: {gray: {}, wide: {input: [3, 32, 32]}}\n"
    shapes = {name: load(text, variant=name).check() for name in ("gray", "wide")}
    assert {name: report.outputs["output"] for name, report in shapes.items()} == {
        "gray": (4, 6, 6),
        "wide": (4, 30, 30),
    }
    assert [report.parameters for report in shapes.values()] == [4 * 9 + 4, 4 * 27 + 4]


def test_a_size_that_is_not_whole_says_for_which_values() -> None:
    (found,) = load("input: [1, (N-1)/2, 4]\nat: {N: 10}\nlayers: [relu]\n").check().diagnostics
    assert found.message == "a size is a positive whole number, and (N-1)/2 is 9/2 for N = 10"
    (found,) = load("input: [1, 9/2, 4]\nlayers: [relu]\n").check().diagnostics
    assert found.message == "a size is a positive whole number, and 9/2 is 9/2"


def test_merges_without_names_are_called_by_their_kind() -> None:
    text = "input: [4, 8, 8]\nlayers:\n  - add: [here, [conv: [4, 1]]]\n  - add: [here, [conv: [4, 1]]]\n"
    merges = [node for node in load(text).check().graph.nodes if node.kind == "add"]
    assert [(node.name, node.label) for node in merges] == [("add", "add"), ("add_2", "add")]


def test_a_merge_without_a_name_leaves_a_name_to_those_who_ask_for_it() -> None:
    text = "input: [4, 8, 8]\nlayers:\n  - add: [here, [conv: [4, 1]]]\n  - {relu, as: add}\n"
    assert [node.name for node in load(text).check().graph.nodes] == ["0", "add_2", "add"]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("input: [1, 4, 4]\nlayers: [relu]\n", True),
        ("input: [1, 4, 4]\nlayers: [relu, conv: [1, 5]]\n", False),
        ("input: [1, 4, 4]\nlayers: [relu]\noutput: [gone]\n", False),
    ],
)
def test_a_network_is_complete_if_every_map_is_known_and_there_is_an_output(text: str, complete: bool) -> None:
    report = load(text).check()
    assert report.complete is complete
    assert (report.parameters is not None) is complete


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("input: [1, N]\nlet: {width: 3}\nlayers: [linear: width]\n", "the spec has N, width"),
        ("input: [1, 4]\nlayers: [relu]\n", "the spec has no symbols"),
        ("input: [1, deep]\nlayers: [relu]\n", "did you mean `deep`?"),
    ],
)
def test_a_value_for_an_unknown_name_is_told_with_those_that_are_known(text: str, help: str) -> None:
    found = load(text).check(depp=3).diagnostics[0]
    assert found.message == "`depp` is neither a symbol nor a let of this spec"
    assert found.help == (help,)


@pytest.mark.parametrize(
    ("inputs", "layer", "names"),
    [
        ("[1, 8, 9]", "relu", ("H", "W")),
        ("[1, 8, 9, 7]", "relu", ("D", "H", "W")),
        ("{x: [1, 8, 9], y: [1, 8, 9]}", "add: [x, y]", ("x_H", "x_W", "y_H", "y_W")),
    ],
)
def test_sizes_that_are_freed_are_called_by_their_axis_and_input(
    inputs: str, layer: str, names: tuple[str, ...]
) -> None:
    assert tuple(load(f"input: {inputs}\nlayers: [{layer}]\n").legal_sizes().symbols) == names
