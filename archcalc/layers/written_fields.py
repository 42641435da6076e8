"""Types of fields that a spec writes otherwise than by an expression: texts, and maps from names to values."""

import re
from ast import literal_eval
from collections.abc import Callable, Mapping
from fractions import Fraction
from keyword import iskeyword
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from archcalc.dims import Dim, Polynomial
from archcalc.layers.fields import POSITIVES, Spelled, is_list, shape_of, shown

NULL = "null"
"""The word for nothing, where arguments of Python are written."""

_IMPORT_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*", re.ASCII)
_TENSOR = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"takes words, not {shown(value) if value else 'nothing'}")
    return str(value)


def _import_path(value: object) -> str:
    text = _text(value)
    if not _IMPORT_PATH.fullmatch(text) or any(map(iskeyword, re.split("[.:]", text))):
        raise ValueError(f"takes the place of a class, as in package.module:Class, not {text}")
    return text


def _named(value: object, check: Callable[[object], Any], is_name: Callable[[str], object]) -> Any:
    """Pairs of a name and a value, from a map or from such pairs."""
    pairs: Any = list(value.items()) if isinstance(value, Mapping) else value
    if not is_list(pairs) or not all(is_list(pair) and len(pair) == 2 for pair in pairs):
        raise ValueError(f"takes a map from names to values, not {shown(value)}")
    for name, _ in pairs:
        if not isinstance(name, str) or not is_name(name):
            raise ValueError(f"has `{name}`, which can be no name")
    return tuple([(str(name), check(item)) for name, item in pairs])


def _shapes(value: object) -> Any:
    return _named(value, shape_of, _TENSOR.fullmatch)


def _arguments(value: object) -> Any:
    return _named(value, _of_python, lambda name: name.isidentifier() and not iskeyword(name))


def _of_python(value: object) -> Any:
    if is_list(value):
        return tuple(map(_of_python, value))
    if isinstance(value, str):
        # A word of the spec stands for itself, and a text in quotes for what is in them.
        return literal_eval(value) if value[:1] in ("'", '"') else None if value == NULL else str(value)
    if value is None or isinstance(value, (int, float, Fraction, Polynomial)):
        return value
    raise ValueError(f"takes numbers, words, true, false, null and lists of them, not {shown(value)}")


_OBJECT: dict[str, Any] = {"type": "object"}
_SHAPE: dict[str, Any] = {"type": "array", "items": {"type": "integer", "minimum": 1}}

if TYPE_CHECKING:
    _Text = str
    _Shapes = tuple[tuple[str, tuple[Dim, ...]], ...]
    _Values = tuple[tuple[str, Any], ...]
else:
    _Text = _Shapes = _Values = Any

Text = Annotated[_Text, PlainValidator(_text), WithJsonSchema({"type": "string"}), Spelled("text")]
"""Words that stand for themselves."""
ImportPath = Annotated[_Text, PlainValidator(_import_path), WithJsonSchema({"type": "string"}), Spelled("text")]
"""Where Python finds a class, or a function that makes a module: package.module:Class."""
NamedShapes = Annotated[
    _Shapes,
    PlainValidator(_shapes),
    WithJsonSchema({**_OBJECT, "additionalProperties": _SHAPE}),
    Spelled("named"),
    POSITIVES,
]
"""A map from names of tensors to their shapes."""
NamedValues = Annotated[_Values, PlainValidator(_arguments), WithJsonSchema(_OBJECT), Spelled("arguments")]
"""A map from names of arguments in Python to their values."""
