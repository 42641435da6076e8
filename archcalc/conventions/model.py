"""A convention: the rule by which somebody counts the operations of each kind of layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from archcalc.expressions.nodes import Arithmetic, Node
from archcalc.spec.model import Formula

Unit = Literal["multiply-adds", "operations"]
"""What one is: a product together with the sum it goes into, or each of the two."""


class Fault(NamedTuple):
    """Something that a tool counts otherwise than its authors mean, or than a network computes."""

    name: str
    about: str


class Rule(NamedTuple):
    """How the operations of one kind of layer come about.

    >>> from archcalc.conventions import find
    >>> rule = find("fvcore").rules["batch_norm"]
    >>> rule.text, [term.text for term in find("ptflops").rules["conv"].terms]
    ('2 * i', ['products', 'bias'])
    """

    formula: Formula
    fault: Fault | None = None

    @property
    def text(self) -> str:
        """The rule as it is written."""
        return self.formula.text.strip()

    @property
    def terms(self) -> tuple[Term, ...]:
        """What is added up."""
        trees = tuple(_summands(self.formula.tree))
        texts = _between_signs(self.text) if len(trees) > 1 else [self.text]
        return tuple([Term(text, tree) for text, tree in zip(texts, trees, strict=True)])


class Term(NamedTuple):
    """A part of a rule."""

    text: str
    tree: Node


def _summands(tree: Node) -> Iterator[Node]:
    if isinstance(tree, Arithmetic) and tree.operator == "+":
        yield from _summands(tree.left)
        yield from _summands(tree.right)
    else:
        yield tree


def _between_signs(text: str) -> list[str]:
    """The parts of a text between plus signs that stand outside of parentheses."""
    parts = [""]
    depth = 0
    for character in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if character == "+" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


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
    faults: Mapping[str, Fault]

    def rule(self, kind: str) -> Rule:
        """The rule for a kind of layer."""
        return self.rules.get(kind, self.otherwise)
