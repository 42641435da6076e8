"""When two values are alike for everything that stands behind them, though other choices led there."""

from __future__ import annotations

from typing import Any

from archcalc.expand.scope import Binding
from archcalc.graph import Map, Module, Node
from archcalc.sweep.choices.names import Names
from archcalc.sweep.choices.table import ANY


def key(value: Any) -> Any:
    """Equal for what nothing behind it can tell apart."""
    if value is ANY or value is None:
        return value
    if isinstance(value, Map):
        return map_key(value)
    if isinstance(value, Binding):
        return "binding", key(value.value), id(value.step), _inside_key(value.inside)
    if value.__class__ is tuple:
        return tuple([key(item) for item in value])
    return (value.__class__.__name__, value) if isinstance(value, (bool, str)) else value


def map_key(value: Any) -> Any:
    """Equal for maps of the same shape that are read in the same way."""
    if value is ANY or value is None:
        return value
    is_constant = value.node is not None and value.node.is_constant
    fits = is_constant and value.node.layer is not None and value.node.layer.fits_any_layout()
    return "map", value.outline, value.shape is None, is_constant, fits


def _inside_key(inside: Node | Module | None) -> Any:
    if not isinstance(inside, Module):
        return type(inside).__name__
    if isinstance(inside.names, Names):
        return id(inside)
    return tuple([(name, key(binding)) for name, binding in inside.names.items()])


def inputs_key(value: Any) -> Any:
    """Equal for what flows into networks alike."""
    return value if value is ANY else tuple([map_key(one) if isinstance(one, Map) else one for one in value])
