"""Whatever is checked, there is a sound report: for generated networks, for damaged ones, and for any text."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import pytest
import yaml
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from strategies.fields import Around, field_type, random_fields
from strategies.hypothesis_strategies import damaged_specs, rngs, specs
from strategies.mutations import damaged
from strategies.specs import random_spec

import archcalc
from archcalc.api.architecture import Architecture
from archcalc.layers.construction import WrongFields
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site
from archcalc.layers.table import KINDS, layer_class
from properties.judges import every_report, sound, summary


def as_yaml(data: Any, rng: Random) -> str:
    """The same data as YAML, in block style, in flow style or in both."""
    style = (False, None, True)[rng.randrange(3)]
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=style, width=10**6))


@cache
def validator() -> Any:
    """The shipped schema, made ready once: jsonschema's own `validate` checks the whole schema each time."""
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(json.loads(files("archcalc").joinpath("schema.json").read_text("utf-8")))


@given(specs())
@examples(150)
def test_generated_specs(data: dict[str, Any]) -> None:
    for report in every_report(archcalc.load(data)):
        sound(report)


@given(specs())
@examples(60)
def test_two_checks_are_equal(data: dict[str, Any]) -> None:
    once = every_report(archcalc.load(data))
    again = every_report(archcalc.load(data))
    assert [report.to_json() for report in once] == [report.to_json() for report in again]
    assert [report.to_text() for report in once] == [report.to_text() for report in again]
    assert [report.layers for report in once] == [report.layers for report in again]


@given(specs(), rngs())
@examples(100)
def test_one_network_in_three_notations(data: dict[str, Any], rng: Random) -> None:
    reports = [summary(report) for report in every_report(archcalc.load(data))]
    for text in (json.dumps(data), json.dumps(data, indent=1), as_yaml(data, rng)):
        assert [summary(report) for report in every_report(Architecture.from_text(text))] == reports, text


@given(specs())
@examples(60)
def test_legal_specs_fit_the_schema(data: dict[str, Any]) -> None:
    if all(report.ok for report in every_report(archcalc.load(data))):
        validator().validate(data)


@given(damaged_specs())
@examples(250)
def test_damaged_specs(data: Any) -> None:
    if isinstance(data, dict) and all(isinstance(key, str) for key in data):
        for report in every_report(archcalc.load(data)):
            sound(report)
    for report in every_report(Architecture.from_text(json.dumps(data), "damaged.json")):
        sound(report)


@given(rngs())
@examples(200)
def test_damaged_text(rng: Random) -> None:
    text = as_yaml(random_spec(rng), rng)
    for _ in range(rng.randrange(1, 4)):
        text = damaged(rng, text)
    for report in every_report(Architecture.from_text(text)):
        sound(report)


@given(st.text() | st.text(alphabet="[]{}:,-#&*!|>'\"%@` \n\tinputlayersconv0123"))
@examples(200)
@example("")
@example("input: [1")
@example('\ufeff{"input": [1]}')
def test_any_text(text: str) -> None:
    for report in every_report(Architecture.from_text(text)):
        sound(report)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-16")))
@examples(100)
def test_any_bytes(data: bytes) -> None:
    for report in every_report(Architecture.from_bytes(data, "any.yaml")):
        sound(report)


def test_every_field_has_a_generator() -> None:
    for kind in KINDS:
        cls = layer_class(kind)
        for name in cls.model_fields:
            assert field_type(cls, name)


@given(rngs(), st.sampled_from(sorted(KINDS)))
@examples(400)
def test_arbitrary_fields_of_every_kind(rng: Random, kind: str) -> None:
    """Any values of the right types give shapes or a reason, on maps of any rank."""
    sizes = tuple(rng.randrange(1, 9) for _ in range(rng.randrange(1, 6)))
    shape = Shape(sizes, ("channels_first", "channels_last")[rng.randrange(2)])
    cls = layer_class(kind)
    fields = random_fields(rng, cls, Around(shape), leaning=rng.randrange(2) == 1)
    try:
        layer = cls(**{name: given_.value for name, given_ in fields.items()})
    except WrongFields:
        return
    for rounding in ("exact", "floor", "ceil"):
        site = Site(rounding)
        inputs = [shape, shape] if layer.is_merge else [shape][: layer.inputs]
        outputs = layer.shapes(inputs, site)
        errors = [finding for finding in site.findings if finding.code.severity == "error"]
        assert (outputs is None) == bool(errors)
        if outputs is not None:
            assert all(isinstance(size, int) and size >= 1 for output in outputs for size in output.sizes)
            layer.weights(inputs, outputs)
            layer.torch(inputs, outputs, rounding)
            assert layer.multiplications(inputs, outputs) >= 0
