"""What a difference says besides its layers: counts, outputs, legal sizes, claims, errors and limits, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.comparison.amounts import AmountChange
from archcalc.comparison.claims import ClaimChange
from archcalc.comparison.compared import Compared, is_read
from archcalc.comparison.layers import State
from archcalc.comparison.limits import LimitVerdict
from archcalc.comparison.rows import Line
from archcalc.comparison.words import amount_text, difference_text, share
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import about, computed, with_value
from archcalc.report.columns import shape_text
from archcalc.sizes.legal import LegalSizes

ALWAYS = ("parameters", "multiplications")
"""Quantities that are shown even if they are the same."""
FEW = 4
"""So many claims that hold are listed; more are counted."""
IMPLIED = ("flops", "bytes", "memory", "size", "height", "width", "length", "depth_axis", "channels")
"""Quantities that say nothing that others do not say: JSON and Python have them."""


def amount_rows(difference: Compared) -> list[AmountChange]:
    """The quantities that a table shows: those that differ, and do not follow from others."""
    found = {amount.quantity: amount for amount in difference.amounts}
    first = [found.pop(name, AmountChange(name, None, None)) for name in ALWAYS]
    rest = [amount for name, amount in found.items() if not amount.is_same and name not in IMPLIED and _is_told(amount)]
    parameters = first[0]
    return first + [
        amount
        for amount in rest
        if amount.quantity != "active_parameters"
        or (amount.before, amount.after) != (parameters.before, parameters.after)
    ]


def _is_told(amount: AmountChange) -> bool:
    """Whether both sides have a quantity, or one has it that the other cannot have; 0 is no news."""
    return amount.before is not None and amount.after is not None


def trouble_lines(difference: Compared) -> Iterator[str]:
    """What errors keep from being compared, side by side."""
    for side in (difference.before, difference.after):
        errors = sum(found.severity == "error" for found in side.diagnostics)
        if not errors:
            continue
        what = f"{side.address} has {errors:,} error{'' if errors == 1 else 's'}"
        lost = ""
        if not is_read(side):
            lost = "; no layer of it could be read, and none is compared"
        elif not side.complete:
            lost = "; its counts are not known, and layers that an error hides may be told as added or removed"
        yield f"{what}{lost}: `archcalc check {side.address}` says which"


def output_lines(difference: Compared) -> Iterator[Line]:
    """The outputs whose shapes differ, where the table has none, and those that come from other layers."""
    if len(difference.outputs) > 1 or "output" not in {one.quantity for one in difference.amounts}:
        for output in difference.outputs:
            before, after = ("none" if side is None else shape_text(side) for side in (output.before, output.after))
            state: State = "added" if output.before is None else "removed" if output.after is None else "changed"
            yield Line(state, f"output {output.name}", f"{before} → {after}")
    for name, was, now in difference.outputs_read:
        if was is not None and now is not None and not _is_last(difference, was, now):
            yield Line("changed", f"output {name}", f"from {was} → {now}")


def _is_last(difference: Compared, was: str, now: str) -> bool:
    """Whether another layer is the output because it was put behind, or what was the output is gone."""
    states = {change.before.name: change.state for change in difference.layers if change.before is not None}
    new = {change.after.name for change in difference.layers if change.before is None and change.after is not None}
    return states.get(was) == "removed" or now in new


def legal_lines(difference: Compared) -> Iterator[Line]:
    """The sizes that are legal, if they are others."""
    found = difference.legal_sizes
    if found.is_same:
        return
    before, after = _legal(found.before), _legal(found.after)
    yield Line("changed", "legal sizes", f"{before} → {after}")
    if found.lost and found.lost != before:
        yield Line("removed", "legal no longer", found.lost)
    if found.gained and found.gained != after:
        yield Line("added", "legal now", found.gained)


def _legal(legal: LegalSizes | None) -> str:
    return "not known" if legal is None else legal.text()


def claim_lines(difference: Compared) -> Iterator[Line]:
    """The claims that differ; many that hold on both sides, or are made by one alone and hold, are counted."""
    quiet = [claim for claim in difference.claims if _is_quiet(claim)]
    if len(quiet) <= FEW:
        quiet = []
    yield from (_claim(claim) for claim in difference.claims if claim not in quiet)
    if quiet:
        gone, new = (sum(getattr(one, side) is None for one in quiet) for side in ("after", "before"))
        kinds = (("with other numbers", len(quiet) - gone - new), ("made no longer", gone), ("new", new))
        told = ", ".join(f"{count:,} {what}" for what, count in kinds if count)
        yield Line("changed", "claims that hold", told)


def _is_quiet(claim: ClaimChange) -> bool:
    """Whether a claim holds wherever it is made, or is explained."""
    return all(side is None or side.state in ("holds", "explained") for side in claim)


def _claim(claim: ClaimChange) -> Line:
    verdict = claim.verdict
    name = f"claim {about(verdict)}" + (f" ({verdict.source})" if verdict.source else "")
    before, after = claim.before, claim.after
    if before is None or after is None:
        return Line("added" if before is None else "removed", name, f"{with_value(verdict)} {_state(verdict)}")
    ours, theirs = (f"{with_value(side)} {_state(side)}" for side in (before, after))
    if before.expected == after.expected:
        return Line("changed", name, f"{with_value(after)}: {_state(before)} → {_state(after)}")
    return Line("changed", name, f"{ours} → {theirs}")


def _state(verdict: Verdict) -> str:
    if verdict.state in ("fails", "surprise") and verdict.actual is not None:
        return f"fails ({computed(verdict)})"
    return {"surprise": "fails"}.get(verdict.state, verdict.state)


def limit_line(verdict: LimitVerdict) -> str:
    """A limit, and how far the quantity has moved."""
    amount = AmountChange(verdict.limit.quantity, verdict.before, verdict.after)
    if verdict.reason:
        return f"{verdict.limit.text}: {verdict.reason}"
    moved = difference_text(amount)
    if moved == "changed":
        moved = f"{amount_text(verdict.before)} → {amount_text(verdict.after)}"
    by = f" ({share(amount)})" if share(amount) else ""
    return f"{verdict.limit.text}: {moved}{by}"
