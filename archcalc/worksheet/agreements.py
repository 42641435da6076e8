"""A stated number held against a computed one.

>>> agree("~470M", "5*5 * 200 * 32*32 * 92", source="the lecture")
<~470M: agrees, 471,040,000 rounded>
>>> agree("1/10", "40960000 / 471040000", source="the lecture", because="it is 2/23")
<1/10: differs, 2/23 = 0.0869565 (86.96% of it)>
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from archcalc.expectations.matching import Match, match
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, is_number
from archcalc.report.html import COLOR, grid, text
from archcalc.spec.figures import published
from archcalc.terminal import visible


class Agreement:
    """A stated number beside the computed one. `holds` says whether the computed one rounds or truncates to it."""

    def __init__(self, stated: str, formula: str, value: Any, source: str, because: str) -> None:
        self.stated = stated
        self.formula = formula
        self.value = value
        self.source = source
        self.because = because
        printed = published(stated)
        expected = printed.value if printed else computed_value(stated)
        found = match(printed, value, NoNames()) if printed else Match(value == expected)
        self.holds = bool(found.holds)
        self.how = found.how if found.holds and value != expected else ""
        self.share = Fraction(value) / Fraction(expected) if expected else None

    @property
    def verdict(self) -> str:
        """In words whether it agrees, or by how much it differs."""
        if self.holds:
            return f"agrees, {_shown(self.value)}" + (f" {self.how}" if self.how else " exactly")
        share = f" ({float(100 * self.share):.4g}% of it)" if self.share is not None else ""
        return f"differs, {_shown(self.value)}{share}"

    def __repr__(self) -> str:
        return visible(f"<{self.stated}: {self.verdict}>")

    def _repr_html_(self) -> str:
        return Agreements((self,))._repr_html_()


class Agreements(tuple[Agreement, ...]):
    """Several stated numbers, in one table."""

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))

    def _repr_html_(self) -> str:
        # Without a single formula there is no column for them.
        has_formulas = any(found.formula for found in self)
        rows = [_cells(found) for found in self]
        head = ["stated", "formula", "computed", "verdict"]
        if not has_formulas:
            rows = [[stated, computed, verdict] for stated, _, computed, verdict in rows]
            head.remove("formula")
        return grid(head, rows)


def together(*agreements: Agreement) -> Agreements:
    """Several statements as one table, for a cell that shows more than one.

    >>> together(agree(156, "6*(5*5 + 1)", source="C1"), agree("60k", 60_000, source="all of it"))
    <156: agrees, 156 exactly>
    <60k: agrees, 60,000 exactly>
    """
    return Agreements(agreements)


def _cells(found: Agreement) -> list[str]:
    color = COLOR["holds" if found.holds else "explained" if found.because else "fails"]
    verdict = f'<b style="color:{color}">{text(found.verdict)}</b>'
    because = f"<br>{text(found.because)}" if found.because else ""
    formula = text(_grouped(found.formula.replace("**", "^").replace("*", "·")))
    source = f"<br><small>{text(found.source)}</small>" if found.source else ""
    return [f"{text(_grouped(found.stated))}{source}", formula, text(_shown(found.value)), verdict + because]


def _grouped(formula: str) -> str:
    """Thousands set apart in the whole numbers of a text."""
    return re.sub(r"(?<![\d.])\d{4,}(?![\d.])", lambda match: f"{int(match.group()):,}", formula)


def agree(stated: str | int, computed: str | int | Fraction, *, source: str, because: str = "") -> Agreement:
    """Hold a stated number (`60M`, `~470M`, `~1000x`, `1/10`) against a number or a formula of numbers.

    `because` says why they differ. Raises: AssertionError for a difference without a reason, and for a reason without
    a difference, so that a worksheet cannot say something that its numbers do not; ValueError for what is no number.
    """
    value = computed_value(computed) if isinstance(computed, str) else computed
    formula = computed if isinstance(computed, str) else ""
    found = Agreement(str(stated), formula, value, source, because)
    if found.holds == bool(because):
        raise AssertionError(f"{found!r}" + (f" although {because}" if because else ""))
    return found


def computed_value(formula: str) -> int | Fraction:
    """The exact value of a formula of numbers. Raises: ValueError for what is none."""
    try:
        value = parse(formula).evaluate(NoNames())
    except ExpressionError as error:
        raise ValueError(f"{formula!r}: {error.message}") from None
    if not is_number(value):
        raise ValueError(f"{formula!r} is no number")
    number: int | Fraction = value
    return number


def _shown(value: int | Fraction) -> str:
    if isinstance(value, int) or value.denominator == 1:
        return f"{int(value):,}"
    decimal = f"{float(value):,.6g}"
    # Only a fraction that people can read is worth showing.
    return f"{value} = {decimal}" if value.denominator < 1000 and len(decimal) > 5 else decimal
