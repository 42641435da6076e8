"""Pickles and copies of objects that are linked in chains as long as a network is deep.

Python pickles and copies a link by a call, and a chain of a hundred groups is deeper than its recursion limit. Here
the objects stand one after the other, with numbers in the place of links.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Self


class Linked:
    """An object with slots that refer to others of its kind, such as a layer to the maps that it reads."""

    __slots__: tuple[str, ...] = ()

    def _web(self) -> Web:
        """The web that is pickled and copied with it; the same one for all that share one."""
        return Web.of([self])

    def __reduce__(self) -> tuple[Any, ...]:
        return self._web().reduced(self)

    def __copy__(self) -> Self:
        """Another object with the same links."""
        other = type(self).__new__(type(self))
        _fill(other, _slots(self))
        return other


class Web:
    """Linked objects and all that can be reached from them, as bytes. A pickle of several of them has the web once."""

    __slots__ = ("_copies", "_data", "_originals")

    def __init__(self, data: bytes, originals: Iterable[Linked] = ()) -> None:
        self._data = data
        self._originals = {id(one): (number, one) for number, one in enumerate(originals)}
        self._copies: list[Linked] | None = None

    @classmethod
    def of(cls, first: Iterable[Linked]) -> Web:
        """The web behind some objects, as they are now."""
        stream = BytesIO()
        writer = _Writer(stream)
        writer.dump(list(first))
        for one in writer.found:  # It grows on the way.
            writer.dump(_slots(one))
        return cls(stream.getvalue(), writer.found)

    def __contains__(self, one: object) -> bool:
        return id(one) in self._originals

    def reduced(self, one: Linked) -> tuple[Any, ...]:
        """How one of the objects is pickled and copied."""
        return _member, (self, self._originals[id(one)][0])

    def member(self, number: int) -> Linked:
        """The copy of an object, by its number."""
        if self._copies is None:
            self._copies = _Reader(BytesIO(self._data)).objects()
        return self._copies[number]

    def __reduce__(self) -> tuple[Any, ...]:
        return Web, (self._data,)


def _member(web: Web, number: int) -> Linked:
    return web.member(number)


class _Writer(pickle.Pickler):
    """Writes a number and a class instead of a linked object."""

    def __init__(self, stream: BytesIO) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self.numbers: dict[int, int] = {}
        self.found: list[Linked] = []

    def persistent_id(self, value: Any) -> tuple[int, type[Linked]] | None:
        """What stands for a value; None: it is written itself."""
        if not isinstance(value, Linked):
            return None
        number = self.numbers.setdefault(id(value), len(self.found))
        if number == len(self.found):
            self.found.append(value)
        return number, type(value)


class _Reader(pickle.Unpickler):
    """Makes linked objects where their numbers are read for the first time, and fills them in the same order."""

    def objects(self) -> list[Linked]:
        """All objects of a web, by their numbers."""
        self._found: list[Linked] = []
        self.load()
        for one in self._found:  # It grows on the way.
            _fill(one, self.load())
        return self._found

    def persistent_load(self, place: tuple[int, type[Linked]]) -> Linked:
        """The object with a number."""
        number, kind = place
        if number == len(self._found):
            self._found.append(kind.__new__(kind))
        return self._found[number]


def _slots(one: Linked) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__slots__}


def _fill(one: Linked, slots: dict[str, Any]) -> None:
    for name, value in slots.items():
        setattr(one, name, value)
