"""The JSON Schema: kept up to date, valid, accepting the specs that we ship and refusing what the language refuses."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from archcalc.api.architecture import Architecture
from archcalc.layers.table import KINDS, layer_class
from archcalc.source import SourceFile, parse
from archcalc.spec.claims import CLAIM_KEYS
from archcalc.spec.names import STEP_KEYS, WIRING_KINDS
from archcalc.spec.reader import SPEC_KEYS, VARIANT_KEYS, read_spec
from archcalc.spec.schema import FILE, schema, text

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted([*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests" / "cases" / "examples").glob("*.yaml")])


@cache
def shipped() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(shipped())


def refused(spec: str) -> bool:
    return not validator().is_valid(yaml.safe_load(spec))


def reports(spec: str) -> list[str]:
    """What the reader of archcalc says about the same text."""
    node, found = parse(SourceFile("spec.yaml", spec))
    assert node is not None, found
    return [diagnostic.message for diagnostic in (*found, *read_spec(node)[1]) if diagnostic.severity == "error"]


def layers(steps: str) -> str:
    return f"input: [3, N, N]\nlayers:\n{steps}\n"


def step_properties() -> dict[str, Any]:
    (step,) = [form for form in shipped()["$defs"]["step"]["anyOf"] if form.get("type") == "object"]
    return step["properties"]


def field_properties(kind: str) -> dict[str, Any]:
    written = step_properties()[kind]
    return next(part["properties"] for part in (written, *written.get("allOf", [])) if "properties" in part)


def test_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `python -m archcalc.spec.schema`"


def test_file_is_small_enough_to_load_while_typing() -> None:
    """Editors read schemas of a megabyte as they start; this one is read with every spec."""
    assert FILE.stat().st_size < 300_000


def test_is_a_schema_of_draft_2020_12() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(shipped())


def test_every_reference_has_its_definition_and_every_definition_a_reference() -> None:
    references = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                references.add(node["$ref"].removeprefix("#/$defs/"))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(shipped())
    assert references == set(shipped()["$defs"])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_accepts_our_specs(path: Path) -> None:
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator().iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))
    ]
    assert not problems


def test_there_are_specs_to_accept() -> None:
    assert len(SPECS) >= 5


def test_keys_are_those_of_the_reader() -> None:
    definitions = shipped()["$defs"]
    assert set(shipped()["properties"]) == set(SPEC_KEYS)
    assert set(definitions["variant"]["properties"]) == set(VARIANT_KEYS)
    assert set(definitions["claim"]["properties"]) == set(CLAIM_KEYS)
    assert set(definitions["group"]["properties"]) == set(STEP_KEYS)
    assert set(step_properties()) == {*KINDS, *WIRING_KINDS, *STEP_KEYS}


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_documented_with_all_its_fields(kind: str) -> None:
    cls = layer_class(kind)
    first_line = (cls.__doc__ or "").strip().splitlines()[0]
    written = step_properties()[kind]
    assert written["description"] == first_line
    fields = field_properties(kind)
    assert [name for name in fields if name != "branches"] == [
        *cls.model_fields,
        *cls.other_names,
        *cls.stated,
    ]
    for name, field in fields.items():
        assert len(field["description"]) > 8, name
        assert field["description"].endswith("."), name
    for name, model in cls.model_fields.items():
        assert fields[name].get("default") == (None if model.is_required() or model.default == () else model.default)


def test_order_of_a_list_is_the_order_of_the_fields() -> None:
    assert "`conv: [out, kernel, stride," in step_properties()["conv"]["markdownDescription"]


@pytest.mark.parametrize("kind", KINDS)
def test_bare_kind_is_accepted_like_the_reader_does(kind: str) -> None:
    # The rules over several fields (`crop` takes one of two) are told when the layer is made, after reading.
    late = {"unpool", "upsample", "crop", "split", "require"}
    assert refused(layers(f"- {kind}")) == (bool(reports(layers(f"- {kind}"))) or kind in late)


ACCEPTED = """
- my_block
- {my_block: [64, 2], as: layer1}
- my_block: {width: 2 * n, act: relu}
- {relu, as: code}
- relu: {}
- dropout
- {dropout, when: last}
- dropout: 0.5
- dropout: {rate: p}
- linear: classes
- linear: {out: 10, bias: false}
- linear: [10, false]
- conv: [6, [1, 7]]
- conv: {out: 6, kernel: 5, padding: same}
- conv: {out: 6, kernel: 5, padding: [[0, 1], [dilation, 0]]}
- conv: {out: 6, kernel: [3, k], stride: [1, 2], padding_mode: mode}
- conv: {out: 1, kernel: 1, connections: [[0, 1], [1, 2]]}
- max_pool: [3, 2]
- max_pool: {kernel: 3, rounding: ceil}
- pad: [[1, 2], -1]
- pad: 1
- pad: {padding: 1, mode: reflect}
- reshape: [64, N, N]
- reshape: 64
- permute: [1, 0]
- roi_pool: {size: 7, scale: 1/16, boxes: rois}
- upsample: 2.5
- upsample: {to: here, mode: bilinear}
- crop: {to: up2, offset: [5, 9]}
- unpool: pool5
- split: {sizes: [1, 2]}
- gelu: tanh
- glu: tanh
- batch_norm: {eps: 0.001, track: false}
- softmax: -1
- add: [here, input]
- add: [here, [], [conv: [6, 5], relu]]
- add: {branches: [here, gate], broadcast: true}
- concat: {branches: [here, {do: [relu], for: {i: 1..3}}], axis: 0}
- fork: [x1, [relu], {do: [relu], as: side}]
- use: tower
- use: {name: tower}
- apply: act
- from: stage3.1
- {use: tower, from: right.$j}
- {as: 0, do: [relu]}
- {do: [relu], repeat: depth - 1}
- {do: [relu], repeat: 2, as: layer$i, when: true, trainable: false}
- {for: {i: [4, 3], w: [[1, 2], [3]], on: [true, false]}, do: []}
"""

REFUSED = """
- conv
- conv: 64
- conv: [6]
- conv: {out: 6}
- conv: {out: 6, kernel: 5, strid: 2}
- conv: {out: 6, kernel: 5, as: c1}
- conv: {out: [6, 7], kernel: 5}
- conv: {out: 6, kernel: 0}
- conv: {out: 6, kernel: {h: 1, w: 7}}
- conv: {out: 6, kernel: 5, bias: 1}
- conv: {out: 6, kernel: 5, padding: -1}
- conv: {out: 6, kernel: 5, padding: true}
- conv: {out: 6, kernel: 5, groups: 1.5}
- conv: [6, 5, 1, 0, 1, 1, true, zeros, c, floor, 11]
- conv: {out: 6, kernel: 5, stride: null}
- linear: {}
- linear: true
- linear: [10, false, 3]
- relu: 3
- relu: {slope: 1}
- dropout: 1.5
- dropout: {rte: 0.5}
- max_pool: {kernel: 3, count_include_pad: true}
- add: here
- add: {broadcast: true}
- add: [here, {conv: [6, 5]}]
- add: {branches: [here, skip], axis: 1}
- fork
- fork: {branches: [here]}
- use: [tower]
- use: {nme: tower}
- apply: {knd: act}
- {conv: [6, 5], repeat: 3}
- {relu, for: {i: 1..3}}
- {do: relu}
- {do: [relu], for: [1, 2]}
- {do: [relu], for: {}}
- {do: [relu], for: {1a: 1..3}}
- {relu, as: [a]}
- {relu, when: [a]}
- 3
- {}
- [relu]
"""


def each(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


@pytest.mark.parametrize("step", each(ACCEPTED))
def test_accepts_step(step: str) -> None:
    spec = layers(step) + 'blocks: {"my_block(width=1, act=relu)": [relu]}'
    assert not refused(spec)
    assert not reports(spec)


@pytest.mark.parametrize("step", each(REFUSED))
def test_refuses_step(step: str) -> None:
    assert refused(layers(step))
    report = Architecture.from_text(layers(step)).check()
    assert any(diagnostic.severity == "error" for diagnostic in report.diagnostics)


KNOWN_TOO = """
name: 2012
archcalc: "1"
input: {image: [3, H, W], rois: {shape: [4], count: R}}
output: [a, b.0]
output: fc
at: {N: 224, M: N // 2}
rounding: floor
rounding: {conv: floor, pool: ceil, avg_pool: exact}
let: {ch(c): "divisible(c * width, 8)", stages: [[3], [3, 3]], lrn: false}
blocks: {"block(width, stride=1)": [relu]}
variants: {A-LRN: {let: {a: 1}, at: {N: 1}, input: [3, 4], rounding: ceil, expect: {parameters: 60M}}, base: null}
expect: {parameters: 61706, multiplications: ..61M, buffers: 0, output: [10]}
expect: [{of: fc, parameters: 1}, {parameters: 60M, holds: false, because: old, source: paper, counting: frozen}]
expect: {of: ["*.conv?", fc], relative_to: network, multiplications: 94.86%, counting: weights}
expect: [{parameters: ~1000x, relative_to: 61706}, {layers: 3, relative_to: [a, b]}, {depth: 22, bytes: 117M}]
expect: [{receptive_field: 404, of: score}, {receptive_field: [3, k]}]
"""

UNKNOWN = """
layer: []
archcalc: 2
input: []
input: 3
input: {image: 3}
input: {image: {shape: [3], cont: R}}
input: [1, 2, 3, 4, 5]
output: [[a]]
at: [1]
at: {2N: 3}
rounding: flor
rounding: {convolution: floor}
rounding: {conv: none}
let: {"f(": 1}
blocks: {b: relu}
variants: [a]
variants: {a: {layers: []}}
expect: {parameter: 3}
expect: {source: paper}
expect: {parameters: 1, holds: maybe}
expect: {parameters: 1, counting: all}
expect: {output: {a: 1}}
expect: {parameters: 1, of: {a: 1}}
expect: {relative_to: network}
"""


def whole(entry: str) -> str:
    head = "" if entry.startswith("input") else "input: [3, N, N]\n"
    return f"{head}layers: [relu]\n{entry}\n"


@pytest.mark.parametrize("entry", each(KNOWN_TOO))
def test_accepts_entry(entry: str) -> None:
    assert not refused(whole(entry))
    assert not reports(whole(entry))


@pytest.mark.parametrize("entry", each(UNKNOWN))
def test_refuses_entry(entry: str) -> None:
    assert refused(whole(entry))
    assert reports(whole(entry))


def test_input_may_stand_in_the_variants_only() -> None:
    assert not refused("variants: {a: {input: [3, 4]}}\nlayers: [relu]")
    assert refused("layers: [relu]")
    assert refused("input: [3, N, N]")
