"""Conventions: what each tool and each paper calls the operations of a network, as rules over kinds of layers."""

from archcalc.conventions.counting import count, total
from archcalc.conventions.model import Convention, Fault, Rule
from archcalc.conventions.shelf import NoConvention, find

__all__ = ["Convention", "Fault", "NoConvention", "Rule", "count", "find", "total"]
