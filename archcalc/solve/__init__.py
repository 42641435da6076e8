"""Inverse questions: the values of symbols and lets at which a network is legal and meets conditions."""

from __future__ import annotations

from archcalc.questions.values import WrongQuestion
from archcalc.solve.answer import solve
from archcalc.solve.solutions import Solutions

__all__ = ["Solutions", "WrongQuestion", "solve"]
