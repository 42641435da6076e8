"""Lenses, hovers, changes to choose and the outline of a text."""

from __future__ import annotations

import pytest
from catalogue import FILES

import archcalc
from archcalc.editing import TextEdit, apply
from archcalc.editor.actions import Action, actions, all_safe, difference
from archcalc.editor.hover import hover
from archcalc.editor.lenses import lenses, network_title
from archcalc.editor.networks import Networks
from archcalc.editor.outline import Entry, folds, outline
from archcalc.source import SourceFile


def networks(text: str) -> Networks:
    found = Networks(SourceFile("net.yaml", text))
    found.check_all()
    return found


def made(text: str, action: Action) -> str:
    file = SourceFile("net.yaml", text)
    edits = [
        TextEdit(file.offset(*change.span[:2]), file.offset(*change.span[2:]), change.text) for change in action.changes
    ]
    return apply(text, edits)


def test_a_network_is_told_with_its_counts_and_legal_sizes() -> None:
    known = networks(archcalc.load("unet:paper").text)
    first = next(lens for lens in lenses(known) if lens.title is None)
    assert first.variant == "paper"
    title = network_title(known.network("paper"))
    assert title == "31,030,658 parameters · 150,428,424,448 multiplications · legal: N = 12 (mod 16), N >= 188"


def test_a_claim_says_whether_it_holds_and_by_how_much() -> None:
    claims = "".join(f"  - {{parameters: {number}}}\n" for number in ("90", "80", "<= 100"))
    text = f"input: [8]\nlayers: [linear: 10]\nexpect:\n{claims}"
    told = {lens.span.line: lens.title for lens in lenses(networks(text)) if lens.title}
    assert told[4] == "holds"
    assert told[5] == "parameters fails: computed 90, 10 too many"
    assert told[6].startswith("holds: ") and "10" in told[6]


def test_a_claim_that_only_some_variants_meet_names_the_others() -> None:
    text = """\
input: [8]
let: {n: 10}
variants: {a: {let: {n: 10}}, b: {let: {n: 11}}}
layers: [linear: n]
expect: {parameters: 90}
"""
    (told,) = [lens.title for lens in lenses(networks(text)) if lens.title]
    assert told == "parameters fails: computed 99, 9 too many (b); holds"


def test_repairs_are_offered_where_the_error_is() -> None:
    text = "input: [1, 7, 7]\nlayers:\n  - relu\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
    known = networks(text)
    assert not actions(known, 3, 3)
    offered = actions(known, 4, 4)
    first = next(one for one in offered if one.title.startswith("padding: 1 on conv 1"))
    assert not first.is_safe and first.harms
    assert any("rounding: floor" in one.title and "(legal: H >= 3; W >= 3)" in one.title for one in offered)
    assert archcalc.load(made(text, first)).check().ok


def test_a_slip_is_repaired_safely() -> None:
    text = "input: [3, 8, 8]\nlayers:\n  - Conv2d: {out_channels: 8, kernel_size: 3}\n  - ReLU\n"
    known = networks(text)
    safe = [action for action in actions(known, 3, 3) if action.is_safe]
    assert {change.text for action in safe for change in action.changes} >= {"conv"}
    fixed = all_safe(known)
    assert fixed == "input: [3, 8, 8]\nlayers:\n  - conv: {out: 8, kernel: 3}\n  - relu\n"
    change = difference(known.file, fixed)
    assert made(text, Action("", (change,), "", (1, 1), True)) == fixed


def test_nothing_is_repaired_in_a_text_that_is_well() -> None:
    assert all_safe(networks(archcalc.load("lenet").text)) is None


@pytest.mark.parametrize(
    ("line", "column", "wanted"),
    [
        (3, 6, "(8 - 5 + 2·0)/1 + 1 = 4"),
        (3, 6, "Fields, in their order"),
        (3, 14, "Number of output channels"),
        (1, 3, "**input**"),
        (4, 6, "Rectifier"),
    ],
)
def test_a_hover_shows_the_work_and_the_page(line: int, column: int, wanted: str) -> None:
    known = networks("input: [1, 8, 8]\nlayers:\n  - conv: {out: 6, kernel: 5}\n  - relu\n")
    found = hover(known, known.network(None), line, column)
    assert found is not None and wanted in found.markdown


def _names(entries: list[Entry]) -> list[str]:
    return [name for entry in entries for name in (entry.name, *_names(entry.children))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_outline_holds_every_name_and_nests(path) -> None:
    file = SourceFile("net.yaml", path.read_text(encoding="utf-8"))
    known = Networks(file)
    found = outline(known.document)
    spec = known.program.document
    names = _names(found)
    assert set(spec.variants) <= set(names)
    assert {name.partition("(")[0] for name in names} >= set(spec.blocks)

    def nested(entries: list[Entry]) -> None:
        for entry in entries:
            assert entry.span[:2] <= entry.key[:2] and entry.key[2:] <= entry.span[2:], entry
            for inner in entry.children:
                assert entry.span[:2] <= inner.span[:2] and inner.span[2:] <= entry.span[2:], (entry, inner)
            nested(entry.children)

    nested(found)
    for fold in folds(known.document):
        assert 1 <= fold.first < fold.last <= len(file.lines)
