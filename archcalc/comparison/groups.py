"""Which layers are told in one line: scopes as a whole, the same change of several layers, names that differ alike.

Where that leaves many lines, what is alike is put together more coarsely: the norm that every convolution got is one
line then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from archcalc.comparison.entries import ComparedLayer
from archcalc.comparison.layers import LayerChange, State

LONG = 24
"""So many lines are read one by one; where there are more, what is alike is put together."""
FEW = 3
"""So many lines that are alike stay apart."""


class Group(NamedTuple):
    """Layers that are told together.

    `scopes` are those that came or went with them as a whole, `names` the beginnings in which their names differ.
    """

    members: list[LayerChange]
    scopes: tuple[str, ...] = ()
    names: tuple[str, str] | None = None


class _Key(NamedTuple):
    """What layers have in common that are told together, closely or coarsely."""

    fine: Hashable
    coarse: Hashable
    scope: str | None = None
    names: tuple[str, str] | None = None
    outer: tuple[str, str] | None = None


def groups(changes: Sequence[LayerChange]) -> list[Group]:
    """The layers that differ, those left out that only follow, in the order in which they are told."""
    told = [change for change in changes if change.state not in ("same", "follows")]
    whole = _Whole(changes)
    keys = [_key(change, whole.scope(change)) for change in told]
    fine = {key.fine: key.coarse for key in keys}
    alike = Counter(fine.values()) if len(fine) > LONG else Counter()
    found: defaultdict[Hashable, list[tuple[LayerChange, _Key]]] = defaultdict(list)
    for change, key in zip(told, keys, strict=True):
        found[key.coarse if alike[key.coarse] > FEW else key.fine].append((change, key))
    return [_group(members) for members in found.values()]


def _group(members: list[tuple[LayerChange, _Key]]) -> Group:
    first = members[0][1]
    scopes = tuple(dict.fromkeys(key.scope for _, key in members if key.scope is not None))
    is_coarse = any(key.fine != first.fine for _, key in members)
    return Group([change for change, _ in members], scopes, first.outer if is_coarse else first.names)


def _key(change: LayerChange, scope: tuple[str, int] | None) -> _Key:
    layer, state = change.layer, change.state
    alone = (state, layer.place)
    if scope is not None:
        name, size = scope
        block = next(block for one, block in layer.scopes if one == name)
        return _Key((state, name), (state, block or name.rpartition(".")[2], size), name)
    if state in ("added", "removed"):
        return _Key(alone, (state, layer.kind, layer.pattern.rpartition(".")[2]))
    if state == "renamed" and change.before is not None and change.after is not None:
        names = _apart(change.before.name, change.after.name)
        outer = _outermost(change.before), _outermost(change.after)
        is_scoped = all(outer) and not change.is_moved
        return _Key((state, names), (state, "outer", outer) if is_scoped else (state, names), None, names, outer)
    if state == "changed" and change.fields and not change.is_rewired and not change.is_moved:
        alike = (state, layer.kind, change.fields)
        return _Key(alone if change.is_renamed else alike, (*alike, change.is_renamed))
    return _Key(alone, alone)


def _outermost(layer: ComparedLayer) -> str:
    return layer.scopes[0][0] if layer.scopes else ""


def _apart(before: str, after: str) -> tuple[str, str]:
    """Two names without the last parts that they have in common."""
    ours, theirs = before.split("."), after.split(".")
    while ours and theirs and ours[-1] == theirs[-1]:
        ours, theirs = ours[:-1], theirs[:-1]
    return ".".join(ours), ".".join(theirs)


class _Whole:
    """The scopes of which all layers were added, or all removed."""

    def __init__(self, changes: Sequence[LayerChange]) -> None:
        self.sizes: dict[State, Counter[str]] = {"added": Counter(), "removed": Counter()}
        self.gone: dict[State, Counter[str]] = {"added": Counter(), "removed": Counter()}
        for change in changes:
            sides: tuple[tuple[State, ComparedLayer | None], ...] = (
                ("removed", change.before),
                ("added", change.after),
            )
            for state, entry in sides:
                names = [name for name, _ in entry.scopes] if entry is not None else []
                self.sizes[state].update(names)
                if change.state == state:
                    self.gone[state].update(names)

    def scope(self, change: LayerChange) -> tuple[str, int] | None:
        """The outermost scope around a layer that was added or removed with all that is in it, and its size."""
        if change.state not in self.sizes:
            return None
        sizes, gone = self.sizes[change.state], self.gone[change.state]
        return next(((name, sizes[name]) for name, _ in change.layer.scopes if sizes[name] == gone[name]), None)
