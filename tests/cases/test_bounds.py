"""Small specs that ask for endless work get an answer, and streams that are gone are no accident."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]

HUGE = {
    "stride": ("input: [1, 60000002]\nlayers:\n  - conv: {out: 1, kernel: 1, stride: 60000000}\n", {"AC301"}),
    "parts": ("input: [1000000000, 1]\nlayers: [{split: 1000000000, as: p}]\n", {"AC142"}),
    "merges": ("input: [1]\nlayers: [{repeat: 20000, do: [add: [here, here]]}]\n", set()),
    "names": ("input: [1]\nlayers: [{repeat: 50000, do: [{linear: 3, as: a}]}]\n", {"AC202"}),
    "power": (
        "input: [a, b, c]\nlayers:\n  - for: {i: 1..100000}\n    do: [{linear: (a + b + c + i) ** 40}]\n",
        {"AC124"},
    ),
    "suggestions": ("input: [1]\nlayers: [{repeat: 100000, do: [linear: [10, tru]]}]\n", {"AC121"}),
    "kinds": ("input: [1]\nlayers:\n" + "".join(f"  - foo{i}\n" for i in range(20000)), {"AC131"}),
    "sum": ("input: [1, 9]\nlayers: [{add: [{for: {i: 1..40000}, do: [conv: [1, 1]]}]}]\n", set()),
    "scopes": (
        "input: [1]\nlayers: [{for: {i: 1..10000}, do: [{as: s$i, do: [relu]}]}]\n"
        "expect: [{layers: 10000, of: s*}, {output: [1], of: s*}]\n",
        set(),
    ),
    "fields": (
        "input: [1, 9]\nlayers: [{repeat: 5000, as: s, do: [relu]}]\nexpect: {receptive_field: 1, of: s.*}\n",
        set(),
    ),
    "patterns": (
        "input: [1, 9]\nlayers:\n  - upsample: {size: 1999, mode: linear}\n"
        "  - {repeat: 100, do: [max_pool: [1999, 1, 999]]}\nexpect: {receptive_field: 1..}\n",
        set(),
    ),
    "claims": (
        "input: [1, N]\nat: {N: 8}\nlayers: [{repeat: 5000, do: [conv: [1, 1]]}]\n"
        "expect:" + "\n  - {at: {N: 64}, multiplications: 320000, layers: 5000}" * 200,
        set(),
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_work_is_bounded(name: str) -> None:
    text, expected = HUGE[name]
    report = archcalc.load(text).check()
    assert {found.code.id for found in report.diagnostics if found.severity == "error"} == expected
    assert len(report.diagnostics) <= 501


def test_terms_are_bounded_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the real limit the products of all these terms take five seconds."""
    monkeypatch.setattr("archcalc.expand.globals.MAX_EFFORT", 2_000_000)
    symbols = "+".join(f"a{index}" for index in range(139))
    report = archcalc.load(f"input: [{symbols}]\nlayers: [{{repeat: 50000, do: [linear: in_channels + 1]}}]\n").check()
    errors = [found for found in report.diagnostics if found.severity == "error"]
    assert [found.code.id for found in errors] == ["AC147"]
    assert errors[0].message == "lists with more than 2,000,000 entries in all were evaluated"


@pytest.mark.parametrize("size", ["0", "-3", "1/2", "true"])
def test_a_claim_about_an_impossible_size_is_an_error(size: str) -> None:
    report = archcalc.load(
        f"input: [1, N]\nat: {{N: 8}}\nlayers: [conv: [8, 3]]\nexpect: {{at: {{N: {size}}}, multiplications: 144}}\n"
    ).check()
    assert [found.code.id for found in report.diagnostics] == ["AC133"]


def test_entries_of_at_use_each_other_in_any_order() -> None:
    architecture = archcalc.load("input: [N, M]\nat: {N: M * 2, M: 4}\nlayers: [relu]\n")
    assert architecture.check().outputs == {"output": (8, 4)}
    assert architecture.check(M=6).outputs == {"output": (12, 6)}
    circle = archcalc.load("input: [N, M]\nat: {N: M, M: N}\nlayers: [relu]\n").check()
    assert {found.code.id for found in circle.diagnostics if found.severity == "error"} == {"AC127"}


def test_a_step_that_is_used_again_brings_no_new_parameters() -> None:
    report = archcalc.load(
        "input: [8, 8]\nlayers:\n"
        "  - {do: [{identity: , as: a}, {conv: [5, 3], when: channels(a) == 4}], as: t}\n"
        "  - conv: [4, 1]\n  - use: t\n"
    ).check()
    assert [found.code.id for found in report.diagnostics] == ["AC211"]


def test_data_that_contains_itself_is_refused() -> None:
    data: dict[str, object] = {"input": [1]}
    data["layers"] = [data]
    with pytest.raises(ValueError, match="contains itself"):
        archcalc.load(data)


def shell(command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    full = command.replace("archcalc", f"'{sys.executable}' -m archcalc", 1)
    return subprocess.run(["bash", "-c", full], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("archcalc check lenet:lecture > /dev/full", 2),
        ("archcalc check lenet:lecture >&-", 0),
        ("archcalc check - <&-", 2),
        ("archcalc check nope 2>&-", 2),
        ("archcalc check $'-\\e]0;x\\a.yaml'", 2),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_streams_and_arguments(command: str, code: int) -> None:
    done = shell(command)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
