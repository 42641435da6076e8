"""The table of layers is complete and true: every kind, word, synonym and field."""

from __future__ import annotations

import inspect
import re
from random import Random
from typing import Any, Literal, get_args, get_origin

import pytest
from layers.reported import reported
from strategies.choices import chance, pick
from strategies.fields import Around, Named, random_fields

from archcalc.dims import symbol
from archcalc.layers.base import Layer, Tap
from archcalc.layers.construction import WrongFields
from archcalc.layers.shape import Layout, Shape
from archcalc.layers.site import Site
from archcalc.layers.table import KINDS, layer_class

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
    except WrongFields:
        return None
    shape = Shape(sizes, layout, pick(rng, (1, 1, 5)))
    if layer.inputs is not None:
        return layer, [shape] * layer.inputs
    others = [Shape((sizes[0], *(rng.randrange(1, 9) for _ in sizes[1:])), layout), shape, Shape(sizes[1:] or (3,))]
    return layer, [shape, pick(rng, others)][: rng.randrange(1, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_layers_emit_what_their_source_mentions(kind: str) -> None:
    """Any fields on any shapes, under every policy; the docstring lists what the source mentions."""
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
    assert emitted <= reported(layer_class(kind))
