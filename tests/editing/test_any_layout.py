"""Random specs in random layouts, edited at random: the change is made, and nothing else changes."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from layouts import written
from reading import meaning, spec_of, steps_of
from strategies import random_spec
from strategies.choices import pick

from archcalc.editing import Editor, TextEdit, Uneditable, apply, rewritten
from archcalc.layers.table import layer_fields
from archcalc.source import SourceFile
from archcalc.spec.model import BlockStep, LayerStep, MergeStep, Spec, Step

VALUES = ["7", "[1, 2]", "max(1, 3)", "[[0, 1], [1, 0]]", "same", "true", "-1", "1/2"]
INSERTED = ["relu", "conv: [4, 3]", "{linear: 5, as: fresh}", "crop: {to: here}"]
SEEDED = st.integers(0, 2**32).map(Random)
"""Whole specs and layouts from one number: much faster than recording every choice, and shrinking them shows little."""


def of_spec(rng: Random) -> tuple[str, str, Spec]:
    """A random spec in a random layout: its text, the name of its file and what the reader makes of it."""
    text, name = written(rng, random_spec(rng))
    return text, name, spec_of(name, text)


def made(name: str, text: str, edit: TextEdit) -> tuple[str, Spec]:
    """The changed text, whose other lines are as they were and whose comments are all there."""
    new = apply(text, [edit])
    first, last = text.count("\n", 0, edit.start), text.count("\n", edit.end)
    before, after = text.split("\n"), new.split("\n")
    assert before[:first] == after[:first]
    assert before[len(before) - last :] == after[len(after) - last :]
    return new, spec_of(name, new)


def remarks(text: str) -> list[str]:
    return [piece.split("\n")[0] for piece in text.split("# remark")[1:]]


def value_of(text: str) -> Any:
    """How the reader sees a value as an argument."""
    spec = spec_of("value.yaml", f"input: [1]\nlet:\n  x: {text}\nlayers: [relu]\n")
    return meaning(spec.lets["x"].value)


def fields_of(spec: Spec, step: Step) -> list[str]:
    if isinstance(step, BlockStep):
        return [parameter.name for parameter in spec.blocks[step.block].parameters]
    return layer_fields(step.kind)[0] if isinstance(step, LayerStep) else []


def arguments(spec: Spec, step: Step) -> dict[str, Any]:
    """The arguments of a step by name, as the reader gives them."""
    if isinstance(step, LayerStep):
        return {name: meaning(value) for name, value in step.fields.items()}
    assert isinstance(step, BlockStep)
    given = step.arguments
    if given.named is not None:
        return {name: meaning(value) for name, value in given.named.items()}
    values = given.ordered if given.ordered is not None else [given.single] if given.single is not None else []
    return dict(zip(fields_of(spec, step), map(meaning, values), strict=False))


def told(spec: Spec, without: int) -> tuple[Any, Any, list[Any]]:
    """All of a spec, and a step apart from its arguments."""
    steps = steps_of(spec)
    step = steps[without]
    kept = meaning(step.branches) if isinstance(step, MergeStep) else None
    siblings = [meaning(part) for part in (step.name, step.reads, step.when, step.trainable)]
    if isinstance(step, LayerStep):
        step.fields = {}
    elif isinstance(step, BlockStep):
        step.arguments = None  # type: ignore[assignment]
    return meaning(spec), kept, siblings


@given(SEEDED)
@examples(150)
def test_a_field_is_set(rng: Random) -> None:
    text, name, spec = of_spec(rng)
    steps = steps_of(spec)
    candidates = [index for index, step in enumerate(steps) if fields_of(spec, step)]
    if not candidates:
        return
    index = pick(rng, candidates)
    field, value = pick(rng, fields_of(spec, steps[index])), pick(rng, VALUES)
    try:
        edit = Editor(SourceFile(name, text)).set_field(steps[index], field, value)
    except Uneditable:
        return
    new, changed = made(name, text, edit)
    assert len(steps_of(changed)) == len(steps)
    # The reader knows what is wrong with a single value, and then makes no step of it.
    step = steps_of(changed)[index]
    if type(step) is not type(steps[index]):
        return
    assert arguments(changed, step) == {**arguments(spec, steps[index]), field: value_of(value)}
    assert told(changed, index) == told(spec, index)
    if text[edit.start : edit.end].count("#") == 0:
        assert remarks(new) == remarks(text)


def test_hardly_anything_is_refused() -> None:
    refused: list[str] = []
    for seed in range(200):
        rng = Random(seed)
        text, name, spec = of_spec(rng)
        editor = Editor(SourceFile(name, text))
        steps = [step for step in steps_of(spec) if fields_of(spec, step)]
        for step in steps:
            try:
                editor.set_field(step, pick(rng, fields_of(spec, step)), pick(rng, VALUES))
            except Uneditable as error:
                refused.append(error.reason)
    assert len(refused) < 20, refused


@given(SEEDED)
@examples(150)
def test_a_step_is_inserted(rng: Random) -> None:
    text, name, spec = of_spec(rng)
    steps = steps_of(spec)
    index, behind = rng.randrange(len(steps)), rng.randrange(2)
    editor = Editor(SourceFile(name, text))
    insert = editor.insert_step_after if behind else editor.insert_step_before
    try:
        edit = insert(steps[index], pick(rng, INSERTED))
    except Uneditable:
        return
    new, changed = made(name, text, edit)
    assert remarks(new) == remarks(text)
    found = [meaning(step) for step in steps_of(changed)]
    assert len(found) == len(steps) + 1
    kept = [type(step) for step in steps_of(changed)]
    # Without the new step the steps are of the kinds that they were.
    types = [type(step) for step in steps]
    assert any(kept[:at] + kept[at + 1 :] == types for at in range(len(kept)))


@given(SEEDED)
@examples(150)
def test_a_key_of_the_spec_is_set(rng: Random) -> None:
    text, name, spec = of_spec(rng)
    editor = Editor(SourceFile(name, text))
    variant = pick(rng, [None, *spec.variants])
    way = rng.randrange(3)
    edit = (
        editor.set_top_level("rounding", "ceil", variant)
        if way == 0
        else editor.set_at("Q", "572", variant)
        if way == 1
        else editor.set_let("fresh", "N + 4", variant)
    )
    new, changed = made(name, text, edit)
    assert remarks(new) == remarks(text) or "#" in text[edit.start : edit.end]
    home = spec.variants[variant] if variant else spec
    changed_home = changed.variants[variant] if variant else changed
    if way == 0:
        assert meaning(changed_home.rounding) == {"": "Rules", "default": "ceil", "by_name": {}}
        changed_home.rounding = home.rounding
    elif way == 1:
        assert changed_home.at.pop("Q").text == "572"
    else:
        assert meaning(changed_home.lets.pop("fresh").value) == "N + 4"
    assert meaning(changed) == meaning(spec)


@given(SEEDED)
@examples(150)
def test_a_value_is_replaced(rng: Random) -> None:
    text, name, spec = of_spec(rng)
    sizes = [size for one in spec.inputs for size in one.sizes]
    size = pick(rng, sizes)
    edit = Editor(SourceFile(name, text)).replace_value(size.span, "N//2 + max(1, 2)")
    _, changed = made(name, text, edit)
    for one, other in zip(spec.inputs, changed.inputs, strict=True):
        wanted = ["N//2 + max(1, 2)" if each is size else each.text for each in one.sizes]
        assert [each.text for each in other.sizes] == wanted


@given(SEEDED)
@examples(150)
def test_bytes_keep_their_line_ends(rng: Random) -> None:
    text, name, _ = of_spec(rng)
    edit = Editor(SourceFile(name, text)).set_top_level("rounding", "floor")
    ends = [pick(rng, ["\n", "\r\n", "\r"]) for _ in text.split("\n")]
    raw = "".join(line + end for line, end in zip(text.split("\n"), ends, strict=True))[: -len(ends[-1])]
    mark, encoding = pick(rng, [("", "utf-8"), ("\ufeff", "utf-8"), ("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be")])
    changed = rewritten((mark + raw).encode(encoding), apply(text, [edit])).decode(encoding)
    assert changed.startswith(mark)
    assert SourceFile(name, changed).text == apply(text, [edit])
    old, lines = (re.split("(\r\n|\r|\n)", each) for each in (raw, changed.removeprefix(mark)))
    before, rest = text.count("\n", 0, edit.start), text.count("\n", edit.end)
    assert lines[: 2 * before] == old[: 2 * before]
    assert lines[len(lines) - 2 * rest + 1 :] == old[len(old) - 2 * rest + 1 :]
