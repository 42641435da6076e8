"""The rooms of archcalc from the ground up; ARCHITECTURE.md and the tests of the structure read them here."""

from __future__ import annotations

LEVELS: list[set[str]] = [
    {"collector", "terminal", "__init__"},
    {"diagnostics"},
    {"dims"},
    {"source", "expressions"},
    {"layers"},
    {"spec"},
    {"infer"},
    {"graph"},
    {"expand", "receptive", "tally"},
    {"network"},
    {"program"},
    {"derivations", "editing", "expectations", "sizes"},
    {"checking", "closed_forms"},
    {"draw", "repair", "report"},
    {"export"},
    {"catalogue", "solve"},
    {"verify"},
    {"api"},
    {"charts", "worksheet"},
    {"cli"},
    {"__main__"},
]
"""Rooms from the ground up: a room uses rooms below it, or itself."""
