"""How repairs name layers, and sizes that change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archcalc.graph import Node


def called(node: Node) -> str:
    """How messages name a layer: with its kind in front, where its name is just a number."""
    return f"{node.kind} {node.name}" if node.label.isdigit() else node.name


class Moved(NamedTuple):
    """Sizes that change alike."""

    names: tuple[str, ...]
    new: int
    old: int

    def text(self) -> str:
        """The change in words: "H = W = 227 instead of 224"."""
        return f"{self.short()} instead of {self.old}"

    def short(self) -> str:
        """The new sizes: "H = W = 227"."""
        return f"{' = '.join(self.names)} = {self.new}"


def moves(present: Mapping[str, int], moved: Mapping[str, int]) -> list[Moved]:
    """New sizes in the place of present ones, those that change alike together."""
    alike: dict[tuple[int, int], list[str]] = {}
    for name, size in moved.items():
        alike.setdefault((size, present[name]), []).append(name)
    return [Moved(tuple(names), *sizes) for sizes, names in alike.items()]


def titled(present: Mapping[str, int], moved: Mapping[str, int]) -> str:
    """New sizes in words.

    >>> titled({"H": 224, "W": 224, "D": 16}, {"H": 227, "W": 227, "D": 17})
    'H = W = 227 instead of 224, D = 17 instead of 16'
    """
    return ", ".join(one.text() for one in moves(present, moved))
