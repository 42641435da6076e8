"""Edits as a person would make them, in every way in which a step, a map or a list may be written."""

from __future__ import annotations

import pytest
from reading import spec_of, steps_of

from archcalc.editing import Editor, Uneditable, apply
from archcalc.editing.fields import StepCall
from archcalc.editing.manuscript import Manuscript
from archcalc.editing.text import TextEdit
from archcalc.source import SourceFile, plain
from archcalc.source.document import Node


def edited(text: str, name: str, way: str, *given: str, step: int = 0) -> str:
    """The text after an edit of a step (by its index), or of the spec."""
    editor = Editor(SourceFile(name, text))
    steps = steps_of(spec_of(name, text))
    method = getattr(editor, way)
    return apply(text, [method(*([steps[step]] if way.endswith(("field", "before", "after")) else []), *given)])


FIELDS = {
    "a bare kind gets its main field": ("- leaky_relu  # t", "slope", "1/5", "- leaky_relu: 1/5  # t"),
    "a bare kind gets another field": ("- leaky_relu", "slope", "1/5", "- leaky_relu: 1/5"),
    "a kind with siblings only": ("- {batch_norm, as: s}", "affine", "false", "- {batch_norm: {affine: false}, as: s}"),
    "a kind with a colon only": ("- batch_norm:  # t", "affine", "false", "- batch_norm: {affine: false}  # t"),
    "a kind with null": ("- {batch_norm: null, as: s}", "affine", "false", "- {batch_norm: {affine: false}, as: s}"),
    "one value is replaced": ("- max_pool: 2  # t", "kernel", "3", "- max_pool: 3  # t"),
    "one value per axis needs the name": ("- max_pool: 2", "kernel", "[3, 2]", "- max_pool: {kernel: [3, 2]}"),
    "one value is joined by another": ("- max_pool: 2  # t", "stride", "1", "- max_pool: {kernel: 2, stride: 1}  # t"),
    "a formula with a comma needs quotes": (
        "- linear: max(1, c)",
        "bias",
        "false",
        '- linear: {out: "max(1, c)", bias: false}',
    ),
    "a field under its other name": (
        "- attention: {heads: 8, kv_heads: 3}  # t",
        "key_heads",
        "4",
        "- attention: {heads: 8, kv_heads: 4}  # t",
    ),
    "a field under its other name beside a merge": (
        "- {dot_attention: [q, k, v], heads: 8, kv_heads: 3}",
        "key_heads",
        "4",
        "- {dot_attention: [q, k, v], heads: 8, kv_heads: 4}",
    ),
    "an item of a list is replaced": ("- conv: [6,  5]  # t", "kernel", "[1, 7]", "- conv: [6,  [1, 7]]  # t"),
    "the next in order is appended": ("- conv: [6, 5]", "stride", "2", "- conv: [6, 5, 2]"),
    "out of order a list becomes a map": (
        "- {conv: [6,  5], as: c}",
        "padding",
        "same",
        "- {conv: {out: 6,  kernel: 5, padding: same}, as: c}",
    ),
    "a list over several lines": (
        "- conv: [6,  # maps\n         5]",
        "padding",
        "2",
        "- conv: {out: 6,  # maps\n         kernel: 5,\n         padding: 2}",
    ),
    "a list on lines": (
        "- conv:\n    - 6  # maps\n    # high\n    - 5",
        "padding",
        "2",
        "- conv:\n    out: 6  # maps\n    # high\n    kernel: 5\n    padding: 2",
    ),
    "a list on lines, appended to": (
        "- conv:\n    - 6\n    - 5  # k",
        "stride",
        "2",
        "- conv:\n    - 6\n    - 5  # k\n    - 2",
    ),
    "a list in the column of its key moves in": (
        "- conv:\n  - 6\n\n  # high\n  - 5",
        "padding",
        "2",
        "- conv:\n    out: 6\n\n    # high\n    kernel: 5\n    padding: 2",
    ),
    "a list that is the main value": ("- pad: [0, 1]", "mode", "reflect", "- pad: {padding: [0, 1], mode: reflect}"),
    "a list that is the main value, replaced": ("- pad: [0, 1]", "padding", "[[0, 1]]", "- pad: [[0, 1]]"),
    "a list on lines that is the main value": (
        "- pad:  # t\n    - 0  # a\n    - 1",
        "mode",
        "reflect",
        "- pad:  # t\n    mode: reflect\n    padding:\n    - 0  # a\n    - 1",
    ),
    "branches": ("- concat: [here, [relu]]", "axis", "1", "- concat: {branches: [here, [relu]], axis: 1}"),
    "branches on lines": (
        "- concat:\n  - here\n  - - relu\n    - tanh",
        "axis",
        "1",
        "- concat:\n    axis: 1\n    branches:\n    - here\n    - - relu\n      - tanh",
    ),
    "a map": ("- conv: {out: 6, kernel: 5}", "kernel", "max(1, 3)", '- conv: {out: 6, kernel: "max(1, 3)"}'),
    "a map gets an entry": ("- conv: {out: 6, kernel: 5 }", "padding", "2", "- conv: {out: 6, kernel: 5, padding: 2 }"),
    "a map with a comma at its end": (
        "- conv: {out: 6, kernel: 5,}",
        "padding",
        "2",
        "- conv: {out: 6, kernel: 5, padding: 2,}",
    ),
    "an empty map": ("- leaky_relu: {}", "slope", "2", "- leaky_relu: {slope: 2}"),
    "a map over several lines": (
        "- conv: {\n    out: 6,\n    kernel: 5  # k\n  }",
        "padding",
        "2",
        "- conv: {\n    out: 6,\n    kernel: 5,  # k\n    padding: 2\n  }",
    ),
    "a map on lines": (
        "- conv:\n    out: 6\n    # high\n    kernel: 5  # k\n\n# next",
        "padding",
        "max(1, 2)",
        "- conv:\n    out: 6\n    # high\n    kernel: 5  # k\n    padding: max(1, 2)\n\n# next",
    ),
    "a value on lines below its key": (
        "- conv:\n    out: 6\n    kernel:  # two\n    - 5\n    - 3\n    stride: 1",
        "kernel",
        "3",
        "- conv:\n    out: 6\n    kernel: 3  # two\n    stride: 1",
    ),
    "a value in a step in braces needs quotes": (
        "- {leaky_relu: 3, as: r}",
        "slope",
        "max(1, 2)",
        '- {leaky_relu: "max(1, 2)", as: r}',
    ),
    "a value in quotes": ("- conv: {'out': \"6\", \"kernel\": '5'}", "out", "7", "- conv: {'out': 7, \"kernel\": '5'}"),
    "a value in quotes that stood alone": ("- linear: '6'", "bias", "false", "- linear: {out: '6', bias: false}"),
    "a value in quotes over two lines": (
        '- linear: "6 +\n    1"',
        "bias",
        "false",
        "- linear: {out: 6 + 1, bias: false}",
    ),
    "a block of text": (
        "- linear:\n    out: |\n      6\n    bias: true",
        "out",
        "7",
        "- linear:\n    out: 7\n    bias: true",
    ),
    "a kind in quotes": ("- 'conv': [6, 5]", "stride", "2", "- 'conv': [6, 5, 2]"),
    "siblings first": (
        "- as: c\n  conv: [6, 5]  # k\n  when: true",
        "stride",
        "2",
        "- as: c\n  conv: [6, 5, 2]  # k\n  when: true",
    ),
    "a field beside a merge": (
        "- {add: [a, b], broadcast: false, as: s}",
        "broadcast",
        "true",
        "- {add: [a, b], broadcast: true, as: s}",
    ),
    "a field on a line beside a merge": (
        "- add: [a, b]\n  broadcast: false  # b",
        "broadcast",
        "true",
        "- add: [a, b]\n  broadcast: true  # b",
    ),
    "one step of a group": (
        "- do: [relu, conv: [6, 5]]\n  as: g",
        "stride",
        "2",
        "- do: [relu, conv: [6, 5, 2]]\n  as: g",
        2,
    ),
}


@pytest.mark.parametrize("case", FIELDS.values(), ids=list(FIELDS))
def test_set_field(case: tuple[str, ...]) -> None:
    before, field, value, after = case[:4]
    for head in ("input: [1, 8, 8]\nlayers:\n", "layers:\n# first\n- sigmoid\n"):
        step = (case[4] if len(case) > 4 else 0) + head.count("sigmoid")  # type: ignore[operator]
        for end in ("", "\n", "\n- tanh  # last\n", "\noutput: x\n"):
            assert edited(head + before + end, "net.yaml", "set_field", field, value, step=step) == head + after + end


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[conv: [6, 5], relu]", "[conv: [6, 5, 2], relu]"),
        ("[tanh, conv: 6]", None),
        ("[{conv: [6, 5]}]", "[{conv: [6, 5, 2]}]"),
        ("[\n  conv: [6, 5],  # c\n  relu ]", "[\n  conv: [6, 5, 2],  # c\n  relu ]"),
    ],
)
def test_steps_in_brackets(before: str, after: str | None) -> None:
    if after is None:
        # What the reader could not read is no step that could be edited: it needs a kernel.
        with pytest.raises(Uneditable):
            edited(f"layers: {before}", "net.yaml", "set_field", "stride", "2", step=0)
    else:
        assert edited(f"layers: {before}", "net.yaml", "set_field", "stride", "2") == f"layers: {after}"


def test_a_value_of_a_step_without_braces_in_a_list_in_brackets_needs_quotes() -> None:
    text = "layers: [leaky_relu: 3, tanh]"
    after = 'layers: [leaky_relu: "max(1, 2)", tanh]'
    assert edited(text, "net.yaml", "set_field", "slope", "max(1, 2)") == after


JSON = '{\n  "input": [1, 8, 8],\n  "layers": [\n    %s,\n    "tanh"\n  ]\n}'


@pytest.mark.parametrize(
    ("before", "field", "value", "after"),
    [
        ('{"conv": [6, 5]}', "padding", "2", '{"conv": {"out": 6, "kernel": 5, "padding": 2}}'),
        ('{"conv": [6, 5]}', "stride", "c + 1", '{"conv": [6, 5, "c + 1"]}'),
        ('"leaky_relu"', "slope", "1/5", '{"leaky_relu": "1/5"}'),
        ('"leaky_relu"', "slope", "2", '{"leaky_relu": 2}'),
        ('{"batch_norm": null, "as": "s"}', "affine", "false", '{"batch_norm": {"affine": false}, "as": "s"}'),
        ('{"max_pool": "2"}', "stride", "1", '{"max_pool": {"kernel": "2", "stride": 1}}'),
        (
            '{"linear": {\n      "out": 5\n    }}',
            "bias",
            "false",
            '{"linear": {\n      "out": 5,\n      "bias": false\n    }}',
        ),
        ('{"conv": {"out": "6", "kernel": 3}}', "kernel", "[1, 7]", '{"conv": {"out": "6", "kernel": [1, 7]}}'),
        (
            '{"add": ["here", ["relu"]]}',
            "broadcast",
            "true",
            '{"add": {"branches": ["here", ["relu"]], "broadcast": true}}',
        ),
    ],
)
@pytest.mark.parametrize("name", ["net.json", "net.yaml"])
def test_json(name: str, before: str, field: str, value: str, after: str) -> None:
    assert edited(JSON % before, name, "set_field", field, value) == JSON % after


def test_blocks_have_the_fields_that_they_declare() -> None:
    text = 'blocks:\n  b(w, k=3, "s=1"): [conv: [w, k]]\nlayers:\n- b: 4\n- b: [4]\n- b: {w: 4}\n'.replace('"', "")
    for index, after in enumerate(["{w: 4, k: 5}", "[4, 5]", "{w: 4, k: 5}"]):
        lines = text.splitlines()
        lines[3 + index] = f"- b: {after}"
        assert edited(text, "net.yaml", "set_field", "k", "5", step=index) == "\n".join(lines) + "\n"
    # The step of the block itself is written once, for all calls.
    assert "[conv: {out: w, kernel: k, padding: 1}]" in edited(text, "n.yaml", "set_field", "padding", "1", step=3)


@pytest.mark.parametrize(("kind", "field"), [("use", "name"), ("apply", "kind")])
def test_what_is_used_again_has_a_field_too(kind: str, field: str) -> None:
    text = f"layers:\n- {{relu, as: r}}\n- {kind}: r\n"
    assert edited(text, "net.yaml", "set_field", field, "tanh", step=1) == text.replace(f"{kind}: r", f"{kind}: tanh")


@pytest.mark.parametrize(
    ("text", "way", "step", "after"),
    [
        ("layers:\n  - relu  # r\n", "after", 0, "layers:\n  - relu  # r\n  - NEW\n"),
        ("layers:\n- relu", "after", 0, "layers:\n- relu\n- NEW"),
        ("layers:\n- relu\n# t\n- tanh", "before", 1, "layers:\n- relu\n- NEW\n# t\n- tanh"),
        (
            "layers:\n- conv:\n    out: 6\n    kernel: 5  # k\n- relu",
            "after",
            0,
            "layers:\n- conv:\n    out: 6\n    kernel: 5  # k\n- NEW\n- relu",
        ),
        ("layers: [relu]", "before", 0, "layers: [NEW, relu]"),
        ("layers: [relu, tanh]  # l", "after", 0, "layers: [relu, NEW, tanh]  # l"),
        ("layers: [\n  relu,  # r\n  tanh  # t\n]", "before", 0, "layers: [\n  NEW,\n  relu,  # r\n  tanh  # t\n]"),
        ("layers: [\n  relu,  # r\n  tanh  # t\n]", "after", 0, "layers: [\n  relu,  # r\n  NEW,\n  tanh  # t\n]"),
        ("layers: [\n  relu,  # r\n  tanh  # t\n]", "after", 1, "layers: [\n  relu,  # r\n  tanh,  # t\n  NEW\n]"),
        ("layers: [relu, tanh,\n         relu, tanh]", "after", 2, "layers: [relu, tanh,\n         relu, NEW, tanh]"),
        (
            "layers:\n- add:\n  - here\n  - - relu\n    - tanh\n",
            "after",
            1,
            "layers:\n- add:\n  - here\n  - - relu\n    - NEW\n    - tanh\n",
        ),
        ("layers:\n- add:\n  - here\n  - - relu\n", "before", 1, "layers:\n- add:\n  - here\n  - - NEW\n    - relu\n"),
        ("layers:\n- repeat: 2\n  do: [relu]\n", "after", 1, "layers:\n- repeat: 2\n  do: [relu, NEW]\n"),
        ("blocks:\n  b: [relu]\nlayers: [b]\n", "before", 1, "blocks:\n  b: [NEW, relu]\nlayers: [b]\n"),
        ('{"layers": ["relu"]}', "after", 0, '{"layers": ["relu", NEW]}'),
    ],
)
def test_a_step_is_inserted(text: str, way: str, step: int, after: str) -> None:
    is_json = text.startswith("{")
    for new, quoted in (
        ("crop: {to: here}", '{"crop": {"to": "here"}}'),
        ("{crop: {to: here}, from: skip}", '{"crop": {"to": "here"}, "from": "skip"}'),
        ("identity", '"identity"'),
    ):
        assert edited(text, "n.yaml", f"insert_step_{way}", new, step=step) == after.replace(
            "NEW", quoted if is_json else new
        )


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("layers:\n- add:\n  - here\n  - do: [relu]\n", 1),
        ("blocks:\n  b:\n  - add:\n    - here\n    - do: [relu]\nlayers: [b]\n", 2),
    ],
)
def test_a_branch_is_no_place_for_a_step(text: str, step: int) -> None:
    with pytest.raises(Uneditable, match="branch of its own"):
        edited(text, "n.yaml", "insert_step_after", "relu", step=step)


@pytest.mark.parametrize(
    ("text", "given", "after"),
    [
        ("layers: [relu]\n", ("set_top_level", "rounding", "floor"), "rounding: floor\nlayers: [relu]\n"),
        (
            "# net\ninput: [1, N]  # n\nlayers: [relu]",
            ("set_at", "N", "8"),
            "# net\ninput: [1, N]  # n\nat: {N: 8}\nlayers: [relu]",
        ),
        ("at: {N: 570}  # n\nlayers: []", ("set_at", "N", "572"), "at: {N: 572}  # n\nlayers: []"),
        ("at: {N: 570}\nlayers: []", ("set_at", "M", "572"), "at: {N: 570, M: 572}\nlayers: []"),
        ("at:\n  N: 570  # n\n\nlayers: []", ("set_at", "M", "572"), "at:\n  N: 570  # n\n  M: 572\n\nlayers: []"),
        ("at:  # none\nlayers: []", ("set_at", "N", "572"), "at: {N: 572}  # none\nlayers: []"),
        ("rounding: {conv: floor}\nlayers: []", ("set_top_level", "rounding", "ceil"), "rounding: ceil\nlayers: []"),
        ("rounding:\n  conv: floor\nlayers: []", ("set_top_level", "rounding", "ceil"), "rounding: ceil\nlayers: []"),
        ("let:\n  c: 3\n  f(x): x*2\n", ("set_let", "f", "max(x, 1)"), "let:\n  c: 3\n  f(x): max(x, 1)\n"),
        ("let: {c: 3}\n", ("set_let", "c", "[1, 2]"), "let: {c: [1, 2]}\n"),
        ("variants:\n  a: {let: {x: 1}}\n", ("set_at", "N", "8", "a"), "variants:\n  a: {let: {x: 1}, at: {N: 8}}\n"),
        ("variants:\n  a:\n  b:\n", ("set_at", "N", "8", "a"), "variants:\n  a: {at: {N: 8}}\n  b:\n"),
        ("variants:\n  a:\n    at: {N: 7}\n", ("set_at", "N", "8", "a"), "variants:\n  a:\n    at: {N: 8}\n"),
        (
            "variants:\n  a:\n    expect: []\n",
            ("set_at", "N", "8", "a"),
            "variants:\n  a:\n    at: {N: 8}\n    expect: []\n",
        ),
        ("variants: {a: {}}\n", ("set_top_level", "rounding", "floor", "a"), "variants: {a: {rounding: floor}}\n"),
        # Only the keys of the language have an order: a value or a variant of such a name is one as any other.
        (
            "variants:\n  a: {let: {x: 1}}\n",
            ("set_let", "expect", "2", "a"),
            "variants:\n  a: {let: {x: 1, expect: 2}}\n",
        ),
        ("variants: {a: {}}\n", ("set_at", "N", "8", "expect"), "variants: {a: {}, expect: {at: {N: 8}}}\n"),
        ('{"at": {"N": 570}}', ("set_at", "N", "572"), '{"at": {"N": 572}}'),
        ('{\n  "input": [1]\n}', ("set_at", "N", "N2 + 1"), '{\n  "input": [1],\n  "at": {"N": "N2 + 1"}\n}'),
    ],
)
def test_keys_of_the_spec(text: str, given: tuple[str, ...], after: str) -> None:
    assert edited(text, "net.yaml", *given) == after


def test_a_map_s_name_becomes_a_branch() -> None:
    text = "layers:\n- {relu, as: skip}\n- concat: [here, skip]  # join\n"
    step = steps_of(spec_of("n.yaml", text))[1]
    edit = Editor(SourceFile("n.yaml", text)).replace_value(step.branches[1].span, "[{crop: {to: here}, from: skip}]")  # type: ignore[attr-defined]
    assert apply(text, [edit]).endswith("- concat: [here, [{crop: {to: here}, from: skip}]]  # join\n")


def test_the_items_of_a_loop_are_values() -> None:
    text = "layers:\n- for: {w: [8, 16], k: 1..2}\n  do: [linear: w]\n"
    loop = steps_of(spec_of("n.yaml", text))[0].loop  # type: ignore[attr-defined]
    edit = Editor(SourceFile("n.yaml", text)).replace_value(loop.variables["w"].items[1].span, "w0*2")
    assert apply(text, [edit]) == text.replace("16", "w0*2")


@pytest.mark.parametrize(
    ("text", "way", "given"),
    [
        ("layers: [tanh]", "set_field", ("slope", "2")),
        ("layers: [conv: [6, 5]]", "set_field", ("stride", "2\n")),
        ("layers: [conv: [6, 5]]", "set_field", ("stride", "")),
        ("layers: [conv: [6, 5]]", "set_field", ("stride", "[2")),
        ("layers: [conv: [6, 5]]", "set_field", ("stride", ">= 2")),
        ("layers: [conv: [6, 5]]", "set_field", ("stride", "&a 2")),
        ("layers: [add: [here, here]]", "set_field", ("unknown", "2")),
        ("layers: [{from: x}]", "set_field", ("kernel", "2")),
        ("layers:\n- do: [relu]", "set_field", ("kernel", "2")),
        ("layers: [fork: [here]]", "set_field", ("kernel", "2")),
        ("layers:\n- conv:\n    -\n      6\n    - 5", "set_field", ("padding", "2")),
        ("layers: [leaky_relu: 3]\nat: 3", "set_at", ("N", "3")),
        ("blocks: {b(w): [relu]}\nlayers: [b: [4, 5]]", "set_field", ("w", "2")),
    ],
)
def test_what_is_refused(text: str, way: str, given: tuple[str, ...]) -> None:
    with pytest.raises(Uneditable) as refused:
        edited(text, "net.yaml", way, *given)
    assert refused.value.reason and refused.value.reason == str(refused.value)


@pytest.mark.parametrize("other", ["tanh", "[1, 8, 8]"])
def test_an_edit_that_would_change_something_else_is_refused(other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while a field is set, the text is read again, and compared with what it was."""
    text = "input: [1, 8, 8]\nlayers: [max_pool: 2, tanh]\n"
    assert "max_pool: 3, tanh" in edited(text, "net.yaml", "set_field", "kernel", "3")
    written = StepCall.set

    def careless(call: StepCall, field: str, value: Node) -> list[TextEdit]:
        place = text.index(other)
        return [*written(call, field, value), TextEdit(place, place + len(other), "relu")]

    monkeypatch.setattr(StepCall, "set", careless)
    with pytest.raises(Uneditable, match="something else"):
        edited(text, "net.yaml", "set_field", "kernel", "3")


def test_yaml_below_a_quoted_comment_is_no_json() -> None:
    text = '# "Rectifiers" by name\nlayers: [leaky_relu]\n'
    assert edited(text, "net.yaml", "set_field", "slope", "1/5") == text.replace("leaky_relu", "leaky_relu: 1/5")


def test_yaml_in_braces_is_no_json() -> None:
    text = "{input: [1, 8], layers: [leaky_relu]}\n"
    assert edited(text, "net.yaml", "set_field", "slope", "1/5") == text.replace("leaky_relu", "leaky_relu: 1/5")


@pytest.mark.parametrize("path", [("layers", "relu"), ("layers", 1), ("layers", 0, "kernel"), ("at",)])
def test_nothing_stands_at_a_path_that_leads_nowhere(path: tuple[str | int, ...]) -> None:
    manuscript = Manuscript(SourceFile("net.yaml", "layers: [relu]"))
    assert plain(manuscript.at(("layers", 0))) == "relu"
    with pytest.raises(Uneditable, match="nothing stands at"):
        manuscript.at(path)


def test_a_text_that_is_no_yaml() -> None:
    with pytest.raises(Uneditable, match="cannot be read"):
        Editor(SourceFile("net.yaml", "layers: [relu"))


def test_a_step_of_another_text() -> None:
    step = steps_of(spec_of("a.yaml", "layers:\n\n\n- relu"))[0]
    with pytest.raises(Uneditable, match="does not stand in this text"):
        Editor(SourceFile("b.yaml", "layers: [relu]")).set_field(step, "inplace", "1")
