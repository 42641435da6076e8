"""The fields of layers in few words: `3×3`, `stride 2, padding 1`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archcalc.dims import Dim
from archcalc.graph import Node
from archcalc.layers.base import Layer, Tap
from archcalc.layers.fields import spelling
from archcalc.tally import is_stated

LONGEST = 16
"""A value of more characters, such as a table of connections, is not written out."""


def kernel(node: Node) -> str:
    """The kernel over all axes, `3×3`; nothing for layers without one, and for one axis, where it is a setting."""
    value = getattr(node.layer, "kernel", None)
    sides = value if isinstance(value, tuple) else (value,) * _rank(node)
    return "" if value is None or len(sides) < 2 else "×".join(map(str, sides))


def filters(node: Node) -> Dim | None:
    """The channels or features that a layer makes: of those that can be told how many."""
    layer, shape = node.layer, node.outputs[0].outline
    if layer is None or shape is None or not ("out" in type(layer).model_fields or layer.family == "conv"):
        return None
    return shape.channels


def settings(copies: Sequence[Node]) -> str:
    """The fields that are given and say more than the shapes do.

    Where copies differ, their values follow each other: `dilation 1, 2, 4`.
    """
    given = [_given(node) for node in copies]
    found: list[str] = []
    for name in dict.fromkeys(name for names in given for name in names):
        layers = [node.layer for node in copies if node.layer is not None]
        found.append(_listed(name, list(dict.fromkeys(_text(getattr(layer, name)) for layer in layers))))
    return ", ".join(found)


def _given(node: Node) -> list[str]:
    layer = node.layer
    if layer is None:
        return []
    fields = type(layer).model_fields
    # Texts and tables are for readers of the spec.
    told = [name for name in fields if name in layer.model_fields_set and spelling(type(layer), name) is None]
    given = [name for name in told if not (name == "kernel" and kernel(node))]
    return [name for name in given if _is_informative(node, getattr(layer, name), fields[name].default)]


def _is_informative(node: Node, value: Any, default: Any) -> bool:
    """Whether a value is worth its room: not the default, no map (there is an edge), no axis of the output.

    Products that a layer states stand in its box as those of every layer do.
    """
    shape = node.outputs[0].outline
    known: tuple[Any, ...] = () if shape is None else (shape.channels, shape.sizes)
    if is_stated(node) and node.facts is not None:
        known = (*known, node.facts.multiplications)
    is_known = not isinstance(value, bool) and value in known
    return value is not None and value != default and not isinstance(value, Tap) and not is_known


def _listed(name: str, texts: list[str]) -> str:
    """The field with its value, or the values of its copies: all of a few, the first and the last of many."""
    words = name.replace("_", " ")
    if texts in (["true"], ["false"]):
        return words if texts == ["true"] else f"no {words}"
    if any(len(text) > LONGEST for text in texts):
        return words
    return f"{words} {', '.join(texts) if len(texts) < 4 else f'{texts[0]} … {texts[-1]}'}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return _text(value[0]) if len(value) == 1 else f"({', '.join(_text(item) for item in value)})"
    if isinstance(value, Layer):
        return value.kind
    if isinstance(value, (float, Fraction)):
        return f"{float(value):g}"
    return str(value)


def _rank(node: Node) -> int:
    shape = node.inputs[0].outline if node.inputs else None
    return len(shape.spatial) if shape is not None else 2
