"""Takes out of a record what an author would not have written: layers that nobody reads, scopes of one layer."""

from __future__ import annotations

from archcalc.importing.record import Layer, Record, Scope

MOST_FREE = 3
"""A scope without tensors is a scope of its own if it has more layers than this."""


def tidy(record: Record) -> None:
    """Drop what nobody reads, then dissolve scopes that are one layer."""
    _drop_unread(record)
    _dissolve(record.root)


def _drop_unread(record: Record) -> None:
    """Layers without tensors whose maps go nowhere; what they alone have read goes with them."""
    read = {id(value) for value in record.outputs}
    kept: set[int] = set()
    for layer in reversed(list(record.layers())):
        if layer.tensors or any(id(output) in read for output in layer.outputs):
            kept.add(id(layer))
            read.update(id(value) for value in layer.reads)
    _keep(record.root, kept)


def _keep(scope: Scope, kept: set[int]) -> None:
    for item in scope.items:
        if isinstance(item, Scope):
            _keep(item, kept)
    scope.items = [item for item in scope.items if (item.items if isinstance(item, Scope) else id(item) in kept)]


def _dissolve(scope: Scope) -> None:
    """The layers of inner scopes that are one layer with a name, or a few without tensors, go to the scope itself."""
    items: list[Scope | Layer] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _dissolve(item)
            items += _dissolved(item)
        else:
            items.append(item)
    scope.items = items


def _dissolved(scope: Scope) -> list[Scope | Layer]:
    layers = [item for item in scope.items if isinstance(item, Layer)]
    if len(layers) < len(scope.items):
        return [scope]
    named = [layer for layer in layers if layer.tensors or layer.kind == "opaque"]
    if len(named) == 1 and named[0].label == "":
        return [*_relabelled(layers, named[0], scope.name)]
    if not named and len(layers) <= MOST_FREE:
        return [*_relabelled(layers, layers[0] if len(layers) == 1 else None, scope.name)]
    return [scope]


def _relabelled(layers: list[Layer], main: Layer | None, name: str) -> list[Layer]:
    """The one layer that is the module has its name; what stands around it has none."""
    for layer in layers:
        layer.label = name if layer is main else None
    return layers
