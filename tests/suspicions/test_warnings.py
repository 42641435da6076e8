"""Warnings that a spec is likely to mean another network: what they say, what they show, and when nothing is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archcalc import Architecture, load
from archcalc.source import SourceFile


def help_of(text: str) -> str:
    """The help of the one suspicion about a spec."""
    (found,) = load(text).check().suspicions
    return found.help[0]


@pytest.mark.parametrize(
    ("text", "line", "numbers"),
    [
        (
            "input: [10, 1, 28, 28]\nlayers:\n  - conv: {out: 10, kernel: 5, padding: 2}\n",
            "input: [1, 28, 28]",
            "conv 0 is then 10×28×28 with 260 parameters and 196,000 multiplications",
        ),
        (
            "input: [224, 224, 3]\nlayers: [{conv: [64, 3, 1, 1], as: a}, global_avg_pool, flatten, linear: 10]\n",
            "input: [3, 224, 224]",
            "conv a is then 64×224×224 with 1,792 parameters and 86,704,128 multiplications; the network has 2,442 "
            "parameters",
        ),
        (
            "input: [1, 32, 32]\nrounding: floor\nlayers:\n  - conv: [1, 6, 5]\n  - relu\n",
            "conv: [6, 5]",
            "conv 0 is then 6×28×28 with 156 parameters and 117,600 multiplications",
        ),
        (
            "input: [512]\nlayers: [linear: [512, 10]]\n",
            "linear: 10",
            "linear 0 is then 10 with 5,130 parameters and 5,120 multiplications",
        ),
        (
            "input: [8, 8, 8]\nlayers: [max_pool: [2, 1]]\n",
            "max_pool: {kernel: [2, 1]}",
            "max_pool 0 is then 8×4×8",
        ),
        (
            "input: [None, 224, 224, 3]\nlayers: [conv: [8, 3]]\n",
            "input: [3, 224, 224]",
            "conv 0 is then 8×222×222 with 224 parameters and 10,645,344 multiplications",
        ),
        (
            "input: {x: [B, 784], y: [784]}\nlayers: [{linear: 10, from: x}]\noutput: here\n",
            "x: [784]",
            "linear 0 is then 10 with 7,850 parameters and 7,840 multiplications",
        ),
    ],
)
def test_a_warning_shows_the_line_to_write_and_what_comes_out_then(text: str, line: str, numbers: str) -> None:
    assert help_of(text) == f"write `{line}`: {numbers}"


def test_the_numbers_are_those_of_the_spec_with_that_line() -> None:
    meant = load("input: [1, 28, 28]\nlayers:\n  - conv: {out: 10, kernel: 5, padding: 2}\n").check()
    assert meant.totals.parameters == 260
    assert meant.totals.multiplications == 196_000
    assert meant.diagnostics == []


def test_a_warning_says_what_stands_there_literally() -> None:
    (found,) = load("input: [224, 224, 3]\nlayers: [conv: [64, 3]]\n").check().diagnostics
    assert found.severity == "warning"
    assert found.message == "the channels come first, and this looks like an image of 224×224 with 3 channels"
    assert found.label == "read as 224 channels, and height and width of 224×3"
    assert found.notes == ("if it is meant, `# archcalc: ignore[AC323]` says so",)


def test_a_list_is_read_out_field_by_field() -> None:
    found = load("input: [1, 31, 31]\nlayers: [conv: [1, 6, 5]]\n").check().suspicions[0]
    assert found.message == "conv: the order is out, kernel, stride, padding, and 1 is the number of input channels"
    assert found.label == "read as out 1, kernel 6, stride 5"


def test_an_error_that_is_gone_in_the_likelier_reading_says_so_first() -> None:
    found = load("input: [3, 32, 32]\nlayers: [conv: [3, 16, 5]]\n").check().diagnostics
    assert [one.code.id for one in found] == ["AC325", "AC301"]
    assert found[1].help[0] == "the input channels are known: is `conv: [16, 5]` meant?"


def test_an_error_asks_for_its_own_list() -> None:
    text = "input: [1, 32, 32]\nlayers: [conv: [1, 6, 5], flatten, linear: [4704, 10]]\nrounding: floor\n"
    (error,) = [one for one in load(text).check().diagnostics if one.severity == "error"]
    assert error.code.id == "AC133"
    assert error.help == ("the input channels are known: is `linear: 10` meant?",)


def test_an_error_with_another_cause_says_nothing_of_it() -> None:
    text = "input: [224, 224, 3]\nlayers: [conv: {out: 64, kernel: 3, groups: 5}]\n"
    errors = [one for one in load(text).check().diagnostics if one.severity == "error"]
    assert errors
    assert not any("meant" in line for one in errors for line in one.help)


def test_a_reading_with_more_errors_is_no_likelier() -> None:
    text = "input: [64, 16, 3]\nlayers: [conv: {out: 8, kernel: [16, 3]}, reshape: [8]]\n"
    assert load(text).check().diagnostics == []
    assert load(text.replace(", reshape: [8]", "")).check().suspicions != []
    assert load("input: [196, 768]\nlayers: [linear: 10, attention: 2]\n").check().suspicions == []


def test_every_list_of_a_network_is_told_at_once_also_behind_an_error() -> None:
    layers = ["conv: [3, 16, 3]", "conv: [16, 32, 3]", "flatten", "linear: [115200, 9]"]
    text = "\n".join(["input: [3, 64, 64]", "layers:", *(f"  - {layer}" for layer in layers)])
    found = load(text).check().suspicions
    assert [one.span.line for one in found if one.span is not None] == [3, 4, 6]
    assert [one.help[0].partition(":")[0] for one in found] == ["write `conv", "write `conv", "write `linear"]
    assert found[-1].help[0].endswith("; with all of this the network has 1,041,897 parameters")
    assert not any("the network" in one.help[0] for one in found[:-1])


def test_a_list_behind_a_fraction_is_told_from_the_channels_that_are_known() -> None:
    text = "input: [3, 64, 64]\nlayers:\n  - conv: {out: 8, kernel: 3, stride: 2}\n  - conv: [8, 16, 5]\n"
    fraction, suspicion = load(text).check().diagnostics
    assert (fraction.code.id, suspicion.code.id) == ("AC301", "AC325")
    assert suspicion.help == ("write `conv: [16, 5]`",)
    other = text.replace("[8, 16, 5]", "[9, 16, 5]")
    assert "AC325" not in [found.code.id for found in load(other).check().diagnostics]


def test_lists_on_one_line_are_all_found() -> None:
    text = "input: [3, 64, 64]\nlayers: [conv: [3, 16, 3], conv: [16, 32, 3], flatten, linear: [115200, 9]]\n"
    assert [one.span.column for one in load(text).check().suspicions if one.span is not None] == [16, 34, 64]


def test_no_more_is_told_than_somebody_reads() -> None:
    layers = "".join(f"  - {{conv: [8, 16, 3], as: c{i}}}\n  - {{conv: [8, 1], from: input}}\n" for i in range(20))
    found = load(f"input: [8, 64, 64]\nlayers:\n{layers}").check().suspicions
    assert len(found) == 5
    assert found[-1].notes[-1] == "more lists of this network look so"


def test_a_list_that_fits_at_one_place_was_not_written_for_another_order() -> None:
    block = "blocks: {unit(out): [conv: [out, 16, 8, 4]]}\n"
    assert load(f"input: [64, 64, 64]\n{block}layers: [unit: 64]\n").check().suspicions == []
    block = "blocks: {unit(out): [conv: [out, 16, 3, 8]]}\n"
    assert len(load(f"input: [64, 64, 64]\n{block}layers: [unit: 64]\n").check().suspicions) == 1
    assert load(f"rounding: floor\ninput: [64, 64, 64]\n{block}layers: [unit: 64, unit: 32]\n").check().suspicions == []


def test_json_gets_its_line_as_json() -> None:
    data = json.dumps({"input": [1, 31, 31], "layers": [{"conv": [1, 6, 5]}]})
    found = Architecture.from_bytes(data.encode(), "net.json").check().suspicions[0]
    assert found.help[0].startswith('write `"conv": [6, 5]`: ')
    assert found.notes == ('if it is meant, `"ignore": ["AC325"]` in the spec says so',)


def test_values_from_outside_are_kept() -> None:
    (found,) = load("input: [8, 3, N, N]\nat: {N: 32}\nlayers: [conv: [8, 3]]\n").check(N=16).suspicions
    assert "8×14×14" in found.help[0]
    (found,) = load("input: [B, 3, N, N]\nat: {N: 32, B: 4}\nlayers: [conv: [8, 3]]\n").check(B=16).suspicions
    assert "8×30×30" in found.help[0]


def test_an_unknown_value_from_outside_is_no_matter_of_the_input() -> None:
    found = load("input: [8, 3, N, N]\nat: {N: 32}\nlayers: [conv: [8, 3]]\n").check(M=16).diagnostics
    assert [one.help for one in found if one.code.id == "AC138"] == [("the spec has N",)]


def test_a_variant_has_its_own_input() -> None:
    text = "input: [3, 32, 32]\nlayers: [conv: [8, 3]]\nvariants: {a: {input: [4, 3, 32, 32]}, b: {}}\n"
    assert [one.code.id for one in load(text, variant="a").check().suspicions] == ["AC322"]
    assert load(text, variant="b").check().suspicions == []


def test_variants_that_are_meant_alike_are_read_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand variants of one suspicious input took a thousand times as long."""
    from archcalc import program

    seen: list[str] = []

    def counted(file: SourceFile) -> Any:
        seen.append(file.text)
        return parse(file)

    parse = program.parse
    monkeypatch.setattr(program, "parse", counted)
    names = [f"v{index}" for index in range(20)]
    text = "input: [32, 32, 3]\nlayers: [conv: [w, 3, 1, 1], flatten, linear: 10]\nvariants:\n"
    file = load(text + "".join(f"  {name}: {{let: {{w: {index + 4}}}}}\n" for index, name in enumerate(names)))
    found = [file.choose(name).check().suspicions for name in names]
    assert [one.code.id for (one,) in found] == ["AC323"] * 20
    assert ["4×32×32" in found[0][0].help[0], "23×32×32" in found[-1][0].help[0]] == [True, True]
    assert len(seen) == len(set(seen)) == 2


@pytest.mark.parametrize("size", ["max(16, 32)", "- 1 + 33", "32 if 1 < 2 else 16"])
def test_a_computed_size_is_written_so_that_it_can_be_read(size: str) -> None:
    (found,) = load(f'input: [None, 3, "{size}", 32]\nlayers: [conv: [8, 3]]\n').check().suspicions
    line = found.help[0].partition("`")[2].partition("`")[0]
    assert load(f"{line}\nlayers: [conv: [8, 3]]\n").check().outputs == {"output": (8, 30, 30)}


def test_a_computed_value_of_a_list_is_written_so_that_it_can_be_read() -> None:
    text = 'input: [3, 32, 32]\nlayers: [conv: [3, "max(16, 8)", 5, "- 1 + 2"]]\n'
    (found,) = load(text).check().suspicions
    assert found.help[0].startswith('write `conv: ["max(16, 8)", 5, "- 1 + 2"]`')


def test_each_of_several_inputs_has_the_layers_that_read_it() -> None:
    text = "input: {x: [64, 13], y: [64, 7]}\nlayers:\n  - {linear: 10, from: x, as: a}\n"
    text += "  - {linear: 10, from: y, as: b}\n  - add: [a, b]\n"
    found = load(text).check().diagnostics
    assert [one.help[0] for one in found] == [
        "write `x: [13]`: linear a is then 10 with 140 parameters and 130 multiplications",
        "write `y: [7]`: linear b is then 10 with 80 parameters and 70 multiplications; "
        "with all of this the network has 220 parameters",
        "the batch is implicit: is `x: [13]` meant?",
        "the batch is implicit: is `y: [7]` meant?",
    ]
