"""Expectations: exact numbers, published roundings, ranges, ratios and shapes, read from `expect`."""

from __future__ import annotations

import re

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import claims as claim_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError
from archcalc.patterns import compiled_later
from archcalc.quantities import (
    CONVENTIONAL,
    COUNTINGS,
    COUNTS,
    PLANNED,
    QUANTITIES,
    convention_named,
    hint,
    is_file,
    nearest,
    nearest_convention,
)
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import slips
from archcalc.spec.expected import read_expected, read_number
from archcalc.spec.model import Baseline, Between, Claim, Formula, Selector
from archcalc.spec.published import Published
from archcalc.spec.structure import Findings, kind_of, offset_of

CLAIM_KEYS = (*QUANTITIES, "of", "relative_to", "at", "source", "counting", "holds", "because")

CLAIM_SYNONYMS = {"relative": "relative_to", "share_of": "relative_to"}
"""What else people call the keys that are no quantities."""

NETWORK = "network"
"""The word for everything, where a claim says what it is relative to."""
_NAME = compiled_later(r"[A-Za-z_*?][\w.*?]*", re.ASCII)
"""What may be the name of a layer or a pattern, and not only an expression."""


MAX_CLAIMS = 10_000


def read_claims(findings: Findings, node: Node) -> list[Claim]:
    """The claims of `expect`: one map, or a list of maps."""
    if isinstance(node, Sequence):
        items = node.items[:MAX_CLAIMS]
        if len(items) < len(node.items):
            message = f"{len(node.items):,} expectations are more than the {MAX_CLAIMS:,} that are judged"
            help = "expect one number of several layers, such as `of: layer1.*`"
            findings.report(claim_codes.TOO_MANY_CLAIMS, message, node.items[MAX_CLAIMS].span, "from here on", help)
        # A list of words is one mistake, however many they are.
        items = items if any(isinstance(item, Mapping) for item in items) else items[:1]
        return [claim for item in items if (claim := _claim(findings, item)) is not None]
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
    has_plan = any(key.text in PLANNED for key, _ in node.entries)
    for key, value in node.entries:
        name = key.text
        if name in QUANTITIES:
            expected = read_expected(findings, QUANTITIES[name], value)
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
                    findings.keys[formula.span] = symbol.span
        elif name == "holds":
            claim.holds = _word(findings, value, "`holds`", ("true", "false")) != "false"
        elif name == "counting":
            claim.counting = (_plan(findings, value) if has_plan else _counting(findings, value)) or "trainable"
            claim.keys[name] = value.span
        else:
            _report_key(findings, key, value)
    if not claim.quantities:
        if all(key.text in CLAIM_KEYS and key.text not in QUANTITIES for key, _ in node.entries):
            findings.report(
                codes.BAD_CLAIM, "an expectation without a quantity", node.span, "", f"name {', '.join(QUANTITIES)}"
            )
        return None
    if ("of" in claim.keys and not claim.of) or ("relative_to" in claim.keys and claim.relative_to is None):
        return None  # What it is about could not be read, and was reported.
    for quantity in _without_sense(findings, claim):
        del claim.quantities[quantity]
    return claim


def _report_key(findings: Findings, key: Scalar, value: Node) -> None:
    """A key that no expectation has: one finding, also where it was the only quantity."""
    if isinstance(value, Mapping):
        claimed = ", ".join([f"of: {key.text}", *(slips.brief(*entry) for entry in value.entries)])
        help = f"the layer that a claim is about stands at `of`: write `{{{claimed}}}`"
        findings.report(codes.BAD_CLAIM, f"an expectation has no `{key.text}`", key.span, "", help)
        return
    near = CLAIM_SYNONYMS.get(key.text.lower())
    help = f"did you mean `{near}`?" if near else hint(key.text, CLAIM_KEYS)
    if near is None and nearest(key.text, CLAIM_KEYS) is None:
        help += f"; other keys are {', '.join(one for one in CLAIM_KEYS if one not in QUANTITIES)}"
    findings.report(codes.BAD_CLAIM, f"an expectation has no `{key.text}`", key.span, "", help)


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
    number = read_number(findings, node)
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
        if claim.relative_to is not None and quantity not in COUNTS:
            message = f"{quantity} is no count, so that it is not relative to anything"
            help = f"put it into a claim of its own; counts are {', '.join(COUNTS)}"
        elif claim.relative_to is None and ratio is not None:
            message = f"{ratio.text} is a ratio, and the claim does not say to what"
            help = f"add relative_to: {NETWORK}, the name of a layer or scope, or a number"
        elif quantity in PLANNED:
            continue  # Its `counting` is a plan, which is read where it is measured.
        elif claim.counting not in COUNTINGS and convention_named(claim.counting) is None:
            message = f"`{claim.counting}` is how a network runs, and says nothing of {quantity}"
            help = f"claim the {quantity} on a line of its own"
        elif claim.counting not in COUNTINGS and quantity not in CONVENTIONAL:
            message = f"{claim.counting} counts operations, and no {quantity}"
            help = f"a convention counts {' and '.join(CONVENTIONAL)}; claim the {quantity} on a line of its own"
        else:
            continue
        findings.report(codes.BAD_CLAIM, message, span, "", help)
        found.append(quantity)
    return found


def _plan(findings: Findings, node: Node) -> str | None:
    """How a network runs, in words, which are read where it is measured."""
    if isinstance(node, Scalar):
        return node.text
    message = f"`counting` names a plan such as adam+batch32, not {kind_of(node)}"
    findings.report(codes.BAD_CLAIM, message, node.span, "")
    return None


def _counting(findings: Findings, node: Node) -> str | None:
    """A word of `counting`, or a convention by its whole name or without its version."""
    if isinstance(node, Scalar) and is_file(node.text):
        message = f"a claim names no file such as `{node.text}`, because a spec reads none"
        help = f"`archcalc check --convention {node.text}` shows what it counts; a claim names a tool, such as fvcore"
        findings.report(codes.BAD_CLAIM, message, node.span, "", help)
        return None
    convention = convention_named(node.text) if isinstance(node, Scalar) and node.text not in COUNTINGS else None
    if convention is None and isinstance(node, Scalar) and (near := nearest_convention(node.text)) is not None:
        message = f"there is no convention `{node.text}`"
        findings.report(codes.BAD_CLAIM, message, node.span, "", f"did you mean `{near}`?")
        return None
    return convention or _word(findings, node, "`counting`", tuple(COUNTINGS))


def _word(findings: Findings, node: Node, what: str, words: tuple[str, ...]) -> str | None:
    if isinstance(node, Scalar) and node.text in words:
        return node.text
    near = closest(node.text, words) if isinstance(node, Scalar) else None
    message = f"{what} is {' or '.join(words)}, not {kind_of(node)}"
    findings.report(codes.BAD_CLAIM, message, node.span, "", *((f"did you mean `{near}`?",) if near else ()))
    return None
