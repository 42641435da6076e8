"""The JSON Schema of the spec language, for editors: completion, hover texts, and unknown fields while typing.

`python -m archcalc.spec.schema` writes it to `archcalc/schema.json`, which `archcalc schema` prints. It is made from
the table of layers, so a new layer or field only needs that command (and a line in `FIELDS` for a new field name).

Every value of a spec can be an expression, so that text is allowed wherever a number is. A step may call the user's
own block: its keys are open, and everything else is closed. `archcalc check` knows more than a schema can say.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, get_origin

from pydantic import TypeAdapter, ValidationError

from archcalc.layers import fields
from archcalc.layers.base import Layer
from archcalc.layers.table import KINDS, layer_class
from archcalc.spec.claims import COUNTINGS, QUANTITIES
from archcalc.spec.reader import LANGUAGE_VERSION, ROUNDINGS

Schema = dict[str, Any]

FILE = Path(__file__).resolve().parent.parent / "schema.json"

FIELDS: dict[str, str] = {
    "affine": "Whether there is a learned weight and bias for every channel.",
    "alpha": "Scale of the values below zero.",
    "approximate": "The formula: `none` is exact, `tanh` its usual approximation.",
    "axes": "The axes that it works on.",
    "axis": "The axis, counted without the batch from 0, or from the end with -1. Default: the channels.",
    "beta": "Steepness of the bend.",
    "bias": "Whether a learned bias is added to every output.",
    "boxes": "The map that holds the boxes: an input of shape [4] with a count.",
    "broadcast": "Whether sizes of 1 are stretched to the size of the other branches.",
    "connections": "For every output map the list of input maps that it sees. Default: all of them.",
    "count_include_pad": "Whether the mean counts the zeros of the padding.",
    "decay": "`none`: the same rate everywhere; `linear`: it grows with the depth up to the given rate.",
    "dilation": "Distance between the values under the window; 1 is a dense window.",
    "dim": "Width inside, all heads together. Default: the channels.",
    "dropout": "Probability with which a weight of the attention is dropped in training.",
    "eps": "What is added to the variance before the division.",
    "factor": "Factor of the sizes: one for all axes, or one per axis.",
    "groups": "Equal groups of channels that do not see each other.",
    "heads": "Number of heads; it divides the width.",
    "high": "Largest output.",
    "index": "Position along the axis, from 0, or from the end with -1.",
    "initial": "Value of the factors before training.",
    "k": "What is added to the sum of squares.",
    "kernel": "Size of the window: one number for all axes, or one per axis.",
    "layout": "Where the channels stand in the shape that comes out.",
    "low": "Smallest output.",
    "memory": "The map whose tokens are attended to. Default: the tokens themselves.",
    "mode": "How the values in between are found.",
    "momentum": "Share of the newest batch in the running statistics.",
    "multiplier": "Number of filters for every input map.",
    "offset": "Where the cut starts on each axis. Default: in the middle.",
    "out": "Number of output channels.",
    "output_padding": "Rows and columns added behind the output, fewer than the stride.",
    "padding": "Zeros around the map: a number, one per axis, [before, after] per axis, `same` or `valid`.",
    "padding_mode": "What the padding holds.",
    "parts": "Number of equal parts.",
    "per_channel": "Whether every channel has a slope of its own.",
    "pool": "The max pool that is undone, by its name.",
    "rate": "Probability from 0 to 1.",
    "rounding": "What happens to a size that is not whole: `exact` is an error. Default: that of the spec.",
    "scale": "From the coordinates of the boxes to those of the map, such as 1/16.",
    "shape": "The sizes that come out, without the batch.",
    "size": "The size that comes out: one number for all axes, or one per axis.",
    "sizes": "The sizes of the parts along the axis.",
    "slope": "Slope below zero.",
    "stride": "Step of the window: one number for all axes, or one per axis.",
    "to": "The map whose size is taken, by its name; `here` is what the step would read without `from`.",
    "track": "Whether running statistics are kept for inference.",
}
"""What a field is, by its name."""

PARTICULAR: dict[tuple[str, str], str] = {
    ("avg_pool", "stride"): "Step of the window. Default: the kernel.",
    ("channel_shuffle", "groups"): "Number of groups whose channels are dealt out.",
    ("conv_transpose", "padding"): "Rows and columns that are cut off the output on each side.",
    ("conv_transpose", "stride"): "Factor by which the map grows.",
    ("glu", "activation"): "What is applied to the first half of the channels.",
    ("group_norm", "groups"): "Number of groups, each with a mean and a variance of its own.",
    ("layer_norm", "axes"): "How many of the last axes share a mean and a variance. Default: the channels' position.",
    ("lrn", "alpha"): "Factor of the sum of squares.",
    ("lrn", "beta"): "Exponent of the denominator.",
    ("lrn", "size"): "Number of neighbouring channels.",
    ("max_pool", "stride"): "Step of the window. Default: the kernel.",
    ("pad", "mode"): "What the border holds.",
    ("pad", "padding"): "Width of the border: a number, one per axis, or [before, after] per axis; negative cuts.",
    ("permute", "axes"): "The old axes in their new order, counted without the batch from 0.",
    ("pixel_shuffle", "factor"): "Side of the blocks of pixels.",
    ("pixel_unshuffle", "factor"): "Side of the blocks of pixels.",
    ("roi_pool", "size"): "Number of parts of a box on each axis, such as 7.",
    ("select", "axis"): "The axis that disappears, counted without the batch from 0.",
    ("unpool", "kernel"): "Size of the blocks, where no pool is named.",
    ("unpool", "padding"): "Padding of the pool that is undone, where none is named.",
    ("unpool", "stride"): "Step of the blocks, where no pool is named. Default: the kernel.",
}
"""What a field is in one kind, where that differs from `FIELDS`."""

NAME = r"[A-Za-z_][A-Za-z0-9_]*"


def schema() -> Schema:
    """The JSON Schema (draft 2020-12) of the spec language."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "archcalc specification",
        "description": "A network architecture: its input, its layers, and what is expected of it.",
        "type": "object",
        "properties": _spec(),
        "required": ["layers"],
        "anyOf": [{"required": ["input"]}, {"required": ["variants"]}],
        "additionalProperties": False,
        "$defs": {**_values(), **_types(), **_steps(), **_changes()},
    }


def _ref(name: str, description: str = "") -> Schema:
    reference = {"$ref": f"#/$defs/{name}"}
    return {"description": description, **reference} if description else reference


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
        "name": _ref("text", "Name of the network. Default: the name of the file."),
        "source": _ref("text", "Where the network comes from: a paper, a table, a lecture."),
        "archcalc": {"description": "Version of the spec language.", "enum": [int(LANGUAGE_VERSION), LANGUAGE_VERSION]},
        "input": _ref("input"),
        "at": _ref("at"),
        "let": _ref("let"),
        "rounding": _ref("rounding"),
        "blocks": _map(
            NAME + r"\s*(\(.*\))?",
            _ref("steps"),
            description="The spec's own layers, called like built-in ones: `bottleneck(width, stride=1): [steps]`.",
        ),
        "layers": _ref("steps", "The steps of the network, from the input on."),
        "output": _any(
            _ref("path"),
            _list(_ref("path"), 1),
            description="The maps that the network gives, by name. Default: the last one.",
        ),
        "variants": {
            "description": "Members of a family: each changes values and adds claims.",
            "type": "object",
            "additionalProperties": _ref("variant"),
        },
        "expect": _ref("expect"),
    }


def _values() -> Schema:
    """Values: what may stand behind a key."""
    return {
        "text": {"type": ["string", "number"]},
        # Without descriptions: an editor would show them in the place of the field's own.
        "expression": {"type": "string"},
        "path": {"type": "string", "examples": ["here", "input"]},
        "number": _any({"type": "number"}, _ref("expression")),
        "truth": _any({"type": "boolean"}, _ref("expression")),
        "value": _any(
            {"type": ["number", "boolean"]},
            _ref("expression"),
            _list(_ref("value")),
        ),
        "shape": {
            "type": "array",
            "items": _ref("size"),
            "minItems": 1,
            "maxItems": 4,
        },
    }


def _types() -> Schema:
    """The types of fields, by the names that they have in `archcalc.layers.fields`."""
    aliases = {name: alias for name, alias in vars(fields).items() if get_origin(alias) is not None and name[0] != "_"}
    found: Schema = {}
    for name, alias in aliases.items():
        if "WithJsonSchema" in repr(alias):
            written = _type(TypeAdapter(alias).json_schema())
            if "$ref" not in written and written not in found.values():
                found[name.lower()] = written
    return found


def _steps() -> Schema:
    """Steps, groups and branches."""
    keys: Schema = {
        "as": {
            "description": "Name of the step, or of the group as a scope: `conv1`, `layer$i`, `conv$(i)_$j`.",
            "type": ["string", "integer"],
        },
        "from": _ref("path", "The map that the step reads instead of the one before; alone it moves there."),
        "when": _ref("truth", "Condition: where it is false, the step is left out and its input passes."),
        "trainable": _ref("truth", "`false` freezes the parameters."),
        "do": _ref("steps", "The steps of a group; with `as` it is a scope."),
        "for": _map(
            NAME,
            _any(_ref("expression"), _list(_ref("value"))),
            description="Loop over lists of equal length: `{i: 1..4, width: [64, 128, 256, 512]}`.",
            minProperties=1,
        ),
        "repeat": _any(
            {"type": "integer", "minimum": 0}, _ref("expression"), description="How many times the group is repeated."
        ),
    }
    wiring: Schema = {
        "use": _any(
            _ref("path"),
            {"type": "object", "properties": {"name": _ref("path")}, "additionalProperties": False},
            description="A named step or group applied once more, with the same parameters.",
        ),
        "apply": _any(
            _ref("expression"),
            {"type": "object", "properties": {"kind": _ref("expression")}, "additionalProperties": False},
            description="A layer or block whose kind is a value, such as a parameter of the block.",
        ),
        "fork": _ref("branches", "A list of maps, one per branch; read them as `name.0`, `input.$j`."),
    }
    classes = {kind: layer_class(kind) for kind in KINDS}
    bare = [kind for kind, cls in classes.items() if _stands_alone(cls)]
    not_bare = [kind for kind in (*classes, *wiring) if kind not in bare]
    return {
        "steps": _list(_ref("step")),
        "step": _any(
            *({"const": kind, "description": _about(classes[kind])} for kind in bare),
            {"description": "A block without arguments.", "type": "string", "not": {"enum": [*bare, *not_bare]}},
            {
                "type": "object",
                "properties": {**{kind: _layer(cls) for kind, cls in classes.items()}, **wiring, **keys},
                "additionalProperties": {"description": "A block of this spec, with its parameters."},
                "minProperties": 1,
                "dependentRequired": {"for": ["do"], "repeat": ["do"]},
            },
            description="A layer, a block, or a group of steps.",
        ),
        "group": {
            "type": "object",
            "properties": keys,
            "required": ["do"],
            "additionalProperties": False,
        },
        "branches": _list(_ref("branch"), 1),
        "branch": _any(
            _ref("path"),
            _ref("steps"),
            _ref("group"),
            description="The name of a map (`here`, `input`, `skip`), a list of steps, or a group.",
        ),
    }


def _changes() -> Schema:
    """What a spec and its variants share: inputs, values, rounding and claims."""
    rounding = {"enum": list(ROUNDINGS)}
    rounded = [kind for kind in KINDS if "rounding" in layer_class(kind).model_fields]
    families = sorted({layer_class(kind).family for kind in rounded})
    amount = {"type": ["number", "string"]}
    quantities: Schema = {
        "parameters": {"description": "Trainable parameters: a number, a rounding (60M), a range (..61M).", **amount},
        "multiplications": {"description": "Multiplications: a number, a rounding (4.1G), a range (4G..5G).", **amount},
        "buffers": {"description": "Stored numbers that are not trained.", **amount},
        "output": _list(_ref("size"), 1) | {"description": "The shape that comes out, such as [1000]."},
    }
    claim = {
        "type": "object",
        "properties": {
            **quantities,
            "of": _ref("text", "The layer or scope that the claim is about. Default: the network."),
            "at": _ref("at", "Values of symbols for which it is claimed."),
            "source": _ref("text", "Who claims it."),
            "counting": {"description": "What is counted. Default: trainable.", "enum": list(COUNTINGS)},
            "holds": {"description": "`false`: published, and known not to hold.", "type": "boolean"},
            "because": _ref("text", "Why it does not hold."),
        },
        "additionalProperties": False,
        "anyOf": [{"required": [quantity]} for quantity in QUANTITIES],
    }
    shapes = _any(
        _ref("shape"),
        {
            "type": "object",
            "properties": {
                "shape": _ref("shape"),
                "count": _ref("size", "How many of them there are per sample, such as regions of interest."),
            },
            "required": ["shape"],
            "additionalProperties": False,
        },
    )
    shared: Schema = {
        "let": _map(
            NAME + r"\s*(\(.*\))?",
            _ref("value"),
            description="Named values, and functions such as `ch(c): divisible(c * width, 8)`.",
        ),
        "input": _any(
            _ref("shape"),
            _map(NAME, shapes, minProperties=1),
            description="Shape of the input, channels first and without the batch, such as `[3, N, N]`, or a map of shapes.",
        ),
        "at": _map(NAME, _ref("number"), description="Symbols and the values that tables show: `{N: 224}`."),
        "rounding": _any(
            rounding,
            {
                "type": "object",
                "properties": dict.fromkeys((*families, *rounded), rounding),
                "additionalProperties": False,
            },
            description="What becomes of sizes that are not whole, for all layers or by kind: `{conv: floor, pool: ceil}`.",
        ),
        "expect": _any(
            _ref("claim"), _list(_ref("claim")), description="What the network must come to; `archcalc check` compares."
        ),
    }
    variant = {
        "type": ["object", "null"],
        "properties": {name: _ref(name) for name in shared},
        "additionalProperties": False,
    }
    return {**shared, "claim": claim, "variant": variant}


def _layer(cls: type[Layer]) -> Schema:
    """What may stand behind a kind: its fields by name, in order, or the main one alone."""
    fields_ = _fields(cls)
    required = [name for name, field in cls.model_fields.items() if field.is_required()]
    about: Schema = {"description": _about(cls), "markdownDescription": _page(cls, list(fields_))}
    if cls.is_merge:
        by_name = {"branches": _ref("branches", "The branches, in order."), **fields_}
        named = {"properties": by_name, "required": ["branches", *required], "additionalProperties": False}
        return {**about, "type": ["array", "object"], "items": _ref("branch"), "minItems": 1, "allOf": [named]}
    types, rules = ["object"], {"properties": fields_, "additionalProperties": False}
    if required:
        rules["required"] = required
    alone = set(required) <= {cls.main}
    if fields_ and not cls.main_is_list:
        types.append("array")
        rules |= {"prefixItems": [_unset(field) for field in fields_.values()], "items": False}
        rules |= {"minItems": max(list(fields_).index(name) + 1 for name in required)} if required else {}
    if cls.main and alone:
        main_types, main_rules = _main(cls, _type(cls.model_json_schema()["properties"][cls.main]))
        types, rules = [*main_types, *types], {**rules, **main_rules}
    if not _stands_alone(cls):
        # Editors write the required fields of properties that stand here, and a single value where they stand deeper.
        return {**about, "type": types, **({"allOf": [rules]} if alone else rules)}
    # Editors would take the step `- relu` and the key `relu:` for the same proposal.
    return {**about, "type": ["object", *types[:-1], "null"], **rules, **({} if fields_ else {"doNotSuggest": True})}


def _fields(cls: type[Layer]) -> Schema:
    """The fields of a kind."""
    written = cls.model_json_schema()["properties"] if cls.model_fields else {}
    types = _types()
    fields_: Schema = {}
    for name, field in cls.model_fields.items():
        known = _type(written[name])
        named = next((alias for alias, type_ in types.items() if type_ == known), None)
        if named:
            known = _ref(named)
        elif "$ref" not in known:
            known = _any(known, _ref("expression"))
        fields_[name] = {"description": PARTICULAR.get((cls.kind, name)) or FIELDS[name], **known}
        if not field.is_required() and field.default is not None:
            fields_[name]["default"] = field.default
    return fields_


def _unset(field: Schema) -> Schema:
    return {key: value for key, value in field.items() if key != "default"}


def _main(cls: type[Layer], known: Schema) -> tuple[list[str], Schema]:
    """The types and rules of a value that stands for the main field alone: any text, and what else the field takes."""
    types, rules = ["string"], {}
    for form in known.get("anyOf", []):
        if form.get("type") == "array":
            if cls.main_is_list:
                types.append("array")
                rules["items"] = form["items"]
        elif "type" in form:
            types.append(form["type"])
            rules |= {key: value for key, value in form.items() if key in ("minimum", "maximum")}
    return types, rules


def _type(written: Schema) -> Schema:
    """A type of `archcalc.layers.fields`, whose lists of numbers may also be one number."""
    plain = _plain(written)
    first = plain.get("anyOf", [plain])[0]
    if first.get("type") != "array" or first["items"]["anyOf"][0].get("type") != "integer":
        return plain
    return {**plain, "anyOf": [first["items"]["anyOf"][0], *plain["anyOf"]]}


def _plain(written: Schema) -> Schema:
    """A type as pydantic writes it, without titles and null, and with expressions by reference."""
    if written.get("description") == "an expression":
        return _ref("expression")
    if written.get("description") == "the name of a map":
        return _ref("path")
    plain = {key: value for key, value in written.items() if key not in ("title", "default", "description")}
    if "items" in plain:
        plain["items"] = _plain(plain["items"])
    if "enum" in plain:
        plain.pop("type", None)
    if "anyOf" in plain:
        rest = [_plain(item) for item in plain["anyOf"] if item != {"type": "null"}]
        return rest[0] if len(rest) == 1 else {**plain, "anyOf": rest}
    return plain


def _stands_alone(cls: type[Layer]) -> bool:
    """Whether a kind needs no argument. A rule over several fields, such as crop's, may ask for one."""
    if cls.is_merge:
        return False
    try:
        cls()
    except ValidationError:
        return False
    return True


def _about(cls: type[Layer]) -> str:
    """The first line of a kind's documentation."""
    return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]  # every layer is documented: tested


def _page(cls: type[Layer], names: list[str]) -> str:
    """What an editor shows: the first line, the rules for shape and cost, and the order of the fields."""
    lines = [_about(cls), ""]
    for line in (inspect.getdoc(cls) or "").splitlines():
        head, colon, rest = line.partition(": ")
        if head in ("Shape", "Cost") and colon:
            lines.append(f"* {head}: `{rest}`")
        elif lines[-1].startswith("* ") and not line.startswith(("Reports:", "Source:")) and line:
            lines[-1] = f"{lines[-1][:-1]} {line.strip()}`"
        elif lines[-1].startswith("* "):
            break
    if names and not cls.main_is_list and not cls.is_merge:
        lines.append(f"* Fields: `{cls.kind}: [{', '.join(names)}]`")
    return "\n".join(lines)


def text() -> str:
    """The schema as it stands in `archcalc/schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
