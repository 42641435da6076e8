"""Conventions: what each tool and each paper calls the operations of a network, as rules over kinds of layers."""

from archcalc.conventions.counting import NoCount, OpenCount, count, total
from archcalc.conventions.model import Convention, Rule, ToolFault
from archcalc.conventions.reconciling import CountPart, ReconciledCount, reconciled
from archcalc.conventions.shelf import NoConvention, find

__all__ = [
    "Convention",
    "CountPart",
    "NoConvention",
    "NoCount",
    "OpenCount",
    "ReconciledCount",
    "Rule",
    "ToolFault",
    "count",
    "find",
    "reconciled",
    "total",
]
