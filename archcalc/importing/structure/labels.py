"""Labels: names of steps that the language takes, each once in its scope."""

from __future__ import annotations

import re

from archcalc.spec.names import MAX_LENGTH, problem_with_label

ROOM = 10
"""Characters that a long label leaves for a number behind it."""


class Labels:
    """Labels of one scope, each of them once; a path through lists is no name beside it.

    >>> labels = Labels()
    >>> labels.new("conv"), labels.new("conv"), labels.new("list.0"), labels.new("list")
    ('conv', 'conv_2', 'list.0', 'list_2')
    >>> labels.new("conv.bias")
    'conv_bias'
    """

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._shelves: set[str] = set()
        self._numbers: dict[str, int] = {}

    def new(self, wanted: str) -> str:
        """The label, or the first free one with a number behind it."""
        if not self._names.isdisjoint(_prefixes(wanted)):
            wanted = wanted.replace(".", "_")  # No number behind it would tell it from a path below another name.
        label, number = wanted, self._numbers.get(wanted, 2)
        while not self._is_free(label):
            label = f"{wanted}_{number}"
            number += 1
        self._numbers[wanted] = number
        self._names.add(label)
        self._shelves.update(_prefixes(label))
        return label

    def _is_free(self, label: str) -> bool:
        return label not in self._names and label not in self._shelves and self._names.isdisjoint(_prefixes(label))


def _prefixes(label: str) -> list[str]:
    parts = label.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def legal(label: str) -> str:
    """A label, part by part, as the language takes it: what torch cannot have as the name of a module gets another one.

    >>> legal("layer1.0"), legal("b\\u00e4r: [x"), legal("forward")
    ('layer1.0', 'b_r_x', 'forward_')
    """
    return ".".join(map(_legal_part, label.split(".")))


def _legal_part(part: str) -> str:
    if problem_with_label(part) is None:
        return part
    found = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", part)).lstrip("_")[: MAX_LENGTH - ROOM] or "part"
    return found if problem_with_label(found) is None else f"{found}_"
