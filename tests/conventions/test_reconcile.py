"""Whose number is it? The account of a network, in Python and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import catalogue
import pytest

import archcalc
from archcalc.cli import main
from archcalc.expectations.verdict import about
from archcalc.reconciliation import NoFigure
from archcalc.reconciliation.observed import figure

PAPERS = {"efficientnet-paper", "googlenet-paper", "mobilenet-paper", "resnet-paper"}
MULTIPLY_ADDS = {"multiplications", "macs", *PAPERS}


@pytest.mark.parametrize(
    ("seen", "sources"),
    [
        ("4.09G", {*MULTIPLY_ADDS, "ptflops-aten-0.7.5", "torchinfo-1.8.0"}),
        ("4089184256", MULTIPLY_ADDS),
        ("4,133,742,592", {"thop-0.1.1"}),
        ("4.11 GMACs", {"fvcore-0.1.5", "onnx-tool-1.0.1", "thop-0.0.31"}),
        ("8.18 GFLOPs", {"flops", "torch-2.13.0"}),
        ("25,557,032", {"trainable", "frozen", "each time"}),
        ("25.61M", {"total", "state"}),
        ("25,530,472", {"folded"}),
    ],
)
def test_who_counts_a_number(seen: str, sources: set[str]) -> None:
    observed = catalogue.report("resnet:resnet50").reconcile(seen).observed
    assert observed is not None
    assert {one.name for one in observed.sources} == sources
    assert observed.guesses == ()


def test_twice_and_half_are_told_where_nobody_counts_so() -> None:
    observed = catalogue.report("resnet:resnet50").reconcile(2 * 4133742592).observed
    assert observed is not None
    assert [(one.text, one.how) for one in observed.sources] == [("twice thop-0.1.1", "exactly")]


def test_a_number_of_nobody_is_explained_by_one_term() -> None:
    """ptflops adds a bias for each of 144 and of 10 numbers, and counts the 144 of ReLU twice; thop counts products."""
    report = archcalc.load("input: [1, 8, 8]\nlayers: [conv: [4, 3], relu, flatten, linear: 10]\n").check()
    products = 4 * 9 * 36 + 144 * 10

    def guesses(seen: int, *names: str) -> list[tuple[str, int, str, Any]]:
        found = report.reconcile(seen, *names).observed
        assert found is not None and found.sources == ()
        return [(one.name, one.sign, one.part.text, one.value) for one in found.guesses]

    with_bias = products + 144 + 10
    wanted = [("thop-0.1.1", 1, "bias", with_bias), ("ptflops-0.7.5", -1, "2 * i", with_bias)]
    assert guesses(with_bias, "thop", "ptflops") == wanted
    assert guesses(with_bias, "thop", "ptflops", "thop") == wanted
    # Nobody counts a term of their own twice.
    assert guesses(with_bias + 2 * 144 + 154, "thop", "ptflops") == []
    assert report.reconcile(10**9).observed == archcalc.reconciliation.ObservedNumber("1000000000", (), ())


def test_a_term_that_is_a_fault_of_some_layers_is_told_apart_from_one_of_the_same_text() -> None:
    """ptflops counts 2 * i of a batch norm as it means to, and of a pool and a ReLU because it counts them twice."""
    report = archcalc.load("input: [1, 8, 8]\nlayers: [conv: [4, 3], batch_norm, max_pool: 2, relu]\n").check()
    meant, twice = 2 * 144, 2 * (144 + 36)
    for amount, kinds, is_fault in ((meant, ("batch_norm",), False), (twice, ("max_pool", "relu"), True)):
        found = report.reconcile(report.count("ptflops") - amount, "ptflops").observed
        assert found is not None and found.sources == ()
        parts = [(one.sign, one.part.text, one.part.kinds, one.part.fault is not None) for one in found.guesses]
        assert parts == [(-1, "2 * i", kinds, is_fault)]


def test_terms_of_one_text_and_of_other_layers_are_told_apart(tmp_path: Path) -> None:
    """One of them counts the numbers of a ReLU, one those of a pool: a third one may lack either."""
    names = []
    for name, rules in (("bare", "{}"), ("first", "{relu: n}"), ("second", "{max_pool: n}")):
        path = tmp_path / f"{name}.yaml"
        rules = rules.replace("{", "{conv: products, ") if rules != "{}" else "{conv: products}"
        path.write_text(f"convention: {name}\nunit: multiply-adds\nrules: {rules}\notherwise: 0\n", encoding="utf-8")
        names.append(str(path))
    report = archcalc.load("input: [1, 8, 8]\nlayers: [conv: [4, 3], relu, max_pool: 2]\n").check()
    both = report.totals.multiplications + 4 * 36 + 4 * 9
    found = report.reconcile(both, *names).observed
    assert found is not None
    assert [(one.name, one.part.kinds) for one in found.guesses] == [("first", ("max_pool",)), ("second", ("relu",))]


OPEN = "input: [4, N, N]\nlayers: [conv: [4, 1], adaptive_avg_pool: 3]\n"


def test_a_convention_that_asks_for_the_value_of_a_symbol_is_left_out_alone() -> None:
    found = archcalc.load(OPEN).check().reconcile()
    assert [one.convention.name for one in found.omitted] == ["onnx-tool-1.0.1"]
    names = {one.convention.name for one in found.operations}
    assert len(names) > 15 and "onnx-tool-1.0.1" not in names
    (one,) = found.omitted
    assert one.help == ("give the symbol a value with `at` or `--set`",)
    words = " ".join(found.to_text().split())
    assert "onnx-tool-1.0.1 - left out: " in words and one.reason in words and one.help[0] in words
    page = found._repr_html_()
    assert "left out" in page and "give the symbol a value" in page
    (entry,) = found.to_json()["omitted"]
    assert entry["convention"] == "onnx-tool-1.0.1" and entry["reason"] == one.reason
    assert archcalc.load(OPEN).check(N=6).reconcile().omitted == ()


def test_where_no_convention_is_left_there_is_no_account(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(OPEN, encoding="utf-8")
    with pytest.raises(archcalc.OpenCount, match="depends on a symbol"):
        archcalc.load(OPEN).check().reconcile(None, "onnx-tool")
    assert main(["reconcile", str(path), "--convention", "onnx-tool"]) == 2
    assert "give the symbol a value" in capsys.readouterr().err
    assert main(["reconcile", str(path), "--convention", "onnx-tool,fvcore"]) == 0
    assert "left out" in capsys.readouterr().out
    assert main(["reconcile", str(path), "--set", "N=6", "--convention", "onnx-tool"]) == 0


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ("4.13G", 4_130_000_000),
        ("4.12GMac", 4_120_000_000),
        ("718.16 MMac", 718_160_000),
        ("~4.1 GFlops", 4_100_000_000),
        ("≈4.1 GFLOPs", 4_100_000_000),
        ("4.09 GFLOP", 4_090_000_000),
        ("3.8 B FLOPs", 3_800_000_000),
        ("15.3 billion FLOPs", 15_300_000_000),
        ("727 MFLOPS", 727_000_000),
        ("93.13MMAdd", 93_130_000),
        ("569 million mult-adds", 569_000_000),
        ("4.09 G multiply-adds", 4_090_000_000),
        ("25.56 M", 25_560_000),
        ("1,606M", 1_606_000_000),
        ("25.6M params", 25_600_000),
        ("1,814.073M", 1_814_073_000),
        ("1,820.41M", 1_820_410_000),
        ("4142713856.0", 4_142_713_856),
        ("8.2120e+09", 8_212_000_000),
        ("4.12x10^9", 4_120_000_000),
        ("3.8 × 10^9 FLOPs", 3_800_000_000),
    ],
)
def test_numbers_as_tools_and_people_write_them(seen: str, value: int) -> None:
    assert figure(seen).value == value


def test_a_float_that_is_whole_is_exact() -> None:
    """thop returns floats: a `.0` is no digit behind a point, to which others would round."""
    network = catalogue.report("resnet:resnet50")
    for seen, how in (("4133742592.0", "exactly"), ("4.133742592G", "exactly"), ("4.13374e9", "rounded")):
        observed = network.reconcile(seen).observed
        assert observed is not None
        assert [(one.name, one.how) for one in observed.sources] == [("thop-0.1.1", how)]


def test_zeros_at_the_end_of_a_whole_number_may_be_no_digits() -> None:
    """calflops' README prints 8,211,108,352 with six digits, as 8211110000; it took over the counter of DeepSpeed."""
    network = catalogue.report("resnet:resnet50")
    both = ["calflops-0.3.2", "deepspeed-0.19.8"]
    # Twice what thop counts, to six digits: so many numbers are twice somebody's that it says nothing.
    twice = f"{round(2 * 4133742592, -4)}"
    for seen, names in [("8211110000", both), ("8211100000", both), ("8211120000", []), (twice, [])]:
        observed = network.reconcile(seen).observed
        assert observed is not None
        assert [one.name for one in observed.sources] == names, seen


def test_units_of_1024_are_tried_last() -> None:
    """thop's README of 2019 printed 61,100,840 parameters of AlexNet, over 1024^2, as 58.27 (M)."""
    network = catalogue.report("alexnet:torchvision")
    assert round(61100840 / 2**20, 2) == 58.27
    observed = network.reconcile("58.27M").observed
    assert observed is not None
    assert {(one.name, one.how) for one in observed.sources} >= {("trainable", "rounded, in units of 1,048,576")}
    plain = network.reconcile("61.10M").observed
    assert plain is not None
    assert all("units" not in one.how for one in plain.sources)


@pytest.mark.parametrize("seen", ["", "four", "4.13X", "-1", "0", "50%", "1e", "1e-9", "G", "FLOPs", "4.1 GHz"])
def test_what_is_no_number(seen: str) -> None:
    with pytest.raises(NoFigure, match="is no number of operations or parameters"):
        catalogue.report("lenet:lecture").reconcile(seen)


def test_a_folded_batch_norm_leaves_a_bias() -> None:
    text = "input: [3, 8, 8]\nlayers: [conv: {out: 4, kernel: 3, bias: BIAS}, batch_norm, relu, batch_norm]\n"
    for bias, folded in (("true", 112 + 8), ("false", 108 + 4 + 8)):
        found = archcalc.load(text.replace("BIAS", bias)).check().reconcile()
        assert {one.name: one.value for one in found.parameters}["folded"] == folded


def test_the_command_names_terms_and_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet:resnet50", "--observed", "4.13G"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4.13G is\n  ptflops-0.7.5: 4,132,436,968, rounded\n  thop-0.1.1: 4,133,742,592, rounded\n")
    assert "+44,455,936  4 * i: batch_norm, 53 layers" in out
    assert "(a fault: the module and the function that it calls are both counted)" in " ".join(out.split())


def test_what_counts_alike_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet:resnet50"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for name in MULTIPLY_ADDS - {"multiplications"}:
        assert out.count(name) == 1
    assert out.count("4,089,184,256") == 1


def test_a_term_of_an_open_size_that_is_less_has_its_minus(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "up.yaml"
    path.write_text("input: [8, N, N]\nlayers: [conv_transpose: {out: 16, kernel: 3, padding: 1, groups: 2}]\n")
    main(["reconcile", str(path)])
    shown = capsys.readouterr().out
    assert " -568*N**2 " in shown
    assert "+-" not in shown


def test_an_account_in_a_notebook_escapes_what_it_shows(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("convention: <b>x\nunit: operations\nrules: {conv: 1}\n", encoding="utf-8")
    page = catalogue.report("lenet:lecture").reconcile("5", str(path))._repr_html_()
    assert "<b>x" not in page and "&lt;b&gt;x" in page and "<script" not in page


def test_published_totals_follow_the_rules_of_their_papers() -> None:
    for network, paper, seen in [
        ("resnet_paper:50", "resnet-paper", "3.8G"),
        ("resnet_paper:152", "resnet-paper", "11.3G"),
        ("mobilenet_v1:1.0-224", "mobilenet-paper", "569M"),
        ("efficientnet:b0", "efficientnet-paper", "0.39B"),
        ("googlenet:separable", "googlenet-paper", "1.5B"),
    ]:
        observed = catalogue.report(network).reconcile(seen, paper).observed
        assert observed is not None and [one.name for one in observed.sources if one.what == "operations"] == [paper]


def test_the_command_ends_with_1_where_nobody_counts_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet:resnet50", "--observed", "77G", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is False and data["specs"][0]["observed"] == {"text": "77G", "sources": [], "guesses": []}


def test_wrong_conventions_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("convention: x\nunit: operations\nrules: {conv: product}\n", encoding="utf-8")
    for command in (["check", "lenet:lecture"], ["reconcile", "lenet:lecture"]):
        assert main([*command, "--convention", str(path)]) == 2
        err = capsys.readouterr().err
        assert "a rule knows no `product`" in err and "mine.yaml:3:15" in err and "holds no convention" in err
        assert main([*command, "--convention", "thopp"]) == 2
        assert "did you mean `thop-0.1.1`?" in capsys.readouterr().err
        assert main([*command, "--convention", str(tmp_path / "none.yaml")]) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_a_rule_without_a_whole_number_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.yaml"
    path.write_text("convention: half\nunit: operations\nrules: {tanh: n / 5}\n", encoding="utf-8")
    for command in (["check", "lenet:lecture"], ["check", "lenet"], ["reconcile", "lenet:lecture"]):
        assert main([*command, "--convention", str(path)]) == 2
        assert "`n / 5` gives 4704/5 for 1 (tanh), which is no whole number" in capsys.readouterr().err


def test_a_network_with_errors_has_no_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 9}]\n", encoding="utf-8")
    assert main(["reconcile", str(path)]) == 1
    assert "AC303" in capsys.readouterr().err


def test_claims_by_a_convention() -> None:
    text = "input: [3, 8, 8]\nlayers: [conv: [4, 3], batch_norm]\nexpect:\n"
    good = archcalc.load(text + "  - {multiplications: 4464, counting: thop}\n").check()
    assert good.ok
    assert [about(one) for one in good.verdicts] == ["multiplications (as thop-0.1.1 counts)"]
    wrong = archcalc.load(text + "  - {parameters: 120, counting: thop}\n").check()
    (error,) = [one for one in wrong.diagnostics if one.severity == "error"]
    assert error.message == "thop-0.1.1 counts operations, and no parameters"
    unknown = archcalc.load(text + "  - {multiplications: 1, counting: thopp}\n").check()
    assert not unknown.ok


def test_questions_by_a_convention() -> None:
    network = archcalc.load("resnet:resnet18")
    found = network.solve("H=1..224", "multiplications[thop] <= 1G")
    sizes = [one["H"] for one in found]
    assert max(sizes) == 116
    assert network.check(H=116).count("thop") <= 10**9 < network.check(H=117).count("thop")


def test_a_column_for_each_convention(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "resnet:resnet18", "--convention", "thop,fvcore", "--format", "csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(",thop-0.1.1,fvcore-0.1.5")
    thop = sum(int(line.split(",")[-2]) for line in lines[1:] if line.split(",")[-2].isdigit())
    assert thop == catalogue.report("resnet:resnet18").count("thop")
