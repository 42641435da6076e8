"""Expectations: exact numbers, published roundings, ranges and shapes, read from `expect`."""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import is_number
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.model import Between, Bound, Claim, Expected, Listing, Published
from archcalc.spec.structure import Findings, kind_of

QUANTITIES = ("parameters", "multiplications", "buffers", "output")
COUNTINGS = ("trainable", "frozen", "convolutions")
CLAIM_KEYS = (*QUANTITIES, "of", "at", "source", "counting", "holds", "because")

CLAIM_SYNONYMS = {
    "macs": "multiplications",
    "madds": "multiplications",
    "mult_adds": "multiplications",
    "params": "parameters",
    "shape": "output",
    "weights": "parameters",
}
"""What other tools call the quantities."""

UNITS = {"k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "G": 10**9, "T": 10**12}
_PUBLISHED = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kKMBGT])")
_MAX_DIGITS = 100


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
            claim.of = findings.text(value, "`of`")
            claim.keys["of"] = value.span
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
    return claim


def _word(findings: Findings, node: Node, what: str, words: tuple[str, ...]) -> str | None:
    if isinstance(node, Scalar) and node.text in words:
        return node.text
    findings.report(codes.BAD_CLAIM, f"{what} is {' or '.join(words)}, not {kind_of(node)}", node.span)
    return None


def _expected(findings: Findings, quantity: str, node: Node) -> Expected | None:
    if quantity == "output":
        if not isinstance(node, Sequence):
            findings.report(
                codes.BAD_CLAIM,
                f"an output is a list of sizes, not {kind_of(node)}",
                node.span,
                "",
                "write output: [1000] or output: [21, 500, 500]",
            )
            return None
        argument = findings.argument(node, "`output`")
        return argument if isinstance(argument, Listing) else None
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
        return Fraction(bound.digits) * bound.unit
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
    match = _PUBLISHED.fullmatch(stripped)
    if match and len(match.group(1)) > _MAX_DIGITS:
        findings.report(codes.NUMBER_TOO_LARGE, f"a rounding of more than {_MAX_DIGITS} digits", node.span)
        return None
    if match:
        return Published(stripped, match.group(1), UNITS[match.group(2)])
    return findings.parsed(stripped, node, skip + lead)
