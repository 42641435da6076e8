"""The hints beside the lines, held against the report of the same network."""

from __future__ import annotations

import re

import pytest
from catalogue import FILES

from archcalc.editor.hints import hints
from archcalc.editor.networks import Networks
from archcalc.source import SourceFile


def beside(text: str, variant: str | None = None) -> dict[int, list[str]]:
    file = SourceFile("net.yaml", text)
    found: dict[int, list[str]] = {}
    for hint in hints(Networks(file).network(variant), file):
        found.setdefault(hint.line, []).append(hint.text)
    return found


def test_a_step_shows_its_shape_and_its_parameters() -> None:
    assert beside("input: [1, 32, 32]\nlayers:\n  - conv: [6, 5]\n  - tanh\n  - avg_pool: 2\n") == {
        3: ["→ 6×28×28 · 156 params"],
        4: ["→ 6×28×28"],
        5: ["→ 6×14×14"],
    }


def test_a_loop_shows_the_first_and_the_last_shape_and_all_its_parameters() -> None:
    text = (
        "input: [1, 32, 32]\nlayers:\n  - for: {c: [2, 4, 8]}\n    do:\n      - conv: {out: c, kernel: 3, padding: 1}\n"
    )
    assert beside(text) == {5: [f"→ 2×32×32 … 8×32×32 · {20 + 76 + 296} params"]}


def test_a_block_shows_what_all_its_calls_share() -> None:
    text = """\
input: [4, 16, 16]
blocks:
  unit(c):
    - conv: [c, 1]
    - {conv: [4, 1], as: back}
    - max_pool: 2
layers:
  - unit: 8
  - unit: 16
"""
    shown = beside(text)
    assert 4 not in shown, "nothing is the same in both calls"
    assert shown[5] == ["→ 4×…×…"], "the channels are, and the parameters are not"
    assert shown[6] == ["→ 4×…×…"]
    assert shown[8] == ["→ 4×8×8 · 76 params"]
    assert shown[9] == ["→ 4×4×4 · 148 params"]


def test_several_steps_of_a_line_have_their_hints_behind_each() -> None:
    file = SourceFile("net.yaml", "input: [1, 8, 8]\nlayers: [conv: [2, 3], max_pool: 2]  # both\n")
    first, last = hints(Networks(file).network(None), file)
    line = file.line(2)
    assert line[: first.column - 1].endswith("conv: [2, 3]") and first.text == "→ 2×6×6 · 20 params"
    assert line[: last.column - 1].endswith("max_pool: 2") and last.text == "→ 2×3×3"


def test_behind_an_error_only_what_is_known_is_shown() -> None:
    shown = beside(
        "input: [1, 8, 8]\nlayers:\n  - conv: {out: 4, kernel: 3, stride: 4}\n  - relu\n  - global_avg_pool\n"
    )
    assert shown == {3: ["→ 4×?×?"], 4: ["→ 4×?×?"], 5: ["→ 4×1×1"]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_hints_of_the_catalogue_are_the_numbers_of_the_report(path) -> None:
    """Steps outside of blocks: the shapes are those of their first and last layer, the counts their sums."""
    file = SourceFile("net.yaml", path.read_text(encoding="utf-8"))
    networks = Networks(file)
    checked = networks.network(networks.variants[0])
    rows: dict[tuple[int, int], list] = {}
    report = checked.report
    for layer, node in zip(report.layers, report.graph.nodes, strict=True):
        if node.call is None and node.step.origin is node.step and len(layer.outputs) == 1:
            rows.setdefault((node.span.line, node.span.column), []).append(layer)
    texts = beside(file.text, networks.variants[0])
    for (line, _), layers in rows.items():
        ends = list(dict.fromkeys(["×".join(map(str, layers[end].outputs[0])) for end in (0, -1)]))
        shape = re.escape(" … ".join(ends))
        total = sum(layer.parameters for layer in layers)
        count = f" · {total:,} param" if total else ""
        assert any(re.match(f"→ {shape}{re.escape(count)}", text) for text in texts[line]), (line, ends, texts[line])
