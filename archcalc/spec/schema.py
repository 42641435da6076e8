"""The JSON Schema of the spec language, for editors: completion, hover texts, and unknown fields while typing.

`python -m archcalc.spec.schema` writes it to `archcalc/schema.json`, which `archcalc schema` prints, and renews the
index of the layers, `archcalc/layers/known.py`. Both are made from the classes: a new layer only needs that command.

Every value of a spec can be an expression, so that text is allowed wherever a number is. A step may call the user's
own block: its keys are open, and everything else is closed. `archcalc check` knows more than a schema can say.

In an editor with the YAML language server, `archcalc schema > archcalc.json` and a first line in the spec:

    # yaml-language-server: $schema=archcalc.json
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archcalc.layers import index
from archcalc.layers.table import KINDS, layer_class
from archcalc.quantities import COUNTINGS, QUANTITIES, Quantity, conventions
from archcalc.spec.reader import DTYPES, LANGUAGE_VERSION, LAYOUTS, ROUNDINGS
from archcalc.spec.schema_layers import Schema, about, field_types, layer_schema, ref, stands_alone

FILE = Path(__file__).resolve().parent.parent / "schema.json"

NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def schema() -> Schema:
    """The JSON Schema (draft 2020-12) of the spec language.

    >>> schema()["properties"]["source"]["description"]
    'Where the network comes from: a paper, a table, a lecture.'
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "archcalc specification",
        "description": "A network architecture: its input, its layers, and what is expected of it.",
        "type": "object",
        "properties": _spec(),
        "required": ["layers"],
        "anyOf": [{"required": ["input"]}, {"required": ["variants"]}],
        "additionalProperties": False,
        "$defs": {**_values(), **field_types(), **_steps(), **_changes()},
    }


def _any(*alternatives: Schema, **more: Any) -> Schema:
    return {**more, "anyOf": list(alternatives)}


def _list(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def _map(names: str, values: Schema, **more: Any) -> Schema:
    return {
        **more,
        "type": "object",
        "propertyNames": {"title": "NAME", "pattern": f"^{names}$"},
        "additionalProperties": values,
    }


def _spec() -> Schema:
    return {
        "name": ref("text", "Name of the network. Default: the name of the file."),
        "source": ref("text", "Where the network comes from: a paper, a table, a lecture."),
        "archcalc": {"description": "Version of the spec language.", "enum": [int(LANGUAGE_VERSION), LANGUAGE_VERSION]},
        "input": ref("input"),
        "at": ref("at"),
        "let": ref("let"),
        "rounding": ref("rounding"),
        "blocks": _map(
            NAME + r"\s*(\(.*\))?",
            ref("steps"),
            description="The spec's own layers, called like built-in ones: `bottleneck(width, stride=1): [steps]`.",
        ),
        "layers": ref("steps", "The steps of the network, from the input on."),
        "output": _any(
            ref("expression"),
            _list(ref("expression"), 1),
            description="The maps that the network gives, by name. Default: the last one.",
        ),
        "variants": {
            "description": "Members of a family: each changes values and adds claims.",
            "type": "object",
            "additionalProperties": ref("variant"),
        },
        "expect": ref("expect"),
        "ignore": ref("ignore", "Codes whose warnings are meant, anywhere in the spec."),
    }


def _values() -> Schema:
    """Values: what may stand behind a key."""
    return {
        "text": {"type": ["string", "number"]},
        # Without descriptions: an editor would show them in the place of the field's own.
        "expression": {"type": "string"},
        "path": {"type": ["string", "number"], "examples": ["here", "input"]},
        "truth": {"type": ["string", "boolean"]},
        "ignore": {"type": ["string", "array"], "items": {"type": "string"}},
        "value": {"type": ["string", "number", "boolean", "array"], "allOf": [{"items": ref("value")}]},
        "shape": {
            "type": "array",
            "items": ref("size"),
            "minItems": 1,
            "maxItems": 4,
        },
    }


def _steps() -> Schema:
    """Steps, groups and branches."""
    keys: Schema = {
        "as": {
            "description": "Name of the step, or of the group as a scope: `conv1`, `layer$i`, `conv$(i)_$j`.",
            "type": ["string", "integer"],
        },
        "from": ref("path", "The map that the step reads instead of the one before; alone it moves there."),
        "when": ref("truth", "Condition: where it is false, the step is left out and its input passes."),
        "trainable": ref("truth", "`false` freezes the parameters."),
        "tied": ref("path", "The layer whose `weight` this one has, too: it is one tensor, and counts once."),
        "ignore": ref("ignore", "Codes whose warnings are meant at this step: `[AC302]`."),
        "do": ref("steps", "The steps of a group; with `as` it is a scope."),
        "for": _map(
            NAME,
            {"type": ["string", "array"], "allOf": [{"items": ref("value")}]},
            description="Loop over lists of equal length: `{i: 1..4, width: [64, 128, 256, 512]}`.",
            minProperties=1,
        ),
        "repeat": ref("amount", "How many times the group is repeated."),
    }
    closed: Schema = {"additionalProperties": False}
    wiring: Schema = {
        "use": _any(
            ref("expression"),
            {"type": "object", "properties": {"name": ref("expression")}, "required": ["name"], **closed},
            description="A named step or group applied once more, with the same parameters.",
        ),
        "apply": _any(
            ref("expression"),
            {"type": "object", "properties": {"kind": ref("expression")}, "required": ["kind"], **closed},
            description="A layer or block whose kind is a value, such as a parameter of the block.",
        ),
        "fork": ref("branches", "A list of maps, one per branch; read them as `name.0`, `input.$j`."),
        "register": _any(
            ref("path"),
            _list(ref("path"), 1),
            description="Names of steps whose modules are registered here, and not in the order in which they run.",
        ),
    }
    classes = {kind: layer_class(kind) for kind in KINDS}
    bare = [kind for kind, cls in classes.items() if stands_alone(cls)]
    return {
        "steps": _list(ref("step")),
        "step": _any(
            *({"const": kind, "description": about(classes[kind])} for kind in bare),
            {"description": "A block without arguments.", "type": "string", "not": {"enum": [*classes, *wiring]}},
            {
                "type": "object",
                "properties": {**{kind: layer_schema(cls) for kind, cls in classes.items()}, **wiring, **keys},
                "additionalProperties": {"description": "A block of this spec, with its parameters."},
                "minProperties": 1,
                "dependentRequired": {"for": ["do"], "repeat": ["do"]},
            },
            description="A layer, a block, or a group of steps.",
        ),
        "group": {
            "title": "group",
            "type": "object",
            "properties": keys,
            "required": ["do"],
            "additionalProperties": False,
        },
        "branches": _list(ref("branch"), 1),
        "branch": _any(
            ref("path"),
            ref("steps"),
            ref("group"),
            description="The name of a map (`here`, `input`, `skip`), a list of steps, or a group.",
        ),
    }


def _changes() -> Schema:
    """What a spec and its variants share: inputs, values, rounding and claims."""
    rounding = {"type": "string", "enum": list(ROUNDINGS)}
    rounded = [kind for kind in KINDS if layer_class(kind).rounds()]
    families = sorted({layer_class(kind).family for kind in rounded})
    quantities = {name: _quantity(quantity) for name, quantity in QUANTITIES.items()}
    selected = {"type": ["string", "number", "array"], "allOf": [{"items": ref("text")}]}
    claim = {
        "title": "claim",
        "type": "object",
        "properties": {
            **quantities,
            "of": {
                "description": "The layers and scopes that the claim is about: a name, a pattern (`*.conv?`), or a "
                "list of them. Default: the network.",
                **selected,
            },
            "relative_to": {
                "description": "What the counts are divided by: layers and scopes, `network`, or a number. The claim "
                "is then a ratio (18%, 10x, 23/2).",
                **selected,
            },
            "at": ref("at", "Values of symbols for which it is claimed."),
            "source": ref("text", "Who claims it."),
            "counting": {
                "description": "; ".join(f"`{word}`: {what}" for word, what in COUNTINGS.items())
                + "; for operations, the convention of a tool.",
                "enum": [*COUNTINGS, *conventions()],
            },
            "holds": {"description": "`false`: published, and known not to hold.", "type": "boolean"},
            "because": ref("text", "Why it does not hold."),
        },
        "additionalProperties": False,
        "anyOf": [{"required": [quantity]} for quantity in QUANTITIES],
    }
    shapes = _any(
        ref("shape"),
        {
            "type": "object",
            "properties": {
                "shape": ref("shape"),
                "count": ref("size", "How many of them there are per sample, such as regions of interest."),
                "dtype": {
                    "description": "`int`: integers that name something, such as words. Default: `float`.",
                    "enum": list(DTYPES),
                },
                "layout": {
                    "description": "Where the channels stand in the shape. Default: `channels_first`.",
                    "enum": list(LAYOUTS),
                },
            },
            "required": ["shape"],
            "additionalProperties": False,
        },
    )
    shared: Schema = {
        "let": _map(
            NAME + r"\s*(\(.*\))?",
            ref("value"),
            description="Named values, and functions such as `ch(c): divisible(c * width, 8)`.",
        ),
        "input": _any(
            ref("shape"),
            _map(NAME, shapes, minProperties=1),
            shapes["anyOf"][1],
            description="Shape of the input, channels first and without the batch: `[3, N, N]`; or named inputs.",
        ),
        "at": _map(NAME, ref("real"), description="Symbols and the values that tables show: `{N: 224}`."),
        "rounding": _any(
            rounding,
            {
                "type": "object",
                "properties": dict.fromkeys((*families, *rounded), rounding),
                "additionalProperties": False,
            },
            description="What becomes of sizes that are not whole, everywhere or by kind: `{conv: floor, pool: ceil}`.",
        ),
        "expect": _any(
            ref("claim"), _list(ref("claim")), description="What the network must come to; `archcalc check` compares."
        ),
    }
    variant = {
        "type": ["object", "null"],
        "properties": {name: ref(name) for name in shared},
        "additionalProperties": False,
    }
    return {**shared, "claim": claim, "variant": variant}


def _quantity(quantity: Quantity) -> Schema:
    """A quantity of a claim, with the forms in which its numbers are read."""
    if quantity.is_count:
        examples = "188kB, <= 20KiB, ..5M" if quantity.is_in_bytes else "47,206, 60M, ~1.5k, <= 5M, 4M..5M"
        return {"description": f"{_sentence(quantity)} A number, a rounding or a range: {examples}.", **_AMOUNT}
    if quantity.kind == "size":
        return {"description": f"{_sentence(quantity)} A number or a range.", **_AMOUNT}
    kinds = ["number", "string", "array"]
    return {"description": _sentence(quantity), "type": kinds, "allOf": [{"items": ref("size")}]}


_AMOUNT: Schema = {"type": ["number", "string"]}


def _sentence(quantity: Quantity) -> str:
    return f"{quantity.meaning[0].upper()}{quantity.meaning[1:]}."


def text() -> str:
    """The schema as it stands in `archcalc/schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    index.FILE.write_text(index.text(), encoding="utf-8")
    FILE.write_text(text(), encoding="utf-8")
