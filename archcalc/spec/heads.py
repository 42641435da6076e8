"""Heads of lets and blocks: a name, with parameters and their defaults."""

from __future__ import annotations

from archcalc.diagnostics.codes import language as codes
from archcalc.source.document import Scalar
from archcalc.spec.model import Parameter
from archcalc.spec.names import WORD, problem_with_value_name
from archcalc.spec.slips import split_at_commas
from archcalc.spec.structure import Findings


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
            formula = None
            if equals:
                lead = len(default) - len(default.lstrip())
                skip = position + len(written) + 1 + lead
                formula = findings.parsed(default.strip(), key, skip)
            parameters.append(Parameter(parameter, formula))
        position += len(piece) + 1
    return name.strip(), parameters
