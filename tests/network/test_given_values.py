"""Networks that are checked again at other values: what one check found is not told of another."""

from __future__ import annotations

from archcalc import load


def test_one_is_not_taken_for_true() -> None:
    architecture = load("input: [3, 16, 16]\nlet: {flag: true}\nlayers:\n  - {conv: [4, 3], when: flag}\n")
    for value, problems in ((True, []), (1, ["true or false is needed here, and this is 1"]), (True, [])):
        report = architecture.check({"flag": value})
        assert [found.message for found in report.diagnostics] == problems


def test_sizes_and_symbols_do_not_get_mixed_up() -> None:
    architecture = load("input: [3, N, N]\nat: {N: 8}\nlayers: [{conv: [4, 3]}]\n")
    shown = [str(architecture.check(symbolic=symbolic).outputs["output"][1]) for symbolic in (False, True, False)]
    assert shown == ["6", "N - 2", "6"]
