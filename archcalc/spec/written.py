"""Fields that are written otherwise than by an expression: texts, and maps from names to values."""

from __future__ import annotations

from ast import literal_eval

from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import Scope, Value, Word
from archcalc.layers.written_fields import NULL
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.spec.model import Argument, Formula, Listing, Mistake
from archcalc.spec.named import Named
from archcalc.spec.structure import Findings, offset_of


def argument(findings: Findings, node: Node, name: str, how: str) -> Argument | None:
    """The value of a field that is spelled in one of these ways; None after a report."""
    if how == "text":
        text = findings.text(node, f"`{name}`")
        return None if text is None else _word(text, node)
    before = len(findings.diagnostics)
    shape = "a map from names to shapes, such as {weight: [64, 32], bias: [64]}"
    if how == "arguments":
        shape = "a map from names to values, such as {dim: 96, window_size: [7, 7]}"
    entries = findings.mapping(node, f"`{name}`", shape)
    pairs: list[Argument] = []
    for key, value in entries:
        is_python = how == "arguments"
        found = _of_python(findings, value, key.text) if is_python else findings.argument(value, f"`{key.text}`")
        if found is not None:
            pairs.append(Listing([_word(key.text, key), found], value.span))
    return Named(pairs, node.span) if len(findings.diagnostics) == before else None


def _of_python(findings: Findings, node: Node, name: str) -> Argument | None:
    """A value of an argument: an expression, a text in quotes of its own, `null`, or a list of them."""
    if isinstance(node, Sequence):
        items = [_of_python(findings, item, name) for item in node.items]
        known = [item for item in items if item is not None]
        return Listing(known, node.span) if len(known) == len(items) else None
    if isinstance(node, Scalar) and node.is_null:
        return _word(NULL, node)
    if isinstance(node, Scalar) and (text := _quoted(node.text)) is not None:
        return _word(repr(text), node)
    formula = findings.formula(node, f"`{name}`")
    return None if formula is None else _Expression(formula.tree, formula.text, formula.span, formula.offset)


def _quoted(text: str) -> str | None:
    """What stands in the quotes of a text, if it is one and nothing else."""
    if len(text) < 2 or text[0] not in ("'", '"') or text[-1] != text[0]:
        return None
    try:
        found = literal_eval(text)
    except (SyntaxError, ValueError):
        return None
    return found if isinstance(found, str) else None


def _word(text: str, node: Node) -> Formula:
    offset = offset_of(node) if isinstance(node, Scalar) else None
    return Formula(Constant(Word(text)), text, node.span, offset)


class _Expression(Formula):
    """An expression among arguments of Python, where a text may be meant."""

    __slots__ = ()

    def evaluate(self, scope: Scope) -> Value:
        """The value. Raises: Mistake, with a hint how a text is written, and UnknownValue."""
        try:
            return super().evaluate(scope)
        except Mistake as error:
            found = error.diagnostic
            if found.code is not codes.UNKNOWN_NAME:
                raise
            quoted = repr(self.text)
            help = f'a text is written in quotes inside quotes: "{quoted}"'
            raise Mistake(found._replace(help=(*found.help, help))) from None
