"""What a notebook shows of a sweep: how it is computed, the counts where they cost nothing, and the first designs."""

from __future__ import annotations

import html
import re
import time

import pytest

import archcalc

SPEC = """\
name: "Small & <b>wide</b>"
input: [3, N, N]
at: {N: 64}
rounding: floor
let: {width: 32, depth: 2, act: relu}
layers:
  - {conv: {out: width, kernel: 3, padding: 1}, as: stem}
  - repeat: depth
    do: [{conv: {out: width, kernel: 3, padding: 1}}, {apply: act}, max_pool: 2]
  - flatten
  - linear: 10
"""


def shown(space: archcalc.Sweep) -> str:
    """The text of the HTML, cells apart."""
    return html.unescape(re.sub(r"<[^>]*>", "|", space._repr_html_()))


def test_what_is_swept_how_and_the_first_designs() -> None:
    space = archcalc.load(SPEC).sweep({"width": range(8, 65, 8), "act": ("relu", "silu")}, "parameters <= 200k")
    text = re.sub(r"\|+", "|", shown(space))
    assert "|16 designs| of Small & <b>wide</b>|where parameters <= 200k|" in text
    assert f"|width=8..64/8|{space.how['width']}|" in text
    assert f"|act=relu,silu|{space.how['act']}|" in text
    assert f"|16 of 16 are legal, {space.count().met} meet the condition|" in text
    assert "|design|width|act|multiplications|parameters|" in text
    rows = list(space)[:8]
    assert text.endswith(f"|{rows[-1].figures['parameters']:,}|")
    for design in rows:
        figures = "|".join(f"{figure:,}" for figure in design.figures.values() if isinstance(figure, int))
        row = f"|{design.number}|{design.values['width']}|{design.values['act']}|{figures}|"
        assert row in text


def test_nothing_of_a_spec_is_markup() -> None:
    space = archcalc.load(SPEC).sweep({"act": ("relu", "silu")}, show="multiplications, obstacle")
    text = space._repr_html_()
    assert "<b>wide" not in text and "Small &amp; &lt;b&gt;wide" in text
    assert "<script" not in text


def test_the_first_legal_designs_are_found_behind_others() -> None:
    space = archcalc.load(SPEC).sweep({"N": range(1, 9)}, show="size, legal")
    text = re.sub(r"\|+", "|", shown(space))
    assert "5 of 8 are legal" in text
    assert "|design|N|size|legal|3|4|" in text


def test_a_space_that_nobody_counts_unasked_is_shown_at_once() -> None:
    before = time.process_time()
    axes = {"H": range(224, 10**9), "W": range(224, 10**9)}
    text = shown(archcalc.load("vgg:D").sweep(axes))
    none = shown(archcalc.load("vgg:D").sweep(axes, "parameters <= 1"))
    assert time.process_time() - before < 10
    assert "are legal" not in text and "|224|" in text
    assert "Among the first 4,096 designs there is none that is wanted." in none


def test_many_networks_are_not_unfolded_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    space = archcalc.load(SPEC).sweep({"depth": range(1, 5)}, "peak >= 1 TiB")
    assert space.how["depth"].startswith("one by one")
    assert "4 of 4 are legal, 0 meet the condition" in shown(space)
    monkeypatch.setattr("archcalc.report.sweeps.MAX_FORMS", 3)
    assert "are legal" not in shown(space)
    assert "Among the first 4 designs there is none that is wanted." in shown(space)


def test_a_space_without_designs() -> None:
    space = archcalc.load(SPEC).sweep({"width": range(1, 9)}, "parameters >= 1B")
    assert "8 of 8 are legal, 0 meet the condition" in shown(space)
    assert "|design|" not in re.sub(r"\|+", "|", shown(space))
