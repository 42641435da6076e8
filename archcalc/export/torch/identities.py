"""Which scopes are of one class: what they have in common, and in which order the classes are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.export.torch.parts import is_group
from archcalc.export.torch.scopes import Scope


def stem(scope: Scope) -> str:
    """A word for the class of a group: its name, or where that is a number, that of what it is an entry of."""
    label = scope.module.label.rstrip("0123456789").rstrip("_")
    if not label and scope.shelf:
        return scope.shelf.split(".")[-2].removesuffix("s")
    if label or scope.parent is None or not scope.parent.label:
        return label or "group"
    around = stem(scope.parent) if scope.parent.parent is not None else "group"
    return around.removesuffix("s") or "group"


def class_scopes(scope: Scope) -> list[Scope]:
    """Scopes that need a class, the inner ones first."""
    found: list[Scope] = []
    if scope.owner is not None:
        return found
    for item in scope.items:
        if isinstance(item, Scope):
            found.extend(class_scopes(item))
    if scope.parent is None or not is_group(scope):
        found.append(scope)
    return found


class Identities:
    """What scopes of one class have in common: the block or the step.

    In a recursion that is not through other classes all depths are one class; otherwise it is also how deep it goes.
    """

    def __init__(self, root: Scope) -> None:
        direct: set[Any] = set()
        others: set[Any] = set()
        for scope in class_scopes(root):
            between = _up_to_itself(scope)
            if between is not None:
                (direct if all(map(is_group, between)) else others).add(origin(scope))
        self._recursive = direct - others

    def of(self, scope: Scope) -> Any:
        """What scopes of the class of this one have in common."""
        own = origin(scope)
        if own in self._recursive:
            return own
        inside = any(origin(inner) == own for inner in class_scopes(scope) if inner is not scope)
        return (*own, height(scope)) if inside or _up_to_itself(scope) is not None else own

    def is_recursive(self, scope: Scope) -> bool:
        """Whether the class of a scope makes instances of itself."""
        return origin(scope) in self._recursive

    def part_depths(self, scope: Scope) -> None:
        """Let every depth of a recursion be a class of its own."""
        self._recursive -= {origin(scope)}

    def in_order(self, groups: Mapping[Any, Sequence[Scope]]) -> list[Any]:
        """The groups in an order in which those that are used come first."""
        needs: dict[Any, set[Any]] = {}
        for identity, scopes in groups.items():
            inside = {self.of(inner) for scope in scopes for inner in class_scopes(scope)}
            needs[identity] = inside - {identity}
        done: list[Any] = []
        waiting = list(groups)
        while waiting:
            ready = [identity for identity in waiting if needs[identity] <= set(done)]
            assert ready, "blocks use each other in a circle only by recursion, whose calls differ in their depth"
            done.extend(ready)
            waiting = [identity for identity in waiting if identity not in ready]
        return done


def origin(scope: Scope) -> Any:
    """What a scope was made by: a block, or a step with a name."""
    module = scope.module
    if scope.parent is None:
        return ("root",)
    if module.block is not None:
        return ("block", module.block)
    return ("group", id(module.step.origin))


def height(scope: Scope) -> int:
    """How often a scope stands in itself, counted with the outermost."""
    return _height(scope, origin(scope))


def _height(scope: Scope, own: Any) -> int:
    inner: list[int] = [_height(item, own) for item in scope.items if isinstance(item, Scope)]
    return max(inner, default=0) + int(origin(scope) == own)


def _up_to_itself(scope: Scope) -> list[Scope] | None:
    """The scopes between one and the next around it that was made by the same; None if there is none."""
    found: list[Scope] = []
    above = scope.parent
    while above is not None:
        if origin(above) == origin(scope):
            return found
        found.append(above)
        above = above.parent
    return None
