"""The skeleton of a spec: the scopes of a record as the spec will have them, with labels that the language takes.

The tree of modules is the skeleton, not the graph. A list of modules that is called past (`blocks.2` below `blocks`)
becomes a scope of its own; a module that holds one tensor-bearing layer alone is that layer; a module that holds no
tensor at all is left out, and one that runs again is applied again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from archcalc.importing.record import Layer, Plain, Record, Scope, Value
from archcalc.importing.structure.labels import Labels, legal
from archcalc.importing.structure.runs import Runs
from archcalc.layers.table import layer_class

DEEPEST = 24
"""Scopes nest so far; what is deeper stands in the scope around it, under a path."""


@dataclass(eq=False)
class Leaf:
    """A layer at its place."""

    layer: Layer
    label: str | None
    hint: str | None = None
    """The name that the source has for it, where the spec needs none."""
    is_deep: bool = False
    """Whether its label is a path through scopes that the spec does not have."""

    @property
    def has_tensors(self) -> bool:
        """Whether its label is part of the name of a tensor."""
        return bool(self.layer.tensors)

    @property
    def layers(self) -> list[Layer]:
        """The layer."""
        return [self.layer]


@dataclass(eq=False)
class Again:
    """A scope that runs once more, with all its tensors."""

    target: Place
    layers: list[Layer]
    label: str | None
    hint: str | None = None
    has_tensors = False


@dataclass(eq=False)
class Place:
    """A scope as the spec will have it, with the layers in it, in the order in which they ran."""

    label: str | None
    class_name: str = ""
    arguments: dict[str, Plain] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    parent: Place | None = None
    hint: str | None = None

    @property
    def layers(self) -> list[Layer]:
        """All layers in it."""
        return [layer for item in self.items for layer in item.layers]

    @property
    def has_tensors(self) -> bool:
        """Whether its label is part of the name of a tensor."""
        return any(item.has_tensors for item in self.items)

    @property
    def outward(self) -> Iterator[Place]:
        """It and the places around it."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.parent


Item: TypeAlias = "Leaf | Place | Again"


def tree(record: Record) -> Place:
    """The scopes of a record, beginning with the network."""
    root = _Planter(record).place(record.root, 0)
    _settle(root)
    return root


class _Planter:
    """Turns scopes into places, and knows which ran before."""

    def __init__(self, record: Record) -> None:
        self.first: dict[str, Place] = {}
        self.runs = Runs(record)

    def place(self, scope: Scope, depth: int) -> Place:
        place = Place(scope.name, scope.class_name, scope.arguments, [], scope.inputs, scope.outputs)
        for item in scope.items:
            place.items += self._layer(item) if isinstance(item, Layer) else self._scope(item, depth + 1)
        place.items = gathered(place.items)
        return place

    def _layer(self, layer: Layer) -> list[Item]:
        return [Leaf(layer, layer.label)]

    def _scope(self, scope: Scope, depth: int) -> list[Item]:
        known = self.first.get(scope.path)
        layers = list(scope.layers())
        if not layers:
            return []
        if known is not None and self.runs.are_equal(known.layers, layers):
            return [Again(known, layers, scope.name)]
        if depth > DEEPEST:
            return [Leaf(layer, deep_label(scope, inner, layer), is_deep=True) for inner, layer in with_scopes(scope)]
        inner = self.place(scope, depth)
        self.first.setdefault(scope.path, inner)
        return [*_in_front(inner), *_dissolved(inner)]


def with_scopes(scope: Scope) -> list[tuple[Scope, Layer]]:
    """All layers in a scope, each with the one that it stands in, however deep that is."""
    found: list[tuple[Scope, Layer]] = []
    waiting: list[tuple[Scope, Scope | Layer]] = [(scope, item) for item in reversed(scope.items)]
    while waiting:
        around, item = waiting.pop()
        if isinstance(item, Layer):
            found.append((around, item))
        else:
            waiting += [(item, inner) for inner in reversed(item.items)]
    return found


def deep_label(outer: Scope, inner: Scope, layer: Layer) -> str:
    """The label of a layer in front of whose scope stand scopes that the spec leaves out."""
    path = inner.path[len(outer.path) - len(outer.name) :]
    return ".".join(filter(None, (path, layer.label)))


def _in_front(place: Place) -> list[Item]:
    """A merge of maps from outside, first in a scope that reads them for nothing else, stands in front of it."""
    found: list[Item] = []
    while len(place.items) > 1 and isinstance(first := place.items[0], Leaf) and _is_of_outside(first, place):
        found.append(place.items.pop(0))
    return found


def _is_of_outside(first: Leaf, place: Place) -> bool:
    inputs = first.layer.inputs
    if (
        len(inputs) < 2 or first.has_tensors or first.layer.maps or not layer_class(first.layer.kind).is_merge
    ):  # one map is no merge
        return False
    layers = place.layers
    if any(value.maker in layers for value in inputs):
        return False
    return not any(value in inputs for layer in layers[1:] for value in layer.reads)


def _dissolved(place: Place) -> list[Item]:
    """What a scope becomes: itself, or what is in it where it says nothing."""
    owners = [item for item in place.items if item.has_tensors]
    if not owners and all(isinstance(item, Leaf) for item in place.items):
        return _renamed(place, place.items[0] if len(place.items) == 1 else None)
    if len(owners) == 1 and isinstance(owners[0], Leaf) and not owners[0].label:
        return _renamed(place, owners[0])
    return [place]


def _renamed(place: Place, main: Item | None) -> list[Item]:
    """The layers of a scope as those of the scope around it: one of them has its label."""
    for item in place.items:
        item.label = place.label if item is main else None
    return place.items


def gathered(items: list[Item]) -> list[Item]:
    """Items below a list of modules, `blocks.0` and `blocks.1`, in a scope of its own, where they are neighbours."""
    members: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        if _is_member(item):
            members.setdefault((item.label or "").partition(".")[0], []).append(index)
    taken = {item.label for item in items if item.label and "." not in item.label}
    found: list[Item] = []
    end = 0
    for index, item in enumerate(items):
        head = item.label.partition(".")[0] if item.label and _is_member(item) else None
        if index < end:
            continue
        if head is None or head in taken or not _are_neighbours(items, members[head]):
            found.append(item)
            continue
        end = members[head][-1] + 1
        found.append(_container(head, items[index:end]))
    return found


def _is_member(item: Item) -> bool:
    """Whether an item stands in a list of modules that is called past."""
    return bool(item.label and "." in item.label) and not (isinstance(item, Leaf) and item.is_deep)


def _are_neighbours(items: list[Item], indices: list[int]) -> bool:
    """Whether only items without a name of their own stand between these."""
    between = set(range(indices[0], indices[-1] + 1)) - set(indices)
    return not any(items[index].has_tensors or isinstance(items[index], Again) for index in between)


def _container(head: str, items: list[Item]) -> Place:
    for item in items:
        if item.label and item.label.startswith(f"{head}."):
            item.label = item.label[len(head) + 1 :]
        else:
            item.label = None
    return Place(head, items=gathered(items))


def _settle(place: Place) -> None:
    """Give every item a label that the language takes, or none where it needs none; and every scope its parent."""
    for item in place.items:
        if isinstance(item, Place):
            item.parent = place
            _settle(item)
    names = Labels()
    for item in place.items:
        item.hint = item.label
        item.label = names.new(legal(item.label or _kind(item))) if item.has_tensors else None


def _kind(item: Item) -> str:
    return item.layer.kind if isinstance(item, Leaf) else "part"
