"""Conventions: rules over kinds of layers, files of one's own, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import catalogue
import pytest
from effort import share

import archcalc
from archcalc.conventions import NoConvention, NoCount, count, find, reconciled, total
from archcalc.conventions.reader import read
from archcalc.quantities import PROFILES, conventions
from archcalc.source import SourceFile

MINE = """\
convention: mine
title: what I count
unit: multiply-adds
rules:
  conv, depthwise: products + bias
  relu: n
  max_pool: n * (window - 1)
otherwise: 0
"""
NETWORK = "input: [3, N, N]\nlayers: [conv: [8, 3], relu, max_pool: {kernel: 2, rounding: floor}]\n"

# (network, convention, total): PEERS' measurements of torchvision's own modules on a CPU, at batch 1 and 224x224.
MEASURED = [
    ("alexnet:torchvision", (714682664, 714197696, 716441128, 714682664, 714206912, 1428376960)),
    ("resnet:resnet50", (4089238376, 4111512576, 4132436968, 4089185256, 4133742592, 8178368512)),
    ("resnet:resnet152", (11513779048, 11558835200, 11602639848, 11513627624, 11603945472, 23027253248)),
    ("unet:paper", (167456910112, 150428424448, 150867255072, 150562777888, 167322556672, 300856848896)),
]
TOOLS = ("torchinfo-1.8.0", "fvcore-0.1.5", "ptflops-0.7.5", "ptflops-aten-0.7.5", "thop-0.1.1", "torch-2.13.0")


@pytest.mark.parametrize(("network", "totals"), MEASURED)
def test_the_published_measurements(network: str, totals: tuple[int, ...]) -> None:
    nodes = catalogue.report(network).graph.nodes
    assert tuple(total(find(tool), nodes) for tool in TOOLS) == totals


def test_padding_that_a_spec_calls_same_is_counted_as_numbers_are() -> None:
    """fvcore prints 15,470,289,408 of torchvision's vgg16, 25,088 of them for an average of 7x7 numbers to as many."""
    vgg = catalogue.report("vgg:D").graph.nodes
    assert "padding: same" in (catalogue.SPECS / "vgg.yaml").read_text(encoding="utf-8")
    assert total(find("fvcore"), vgg) == 15470289408 - 512 * 7 * 7


def test_a_fault_is_told_where_it_shows() -> None:
    """torchinfo counts a linear layer once, whatever the number of tokens: of a vector that is right."""
    for sizes, fault in (("[8]", None), ("{shape: [5, 8], layout: channels_last}", "one-position")):
        nodes = archcalc.load(f"input: {sizes}\nlayers: [linear: 10]\n").check().graph.nodes
        (part,) = reconciled(find("torchinfo"), nodes).parts
        assert (part.fault.name if part.fault else None) == fault


@pytest.mark.parametrize("name", conventions())
def test_every_convention_that_ships_says_whose_it_is(name: str) -> None:
    convention = find(name)
    assert convention.name == name and convention.title and convention.source
    assert {rule.fault for rule in convention.rules.values() if rule.fault} <= set(convention.faults.values())
    used = {rule.fault for rule in convention.rules.values() if rule.fault is not None}
    assert used == set(convention.faults.values()), "a fault that no rule has"


@pytest.mark.parametrize("name", conventions())
def test_terms_add_up_to_the_count_on_the_catalogue(name: str) -> None:
    convention = find(name)
    for network in share(catalogue.networks(), conventions().index(name)):
        report = catalogue.report(network)
        found = reconciled(convention, report.graph.nodes)
        assert found.total == total(convention, report.graph.nodes), network
        assert found.base + sum(part.amount for part in found.parts) == found.total, network


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    report = archcalc.load(NETWORK).check(N=10)
    # 8 maps of 8x8: 27 products and a bias each, one for the activation; 4x4 windows with 3 comparisons.
    assert report.count(str(path)) == 8 * 64 * (27 + 1) + 8 * 64 + 8 * 16 * 3
    assert [count(find(str(path)), node) for node in report.graph.nodes] == [14336, 512, 384]


def test_the_terms_of_a_rule_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace("products + bias", "products + bias + 2 * n + (1 + 2)"), encoding="utf-8")
    (found,) = archcalc.load(NETWORK).check(N=10).reconcile(None, str(path)).operations
    amounts = {part.text: part.amount for part in found.parts if "conv" in part.kinds}
    assert amounts == {"bias": 8 * 64, "2 * n": 2 * 8 * 64, "(1 + 2)": 3}


def test_counts_are_closed_forms(tmp_path: Path) -> None:
    report = archcalc.load(NETWORK).check()
    for name in conventions():
        form = total(find(name), report.graph.nodes)
        for size in (4, 9, 31):
            fixed = archcalc.load(NETWORK).check(N=size)
            assert archcalc.ClosedForm(form).at(N=size) == fixed.count(name), name


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[1]", (1, 1), "a convention is a map"),
        ("convention: x\nunit: products\nrules: {}\n", (2, 7), "`unit` is multiply-adds or operations, not products"),
        ("convention: x\nunit: operations\n", (1, 1), "a convention needs `rules`"),
        ("convention: x\nunit: operations\nrules: {convv: 1}\n", (3, 9), "there is no kind of layer `convv`"),
        ("convention: x\nunit: operations\nrules: {conv: product}\n", (3, 15), "a rule knows no `product`"),
        ("convention: x\nunit: operations\nrules: {conv: 1 +}\n", (3, 18), "the expression ends too early"),
        ("convention: x\nunit: operations\nrules: {conv: {fault: y, count: 1}}\n", (3, 23), "`faults` has no `y`"),
        ("convention: x\nunit: operations\nrules: {conv: {}}\n", (3, 15), "a rule needs `count`"),
        ("convention: x\nunit: operations\nrules: {relu: out}\n", (3, 15), "a rule knows no `out`"),
        ("convention: x\nunit: operations\nrules: {'relu, conv': 1, conv: 2}\n", (3, 26), "`conv` has a rule already"),
        ("convention: x\nunit: operations\nrule: {}\nrules: {}\n", (3, 1), "a convention has no `rule`"),
    ],
)
def test_mistakes_are_shown_at_their_place(text: str, place: tuple[int, int], message: str) -> None:
    convention, problems = read(SourceFile("mine.yaml", text))
    assert convention is None
    (problem, *_) = problems
    assert message in problem.message
    assert problem.span is not None and (problem.span.line, problem.span.column) == place


def test_unknown_names_say_which_there_are(tmp_path: Path) -> None:
    for name, message in [("thopp", "did you mean `thop-0.1.1`?"), ("xyz", "there are multiplications, macs, flops")]:
        with pytest.raises(NoConvention, match=r"there is no convention") as caught:
            find(name)
        assert message in str(caught.value)
    with pytest.raises(FileNotFoundError):
        find(str(tmp_path / "none.yaml"))


def test_a_rule_must_give_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "half.yaml"
    path.write_text("convention: half\nunit: operations\nrules: {relu: n / 3}\n", encoding="utf-8")
    with pytest.raises(archcalc.conventions.NoCount, match="gives 512/3 for 1 \\(relu\\), which is no whole number"):
        archcalc.load(NETWORK).check(N=10).count(str(path))


def test_a_rule_that_a_symbol_decides_says_so(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("convention: case\nunit: operations\nrules: {relu: n if n > 800 else 0}\n", encoding="utf-8")
    assert [archcalc.load(NETWORK).check(N=size).count(str(path)) for size in (10, 14)] == [0, 8 * 12 * 12]
    with pytest.raises(archcalc.conventions.NoCount, match=r"depends on a symbol .*give the symbol a value"):
        archcalc.load(NETWORK).check().count(str(path))


def test_each_profile_is_a_file_of_its_name() -> None:
    assert {path.stem for path in PROFILES.iterdir()} == set(conventions())


def test_a_claim_reads_no_file() -> None:
    text = "input: [4]\nlayers: [linear: 2]\nexpect: {multiplications: 8, counting: /etc/mine.yaml}\n"
    (problem,) = archcalc.load(text).check().diagnostics
    assert problem.message == "a claim names no file such as `/etc/mine.yaml`, because a spec reads none"
    assert problem.span is not None and (problem.span.line, problem.span.column) == (3, 40)


def test_steps_between_sizes_with_symbols() -> None:
    """A mean of 4*2 positions and their sum, for each of the 3*N*3 that are written: 3*N*3*(4*2 + 1)."""
    text = "input: [3, 4*N, 6]\nlayers:\n  - adaptive_avg_pool: {size: [SIZE, 3]}"
    pool = archcalc.load(text.replace("SIZE", "N")).check().graph.nodes[-1]
    assert str(count(find("thop-0.0.31"), pool)) == "81*N"
    pool = archcalc.load(text.replace("SIZE", "N + 1")).check().graph.nodes[-1]
    with pytest.raises(NoCount, match=r"how often N \+ 1 goes into 4\*N depends on a symbol"):
        count(find("thop-0.0.31"), pool)
