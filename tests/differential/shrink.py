"""A disagreement made smaller: steps and fields are left out as long as it stays of the same sort."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from differential.judge import Data, Judgement, Subject, judge

TRIES = 250


def shrunk(subject: Subject, sort: str) -> Subject:
    """The subject, smaller, with a disagreement of the same sort."""
    best, tries, improved = _one_value(subject, sort), TRIES, True
    while improved and tries > 0:
        improved = False
        for data in list(smaller(best.data)):
            tries -= 1
            candidate = best._replace(data=data)
            if shows(candidate, sort):
                best, improved = candidate, True
                break
            if tries <= 0:
                break
    return best


def shows(subject: Subject, sort: str) -> bool:
    """Whether judging a subject finds a disagreement of this sort."""
    try:
        found: Judgement = judge(subject)
    except Exception as error:
        return sort == crash(error)
    return any(one.sort == sort for one in found.disagreements)


def crash(error: Exception) -> str:
    """The sort of a disagreement that archcalc ends with an exception of its own."""
    return f"exception {type(error).__name__}"


def _one_value(subject: Subject, sort: str) -> Subject:
    """The subject with the first of its values that is enough; without a real run, if that is not what shows it."""
    candidates = [subject._replace(others=[], real=False)]
    candidates.extend(subject._replace(others=[values], real=False) for values in subject.others)
    candidates.append(subject._replace(others=[]))
    return next((one for one in candidates if shows(one, sort)), subject)


def smaller(data: Data) -> Iterator[Data]:
    """The data without one part each: whole steps first, then what is inside them."""
    for path in _paths(data, ()):
        changed: Any = deepcopy(data)
        container = changed
        for key in path[:-1]:
            container = container[key]
        part = container[path[-1]]
        if len(container) > 1 if isinstance(container, list) else len(path) > 1 or path[-1] != "layers":
            del container[path[-1]]
            yield changed
        if isinstance(container, list) and isinstance(part, dict) and isinstance(part.get("do"), list):
            again: Any = deepcopy(data)
            container = again
            for key in path[:-1]:
                container = container[key]
            container[path[-1] : path[-1] + 1] = part["do"]
            yield again


def _paths(part: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else []
    for key in keys:
        if path or key not in ("input", "at"):
            yield (*path, key)
    for key in keys:
        if path or key not in ("input", "at"):
            yield from _paths(part[key], (*path, key))
