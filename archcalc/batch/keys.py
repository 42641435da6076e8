"""Keys of the cache: everything that the answer about a file depends on, and nothing else."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path

import archcalc
from archcalc.batch.piece import Question, Task
from archcalc.quantities import is_file

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
        built(Path(archcalc.__file__).resolve().parent),
        question._replace(values={}),
        values,
        task.name,
        task.variant,
        task.is_certain,
        task.searches,
        rules,
        budgets,
        [sha256(Path(name).read_bytes()).hexdigest() for name in question.columns if is_file(name)],
        sha256(data).hexdigest(),
    )
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def built(package: Path) -> str:
    """What tells builds of archcalc apart that call themselves by one version.

    An installation has a list of its files with their checksums, which is the same wherever this build is installed.
    A checkout has none: there it is when somebody has changed a file last.
    """
    for record in package.parent.glob("archcalc-*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines()
        files = sorted(line for line in lines if line.startswith(f"{package.name}/") and ",sha256=" in line)
        return sha256("\n".join(files).encode()).hexdigest()
    newest, count = 0, 0
    for folder, _, names in os.walk(package):
        for name in names:
            if name.endswith((".py", ".json", ".yaml")):
                newest = max(newest, os.stat(os.path.join(folder, name)).st_mtime_ns)
                count += 1
    return f"{package} {newest} {count}"
