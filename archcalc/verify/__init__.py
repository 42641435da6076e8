"""Proof that exported code agrees: PyTorch runs it in a process of its own, and everything is compared."""

from __future__ import annotations

from archcalc.verify.parent import NoTorch, Runner
from archcalc.verify.verification import SECONDS, Case, Verification, verify

__all__ = ["SECONDS", "Case", "NoTorch", "Runner", "Verification", "verify"]
