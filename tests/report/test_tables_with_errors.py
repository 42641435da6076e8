"""Where there are errors the table stops at the culprits, and a page is enough for table and errors together."""

from __future__ import annotations

import pytest

import archcalc
from archcalc import Report
from archcalc.report.grid import lines
from archcalc.report.table import MAX_CULPRITS, table


def checked(layers: str, *, first: str = "input: [3, 64, 64]") -> Report:
    report = archcalc.load(f"{first}\nlayers:\n{layers}").check()
    assert not report.ok
    return report


def body(report: Report, depth: int | None = None, *, fold: bool = True) -> list[str]:
    """The rows: name, kind and output, or what a line says instead."""
    rows = table(report, depth, fold=fold).rows
    return ["  " * row.indent + row.note if row.note else " ".join(row.texts()[:3]) for row in rows]


def flat(count: int, bad: str, at: int) -> str:
    """A network of layers that differ, one of them wrong."""
    layers = [f"conv: {{out: {8 + index}, kernel: 3, padding: 1}}" for index in range(count)]
    layers[at] = bad
    return "".join(f"  - {layer}\n" for layer in layers)


def test_the_table_stops_at_the_culprit() -> None:
    report = checked(flat(30, "conv: {out: 8, kernel: 3, groups: 5}", 1))
    assert lines(report) == [
        "layer  kind  output            parameters  multiplications",
        "──────────────────────────────────────────────────────────",
        "0      conv  8×64×64                  224          884,736",
        "1      conv  8×62×62 <- AC305           ?                ?",
        "28 more layers are unknown",
    ]


def test_a_few_rows_that_wait_are_shown() -> None:
    assert body(checked(flat(4, "conv: {out: 8, kernel: 3, groups: 5}", 1))) == [
        "0 conv 8×64×64",
        "1 conv 8×62×62 <- AC305",
        "2 conv 10×62×62",
        "3 conv 11×62×62",
    ]


def test_a_branch_that_does_not_wait_is_shown() -> None:
    layers = """\
  - {conv: [8, 1], as: stem}
  - {conv: {out: 8, kernel: 3, groups: 5}, as: bad}
  - {repeat: 5, do: [relu]}
  - {conv: [4, 1], from: stem, as: side}
"""
    rows = body(checked(layers))
    assert rows[:4] == [
        "stem conv 8×64×64",
        "bad conv 8×62×62 <- AC305",
        "5 more layers are unknown",
        "side conv 4×64×64",
    ]


def test_culprits_in_scopes_are_found_there_and_told_of_the_scope() -> None:
    layers = """\
  - {do: [conv: [8, 1], relu], as: stem}
  - do: [{conv: {out: 8, kernel: 3, groups: 3}, as: bad}, relu]
    as: body
  - {do: [relu, relu, relu], as: tail}
"""
    report = checked(layers)
    assert body(report) == [
        "stem group 8×64×64",
        "  0 conv 8×64×64",
        "  1 relu 8×64×64",
        "body group 8×62×62",
        "  bad conv 8×62×62 <- AC305",
        "  4 more layers are unknown",
    ]
    assert body(report, depth=1) == ["stem group 8×64×64", "body group 8×62×62 <- AC305", "tail group 8×62×62"]


def test_unknown_layers_are_never_folded() -> None:
    layers = "  - conv: [witdh, 3]\n  - conv: [8, 3]\n  - conv: [8, 3]\n  - conv: [9 9, 3]\n  - conv: [8, 3]\n"
    assert [row.split()[0] for row in body(checked(layers))] == ["1", "2", "4"]


def test_a_mistake_in_the_text_of_the_last_step_leaves_no_row_and_is_told() -> None:
    rows = body(checked("  - conv: [8, 3]\n  - conf: [8, 3]\n"))
    assert rows == ["0 conv 8×62×62", "the rest is unknown because of the errors below"]


def test_the_first_of_many_layers_are_counted() -> None:
    report = checked(flat(40, "linear: 10", 38))
    rows = body(report)
    assert rows[0] == "27 rows come before these"
    assert rows[-2:] == ["38 linear ? <- AC321", "39 conv ?"]
    # Who asks for rows gets them.
    assert len(body(report, depth=1)) == 40
    assert len(body(report, fold=False)) == 40


def test_of_many_culprits_the_first_are_shown() -> None:
    layers = "".join(f"  - {{linear: 10, from: stem, as: head{index}}}\n" for index in range(20))
    rows = body(checked("  - {conv: [8, 1], as: stem}\n" + layers))
    assert sum("<- AC321" in row for row in rows) == MAX_CULPRITS
    assert rows[-1] == "12 more layers are unknown"


WRONG = {
    "fraction": "conv: {out: 9, kernel: 4, stride: 3, padding: 1}",
    "rank": "linear: 10",
    "groups": "conv: {out: 8, kernel: 3, groups: 5}",
    "window": "conv: [8, 99]",
    "name": "conv2: [8, 3]",
    "field": "conv: {out: 8, kernel_size: 3}",
    "formula": "conv: [8 *, 3]",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_twenty_layers_with_one_error_fit_on_a_page(wrong: str) -> None:
    for at in (13, 19):
        first = "input: [3, 64, 64]\nsource: a paper\nexpect: {output: [10, 1, 1]}"
        report = checked(flat(20, WRONG[wrong], at), first=first)
        errors = [found for found in report.diagnostics if found.severity == "error"]
        text = report.to_text().splitlines()
        assert len(text) <= 40 + 6 * (len(errors) - 1), "\n".join(text)
