"""What is known of an earlier text is used again only where it is what a check of the present one finds."""

from __future__ import annotations

from random import Random

import effort
import pytest
from catalogue import FILES
from editor.random_edits import edited

from archcalc import Architecture
from archcalc.editor.networks import Networks
from archcalc.source import SourceFile

VARIANTS = """\
input: [3, N, N]
variants:
  small: {at: {N: 32}, let: {width: 8}}
  large:
    at: {N: 64}          # twice as large
    let:
      width: 16
let: {width: 4}
layers:
  - {conv: [width, 3], as: stem}
  - relu
"""


def test_an_edit_of_a_variant_leaves_the_others_as_they_are() -> None:
    before = Networks(SourceFile("net.yaml", VARIANTS))
    small, large = before.check_all()
    text = VARIANTS.replace("{width: 8}}", "{width: 9}}").replace(
        "    at: {N: 64}", "\n    # a line more\n    at: {N: 64}"
    )
    after = Networks(SourceFile("net.yaml", text), before)
    assert after.network("small").report is not small.report
    assert after.network("small").report.totals.parameters == 9 * 28
    # Its own text has a line more.
    assert after.network("large").report is not large.report
    again = Networks(SourceFile("net.yaml", text.replace("{width: 9}}", "{width: 7}}")), after)
    assert again.network("large").report is after.network("large").report


def test_a_report_is_shown_at_the_lines_where_its_text_stands_now() -> None:
    before = Networks(SourceFile("net.yaml", VARIANTS))
    before.check_all()
    moved = VARIANTS.replace(
        "  small: {at: {N: 32}, let: {width: 8}}", "  small:\n    at: {N: 32}\n    let: {width: 8}"
    )
    after = Networks(SourceFile("net.yaml", moved), before)
    large = after.network("large")
    assert large.report is before.network("large").report
    (node, _) = large.report.graph.nodes
    assert large.moved.now(node.span.line) == node.span.line + 2


@pytest.mark.parametrize("path", effort.share(FILES), ids=lambda path: path.stem)
def test_after_edits_everything_is_as_in_a_text_that_was_opened_anew(path) -> None:
    random = Random(path.stem)
    text = path.read_text(encoding="utf-8")
    networks = None
    for _ in range(12):
        now = edited(text, random)
        networks = Networks(SourceFile("net.yaml", now), networks)
        if not networks.is_readable:
            continue
        text = now if random.random() < 0.5 else text
        for variant in networks.variants:
            checked = networks.network(variant)
            fresh = Architecture.from_source(SourceFile("net.yaml", now)).choose(variant).check()
            assert checked.diagnostics == fresh.diagnostics
            assert checked.report.graph.outputs.keys() == fresh.graph.outputs.keys()
            assert checked.report.totals == fresh.totals
            assert [checked.moved.span(node.span) for node in checked.report.graph.nodes] == [
                node.span for node in fresh.graph.nodes
            ]
