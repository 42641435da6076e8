"""Derivations: how the sizes and counts of a layer come about, shown step by step."""

from __future__ import annotations

from archcalc.derivations.model import Derivation, Line

__all__ = ["Derivation", "Line"]
