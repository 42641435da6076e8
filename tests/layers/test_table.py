"""The table of layers is complete and true: every kind, word, synonym and field."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from random import Random
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError
from strategies.choices import chance, pick
from strategies.fields import Around, Named, random_fields

from archcalc.diagnostics.codes import language, shapes
from archcalc.diagnostics.model import Code
from archcalc.dims import symbol
from archcalc.layers.base import Layer, Layout, Shape, Site, Tap
from archcalc.layers.table import FAMILIES, KINDS, SYNONYMS, WORDS, layer_class, rounds

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


def listed(kind: str) -> list[str]:
    """The codes that a kind's docstring names."""
    reports = re.search(r"^Reports: (.+)$", inspect.cleandoc(layer_class(kind).__doc__ or ""), re.MULTILINE)
    return [] if reports is None else reports[1].split(", ")


@pytest.mark.parametrize("kind", KINDS)
def test_reported_codes_exist(kind: str) -> None:
    known = {code.id for room in (shapes, language) for code in vars(room).values() if isinstance(code, Code)}
    named = listed(kind)
    assert named == sorted(set(named))
    assert set(named) <= known


def drawn(rng: Random, kind: str, symbolic: bool) -> tuple[Layer, list[Shape]] | None:
    """A layer with any fields and any shapes for it to read; None where its fields do not fit each other."""
    sizes: tuple[Any, ...] = tuple(rng.randrange(1, 9) for _ in range(rng.randrange(1, 6)))
    layout: Layout = ("channels_first", "channels_last")[rng.randrange(2)]
    cls = layer_class(kind)
    around = Around(Shape(sizes, layout), (Named("other", Tap(Shape((4,), items=3))), Named("here", Tap(Shape(sizes)))))
    fields = {name: value.value for name, value in random_fields(rng, cls, around, leaning=chance(rng, 50)).items()}
    if symbolic:
        sizes = tuple(symbol("N") if chance(rng, 50) else size for size in sizes)
        name = pick(rng, [*cls.model_fields, "none"])
        fields |= {name: symbol("K")} if name in fields and type(fields[name]) is int else {}
    try:
        layer = cls(**fields)
    except ValidationError:
        return None
    shape = Shape(sizes, layout, pick(rng, (1, 1, 5)))
    if layer.inputs is not None:
        return layer, [shape] * layer.inputs
    others = [Shape((sizes[0], *(rng.randrange(1, 9) for _ in sizes[1:])), layout), shape, Shape(sizes[1:] or (3,))]
    return layer, [shape, pick(rng, others)][: rng.randrange(1, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_that_a_layer_emits_is_listed(kind: str) -> None:
    """Any fields on any shapes, under every policy."""
    rng = Random(kind)
    emitted = set()
    for turn in range(400):
        found = drawn(rng, kind, symbolic=turn % 4 == 0)
        if found is None:
            continue
        layer, inputs = found
        for rounding in ("exact", "floor", "ceil"):
            site = Site(rounding)
            layer.shapes(inputs, site)
            emitted |= {said.code.id for said in (*site.findings, *site.requirements)}
    assert emitted <= set(listed(kind)), "add these to `Reports:`"


def test_rounding_is_declared_where_it_acts() -> None:
    kinds = {kind for kind in KINDS if "rounding" in layer_class(kind).model_fields}
    assert rounds() == kinds | {layer_class(kind).family for kind in kinds}


@pytest.mark.parametrize("kind", ["flatten", "relu", "linear", "batch_norm", "dropout", "max_pool", "crop"])
def test_a_layer_does_not_import_convolutions(kind: str) -> None:
    code = (
        "import sys; from archcalc.layers.table import layer_class; "
        f"layer_class({kind!r}); sys.exit('archcalc.layers.convolution' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
