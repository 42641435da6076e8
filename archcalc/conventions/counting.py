"""Counts by a convention: of a layer, of layers together, and term by term."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, TypeVar

from archcalc.conventions.model import Convention, Rule, rule_of
from archcalc.conventions.quantities import LayerScope, Measured
from archcalc.diagnostics.codes.language import UNDECIDABLE
from archcalc.dims import Dim
from archcalc.expressions.nodes import Node as Tree
from archcalc.expressions.values import ExpressionError, is_number
from archcalc.graph import Node

Answer = TypeVar("Answer")


class NoCount(Exception):
    """A rule that gives no whole number for a layer; the message says which, and why."""


class OpenCount(NoCount):
    """A rule that asks for the value of a symbol which has none: `reason` says what for, and `help` the way out.

    >>> import archcalc
    >>> report = archcalc.load("input: [4, N, N]\\nlayers: [{adaptive_avg_pool: 3}]").check()
    >>> try:
    ...     report.count("onnx-tool")
    ... except OpenCount as error:
    ...     print(error.reason.partition(": ")[2], error.help, sep="\\n")
    whether 4*N**2 == 36*floor(N/3)**2 depends on a symbol
    ('give the symbol a value with `at` or `--set`',)
    """

    def __init__(self, reason: str, help: tuple[str, ...]) -> None:
        super().__init__(reason + "".join(f" ({one})" for one in help))
        self.reason = reason
        self.help = help


def count(convention: Convention, node: Node) -> Dim:
    """What a convention counts for one layer, each time that it is applied; an input counts nothing.

    Raises: UnknownValue for a layer that an error keeps unknown; NoCount.

    >>> import archcalc
    >>> from archcalc.conventions import find
    >>> graph = archcalc.load("input: [3, N, N]\\nlayers: [conv: [8, 3]]").check().graph
    >>> print(count(find("fvcore"), graph.nodes[-1]), "|", count(find("torchinfo-1.8.0"), graph.nodes[-1]))
    216*N**2 - 864*N + 864 | 224*N**2 - 896*N + 896
    """
    if node.layer is None:
        return 0
    rule = rule_of(convention, node.kind)
    return evaluated(rule, rule.formula.tree, Measured.of(node), node)


def evaluated(rule: Rule, tree: Tree, measured: Measured, node: Node) -> Dim:
    """A rule, or a term of one, for a layer. Raises: UnknownValue, NoCount."""
    value: Any = asked(rule, node, lambda: tree.evaluate(LayerScope(measured)))
    if not is_number(value) or isinstance(value, Fraction):
        raise NoCount(f"`{rule.text}` gives {value} for {node.name} ({node.kind}), which is no whole number")
    found: Dim = value
    return found


def asked(rule: Rule, node: Node, question: Callable[[], Answer]) -> Answer:
    """What a rule says about a layer. Raises: NoCount, with the reason why it says nothing; UnknownValue."""
    try:
        return question()
    except ExpressionError as error:
        message = f"`{rule.text}` for {node.name} ({node.kind}): {error.message}"
        if error.code is UNDECIDABLE:
            raise OpenCount(message, error.help) from None
        raise NoCount(message + "".join(f" ({help})" for help in error.help)) from None


def total(convention: Convention, nodes: Iterable[Node]) -> Dim:
    """What a convention counts for layers together. Raises: as `count` does.

    >>> import archcalc
    >>> from archcalc.conventions import find
    >>> total(find("thop-0.1.1"), archcalc.load("resnet:resnet50").check().graph.nodes)
    4133742592
    """
    found: Any = 0
    for node in nodes:
        found = found + count(convention, node)
    result: Dim = found
    return result
