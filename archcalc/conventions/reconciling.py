"""What lies between two counts of one network: the terms of a rule, each with the layers that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from archcalc.conventions.counting import asked, evaluated
from archcalc.conventions.model import Convention, Rule, ToolFault, rule_of
from archcalc.conventions.quantities import LayerScope, Measured
from archcalc.dims import Dim
from archcalc.graph import Node

PER_PRODUCT = {"multiply-adds": 1, "operations": 2}
"""What a convention makes of one product, by its unit, where it agrees with archcalc."""
_AGREES = {"multiply-adds": "products", "operations": "2 * products"}


class CountPart(NamedTuple):
    """A term of a rule that archcalc's own count does not have, or one of archcalc's that the rule lacks.

    >>> import archcalc
    >>> archcalc.load("resnet:resnet50").check().reconcile(None, "ptflops-aten").operations[0].parts
    (CountPart(text='bias', kinds=('linear',), layers=1, amount=1000, fault=None),)
    """

    text: str
    """The term as the rule has it, such as `4 * i`; behind `instead of` what it takes the place of."""
    kinds: tuple[str, ...]
    layers: int
    amount: Dim
    """What it adds to the count, or takes from it."""
    fault: ToolFault | None


class ReconciledCount(NamedTuple):
    """A count by a convention, taken apart: `base` and the amounts of all `parts` add up to `total`.

    >>> import archcalc
    >>> from archcalc.conventions import find, reconciled
    >>> nodes = archcalc.load("resnet:resnet50").check().graph.nodes
    >>> found = reconciled(find("thop"), nodes)
    >>> found.base, found.total
    (4089184256, 4133742592)
    >>> [(part.text, part.kinds, part.amount) for part in found.parts[:2]]
    [('4 * i', ('batch_norm',), 44455936), ('i', ('global_avg_pool',), 100352)]
    """

    convention: Convention
    base: Dim
    """What archcalc counts, in the unit of the convention."""
    total: Dim
    parts: tuple[CountPart, ...]

    @property
    def difference(self) -> Dim:
        """What the convention counts more."""
        left: Any = self.total
        found: Dim = left - self.base
        return found


class _Heap:
    """What is added up under one text."""

    def __init__(self, fault: ToolFault | None) -> None:
        self.kinds: dict[str, None] = {}
        self.layers = 0
        self.amount: Any = 0
        self.fault = fault

    def add(self, node: Node, amount: Any) -> None:
        self.kinds[node.kind] = None
        self.layers += 1
        self.amount = self.amount + amount

    def part(self, text: str) -> CountPart:
        """What was added up."""
        return CountPart(text, tuple(self.kinds), self.layers, self.amount, self.fault)


def reconciled(convention: Convention, nodes: Iterable[Node]) -> ReconciledCount:
    """A count by a convention, taken apart. Raises: UnknownValue, NoCount."""
    base: Any = 0
    heaps: dict[tuple[str, ToolFault | None], _Heap] = {}
    for node in nodes:
        if node.layer is None:
            continue
        rule, measured = rule_of(convention, node.kind), Measured.of(node)
        own: Any = measured.facts.multiplications * PER_PRODUCT[convention.unit]
        base = base + own
        fault = asked(rule, node, partial(rule.shown_fault, LayerScope(measured)))
        for text, amount in _parts(rule, own, _AGREES[convention.unit], measured, node):
            heaps.setdefault((text, fault), _Heap(fault)).add(node, amount)
    parts = tuple([heap.part(text) for (text, _), heap in heaps.items()])
    return ReconciledCount(convention, base, sum((part.amount for part in parts), start=base), parts)


def _parts(rule: Rule, own: Any, agreed: str, measured: Measured, node: Node) -> Iterator[tuple[str, Any]]:
    """The terms of a rule that archcalc's count of a layer does not have, with what each of them adds."""
    terms = asked(rule, node, lambda: rule.terms(LayerScope(measured)))
    shared = next((term for term in terms if term.text == agreed), None)
    if shared is None and own != 0:
        counted: Any = evaluated(rule, rule.formula.tree, measured, node)
        if counted != own:
            text = " + ".join(term.text for term in terms)
            yield f"{'nothing' if text == '0' else text} instead of {agreed}", counted - own
        return
    for term in terms:
        amount = 0 if term is shared else evaluated(rule, term.tree, measured, node)
        if amount != 0:
            yield term.text, amount
