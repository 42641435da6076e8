"""What a class reads: the inputs of all its places in one order, and their names in `forward`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.export.torch import library
from archcalc.export.torch.lists import entries
from archcalc.export.torch.names import TAKEN, Names, variable
from archcalc.export.torch.namespace import Mismatch
from archcalc.export.torch.scopes import Scope, wire_of
from archcalc.export.torch.tensors import Bundle, Stream, Wire, wires_of
from archcalc.graph import Map, Module

Streams = list[Stream | None]
"""The inputs of a class at one place, None for one that this place has not."""


def aligned(scopes: Sequence[Scope]) -> list[Streams]:
    """The inputs of the places of a class in one order; what some places have not stands last. Raises: Mismatch."""
    longest = max(scopes, key=lambda scope: len(scope.inputs))
    if all(len(scope.inputs) == len(longest.inputs) for scope in scopes):
        found: list[Streams] = [list(scope.inputs) for scope in scopes]
    else:
        roles = [_roles(scope) for scope in scopes]
        order = list(_roles(longest))
        if any([role for role in order if role in known] != list(known) for known in roles):
            raise Mismatch("another number of inputs")
        order.sort(key=lambda role: any(role not in known for known in roles))
        found = [[known.get(role) for role in order] for known in roles]
    for column in zip(*found, strict=True):
        if len({type(stream) for stream in column if stream is not None}) > 1:
            raise Mismatch("a list is read as one tensor")
    return found


def names_of(scopes: Sequence[Scope], given: Sequence[Streams]) -> list[str]:
    """Names for what `forward` reads: `x` is what flows in; the others have the names that the spec gives them."""
    names = Names({*TAKEN, "out", *library.names()})
    first, reading = scopes[0], given[0]
    if first.parent is None and len(reading) > 1:
        return [names.new(variable(wire.node.label, "x")) for one in reading if one for wire in wires_of(one)]
    found: list[str] = []
    for index, column in enumerate(zip(*given, strict=True)):
        scope, stream = next((scope, one) for scope, one in zip(scopes, column, strict=True) if one is not None)
        variables = scope.module.arguments.variables if scope.module.arguments is not None else {}
        own = {entries(value) or id(value): text for text, value in variables.items()}
        if isinstance(stream, Bundle):
            found.append(names.new(variable(own.get(stream, "maps"), "maps")))
        elif index == 0 and (scope.parent is None or _is_entry(scope, stream)):
            found.append(names.new("x"))
        elif stream.what == "indices":
            found.append(names.new("indices"))
        else:
            text = own.get(id(stream.node.outputs[stream.port])) or _word(scope, stream)
            found.append(names.new(variable(text, "y")))
    return found


def _word(scope: Scope, wire: Wire) -> str:
    """A word for a tensor from outside: the outermost scope that gives it alone, or that makes it, or its layer."""
    around = {id(module) for module in _modules(scope.module)}
    makers = [module for module in reversed([*_modules(wire.node.module.home)]) if id(module) not in around]
    alone = _giving(scope, wire)
    labels = [module.label for module in makers if id(module) in alone] or [module.label for module in makers]
    for label in [*(label.rpartition(".")[2] for label in labels), *labels, wire.node.label]:
        if (word := label.rstrip("0123456789").rstrip("_")).isidentifier():
            return word
    return wire.node.kind


def _giving(scope: Scope, wire: Wire) -> set[int]:
    """The scopes that give a tensor and nothing else, by their modules."""
    while scope.parent is not None:
        scope = scope.parent
    around = {id(module) for module in _modules(wire.node.module.home)}
    found: set[int] = set()
    inside: Scope | None = scope
    while inside is not None:
        inside = next((one for one in inside.items if isinstance(one, Scope) and id(one.module) in around), None)
        if inside is not None and inside.outputs == [wire]:
            found.add(id(inside.module))
    return found


def _modules(module: Module | None) -> Iterator[Module]:
    """A scope of the graph and all around it."""
    while module is not None:
        yield module
        module = module.parent


def _is_entry(scope: Scope, wire: Wire) -> bool:
    entry = scope.module.entry
    return isinstance(entry, Map) and entry.node is not None and wire_of(entry) == wire


def _roles(scope: Scope) -> dict[Any, Stream]:
    """The inputs of a scope, each by what it is there: what flows in, an argument, or what a step inside reads."""
    found: dict[Any, Stream] = {}
    for stream in scope.inputs:
        role = next(_told(scope, stream), None)
        if role is None or role in found:
            raise Mismatch("another number of inputs")
        found[role] = stream
    return found


def _told(scope: Scope, stream: Stream) -> Iterator[Any]:
    variables = scope.module.arguments.variables if scope.module.arguments is not None else {}
    for text, value in (("", scope.module.entry), *variables.items()):
        if stream == entries(value) or (isinstance(value, Map) and value.node and stream == wire_of(value)):
            yield text
    for leaf in scope.leaves():
        if stream in leaf.wires:
            yield id(leaf.node.step.origin), leaf.wires.index(stream)
