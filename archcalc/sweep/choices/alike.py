"""When two values are alike for everything that stands behind them, though other choices led there."""

from __future__ import annotations

from typing import Any

from archcalc.expand.scope import Binding
from archcalc.graph import Map, Module, Node
from archcalc.sweep.choices.names import Names
from archcalc.sweep.choices.table import ANY
from archcalc.sweep.choices.ways import Ways


class Alike:
    """Keys of values, equal for what nothing behind them can tell apart.

    Most steps ask for the shape of a map alone. Where some network uses a layer again, ties weights, or undoes a pool,
    a step `looks_closer`: at the layer that wrote the map, at its tensors, and at what it has read.
    """

    def __init__(self, *, looks_closer: bool, ways: Ways | None = None) -> None:
        self.looks_closer = looks_closer
        self.ways = ways

    def of_form(self, value: Any) -> Any:
        """The key of a map, or of what stands for one, that does not tell how many layers lie behind it."""
        return self._form(value) if isinstance(value, Map) else self.key(value)

    def key(self, value: Any) -> Any:
        """The key of a map, a binding, a number, a word, or a list of these."""
        if value is ANY or value is None:
            return value
        if isinstance(value, Map):
            return self._of_map(value)
        if isinstance(value, Binding):
            return "binding", self.key(value.value), id(value.step), self._of_inside(value.inside)
        if value.__class__ is tuple:
            return tuple([self.key(item) for item in value])
        return (value.__class__.__name__, value) if isinstance(value, (bool, str)) else value

    def _of_map(self, value: Map) -> Any:
        form = self._form(value)
        return form if self.ways is None else (form, self.ways.key(value))

    def _form(self, value: Map) -> Any:
        node = value.node
        if node is None or node.layer is None:
            return "map", value.outline, value.shape is None
        fits = node.is_constant and node.layer.fits_any_layout()
        made = self._of_node(node) if self.looks_closer else None
        return "map", value.outline, value.shape is None, node.is_constant, fits, made, value.port

    def _of_node(self, node: Node) -> Any:
        # Equal layers of one space are one object.
        read = tuple([one.outline for one in node.inputs])
        owner = node.shares or node.tied
        weights = node.facts.weights if node.facts is not None else None
        return id(node.layer), read, node.rounding, node.trainable, weights, owner is None

    def _of_inside(self, inside: Node | Module | None) -> Any:
        if isinstance(inside, Node) and self.looks_closer:
            return self._of_node(inside)
        if not isinstance(inside, Module):
            return type(inside).__name__
        if isinstance(inside.names, Names):
            return id(inside)
        return tuple([(name, self.key(binding)) for name, binding in inside.names.items()])
