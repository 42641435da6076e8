"""Expectations: exact numbers, published roundings, ranges, ratios and shapes, read from `expect`."""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.nodes import Constant
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, is_number
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.model import Baseline, Between, Bound, Claim, Expected, Formula, Listing, Published, Selector
from archcalc.spec.structure import Findings, kind_of, offset_of

COUNTS = ("parameters", "multiplications", "buffers", "bytes", "layers", "depth")
"""Quantities that are counted, so that one can be a part or a multiple of another."""
SIZES = ("output", "receptive_field")
QUANTITIES = (*COUNTS, *SIZES)
COUNTINGS = ("trainable", "frozen", "convolutions", "weights")
CLAIM_KEYS = (*QUANTITIES, "of", "relative_to", "at", "source", "counting", "holds", "because")

CLAIM_SYNONYMS = {
    "macs": "multiplications",
    "madds": "multiplications",
    "mult_adds": "multiplications",
    "params": "parameters",
    "shape": "output",
    "weights": "parameters",
    "field_of_view": "receptive_field",
    "rf": "receptive_field",
    "memory": "bytes",
    "size": "bytes",
    "relative": "relative_to",
    "share_of": "relative_to",
}
"""What other tools call the quantities."""

UNITS: dict[str, int | Fraction] = {
    "k": 10**3,
    "K": 10**3,
    "Ki": 2**10,
    "M": 10**6,
    "Mi": 2**20,
    "B": 10**9,
    "G": 10**9,
    "T": 10**12,
    "%": Fraction(1, 100),
    "x": 1,
}
_PUBLISHED = re.compile(r"(~?)\s*([0-9]+(?:\.[0-9]+)?)\s*([KM]i|[kKMBGT%x])?")
_UNKNOWN_UNIT = re.compile(r"~?\s*[0-9]+(?:\.[0-9]+)?\s*([A-Za-z]+)")
_MAX_DIGITS = 100

NETWORK = "network"
"""The word for everything, where a claim says what it is relative to."""
_NAME = re.compile(r"[A-Za-z_*?][\w.*?]*", re.ASCII)
"""What may be the name of a layer or a pattern, and not only an expression."""


def read_claims(findings: Findings, node: Node) -> list[Claim]:
    """The claims of `expect`: one map, or a list of maps."""
    if isinstance(node, Sequence):
        return [claim for item in node.items if (claim := _claim(findings, item)) is not None]
    claim = _claim(findings, node)
    return [] if claim is None else [claim]


def _claim(findings: Findings, node: Node) -> Claim | None:
    if not isinstance(node, Mapping):
        findings.report(
            codes.BAD_CLAIM,
            f"an expectation is a map of quantities, not {kind_of(node)}",
            node.span,
            "",
            "write expect: {parameters: 61706, output: [10]}",
        )
        return None
    claim = Claim(node.span)
    for key, value in node.entries:
        name = key.text
        if name in QUANTITIES:
            expected = _expected(findings, name, value)
            if expected is not None:
                claim.quantities[name] = expected
                claim.keys[name] = value.span
        elif name == "of":
            claim.of = _selectors(findings, value, "`of`")
            claim.keys[name] = value.span
        elif name == "relative_to":
            claim.relative_to = _baseline(findings, value)
            claim.keys[name] = value.span
        elif name == "source":
            claim.source = findings.text(value, "`source`")
        elif name == "because":
            claim.because = findings.text(value, "`because`")
        elif name == "at":
            for symbol, size in findings.mapping(value, "`at`", "a map from symbols to values"):
                formula = findings.formula(size, f"`{symbol.text}`")
                if formula is not None:
                    claim.at[symbol.text] = formula
        elif name == "holds":
            claim.holds = _word(findings, value, "`holds`", ("true", "false")) != "false"
        elif name == "counting":
            claim.counting = _word(findings, value, "`counting`", COUNTINGS) or "trainable"
        elif name.isdecimal() and isinstance(value, Scalar) and value.is_null:
            findings.report(
                codes.BAD_CLAIM,
                "a comma inside a number ends it",
                key.span,
                "",
                "write the number without commas: 61706",
            )
        else:
            near = CLAIM_SYNONYMS.get(name.lower()) or closest(name, CLAIM_KEYS)
            findings.report(
                codes.BAD_CLAIM,
                f"an expectation has no `{name}`",
                key.span,
                "",
                f"did you mean `{near}`?" if near else f"it has {', '.join(CLAIM_KEYS)}",
            )
    if not claim.quantities:
        read_one = any(
            key.text in QUANTITIES or CLAIM_SYNONYMS.get(key.text.lower()) or closest(key.text, QUANTITIES)
            for key, _ in node.entries
        )
        if not read_one:
            findings.report(
                codes.BAD_CLAIM, "an expectation without a quantity", node.span, "", f"name {', '.join(QUANTITIES)}"
            )
        return None
    if ("of" in claim.keys and not claim.of) or ("relative_to" in claim.keys and claim.relative_to is None):
        return None  # What it is about could not be read, and was reported.
    for quantity in _without_sense(findings, claim):
        del claim.quantities[quantity]
    return claim


def _selectors(findings: Findings, node: Node, key: str) -> list[Selector]:
    """A name or a pattern, or a list of them."""
    if isinstance(node, Sequence):
        found = [one for item in node.items for one in _selectors(findings, item, f"an entry of {key}")]
        if not node.items:
            findings.report(
                codes.BAD_CLAIM, f"{key} is an empty list", node.span, "", "name a layer or scope, or leave it out"
            )
        return found
    text = findings.text(node, key)
    return [] if text is None else [Selector(text, node.span)]


def _baseline(findings: Findings, node: Node) -> Baseline | None:
    """What a claim is relative to. A name of a layer wins over the same name of a value."""
    if isinstance(node, Sequence):
        selectors = _selectors(findings, node, "`relative_to`")
        text = ", ".join(selector.text for selector in selectors)
        return Baseline(text, node.span, selectors) if selectors else None
    if not isinstance(node, Scalar) or node.is_null:
        findings.report(
            codes.BAD_CLAIM,
            f"`relative_to` is a layer, a scope, a number or `{NETWORK}`, not {kind_of(node)}",
            node.span,
        )
        return None
    text = node.text.strip()
    if text == NETWORK:
        return Baseline(text, node.span, [])
    if _NAME.fullmatch(text):
        return Baseline(text, node.span, [Selector(text, node.span)], _expression(text, node))
    number = _bound(findings, node.text, node, 0)
    return None if number is None else Baseline(text, node.span, [], number)


def _expression(text: str, node: Scalar) -> Formula | None:
    """The expression that a text is, if it is one: a pattern often is none."""
    try:
        return Formula(parse(text), text, node.span, offset_of(node))
    except ExpressionError:
        return None


def _without_sense(findings: Findings, claim: Claim) -> list[str]:
    """The quantities that are compared although they are no counts, or by a ratio that does not say to what."""
    found = []
    for quantity, expected in claim.quantities.items():
        span = claim.keys[quantity]
        ends = (expected.low, expected.high) if isinstance(expected, Between) else (expected,)
        ratio = next((end for end in ends if isinstance(end, Published) and end.is_ratio), None)
        if claim.relative_to is not None and quantity in SIZES:
            message = f"{quantity} is no count, so that it is not relative to anything"
            help = f"put it into a claim of its own; counts are {', '.join(COUNTS)}"
        elif claim.relative_to is None and ratio is not None:
            message = f"{ratio.text} is a ratio, and the claim does not say to what"
            help = f"add relative_to: {NETWORK}, the name of a layer or scope, or a number"
        else:
            continue
        findings.report(codes.BAD_CLAIM, message, span, "", help)
        found.append(quantity)
    return found


def _word(findings: Findings, node: Node, what: str, words: tuple[str, ...]) -> str | None:
    if isinstance(node, Scalar) and node.text in words:
        return node.text
    near = closest(node.text, words) if isinstance(node, Scalar) else None
    message = f"{what} is {' or '.join(words)}, not {kind_of(node)}"
    findings.report(codes.BAD_CLAIM, message, node.span, "", *((f"did you mean `{near}`?",) if near else ()))
    return None


def _expected(findings: Findings, quantity: str, node: Node) -> Expected | None:
    if quantity in SIZES and isinstance(node, Sequence):
        argument = findings.argument(node, f"`{quantity}`")
        return argument if isinstance(argument, Listing) else None
    if quantity == "output":
        findings.report(
            codes.BAD_CLAIM,
            f"an output is a list of sizes, not {kind_of(node)}",
            node.span,
            "",
            "write output: [1000] or output: [21, 500, 500]",
        )
        return None
    if not isinstance(node, Scalar) or node.is_null:
        findings.report(codes.BAD_CLAIM, f"{quantity} is a number or a range, not {kind_of(node)}", node.span)
        return None
    if ".." in node.text:
        return _between(findings, node)
    return _bound(findings, node.text, node, 0)


def _between(findings: Findings, node: Scalar) -> Between | None:
    low_text, _, high_text = node.text.partition("..")
    low = _bound(findings, low_text, node, 0) if low_text.strip() else None
    high = _bound(findings, high_text, node, len(low_text) + 2) if high_text.strip() else None
    if low is None and high is None:
        if not low_text.strip() and not high_text.strip():
            findings.report(codes.BAD_CLAIM, "a range needs at least one end", node.span, "", "write ..61M or 40M..61M")
        return None
    least, most = _plain_number(low), _plain_number(high)
    if least is not None and most is not None and least > most:
        findings.report(
            codes.BAD_CLAIM,
            f"no number is in the range {node.text.strip()}",
            node.span,
            "the lower end is above the upper end",
            f"write {high_text.strip()}..{low_text.strip()}",
        )
        return None
    return Between(node.text.strip(), low, high)


def _plain_number(bound: Bound | None) -> int | Fraction | None:
    """The value of an end that is written as a number; None where it is open or has to be computed."""
    if isinstance(bound, Published):
        return bound.value
    if bound is not None and isinstance(bound.tree, Constant) and is_number(bound.tree.value):
        number: int | Fraction = bound.tree.value
        return number
    return None


def _bound(findings: Findings, text: str, node: Scalar, skip: int) -> Bound | None:
    lead = len(text) - len(text.lstrip())
    stripped = text.strip()
    if stripped[:1] in ("<", ">"):
        bound = stripped.lstrip("<>= ") or "61M"
        bound = f"..{bound}" if stripped[0] == "<" else f"{bound}.."
        findings.report(codes.BAD_CLAIM, "a bound is written as a range", node.span, "", f"write {bound}; ends count")
        return None
    if (unit := _UNKNOWN_UNIT.fullmatch(stripped)) and unit.group(1) not in UNITS:
        message = f"{stripped} has a unit that is not known"
        findings.report(codes.BAD_CLAIM, message, node.span, "", f"units are {', '.join(UNITS)}, as in 60M")
        return None
    printed = published(stripped)
    if printed is None or (stripped[-1].isdigit() and not printed.is_about):
        return findings.parsed(stripped, node, skip + lead)
    if len(printed.digits) > _MAX_DIGITS:
        findings.report(codes.NUMBER_TOO_LARGE, f"a rounding of more than {_MAX_DIGITS} digits", node.span)
        return None
    return printed


def published(text: str) -> Published | None:
    """A number as papers print it, with its unit if it has one; None for everything else.

    >>> printed = published("~1.5K")
    >>> printed.digits, printed.unit, printed.is_about, published("1 + 1")
    ('1.5', 1000, True, None)
    """
    match = _PUBLISHED.fullmatch(text)
    if match is None:
        return None
    about, digits, unit = match.groups()
    return Published(text, digits, UNITS[unit] if unit else 1, bool(about))
