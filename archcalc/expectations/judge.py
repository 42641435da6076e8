"""From claims to verdicts, and from verdicts to diagnostics."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.diagnostics.model import Code, Diagnostic, Span, errors
from archcalc.dims import DimsOverflow
from archcalc.expectations.compared import Compared, compared
from archcalc.expectations.looks import UNFOLDING, Looks, TooDear
from archcalc.expectations.matching import Match, is_plain
from archcalc.expectations.measure import NetworkAt
from archcalc.expectations.verdict import State, Verdict, about, computed, wanted, with_value
from archcalc.expressions.values import UnknownValue, Value, described
from archcalc.network import Network, Settings, is_size, unknown_symbol
from archcalc.program import Program
from archcalc.spec.model import Claim, Expected, Formula, Listing, Mistake, mistake


def judge(
    program: Program, settings: Settings, claims: Sequence[Claim] | None = None
) -> tuple[list[Verdict], list[Diagnostic]]:
    """Verdicts on all claims of a network that is checked at some settings, or on others about it.

    A number is a statement about the sizes of the spec's `at`; when a check looks at other sizes, it is judged where it
    was stated. A range is a budget and guards whatever is checked; a closed form holds for all sizes or does not.

    Reports: AC401, AC402, AC403, AC404, AC405, AC406, AC407, AC408, AC414
    """
    verdicts: list[Verdict] = []
    diagnostics: list[Diagnostic] = []
    looks = Looks()
    here = NetworkAt(program.unfold(settings), "", looks)
    judged = here.network.claims if claims is None else claims
    stated = _stated(program, settings, looks) if judged else None
    moved = _Moved(program, settings, here)
    left: list[Span] = []
    for claim in judged:
        for quantity, expected in claim.quantities.items():
            try:
                verdict, diagnostic = _judged(claim, quantity, expected, here, stated, moved)
            except TooDear:
                verdict, diagnostic = _verdict(claim, quantity, expected, None), None
                left.append(verdict.span)
            except Mistake as error:
                verdict, diagnostic = _verdict(claim, quantity, expected, None), error.diagnostic
            except DimsOverflow as error:
                verdict = _verdict(claim, quantity, expected, None)
                diagnostic = Diagnostic(language_codes.NUMBER_TOO_LARGE, f"the expectation: {error}", claim.span)
            verdicts.append(verdict)
            if diagnostic is not None:
                diagnostics.append(diagnostic)
    return verdicts, diagnostics + ([_too_dear(left)] if left else [])


def _too_dear(left: list[Span]) -> Diagnostic:
    claims = f"{len(left):,} expectations are" if len(left) > 1 else "this expectation is"
    message = f"{claims} not judged: together the expectations look at too many layers"
    help = ("name layers instead of patterns, and put expectations at the same sizes behind each other",)
    return Diagnostic(codes.CLAIMS_TOO_DEAR, message, left[0], "from here on" if len(left) > 1 else "", help=help)


def _judged(
    claim: Claim, quantity: str, expected: Expected, here: NetworkAt, stated: NetworkAt | None, moved: _Moved
) -> tuple[Verdict, Diagnostic | None]:
    at = here
    if claim.at:
        at = moved.to(claim)
    elif stated is not None and is_plain(expected):
        at = stated
    try:
        found = compared(quantity, claim, expected, at)
        if found.match.holds is None and stated is not None and not claim.at:
            at = stated
            found = compared(quantity, claim, expected, at)
    except UnknownValue:
        verdict = _verdict(claim, quantity, expected, None, at.sizes)
        # An error at the reported sizes has its own diagnostic; nobody would learn of one at other sizes.
        return verdict, _not_judged(verdict, at.network) if at is not here else None
    verdict = _verdict(claim, quantity, expected, found, at.sizes)
    return verdict, _diagnostic(verdict)


def _stated(program: Program, settings: Settings, looks: Looks) -> NetworkAt | None:
    """The network at the sizes of `at`, if a check moves away from them and there are claims about them."""
    spec = program.network_spec
    moved = [name for name in spec.at if settings.symbolic or name in settings.overrides]
    if not moved:
        return None
    kept = {name: value for name, value in settings.overrides.items() if name not in moved}
    network = program.unfold_anew(Settings(kept))
    return NetworkAt(network, ", ".join(f"{name} = {network.symbols.get(name)}" for name in moved), looks)


class _Moved:
    """The network at the sizes that claims ask for; claims behind each other often ask for the same."""

    def __init__(self, program: Program, settings: Settings, here: NetworkAt) -> None:
        self.program = program
        self.settings = settings
        self.network = here.network
        self.looks = here.looks
        self.latest: tuple[dict[str, tuple[type, Value]], NetworkAt] | None = None
        """One is kept and no more: networks are large."""

    def to(self, claim: Claim) -> NetworkAt:
        """Raises: Mistake, UnknownValue."""
        values = self._values(claim)
        # As in the language, 1 is not true.
        key = {name: (type(value), value) for name, value in values.items()}
        if self.latest is None or self.latest[0] != key:
            self.looks.spend(UNFOLDING * len(self.network.graph.nodes))
            network = self.program.unfold_anew(Settings(self.settings.moved(values).overrides))
            self.latest = key, NetworkAt(network, "", self.looks)
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


def _verdict(claim: Claim, quantity: str, expected: Expected, found: Compared | None, sizes: str = "") -> Verdict:
    if found is None:
        state: State = "unknown"
        found = Compared(None, Match(None))
    elif found.match.holds is None:
        state = "undecided"
    elif claim.holds:
        state = "holds" if found.match.holds else "fails"
    else:
        state = "surprise" if found.match.holds else "explained"
    return Verdict(
        quantity,
        _text(expected),
        found.actual,
        state,
        found.match.how if found.match.holds else "",
        claim.counting,
        ", ".join(selector.text for selector in claim.of) or None,
        claim.relative_to.text if claim.relative_to is not None else None,
        sizes,
        claim.source,
        claim.because,
        claim.keys[quantity],
        found.stated,
        found.where,
        found.remark,
        found.claimed,
        found.by_authors,
    )


def _text(expected: Expected) -> str:
    if isinstance(expected, Listing):
        return "[" + ", ".join(_text(item) for item in expected.items if isinstance(item, (Formula, Listing))) + "]"
    return expected.text.strip()


_CODES: dict[State, Code] = {
    "fails": codes.CLAIM_FAILED,
    "surprise": codes.UNEXPECTED_AGREEMENT,
    "undecided": codes.CLAIM_UNDECIDED,
    "explained": codes.CLAIM_EXPLAINED,
}


def _diagnostic(verdict: Verdict) -> Diagnostic | None:
    code = _CODES.get(verdict.state)
    if code is None:
        return None
    claimed, has = wanted(verdict), computed(verdict)
    message, label = {
        "surprise": (f"{claimed} was declared not to hold, but the network has {has}", "agrees"),
        "undecided": (f"{claimed} depends on a symbol; the network has {has}", "not decided"),
        "explained": (f"published as {claimed}, computed {has}", "known not to hold"),
        "fails": (f"expected {with_value(verdict)}, but the network has {has}", verdict.remark or "differs"),
    }[verdict.state]
    # A reason without `holds: false` was meant to explain the number.
    help = ("`holds: false` says that the number is known not to hold",) if verdict.because else ()
    advice = help if verdict.state == "fails" else ()
    return Diagnostic(code, f"{about(verdict)}: {message}", verdict.span, label, (), _notes(verdict), help=advice)


def _not_judged(verdict: Verdict, network: Network) -> Diagnostic:
    first = next(iter(errors(network.diagnostics)), None)
    reason = f": {first.code.id}, {first.message}" if first is not None else ""
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
