"""New names that would change more than the name are refused, in words that say why."""

from __future__ import annotations

import re
from random import Random

import pytest
from editor.renamed import every_name, names_of, spelled
from effort import parts
from strategies.specs import random_spec

import archcalc
from archcalc.editor.names import Names, Refusal

NET = """\
input: {image: [3, N, N]}
at: {N: 8}
let:
  wide: 8
  twice(n): 2 * n
blocks:
  unit(out, act=relu):
    - {conv: {out: out, kernel: 3, padding: 1}, as: conv}
    - {apply: act, as: act}
  other: [relu]
layers:
  - {conv: [wide, 1], as: stem}
  - for: {i: 1..3, w: [8, 8, 8]}
    do: [{unit: w, as: stage$i}]
  - {conv: [twice(4), 1], as: neck}
  - add: [here, stage1, "stage2", [{from: stem}, relu]]
  - {elementwise: 2 * x + stem, as: sum}
  - {linear: channels(stem), as: last}
  - {other, when: wide == 8}
variants: {small: {let: {wide: 8}}, large: {}}
"""


def place(names: Names, word: str, number: int) -> tuple[int, int]:
    """Where a word stands for the first time, or for another one."""
    text = names.program.file.text
    offset = [match.start() for match in re.finditer(rf"\b{re.escape(word)}", text)][number]
    span = names.program.file.span(offset, offset)
    return span.line, span.column


@pytest.mark.parametrize(
    ("word", "number", "new", "reason"),
    [
        ("stem", 0, "neck", "`neck` is taken: a step is called so, at line 15"),
        ("stem", 0, "forward", "`forward` is an attribute of torch.nn.Module"),
        ("stem", 0, "here", "`here` is a word of the language"),
        ("stem", 0, "class", "`class` is a keyword of Python"),
        ("stem", 0, "my stem", "`my stem` is not a name"),
        ("stem", 0, "a.b", "`a.b` is not a name"),
        ("stem", 0, "", "`` is not a name"),
        ("stem", 0, "my-stem", "in an expression a hyphen is a minus, and one reads it at line 17"),
        ("stem", 0, "stage3", "then it would say of net:small: the name `stage3` is used twice in the network"),
        ("neck", 0, "wide", "the name at line 19 would stand for something else: one would hide the other"),
        ("stem", 0, "stem$i", "`stem$i` has computed parts, and `stem` has none"),
        ("stem", 0, "x", "then it would say of net:small: `x` is the map that arrives, and something else here is"),
        ("stage$i", 0, "stage", "`stage$i` is a name with computed parts: keep `$i`, and change what stands around"),
        ("stage$i", 0, "stem", "keep `$i`"),
        ("stage1", 0, "body", "`stage1` is one of the names `stage$...`, which are computed"),
        ("stage1", 0, "stage2", "which are computed: keep what makes it this one, or rename it where the step is"),
        ("wide", 0, "twice", "`twice` is taken: a function is called so, at line 5"),
        ("wide", 0, "N", "`N` is taken: a symbol is called so, at line 2"),
        ("wide", 0, "same", "`same` is a word of the language"),
        ("wide", 0, "2wide", "`2wide` is not a name: letters, digits and underscores, not beginning with a digit"),
        ("wide", 0, "my-wide", "`my-wide` is not a name"),
        ("twice", 0, "max", "`max` is a function of the language"),
        ("N", 0, "wide", "`wide` is taken: a let is called so, at line 4"),
        ("w:", 0, "i", "`i` is taken: a loop variable is called so, at line 13"),
        ("unit", 0, "other", "`other` is taken: a block is called so, at line 10"),
        ("unit", 0, "relu", "then it would say at line 7: block `relu` hides the layer of that name"),
        ("other", 0, "conv", "hides the layer of that name"),
        ("out", 0, "act", "`act` is taken: a parameter is called so, at line 7"),
        ("small", 0, "large", "`large` is taken: a variant is called so, at line 20"),
        ("small", 0, "a b", "`a b` is not a name of a variant"),
        ("image", 0, "stem", "then it would say"),
    ],
)
def test_names_that_are_refused(word: str, number: int, new: str, reason: str) -> None:
    names = names_of(NET)
    found = names.rename(*place(names, word, number), new)
    assert isinstance(found, Refusal), found
    assert reason in found.reason


@pytest.mark.parametrize(
    ("word", "number", "reason"),
    [
        ("input", 0, "`input` is a word of the language"),
        ("layers", 0, "`layers` is a word of the language"),
        ("conv", 0, "`conv` is a layer of archcalc, and no name of this spec"),
        ("as", 0, "`as` is a word of the language"),
        ("here", 0, "`here` is a word of the language"),
        ("channels", 0, "`channels` is a"),
        ("8", 0, "a number is no name: give the step a name by `as`, and write it here"),
        ("x +", 0, "`x` is no name of this spec"),
    ],
)
def test_words_that_are_no_names(word: str, number: int, reason: str) -> None:
    names = names_of(NET)
    found = names.prepare(*place(names, word, number))
    assert isinstance(found, Refusal), found
    assert reason in found.reason
    assert names.rename(*place(names, word, number), "fresh") == found


def test_what_is_changed_is_offered_as_it_stands() -> None:
    names = names_of(NET)
    for word, number, old in (("stage$i", 0, "stage$i"), ("i}", 0, "i"), ("stage2", 0, "stage2"), ("w,", 0, "w")):
        found = names.prepare(*place(names, word, number))
        assert not isinstance(found, Refusal)
        assert found[1] == old


def test_the_same_name_changes_nothing() -> None:
    names = names_of(NET)
    assert names.rename(*place(names, "stem", 0), "stem") == []


def test_a_computed_name_gets_parentheses_where_a_letter_follows() -> None:
    names = names_of(NET)
    edits = names.rename(*place(names, "stage$i", 0), "s$(i)x")
    assert not isinstance(edits, Refusal)
    changed = names.changed(edits)
    assert "as: s$(i)x}" in changed
    assert 'add: [here, s1x, "s2x", [' in changed


def test_a_place_behind_a_name_is_the_name() -> None:
    names = names_of(NET)
    line, column = place(names, "stem}", 0)
    one = names.at(line, column + 4)
    assert one is not None
    assert names.text(one) == "stem"
    assert names.at(line, column + 5) is None


def test_a_text_that_is_no_spec_has_no_names() -> None:
    for text in ("", "a: [", "- a\n- b", "layers: 3", "input: {a"):
        names = names_of(text)
        assert names.at(1, 1) is None
        assert isinstance(names.prepare(1, 1), Refusal)


def test_what_can_be_read_in_the_middle_of_typing_has_its_names() -> None:
    typed = NET.replace("- {other, when: wide == 8}\n", "- othe\n  - conv: {out: 3 +, kernel: }\n").replace(
        "relu):", "):"
    )
    names = names_of(typed)
    one = names.at(*place(names, "stage1", 0))
    assert one is not None
    assert [span.line for span in names.references(one)] == [14, 16, 16]
    refused = names_of(NET.replace("N: 8}", "N: 8 +}")).rename(12, 27, "fresh")
    assert isinstance(refused, Refusal)
    assert refused.reason == "mistakes keep the network unknown, so that nothing proves a new name: correct them first"


def test_what_cannot_be_read_may_mean_a_name() -> None:
    names = names_of(
        "input: [8]\nlet: {w: 8, v: 8, u: w +}\nlayers:\n  - {linaer: {out: v}, as: a}\n  - {linear: w, as: b$(1)}\n"
        "  - do:\n      - add: [b1, {linear: v}]\n  - {linear: 8, as: c}  # and v\n"
    )
    may_be = "has a mistake, and `{}` in it may be meant, too: correct it first"
    assert names.rename(2, 7, "fresh") == Refusal(f"line 2 {may_be.format('w')}")
    assert names.rename(2, 13, "fresh") == Refusal(f"line 4 {may_be.format('v')}")
    assert names.rename(5, 21, "fresh$(1)") == Refusal(f"line 7 {may_be.format('b')}")
    assert names.rename(8, 21, "fresh") == [((8, 21, 8, 22), "fresh")]


def test_letters_that_are_written_otherwise_are_not_changed() -> None:
    names = names_of('{"input": [8], "layers": [{"linear": 8, "as": "a"}, {"add": ["here", "\\u0061"]}]}')
    found = names.rename(1, 48, "b")
    assert found == Refusal("at line 1 the name stands in a text with escapes, or across lines")


@pytest.mark.parametrize(
    "layers",
    [
        "[{use: a.x, as: a}, {add: [here, a.x]}]",
        "[{use: b, as: a}, {use: a, as: b}, {add: [a.x, b.x]}]",
        "[{one, as: none}, {add: [here, c, d]}]",
        "[{from: a.b.c}, {use: here, as: a}, {register: [a]}, {apply: one, as: a}]",
    ],
)
def test_names_that_lead_in_circles_end(layers: str) -> None:
    text = "input: [8]\nblocks: {one: [{two, as: none}, {relu, as: c}], two: [{one, as: none}, {relu, as: d}]}"
    names = names_of(f"{text}\nlayers: {layers}\nexpect: {{of: '*.x', parameters: 0}}")
    for one in names.occurrences:
        assert one.span is not None
        assert isinstance(names.rename(one.span.line, one.span.column, "fresh"), (list, Refusal))


def test_variants_that_have_inputs_of_their_own() -> None:
    text = "layers: [{linear: w, as: a}]\nlet: {w: 3}\nvariants: {s: {input: [3]}, t: {input: [4], let: {w: 4}}}"
    names = names_of(text)
    for line, column, places in ((1, 26, 1), (2, 7, 3), (3, 12, 1)):
        found = names.rename(line, column, "fresh")
        assert not isinstance(found, Refusal), found
        assert len(found) == places
        chosen = Names.of(names.program.choose("s"))
        assert chosen.rename(line, column, "fresh") == found


WORDS = ("here", "relu", "conv", "x", "N", "width", "same", "input", "m1", "m2", "m3", "i", "twice", "a-b", "7", "q")


@pytest.mark.parametrize("seeds", parts(500, 50), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_any_new_name_is_refused_or_changes_no_number(seeds: range) -> None:
    for seed in seeds:
        rng = Random(seed)
        text = spelled(random_spec(rng), rng)
        names = names_of(text)
        places = list(every_name(names))
        if not places:
            continue
        one = rng.choice(places)
        assert one.span is not None
        found = names.rename(one.span.line, one.span.column, rng.choice(WORDS))
        if isinstance(found, Refusal):
            assert found.reason
            continue
        before, after = archcalc.load(text), archcalc.load(names.changed(found))
        variants = list(zip(before.variants, after.variants, strict=True)) or [(None, None)]
        for old, new in variants:
            one_report, other = before.choose(old).check(), after.choose(new).check()
            assert numbers(one_report) == numbers(other)


def numbers(report: archcalc.Report) -> object:
    """What is counted of every layer, and which code is told where: nothing that a name changes.

    Whether a name is told that nothing reads, depends on what else is called so.
    """
    layers = [(layer.kind, str(layer.parameters).isdigit() and layer.parameters) for layer in report]
    told = [one for one in report.diagnostics if one.code.id not in ("AC146", "AC149")]
    return layers, report.complete, sorted((one.code.id, one.span and one.span.line) for one in told)


def test_a_change_that_leaves_a_place_out_is_refused() -> None:
    left_out = 0
    for index in range(len(names_of(NET).occurrences)):
        names = names_of(NET)
        one = names.occurrences[index]
        if one.is_definition or one.span is None:
            continue
        for name in one.names:
            name.occurrences.remove(one)
        (first, *_) = one.names[0].definitions
        assert first.span is not None
        found = names.rename(first.span.line, first.span.column, f"fresh{names.text(first)}")
        assert isinstance(found, Refusal), names.text(one)
        left_out += 1
    assert left_out > 10


def test_a_name_that_would_hide_another_of_the_same_value_is_refused() -> None:
    names = names_of(
        "input: [8, 4, 4]\nlet: {w: 8}\nlayers:\n  - for: {v: [8, 8]}\n    do: [conv: [w, 1], conv: [v, 1]]\n"
    )
    hidden = Refusal("the name at line 5 would stand for something else: one would hide the other")
    assert names.rename(2, 7, "v") == hidden
    assert names.rename(4, 11, "w") == hidden


def test_a_pattern_that_would_mean_others_is_refused() -> None:
    names = names_of(
        "input: [8]\nlayers: [{relu, as: a1}, {relu, as: a2}, {relu, as: b}]\nexpect: {of: 'a?', parameters: 0}\n"
    )
    assert names.rename(2, 54, "a3") == Refusal("the pattern at line 3 would stand for other names")


def test_line_ends_tabs_and_wide_letters_count_as_people_see_them() -> None:
    text = "name: 宽 net\r\ninput: [8]\r\nlayers:\r\n  - {linear:\t8, as: stem}  # ü\r\n  - {relu, from:\tstem}\r\n"
    names = names_of(text)
    assert names.rename(5, 18, "a") == [((4, 21, 4, 25), "a"), ((5, 18, 5, 22), "a")]
