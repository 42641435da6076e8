"""What names stand for: every name that is read finds those that it can mean, once the whole spec has been walked."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.editor.names.labels import WILD, Label, is_open
from archcalc.editor.names.model import Name, Occurrence
from archcalc.editor.names.reading import Called, Read, Reader, Selected
from archcalc.editor.names.scopes import Lookup, Scope, Step


def resolved(reader: Reader) -> list[Occurrence]:
    """All places of a spec where names stand."""
    resolver = _Resolver(reader)
    # Words that become names of steps are names that other paths can lead to.
    for read in reader.reads:
        if isinstance(read, Read) and read.given is not None:
            resolver.given(read, read.given)
    for read in reader.reads:
        if isinstance(read, Selected):
            resolver.selected(read)
        elif isinstance(read, Called):
            resolver.called(read)
        elif read.given is None:
            resolver.read(read)
    return reader.occurrences


class _Resolver:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.lookup = Lookup(reader.values, reader.blocks)

    def read(self, read: Read) -> bool:
        """Note what the parts of a path stand for. Whether anything is known of it."""
        words = read.is_path or len(read.labels) > 1
        found = self.lookup.path(tuple([label.text for label in read.labels]), read.place, words=words)
        for label, one in zip(read.labels, found, strict=False):
            if names := _names(one):
                self._occur(Occurrence(names, label, read.letters, read.around, False, read.is_path))
        return bool(found)

    def called(self, read: Called) -> None:
        """Note the function that a call means."""
        name = self.reader.values.get(read.label.text)
        if name is not None:
            self._occur(Occurrence((name,), read.label, read.letters, read.around))

    def given(self, read: Read, scope: Scope) -> None:
        """A word that a call gives to its block: the name of a step, where nothing else is called so."""
        if self.read(read) or len(read.labels) != 1:
            return
        named = next((steps[0] for text, steps in scope.computed.items() if is_open(text)), None)
        if named is None:
            return
        (label,) = read.labels
        if label.text not in scope.fixed:
            scope.enter(Step(scope.name(label.text), 0, (), named.inner))
        self._occur(Occurrence((scope.name(label.text),), label, read.letters, read.around, True, True))

    def selected(self, read: Selected) -> None:
        """Note what the name or pattern of a claim stands for, from the network on."""
        found = self._selection(read, words=False)
        if not found:
            for one in read.instead:
                if isinstance(one, Called):
                    self.called(one)
                else:
                    self.read(one)
            found = [] if read.instead else self._selection(read, words=True)
        is_pattern = any(wild in label.text for label in read.labels for wild in WILD)
        for label, names in found:
            if names:
                self._occur(Occurrence(names, label, read.letters, read.around, False, True, is_pattern))

    def _selection(self, read: Selected, *, words: bool) -> list[tuple[Label, tuple[Name, ...]]]:
        scopes = [self.reader.root]
        found: list[tuple[Label, tuple[Name, ...]]] = []
        for label in read.labels:
            if label.text.strip("*") == "":
                steps = [step for scope in scopes for step in scope.all()]
                scopes = self.lookup.below(self.lookup.scopes_of(steps))
                continue
            steps = [step for scope in scopes for step in scope.find(label.text, None, words=words)]
            if not steps:
                break
            found.append((label, _names(steps)))
            scopes = self.lookup.scopes_of(steps)
            scopes = self.lookup.below(scopes) if "*" in label.text else scopes
        return found

    def _occur(self, found: Occurrence) -> None:
        self.reader.occurrences.append(found)
        for name in found.names:
            name.occurrences.append(found)


def _names(found: Iterable[Step | Name]) -> tuple[Name, ...]:
    names = [one.name if isinstance(one, Step) else one for one in found]
    return tuple(dict.fromkeys([name for name in names if name is not None]))
