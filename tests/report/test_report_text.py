"""What strangers write, in everything that a report prints: printable characters only, and no lines of theirs."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.report.outcome import outcome
from archcalc.report.text import COUNTED, address_width, full, heading, one_line
from archcalc.terminal import Terminal

EVIL = "x\x1b[2J\r\nok: no findings\u202egnp\u2066\x9b31m\u200b\ttail"
QUOTED = '"' + EVIL.encode("unicode_escape").decode().replace("\\x1b", "\\e") + '"'
SHOWN = r"x\x1b[2J\r\nok: no findings\u202egnp\u2066\x9b31m\u200b\ttail"

HOLDS = f"""\
name: {QUOTED}
source: {QUOTED}
input: [8]
layers: [{{linear: 4, as: fc}}]
expect:
  - {{parameters: 36, of: fc, source: {QUOTED}, because: {QUOTED}}}
  - {{parameters: 37, holds: false, source: {QUOTED}, because: {QUOTED}}}
  - {{parameters: 38, source: {QUOTED}}}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_nothing_that_a_terminal_obeys_comes_through(encoding: str) -> None:
    report = archcalc.load(HOLDS).check()
    assert len(report.verdicts) == 3
    # Wide, so that no line is broken inside of what is looked for.
    text = full(report, Terminal(400, encoding=encoding), repairs=report.repairs)
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode(encoding)
    assert "ok: no findings" not in text.splitlines()
    assert heading(report, Terminal(400, encoding=encoding)).count(SHOWN) == 2
    # Of the claim that fails, the error has it.
    assert text.count(f"({SHOWN})") == 2


@pytest.mark.parametrize(
    "spec",
    [
        f"input: [8]\nlayers: [{{relu: , as: {QUOTED}}}]\n",
        f"input: {{{QUOTED}: [8]}}\nlayers: [relu]\n",
        f"input: [8]\nlayers: [{QUOTED}]\n",
        f"input: [8]\noutput: {{{QUOTED}: a}}\nlayers: [{{linear: 4, as: a}}]\n",
        f"input: [8]\nlayers: [relu]\nexpect: [{{parameters: 0, of: {QUOTED}}}]\n",
        f"input: [8]\nlayers: [relu]\nvariants: {{{QUOTED}: {{name: {QUOTED}}}}}\n",
        f"input: [8]\nlet: {{{QUOTED}: 3}}\nblocks: {{{QUOTED}: [relu]}}\nlayers: [relu]\n",
    ],
)
def test_hostile_names_of_everything(spec: str) -> None:
    architecture = archcalc.load(spec)
    for one in [architecture, *(architecture.choose(name) for name in architecture.variants)]:
        report = one.check()
        for text in (report.to_text(), one_line(outcome(report, COUNTED), 10)):
            assert all(line.isprintable() for line in text.split("\n")), text
            assert report.ok or "ok: no findings" not in text.splitlines()


def test_a_line_of_a_folder_names_the_file_as_the_terminal_can() -> None:
    architecture = archcalc.Architecture.from_bytes(b"input: [8]\nlayers: [relu]\n", "n\u00e9t\x1b\n.yaml")
    report = architecture.check()
    for encoding, name in (
        ("utf-8", r"n\u00e9t\x1b\n.yaml".replace(r"\u00e9", "\u00e9")),
        ("ascii", r"n\xe9t\x1b\n.yaml"),
    ):
        width = address_width([report], Terminal(encoding=encoding))
        assert width == len(name)
        told = one_line(outcome(report, COUNTED), width, Terminal(encoding=encoding))
        assert told == f"ok     {name}             -                 -".replace("-", "0")


def test_a_flow_that_is_too_long_is_broken() -> None:
    names = [f"name{index}" for index in range(12)]
    layers = ", ".join(f"{{conv: [4, 1], as: {name}}}" for name in names)
    report = archcalc.load(f"input: [8, 9]\nlayers: [{layers}]\noutput: [{', '.join(names)}]\n").check()
    assert report.ok, str(report)
    lines = heading(report, Terminal(40)).splitlines()
    assert len(lines) > 3
    assert all(len(line) <= 40 for line in lines)
    assert " ".join(lines[1:]).startswith("8×9 → name0 4×9, name1 4×9, ")


def test_sizes_that_decide_what_a_network_is_are_told_as_stated() -> None:
    text = "input: [3, N, M]\nat: {{N: 8, M: {width}}}\nlayers:\n  - {{conv: [4, 3], when: N > 5}}\n  - max_pool: 2\n"
    both = archcalc.load(text.format(width=10)).check().to_text()
    assert "legal: M = 0 (mod 2), M >= 4, with N = 8 as stated" in both
    alone = archcalc.load("input: [3, N, N]\nat: {N: 8}\nlayers: [{conv: [4, 3], when: N > 5}]").check().to_text()
    assert "legal: N = 8 as stated; another size may make another network" in alone


def test_parameters_that_are_frozen_are_a_number_in_the_line_of_a_network() -> None:
    report = archcalc.load("input: [8]\nlayers: [{linear: 3, trainable: false}]\n").check()
    assert one_line(outcome(report, COUNTED), 10).split() == ["ok", "<text>", "(27)", "24"]
