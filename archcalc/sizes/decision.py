"""The decision: from the conditions that layers ask for to the complete set of legal sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.dims import free_symbols
from archcalc.sizes.asked import Asked, Cause
from archcalc.sizes.axis import decide_axis
from archcalc.sizes.boxes import Box
from archcalc.sizes.joint import MAX_BOXES, Work, resolved
from archcalc.sizes.legal import LegalSizes


def decide(
    asked: Sequence[Asked],
    symbols: Sequence[str],
    *,
    stated: Mapping[str, int] | None = None,
    fixed: Mapping[str, int] | None = None,
    with_new_weights: LegalSizes | None = None,
    exact: LegalSizes | None = None,
) -> LegalSizes:
    """All sizes at which all conditions hold. Symbols are integers >= 1; those that nobody asks about are free.

    Symbols are decided apart, unless a condition ties them together. Cost: one look at every condition, and at the
    residue classes of those that are neither bounds nor congruences.

    >>> from archcalc.dims import Condition, symbol
    >>> n = symbol("N")
    >>> asked = [Asked(Condition.multiple(n - 12, 16), "pool4"), Asked(Condition.at_least(n, 185), "dec1")]
    >>> print(decide(asked, ["N"]))
    N = 12 (mod 16), N >= 188
    """
    unique = list({one.condition: one for one in reversed(asked)}.values())[::-1]
    by_symbol: dict[str, list[Asked]] = {name: [] for name in symbols}
    joint: list[Asked] = []
    for one in unique:
        names = free_symbols(one.condition.subject)
        if len(names) == 1:
            by_symbol.setdefault(min(names), []).append(one)
        else:
            joint.append(one)
            for name in sorted(names):
                by_symbol.setdefault(name, [])
    undecided: list[Asked] = []
    causes: list[Cause] = []
    box: Box = {}
    for name, conditions in by_symbol.items():
        decided = decide_axis(conditions, name)
        box[name] = decided.values
        causes.extend(decided.causes)
        undecided.extend(decided.undecided)
    boxes = [box] if all(box.values()) else []
    ties: list[Asked] = []
    work = Work()
    for one in joint:
        parts = _within(one, boxes, work)
        if parts is None:
            undecided.append(one)
        elif parts != boxes:
            boxes = parts
            ties.append(one)
    return LegalSizes(
        tuple(by_symbol),
        boxes,
        undecided=undecided,
        causes=causes,
        ties=ties,
        stated=stated,
        fixed=fixed,
        with_new_weights=with_new_weights,
        exact=exact,
        asked=asked,
    )


def _within(one: Asked, boxes: Sequence[Box], work: Work) -> list[Box] | None:
    found: list[Box] = []
    for box in boxes:
        parts = resolved(one.condition, box, work)
        if parts is None or len(found) + len(parts) > MAX_BOXES:
            return None
        found.extend(parts)
    return found
