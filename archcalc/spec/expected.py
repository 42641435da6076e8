"""What a claim expects of a quantity: an exact number, a published rounding, a range, sizes."""

from __future__ import annotations

import re
from fractions import Fraction

from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import is_number
from archcalc.patterns import compiled_later
from archcalc.quantities import Quantity
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.spec.figures import (
    BYTE_UNITS,
    COUNT_UNITS,
    RATIO_UNITS,
    Compared,
    compared,
    published,
    ungrouped,
    unit_of,
    wrong_unit,
)
from archcalc.spec.model import Between, Bound, Expected, Listing
from archcalc.spec.published import Published
from archcalc.spec.structure import Findings, kind_of

_MAX_DIGITS = 100
_PRINTED_SHAPE = compiled_later(r"[0-9]+(?:\s*[x×]\s*[0-9]+)+")
_COMMA = compiled_later(r"[0-9],[0-9]")


def read_expected(findings: Findings, quantity: Quantity, node: Node) -> Expected | None:
    """What a claim expects of a quantity; None after a report."""
    if quantity.kind == "sizes" and isinstance(node, Sequence):
        argument = findings.argument(node, f"`{quantity.name}`")
        return argument if isinstance(argument, Listing) else None
    if not isinstance(node, Scalar) or node.is_null:
        _report_kind(findings, quantity, node)
        return None
    if quantity.kind == "sizes" and _PRINTED_SHAPE.fullmatch(node.text.strip()):
        return _printed_shape(findings, node)
    if quantity.name == "output":
        return _only_size(findings, node)
    if ".." in node.text:
        return _between(findings, quantity, node)
    signed = compared(node.text)
    if signed is not None:
        return _one_end(findings, quantity, signed, node)
    return _bound(findings, quantity, node.text, node, 0)


def read_number(findings: Findings, node: Scalar) -> Bound | None:
    """A number that something is compared with; None after a report."""
    return _bound(findings, None, node.text, node, 0)


def _report_kind(findings: Findings, quantity: Quantity, node: Node) -> None:
    help: tuple[str, ...] = ()
    if quantity.name == "output":
        message = f"an output is a list of sizes, not {kind_of(node)}"
        help = ("write output: [1000] or output: [21, 500, 500]",)
    elif quantity.kind == "sizes":
        message = f"{quantity.name} is a number or a list of sizes, not {kind_of(node)}"
        help = (f"write {quantity.name}: 7 or {quantity.name}: [7, 7]",)
    else:
        message = f"{quantity.name} is a number or a range, not {kind_of(node)}"
    findings.report(codes.BAD_CLAIM, message, node.span, "", *help)


def _printed_shape(findings: Findings, node: Scalar) -> Listing:
    """Sizes as tables print them: 512×7×7."""
    sizes = re.finditer("[0-9]+", node.text)
    items = [findings.parsed(size.group(), node, size.start()) for size in sizes]
    return Listing([item for item in items if item is not None], node.span)


def _only_size(findings: Findings, node: Scalar) -> Listing | None:
    """The size of a vector, without brackets; or a list that `let` names."""
    if ".." in node.text or compared(node.text):
        message = f"output is a whole shape, and {node.text.strip()} is a range"
        findings.report(codes.BAD_CLAIM, message, node.span, "", "claim the range of `channels`, `size`, `height`, ...")
        return None
    formula = findings.parsed(ungrouped(node.text), node)
    return None if formula is None else Listing([formula], node.span)


def _between(findings: Findings, quantity: Quantity, node: Scalar) -> Between | None:
    low_text, _, high_text = node.text.partition("..")
    low = _bound(findings, quantity, low_text, node, 0) if low_text.strip() else None
    high = _bound(findings, quantity, high_text, node, len(low_text) + 2) if high_text.strip() else None
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


def _one_end(findings: Findings, quantity: Quantity, signed: Compared, node: Scalar) -> Between | None:
    """A range that is written with the sign of its one end, as in a question: <= 61M."""
    bound = _bound(findings, quantity, signed.bound, node, signed.skip)
    if bound is None:
        return None
    low, high = (None, bound) if signed.is_upper else (bound, None)
    return Between(node.text.strip(), low, high, is_strict=signed.is_strict)


def _plain_number(bound: Bound | None) -> int | Fraction | None:
    """The value of an end that is written as a number; None where it is open or has to be computed."""
    if bound is None or isinstance(bound, Published):
        return None if bound is None else bound.value
    if isinstance(bound.tree, Constant) and is_number(bound.tree.value):
        number: int | Fraction = bound.tree.value
        return number
    return None


def _bound(findings: Findings, quantity: Quantity | None, text: str, node: Scalar, skip: int) -> Bound | None:
    """A number, with its unit if it has one; `skip` characters of the value stand in front of it."""
    lead = len(text) - len(text.lstrip())
    stripped = ungrouped(text.strip())
    units = BYTE_UNITS if quantity is not None and quantity.is_in_bytes else COUNT_UNITS
    unit = unit_of(stripped)
    if unit is not None and unit not in {**units, **RATIO_UNITS}:
        message, help = wrong_unit(stripped, unit, quantity)
        findings.report(codes.BAD_CLAIM, message, node.span, "", help)
        return None
    if "(" not in stripped and _COMMA.search(stripped):
        message = f"a comma sets groups of three digits apart, which {stripped} has not"
        help = "write 47,206, 47206 or 47_206; and 1.5 for a fraction"
        findings.report(codes.BAD_CLAIM, message, node.span, "", help)
        return None
    printed = published(stripped, units)
    if printed is None or (stripped[-1].isdigit() and not printed.is_about):
        return findings.parsed(stripped, node, skip + lead)
    if len(printed.digits) > _MAX_DIGITS:
        findings.report(codes.NUMBER_TOO_LARGE, f"a rounding of more than {_MAX_DIGITS} digits", node.span)
        return None
    return printed
