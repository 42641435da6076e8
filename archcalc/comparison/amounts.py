"""What networks cost and how large their maps are, by the quantities that claims and questions have, side by side."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.checking import Checked, KnownSizes
from archcalc.dims import DimsOverflow, Number
from archcalc.expectations.measure import NetworkAt, Unmeasurable, measure
from archcalc.expressions.values import UnknownValue, Value, is_number
from archcalc.quantities import QUANTITIES

COUNTED = "trainable"
"""What is counted of that which is stored, as claims and questions count by default."""


class AmountChange(NamedTuple):
    """A quantity of both networks: a number, sizes, or None where it is unknown or there is none.

    `difference` is what was added, exactly: negative where it is less, a closed form where symbols have no value, and
    None where one side is no number.
    """

    quantity: str
    before: Value
    after: Value

    @property
    def difference(self) -> Number | None:
        """What was added."""
        if not is_number(self.before) or not is_number(self.after):
            return None
        try:
            return self.after - self.before
        except DimsOverflow:
            return None

    @property
    def is_same(self) -> bool:
        """Whether nothing has changed."""
        return self.before == self.after


class OutputChange(NamedTuple):
    """The shape of what leaves under a name; None where there is no such output, or where an error hides it."""

    name: str
    before: KnownSizes | None
    after: KnownSizes | None


def amounts(before: Checked, after: Checked) -> list[AmountChange]:
    """Every quantity that one of two networks has, in the order of the vocabulary."""
    ours, theirs = _measured(before), _measured(after)
    known = [AmountChange(name, ours.get(name), theirs.get(name)) for name in QUANTITIES]
    return [one for one in known if one.before is not None or one.after is not None]


def _measured(checked: Checked) -> dict[str, Value]:
    if checked.network is None:
        return {}
    at = NetworkAt(checked.network)
    whole = at.targets(())
    found: dict[str, Value] = {}
    for name in QUANTITIES:
        try:
            found[name] = measure(name, whole, COUNTED, at)
        except (Unmeasurable, UnknownValue, DimsOverflow):
            # A network of several outputs has no one shape, and one with errors no counts.
            continue
    return found


def outputs(before: Checked, after: Checked) -> list[OutputChange]:
    """The outputs of both networks by name, of which one differs at least."""
    ours, theirs = before.outputs, after.outputs
    if len(ours) == len(theirs) == 1:
        ((name, one),), ((other, two),) = ours.items(), theirs.items()
        found = [OutputChange(name if name == other else f"{name} → {other}", one, two)]
    else:
        found = [OutputChange(name, ours.get(name), theirs.get(name)) for name in dict.fromkeys((*ours, *theirs))]
    return [one for one in found if one.before != one.after]
