"""What a claim asks for: a quantity of the layers and scopes that it names, and what that is divided by."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.dims import Condition, Number
from archcalc.expectations.measure import GIVE_SYMBOLS, NetworkAt, Unmeasurable, count, measure
from archcalc.expectations.target import NoTarget, Target
from archcalc.expressions.values import Value, described, is_number
from archcalc.quantities import COUNTS
from archcalc.spec.claims import NETWORK
from archcalc.spec.model import Baseline, Claim, Mistake, Selector, mistake
from archcalc.spec.published import Published


class Measured(NamedTuple):
    """A count and what it is divided by, or sizes."""

    value: Value
    base: Number = 1


def measured(quantity: str, claim: Claim, at: NetworkAt) -> Measured:
    """A quantity of what a claim is about. Raises: Mistake at its place in the claim; UnknownValue."""
    try:
        value = at.remembered.of((quantity, claim.counting, _texts(claim.of)), lambda: _measured(quantity, claim, at))
    except Unmeasurable as error:
        raise mistake(error.code, error.message, claim.keys[quantity], "", *error.help) from None
    if claim.relative_to is None or quantity not in COUNTS:
        return Measured(value)
    return Measured(value, _divisor(quantity, claim.counting, claim.relative_to, at))


def _measured(quantity: str, claim: Claim, at: NetworkAt) -> Value:
    found = selected(at, claim.of)
    at.looks.spend(sum(len(target.nodes) for target in found))
    return measure(quantity, found, claim.counting, at)


def _texts(selectors: list[Selector]) -> tuple[str, ...]:
    return tuple([selector.text for selector in selectors])


def selected(at: NetworkAt, selectors: list[Selector], *, others: tuple[str, ...] = ()) -> list[Target]:
    """What selectors stand for. Raises: Mistake at the one that stands for nothing; UnknownValue."""
    try:
        return at.targets(_texts(selectors), others=others)
    except NoTarget as error:
        span = next(selector.span for selector in selectors if selector.text == error.name)
        raise mistake(codes.UNKNOWN_TARGET, error.message, span, "", error.help) from None


def _divisor(quantity: str, counting: str, baseline: Baseline, at: NetworkAt) -> Number:
    """What a claim divides by. Raises: Mistake if that may be nothing; UnknownValue."""
    base, what = _base(quantity, counting, baseline, at)
    is_nothing = Condition.at_least(0, base).decide()
    if is_nothing is None:
        message = f"it is not decided whether there is a ratio to {base}, {what}"
        raise mistake(codes.CLAIM_UNDECIDED, message, baseline.span, "", GIVE_SYMBOLS)
    if is_nothing:
        message = f"there is no ratio to {base}, {what}"
        help = f"compare with layers that have {quantity}, with the `{NETWORK}`, or with a positive number"
        raise mistake(codes.NOTHING_TO_COMPARE, message, baseline.span, "", help)
    return base


def _base(quantity: str, counting: str, baseline: Baseline, at: NetworkAt) -> tuple[Number, str]:
    """What a claim divides by: the count of other layers or a number, and in words what it is."""
    number, network = baseline.number, at.network
    if baseline.selectors or number is None:
        try:
            # A name of a layer wins over the same name of a value.
            found = selected(at, baseline.selectors, others=tuple(network.settable) if number else ())
        except Mistake:
            names = () if number is None or isinstance(number, Published) else number.tree.names()
            if not names or not all(name in network.settable for name in names):
                raise
        else:
            at.looks.spend(sum(len(target.nodes) for target in found))
            return count(quantity, counting, found, network), f"the {quantity} of {baseline.text}"
    assert number is not None, "a baseline has selectors or a number, or it is the network"
    value = number.value if isinstance(number, Published) else number.evaluate(network.globals.context)
    if not is_number(value):
        message = f"`relative_to` is a layer, a scope or a number, not {described(value)}"
        raise mistake(language_codes.BAD_CLAIM, message, baseline.span)
    return value, f"the value of `{baseline.text}`"
