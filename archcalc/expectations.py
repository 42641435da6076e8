"""Verdicts on what a spec expects: exact numbers, published roundings, ranges, shapes, known disagreements."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.diagnostics.model import Code, Diagnostic, Span
from archcalc.dims import Condition, Dim, DimsOverflow, Number, Polynomial
from archcalc.expand.scope import Binding
from archcalc.expressions.values import UnknownValue, Value, is_number
from archcalc.graph import Map, Module, Node
from archcalc.network import Network
from archcalc.spec.model import Between, Bound, Claim, Expected, Formula, Listing, Mistake, Published, mistake
from archcalc.tally import tally

State = Literal["holds", "fails", "explained", "surprise", "undecided"]


class Verdict(NamedTuple):
    """What became of one quantity of one claim."""

    quantity: str
    expected: str
    actual: str
    state: State
    how: str = ""
    of: str | None = None
    at: str = ""
    source: str | None = None
    because: str | None = None
    span: Span | None = None


class Match(NamedTuple):
    """Whether a value meets an expectation (None: a symbol decides), and how."""

    holds: bool | None
    how: str = ""


At = Callable[[dict[str, Value]], Network]


class Stated(NamedTuple):
    """The network at the sizes that `at` gives, and these sizes in words, where a check moves away from them."""

    network: Network
    sizes: str


def judge(network: Network, stated: Stated | None, at: At) -> tuple[list[Verdict], list[Diagnostic]]:
    """Verdicts on all claims of a network. `at` gives the network for other values of its symbols.

    A number is a statement about the sizes of the spec's `at`; when a check looks at other sizes, it is judged where it
    was stated. A range is a budget and guards whatever is checked; a closed form holds for all sizes or does not.

    Reports: AC401, AC402, AC403, AC404, AC405
    """
    verdicts: list[Verdict] = []
    diagnostics: list[Diagnostic] = []
    for claim in network.claims:
        try:
            place = _moved(network, claim, at)
            for quantity, expected in claim.quantities.items():
                span = claim.keys[quantity]
                sizes = ", ".join(f"{name} = {formula.text}" for name, formula in claim.at.items())
                actual = _actual(quantity, claim, place)
                match = _match(expected, actual, place)
                if stated is not None and not claim.at and _was_stated(expected, match):
                    actual = _actual(quantity, claim, stated.network)
                    match = _match(expected, actual, stated.network)
                    sizes = stated.sizes
                verdict = _verdict(claim, quantity, expected, actual, match, sizes)
                verdicts.append(verdict)
                diagnostic = _diagnostic(verdict, claim, span, actual)
                if diagnostic is not None:
                    diagnostics.append(diagnostic)
        except Mistake as error:
            diagnostics.append(error.diagnostic)
        except DimsOverflow as error:
            diagnostics.append(Diagnostic(language_codes.NUMBER_TOO_LARGE, f"the expectation: {error}", claim.span))
        except UnknownValue:
            continue  # A layer below the claim has an error of its own; the claim has nothing to add.
    return verdicts, diagnostics


def _was_stated(expected: Expected, match: Match) -> bool:
    """Whether a claim is a plain number for the sizes of `at`, or needs these sizes to be decided."""
    if isinstance(expected, Between):
        return match.holds is None
    if isinstance(expected, Formula):
        return match.holds is None or expected.text.strip().isdecimal()
    if isinstance(expected, Listing):
        return match.holds is None or all(
            isinstance(item, Formula) and item.text.strip().isdecimal() for item in expected.items
        )
    return True


def _moved(network: Network, claim: Claim, at: At) -> Network:
    if not claim.at:
        return network
    values: dict[str, Value] = {}
    for name, formula in claim.at.items():
        if name not in network.symbols and name not in network.globals.lets:
            near = closest(name, network.globals.names())
            raise mistake(
                language_codes.UNKNOWN_SYMBOL,
                f"`{name}` is neither a symbol nor a let of this spec",
                formula.span,
                "",
                f"did you mean `{near}`?" if near else f"the spec has {', '.join(network.globals.names())}",
            )
        values[name] = formula.evaluate(network.globals.context)
    return at(values)


def _target(network: Network, claim: Claim) -> tuple[list[Node], Value]:
    """The layers that a claim is about, and the map that leaves them."""
    if claim.of is None:
        outputs = network.graph.outputs
        return network.graph.nodes, next(iter(outputs.values())) if len(outputs) == 1 else None
    found = _find(network.graph.root, claim.of.split("."))
    if isinstance(found, Module):
        inside = [node for node in network.graph.nodes if _is_inside(node.module, found)]
        return inside, found.output
    for node in network.graph.nodes:
        if node is found or (found is None and node.name == claim.of):
            return [node], node.outputs[0]
    known = [node.name for node in network.graph.nodes]
    scopes = {".".join(node.module.path) for node in network.graph.nodes} - {""}
    near = closest(claim.of, [*known, *sorted(scopes)])
    if any(output.shape is None for node in network.graph.nodes for output in node.outputs):
        raise UnknownValue
    raise mistake(
        codes.UNKNOWN_TARGET,
        f"there is no layer or scope `{claim.of}`",
        claim.span,
        "",
        f"did you mean `{near}`?" if near else "use a name as the table shows it",
    )


def _find(module: Module, path: list[str]) -> Node | Module | None:
    found: Node | Module | None = module
    for name in path:
        binding = found.names.get(name) if isinstance(found, Module) else None
        found = binding.inside if isinstance(binding, Binding) else None
    return found


def _is_inside(module: Module | None, scope: Module) -> bool:
    while module is not None:
        if module is scope or (module.prefix == scope.prefix and module.parent is not None):
            return True
        module = module.parent
    return False


def _actual(quantity: str, claim: Claim, network: Network) -> Value:
    nodes, output = _target(network, claim)
    if quantity == "output":
        if not isinstance(output, Map):
            names = ", ".join(network.graph.outputs)
            raise mistake(
                codes.UNKNOWN_TARGET,
                f"the network has several outputs ({names})" if names else "the network has no output",
                claim.keys[quantity],
                "",
                "say which one by `of`",
            )
        if output.shape is None:
            raise UnknownValue
        return output.shape.sizes
    if any(node.facts is None or node.facts.outputs is None for node in nodes):
        raise UnknownValue
    if claim.counting == "convolutions":
        nodes = [node for node in nodes if node.layer is not None and node.layer.family == "conv"]
    totals = tally(nodes)
    if quantity == "parameters" and claim.counting == "frozen":
        return totals.parameters + totals.frozen
    return getattr(totals, quantity)


def _match(expected: Expected, actual: Value, network: Network) -> Match:
    scope = network.globals.context
    if isinstance(expected, Listing):
        wanted = expected.evaluate(scope)
        if len(wanted) != len(actual) or not all(is_number(size) for size in wanted):
            return Match(False)
        verdicts = [Condition.equal(one, two).decide() for one, two in zip(wanted, actual, strict=True)]
        return Match(False if False in verdicts else None if None in verdicts else True)
    if isinstance(expected, Published):
        return _matches_published(expected, actual)
    if isinstance(expected, Between):
        verdicts = []
        if expected.low is not None:
            verdicts.append(Condition.at_least(actual, _bound(expected.low, network)).decide())
        if expected.high is not None:
            verdicts.append(Condition.at_least(_bound(expected.high, network), actual).decide())
        return Match(False if False in verdicts else None if None in verdicts else True, "in the range")
    return Match(Condition.equal(_number(expected, network), actual).decide(), "exactly")


def _bound(bound: Bound, network: Network) -> Number:
    if isinstance(bound, Published):
        return Fraction(bound.digits) * bound.unit
    return _number(bound, network)


def _number(formula: Formula, network: Network) -> Number:
    value = formula.evaluate(network.globals.context)
    if not is_number(value):
        raise mistake(language_codes.BAD_CLAIM, "an expectation is a number, a rounding or a range", formula.span)
    number: Number = value
    return number


def _matches_published(expected: Published, actual: Dim) -> Match:
    """Whether a value rounds, or else truncates, to the printed digits.

    Papers do both: 60,965,224 is printed as 61M and as 60M.
    """
    if isinstance(actual, Polynomial):
        return Match(None)
    unit = Fraction(expected.unit, 10 ** len(expected.digits.partition(".")[2]))
    printed = Fraction(expected.digits) * expected.unit
    if printed - unit / 2 <= actual <= printed + unit / 2:
        return Match(True, "rounded")
    return Match(printed <= actual < printed + unit, "truncated")


def _verdict(claim: Claim, quantity: str, expected: Expected, actual: Value, match: Match, sizes: str) -> Verdict:
    if match.holds is None:
        state: State = "undecided"
    elif claim.holds:
        state = "holds" if match.holds else "fails"
    else:
        state = "surprise" if match.holds else "explained"
    return Verdict(
        quantity if claim.counting == "trainable" else f"{quantity} ({claim.counting})",
        written(expected),
        shown(actual),
        state,
        match.how if match.holds else "",
        claim.of,
        sizes,
        claim.source,
        claim.because,
        claim.keys[quantity],
    )


def written(expected: Expected) -> str:
    """An expectation as the spec writes it, with thousands set apart."""
    if isinstance(expected, Listing):
        return "[" + ", ".join(item.text if isinstance(item, Formula) else "[...]" for item in expected.items) + "]"
    if isinstance(expected, (Published, Between)):
        return expected.text
    return f"{int(expected.text):,}" if expected.text.strip().isdecimal() else expected.text


def shown(value: Value) -> str:
    """A count or a shape for people: thousands set apart, closed forms where symbols remain."""
    if isinstance(value, tuple):
        return "[" + ", ".join(str(size) for size in value) + "]"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _diagnostic(verdict: Verdict, claim: Claim, span: Span, actual: Value) -> Diagnostic | None:
    codes_by_state: dict[State, Code] = {
        "fails": codes.CLAIM_FAILED,
        "surprise": codes.UNEXPECTED_AGREEMENT,
        "undecided": codes.CLAIM_UNDECIDED,
        "explained": codes.CLAIM_EXPLAINED,
    }
    code = codes_by_state.get(verdict.state)
    if code is None:
        return None
    what = f"{verdict.quantity} of `{claim.of}`" if claim.of else verdict.quantity
    notes = [f"source: {claim.source}"] if claim.source else []
    if claim.because:
        notes.append(f"because: {claim.because}")
    if verdict.state == "surprise":
        message = f"{what}: {verdict.expected} was declared not to hold, but the network has {verdict.actual}"
        label = "agrees"
    elif verdict.state == "undecided":
        message = f"{what}: {verdict.expected} depends on a symbol; the network has {verdict.actual}"
        label = "not decided"
    elif verdict.state == "explained":
        message = f"{what}: published as {verdict.expected}, computed {verdict.actual}"
        label = "known not to hold"
    else:
        message = f"{what}: expected {verdict.expected}, but the network has {verdict.actual}"
        label = _difference(claim.quantities[verdict.quantity.partition(" ")[0]], actual)
    return Diagnostic(code, message, span, label, (), tuple(notes))


def _difference(expected: Expected, actual: Value) -> str:
    if isinstance(expected, Formula) and expected.text.strip().isdecimal() and isinstance(actual, int):
        difference = actual - int(expected.text)
        return f"the network has {abs(difference):,} {'less' if difference < 0 else 'more'}"
    return ""
