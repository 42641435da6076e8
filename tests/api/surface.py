"""The public interface as it stands: names, fields, methods and what these take, give and raise."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import archcalc

OPERATORS = ("and", "add", "contains", "getitem", "iter", "len", "mul", "neg", "or", "sub")
"""Operators whose types are part of the interface."""


def public() -> dict[str, Any]:
    """Everything in `archcalc.__all__` but the version."""
    return {name: getattr(archcalc, name) for name in archcalc.__all__ if not name.startswith("_")}


def members(cls: type) -> Iterator[tuple[str, FunctionType]]:
    """The public methods, properties and operators of a class, those of its inner bases first."""
    for name, value in own(cls).items():
        function = inspect.unwrap(_function(value)) if _function(value) else None
        is_shown = not name.startswith("_") or name.strip("_") in OPERATORS
        if is_shown and isinstance(function, FunctionType) and function.__module__.startswith("archcalc"):
            yield name, function


def own(cls: type) -> dict[str, Any]:
    """What stands in a class and in the bases that archcalc has given it, which are no part of the interface."""
    bases = [base for base in reversed(cls.__mro__) if base.__module__.startswith("archcalc")]
    return {
        name: value
        for base in bases
        if base not in public().values() or base is cls
        for name, value in vars(base).items()
    }


def _function(value: Any) -> Any:
    for attribute in ("__func__", "fget", "func"):
        if hasattr(value, attribute):
            return getattr(value, attribute)
    return value if isinstance(value, FunctionType) else None


def hints(thing: Any) -> dict[str, Any]:
    """The types of a function or of the fields of a class, those included that are imported for a type checker only."""
    modules = [sys.modules[base.__module__] for base in getattr(thing, "__mro__", (thing,))]
    known = {**vars(typing)}
    for module in reversed([one for one in modules if one.__name__.startswith("archcalc")]):
        known |= {**_for_types(module), **vars(module)}
    return typing.get_type_hints(thing, known)


@cache
def _for_types(module: ModuleType) -> dict[str, Any]:
    """What a module imports for its types only."""
    found: dict[str, Any] = {}
    tree = ast.parse(inspect.getsource(module))
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            exec(ast.unparse(ast.Module(node.body, [])), found)
    return found


def named(hint: Any) -> Iterator[Any]:
    """All types that a type is made of."""
    yield hint
    for part in typing.get_args(hint):
        yield from named(part)


def raised(function: Any) -> set[str]:
    """The errors that the `Raises:` of a docstring names."""
    _, found, told = (inspect.getdoc(function) or "").partition("Raises:")
    sentence = told.split("\n\n")[0] if found else ""
    known = {*vars(builtins), *_errors()}
    return {word for word in re.findall(r"[A-Z]\w+", sentence) if word in known or word.removesuffix("s") in known}


@cache
def _errors() -> set[str]:
    """The names of all exceptions of archcalc."""
    texts = [path.read_text(encoding="utf-8") for path in Path(archcalc.__file__).parent.rglob("*.py")]
    return {name for text in texts for name in re.findall(r"^class (\w+)\(\w*(?:Error|Exception)\)", text, re.M)}


def lines() -> Iterator[str]:
    """The whole interface as text, a line for each thing."""
    for name, thing in public().items():
        if isinstance(thing, type):
            yield f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})"
            yield from (f"    {line}" for line in _class(thing))
        else:
            yield f"{name}{_signature(thing)}"


def _class(cls: type) -> Iterator[str]:
    fields = own(cls).get("__dataclass_fields__") or inspect.get_annotations(cls)
    for field, hint in fields.items():
        if not field.startswith("_"):
            yield f"{field}: {_text(getattr(hint, 'type', hint))}"
    for name, function in members(cls):
        value = own(cls)[name]
        is_callable = isinstance(value, FunctionType | classmethod | staticmethod)
        yield f"{name}{_signature(function)}" if is_callable else f"{name}: {_text(function.__annotations__['return'])}"


class _Text:
    """A type as it is written."""

    def __init__(self, hint: Any) -> None:
        self._hint = _text(hint)

    def __repr__(self) -> str:
        return self._hint


def _text(hint: Any) -> str:
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__
    text = hint if isinstance(hint, str) else inspect.formatannotation(hint)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)


def _signature(function: FunctionType) -> str:
    found = inspect.signature(function)
    parameters = [
        one if one.annotation is one.empty else one.replace(annotation=_Text(one.annotation))
        for one in found.parameters.values()
    ]
    return str(found.replace(parameters=parameters, return_annotation=_Text(found.return_annotation)))
