"""The names of a text: where each is given and read, and what it takes to give it another one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from archcalc.collector import paused
from archcalc.diagnostics.model import Span
from archcalc.editing import TextEdit, apply
from archcalc.editor.names.changes import Edit, change, taken
from archcalc.editor.names.labels import begin
from archcalc.editor.names.model import Name, Occurrence, Refusal
from archcalc.editor.names.proof import Proof
from archcalc.editor.names.reading import Reader
from archcalc.editor.names.resolving import resolved
from archcalc.editor.names.unnamed import why_no_name
from archcalc.editor.names.unread import may_mean
from archcalc.program import Program


class Names:
    """The names of a program, found when they are first asked for.

    >>> from archcalc.source import SourceFile
    >>> text = "input: [8, 4, 4]\\nlayers: [{for: {i: 1..2}, do: [{conv: [8, 1], as: part$i}]}, add: [part1, part2]]"
    >>> names = Names.of(Program.read(SourceFile("net.yaml", text)))
    >>> part = names.at(2, 51)
    >>> [span.column for span in names.references(part)]
    [51, 68, 75]
    >>> [(span.column, new) for span, new in names.rename(2, 51, "piece$i")]
    [(51, 'piece'), (68, 'piece'), (75, 'piece')]
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._proof: Proof | None = None

    @classmethod
    def of(cls, program: Program) -> Names:
        """The names of a file, whichever of its variants is chosen."""
        return cls(program)

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        """Every place where a name stands, in the order of the text; first those whose letters are not in it."""
        document = self.program.document
        if document is None:
            return []
        with paused():
            found = resolved(Reader(self.program.file, document))
            return sorted(found, key=lambda one: one.span or (0, 0))

    @cached_property
    def _by_line(self) -> dict[int, list[Occurrence]]:
        found: dict[int, list[Occurrence]] = {}
        for one in self.occurrences:
            if one.span is not None:
                found.setdefault(one.span.line, []).append(one)
        return found

    def at(self, line: int, column: int) -> Occurrence | None:
        """The name at a place, or the one that ends there; within a computed name, the innermost."""
        spans = [(one, one.span) for one in self._by_line.get(line, ()) if one.span is not None]
        around = [(one, span) for one, span in spans if span.column <= column <= span.end_column]
        if not around:
            return None
        return min(around, key=lambda each: (column == each[1].end_column, each[1].end_column - each[1].column))[0]

    def text(self, one: Occurrence) -> str:
        """A name as it is written at a place."""
        return self.program.file.line(one.span.line)[one.span.column - 1 : one.span.end_column - 1] if one.span else ""

    def definitions(self, one: Occurrence) -> list[Span]:
        """Where the name is given that stands at a place: several where it is computed, or given by variants."""
        return _spans(each for name in one.names for each in name.definitions)

    def references(self, one: Occurrence, *, with_definitions: bool = True) -> list[Span]:
        """Where the same thing is meant, as a name or by a pattern."""
        found = [each for name in one.names for each in name.occurrences]
        return _spans(each for each in found if with_definitions or not each.is_definition)

    def highlights(self, one: Occurrence) -> list[tuple[Span, bool]]:
        """The same, each with whether the name is given there."""
        given = set(self.definitions(one))
        return [(span, span in given) for span in self.references(one)]

    def prepare(self, line: int, column: int) -> tuple[Span, str] | Refusal:
        """The stretch of text that can get another name, with the name as it is; or why there is none."""
        one = self.at(line, column)
        if one is None or one.span is None:
            return why_no_name(self.program, line, column)
        if one.is_pattern and (len(one.names) > 1 or begin(one.label.text) != one.label.text):
            return Refusal("a pattern stands for many names: rename the layer where it is")
        return one.span, self.text(one)

    def rename(self, line: int, column: int, new: str) -> list[tuple[Span, str]] | Refusal:
        """The changes that give what is named at a place another name, proven to change nothing else.

        The changed text is read, and all its variants are unfolded: its networks are the same but for this name.
        """
        prepared = self.prepare(line, column)
        one = self.at(line, column)
        if isinstance(prepared, Refusal) or one is None:
            return prepared if isinstance(prepared, Refusal) else Refusal("no name stands here")
        old = self.text(one)
        if new == old:
            return []
        names = self.together(one)
        changed = change(one, names, old, new)
        if isinstance(changed, Refusal):
            return changed
        if (problem := taken(changed) or may_mean(self.program, names, self.occurrences)) is not None:
            return problem
        edits: list[Edit] = []
        for each in dict.fromkeys(each for name in names for each in name.occurrences):
            made = changed.edits(each, self.text(each))
            if isinstance(made, Refusal):
                return made
            edits += made
        edits = sorted(dict.fromkeys(edits), key=lambda edit: edit[0])
        if self._proof is None:
            self._proof = Proof(self.program, self.occurrences)
        after = Names(Program.read(self.program.file.with_text(self.changed(edits))))
        refused = self._proof.refuses(after.program, after.occurrences, changed, edits)
        return edits if refused is None else refused

    def changed(self, edits: Iterable[Edit]) -> str:
        """The text with changes made."""
        file = self.program.file
        starts = {span.line: file.offset(span.line, 1) - 1 for span, _ in edits}
        return apply(
            file.text,
            [TextEdit(starts[at.line] + at.column, starts[at.line] + at.end_column, text) for at, text in edits],
        )

    def together(self, one: Occurrence) -> list[Name]:
        """The names that have to change with those at a place, since a computed name can mean any of them."""
        found: dict[int, Name] = {}
        waiting = list(one.names)
        while waiting:
            name = waiting.pop()
            if id(name) not in found:
                found[id(name)] = name
                waiting += [other for each in name.occurrences if not each.is_pattern for other in each.names]
        return list(found.values())


def _spans(occurrences: Iterable[Occurrence]) -> list[Span]:
    return sorted({one.span for one in occurrences if one.span is not None})
