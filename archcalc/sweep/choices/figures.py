"""The figures of a table: which of them make up a quantity, and what of a network is added up in each.

A quantity that adds up over layers is one figure. Sizes are several, one for each axis; and where choices decide
whether there is such a layer, or how many axes its map has, a further figure says it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from archcalc.dims import Dim
from archcalc.expectations.measure import counted, total
from archcalc.expectations.target import fits, is_pattern
from archcalc.graph import Node, outward
from archcalc.quantities import PLANNED, QUANTITIES
from archcalc.questions.constraints import Quantity
from archcalc.questions.measuring import names_of
from archcalc.sweep.choices.names import NotTabled, Uncounted

_UNCOUNTED = re.compile(rf"{Uncounted.word}\d+")
_NUMBER = "\0"
"""Stands in a name for a number that depends on what is chosen: no letter of a pattern is like it."""


class Column(NamedTuple):
    """The figures of one quantity: a number, or `is_sizes` those of its axes.

    `present` are figures that are all above 0 where a design has the quantity. The `rank` of sizes is a figure that
    says how many of the axes there are; where it is None, all are.
    """

    places: tuple[int, ...]
    is_sizes: bool = False
    present: tuple[int, ...] = ()
    rank: int | None = None


def adds_up(quantity: Quantity) -> bool:
    """Whether a quantity of a network is the sum of those of its layers."""
    return QUANTITIES[quantity.name].kind == "sum" and quantity.name not in PLANNED


def is_total(quantity: Quantity) -> bool:
    """Whether a quantity is a sum of tables: it adds up over layers, or over those of the longest way."""
    return adds_up(quantity) or quantity.name == "depth"


class Added(NamedTuple):
    """A quantity that is added up over the layers that names and patterns stand for; without any, over all."""

    quantity: Quantity
    names: tuple[str, ...]

    def of(self, nodes: Sequence[Node]) -> Dim:
        """What some layers add to it. Raises: UnknownValue, NotTabled."""
        own = counted(chosen(nodes, self.names), self.quantity.counting)
        return total(self.quantity.name, own, self.quantity.counting)


class Found(NamedTuple):
    """How many layers a pattern fits, by themselves or by a scope around them."""

    pattern: str

    def of(self, nodes: Sequence[Node]) -> Dim:
        """How many of some layers. Raises: NotTabled."""
        return len(chosen(nodes, (self.pattern,)))


class Figures:
    """The figures of a question: those that layers add to, in `added`, and others that are known at the end."""

    def __init__(self, quantities: Sequence[Quantity]) -> None:
        self.added: list[Added | Found] = []
        self.columns: dict[Quantity, Column] = {}
        """What is known of the columns while the layers are added up."""
        self.count = 0
        self.are_named = any(map(names_of, quantities))
        """Whether layers are asked for by their names."""
        for quantity in quantities:
            if is_total(quantity):
                names = tuple(names_of(quantity))
                places = (self._add(Added(quantity, names)),) if adds_up(quantity) else ()
                patterns = tuple([self._add(Found(name)) for name in names if is_pattern(name)])
                self.columns[quantity] = Column(places, present=patterns)

    def _add(self, figure: Added | Found) -> int:
        if figure not in self.added:
            self.added.append(figure)
            self.count += 1
        return self.added.index(figure)

    def more(self, many: int = 1) -> tuple[int, ...]:
        """The places of further figures."""
        self.count += many
        return tuple(range(self.count - many, self.count))

    def of(self, nodes: Sequence[Node]) -> tuple[Dim, ...]:
        """What some layers add to the figures. Raises: UnknownValue, NotTabled, DimsOverflow."""
        return tuple([figure.of(nodes) for figure in self.added])


def chosen(nodes: Sequence[Node], names: Sequence[str]) -> list[Node]:
    """The layers that names and patterns stand for, or that stand in scopes of these names; without any, all.

    Raises: NotTabled where it is not known what a layer is called.
    """
    if not names:
        return list(nodes)
    return [node for node in nodes if any(_is_called(node, name) for name in names)]


def _is_called(node: Node, name: str) -> bool:
    scopes = [module.prefix[:-1] for module in outward(node.module) if module.parent is not None]
    known = [_UNCOUNTED.sub(_NUMBER, one) for one in ([*scopes, node.name] if node.label else scopes)]
    fit = [one for one in known if (fits(name, one) if is_pattern(name) else name == one)]
    if any(_NUMBER not in one or "?" not in name for one in fit):
        return True
    if any(_NUMBER in one and _may_have_number(name, one) for one in known):
        raise NotTabled(f"the number of a layer depends on what is chosen, and {name} may be one")
    # Merges without a name are called by their kind; that of the second one ends with a number.
    if not node.label and _may_be_kind(name, f"{node.module.prefix}{node.kind}"):
        raise NotTabled(f"{name} may be {node.kind} without a name, of which there are several")
    return False


def _may_have_number(name: str, other: str) -> bool:
    """Whether a name, or one that a pattern fits, may have a number where another name has one that is not known."""
    beginning = other.partition(_NUMBER)[0]
    certain = _certain(name)
    if certain.startswith(beginning) and (rest := certain[len(beginning) :]):
        return rest[0].isdigit()
    # Digits of a pattern that stand behind a star may be those of the number, or not.
    is_open = any(sign == "?" or sign.isdigit() for sign in name[len(certain) :])
    return is_pattern(name) and is_open and (certain.startswith(beginning) or beginning.startswith(certain))


def _may_be_kind(name: str, kind: str) -> bool:
    if not is_pattern(name):
        return name == kind or (name.startswith(f"{kind}_") and name[len(kind) + 1 :].isdigit())
    certain = _certain(name)
    return certain.startswith(kind) or kind.startswith(certain)


def _certain(name: str) -> str:
    """The beginning of a name, as far as a pattern says it letter by letter."""
    return name.partition("*")[0].partition("?")[0]
