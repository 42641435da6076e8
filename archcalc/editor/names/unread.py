"""Parts of a text that could not be read, in which a name may stand all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archcalc.editor.names.labels import HOLE, begin
from archcalc.editor.names.model import Name, Occurrence, Refusal
from archcalc.program import Program
from archcalc.spec import model as spec

_VALUE = re.compile(r"[^,{}\[\]]*")
"""What stands around a mistake within a value, as far as a line shows it."""


def may_mean(program: Program, names: Iterable[Name], occurrences: Iterable[Occurrence]) -> Refusal | None:
    """Why names cannot be changed that stand in a part of the text which was not read; None where there is none."""
    document = program.document
    words = {begin(name.text): HOLE in name.text for name in names}
    if document is None or document.is_readable or "" in words:
        return None
    pattern = re.compile("|".join(_beginning(word) if more else _whole(word) for word, more in words.items()))
    known = {(one.span.line, one.span.column) for one in occurrences if one.span is not None}
    for number, start, end in sorted(_unread(program, document)):
        for match in pattern.finditer(program.file.line(number), start, end):
            if (number, match.start() + 1) not in known:
                told = f"line {number} has a mistake, and `{match[0]}` in it may be meant, too: correct it first"
                return Refusal(told)
    return None


def _beginning(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}"


def _whole(word: str) -> str:
    return rf"{_beginning(word)}(?!\w)"


def _unread(program: Program, document: spec.Spec) -> Iterator[tuple[int, int, int]]:
    """Stretches of lines: of steps that could not be read, and of values with errors in them."""
    steps = [document.steps, *(block.steps for block in document.blocks.values())]
    spans = [step.span for some in steps for step in _broken(some)]
    for one in program.mistakes:
        if one.severity == "error" and one.span is not None and one.span.line == one.span.end_line:
            values = _VALUE.finditer(program.file.line(one.span.line))
            around = [
                each for each in values if each.start() < one.span.end_column and each.end() >= one.span.column - 1
            ]
            yield from ((one.span.line, each.start(), each.end()) for each in around)
    for span in spans:
        for number in range(span.line, span.end_line + 1):
            line = program.file.line(number)
            end = span.end_column - 1 if number == span.end_line else len(line)
            yield number, span.column - 1 if number == span.line else 0, end


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
