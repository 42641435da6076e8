"""Sweeps: very many designs of one network, evaluated exactly: how many, which, and what they cost."""

from __future__ import annotations

from archcalc.sweep.designs import Design, DesignCount, Designs, EvaluatedDesigns

__all__ = ["Design", "DesignCount", "Designs", "EvaluatedDesigns"]
