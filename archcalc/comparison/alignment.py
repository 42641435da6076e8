"""Which layer of one network is which one of another: by names, by what they are, and by their place in the order.

Names that somebody has chosen say it first, and what the layers are says the rest: layers that are alike in the same
order stand between those that are known, and what is left over is looked for elsewhere. Every step takes a time that
grows with the number of layers, so that networks of 100,000 layers are compared in seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from archcalc.comparison.entries import NUMBER, ComparedLayer, ReadMap
from archcalc.comparison.sequences import Pairs, ascending, common

Outputs = Mapping[str, ReadMap]
"""Where the maps come from that leave a network, by name."""

Token = Callable[[ComparedLayer], Hashable]
"""What two entries have in common that are taken for the same layer."""


class Alignment(NamedTuple):
    """Pairs of places, ascending on the first side, and the first places of those that stand in another order."""

    pairs: Pairs
    moved: frozenset[int]

    def swapped(self) -> Alignment:
        """The same for the sides in the other order."""
        there = dict(self.pairs)
        pairs = sorted((two, one) for one, two in self.pairs)
        return Alignment(pairs, frozenset([there[place] for place in self.moved]))


def alignments(
    before: Sequence[ComparedLayer], after: Sequence[ComparedLayer], outputs: tuple[Outputs, Outputs] = ({}, {})
) -> Iterator[Alignment]:
    """What may belong together in two networks; `outputs` are the maps that leave each of them, by name.

    It is one answer where the networks differ in names alone. Otherwise they are several: whether numbers in names
    say something, or what stands in which order does, is seen by what has to be told of the layers. The sides can be
    swapped: the same layers belong together then.
    """
    if _comes_first(after, before):
        yield from (found.swapped() for found in alignments(after, before, (outputs[1], outputs[0])))
        return
    pairs = _as_one(before, after, outputs)
    if pairs is not None:
        yield _with_order(pairs)
        return
    for levels, numbers_too in ((LEVELS, True), (LEVELS, False), (BY_KIND, False)):
        yield _with_order(_Aligner(before, after).pairs(levels, numbers_too=numbers_too))


def _comes_first(one: Sequence[ComparedLayer], two: Sequence[ComparedLayer]) -> bool:
    """An order of networks, so that what is looked for does not depend on which of them is the first."""
    if len(one) != len(two):
        return len(one) < len(two)
    return next((repr(ours) < repr(theirs) for ours, theirs in zip(one, two, strict=True) if ours != theirs), False)


def _with_order(pairs: Pairs) -> Alignment:
    kept = {place for place, _ in ascending(pairs)}
    return Alignment(pairs, frozenset([place for place, _ in pairs if place not in kept]))


def _as_one(
    before: Sequence[ComparedLayer], after: Sequence[ComparedLayer], outputs: tuple[Outputs, Outputs]
) -> Pairs | None:
    """All layers, where the networks differ in names alone; None where they differ in more.

    Every layer is known by what it is and by all that stands before it.
    """
    if len(before) != len(after):
        return None
    known: dict[Hashable, int] = {}
    classes = [_grown(side, known) for side in (before, after)]
    if sorted(classes[0]) != sorted(classes[1]):
        return None
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    named = {(classes[1][entry.place], entry.name): entry.place for entry in after}
    pairs = {}
    for entry in before:
        place = named.get((classes[0][entry.place], entry.name))
        if place is not None:
            pairs[entry.place] = place
    taken = set(pairs.values())
    for entry in reversed(after):
        if entry.place not in taken:
            waiting[classes[1][entry.place]].append(entry.place)
    for entry in before:
        if entry.place not in pairs:
            pairs[entry.place] = waiting[classes[0][entry.place]].pop()
    return sorted(pairs.items()) if _is_wired_alike(before, after, pairs, outputs) else None


def _grown(side: Sequence[ComparedLayer], known: dict[Hashable, int]) -> list[int]:
    """A number for each layer: equal for those that are alike and read the same, back to the inputs."""
    found: list[int] = []
    for entry in side:
        reads = tuple([(None if place is None else found[place], port) for place, port in entry.reads])
        owners = tuple([None if place is None else found[place] for place in (entry.shares, entry.tied)])
        found.append(known.setdefault((entry.form, reads, owners, entry.inputs, entry.outputs), len(known)))
    return found


def _is_wired_alike(
    before: Sequence[ComparedLayer],
    after: Sequence[ComparedLayer],
    pairs: dict[int, int],
    outputs: tuple[Outputs, Outputs],
) -> bool:
    """Whether layers that belong together read layers that do, and the outputs are theirs."""

    def moved(place: int | None) -> int | None:
        return None if place is None else pairs[place]

    for entry in before:
        other = after[pairs[entry.place]]
        if [(moved(read.place), read.port) for read in entry.reads] != list(other.reads):
            return False
        if (moved(entry.shares), moved(entry.tied)) != (other.shares, other.tied):
            return False
    there = {name: (moved(read.place), read.port) for name, read in outputs[0].items()}
    return there == {name: tuple(read) for name, read in outputs[1].items()}


def _whole(entry: ComparedLayer) -> Hashable:
    return entry.pattern, entry.form, entry.inputs, entry.outputs


def _named_form(entry: ComparedLayer) -> Hashable:
    return entry.pattern, entry.form


def _shaped_form(entry: ComparedLayer) -> Hashable:
    return entry.form, entry.inputs, entry.outputs


def _form(entry: ComparedLayer) -> Hashable:
    return entry.form


def _named_kind(entry: ComparedLayer) -> Hashable:
    return entry.pattern, entry.kind


def _labelled_kind(entry: ComparedLayer) -> Hashable:
    return entry.pattern.rpartition(".")[2], entry.kind


LEVELS: tuple[Token, ...] = (_whole, _named_form, _shaped_form, _form, _named_kind, _labelled_kind)
"""What layers have in common that stand in the same order between others, from what says most to what says least."""

BY_KIND: tuple[Token, ...] = (_whole, _named_kind, _shaped_form, _form, _labelled_kind)
"""The same where fields differ throughout, as those of a network of another width: they say little then."""


class _Aligner:
    def __init__(self, before: Sequence[ComparedLayer], after: Sequence[ComparedLayer]) -> None:
        self.before = before
        self.after = after
        self.there: dict[int, int] = {}
        self.back: dict[int, int] = {}

    def pairs(self, levels: Sequence[Token], *, numbers_too: bool) -> Pairs:
        self._by_name(numbers_too=numbers_too)
        for level in levels:
            self._between(level)
        self._runs()
        self._alone()
        self._names_of_other_kinds()
        self._single_kinds()
        return sorted(self.there.items())

    def _pair(self, one: int, two: int) -> None:
        self.there[one] = two
        self.back[two] = one

    def _by_name(self, *, numbers_too: bool) -> None:
        """Layers of one kind with the same name, wherever they stand; as a rule one that somebody has given them."""
        named = {(entry.name, entry.kind): entry.place for entry in self.after if entry.is_named or numbers_too}
        for entry in self.before:
            place = named.get((entry.name, entry.kind)) if entry.is_named or numbers_too else None
            if place is not None:
                self._pair(entry.place, place)

    def _between(self, token: Token) -> None:
        """Layers that are alike in one respect and stand in the same order, between those that are known."""
        numbers: dict[Hashable, int] = {}
        chain = ascending(sorted(self.there.items()))
        ends = [(-1, -1), *chain, (len(self.before), len(self.after))]
        for (low, left), (high, right) in pairwise(ends):
            if high - low < 2 or right - left < 2:
                continue
            first = [place for place in range(low + 1, high) if place not in self.there]
            second = [place for place in range(left + 1, right) if place not in self.back]
            if first and second:
                ours = [numbers.setdefault(token(self.before[place]), len(numbers)) for place in first]
                theirs = [numbers.setdefault(token(self.after[place]), len(numbers)) for place in second]
                if set(ours).isdisjoint(theirs):
                    continue
                for one, two in common(ours, theirs):
                    self._pair(first[one], second[two])

    def _left(self) -> tuple[list[ComparedLayer], list[ComparedLayer]]:
        return (
            [entry for entry in self.before if entry.place not in self.there],
            [entry for entry in self.after if entry.place not in self.back],
        )

    def _runs(self) -> None:
        """Neighbours that are all left over on one side, and stand as the same neighbours elsewhere."""
        ours, theirs = (
            [tuple(_shaped_form(entry) for entry in run) for run in _runs_of(side)] for side in self._left()
        )
        starts = [[run[0].place for run in _runs_of(side)] for side in self._left()]
        for one, two in _once(ours, theirs):
            if len(ours[one]) > 1:
                for offset in range(len(ours[one])):
                    self._pair(starts[0][one] + offset, starts[1][two] + offset)

    def _alone(self) -> None:
        """What is left over once on each side: what has weights says enough, and so does a label."""
        for token in (_whole, _shaped_form, _form):
            ours, theirs = self._left()
            for one, two in _once([token(entry) for entry in ours], [token(entry) for entry in theirs]):
                a_label = ours[one].pattern.rpartition(".")[2]
                is_labelled = a_label != NUMBER and a_label == theirs[two].pattern.rpartition(".")[2]
                if ours[one].has_weights or is_labelled:
                    self._pair(ours[one].place, theirs[two].place)

    def _names_of_other_kinds(self) -> None:
        """Layers of different kinds that somebody has given the same name."""
        ours, theirs = self._left()
        named = {entry.name: entry.place for entry in theirs if entry.is_named and not entry.is_input}
        for entry in ours:
            if entry.is_named and not entry.is_input and entry.name in named:
                self._pair(entry.place, named[entry.name])

    def _single_kinds(self) -> None:
        """Between two neighbours that are known, one layer in the place of another one of its kind."""
        ends = [(-1, -1), *ascending(sorted(self.there.items())), (len(self.before), len(self.after))]
        for (low, left), (high, right) in pairwise(ends):
            first = [self.before[place] for place in range(low + 1, high) if place not in self.there]
            second = [self.after[place] for place in range(left + 1, right) if place not in self.back]
            for one, two in _once([entry.kind for entry in first], [entry.kind for entry in second]):
                self._pair(first[one].place, second[two].place)
            if len(first) == len(second) == 1 and _stands_for(first[0], second[0]):
                self.there.setdefault(first[0].place, second[0].place)
                self.back.setdefault(second[0].place, first[0].place)


def _stands_for(one: ComparedLayer, two: ComparedLayer) -> bool:
    """Whether a layer of another kind is in the place of one: it makes the same shape of the same."""
    return (one.inputs, one.outputs) == (two.inputs, two.outputs) and not one.is_input and not two.is_input


def _runs_of(side: Iterable[ComparedLayer]) -> list[list[ComparedLayer]]:
    """Neighbours in the order of computation."""
    runs: list[list[ComparedLayer]] = []
    for entry in side:
        if runs and runs[-1][-1].place == entry.place - 1:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _once(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of what occurs once on each side."""
    places: list[defaultdict[Hashable, list[int]]] = [defaultdict(list), defaultdict(list)]
    for known, side in zip(places, (first, second), strict=True):
        for place, item in enumerate(side):
            known[item].append(place)
    ours, theirs = places
    return [
        (found[0], theirs[item][0])
        for item, found in ours.items()
        if len(found) == 1 and len(theirs.get(item, ())) == 1
    ]
