"""A convention: the rule by which somebody counts the operations of each kind of layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archcalc.diagnostics.codes.language import UNDECIDABLE
from archcalc.expressions.nodes import Arithmetic, Conditional, Node
from archcalc.expressions.values import ExpressionError, Scope
from archcalc.spec.model import Formula

Unit = Literal["multiply-adds", "operations"]
"""What one is: a product together with the sum it goes into, or each of the two."""


class ToolFault(NamedTuple):
    """Something that a tool counts otherwise than its authors mean, or than a network computes.

    >>> from archcalc.conventions import find
    >>> list(find("ptflops").faults)
    ['twice', 'attention-by-formula', 'attention-unseen', 'gates']
    """

    name: str
    about: str


class Term(NamedTuple):
    """A part of a rule: its text and its tree."""

    text: str
    tree: Node


class Rule(NamedTuple):
    """How the operations of one kind of layer come about.

    >>> from archcalc.conventions import find
    >>> find("torchinfo").rules["conv"].text
    'products + bias'
    """

    formula: Formula
    fault: ToolFault | None = None
    where: Formula | None = None
    """For which layers the fault shows; for all of the kind without."""

    def shown_fault(self, scope: Scope) -> ToolFault | None:
        """The fault, if it shows at a layer, or shows at some sizes of it. Raises: ExpressionError."""
        if self.fault is None or self.where is None:
            return self.fault
        try:
            return self.fault if self.where.tree.truth(scope) else None
        except ExpressionError as error:
            if error.code is UNDECIDABLE:
                return self.fault
            raise

    @property
    def text(self) -> str:
        """The rule as it is written."""
        return self.formula.text.strip()

    def terms(self, scope: Scope) -> tuple[Term, ...]:
        """What is added up for a layer: of cases the one that it is, of a sum each part. Raises: ExpressionError.

        >>> from archcalc.expressions.values import NoNames
        >>> from archcalc.expressions.parser import parse
        >>> from archcalc.diagnostics.model import Span
        >>> text = "1 + 2 * (3 + 4) if 2 > 1 else 5"
        >>> rule = Rule(Formula(parse(text), text, Span(1, 1, 1, 9), None))
        >>> [term.text for term in rule.terms(NoNames())]
        ['1', '2 * (3 + 4)']
        """
        text, tree = self.text, self.formula.tree
        while isinstance(tree, Conditional):
            then, _, rest = _parts(text, " if ")
            _, _, otherwise = _parts(rest, " else ")
            text, tree = (then, tree.then) if tree.condition.truth(scope) else (otherwise, tree.otherwise)
        found: list[Term] = []
        while isinstance(tree, Arithmetic) and tree.operator == "+":
            text, _, last = _parts(text, "+", from_end=True)
            found.append(Term(last, tree.right))
            tree = tree.left
        return (Term(text, tree), *reversed(found))


def _parts(text: str, sign: str, *, from_end: bool = False) -> tuple[str, str, str]:
    """A text in front of and behind the first sign outside of parentheses, or the last one."""
    depth = 0
    places = []
    for place, character in enumerate(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth == 0 and text.startswith(sign, place):
            places.append(place)
    place = places[-1 if from_end else 0]
    return text[:place].strip(), sign, text[place + len(sign) :].strip()


@dataclass(frozen=True)
class Convention:
    """A named way to count, with the version of the tool, or the paper, that it is of.

    >>> from archcalc.conventions import find
    >>> find("torchinfo-1.8.0").title, find("torchinfo-1.8.0").unit
    ('torchinfo 1.8.0: mult-adds', 'multiply-adds')
    """

    name: str
    title: str
    source: str
    unit: Unit
    rules: Mapping[str, Rule]
    """The rule of each kind of layer that has one of its own."""
    otherwise: Rule
    """That of every other kind."""
    faults: Mapping[str, ToolFault]


def rule_of(convention: Convention, kind: str) -> Rule:
    """The rule of a convention for a kind of layer."""
    return convention.rules.get(kind, convention.otherwise)
