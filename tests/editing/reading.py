"""What a specification says, as the reader of specs sees it and without any position: the judge of edits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.diagnostics.model import Span
from archcalc.source import SourceFile, parse
from archcalc.spec.model import Branch, ForkStep, GroupStep, MergeStep, Spec, Step
from archcalc.spec.reader import read_spec


def spec_of(name: str, text: str) -> Spec:
    """The spec in a text that can be read."""
    document, problems = parse(SourceFile(name, text))
    assert document is not None, [str(problem) for problem in problems]
    return read_spec(document)[0]


def steps_of(spec: Spec) -> list[Step]:
    """Every step that is written, in the order of the reader."""
    found = list(_all(spec.steps))
    for block in spec.blocks.values():
        found += _all(block.steps)
    return found


def _all(steps: list[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, GroupStep):
            yield from _all(step.steps)
        if isinstance(step, (MergeStep, ForkStep)):
            for branch in step.branches:
                yield from _in(branch)


def _in(branch: Branch) -> Iterator[Step]:
    if isinstance(branch, GroupStep):
        yield from _all([branch])
    elif isinstance(branch, list):
        yield from _all(branch)


def meaning(value: Any) -> Any:
    """Anything of the spec's model as plain data: texts of formulas, fields of steps, and no spans."""
    if isinstance(value, (str, int, type(None))):
        return value
    if isinstance(value, Span):
        return None
    if isinstance(value, (list, tuple)):
        return [meaning(item) for item in value]
    if isinstance(value, dict):
        return {key: meaning(item) for key, item in value.items()}
    slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    if "tree" in slots:
        return value.text
    hidden = {"span", "offset", "origin", "keys"}
    found = {name: meaning(getattr(value, name)) for name in slots if name not in hidden}
    return {"": type(value).__name__, **found}
