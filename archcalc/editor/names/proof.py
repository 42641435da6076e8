"""Proof that a new name changes nothing else: names stand for what they stood for, and the networks are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.checking import Checked, check
from archcalc.diagnostics.model import Diagnostic
from archcalc.editor.names.changes import Change, Edit
from archcalc.editor.names.model import Occurrence, Refusal
from archcalc.editor.names.sameness import Sameness, told
from archcalc.network import DEFAULT, Settings
from archcalc.program import BASE, Program

Spot = tuple[int, int]


class Proof:
    """Holds changed texts against one text, whose networks are unfolded once."""

    def __init__(self, program: Program, occurrences: Sequence[Occurrence]) -> None:
        self.program = program
        self.occurrences = occurrences
        self._checked: dict[tuple[str | None, bool], Checked] = {}

    def refuses(
        self, after: Program, occurrences: Sequence[Occurrence], change: Change, edits: Sequence[Edit]
    ) -> Refusal | None:
        """Why the changed text is not the same spec with another name; None if it is."""
        moved = Moved(edits)
        if found := _new_error(told(self.program.mistakes), told(after.mistakes), moved):
            return Refusal(f"then it would say at {_place(found)}: {found.message}")
        hidden = _hidden(self.occurrences, occurrences, moved)
        for before, now, same in self._networks(after, change, moved):
            # What it would say explains best why a name is none; and where a name is hidden, so do its words.
            if reason := same.says(before, now) or hidden or same.differs(before, now):
                return Refusal(reason)
        return None

    def _networks(self, after: Program, change: Change, moved: Moved) -> Iterator[tuple[Checked, Checked, Sameness]]:
        """What checks say of every network of the text, and of the one with the new name."""
        document = self.program.document
        variants: list[str | None] = [None]
        if document is not None and document.variants:
            variants = [*document.variants, *([BASE] if document.inputs else [])]
        names = {name.text: str(change.of(name.text)) for name in change.names if name.kind == "variant"}
        symbols = {name.text: str(change.of(name.text)) for name in change.names if name.kind == "symbol"}
        for variant in variants:
            new = names.get(variant, variant) if variant is not None else None
            for is_symbolic in (False, True) if symbols else (False,):
                before, now = self._check(variant, is_symbolic), _check(after, new, is_symbolic)
                yield before, now, Sameness(change, symbols, moved)

    def _check(self, variant: str | None, is_symbolic: bool) -> Checked:
        key = variant, is_symbolic
        if key not in self._checked:
            self._checked[key] = _check(self.program, variant, is_symbolic)
        return self._checked[key]


def _check(program: Program, variant: str | None, is_symbolic: bool) -> Checked:
    return check(program.choose(variant), Settings(symbolic=True) if is_symbolic else DEFAULT)


class Moved:
    """Where places of a text are once it is changed."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        lines: dict[int, list[tuple[int, int]]] = {}
        for span, text in sorted(edits):
            lines.setdefault(span.line, []).append((span.column, len(text) - (span.end_column - span.column)))
        self._lines = lines

    def __call__(self, line: int, column: int) -> Spot:
        """The new place of a letter; what is put in front of it belongs to it."""
        return line, column + sum(more for start, more in self._lines.get(line, ()) if start < column)


def _place(found: Diagnostic) -> str:
    return f"line {found.span.line}" if found.span is not None else "some place"


def _new_error(before: Sequence[Diagnostic], after: Sequence[Diagnostic], moved: Moved) -> Diagnostic | None:
    """A mistake of the changed text that the text does not have."""
    known = [(one.code.id, one.span and moved(*one.span[:2])) for one in before]
    for one in after:
        key = one.code.id, one.span and one.span[:2]
        if key not in known:
            return one
        known.remove(key)
    return None


def _hidden(before: Sequence[Occurrence], after: Sequence[Occurrence], moved: Moved) -> str | None:
    """Where a name stands for something else than it did, or only then, or no more."""
    old, new = _meanings(before, moved), _meanings(after, Moved(()))
    meant = {place: meaning for place, (meaning, _) in old.items()}
    found = [(place, one) for place, (meaning, one) in new.items() if meant.get(place) != meaning]
    found += [(place, one) for place, (_, one) in old.items() if place not in new]
    if not found:
        return None
    (line, _), one = min(found, key=lambda each: each[0])
    if one.is_pattern:
        return f"the pattern at line {line} would stand for other names"
    return f"the name at line {line} would stand for something else: one would hide the other"


def _meanings(occurrences: Sequence[Occurrence], moved: Moved) -> dict[Spot, tuple[object, Occurrence]]:
    """For every place the kind of its name, and where that is given."""
    given: dict[int, frozenset[Spot]] = {}
    found: dict[Spot, tuple[object, Occurrence]] = {}
    for one in occurrences:
        for name in one.names:
            if id(name) not in given:
                given[id(name)] = frozenset(_spot(each, moved) for each in name.definitions)
        found[_spot(one, moved)] = frozenset((name.kind, given[id(name)]) for name in one.names), one
    return found


def _spot(one: Occurrence, moved: Moved) -> Spot:
    at = one.span or one.around
    return moved(at.line, at.column)
