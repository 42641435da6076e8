"""What networks cost and how large their maps are, by the quantities that claims and questions have, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from archcalc.checking import Checked, KnownSizes, Sizes
from archcalc.dims import DimsOverflow, Number, Polynomial
from archcalc.expectations.measure import NetworkAt, Unmeasurable, measure
from archcalc.expressions.values import UnknownValue
from archcalc.quantities import PLANNED, QUANTITIES

COUNTED = "trainable"
"""What is counted of that which is stored, as claims and questions count by default."""


Amount = int | Fraction | Polynomial | Sizes | None
"""A count, or sizes: closed forms where symbols have no value, None where there is none or an error hides it."""

NUMBERS = (int, Fraction, Polynomial)
"""The types of counts."""


class AmountChange(NamedTuple):
    """A quantity of both networks: a number, sizes, or None where it is unknown or there is none.

    `difference` is what was added, exactly: negative where it is less, a closed form where symbols have no value, and
    None where one side is no number.

    >>> change = AmountChange("parameters", 156, 120)
    >>> change.difference, change.is_same
    (-36, False)
    """

    quantity: str
    before: Amount
    after: Amount

    @property
    def difference(self) -> Number | None:
        """What was added."""
        if not isinstance(self.before, NUMBERS) or not isinstance(self.after, NUMBERS):
            return None
        try:
            return self.after - self.before
        except DimsOverflow:
            return None

    @property
    def is_same(self) -> bool:
        """Whether nothing has changed."""
        return bool(self.before == self.after)


class OutputChange(NamedTuple):
    """The shape of what leaves under a name; None where there is no such output, or where an error hides it.

    >>> import archcalc
    >>> archcalc.diff("unet:paper", "unet:padded").outputs
    [OutputChange(name='output', before=(2, 388, 388), after=(2, 512, 512))]
    """

    name: str
    before: KnownSizes | None
    after: KnownSizes | None


USUAL = tuple(name for name in QUANTITIES if name not in PLANNED)
"""What is compared unasked: what depends on how a network runs takes longer than all the rest."""


def amounts(before: Checked, after: Checked, names: Sequence[str] = USUAL) -> list[AmountChange]:
    """Every quantity of these that one of two networks has, in their order."""
    ours, theirs = _measured(before, names), _measured(after, names)
    known = [AmountChange(name, ours.get(name), theirs.get(name)) for name in names]
    return [one for one in known if one.before is not None or one.after is not None]


def _measured(checked: Checked, names: Sequence[str]) -> dict[str, Amount]:
    if checked.network is None:
        return {}
    at = NetworkAt(checked.network)
    whole = at.targets(())
    found: dict[str, Amount] = {}
    for name in names:
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
