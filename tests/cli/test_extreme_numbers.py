"""Numbers of any size that the language takes go through every command and format, with an answer or a finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run

import archcalc
from archcalc.dims import symbol
from archcalc.sizes.sets import IntegerSet

COMMANDS = [
    ("check",),
    ("check", "--symbolic", "--receptive-field"),
    ("check", "--format", "json"),
    ("check", "--diff"),
    ("sizes",),
    ("sizes", "--format", "json"),
    ("sizes", "--certificate", "proof.json", "--force"),
    ("solve", "--for", "N", "--where", "parameters >= 1"),
    ("draw",),
    ("export",),
    ("explain", "0"),
    ("explain", "0", "--format", "latex"),
]

SPECS = {
    "a power at the limit of the language": "input: [3, N, N]\nlayers: [conv: [N**64, 3]]\n",
    "powers of powers": "input: [N**60, N, N]\nlayers: [conv: [N**60, 3], conv: [N**60, 3]]\n",
    "a power of a sum": "input: [3, N, N]\nlayers: [conv: [(N + 1)**64, 1], conv: [(N + 1)**64, 1]]\n",
    "a tiny factor": "input: [3, 8, 8]\nlayers: [upsample: 1/10**310]\n",
    "a tiny factor of a symbol": "input: [3, N, N]\nat: {N: 8}\nlayers: [upsample: 1/10**310]\n",
    "a huge factor": "input: [3, N, N]\nat: {N: 8}\nlayers: [upsample: 10**310/3]\n",
    "a fraction of hundreds of digits": "input: [3, 8, 8]\nlayers: [upsample: (10**150 + 1)/(10**150 + 3)]\n",
    "channels without end": "input: [N, 8]\nlayers: [pad_channels: 10**20]\n",
    "more channels": "input: [N, 8]\nat: {N: 10**90}\nlayers: [pad_channels: 10**98]\n",
    "a huge input": "input: [3, N, N]\nat: {N: 10**99}\nlayers: [conv: [8, 3], flatten, linear: 10]\n",
    "a huge kernel": "input: [3, N, N]\nat: {N: 7}\nlayers: [conv: [8, 10**99]]\n",
    "a huge stride": "input: [3, N, N]\nat: {N: 7}\nlayers: [conv: {out: 8, kernel: 3, stride: 10**99}]\n",
    "a huge dilation": "input: [3, N, N]\nat: {N: 7}\nlayers: [conv: {out: 8, kernel: 3, dilation: 10**99}]\n",
    "huge groups": "input: [3, N, N]\nat: {N: 7}\nlayers: [conv: {out: 10**99, kernel: 3, groups: 10**98 + 1}]\n",
    "a huge crop": "input: [3, N, N]\nat: {N: 10**50}\nlayers: [crop: 10**40, conv: [2, 3]]\n",
    "branches that differ by 10**99": "input: [3, N, N]\nat: {N: 8}\nlayers: [add: [here, [upsample: 10**98]]]\n",
    "what is left of symbols": "input: [N, 8]\nlayers: [reshape: [N // 3, -1]]\n",
    "what is left of nothing": "input: [N, 8]\nlayers: [reshape: [0, -1]]\n",
    "branches without axes": "input: [1]\nlayers: [multiply: [here, [parameter: 10]]]\n",
}


@pytest.mark.parametrize("name", SPECS)
def test_every_command_has_an_answer(tmp_path: Path, name: str) -> None:
    (tmp_path / "net.yaml").write_text(SPECS[name])
    for command in COMMANDS:
        result = run(command[0], "net.yaml", *command[1:], cwd=tmp_path)
        assert result.returncode in (0, 1, 2), result.stderr
        assert len(result.stdout) < 200_000


def test_a_power_that_layers_make_is_printed() -> None:
    report = archcalc.load(SPECS["a power at the limit of the language"]).check()
    assert str(report.totals.multiplications) == "27*N**66 - 108*N**65 + 108*N**64"
    assert report.closed_forms().multiplications.at(N=3) == 27 * 3**64


def test_powers_of_one_term_have_no_limit_and_those_of_sums_have_one() -> None:
    n = symbol("N")
    assert str((2 * n) ** 100) == f"{2**100}*N**100"
    assert (n + 1) ** 64 == ((n + 1) ** 32) * ((n + 1) ** 32)
    with pytest.raises(ValueError, match="the power 65 of 2 terms is too large"):
        (n + 1) ** 65


@pytest.mark.parametrize(("text", "code"), [("N**65", "AC124"), ("(N + M)**65", "AC124"), ("N**64", None)])
def test_the_language_has_one_limit_for_powers(text: str, code: str | None) -> None:
    report = archcalc.load(f"input: [3, N, M]\nlayers: [conv: ['{text}', 3]]\n").check()
    assert [found.code.id for found in report.diagnostics if found.severity == "error"] == ([code] if code else [])


def test_the_numbers_of_a_set_are_counted_however_many_they_are() -> None:
    legal = archcalc.load(SPECS["channels without end"]).legal_sizes()
    assert legal.axes["N"].count == 10**20
    assert IntegerSet.progression(1, 2, maximum=10**99).count == 5 * 10**98
    assert IntegerSet.between(5, None).count is None
    assert len(IntegerSet.between(1, 10**6)) == IntegerSet.between(1, 10**6).count == 10**6
    with pytest.raises(OverflowError, match="100000000000000000000 numbers: ask for its `count`"):
        len(legal.axes["N"])
    with pytest.raises(OverflowError, match="has no end"):
        len(IntegerSet.everything())


def test_a_range_below_zero_is_never_walked_through() -> None:
    network = archcalc.load("input: [1, 8]\nlet: {p: 0}\nlayers: [pad: [[p + 200, 0]]]\n")
    assert network.solve("p=-3..-1", "length = 206").to_json()["solutions"][0]["p"]["values"] == [-2]
    with pytest.raises(ValueError, match="too many values below 1 to put them in one by one"):
        network.solve("p=-10**20..5 - 10**20", "length >= 1")
