"""The table of layers is complete and true: every kind, word, synonym and field."""

from __future__ import annotations

import inspect
import re
from typing import Any, Literal, get_args, get_origin

import pytest

from archcalc.layers.base import Layer
from archcalc.layers.table import FAMILIES, KINDS, SYNONYMS, WORDS, layer_class

WIRING = {"apply", "use", "fork"}


def _literals(annotation: Any) -> set[str]:
    """The words of all `Literal` types inside a type."""
    if get_origin(annotation) is Literal:
        return {word for word in get_args(annotation) if isinstance(word, str)}
    return {word for part in get_args(annotation) for word in _literals(part)}


@pytest.mark.parametrize("kind", KINDS)
def test_class(kind: str) -> None:
    cls = layer_class(kind)
    assert issubclass(cls, Layer)
    assert cls.kind == kind
    assert cls.family in FAMILIES
    assert layer_class(kind) is cls
    assert cls.main is None or cls.main in cls.model_fields
    assert not cls.main_is_list or cls.main is not None
    assert cls.shapes is not Layer.shapes


@pytest.mark.parametrize("kind", KINDS)
def test_documentation(kind: str) -> None:
    cls = layer_class(kind)
    assert vars(cls).get("__doc__"), "a docstring of its own, not its parent's"
    text = inspect.cleandoc(cls.__doc__ or "")
    first, _, rest = text.partition("\n")
    assert first.endswith("."), "the first line is one sentence"
    assert not rest or rest.startswith("\n"), "an empty line follows it"
    for heading in ("Shape:", "Cost:"):
        assert re.search(rf"^{heading} \S", text, re.MULTILINE), heading
    module = inspect.getmodule(cls)
    assert module is not None
    assert module.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_reported_codes_exist(kind: str) -> None:
    from archcalc.diagnostics.codes import shapes as codes
    from archcalc.diagnostics.model import Code

    known = {code.id for code in vars(codes).values() if isinstance(code, Code)}
    reports = re.search(r"^Reports: (.+)$", inspect.cleandoc(layer_class(kind).__doc__ or ""), re.MULTILINE)
    if reports is not None:
        named = reports[1].split(", ")
        assert named == sorted(set(named))
        assert set(named) <= known


@pytest.mark.parametrize("kind", KINDS)
def test_schema(kind: str) -> None:
    cls = layer_class(kind)
    schema = cls.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema.get("properties", {})) == set(cls.model_fields)
    for name, field in cls.model_fields.items():
        if not field.is_required():
            assert "default" in schema["properties"][name], f"the default of {name} is not shown"


def test_words_are_those_that_fields_take() -> None:
    words = {"same", "valid"}
    for kind in KINDS:
        for field in layer_class(kind).model_fields.values():
            words |= _literals(field.annotation)
    assert set(WORDS) == words


def test_synonyms_lead_to_kinds_that_exist() -> None:
    assert {target for target in SYNONYMS.values() if target not in KINDS} <= WIRING
    assert not set(SYNONYMS) & set(KINDS), "a kind needs no synonym of its own name"


def test_families_are_all_used() -> None:
    assert {layer_class(kind).family for kind in KINDS} == set(FAMILIES)


def test_a_kind_that_is_not_in_the_table() -> None:
    with pytest.raises(KeyError):
        layer_class("no_such_kind")


def test_classes_are_not_listed_twice() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
