"""The codes that the rules of a layer can report, read from their source: `shapes`, and all that it calls."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from archcalc.diagnostics.model import Code
from archcalc.layers.base import Layer
from archcalc.layers.window import Window, Windows

HELPERS = (Window, Windows)
"""Values of rules that have rules of their own."""


def reported(cls: type[Layer]) -> set[str]:
    """The codes that `cls.shapes` mentions, or a function or method that it mentions, and so on."""
    found: set[str] = set()
    waiting: list[FunctionType] = [_function(cls, "shapes")]
    seen: set[FunctionType] = set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for value in _mentioned(function, cls):
            if isinstance(value, Code):
                found.add(value.id)
            elif isinstance(value, FunctionType) and (value.__module__ == cls.__module__ or _is_of_layers(value)):
                waiting.append(value)
    return found


def _is_of_layers(function: FunctionType) -> bool:
    return function.__module__.startswith("archcalc.layers.")


def _mentioned(function: FunctionType, cls: type[Layer]) -> Iterator[Any]:
    """What the names in a function stand for, with `self` as a layer of the class."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            yield function.__globals__.get(node.id)
        elif isinstance(node, ast.Attribute):
            yield from _attribute(node, function, cls)


def _attribute(node: ast.Attribute, function: FunctionType, cls: type[Layer]) -> Iterator[Any]:
    owner = node.value
    if isinstance(owner, ast.Name) and owner.id == "self":
        yield _function(cls, node.attr)
    elif isinstance(owner, ast.Name) and isinstance(module := function.__globals__.get(owner.id), ModuleType):
        yield getattr(module, node.attr)
    elif isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super":
        home = next(one for one in cls.__mro__ if function in vars(one).values())
        yield next(vars(one)[node.attr] for one in cls.__mro__[cls.__mro__.index(home) + 1 :] if node.attr in vars(one))
    else:
        yield from (vars(helper).get(node.attr) for helper in HELPERS)


def _function(cls: type[Layer], name: str) -> Any:
    """A method as it is written; None for a field."""
    return next((vars(one)[name] for one in cls.__mro__ if name in vars(one)), None)
