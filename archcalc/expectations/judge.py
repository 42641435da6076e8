"""From claims to verdicts, and from verdicts to diagnostics."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.diagnostics.model import Code, Diagnostic, Span
from archcalc.dims import DimsOverflow, Polynomial, divide
from archcalc.dims.figures import grouped, percent
from archcalc.expectations.claimed import measured
from archcalc.expectations.matching import Match, is_plain, match
from archcalc.expectations.measure import NetworkAt
from archcalc.expressions.values import UnknownValue, Value, described
from archcalc.layers.shape import factor
from archcalc.network import Network, Settings, is_size, unknown_symbol
from archcalc.program import Program
from archcalc.spec.model import Between, Claim, Expected, Formula, Listing, Mistake, mistake

State = Literal["holds", "fails", "explained", "surprise", "undecided", "unknown"]


class Verdict(NamedTuple):
    """What became of one quantity of one claim.

    `expected` is what the spec says, as it says it. `actual` is an integer, a closed form, or a tuple of sizes; with
    `relative_to` it may be a fraction, or a text where closed forms do not divide. It is None where an error keeps it
    unknown. `at` names the sizes for which the claim was judged, if they are not those of the report.

    >>> import archcalc
    >>> spec = "input: [8]\\nlayers: [linear: 10]\\nexpect: {parameters: 80}"
    >>> (verdict,) = archcalc.load(spec).check().verdicts
    >>> verdict.quantity, verdict.expected, verdict.actual, verdict.state
    ('parameters', '80', 90, 'fails')
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


def judge(program: Program, settings: Settings) -> tuple[list[Verdict], list[Diagnostic]]:
    """Verdicts on all claims of a network that is checked at some settings.

    A number is a statement about the sizes of the spec's `at`; when a check looks at other sizes, it is judged where it
    was stated. A range is a budget and guards whatever is checked; a closed form holds for all sizes or does not.

    Reports: AC401, AC402, AC403, AC404, AC405, AC406, AC407, AC408
    """
    verdicts: list[Verdict] = []
    diagnostics: list[Diagnostic] = []
    here = NetworkAt(program.unfold(settings))
    stated = _stated(program, settings)
    moved = _Moved(program, settings, here)
    for claim in here.network.claims:
        for quantity, expected in claim.quantities.items():
            try:
                verdict, diagnostic = _judged(claim, quantity, expected, here, stated, moved)
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
    claim: Claim, quantity: str, expected: Expected, here: NetworkAt, stated: NetworkAt | None, moved: _Moved
) -> tuple[Verdict, Diagnostic | None]:
    at = here
    if claim.at:
        at = moved.to(claim)
    elif stated is not None and is_plain(expected):
        at = stated
    try:
        actual, found = _compared(quantity, claim, expected, at)
        if found.holds is None and stated is not None and not claim.at:
            at = stated
            actual, found = _compared(quantity, claim, expected, at)
    except UnknownValue:
        verdict = _verdict(claim, quantity, expected, None, None, at.sizes)
        # An error at the reported sizes has its own diagnostic; nobody would learn of one at other sizes.
        return verdict, _not_judged(verdict, at.network) if at is not here else None
    verdict = _verdict(claim, quantity, expected, actual, found, at.sizes)
    return verdict, _diagnostic(verdict, expected)


def _compared(quantity: str, claim: Claim, expected: Expected, at: NetworkAt) -> tuple[Value, Match]:
    """What a network has, in the form of the expectation, and whether that is what was expected."""
    value, base = measured(quantity, claim, at)
    found = match(expected, value, at.network.globals.context, base)
    if isinstance(value, tuple):
        alike = quantity == "receptive_field" and not isinstance(expected, Listing) and len(set(value)) == 1
        return value[0] if alike else value, found
    try:
        return divide(value, base), found
    except ValueError:
        assert isinstance(base, Polynomial), "numbers divide everything"
        return f"{factor(value)}/{factor(base)}", found


def _stated(program: Program, settings: Settings) -> NetworkAt | None:
    """The network at the sizes of `at`, if a check moves away from them and there are claims about them."""
    spec = program.network_spec
    moved = [name for name in spec.at if settings.symbolic or name in settings.overrides]
    if not moved or not spec.claims:
        return None
    kept = {name: value for name, value in settings.overrides.items() if name not in moved}
    network = program.unfold_anew(Settings(kept))
    return NetworkAt(network, ", ".join(f"{name} = {network.symbols.get(name)}" for name in moved))


class _Moved:
    """The network at the sizes that claims ask for; claims behind each other often ask for the same."""

    def __init__(self, program: Program, settings: Settings, here: NetworkAt) -> None:
        self.program = program
        self.settings = settings
        self.network = here.network
        self.latest: tuple[dict[str, tuple[type, Value]], NetworkAt] | None = None
        """One is kept and no more: networks are large."""

    def to(self, claim: Claim) -> NetworkAt:
        """Raises: Mistake, UnknownValue."""
        values = self._values(claim)
        # As in the language, 1 is not true.
        key = {name: (type(value), value) for name, value in values.items()}
        if self.latest is None or self.latest[0] != key:
            self.latest = key, NetworkAt(self.program.unfold_anew(Settings(self.settings.moved(values).overrides)))
        at = self.latest[1]
        at.sizes = ", ".join(f"{name} = {formula.text}" for name, formula in claim.at.items())
        return at

    def _values(self, claim: Claim) -> dict[str, Value]:
        network = self.network
        values: dict[str, Value] = {}
        for name, formula in claim.at.items():
            if name not in network.settable:
                raise Mistake(unknown_symbol(name, network.settable)._replace(span=formula.span))
            value = formula.evaluate(network.globals.context)
            if name in network.symbols and not is_size(value):
                message = f"`{name}` is a positive whole number, not {described(value)}"
                raise mistake(language_codes.BAD_VALUE, message, formula.span)
            values[name] = value
        return values


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
        ", ".join(selector.text for selector in claim.of) or None,
        claim.relative_to.text if claim.relative_to is not None else None,
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
    """What a verdict is about, in words: the quantity, how it is counted, of what, to what, and at which sizes."""
    counting = f" ({verdict.counting})" if verdict.counting != "trainable" else ""
    return (
        verdict.quantity.replace("_", " ")
        + counting
        + (f" of {verdict.of}" if verdict.of else "")
        + (f" relative to {verdict.relative_to}" if verdict.relative_to else "")
        + (f" at {verdict.at}" if verdict.at else "")
    )


def computed(verdict: Verdict) -> str:
    """What the network has, for people: a share in percent if that is how it is claimed."""
    if verdict.expected.endswith("%") and isinstance(verdict.actual, (int, Fraction)):
        return percent(verdict.actual)
    return grouped(verdict.actual)


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
    claimed, has = wanted(verdict), computed(verdict)
    message, label = {
        "surprise": (f"{claimed} was declared not to hold, but the network has {has}", "agrees"),
        "undecided": (f"{claimed} depends on a symbol; the network has {has}", "not decided"),
        "explained": (f"published as {claimed}, computed {has}", "known not to hold"),
        "fails": (f"expected {claimed}, but the network has {has}", _difference(verdict, expected)),
    }[verdict.state]
    # A reason without `holds: false` was meant to explain the number.
    help = ("`holds: false` says that the number is known not to hold",) if verdict.because else ()
    advice = help if verdict.state == "fails" else ()
    return Diagnostic(code, f"{about(verdict)}: {message}", verdict.span, label, (), _notes(verdict), help=advice)


def _not_judged(verdict: Verdict, network: Network) -> Diagnostic:
    errors = [found for found in network.diagnostics if found.severity == "error"]
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
