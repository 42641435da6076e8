"""The rooms of archcalc from the ground up; ARCHITECTURE.md and the tests of the structure read them here."""

from __future__ import annotations

LEVELS: list[set[str]] = [
    {"collector", "files", "isolation", "patterns", "terminal"},
    {"diagnostics", "manual", "scene"},
    {"dims", "quantities", "source"},
    {"catalogue", "dtypes", "expressions", "revisions"},
    {"layers"},
    {"infer", "spec"},
    {"demands", "editing", "graph", "silence"},
    {"configuration", "derivations", "expand", "formatting", "receptive", "tally"},
    {"conventions", "hardware", "memory", "network"},
    {"program"},
    {"expectations", "sizes", "suspicions"},
    {"checking", "closed_forms", "questions"},
    {"export", "importing", "repair", "sweep"},
    {"report", "solve"},
    {"ci", "draw", "reconciliation", "roofline", "verify"},
    {"volumes"},
    {"comparison", "page"},
    {"api"},
    {"batch", "charts", "worksheet"},
    {"editor"},
    {"live", "lsp"},
    {"play"},
    {"cli"},
    {"__main__"},
]
"""Rooms from the ground up: a room imports rooms of lower levels, and nothing of its own level but itself.

Every import counts, also one within a function or for a type checker. The package itself hands out names of every room.
"""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""Modules that may import another one all the same, each with its reason: five at the most."""
