"""Conventions: what each tool and each paper calls the operations of a network, as rules over kinds of layers."""

from archcalc.conventions.counting import NoCount, count, total
from archcalc.conventions.model import Convention, Fault, Rule
from archcalc.conventions.reconciling import Part, Reconciled, reconciled
from archcalc.conventions.shelf import NoConvention, find

__all__ = [
    "Convention",
    "Fault",
    "NoConvention",
    "NoCount",
    "Part",
    "Reconciled",
    "Rule",
    "count",
    "find",
    "reconciled",
    "total",
]
