"""A set of combinations as a decision diagram: what is equal stands there once.

A node of the first axis leads, for each of its values, to a node of the second axis, and so on; behind the last axis is
yes or no. Rows that are equal are one node, so that a set with any regularity is small, and its boxes are counted
before one of them is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from archcalc.solve.marked import Marked
from archcalc.sweep.arrays import numpy

ROW = 64
"""Bits of a row, at least, by which equal parts of a set are looked for at first."""
MAX_ROW = 2**24
"""Bits of such a row, at most."""
MAX_BOXES = 10_000
"""Boxes of which a set may be made. Every row is in one of them at least, so that there are no more different rows."""
MAX_ENTRIES = 2**27
"""Entries of all different rows along one axis."""

Box = tuple[Any, ...]
"""For each axis the places of some of its values."""


class TooIrregular(Exception):
    """A set that has no small diagram."""


class Diagram:
    """The diagram of a set. Its boxes have no combination in common.

    >>> marks = Marked(6)
    >>> marks.add(numpy().array([0, 1, 2, 3, 5]))
    >>> found = Diagram(marks, [3, 2])
    >>> found.boxes, [[places.tolist() for places in box] for box in found]
    (2, [[[0, 1], [0, 1]], [[2], [1]]])
    """

    def __init__(self, marks: Marked, sizes: Sequence[int]) -> None:
        """Raises: TooIrregular."""
        module = numpy()
        self._rows: list[Any] = []
        """For each axis a row for each node: the nodes of the next axis at its values; 0 is the empty set."""
        tail = len(sizes) - 1
        while tail and prod(sizes[tail:]) < ROW:
            tail -= 1
        length = prod(sizes[tail:])
        if length > MAX_ROW:
            raise TooIrregular
        nodes, heads = _of_marks(marks, length)
        for size in reversed(sizes[tail:]):
            nodes = self._level(nodes, size)
        nodes = nodes[heads]
        for size in reversed(sizes[:tail]):
            nodes = self._level(nodes, size)
        self._rows.reverse()
        self._root = int(module.asarray(nodes).reshape(-1)[0])
        self._known: dict[tuple[int, int], int] = {}
        if self.boxes > MAX_BOXES:
            raise TooIrregular

    def _level(self, nodes: Any, size: int) -> Any:
        """The nodes of an axis over those of the next one."""
        rows, found = distinct(nodes.reshape(-1, size))
        _refuse_many(rows)
        self._rows.append(rows)
        return found

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        return self._boxes(0, self._root)

    def _boxes(self, level: int, node: int) -> int:
        if level == len(self._rows):
            return 1
        key = level, node
        if key not in self._known:
            self._known[key] = sum(self._boxes(level + 1, one) for one in self._below(level, node))
        return self._known[key]

    def _below(self, level: int, node: int) -> list[int]:
        """The nodes to which one leads, in the order of its values."""
        nodes, first = numpy().unique(self._rows[level][node], return_index=True)
        return [one for _, one in sorted(zip(first.tolist(), nodes.tolist(), strict=True)) if one]

    def __iter__(self) -> Iterator[Box]:
        return self._from(0, self._root)

    def _from(self, level: int, node: int) -> Iterator[Box]:
        if level == len(self._rows):
            yield ()
            return
        row = self._rows[level][node]
        for one in self._below(level, node):
            places = numpy().flatnonzero(row == one)
            for box in self._from(level + 1, one):
                yield (places, *box)


def _of_marks(marks: Marked, length: int) -> tuple[Any, Any]:
    """The different rows of marks, 0 or 1 at each place, and for each row which of them it is."""
    module = numpy()
    known: list[Any] = [module.zeros((1, length), "uint8")]
    heads = []
    for rows in marks.rows(length):
        own, places = distinct(rows.view("uint8"))
        known.append(own)
        # Of each chunk its own ones, until all are there.
        heads.append(places + sum(map(len, known[:-1])))
        if sum(map(len, known)) > min(2 * MAX_BOXES, MAX_ENTRIES // length):
            known, heads = _together(known, heads)
    known, heads = _together(known, heads)
    return known[0].reshape(-1), module.concatenate(heads)


def _together(known: Sequence[Any], heads: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Different rows of several chunks as those of one. Raises: TooIrregular."""
    rows, places = distinct(numpy().concatenate(known))
    _refuse_many(rows)
    return [rows], [places[one] for one in heads]


def _refuse_many(rows: Any) -> None:
    # The first one is empty.
    if len(rows) - 1 > MAX_BOXES or rows.size > MAX_ENTRIES:
        raise TooIrregular


def distinct(rows: Any) -> tuple[Any, Any]:
    """The different rows of a matrix of whole numbers, one of zeros first, and for each row which of them it is.

    >>> [one.tolist() for one in distinct(numpy().array([[1, 2], [0, 0], [1, 2]]))]
    [[[0, 0], [1, 2]], [1, 0, 1]]
    """
    module = numpy()
    rows = module.concatenate([module.zeros((1, rows.shape[1]), rows.dtype), rows])
    order, starts = _alike(rows)
    groups = module.cumsum(starts) - 1
    places = module.empty(len(rows), "int64")
    places[order] = groups
    found = rows[order[starts]]
    zero = int(places[0])
    # The row of zeros changes places with the first one.
    found[[0, zero]] = found[[zero, 0]]
    renamed = module.arange(len(found))
    renamed[[0, zero]] = [zero, 0]
    return found, renamed[places][1:]


def _alike(rows: Any) -> tuple[Any, Any]:
    """An order in which equal rows stand together, and where each of them begins in it."""
    module = numpy()
    keys = _keys(rows)
    order = module.argsort(keys, kind="stable")
    starts = module.ones(len(rows), bool)
    starts[1:] = keys[order][1:] != keys[order][:-1]
    first = order[starts][module.cumsum(starts) - 1]
    if (rows[order] == rows[first]).all():
        return order, starts
    # Rows that differ have one key: then they are compared number by number.
    order = module.lexsort(rows.T[::-1])
    starts[1:] = (rows[order][1:] != rows[order][:-1]).any(axis=1)
    return order, starts


def _keys(rows: Any) -> Any:
    """A number for each row, which is the same for equal rows and rarely for others."""
    module = numpy()
    keys = module.zeros(len(rows), "uint64")
    if rows.dtype == module.uint8:
        packed = module.packbits(rows, axis=1)
        short = -packed.shape[1] % 8
        rows = module.ascontiguousarray(module.pad(packed, ((0, 0), (0, short)))).view("uint64")
    factor = module.uint64(0x9E3779B97F4A7C15)
    for column in rows.T:
        keys = (keys ^ column.astype("uint64")) * factor
        keys ^= keys >> module.uint64(29)
    return keys
