"""A specification made smaller in one place: what a search for the least failing one tries next."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

Data = dict[str, Any]


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
