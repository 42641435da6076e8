"""The schema of the language, asked along the keys that lead to a place: which keys and which words stand there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]


@cache
def _whole() -> Schema:
    found: Schema = json.loads(files("archcalc").joinpath("schema.json").read_text(encoding="utf-8"))
    return found


def at(path: Iterable[str | int]) -> list[Schema]:
    """The alternatives for what stands behind these keys; none behind a key that the language does not have.

    >>> [schema["description"] for schema in at(("layers", 0, "conv", "stride")) if "description" in schema]
    ['Step of the window: one number for all axes, or one per axis.']
    """
    found = list(_alternatives(_whole()))
    for part in path:
        inner = [schema for outer in found for schema in _inside(outer, part)]
        found = [one for schema in inner for one in _alternatives(schema)]
    return found


def keys(schemas: Iterable[Schema]) -> dict[str, Schema]:
    """The keys of the maps among the alternatives, with what stands behind them."""
    found: dict[str, Schema] = {}
    for schema in schemas:
        for key, inner in schema.get("properties", {}).items():
            found.setdefault(key, inner)
    return found


def words(schemas: Iterable[Schema]) -> dict[str, str]:
    """The words among the alternatives, with what each means where the schema says it."""
    found: dict[str, str] = {}
    for schema in schemas:
        listed = [*schema.get("enum", ()), *schema.get("examples", ())]
        if "const" in schema:
            listed.append(schema["const"])
        for word in listed:
            found.setdefault(str(word), schema.get("description", "") if "const" in schema else "")
        if "boolean" in (schema.get("type") or ()):
            found |= dict.fromkeys(("true", "false"), "")
    return found


def _alternatives(schema: Schema) -> Iterator[Schema]:
    """The schema without references and choices; what is said beside a choice is an alternative, too."""
    yield {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "allOf")}
    if "$ref" in schema:
        yield from _alternatives(_whole()["$defs"][schema["$ref"].rpartition("/")[2]])
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _alternatives(inner)


def _inside(schema: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        items = schema.get("items")
        if isinstance(items, dict):
            yield items
    elif part in schema.get("properties", {}):
        yield schema["properties"][part]
    elif isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"]
