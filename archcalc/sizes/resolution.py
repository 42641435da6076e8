"""Which sizes meet a list of requirements: symbol by symbol, and together where one condition ties several symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.dims import free_symbols
from archcalc.layers.site import Requirement
from archcalc.sizes.axis import decide_axis
from archcalc.sizes.boxes import Box
from archcalc.sizes.contribution import Contribution
from archcalc.sizes.joint import MAX_BOXES, Work, resolved


class Resolution(NamedTuple):
    """The sizes that meet all requirements, as boxes, but for those that stay undecided."""

    symbols: tuple[str, ...]
    boxes: Sequence[Box]
    undecided: Sequence[Requirement]
    causes: Sequence[Contribution] = ()
    ties: Sequence[Requirement] = ()


def resolution(asked: Sequence[Requirement], symbols: Sequence[str]) -> Resolution:
    """All sizes at which all conditions hold. Symbols are integers >= 1; those that nobody asks about are free.

    Cost: one look at every condition, and at the residue classes of those that are neither bounds nor congruences.

    >>> from archcalc.dims import Condition, symbol
    >>> n, m = symbol("N"), symbol("M")
    >>> together = Requirement(Condition.equal(n * m, 4))
    >>> for box in resolution([together, Requirement(Condition.at_least(n, 2))], ["N", "M"]).boxes:
    ...     print(box["N"].text("N"), "and", box["M"].text("M"))
    N = 4 and M = 1
    N = 2 and M = 2
    """
    unique = list({one.condition: one for one in reversed(asked)}.values())[::-1]
    by_symbol: dict[str, list[Requirement]] = {name: [] for name in symbols}
    joint: list[Requirement] = []
    for one in unique:
        names = free_symbols(one.condition.subject)
        if len(names) == 1:
            by_symbol.setdefault(min(names), []).append(one)
        else:
            joint.append(one)
            for name in sorted(names):
                by_symbol.setdefault(name, [])
    undecided: list[Requirement] = []
    causes: list[Contribution] = []
    box: Box = {}
    for name, conditions in by_symbol.items():
        decided = decide_axis(conditions, name)
        box[name] = decided.values
        causes.extend(decided.causes)
        undecided.extend(decided.undecided)
    boxes = [box] if all(box.values()) else []
    ties: list[Requirement] = []
    work = Work()
    for one in joint:
        parts = _within(one, boxes, work)
        if parts is None:
            undecided.append(one)
        elif parts != boxes:
            boxes = parts
            ties.append(one)
    return Resolution(tuple(by_symbol), boxes, undecided, causes, ties)


def _within(one: Requirement, boxes: Sequence[Box], work: Work) -> list[Box] | None:
    found: list[Box] = []
    for box in boxes:
        parts = resolved(one.condition, box, work)
        if parts is None or len(found) + len(parts) > MAX_BOXES:
            return None
        found.extend(parts)
    return found
