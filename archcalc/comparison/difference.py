"""What differs between two networks that were checked: a value that shows itself, and that can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.comparison.amounts import AmountChange, OutputChange, amounts, outputs
from archcalc.comparison.claims import ClaimChange, claims
from archcalc.comparison.entries import Read, entries, read_of
from archcalc.comparison.layers import LayerChange, State, compared
from archcalc.comparison.legality import LegalityChange, legality
from archcalc.comparison.limits import LimitVerdict, judged, read
from archcalc.terminal import Terminal, visible

if TYPE_CHECKING:
    from archcalc.draw.dot import Direction
    from archcalc.draw.picture import Picture


class Difference:
    """What differs between two networks: layers, sizes, counts, legal sizes and claims.

    `before` and `after` are the reports that are compared. Two differences are equal if they are of equal reports.

    >>> import archcalc
    >>> small = archcalc.load("input: [8]\\nlayers: [{linear: 4, as: fc}]")
    >>> large = archcalc.load("input: [8]\\nlayers: [{linear: 6, as: fc}, relu]")
    >>> difference = archcalc.diff(small, large)
    >>> [(change.state, change.layer.name) for change in difference.changes]
    [('changed', 'fc'), ('added', '1')]
    >>> difference["parameters"].difference
    18
    """

    def __init__(self, before: Checked, after: Checked) -> None:
        self.before = before
        self.after = after

    @cached_property
    def layers(self) -> list[LayerChange]:
        """What has become of every layer and input: those of the second network in order, and between them the gone."""
        with paused():
            ours, theirs = entries(self.before), entries(self.after)
            return compared(ours, theirs, (_outputs(self.before), _outputs(self.after)))

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
        """Every quantity that one of the networks has, on both sides."""
        return amounts(self.before, self.after)

    def __getitem__(self, quantity: str) -> AmountChange:
        """A quantity on both sides, by its name. Raises: KeyError for one that neither network has."""
        for amount in self.amounts:
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
        return (
            not self.changes
            and not self.outputs
            and not self.outputs_read
            and not self.claims
            and all(amount.is_same for amount in self.amounts)
            and (self.before.ok, self.before.complete) == (self.after.ok, self.after.complete)
            and self.legal_sizes.is_same
        )

    def judge(self, limits: str | Sequence[str]) -> list[LimitVerdict]:
        """Which limits the difference keeps, as `--fail-on` takes them.

        Raises: WrongQuestion (a ValueError) for a text that is no limit.

        >>> import archcalc
        >>> difference = archcalc.diff("resnet:resnet18", "resnet:resnet34")
        >>> [(one.limit.text, one.state) for one in difference.judge(["parameters +1%", "output"])]
        [('parameters +1%', 'broken'), ('output', 'kept')]
        """
        return judged([read(text) for text in ([limits] if isinstance(limits, str) else limits)], self.amounts)

    def to_text(self, *, width: int = 80, color: bool = False, every: bool = False) -> str:
        """The difference for people, as `archcalc diff` prints it; `every` lists all layers that differ."""
        from archcalc.comparison.text import full

        return full(self, Terminal(width, color), every=every)

    def to_markdown(self, *, every: bool = False) -> str:
        """The difference for a comment on a pull request, as `archcalc diff --format markdown`."""
        from archcalc.comparison.markdown import markdown

        return markdown(self, every=every)

    def to_json(self) -> dict[str, Any]:
        """The difference as JSON data, as `archcalc diff --format json` gives it for each pair of networks."""
        from archcalc.comparison.json import as_json

        return as_json(self)

    def draw(self, *, depth: int | None = None, direction: Direction = "down") -> Picture:
        """Both networks as one picture, with signs and colours for what is added, removed and changed.

        Scopes in which nothing differs are closed. Raises: as `Report.draw` does.
        """
        from archcalc.comparison.picture import diagram
        from archcalc.draw.picture import Picture

        return Picture(diagram(self, depth), direction)

    def _repr_html_(self) -> str:
        from archcalc.comparison.html import fragment

        return fragment(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Difference):
            return NotImplemented
        return (self.before, self.after) == (other.before, other.after)

    def __hash__(self) -> int:
        return hash((self.before, self.after))

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process compares again: the reports are smaller than what was found.
        return Difference, (self.before, self.after)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        told = ", ".join(f"{count:,} {state}" for state, count in self.counts.items() if count)
        return visible(f"<Difference {self.before.address} → {self.after.address}: {told or 'no layers'}>")


STATES: tuple[State, ...] = ("added", "removed", "changed", "renamed", "moved", "follows", "same")


def _outputs(checked: Checked) -> dict[str, Read]:
    """Where what leaves a network comes from, by name."""
    places = {id(node): place for place, node in enumerate([*checked.graph.inputs, *checked.graph.nodes])}
    return {name: read_of(value, places) for name, value in checked.graph.outputs.items()}


def _written(checked: Checked) -> dict[str, str | None]:
    """The layers that write what leaves a network."""
    return {
        name: None if value.node is None else value.node.name + (f"[{value.port}]" if value.port else "")
        for name, value in checked.graph.outputs.items()
    }
