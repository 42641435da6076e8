"""Lists and words that are given from outside: the network is the one of the spec that says the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from cli.command import run

import archcalc
from archcalc.expressions.given import NoValue, as_value, read_value, typed
from archcalc.expressions.values import ExpressionError, Word

SPEC = """\
input: [3, N, N]
at: {N: 32}
let: {widths: [8, 16], act: relu, mode: [max, [1, true]]}
layers:
  - for: {w: widths}
    do: [conv: [w, 3], {apply: act}]
"""


def counts(text: str, **values: archcalc.expressions.given.Given) -> tuple[list[str], int | None]:
    report = archcalc.load(text).check(values)
    assert report.ok, report.diagnostics
    return [node.kind for node in report.graph.nodes], report.totals.parameters


def test_a_list_and_a_word_are_as_if_the_spec_said_them() -> None:
    said = SPEC.replace("[8, 16]", "[4, 5, 6]").replace("act: relu", "act: silu")
    assert counts(SPEC, widths=[4, 5, 6], act="silu") == counts(said)
    assert counts(SPEC, widths=(4, 5, 6), act="silu") == counts(said)


def test_a_published_network_is_another_one_of_its_file() -> None:
    named = archcalc.load("resnet:resnet18").check()
    built = archcalc.load("resnet:resnet50").check(depths=[2, 2, 2, 2], kernels=[3, 3])
    assert built.totals == named.totals


def test_the_command_line_takes_them(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    done = run("check", "net.yaml", "--set", "widths=[4, 5, 6]", "--set", "act=silu", cwd=tmp_path)
    assert done.returncode == 0
    assert " silu " in done.stdout and " 6×26×26 " in done.stdout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("N=[1, 2]", "--set N: a number is needed, not [1, 2]: it is a size"),
        ("N=abc", "--set N: a number is needed, not `abc`: it is a size"),
        ("widths=[1, 2", "--set widths: "),
        ("widths=[,]", "--set widths: "),
    ],
)
def test_what_is_no_value_is_refused(tmp_path: Path, given: str, message: str) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    done = run("check", "net.yaml", "--set", given, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_word_that_nobody_knows_is_told() -> None:
    report = archcalc.load(SPEC).check(act="rleu")
    assert [one.message for one in report.diagnostics if one.severity == "error"] == [
        "`act`: `rleu` is no word of the language, and no block"
    ]


@pytest.mark.parametrize("value", [1.5, None, [1, 2.5], {"a": 1}])
def test_what_is_no_exact_value_is_refused_in_python(value: object) -> None:
    with pytest.raises(TypeError, match="the value of widths is a whole number"):
        archcalc.load(SPEC).check(widths=value)  # type: ignore[arg-type]


def test_what_is_not_near_a_size_is_refused() -> None:
    done = run("sizes", "unet:paper", "--near", "N=[3, 4]")
    assert done.returncode == 2
    assert "--near N: a whole number is needed, not [3, 4]" in done.stderr


def test_one_is_not_true_inside_of_lists() -> None:
    assert typed((1, (2,))) != typed((True, (2,)))
    assert typed((1, (2,))) == typed((1, (2,)))
    text = "input: [8]\nlet: {flags: [1]}\nlayers:\n  - linear: 4\n    when: flags[0] == true\n  - linear: 5\n"
    network = archcalc.load(text)
    assert [len(network.check(flags=[flag]).graph.nodes) for flag in (1, True, 1)] == [1, 2, 1]


def test_texts_and_python_give_the_same_values() -> None:
    assert read_value("[3, [1/2, true], relu, 2*4]") == as_value([3, [Fraction(1, 2), True], "relu", 8])
    assert isinstance(as_value("relu"), Word)
    assert as_value(range(3)) == (0, 1, 2)


@pytest.mark.parametrize("text", ["", "[1,]", "[", "a.b", "1 +", "[" * 40 + "1" + "]" * 40])
def test_texts_that_are_no_values(text: str) -> None:
    with pytest.raises((NoValue, ExpressionError)):
        read_value(text)
