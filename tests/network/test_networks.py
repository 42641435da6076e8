"""What a spec and a variant make of each other, and how what they leave open is named and told."""

from __future__ import annotations

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
