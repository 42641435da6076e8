"""Which sizes were legal, which are, and which are so on one side alone."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.checking import Checked
from archcalc.program import InvalidSpec
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet, SetOverflow


class LegalityChange(NamedTuple):
    """The legal sizes of both networks; None of one whose mistakes leave it none.

    >>> import archcalc
    >>> change = archcalc.diff("residual_block:identity", "residual_block:projection").legal_sizes
    >>> change.is_same, change.lost
    (False, 'N = 0 (mod 2)')
    """

    before: LegalSizes | None
    after: LegalSizes | None

    @property
    def is_same(self) -> bool:
        """Whether the same sizes are legal, whatever asks for them."""
        one, two = self.before, self.after
        if one is None or two is None:
            return one is two
        undecided = [[str(asked.condition) for asked in side.undecided] for side in (one, two)]
        return (one.symbols, _in_no_order(one), undecided[0]) == (two.symbols, _in_no_order(two), undecided[1])

    @property
    def lost(self) -> str:
        """The sizes that are legal no longer, in words, where one symbol says them; otherwise nothing."""
        return _only(self.before, self.after)

    @property
    def gained(self) -> str:
        """The sizes that are legal now and were not, in words, where one symbol says them; otherwise nothing."""
        return _only(self.after, self.before)


def legality(before: Checked, after: Checked) -> LegalityChange:
    """The legal sizes of two networks."""
    return LegalityChange(_legal(before), _legal(after))


def _legal(checked: Checked) -> LegalSizes | None:
    try:
        return checked.legal_sizes
    except InvalidSpec:
        return None


def _in_no_order(legal: LegalSizes) -> frozenset[frozenset[tuple[str, IntegerSet]]]:
    return frozenset([frozenset(box.items()) for box in legal.boxes])


def _only(one: LegalSizes | None, two: LegalSizes | None) -> str:
    """The values of the one symbol in which two sets differ that only the first of them has."""
    if one is None or two is None or one.symbols != two.symbols or one.undecided or two.undecided:
        return ""
    if len(one.boxes) != 1 or len(two.boxes) != 1:
        return ""
    everything = IntegerSet.everything()
    ours, theirs = ({name: box.get(name, everything) for name in one.symbols} for box in (one.boxes[0], two.boxes[0]))
    differing = [name for name in ours if ours[name] != theirs[name]]
    if len(differing) != 1:
        return ""
    name = differing[0]
    try:
        left = ours[name] - theirs[name]
    except SetOverflow:
        return ""
    return left.text(name) if left else ""
