"""Spec data: a spec as plain dictionaries and lists, before it is text; and how a layer is written in it.

A step is a dictionary with its kind, `{"conv": [64, 3], "as": "stem"}`. What an expression is, and not a word or a
name, has the type `Formula`, so that it is told from text that a source gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from archcalc.layers.table import layer_class, layer_fields

Step: TypeAlias = "dict[str, Any]"
Steps: TypeAlias = "list[Step]"
Spec: TypeAlias = "dict[str, Any]"

MOST_IN_ORDER = 2
"""So many fields of a layer are written in their order; more are named."""


class Formula(str):
    """An expression of the language, or the name of a map, as a value of spec data."""

    __slots__ = ()


class MapName(Formula):
    """The name of a map, which stands for nothing before the map is made."""

    __slots__ = ()


class Head(str):
    """The head of a block, `unit(out, stride=1)`, with what is remarked behind it."""

    remark: str = ""

    def __new__(cls, text: str, remark: str = "") -> Head:
        """A head; `remark` is text for a comment."""
        head = super().__new__(cls, text)
        head.remark = remark
        return head


def given(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not at their defaults, in the order of the kind.

    >>> given("conv", {"kernel": 3, "out": 8, "groups": 1})
    {'out': 8, 'kernel': 3}
    """
    names = layer_fields(kind)[0]
    ordered = [name for name in names if name in fields] + [name for name in fields if name not in names]
    return {name: fields[name] for name in ordered if not is_default(kind, name, fields[name])}


def is_default(kind: str, name: str, value: Any) -> bool:
    """Whether a field has this value without being given.

    >>> is_default("conv", "bias", True), is_default("conv", "stride", True)
    (True, False)
    """
    field = layer_class(kind).model_fields.get(name)
    return field is not None and not field.is_required() and same(field.default, value)


def same(first: Any, second: Any) -> bool:
    """Whether two values are equal: true is not 1, and a list is equal to a tuple.

    >>> same([1, 2], (1, 2)), same(1, True), same(1, 1.0)
    (True, False, True)
    """
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)


def frozen(value: Any) -> Any:
    """A value that can be hashed, in which true is not 1."""
    if isinstance(value, dict):
        return tuple((key, frozen(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(frozen, value))
    return (type(value).__name__, value) if isinstance(value, (bool, float)) else value


def arguments(kind: str, fields: Mapping[str, Any]) -> Any:
    """What stands behind a kind: nothing, the value of its main field, values in their order, or named fields.

    >>> arguments("conv", {"out": 8, "kernel": 3}), arguments("linear", {"out": 10}), arguments("relu", {})
    ([8, 3], 10, None)
    """
    if not fields:
        return None
    cls = layer_class(kind)
    order = layer_fields(kind)[0]
    values = list(fields.values())
    if list(fields) == [cls.main] and (cls.main_is_list or not isinstance(values[0], (list, tuple))):
        return values[0]
    listed = any(isinstance(value, (list, tuple, dict)) for value in values)
    in_order = 1 < len(fields) <= MOST_IN_ORDER and list(fields) == order[: len(fields)]
    if in_order and _is_known_by_heart(kind, fields) and not (cls.main_is_list or listed):
        return values
    return dict(fields)


def _is_known_by_heart(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether people know the order of these fields: all must be given, or they are those of a window."""
    declared = layer_class(kind).model_fields
    return all(declared[name].is_required() for name in fields) or list(fields) == ["kernel", "stride"]


def layer_step(kind: str, fields: Mapping[str, Any], branches: list[Any] | None = None) -> Step:
    """The step of a layer; a merge has its branches.

    >>> layer_step("add", {}, ["here", "input"])
    {'add': ['here', 'input']}
    """
    own = given(kind, fields)
    if branches is None:
        return {kind: arguments(kind, own)}
    return {kind: {"branches": branches, **own} if own else branches}
