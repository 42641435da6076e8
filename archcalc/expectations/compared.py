"""A quantity of a claim beside what is expected of it: both values, and how far they are apart."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archcalc.dims import Dim, Number, Polynomial, divide
from archcalc.dims.figures import grouped
from archcalc.expectations.claimed import Measured, measured, selected
from archcalc.expectations.distance import difference, differing_sizes, ends_of, headroom
from archcalc.expectations.matching import Match, match, stated
from archcalc.expectations.measure import NetworkAt, by_authors, largest
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import Value, is_number
from archcalc.graph import Node
from archcalc.layers.shape import factor
from archcalc.network import Network
from archcalc.quantities import QUANTITIES
from archcalc.spec.model import Argument, Between, Claim, Expected, Formula, Listing


class Compared(NamedTuple):
    """What a network has, in the form of the expectation, and whether that is what was expected."""

    actual: Value
    match: Match
    stated: Value = None
    """What the expectation comes to, where it is a formula that comes to a number or to sizes."""
    where: str = ""
    """The values of the names in that formula."""
    remark: str = ""
    """Of a range that is met what is left of it, and of what is not met how far it is off."""
    claimed: Value = None
    """The sizes that the expectation comes to, formula or not."""
    by_authors: Dim = 0
    """How much of what the network has is stated, not computed."""


def compared(quantity: str, claim: Claim, expected: Expected, at: NetworkAt) -> Compared:
    """Hold a quantity of what a claim is about against the expectation. Raises: Mistake, UnknownValue."""
    found = measured(quantity, claim, at)
    scope = at.network.globals.context
    verdict = match(expected, found.value, scope, found.base)
    told = by_authors(quantity, claim.counting, selected(at, claim.of), at) if found.base == 1 else 0
    formula = _formula(expected)
    value = None if formula is None else stated(formula, scope)
    actual = _in_form(quantity, expected, found)
    remark = _remark(quantity, claim, expected, value, actual, found, verdict, at)
    sizes = value if isinstance(value, tuple) else None
    is_quotient = isinstance(value, Fraction) and formula is not None and not _names(formula)
    if formula is None or not _is_computed(formula) or not _is_plain(value) or is_quotient:
        return Compared(actual, verdict, remark=remark, claimed=sizes, by_authors=told)
    return Compared(actual, verdict, value, _values_in(formula, at.network), remark, sizes, told)


def _formula(expected: Expected) -> Formula | Listing | None:
    """What is computed in an expectation: all of it, or the one end of a range."""
    if isinstance(expected, Between):
        ends = [end for end in (expected.low, expected.high) if end is not None]
        return ends[0] if len(ends) == 1 and isinstance(ends[0], Formula) else None
    return expected if isinstance(expected, (Formula, Listing)) else None


def _in_form(quantity: str, expected: Expected, found: Measured) -> Value:
    value, base = found
    if isinstance(value, tuple):
        alike = QUANTITIES[quantity].kind == "sizes" and not isinstance(expected, Listing) and len(set(value)) == 1
        return value[0] if alike else value
    try:
        return divide(value, base)
    except ValueError:
        assert isinstance(base, Polynomial), "numbers divide everything"
        return f"{factor(value)}/{factor(base)}"


def _remark(
    quantity: str,
    claim: Claim,
    expected: Expected,
    value: Value,
    actual: Value,
    found: Measured,
    verdict: Match,
    at: NetworkAt,
) -> str:
    if verdict.holds is None or (verdict.holds and not isinstance(expected, Between)):
        return ""
    if isinstance(actual, tuple) or isinstance(expected, Listing):
        return "" if verdict.holds or not isinstance(actual, tuple) else differing_sizes(actual, value)
    ends = ends_of(expected, value, at.network.globals.context)
    if ends is None:
        return ""
    if verdict.holds:
        return headroom(actual, ends)
    if found.base != 1:
        return f"it is {grouped(found.value)} against {grouped(found.base)}"
    parts = [difference(QUANTITIES[quantity], actual, ends)]
    most = at.remembered.of(
        ("largest", quantity, claim.counting, tuple([selector.text for selector in claim.of])),
        lambda: largest(quantity, claim.counting, selected(at, claim.of), at.network),
    )
    if most:
        parts.append(_contributor(*most))
    return "; ".join(part for part in parts if part)


def _contributor(node: Node, part: int) -> str:
    name = f"{node.kind} {node.name}" if node.label.isdigit() else node.name
    return f"{name} has {part:,}"


def _is_computed(expected: Argument) -> bool:
    """Whether an expectation is a formula, and not only numbers."""
    if isinstance(expected, Listing):
        return any(_is_computed(item) for item in expected.items)
    return isinstance(expected, Formula) and not isinstance(expected.tree, Constant)


def _is_plain(value: Value | Number) -> bool:
    """Whether a value is a number, or sizes that are numbers."""
    if isinstance(value, tuple):
        return all(_is_plain(one) for one in value)
    return is_number(value) and not isinstance(value, Polynomial)


def _values_in(expected: Argument, network: Network) -> str:
    """The values of the names in a formula, where they are numbers."""
    known = [(name, network.globals.value(name)) for name in _names(expected) if name in network.settable]
    return ", ".join(f"{name} = {value}" for name, value in known if _is_plain(value))


def _names(expected: Argument) -> list[str]:
    if isinstance(expected, Listing):
        return list(dict.fromkeys(name for item in expected.items for name in _names(item)))
    return list(expected.tree.names()) if isinstance(expected, Formula) else []
