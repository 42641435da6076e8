"""Inverse questions: the values of symbols and lets at which a network is legal and meets conditions."""

from __future__ import annotations

from archcalc.solve.answer import solve
from archcalc.solve.solutions import Solutions
from archcalc.solve.values import WrongQuestion

__all__ = ["Solutions", "WrongQuestion", "solve"]
