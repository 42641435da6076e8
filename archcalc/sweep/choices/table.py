"""Tables over choices: a value for every combination of those choices alone that can change it.

A choice is known by its place among the axes of a sweep, and what is chosen by its place among the values there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Other = TypeVar("Other")

ANY: Any = object()
"""Stands where a combination is not legal, or does not come to this point: whatever stands there is right."""


class NeedsChoice(Exception):
    """Says which choice has to be made before a value is known."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class Table(Generic[Item]):
    """Values over some choices, by the codes of these choices.

    >>> table = Table((2,), {(0,): "relu", (1,): "silu"})
    >>> table.at({2: 1, 7: 0})
    'silu'
    """

    __slots__ = ("choices", "marks", "of")

    def __init__(self, choices: Sequence[int], of: Mapping[tuple[int, ...], Item]) -> None:
        self.choices = tuple(choices)
        self.of = of
        self.marks: Table[frozenset[int]] | None = None
        """Which choices are read by who reads a value, where that is asked."""

    @classmethod
    def constant(cls, value: Item) -> Table[Item]:
        """The same value whatever is chosen."""
        return cls((), {(): value})

    @property
    def is_constant(self) -> bool:
        """Whether no choice changes it."""
        return not self.choices

    def at(self, chosen: Mapping[int, int]) -> Item:
        """The value at what is chosen. Raises: NeedsChoice."""
        codes = []
        for place in self.choices:
            if place not in chosen:
                raise NeedsChoice(place)
            codes.append(chosen[place])
        return self.of[tuple(codes)]

    def settled(self, chosen: Mapping[int, int]) -> Item | None:
        """The value, if what is chosen decides it."""
        return self.at(chosen) if all(place in chosen for place in self.choices) else None

    def map(self, change: Callable[[Item], Other]) -> Table[Other]:
        """Another value for each."""
        return Table(self.choices, {codes: change(value) for codes, value in self.of.items()})

    def collapsed(
        self,
        same: Callable[[Item], Any] = lambda item: item,
        joined: Callable[[Item, Table[Item]], Item] | None = None,
    ) -> Table[Item]:
        """Over those choices alone that change it, where values are alike if `same` gives one key for them.

        One of those that are alike stands for them, or what `joined` makes of it and of all of them.

        >>> Table((0, 3), {(0, 0): 5, (0, 1): 6, (1, 0): ANY, (1, 1): 6}).collapsed().choices
        (3,)
        """
        choices, of = list(self.choices), dict(self.of)
        keys = {codes: value if value is ANY else same(value) for codes, value in of.items()}
        for place in self.choices:
            at = choices.index(place)
            fewer: dict[tuple[int, ...], tuple[int, ...]] = {}
            for codes, key in keys.items():
                rest = codes[:at] + codes[at + 1 :]
                other = fewer.setdefault(rest, codes)
                if keys[other] is ANY:
                    fewer[rest] = codes
                elif key is not ANY and key != keys[other]:
                    break
            else:
                choices.pop(at)
                of = {rest: of[codes] for rest, codes in fewer.items()}
                keys = {rest: keys[codes] for rest, codes in fewer.items()}
        if joined is not None and len(choices) < len(self.choices):
            members = self._apart(choices)
            of = {codes: joined(value, members[codes]) for codes, value in of.items()}
        return Table(choices, of)

    def _apart(self, choices: Sequence[int]) -> dict[tuple[int, ...], Table[Item]]:
        """By the codes of some choices, the table over the other ones."""
        kept = [self.choices.index(place) for place in choices]
        rest = [at for at in range(len(self.choices)) if at not in kept]
        found: dict[tuple[int, ...], dict[tuple[int, ...], Item]] = {}
        for codes, value in self.of.items():
            found.setdefault(tuple([codes[at] for at in kept]), {})[tuple([codes[at] for at in rest])] = value
        return {codes: Table([self.choices[at] for at in rest], of) for codes, of in found.items()}


def combined(sizes: Sequence[int], *tables: Table[Any]) -> Iterator[tuple[tuple[int, ...], dict[int, int]]]:
    """All combinations of the choices of some tables: their codes in the order of `united`, and what is chosen."""
    choices = united(*tables)
    for codes in product(*(range(sizes[place]) for place in choices)):
        yield codes, dict(zip(choices, codes, strict=True))


def united(*tables: Table[Any]) -> tuple[int, ...]:
    """The choices of some tables together, in the order of the axes."""
    return tuple(sorted({place for table in tables for place in table.choices}))


def chosen_by(
    guard: Table[bool],
    yes: Table[Item],
    no: Table[Item],
    sizes: Sequence[int],
    same: Callable[[Item], Any],
    collapse: Callable[[Table[Item]], Table[Item]] | None = None,
) -> Table[Item]:
    """One table where something holds, and another one where it does not; collapsed by `same`, or in its own way."""
    if guard.is_constant:
        return yes if guard.of[()] else no
    if yes.choices == no.choices and all(same(yes.of[codes]) == same(no.of[codes]) for codes in yes.of):
        return yes
    found = {codes: (yes if guard.at(chosen) else no).at(chosen) for codes, chosen in combined(sizes, guard, yes, no)}
    whole = Table(united(guard, yes, no), found)
    return whole.collapsed(same) if collapse is None else collapse(whole)


def both(one: Table[bool], other: Table[bool], sizes: Sequence[int]) -> Table[bool]:
    """Where both hold."""
    if one.is_constant:
        return other if one.of[()] else one
    found = {codes: one.at(chosen) and other.at(chosen) for codes, chosen in combined(sizes, one, other)}
    return Table(united(one, other), found).collapsed()


def either_of(one: Table[bool], other: Table[bool], sizes: Sequence[int]) -> Table[bool]:
    """Where one of them holds."""
    if one.is_constant:
        return one if one.of[()] else other
    found = {codes: one.at(chosen) or other.at(chosen) for codes, chosen in combined(sizes, one, other)}
    return Table(united(one, other), found).collapsed()
