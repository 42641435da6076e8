"""What has become of each layer: added, removed, changed, renamed, moved, or only of another size behind a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archcalc.comparison.alignment import Alignment, Outputs, alignments
from archcalc.comparison.entries import NUMBER, ComparedLayer, ReadMap

State = Literal["added", "removed", "changed", "renamed", "moved", "hidden", "follows", "same"]
"""The most that is to be said of a layer. What `follows` was not changed itself: its sizes, its counts or what it reads
are others because of other layers, or it has another number. Of what is `hidden`, an error of the other network leaves
no more than the name."""

TOLD = 10
"""How much a field that changes is to tell, a name, or a place."""
ONE_SIDED = 2 * TOLD
"""How much there is to tell of a layer that was added or removed."""

MOST_ORIGINS = 32
"""So many layers a map may come from, over layers that were added or removed, for that to be followed."""


class Change(NamedTuple):
    """What was, and what is: a field of a layer, its shape or a count of it; None where there is none.

    >>> Change("kernel", 3, 5).after
    5
    """

    what: str
    before: Any
    after: Any


class LayerChange(NamedTuple):
    """A layer that differs: as it was and as it is, of which one is None if it was added or removed.

    `fields` are those that its spec changes, with `kind` in front if it is another one; `effects` are sizes and counts.
    `reads` are names of the layers that write what it reads, where they are others for it alone; `rewired` says that
    no layer explains it that was put in between or taken out.

    >>> import archcalc
    >>> text = "input: [3, 8, 8]\\nlayers: [{conv: [4, 3], as: stem}]"
    >>> (change,) = [one for one in archcalc.diff(text, text.replace("3]", "5]")).changes if one.fields]
    >>> change.state, change.fields
    ('changed', (Change(what='kernel', before=3, after=5),))
    >>> change.effects[0]
    Change(what='outputs', before=((4, 6, 6),), after=((4, 4, 4),))
    """

    state: State
    before: ComparedLayer | None
    after: ComparedLayer | None
    is_renamed: bool = False
    is_renumbered: bool = False
    is_moved: bool = False
    is_rewired: bool = False
    fields: tuple[Change, ...] = ()
    reads: Change | None = None
    effects: tuple[Change, ...] = ()

    @property
    def layer(self) -> ComparedLayer:
        """The layer as it is, or as it was if it is gone."""
        found = self.after or self.before
        assert found is not None, "a change is of a layer"
        return found

    @property
    def cost(self) -> int:
        """How much there is to tell of it; a number that follows from where a layer stands is hardly anything."""
        if self.before is None or self.after is None:
            return ONE_SIDED
        # Of another kind, most fields are others anyway.
        fields = len(self.fields) if self.before.kind == self.after.kind else 2
        told = bool(self.fields) + fields + self.is_rewired + self.is_renamed + self.is_moved
        return TOLD * told + self.is_renumbered


EFFECTS = ("inputs", "outputs", "parameters", "frozen", "buffers", "multiplications", "receptive_field")


def compared(
    before: Sequence[ComparedLayer], after: Sequence[ComparedLayer], outputs: tuple[Outputs, Outputs]
) -> list[LayerChange]:
    """What has become of every layer and input, told in the shortest way that was found."""
    best: list[LayerChange] = []
    least = None
    for found in alignments(before, after, outputs):
        told = changes(before, after, found)
        cost = sum(change.cost for change in told)
        if least is None or cost < least:
            best, least = told, cost
        if cost <= ONE_SIDED * abs(len(after) - len(before)):
            # As many layers have to be added or removed anyway.
            break
    return best


def changes(before: Sequence[ComparedLayer], after: Sequence[ComparedLayer], found: Alignment) -> list[LayerChange]:
    """Every layer of both networks: those of the second in order, and each that is gone behind the one before it."""
    reading = _Reading(before, after, dict(found.pairs))
    back = {two: one for one, two in found.pairs}
    gone: dict[int, list[ComparedLayer]] = {}
    last = -1
    for entry in before:
        if entry.place in reading.there:
            last = last if entry.place in found.moved else reading.there[entry.place]
        else:
            gone.setdefault(last, []).append(entry)
    result = [_removed(entry, before) for entry in gone.get(-1, ())]
    for entry in after:
        if entry.place in back:
            one = before[back[entry.place]]
            result.append(_changed(one, entry, reading, is_moved=one.place in found.moved))
        else:
            told = Change("reads", None, _names(entry.reads, after))
            result.append(LayerChange("added", None, entry, reads=told))
        result += [_removed(left, before) for left in gone.get(entry.place, ())]
    return result


def _removed(entry: ComparedLayer, before: Sequence[ComparedLayer]) -> LayerChange:
    return LayerChange("removed", entry, None, reads=Change("reads", _names(entry.reads, before), None))


def _changed(before: ComparedLayer, after: ComparedLayer, reading: _Reading, *, is_moved: bool) -> LayerChange:
    is_renamed = before.name != after.name
    is_renumbered = is_renamed and _is_renumbered(before, after)
    fields = tuple(_fields(before, after, reading))
    reads, is_rewired = reading.compared(before, after)
    effects = tuple(
        [
            Change(name, getattr(before, name), getattr(after, name))
            for name in EFFECTS
            if getattr(before, name) != getattr(after, name)
        ]
    )
    state: State = "same"
    if fields or is_rewired:
        state = "changed"
    elif is_renamed and not is_renumbered:
        state = "renamed"
    elif is_moved:
        state = "moved"
    elif effects or reads is not None or is_renamed:
        state = "follows"
    renamed = is_renamed and not is_renumbered
    return LayerChange(state, before, after, renamed, is_renumbered, is_moved, is_rewired, fields, reads, effects)


def _is_renumbered(before: ComparedLayer, after: ComparedLayer) -> bool:
    """Whether names differ only in numbers that follow from where the layers stand."""
    return NUMBER in before.pattern and before.pattern == after.pattern


def _fields(before: ComparedLayer, after: ComparedLayer, reading: _Reading) -> Iterator[Change]:
    if before.kind != after.kind:
        yield Change("kind", before.kind, after.kind)
    ours, theirs = dict(before.fields), dict(after.fields)
    # Of another kind, what both have and what one of them alone has is told as far as it is set.
    for name in dict.fromkeys((*ours, *theirs)):
        if ours.get(name) != theirs.get(name):
            yield Change(name, ours.get(name), theirs.get(name))
    yield from reading.owners("shares", before.shares, after.shares)
    yield from reading.owners("weight of", before.tied, after.tied)


class _Reading:
    """What layers read on both sides, with the layers that belong together."""

    def __init__(self, before: Sequence[ComparedLayer], after: Sequence[ComparedLayer], there: dict[int, int]) -> None:
        self.before = before
        self.after = after
        self.there = there
        kept = set(there.values())
        # A layer that is gone stands for what it has read, and so does one that is new.
        self.origins = _origins(before, there), _origins(after, {place: place for place in kept})

    def compared(self, before: ComparedLayer, after: ComparedLayer) -> tuple[Change | None, bool]:
        """What is read, by names, if a layer reads others than it did; and whether no other change explains it."""
        moved = [read._replace(place=self._there(read.place)) for read in before.reads]
        if moved == list(after.reads):
            return None, False
        told = Change("reads", _names(before.reads, self.before), _names(after.reads, self.after))
        return told, not self._is_explained(before, after)

    def _is_explained(self, before: ComparedLayer, after: ComparedLayer) -> bool:
        """Whether layers that were put in between or taken out say why others are read, map by map."""
        if len(before.reads) != len(after.reads):
            return False
        ours, theirs = self.origins
        for one, two in zip(before.reads, after.reads, strict=True):
            was, now = _came([one], ours), _came([two], theirs)
            if was is None or now is None or not (was <= now or now <= was):
                return False
        return True

    def owners(self, what: str, before: int | None, after: int | None) -> Iterator[Change]:
        """Whose parameters a layer uses."""
        if self._there(before) != after or (before is None) != (after is None):
            ours = None if before is None else self.before[before].name
            yield Change(what, ours, None if after is None else self.after[after].name)

    def _there(self, place: int | None) -> int | None:
        # What has no counterpart is no place of the other side.
        return None if place is None else self.there.get(place, -1 - place)


Origins = list[frozenset[tuple[int | None, int]] | None]
"""For each layer and its first map, what it comes from: maps of layers that both sides have; None where too many."""


def _origins(side: Sequence[ComparedLayer], kept: Mapping[int, int]) -> Origins:
    found: Origins = []
    for entry in side:
        place = kept.get(entry.place)
        if place is not None:
            found.append(frozenset([(place, 0)]))
            continue
        found.append(_came(entry.reads, found))
    return found


def _came(reads: Sequence[ReadMap], origins: Origins) -> frozenset[tuple[int | None, int]] | None:
    """What maps come from."""
    found: set[tuple[int | None, int]] = set()
    for place, port in reads:
        if place is None:
            found.add((None, port))
            continue
        sources = origins[place]
        if sources is None:
            return None
        found |= {(one, other + port) for one, other in sources}
    return frozenset(found) if len(found) <= MOST_ORIGINS else None


def _names(reads: Sequence[ReadMap], side: Sequence[ComparedLayer]) -> tuple[str | None, ...]:
    """The names of what is read, with the port of a map that is not the first of its layer."""
    return tuple([None if place is None else side[place].name + (f"[{port}]" if port else "") for place, port in reads])
