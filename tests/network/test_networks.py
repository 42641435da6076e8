"""What a spec and a variant make of each other, and how what they leave open is named and told."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.checking import Checked, check
from archcalc.dims import text as written
from archcalc.program import Program
from archcalc.source import SourceFile


def program(text: str, variant: str | None = None) -> Program:
    return Program.read(SourceFile("folder/net.yaml", text), variant)


def checked(text: str) -> Checked:
    return check(program(text))


def test_a_variant_may_have_an_input_of_its_own() -> None:
    text = "input: [1, 8, 8]\nlayers: [conv: [4, 3]]\nvariants: {gray: {}, wide: {input: [3, 32, 32]}}\n"
    shapes = {name: load(text, variant=name).check() for name in ("gray", "wide")}
    assert {name: report.outputs["output"] for name, report in shapes.items()} == {
        "gray": (4, 6, 6),
        "wide": (4, 30, 30),
    }
    assert [report.parameters for report in shapes.values()] == [4 * 9 + 4, 4 * 27 + 4]


def test_the_base_of_variants_that_bring_their_inputs_is_no_network() -> None:
    """And what it lacks is no mistake of the variants."""
    text = "layers: [relu]\nvariants: {vector: {input: [8]}, image: {input: [3, 8, 8]}}\n"
    outputs = {name: load(text, variant=name).check().outputs["output"] for name in ("vector", "image")}
    assert outputs == {"vector": (8,), "image": (3, 8, 8)}
    assert [load(text, variant=name).check().diagnostics for name in outputs] == [[], []]
    base = check(program(text, ""))
    assert base.network is None
    assert [found.message for found in base.diagnostics] == ["beside its variants, the spec has no `input`"]


def test_conditions_that_all_sizes_meet_are_not_told() -> None:
    """Of two numbers that follow each other one is even."""
    report = checked("input: [4, N * (N + 1) / 2, 8]\nlayers: [relu]\n")
    assert report.conditions and report.legal_sizes.is_everything
    assert report.diagnostics == []
    assert [found.code.id for found in checked("input: [4, N / 2, 8]\nlayers: [relu]\n").diagnostics] == ["AC317"]


def test_a_let_that_is_wrong_is_told_behind_a_function_and_a_size_without_value() -> None:
    text = "input: [8, N]\nlet: {half(x): x / 2, rows: half(N) * 2, wrong: gone + 1}\nlayers: [conv: [rows, 3]]\n"
    assert "there is no `gone` here" in [found.message for found in checked(text).diagnostics]


@pytest.mark.parametrize(("value", "written"), [(True, "true"), (False, "false"), (0, "0"), (-1, "-1")])
def test_only_a_positive_whole_number_is_a_size(value: int, written: str) -> None:
    (found,) = load("input: [4, N]\nlayers: [relu]\n").check({"N": value}).diagnostics
    assert found.message == f"`N` is a positive whole number, not {written}"


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


def test_a_check_knows_where_its_network_comes_from() -> None:
    text = "name: LeNet\nsource: LeCun 1998\ninput: [8]\nlayers: [relu]\n"
    assert [checked(one).source for one in (text, "input: [8]\nlayers: [relu]\n", "layers: [relu")] == [
        "LeCun 1998",
        None,
        None,
    ]


def test_what_is_no_network_says_so() -> None:
    unread = checked("layers: [relu")
    assert unread.symbols == {}
    assert unread.free_graph.nodes == []
    for ask in (lambda: unread.legal_sizes, lambda: unread.program.network_spec):
        with pytest.raises(ValueError, match="net is not a network"):
            ask()


def test_what_is_no_spec_has_the_name_of_its_file_and_any_variant() -> None:
    unread = program("layers: [relu", "wide").choose("wide")
    assert unread.name == "net"
    assert [found.code.id for found in unread.mistakes] == ["AC105"]
    assert program("name: lenet\ninput: [1]\nlayers: [relu]\n").name == "lenet"


def test_symbols_have_the_values_of_a_check_and_are_free_beside_it() -> None:
    report = checked("input: [1, N, 8]\nat: {N: 8}\nlayers: [conv: [1, 3]]\n")
    assert report.symbols == {"N": 8}
    shapes = [str(graph.outputs["output"].shape) for graph in (report.graph, report.free_graph)]
    assert shapes == ["1×6×6", "1×(N - 2)×6"]


def test_the_maps_of_a_list_are_outputs_with_numbers() -> None:
    report = checked("input: [4, 8]\nlayers:\n  - {split: 2, as: parts}\noutput: parts\n")
    assert report.outputs == {"parts.0": (2, 8), "parts.1": (2, 8)}


def test_a_merge_of_a_map_that_is_not_known_reads_no_map_twice() -> None:
    step = "add: [x, x, gone]"
    found = checked(f"input: [4, 8]\nlayers:\n  - {{relu, as: x}}\n  - {step}\n").diagnostics
    assert [one.code.id for one in found] == ["AC201"]
    twice = checked("input: [4, 8]\nlayers:\n  - {relu, as: x}\n  - add: [x, x]\n").diagnostics
    assert [one.message for one in twice] == ["add reads one map twice: what x writes"]


def test_counts_that_are_too_long_are_unknown_and_those_that_are_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MAX_LENGTH", 15)
    layers = "[{linear: 2, from: x, as: short}, {linear: N**2, from: y, as: l}, {linear: N**3, as: long}]"
    report = checked(f"input: {{x: [4], y: [N]}}\nlayers: {layers}\noutput: [short, long]\n")
    assert [one.code.id for one in report.diagnostics] == ["AC124"]
    known = {node.name: node.facts is not None for node in report.graph.nodes}
    assert known == {"short": True, "l": False, "long": False}
    assert report.totals.parameters is None


def test_a_title_is_a_name_and_a_variant() -> None:
    text = "name: net\ninput: [1, 8]\nlayers: [relu]\nvariants: {wide: {}}\n"
    assert check(program(text, "wide")).title == "net:wide"
    assert checked(text.partition("variants")[0]).title == "net"
