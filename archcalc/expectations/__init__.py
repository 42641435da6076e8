"""Expectations: verdicts on the numbers that a spec claims."""

from __future__ import annotations

from archcalc.expectations.judge import State, Verdict, judge

__all__ = ["State", "Verdict", "judge"]
