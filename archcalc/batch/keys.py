"""Keys of the cache: everything that the answer about a file depends on, and nothing else."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path

import archcalc
from archcalc.batch.piece import Question, Task

_FORM = 1
"""The form of entries; another one has other keys."""


def key(task: Task, question: Question, data: bytes) -> str:
    """The key of a file with these bytes."""
    values = [(name, type(value).__name__, str(value)) for name, value in question.values.items()]
    rules, asked = (task.demands.rules, task.demands.budgets) if task.demands is not None else (None, ())
    budgets = [(one.of, one.file, sha256(one.text.encode()).hexdigest()) for one in asked]
    parts = (
        _FORM,
        archcalc.__version__,
        _built(),
        question._replace(values={}),
        values,
        task.name,
        task.variant,
        task.is_certain,
        task.searches,
        rules,
        budgets,
        sha256(data).hexdigest(),
    )
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _built() -> str:
    """What tells states of a checkout apart in which somebody works on archcalc; nothing for a version as released."""
    here = Path(archcalc.__file__).resolve().parent
    if {"site-packages", "dist-packages"} & set(here.parts):
        return ""
    newest, count = 0, 0
    for folder, _, files in os.walk(here):
        for name in files:
            if name.endswith((".py", ".json")):
                newest = max(newest, os.stat(os.path.join(folder, name)).st_mtime_ns)
                count += 1
    return f"{here} {newest} {count}"
