"""Boxes: products of a set for each name. What holds over several names is a union of them.

Two boxes that differ in one name are one, with the union of what they have there, unless that union has no pattern that
could be written down: then they stay apart, and their union is as exact.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TypeVar

from archcalc.layers.site import Requirement
from archcalc.sizes.sets import IntegerSet, SetOverflow
from archcalc.sizes.words import Words, written

_SHOWN = 4
"""Boxes, and conditions that are not decided, that are shown in words."""

Box = dict[str, IntegerSet]
"""For each symbol the values that it takes, independently of the others."""

Values = TypeVar("Values", bound=Hashable)
"""A set of values, such as an `IntegerSet`."""

Union = Callable[[Sequence[Values]], Values]
"""Gives the union of sets, or raises SetOverflow."""


def merged(boxes: Iterable[Mapping[str, IntegerSet]]) -> list[Box]:
    """Fewer boxes over the same symbols: those that differ in one of them alone become one.

    >>> odd, even = IntegerSet.progression(1, 2), IntegerSet.progression(2, 2)
    >>> for box in merged([{"N": odd}, {"N": even}]):
    ...     print(box["N"])
    any n
    >>> for box in merged([{"N": IntegerSet.progression(1, 999_983)}, {"N": IntegerSet.progression(2, 999_979)}]):
    ...     print(box["N"])
    n = 1 (mod 999983)
    n = 2 (mod 999979)
    """
    found = list(boxes)
    names = sorted({name for box in found for name in box}, reverse=True)
    return merged_along(names, found, lambda sets: reduce(or_, sets))


def merged_along(
    names: Iterable[str], boxes: Iterable[Mapping[str, Values]], union: Union[Values]
) -> list[dict[str, Values]]:
    """The same, name after name in a given order, for any kind of sets."""
    found = [dict(box) for box in boxes]
    # Thousands of symbols may be free beside the few in which boxes differ.
    apart = [name for name in names if any(box[name] != found[0][name] for box in found)]
    for name in apart:
        alike: dict[tuple[Values, ...], list[dict[str, Values]]] = {}
        for box in found:
            others = tuple([box[other] for other in apart if other != name])
            alike.setdefault(others, []).append(box)
        found = [
            {**group[0], name: values}
            for group in alike.values()
            for values in _united([box[name] for box in group], union)
        ]
    return found


def _united(sets: Sequence[Values], union: Union[Values]) -> list[Values]:
    """The union of sets: one set, or as few as there are without a common pattern."""
    try:
        return [union(sets)]
    except SetOverflow:
        apart: list[Values] = []
        for one in sets:
            _put_beside(apart, one, union)
        return apart


def _put_beside(apart: list[Values], one: Values, union: Union[Values]) -> None:
    """Unite a set with the first of others that it can be united with; else it stands beside them."""
    for index, other in enumerate(apart):
        try:
            apart[index] = union([other, one])
        except SetOverflow:
            continue
        return
    apart.append(one)


def common(one: Iterable[Box], two: Sequence[Box]) -> list[Box]:
    """The parts that two unions of boxes share. Raises: SetOverflow."""
    found = []
    for box in one:
        for other in two:
            names = box.keys() | other.keys()
            everything = IntegerSet.everything()
            part = {name: box.get(name, everything) & other.get(name, everything) for name in sorted(names)}
            if all(part.values()):
                found.append(part)
    return merged(found)


def boxes_text(symbols: Sequence[str], boxes: Sequence[Box], undecided: Sequence[Requirement], words: Words) -> str:
    """A set over several symbols in words: what holds for each, or the boxes that it consists of, and what is open."""
    names = [words.name(name) for name in symbols]
    if not boxes:
        return words.none.format(symbol=words.also.join(names) or "size")
    if not names:
        return words.every.format(symbol="size")
    if len(boxes) > 1 and all(one.least == one.greatest for box in boxes for one in box.values()):
        points = [f"({', '.join(str(box[name].least) for name in symbols)})" for box in boxes]
        text = f"({', '.join(names)}) = {_enumerated(points, words, words.either)}"
    else:
        text = _enumerated(
            [_box(box, symbols, words, is_alone=len(boxes) == 1) for box in boxes],
            words,
            words.between_boxes,
            comma=False,
        )
    if undecided:
        conditions = [str(one.condition) for one in undecided]
        text += ", " + words.where.format(_enumerated(conditions, words, words.also, comma=False))
    return text


def _box(box: Box, symbols: Sequence[str], words: Words, *, is_alone: bool) -> str:
    parts = [written(box[name].runs, words.name(name), words) for name in symbols if not box[name].is_everything]
    free = [words.name(name) for name in symbols if box[name].is_everything]
    if not is_alone:
        return words.also.join(parts)
    return words.apart.join([*parts, *([words.every.format(symbol=words.also.join(free))] if free else [])])


def _enumerated(parts: list[str], words: Words, last: str, *, comma: bool = True) -> str:
    """The first parts, and how many more there are."""
    shown = parts[:_SHOWN]
    if len(parts) > _SHOWN:
        shown.append(words.more.format(len(parts) - _SHOWN))
    if not comma or len(shown) == 1:
        return last.join(shown)
    return f"{', '.join(shown[:-1])}{last}{shown[-1]}"
