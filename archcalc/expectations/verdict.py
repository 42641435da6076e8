"""What became of claims, as values and in words."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.dims.figures import grouped, percent
from archcalc.expectations.measure import BYTES
from archcalc.expressions.values import Value
from archcalc.quantities import COUNTINGS, PLANNED

State = Literal["holds", "fails", "explained", "surprise", "undecided", "unknown"]

SURPRISE = "declared not to hold, and holds"


class Verdict(NamedTuple):
    """What became of one quantity of one claim.

    `expected` is what the spec says, as it says it. `actual` is an integer, a closed form, or a tuple of sizes; with
    `relative_to` it may be a fraction, or a text where closed forms do not divide. It is None where an error keeps it
    unknown. `at` names the sizes for which the claim was judged, if they are not those of the report.

    Where the expectation is a formula, `stated` is what it comes to, and `where` has the values of the names in it.
    `remark` says what is left of a range that is met, or by how much a claim fails and which layer has most. `claimed`
    are the sizes of a claim about sizes, computed or not. `by_authors` is how much of `actual` opaque steps state: none
    of that is computed. `file` is where `span` is, for a budget of the project; empty for what the spec claims.

    >>> import archcalc
    >>> spec = "input: [8]\\nlayers: [linear: 10]\\nexpect: {parameters: 80}"
    >>> (verdict,) = archcalc.load(spec).check().verdicts
    >>> verdict.quantity, verdict.expected, verdict.actual, verdict.state
    ('parameters', '80', 90, 'fails')
    >>> verdict.remark
    '10 too many'
    """

    quantity: str
    expected: str
    actual: Value
    state: State
    how: str
    counting: str
    of: str | None
    relative_to: str | None
    at: str
    source: str | None
    because: str | None
    span: Span
    stated: Value = None
    where: str = ""
    remark: str = ""
    claimed: Value = None
    by_authors: Value = 0
    file: str = ""


def about(verdict: Verdict) -> str:
    """What a verdict is about, in words: the quantity, how it is counted, of what, to what, and at which sizes."""
    counting = f" ({_counting(verdict.counting, verdict.quantity)})" if verdict.counting != "trainable" else ""
    return (
        verdict.quantity.replace("_", " ")
        + (" (2 for a multiplication)" if verdict.quantity == "flops" and verdict.counting in COUNTINGS else "")
        + counting
        + (f" of {verdict.of}" if verdict.of else "")
        + (f" relative to {verdict.relative_to}" if verdict.relative_to else "")
        + (f" at {verdict.at}" if verdict.at else "")
    )


def _counting(word: str, quantity: str) -> str:
    if word in COUNTINGS:
        return word.replace("_", "-")
    return word if quantity in PLANNED else f"as {word} counts"


def computed(verdict: Verdict) -> str:
    """What the network has, for people: a share in percent if that is how it is claimed."""
    if verdict.expected.endswith("%") and isinstance(verdict.actual, (int, Fraction)):
        return percent(verdict.actual)
    return grouped(verdict.actual)


def wanted(verdict: Verdict) -> str:
    """What was expected, with thousands set apart."""
    return grouped(int(verdict.expected)) if verdict.expected.isdecimal() else verdict.expected


def with_value(verdict: Verdict) -> str:
    """What was expected, and what it comes to where it is a formula: [L // 4, 19] = [13, 19] at L = 55."""
    if verdict.stated is None:
        return wanted(verdict)
    return f"{verdict.expected} = {grouped(verdict.stated)}" + (f" at {verdict.where}" if verdict.where else "")


def held_line(verdict: Verdict) -> str:
    """A claim that holds, in one line: the number or what is left of a range, and who claims it."""
    text = verdict.remark or wanted(verdict)
    if verdict.how in ("rounded", "truncated"):
        text += f", {verdict.how} from {computed(verdict)}"
    elif verdict.how == "in the range" and not verdict.remark:
        text += f", and {computed(verdict)} is in it"
    elif verdict.quantity == "activations" and isinstance(verdict.actual, int) and not verdict.remark:
        text += f" ({BYTES * verdict.actual:,} bytes)" if verdict.relative_to is None else ""
    if verdict.by_authors != 0 and not verdict.quantity.startswith("stated"):
        text += f", {grouped(verdict.by_authors)} of it stated, not computed"
    return f"{about(verdict)}: {text}" + (f" ({verdict.source})" if verdict.source else "")
