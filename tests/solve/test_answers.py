"""Answers, held against checks of every single value and against figures that follow by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import prod
from typing import Any

import pytest
from brute import tried, within
from effort import share

import archcalc
from archcalc import Architecture
from archcalc.api.report import Report
from archcalc.solve import WrongQuestion, solve

DENSE = """\
name: Dense
input: [3, N, N]
at: {N: 32}
let: {growth: 12, depth: 4}
layers:
  - conv: {out: 2 * growth, kernel: 3, padding: 1}
  - repeat: depth
    do:
      - concat: [here, [batch_norm, relu, conv: {out: growth, kernel: 3, padding: 1, bias: false}]]
  - global_avg_pool
  - flatten
  - linear: 10
"""
STACK = "input: [1, N, N]\nat: {N: 64}\nlet: {depth: 2}\nlayers: [{repeat: depth, do: [conv: [4, 3], relu]}]\n"
HEAD = """\
input: [3, N, M]
at: {N: 20, M: 20}
let: {c: 4}
layers: [conv: [c, 5], max_pool: 2, {conv: [2 * c, 3], as: last}, flatten, {linear: 10, as: fc}]
"""


def size(report: Report, name: str) -> tuple[Any, ...]:
    output = report[name].output
    assert output is not None
    return output[1:]


def parameters(report: Report) -> int:
    total: int = report.totals.parameters
    return total


def multiplications(report: Report) -> int:
    total: int = report.totals.multiplications
    return total


def activations(report: Report) -> int:
    return sum(prod(layer.output or (0,)) for layer in report)


def memory(report: Report) -> int:
    return 4 * (parameters(report) + activations(report))


Case = tuple[str, dict[str, Iterable[Any]], list[str], Callable[[Report], bool]]
ALPHAS = [Fraction(n, 20) for n in range(5, 31)]
CASES: list[Case] = [
    ("convolution:stride1", {"padding": range(9)}, ["size = size(input)"], lambda r: size(r, "filter") == (7, 7)),
    ("convolution:stride1", {"kernel": range(12)}, ["size = 3"], lambda r: size(r, "filter") == (3, 3)),
    ("convolution:stride1", {"stride": range(9)}, ["height = 3"], lambda r: size(r, "filter") == (3, 3)),
    (
        "convolution:stride1",
        {"kernel": range(9), "stride": range(1, 5), "padding": range(4)},
        ["size = 3x3"],
        lambda r: size(r, "filter") == (3, 3),
    ),
    ("resnet:resnet50", {"H": range(180, 240, 5)}, ["size(layer4.2) = 7x7"], lambda r: size(r, "layer4.2.bn3")[0] == 7),
    ("unet:paper", {"N": range(180, 760, 8)}, ["memory <= 2 GiB"], lambda r: memory(r) <= 2 * 2**30),
    ("unet:paper", {"N": range(180, 460, 8)}, ["50G < multiplications"], lambda r: multiplications(r) > 5 * 10**10),
    ("mobilenet_v1:1.0-224", {"alpha": ALPHAS}, ["multiplications <= 300M"], lambda r: multiplications(r) <= 3 * 10**8),
    ("mobilenet_v2:1.0", {"alpha": ALPHAS}, ["multiplications <= 300M"], lambda r: multiplications(r) <= 3 * 10**8),
    (
        "mobilenet_v1:1.0-224",
        {"alpha": [Fraction(1, 2), 1], "N": range(120, 240, 7)},
        ["multiplications = 0.3B"],
        lambda r: 250_000_000 <= multiplications(r) < 400_000_000,
    ),
    ("resnet_cifar:20", {"n": range(14)}, ["parameters <= 1M"], lambda r: parameters(r) <= 10**6),
    ("resnet_cifar:20", {"n": range(12)}, ["parameters = 0.46M"], lambda r: 455_000 <= parameters(r) < 470_000),
    (DENSE, {"growth": range(40)}, ["parameters <= 100K"], lambda r: parameters(r) <= 10**5),
    (DENSE, {"growth": [8, 12, 16], "depth": range(12)}, ["parameters < 100K"], lambda r: parameters(r) < 10**5),
    (
        HEAD,
        {"N": range(30), "c": range(6)},
        ["parameters(fc) <= 2000 and 3 <= height(last) < 7"],
        lambda r: r["fc"].parameters <= 2000 and 3 <= size(r, "last")[0] < 7,
    ),
    (HEAD, {"N": range(8, 30), "M": range(8, 30)}, ["channels(3) <= 400"], lambda r: (r["3"].output or (0,))[0] <= 400),
    (HEAD, {"N": range(30)}, ["output(last) = 8x5x6"], lambda r: r["last"].output == (8, 5, 6)),
    (HEAD, {"N": range(60)}, ["N % 6 == 2"], lambda r: r.symbols["N"] % 6 == 2),
    (HEAD, {"N": range(30)}, ["activations = 0..5000"], lambda r: activations(r) <= 5000),
]


@pytest.fixture(autouse=True)
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown without a domain is tried up to the 32nd value, so that tests take no seconds."""
    monkeypatch.setattr("archcalc.solve.search.SEARCHED", 32)


def read(text: str) -> Architecture:
    return archcalc.load(text)


@pytest.mark.parametrize(("spec", "domains", "where", "wanted"), share(CASES, shares=2))
def test_the_same_as_trying_every_value(
    spec: str, domains: dict[str, Iterable[Any]], where: list[str], wanted: Callable[[Report], bool]
) -> None:
    architecture = read(spec)
    expected = tried(architecture, domains, wanted)
    assert expected, "a case without solutions tests little"
    bounded = [f"{name}={','.join(str(value) for value in values)}" for name, values in domains.items()]
    found = solve(architecture.program, bounded, where)
    assert found.complete
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert within(found, domains) == expected
    if len(domains) == 1 and not any(isinstance(value, Fraction) for values in domains.values() for value in values):
        assert within(solve(architecture.program, list(domains), where), domains) == expected


@pytest.mark.parametrize(
    ("spec", "unknown", "where", "text"),
    [
        ("convolution:stride1", "padding", "size = N", "padding = 1"),
        ("convolution:same", "kernel", "size = N", "kernel = 1 (mod 2)"),  # the padding is (kernel - 1)/2
        ("resnet:resnet50", "H", "height(layer4) = 7", "H = 193..224"),  # floor((H + 31)/32) = 7
        ("vgg:D", "H", "height(features) = 7", "H = 224"),  # nothing is rounded there
        ("unet:paper", "N", "", "N = 12 (mod 16), N >= 188"),
        ("unet:paper", "N", "output = 2x388x388", "N = 572"),
        ("resnet_cifar:20", "n=0..20", "parameters <= 1M", "n = 1..10"),  # 97,216 more for each, 269,722 at 3
        ("resnet_cifar:20", "n=0..20", "depth = 56", "n = 9"),  # 6n + 2
        ("convolution:stride2", "N", "size <= 5", "N = 3, 5, 7, 9, 11"),  # (N - 3)/2 + 1
    ],
)
def test_answers_that_follow_by_hand(spec: str, unknown: str, where: str, text: str) -> None:
    found = solve(read(spec).program, unknown, where or ())
    assert (str(found), found.complete, bool(found)) == (text, True, True)


def test_the_two_routes_agree() -> None:
    """A domain in steps is decided at once, a list with a fraction in it is tried one by one."""
    architecture = read(HEAD)
    decided = solve(architecture.program, "N=8..60/2", "memory <= 60 Ki")
    assert not decided.searched
    found = solve(architecture.program, "N=8.5,8..60", "memory <= 60 Ki")
    assert found.searched == {"N": f"8,8.5,{','.join(str(n) for n in range(9, 61))}"}
    assert {one["N"] for one in decided} == {one["N"] for one in found if one["N"] % 2 == 0} != set()


def test_there_is_none_and_why() -> None:
    none = solve(read("unet:paper").program, "N", "parameters <= 5M")
    assert (none.is_empty, none.complete, none.searched, list(none)) == (True, True, {}, [])
    assert str(none) == "no N: parameters <= 5M is never met; at N = 188: parameters = 31,030,658"
    together = solve(read("unet:paper").program, "N", ["size >= 388", "memory <= 1 GiB"])
    assert str(together).startswith("no N: each condition can be met, but not all of them together: size >= 388 where ")
    illegal = solve(read("input: [1, N, N]\nat: {N: 9}\nlayers: [conv: [1, [3, N]], conv: [1, [1, 2]]]").program, "N")
    assert (illegal.is_empty, illegal.complete, illegal.searched) == (True, True, {})
    assert str(illegal).startswith("no N: the network is never legal; at N = 1: ")


def test_a_search_says_how_far_it_went() -> None:
    found = solve(read(STACK).program, "depth", "receptive_field <= 31", {"N": 2000})
    assert (str(found), found.complete, found.searched) == ("depth = 0..15", False, {"depth": "0..32"})
    assert found.reach == "tried one by one: depth = 0..32; nothing is said about other values"
    assert solve(read(STACK).program, "depth=1..20", "receptive_field <= 31").complete


def test_what_is_at_the_ends() -> None:
    found = solve(read("resnet_cifar:20").program, "n=1..12", "parameters <= 1M")
    assert (found.smallest, found.largest) == ({"n": 1}, {"n": 10})
    assert found.remarks["largest"] == ["n = 10: parameters = 950,234", "but n = 11: parameters = 1,047,450"]
    assert found.to_text("largest").split("\n")[0] == "n = 10"
    endless = solve(read("unet:paper").program, "N")
    assert (endless.smallest, endless.largest) == ({"N": 188}, None)
    assert endless.to_text("largest").startswith("there is no largest N: N = 12 (mod 16), N >= 188")
    several = solve(read(HEAD).program, ["c=1..9", "N=8..30"], "parameters <= 3000")
    most = max(one["c"] for one in several)
    assert several.largest == {"c": most, "N": max(one["N"] for one in several if one["c"] == most)}


def test_data() -> None:
    data = solve(read("mobilenet_v1:1.0-224").program, "alpha=0.25..1/0.25", "multiplications <= 300M").to_json()
    assert data["unknowns"] == ["alpha"]
    assert [box["alpha"]["values"] for box in data["solutions"]] == [["0.25", "0.5"]]
    assert (data["complete"], data["searched"]) == (True, {"alpha": "0.25..1/0.25"})
    assert data["largest"] == {"alpha": "0.5"}
    endless = solve(read("unet:paper").program, "N").to_json()["solutions"][0]["N"]
    assert (endless["values"], endless["set"]["modulus"], endless["set"]["minimum"]) == (None, 16, 188)


def test_values_of_at_that_follow_an_unknown() -> None:
    architecture = read("input: [1, N, M]\nat: {N: 2 * M, M: 4}\nlayers: [conv: [1, [5, 1]]]")
    found = solve(architecture.program, "M=1..20", "height = 8")
    assert list(found) == [{"M": 6}]


def test_a_notebook_shows_the_answer() -> None:
    shown = solve(read("unet:paper").program, "N", "memory <= 2GiB")._repr_html_()
    assert "N = 12 (mod 16), 188 &lt;= N &lt;= 684" in shown


@pytest.mark.parametrize(
    ("spec", "unknowns", "where", "told"),
    [
        ("unet:paper", "M", "parameters <= 5M", "`M` is neither a symbol nor a let of U-Net; there are "),
        ("vgg:D", "normalised", "parameters <= 5M", "did you mean `normalized`?"),
        ("unet:paper", "N", "params <= 5M", "did you mean `parameters`?"),
        ("unet:paper", "N", "widht(enc1) = 5", "did you mean `width`?"),
        ("unet:paper", "N", "parameters", "a condition compares something"),
        ("unet:paper", "N", "5M <= 6M", "says nothing about the network"),
        ("unet:paper", "N", "parameters <=", "a side is missing"),
        ("unet:paper", "N", "parameters != 5M", "write < or >"),
        ("unet:paper", "N", "parameters <= 1..5", "a range stands behind `=`"),
        ("unet:paper", "N", "output <= 388", "output is a whole shape"),
        ("unet:paper", "N", "parameters(enc0) <= 5M", "did you mean `enc1`?"),
        ("resnet_cifar:20", "n=1..3", "parameters(layer7) <= 5M", "there is no layer or scope `layer7`"),
        ("resnet_cifar:20", "n=1..3", "height <= 7", "the network has no height: its output 10 has channels only"),
        ("unet:paper", "N=5..4", "parameters <= 5M", "no number is in 5..4; write 4..5"),
        ("unet:paper", "N=..4", "parameters <= 5M", "write 1..4"),
        ("unet:paper", "N=1..4/0", "parameters <= 5M", "is not positive"),
        ("unet:paper", "N=", "parameters <= 5M", "NAME=FIRST..LAST"),
        ("unet:paper", ["N", "N=3"], "parameters <= 5M", "N is asked for twice"),
        ("unet:paper", [], "parameters <= 5M", "name what is unknown"),
        ("resnet_cifar:20", "n=1..30000", "parameters <= 5M", "ask for 20,000 at most"),
        ("input: [1, N, M]\nlayers: [conv: [1, 3]]", "N", "size = 7", "M has no value"),
        ("input: [1, 7, 7]\nlayers: [conv: [1, 3]]", "N", "size = 7", "write one, such as input: [3, N, N]"),
        ("input: [1, N, N]\nlayers: [con: [1, 3]]", "N", "size = 7", "cannot be read without errors"),
    ],
)
def test_wrong_questions(spec: str, unknowns: str | list[str], where: str, told: str) -> None:
    with pytest.raises(WrongQuestion) as raised:
        solve(read(spec).program, unknowns, where)
    assert told in str(raised.value)


def test_an_unknown_with_a_value() -> None:
    with pytest.raises(WrongQuestion, match="at the same time"):
        solve(read("unet:paper").program, "N", "size = 4", {"N": 188})
