"""Lists of maps: which wires enter or leave a scope together, as the entries of one list of the spec.

A block that is called on `fork: [a, b]` reads `forward(self, maps: list[Tensor])`, and so does a group. One that ends
with a fork returns a list where its length is no matter of the code: where a loop makes the entries, where another call
gives more of them, or where the list is read as one. Elsewhere it returns a tuple, which its caller takes apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from archcalc.export.torch.scopes import Scope, wire_of
from archcalc.export.torch.tensors import Bundle, Stream, Wire
from archcalc.graph import Map


def entries(value: Any) -> Bundle | None:
    """The wires of a list of maps; None for everything else, and where one of them is learned."""
    if not isinstance(value, tuple) or not value:
        return None
    if not all(isinstance(one, Map) and one.node is not None and not one.node.is_constant for one in value):
        return None
    return Bundle(tuple(map(wire_of, value)))


def origins(root: Scope) -> frozenset[Any]:
    """What the scopes have in common that return a list."""
    return frozenset(_origin(scope) for scope in root.inner() if scope.gives_list)


def cross(
    root: Scope,
    known: Collection[Any],
    show: Callable[[Wire, Scope], None],
    hand_out: Callable[[Wire, Scope], None],
) -> None:
    """Let whole lists cross where one of their entries does; `known` are origins of scopes that return a list.

    `show` lets a wire be seen in a scope, `hand_out` lets the scope that makes it hand it to a scope further out.
    """
    scopes = [scope for scope in root.inner() if not _is_shared(scope)]
    kept = {*known, *_kept(scopes)}
    for scope in scopes:
        listed = entries(scope.module.output)
        scope.gives_list = listed is not None and _origin(scope) in kept
        if listed is not None and scope.gives_list and not set(listed.wires).isdisjoint(scope.outputs):
            assert scope.parent is not None, "the network is not inside itself"
            for wire in listed.wires:
                show(wire, scope)
                hand_out(wire, scope.parent)
    for scope in reversed(scopes):
        for listed in given(scope):
            if not set(listed.wires).isdisjoint(scope.inputs):
                for wire in listed.wires:
                    show(wire, scope)


def given(scope: Scope) -> Iterator[Bundle]:
    """The lists that flow into a scope, and those that a block is given."""
    variables = scope.module.arguments.variables if scope.module.arguments is not None else {}
    for value in (scope.module.entry, *variables.values()):
        if (listed := entries(value)) is not None:
            yield listed


def gather(scope: Scope) -> None:
    """Put the entries of lists together in what a scope reads and hands out."""
    if _is_shared(scope):
        return
    scope.inputs = _gathered(scope.inputs, list(given(scope)))
    listed = entries(scope.module.output) if scope.gives_list else None
    scope.outputs = _gathered(scope.outputs, [] if listed is None else [listed])


def _origin(scope: Scope) -> Any:
    """What scopes of one class have in common."""
    return scope.module.block or id(scope.module.step.origin)


def _kept(scopes: Sequence[Scope]) -> Iterator[Any]:
    """Origins of scopes that return their list as one."""
    read = {wire for scope in scopes for listed in given(scope) for wire in listed.wires}
    lengths: dict[Any, int] = {}
    for scope in scopes:
        listed, origin = entries(scope.module.output), _origin(scope)
        if listed is None:
            continue
        varies = lengths.setdefault(origin, len(listed.wires)) != len(listed.wires)
        if varies or not read.isdisjoint(listed.wires) or _is_looped(scope, listed):
            yield origin


def _is_looped(scope: Scope, listed: Bundle) -> bool:
    """Whether a loop in a scope makes entries of a list."""
    turning = [item for item in scope.items if item.turns]
    made = {leaf.node for item in turning for leaf in (item.leaves() if isinstance(item, Scope) else [item])}
    return any(wire.node in made for wire in listed.wires)


def _gathered(streams: Sequence[Stream], lists: Sequence[Bundle]) -> list[Stream]:
    left = list(streams)
    for listed in lists:
        members = [wire for wire in left if wire in listed.wires]
        if members:
            left.insert(left.index(members[0]), listed)
            left = [stream for stream in left if stream not in members]
    return left


def _is_shared(scope: Scope | None) -> bool:
    """Whether a scope, or one around it, is a module that is applied more than once."""
    while scope is not None:
        if scope.owner is not None or scope.is_applied_again:
            return True
        scope = scope.parent
    return False
