"""What differs between two networks that were checked, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.comparison.amounts import AmountChange, OutputChange, amounts, outputs
from archcalc.comparison.claims import ClaimChange, claims
from archcalc.comparison.entries import ReadMap, entries, read_of
from archcalc.comparison.layers import LayerChange, State, compared
from archcalc.comparison.legality import LegalityChange, legality
from archcalc.quantities import PLANNED


class Compared:
    """What differs between two networks, as data: layers, sizes, counts, legal sizes and claims.

    `before` and `after` are the reports that are compared. Two differences are equal if they are of equal reports.
    """

    def __init__(self, before: Checked, after: Checked) -> None:
        self.before = before
        self.after = after

    @cached_property
    def layers(self) -> list[LayerChange]:
        """What has become of every layer and input: those of the second network in order, and between them the gone."""
        if not (is_read(self.before) and is_read(self.after)):
            return []
        with paused():
            ours, theirs = entries(self.before), entries(self.after)
            found = compared(ours, theirs, (_outputs(self.before), _outputs(self.after)))
        hidden = {"removed": _unbuilt(self.after), "added": _unbuilt(self.before)}
        return [
            change._replace(state="hidden") if change.layer.name in hidden.get(change.state, ()) else change
            for change in found
        ]

    @property
    def changes(self) -> list[LayerChange]:
        """The layers and inputs that differ in something."""
        return [change for change in self.layers if change.state != "same"]

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many layers there are of each state, inputs left out."""
        found = Counter(change.state for change in self.layers if not change.layer.is_input)
        return {state: found[state] for state in STATES}

    @cached_property
    def amounts(self) -> list[AmountChange]:
        """Every quantity that one of the networks has, on both sides, but those that depend on how it runs."""
        return amounts(self.before, self.after)

    @cached_property
    def planned(self) -> list[AmountChange]:
        """What depends on how a network runs: for one item at a time, in 32 bits."""
        return amounts(self.before, self.after, PLANNED)

    def amounts_of(self, quantities: Iterable[str]) -> list[AmountChange]:
        """The amounts, with those that depend on how a network runs if one of them is asked for."""
        return [*self.amounts, *(self.planned if any(name in PLANNED for name in quantities) else ())]

    def __getitem__(self, quantity: str) -> AmountChange:
        """A quantity on both sides, by its name. Raises: KeyError for one that neither network has."""
        for amount in self.planned if quantity in PLANNED else self.amounts:
            if amount.quantity == quantity:
                return amount
        raise KeyError(f"neither network has {quantity!r}; there are {', '.join(one.quantity for one in self.amounts)}")

    @property
    def outputs(self) -> list[OutputChange]:
        """The outputs whose shapes differ."""
        return outputs(self.before, self.after)

    @property
    def outputs_read(self) -> list[tuple[str, str | None, str | None]]:
        """The outputs that another layer writes now: their names, and the layers."""
        there = {change.before.name: change.after.name for change in self.layers if change.before and change.after}
        ours, theirs = _written(self.before), _written(self.after)
        return [
            (name, ours.get(name), theirs.get(name))
            for name in dict.fromkeys((*ours, *theirs))
            if name not in ours or name not in theirs or there.get(ours[name] or "") != theirs[name]
        ]

    @cached_property
    def legal_sizes(self) -> LegalityChange:
        """The sizes at which each network is legal."""
        return legality(self.before, self.after)

    @cached_property
    def claims(self) -> list[ClaimChange]:
        """The claims that differ in what they state, or in whether they hold."""
        return claims(self.before, self.after)

    @property
    def is_empty(self) -> bool:
        """Whether the networks are the same, in everything that is compared."""
        return self.before == self.after or (
            not self.changes
            and not self.outputs
            and not self.outputs_read
            and not self.claims
            and all(amount.is_same for amount in self.amounts)
            and (self.before.ok, self.before.complete) == (self.after.ok, self.after.complete)
            and self.legal_sizes.is_same
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compared):
            return NotImplemented
        return (self.before, self.after) == (other.before, other.after)

    def __hash__(self) -> int:
        return hash((self.before, self.after))

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process compares again: the reports are smaller than what was found.
        return type(self), (self.before, self.after)


def is_read(checked: Checked) -> bool:
    """Whether anything could be read that can be compared."""
    return checked.ok or bool(checked.graph.nodes)


STATES: tuple[State, ...] = ("added", "removed", "changed", "renamed", "moved", "hidden", "follows", "same")


def _outputs(checked: Checked) -> dict[str, ReadMap]:
    """Where what leaves a network comes from, by name."""
    places = {id(node): place for place, node in enumerate([*checked.graph.inputs, *checked.graph.nodes])}
    return {name: read_of(value, places) for name, value in checked.graph.outputs.items()}


def _unbuilt(checked: Checked) -> set[str]:
    """The layers that a network has, and of which errors leave nothing but the name."""
    return {one.name for one in checked.graph.unbuilt}


def _written(checked: Checked) -> dict[str, str | None]:
    """The layers that write what leaves a network."""
    return {
        name: None if value.node is None else value.node.name + (f"[{value.port}]" if value.port else "")
        for name, value in checked.graph.outputs.items()
    }
