"""From claims to verdicts, and from verdicts to diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.diagnostics.model import Code, Diagnostic, Span
from archcalc.dims import DimsOverflow
from archcalc.expectations.matching import Match, is_plain, match
from archcalc.expectations.target import value_of
from archcalc.expressions.values import UnknownValue, Value, described
from archcalc.network import Network, is_size, unknown_symbol
from archcalc.spec.model import Between, Claim, Expected, Formula, Listing, Mistake, mistake

State = Literal["holds", "fails", "explained", "surprise", "undecided", "unknown"]


class Verdict(NamedTuple):
    """What became of one quantity of one claim.

    `expected` is what the spec says, as it says it. `actual` is an integer, a closed form, or a tuple of sizes; None
    where an error keeps it unknown. `at` names the sizes for which the claim was judged, if they are not those of the
    report.
    """

    quantity: str
    expected: str
    actual: Value
    state: State
    how: str
    counting: str
    of: str | None
    at: str
    source: str | None
    because: str | None
    span: Span


class Stated(NamedTuple):
    """The network at the sizes that `at` gives, and these sizes in words, where a check moves away from them."""

    network: Network
    sizes: str


At = Callable[[dict[str, Value]], Network]


def judge(network: Network, stated: Stated | None, at: At) -> tuple[list[Verdict], list[Diagnostic]]:
    """Verdicts on all claims of a network. `at` gives the network for other values of its symbols.

    A number is a statement about the sizes of the spec's `at`; when a check looks at other sizes, it is judged where it
    was stated. A range is a budget and guards whatever is checked; a closed form holds for all sizes or does not.

    Reports: AC401, AC402, AC403, AC404, AC405, AC406
    """
    verdicts: list[Verdict] = []
    diagnostics: list[Diagnostic] = []
    for claim in network.claims:
        for quantity, expected in claim.quantities.items():
            try:
                verdict, diagnostic = _judged(claim, quantity, expected, network, stated, at)
            except Mistake as error:
                verdict, diagnostic = _verdict(claim, quantity, expected, None, None), error.diagnostic
            except DimsOverflow as error:
                verdict = _verdict(claim, quantity, expected, None, None)
                diagnostic = Diagnostic(language_codes.NUMBER_TOO_LARGE, f"the expectation: {error}", claim.span)
            verdicts.append(verdict)
            if diagnostic is not None:
                diagnostics.append(diagnostic)
    return verdicts, diagnostics


def _judged(
    claim: Claim, quantity: str, expected: Expected, network: Network, stated: Stated | None, at: At
) -> tuple[Verdict, Diagnostic | None]:
    place, sizes = network, ""
    if claim.at:
        place, sizes = _moved(network, claim, at)
    elif stated is not None and is_plain(expected):
        place, sizes = stated
    try:
        actual = value_of(quantity, claim, place.graph)
        found = match(expected, actual, place.globals.context)
        if found.holds is None and stated is not None and not claim.at:
            place, sizes = stated
            actual = value_of(quantity, claim, place.graph)
            found = match(expected, actual, place.globals.context)
    except UnknownValue:
        verdict = _verdict(claim, quantity, expected, None, None, sizes)
        # An error of the network that is reported says enough; one at other sizes would stay untold.
        return verdict, _not_judged(verdict, place) if place is not network else None
    verdict = _verdict(claim, quantity, expected, actual, found, sizes)
    return verdict, _diagnostic(verdict, expected)


def _moved(network: Network, claim: Claim, at: At) -> tuple[Network, str]:
    values: dict[str, Value] = {}
    for name, formula in claim.at.items():
        if name not in network.settable:
            raise Mistake(unknown_symbol(name, network.settable)._replace(span=formula.span))
        value = formula.evaluate(network.globals.context)
        if name in network.symbols and not is_size(value):
            told = f"`{name}` is a positive whole number, not {described(value)}"
            raise mistake(language_codes.BAD_VALUE, told, formula.span)
        values[name] = value
    return at(values), ", ".join(f"{name} = {formula.text}" for name, formula in claim.at.items())


def _verdict(
    claim: Claim, quantity: str, expected: Expected, actual: Value, found: Match | None, sizes: str = ""
) -> Verdict:
    if found is None:
        state: State = "unknown"
    elif found.holds is None:
        state = "undecided"
    elif claim.holds:
        state = "holds" if found.holds else "fails"
    else:
        state = "surprise" if found.holds else "explained"
    return Verdict(
        quantity,
        _text(expected),
        actual,
        state,
        found.how if found is not None and found.holds else "",
        claim.counting,
        claim.of,
        sizes,
        claim.source,
        claim.because,
        claim.keys[quantity],
    )


def _text(expected: Expected) -> str:
    if isinstance(expected, Listing):
        return "[" + ", ".join(_text(item) for item in expected.items if isinstance(item, (Formula, Listing))) + "]"
    return expected.text.strip()


def about(verdict: Verdict) -> str:
    """What a verdict is about, in words: the quantity, how it is counted, of what, and at which sizes."""
    counting = f" ({verdict.counting})" if verdict.counting != "trainable" else ""
    return (
        verdict.quantity
        + counting
        + (f" of {verdict.of}" if verdict.of else "")
        + (f" at {verdict.at}" if verdict.at else "")
    )


def grouped(value: Value) -> str:
    """A count or a shape for people: thousands set apart, closed forms where symbols remain.

    >>> grouped(61706), grouped((6, 28, 28))
    ('61,706', '[6, 28, 28]')
    """
    if isinstance(value, tuple):
        return "[" + ", ".join(str(size) for size in value) + "]"
    return f"{value:,}" if isinstance(value, int) else str(value)


def wanted(verdict: Verdict) -> str:
    """What was expected, with thousands set apart."""
    return grouped(int(verdict.expected)) if verdict.expected.isdecimal() else verdict.expected


_CODES: dict[State, Code] = {
    "fails": codes.CLAIM_FAILED,
    "surprise": codes.UNEXPECTED_AGREEMENT,
    "undecided": codes.CLAIM_UNDECIDED,
    "explained": codes.CLAIM_EXPLAINED,
}


def _diagnostic(verdict: Verdict, expected: Expected) -> Diagnostic | None:
    code = _CODES.get(verdict.state)
    if code is None:
        return None
    told, has = wanted(verdict), grouped(verdict.actual)
    message, label = {
        "surprise": (f"{told} was declared not to hold, but the network has {has}", "agrees"),
        "undecided": (f"{told} depends on a symbol; the network has {has}", "not decided"),
        "explained": (f"published as {told}, computed {has}", "known not to hold"),
        "fails": (f"expected {told}, but the network has {has}", _difference(verdict, expected)),
    }[verdict.state]
    return Diagnostic(code, f"{about(verdict)}: {message}", verdict.span, label, (), _notes(verdict))


def _not_judged(verdict: Verdict, place: Network) -> Diagnostic:
    errors = [found for found in place.diagnostics if found.severity == "error"]
    reason = f": {errors[0].code.id}, {errors[0].message}" if errors else ""
    return Diagnostic(
        codes.CLAIM_NOT_JUDGED,
        f"{about(verdict)}: {wanted(verdict)} cannot be judged, because the network has errors at these sizes{reason}",
        verdict.span,
        "not judged",
        (),
        _notes(verdict),
    )


def _notes(verdict: Verdict) -> tuple[str, ...]:
    source = (f"source: {verdict.source}",) if verdict.source else ()
    return (*source, f"because: {verdict.because}") if verdict.because else source


def _difference(verdict: Verdict, expected: Expected) -> str:
    if isinstance(expected, Between) or not verdict.expected.isdecimal() or not isinstance(verdict.actual, int):
        return ""
    difference = verdict.actual - int(verdict.expected)
    return f"the network has {grouped(abs(difference))} {'less' if difference < 0 else 'more'}"
