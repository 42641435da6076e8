"""Heads of lets and blocks: a name, with parameters and their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.diagnostics.codes import language as codes
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.spec.model import Argument, Listing, Parameter
from archcalc.spec.names import WORD, problem_with_value_name
from archcalc.spec.slips import split_at_commas
from archcalc.spec.structure import Findings


def naming(parameters: list[Parameter], body: Node) -> frozenset[str]:
    """The parameters of which a block makes names, `as: $label`, and nothing else: they may be given any name."""
    texts = list(_texts(body))
    return frozenset(one.name for one in parameters if _names_only(one.name, texts))


def _names_only(name: str, texts: list[str]) -> bool:
    found = [match[1] for text in texts for match in re.finditer(rf"(\$?)\b{re.escape(name)}\b", text)]
    return bool(found) and all(found)


def _texts(node: Node) -> Iterator[str]:
    """Every text of a part of a document that may read a parameter."""
    if isinstance(node, Scalar):
        yield node.text
        return
    for value in node.items if isinstance(node, Sequence) else [value for _, value in node.entries]:
        yield from _texts(value)


def _default(findings: Findings, text: str, key: Scalar, position: int) -> Argument | None:
    """A default that begins at a position of the head: an expression, or a list of them in brackets."""
    value = text.strip()
    position += len(text) - len(text.lstrip())
    if not (value.startswith("[") and value.endswith("]")):
        return findings.parsed(value, key, position)
    items: list[Argument | None] = []
    start = position + 1
    for piece in split_at_commas(value[1:-1]) if value[1:-1].strip() else []:
        items.append(_default(findings, piece, key, start))
        start += len(piece) + 1
    known = [item for item in items if item is not None]
    return Listing(known, key.span) if len(known) == len(items) else None


def read_head(findings: Findings, key: Scalar) -> tuple[str, list[Parameter] | None]:
    """A name with optional parameters, `ch(c)` or `block(width, stride=1)`, as lets and blocks are headed."""
    text = key.text
    name, parenthesis, rest = text.partition("(")
    if not parenthesis:
        return name.strip(), None
    if not rest.rstrip().endswith(")"):
        findings.report(codes.BAD_EXPRESSION, "the list of parameters is never closed", key.span)
        return name.strip(), []
    inner = rest.rstrip()[:-1]
    parameters: list[Parameter] = []
    position = text.index("(") + 1
    for piece in split_at_commas(inner):
        written, equals, default = piece.partition("=")
        parameter = written.strip()
        if not parameter and not inner.strip():
            break
        if not WORD.fullmatch(parameter) or problem_with_value_name(parameter):
            problem = problem_with_value_name(parameter) or f"`{parameter}` is not a name"
            findings.report(codes.BAD_NAME, f"parameter of `{name.strip()}`: {problem}", key.span)
            # It still takes its place in the order, so that calls are read as they are meant.
            parameters.append(Parameter(parameter, None))
        elif any(parameter == earlier.name for earlier in parameters):
            findings.report(codes.BAD_NAME, f"`{name.strip()}` has the parameter `{parameter}` twice", key.span)
        else:
            value = _default(findings, default, key, position + len(written) + 1) if equals else None
            parameters.append(Parameter(parameter, value))
        position += len(piece) + 1
    return name.strip(), parameters
