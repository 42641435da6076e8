"""Parts of a text that could not be read, in which a name may stand all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archcalc.editor.names.labels import HOLE, begin
from archcalc.editor.names.model import Name, Occurrence, Refusal
from archcalc.program import Program
from archcalc.spec import model as spec


def may_mean(program: Program, names: Iterable[Name], occurrences: Iterable[Occurrence]) -> Refusal | None:
    """Why names cannot be changed that stand in a part of the text which was not read; None where there is none."""
    document = program.document
    if document is None or document.is_readable:
        return None
    known = {(one.span.line, one.span.column) for one in occurrences if one.span is not None}
    words = {begin(name.text) for name in names} - {""}
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}" for word in words)) if words else None
    for line in sorted(_lines(program, document)) if pattern is not None else ():
        for match in pattern.finditer(program.file.line(line)) if pattern is not None else ():
            is_whole = not re.match(r"\w", program.file.line(line)[match.end() :]) or _is_computed(names, match[0])
            if is_whole and (line, match.start() + 1) not in known:
                return Refusal(f"line {line} has a mistake, and `{match[0]}` in it may be meant, too: correct it first")
    return None


def _is_computed(names: Iterable[Name], word: str) -> bool:
    return any(HOLE in name.text and name.text.startswith(word) for name in names)


def _lines(program: Program, document: spec.Spec) -> set[int]:
    """The lines of steps that could not be read, and of errors."""
    spans = [one.span for one in program.mistakes if one.severity == "error" and one.span is not None]
    steps = [document.steps, *(block.steps for block in document.blocks.values())]
    spans += [step.span for some in steps for step in _broken(some)]
    return {line for span in spans for line in range(span.line, span.end_line + 1)}


def _broken(steps: Iterable[spec.Step]) -> Iterator[spec.BrokenStep]:
    for step in steps:
        if isinstance(step, spec.BrokenStep):
            yield step
        elif isinstance(step, spec.GroupStep):
            yield from _broken(step.steps)
        elif isinstance(step, (spec.MergeStep, spec.ForkStep)):
            for branch in step.branches:
                if not isinstance(branch, spec.Formula):
                    yield from _broken(branch if isinstance(branch, list) else [branch])
