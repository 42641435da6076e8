"""Where names of steps are known, as far as the text says it: scopes of steps, and frames of variables around a place.

Unfolding knows which step has a name at a moment. Here a step has it if it is entered before the name is read, or if
a loop runs both again; of a name with computed parts, all steps that it can come to are meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archcalc.editor.names.labels import HOLE, Index, begin, fits, is_open
from archcalc.editor.names.model import Name

AT_THE_END = 10**9
"""Behind all steps."""


class Place(NamedTuple):
    """Where a name is read: what is known there, when that is, and the loops around."""

    frame: Frame | None
    time: int = AT_THE_END
    loops: tuple[int, ...] = ()
    is_local: bool = False
    """Whether only names of the scope itself are meant, as behind `register`."""


class Target(NamedTuple):
    """A path that leads to what a step applies once more."""

    parts: tuple[str, ...]
    place: Place


class Step:
    """A step that is entered into its scope, and what is inside of it; without a `name` it is known by its number."""

    __slots__ = ("inner", "is_sure", "loops", "name", "time")

    def __init__(
        self,
        name: Name | None,
        time: int,
        loops: tuple[int, ...],
        inner: Scope | Target | None = None,
        *,
        is_sure: bool = True,
    ) -> None:
        self.name = name
        self.time = time
        self.loops = loops
        """Those around it within its scope."""
        self.inner = inner
        self.is_sure = is_sure
        """Whether no `when` of a group around it within its scope can leave it out, with its name."""


class Scope:
    """The steps of the network, of a block or of a group with a name; or of a shelf, as `convs` is of `convs.$i`."""

    def __init__(self, owner: Step | None = None) -> None:
        self.owner = owner
        """The group that it belongs to, which is known inside of it before it is finished."""
        self.names: dict[str, Name] = {}
        self.fixed: dict[str, list[Step]] = {}
        self.computed: dict[str, list[Step]] = {}
        """Steps by their labels: those with computed parts apart."""
        self.unnamed: list[Step] = []
        self.bare: list[Step] = []
        """Calls of blocks whose steps stand here."""
        self.shelves: dict[str, Step] = {}
        self._index: tuple[Index, Index] | None = None

    def name(self, text: str) -> Name:
        """The name with this label, which may have to be made."""
        found = self.names.get(text)
        if found is None:
            found = self.names[text] = Name("step", text, self.names)
        return found

    def enter(self, step: Step) -> None:
        """Let a step be known by its name."""
        self._index = None
        if step.name is None:
            self.unnamed.append(step)
        else:
            labels = self.computed if HOLE in step.name.text else self.fixed
            labels.setdefault(step.name.text, []).append(step)

    def shelf(self, label: str, time: int, loops: tuple[int, ...]) -> Step:
        """What holds steps under names of their own."""
        found = self.shelves.get(label)
        if found is None:
            found = self.shelves[label] = Step(self.name(label), time, loops, Scope())
            self.enter(found)
        return found

    def find(self, label: str, place: Place | None, *, words: bool = False) -> list[Step]:
        """The steps that a label can mean at a place, or at the end: computed parts are numbers, or `words`."""
        named = self._named(label, place, words)
        for scope in self._called(place) if self.bare else ():
            named = [*named, *scope._named(label, None, words)]
        if not named and label.isdigit():
            return _known(self.unnamed, place)
        return named

    def _called(self, place: Place | None) -> list[Scope]:
        """The scopes of blocks whose steps stand here, also because of another one that is called so."""
        found: dict[int, Scope] = {id(self): self}
        waiting = [step.inner for step in _known(self.bare, place)]
        while waiting:
            scope = waiting.pop()
            if isinstance(scope, Scope) and id(scope) not in found:
                found[id(scope)] = scope
                waiting += [step.inner for step in scope.bare]
        return list(found.values())[1:]

    def _named(self, label: str, place: Place | None, words: bool) -> list[Step]:
        known = _known(self.fixed.get(label, ()), place)
        if known:
            return known
        if is_open(label):
            texts = [text for text in self.fixed if text.isdigit()]
            opened = [steps for text, steps in self.computed.items() if is_open(text)]
            return _known([step for steps in (*opened, *(self.fixed[text] for text in texts)) for step in steps], place)
        fitting = [text for text in self._alike(label) if fits(text, label, numbers=not words)]
        found = [step for text in fitting if not is_open(text) for step in self._steps(text)]
        opened_steps = [step for text in fitting if is_open(text) for step in self._steps(text)]
        return _known(found, place) or _known(opened_steps, place)

    def _steps(self, text: str) -> list[Step]:
        return self.computed[text] if HOLE in text else self.fixed[text]

    def _alike(self, label: str) -> list[str]:
        """The labels that begin as a label does, as far as nothing in them is computed or left open."""
        if self._index is None:
            self._index = Index(self.computed), Index(self.fixed)
        computed, fixed = self._index
        is_fixed = begin(label) == label
        return [*computed.beginnings(label), *computed.after(label), *(() if is_fixed else fixed.after(label))]

    def all(self) -> Iterator[Step]:
        """Every step that has a name here, and every one that has none."""
        for steps in self.fixed.values():
            yield from steps
        for steps in self.computed.values():
            yield from steps
        yield from self.unnamed
        yield from self.bare


class Frame:
    """Variables of a loop or parameters of a block, and the scope whose names live here, if one does."""

    __slots__ = ("parent", "scope", "variables")

    def __init__(self, variables: dict[str, Name], scope: Scope | None, parent: Frame | None) -> None:
        self.variables = variables
        self.scope = scope
        self.parent = parent


def outward(frame: Frame | None) -> Iterator[Frame]:
    """A frame and those around it."""
    while frame is not None:
        yield frame
        frame = frame.parent


Found = list[Step | Name]
"""Steps, or a value; both, where it depends on the turn of a loop."""


class Lookup:
    """Finds what names stand for: `values` are known everywhere, and `blocks` are words."""

    def __init__(self, values: dict[str, Name], blocks: dict[str, Name]) -> None:
        self.values = values
        self.blocks = blocks
        self._open: set[int] = set()
        """Steps that apply another one, while it is looked for: one may apply itself by mistake."""

    def path(self, parts: tuple[str, ...], place: Place, *, words: bool) -> list[Found]:
        """What each part of a path stands for, as far as it is known; in front of its step, what comes later.

        What is computed as a number is preferred; only where nothing fits, it may be computed from `words`.
        """
        at_the_end = place._replace(time=AT_THE_END)
        found = self._path(parts, place, False) or self._path(parts, at_the_end, False)
        if words and len(found) < len(parts):
            other = self._path(parts, place, True) or self._path(parts, at_the_end, True)
            found = other if len(other) > len(found) else found
        return found

    def _path(self, parts: tuple[str, ...], place: Place, words: bool) -> list[Found]:
        head = self._head(parts, place, words)
        if not head:
            return []
        found = [head]
        for part in parts[1:]:
            inside = self.inside(found[-1], part, place, words)
            if not inside:
                break
            found.append(inside)
        return found

    def _head(self, parts: tuple[str, ...], place: Place, words: bool) -> Found:
        label, is_alone = parts[0], len(parts) == 1
        found: Found = []
        for frame in outward(place.frame):
            if label in frame.variables and not place.is_local:
                return [*found, frame.variables[label]]
            if frame.scope is not None:
                steps = frame.scope.find(label, place, words=words)
                owner = frame.scope.owner
                if not steps and not is_alone and owner is not None and owner.name is not None:
                    steps = [owner] if fits(owner.name.text, label, numbers=not words) else []
                found += steps
                # What only a later turn of a loop has entered, is another thing in the first one.
                if place.is_local or any(step is owner or (step.is_sure and step.time <= place.time) for step in steps):
                    return found
            if HOLE in label and (entry := _one_of(frame.variables, label)) is not None:
                return [*found, entry]
        if label in self.values:
            return [*found, self.values[label]]
        return [*found, self.blocks[label]] if is_alone and label in self.blocks else found

    def inside(self, steps: Found, label: str, place: Place | None, words: bool) -> Found:
        """The steps that a label can mean within others."""
        found: dict[int, Step] = {}
        open_scopes = [frame.scope for frame in outward(place.frame) if frame.scope is not None] if place else []
        for scope in self.scopes_of(steps):
            is_around = any(scope is one for one in open_scopes)
            inner = scope.find(label, place if is_around else None, words=words)
            if not inner and is_around:
                owners = [one.owner for one in open_scopes if one.owner is not None and one is not scope]
                inner = [one for one in owners if one.name and one.name.scope is scope.names and one.name.text == label]
            found.update((id(step), step) for step in inner)
        return list(found.values())

    def scopes_of(self, steps: Iterable[Step | Name]) -> list[Scope]:
        """The scopes of groups and blocks, each once; of what applies another step again, those of that one."""
        found: dict[int, Scope] = {}
        for step in steps:
            inner = step.inner if isinstance(step, Step) else None
            if isinstance(step, Step) and isinstance(inner, Target):
                scopes = self._applied(step, inner)
            else:
                scopes = [inner] if isinstance(inner, Scope) else []
            found.update((id(scope), scope) for scope in scopes)
        return list(found.values())

    def _applied(self, step: Step, target: Target) -> list[Scope]:
        if id(step) in self._open:
            return []
        self._open.add(id(step))
        found = self.path(target.parts, target.place, words=True)
        scopes = self.scopes_of(found[-1]) if len(found) == len(target.parts) else []
        self._open.remove(id(step))
        return scopes

    def below(self, scopes: Iterable[Scope]) -> list[Scope]:
        """Scopes with all that are in them."""
        found: dict[int, Scope] = {}
        waiting = list(scopes)
        while waiting:
            scope = waiting.pop()
            if id(scope) not in found:
                found[id(scope)] = scope
                waiting.extend(self.scopes_of(scope.all()))
        return list(found.values())


def _one_of(variables: dict[str, Name], label: str) -> Name | None:
    """The input that a computed name can mean."""
    return next(
        (one for one in variables.values() if one.kind == "input" and fits(label, one.text, numbers=True)), None
    )


def _known(steps: Iterable[Step], place: Place | None) -> list[Step]:
    return [step for step in steps if _is_known(step, place)]


def _is_known(step: Step, place: Place | None) -> bool:
    return place is None or step.time <= place.time or any(loop in place.loops for loop in step.loops)
