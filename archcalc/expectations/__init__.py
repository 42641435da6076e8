"""Expectations: verdicts on the numbers that a spec claims."""

from __future__ import annotations

from archcalc.expectations.judge import judge
from archcalc.expectations.verdict import State, Verdict

__all__ = ["State", "Verdict", "judge"]
