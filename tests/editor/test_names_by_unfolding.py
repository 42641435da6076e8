"""What names mean to the text is what they mean to the network: unfolding is watched at every name it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from catalogue import FILES
from editor.renamed import after, every_name, names_of, reports, same, spelled
from editor.tangles import tangled
from effort import parts
from strategies.specs import random_spec

from archcalc.diagnostics.model import errors
from archcalc.expand.scope import Context
from archcalc.expressions import nodes
from archcalc.expressions.values import UnknownValue, Unresolved, Word
from archcalc.graph import outward
from archcalc.spec.model import Formula, Mistake

Seen = dict[tuple[int, int, int], set[tuple[str, int, int]]]
"""For names in a text, by line and the columns where they begin and end, what they came to while it was unfolded."""


def meaning(path: tuple[str, ...], context: Context) -> tuple[str, int, int] | None:
    """What a path comes to: a step, with where its name ends, or a value. None where it comes to nothing."""
    try:
        binding = context.binding(path)
        if binding is not None:
            # What is used again is known by the name of its `use`.
            step = binding.step if binding.inside is None else binding.inside.step.origin
            name = step.name if step is not None else None
            if name is None or name.offset is None:
                return None
            return "step", name.span.line, name.offset + len(name.text)
        value = context.resolve(path)
    except (Unresolved, UnknownValue, Mistake):
        return None
    if len(path) > 1 or path[0] in ("here", "input", "in_channels"):
        return None
    if any(path[0] in frame.variables for frame in outward(context.frame)):
        return "variable", 0, 0
    is_value = path[0] in context.globals.names()
    return ("block" if isinstance(value, Word) and not is_value else "value"), 0, 0


@contextmanager
def watched() -> Iterator[Seen]:
    """Notes what every path comes to that is evaluated, or spelled as the name of a map."""
    seen: Seen = {}
    around: list[Formula] = []
    patch = pytest.MonkeyPatch()

    def note(path: nodes.Path, scope: Any) -> None:
        formula = around[-1] if around else None
        context = getattr(scope, "context", scope)
        if formula is None or formula.offset is None or not isinstance(context, Context):
            return
        with suppress(Exception):
            found = meaning(path.spelled(scope), context)
            if found is not None:
                place = formula.span.line, formula.offset + path.start, formula.offset + path.end
                seen.setdefault(place, set()).add(found)

    def within(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Formula, *arguments: Any) -> Any:
            around.append(self)
            try:
                return method(self, *arguments)
            finally:
                around.pop()

        return wrapped

    original = nodes.Path.evaluate

    def evaluate(self: nodes.Path, scope: Any) -> Any:
        value = original(self, scope)
        note(self, scope)
        return value

    patch.setattr(nodes.Path, "evaluate", evaluate)
    for name in ("evaluate", "truth", "integer", "names"):
        patch.setattr(Formula, name, within(getattr(Formula, name)))
    try:
        yield seen
    finally:
        patch.undo()


KINDS = {
    "step": {"step"},
    "variable": {"variable", "parameter", "input"},
    "value": {"let", "symbol"},
    "block": {"block"},
}


def held(text: str) -> int:
    """Hold what names came to against what the text says of them; how many were read."""
    names = names_of(text)
    program = names.program
    with watched() as seen:
        for variant in program.variants or [None]:
            chosen = program.choose(variant)
            if not chosen.is_network or any(errors(chosen.unfold().diagnostics)):
                return 0  # Behind a mistake, names may be missing that hide others.
    for (line, start, end), meanings in seen.items():
        spans = [(one.span, one) for one in names.occurrences if one.span is not None and one.span.line == line]
        # A path ends with the name that it means; what is computed stands further inside.
        here = [(span, one) for span, one in spans if span.end_column == end and span.column >= start]
        one = min(here, key=lambda each: each[0])[1] if here else None
        if "use" in text and {kind for kind, _, _ in meanings} == {"step", "value"}:
            continue  # A step that is applied again reads its own name then, which it did not have before.
        for kind, at, column in meanings:
            if one is None:
                assert kind == "block", (text, line, start, kind)  # A word, or the name of a layer.
                continue
            assert one.kind in KINDS[kind], (text, line, start, kind)
            if kind == "step":
                given = {(span.line, span.end_column) for span in names.definitions(one)}
                assert (at, column) in given, (text, line, start)
    return len(seen)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_names_of_the_catalogue_mean_what_unfolding_finds(path: Path) -> None:
    held(path.read_text("utf-8"))


@pytest.mark.parametrize("seeds", parts(2000, 100), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_names_of_random_specs_mean_what_unfolding_finds(seeds: range) -> None:
    assert sum(held(spelled(random_spec(Random(seed)), Random(seed))) for seed in seeds) > 100


@pytest.mark.parametrize("seeds", parts(5000, 500), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_names_that_hide_each_other_mean_what_unfolding_finds(seeds: range) -> None:
    assert sum(held(tangled(Random(seed))) for seed in seeds) > 300


@pytest.mark.parametrize("seeds", parts(2000, 100), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_names_that_hide_each_other_are_changed_alone(seeds: range) -> None:
    changed = 0
    for seed in seeds:
        rng = Random(seed)
        text = tangled(rng)
        before = reports(text)
        names = names_of(text)
        places = list(every_name(names))
        if not places or not all(report.ok for report in before):
            continue
        one = rng.choice(places)
        new = after(names, one)
        if isinstance(new, str):
            same(before, text, new)
            changed += 1
        else:
            # A step that is applied again may read its own name then, or another one of that name.
            assert "use" in text and "differs from" in new.reason, (seed, new)
    assert changed > 20
