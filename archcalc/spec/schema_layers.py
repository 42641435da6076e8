"""The layers in the JSON Schema: what may stand behind each kind, with the documentation of its class.

The forms are chosen for what editors make of them (measured with yaml-language-server 1.25): one schema of several
JSON types instead of alternatives, so that a hover text is the field's own and a message names the field.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any, get_origin

from pydantic import TypeAdapter

from archcalc.layers import fields
from archcalc.layers.base import Layer
from archcalc.layers.construction import WrongFields

Schema = dict[str, Any]


def ref(name: str, description: str = "") -> Schema:
    """A reference to a definition, with a description of its own."""
    reference = {"$ref": f"#/$defs/{name}"}
    return {"description": description, **reference} if description else reference


@cache
def field_types() -> Schema:
    """The types of fields, by the names that they have in `archcalc.layers.fields`."""
    aliases = {name: alias for name, alias in vars(fields).items() if get_origin(alias) is not None and name[0] != "_"}
    found: Schema = {}
    for name, alias in aliases.items():
        if "WithJsonSchema" in repr(alias):
            written = _type(TypeAdapter(alias).json_schema())
            if written not in found.values():
                found[name.lower()] = written
    return found


def layer_schema(cls: type[Layer]) -> Schema:
    """What may stand behind a kind: its fields by name, in order, or the main one alone."""
    fields_ = _fields(cls)
    required = [name for name, field in cls.model_fields.items() if field.is_required()]
    head: Schema = {"title": cls.kind, "description": about(cls), "markdownDescription": _page(cls, list(fields_))}
    also = {other: _unset(fields_[own]) for other, own in cls.other_names.items()}
    if cls.is_merge:
        by_name = {"branches": ref("branches", "The branches, in order."), **fields_, **also}
        needed = required if cls.reads_here else ["branches", *required]
        named = {"properties": by_name, "required": needed, "additionalProperties": False}
        if required:
            return {**head, "type": ["object"], **named}
        return {**head, "type": ["array", "object"], "items": ref("branch"), "minItems": 1, "allOf": [named]}
    claims = {name: ref("size", "How many channels arrive: checked, and never needed.") for name in cls.stated}
    types, rules = ["object"], {"properties": {**fields_, **also, **claims}, "additionalProperties": False}
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
    if not stands_alone(cls):
        # Editors write the required fields of properties that stand here, and a single value where they stand deeper.
        return {**head, "type": types, **({"allOf": [rules]} if alone else rules)}
    # Editors would take the step `- relu` and the key `relu:` for the same proposal.
    return {
        **head,
        "type": ["object", *(type_ for type_ in types if type_ != "object"), "null"],
        **rules,
        **({} if fields_ else {"doNotSuggest": True}),
    }


def _fields(cls: type[Layer]) -> Schema:
    """The fields of a kind."""
    written = cls.model_json_schema()["properties"] if cls.model_fields else {}
    types = field_types()
    fields_: Schema = {}
    for name, field in cls.model_fields.items():
        known = _type(written[name])
        named = next((alias for alias, type_ in types.items() if type_ == known), None)
        known = ref(named) if named else known
        if field.is_required() or field.default is None or field.default == ():
            fields_[name] = {"description": fields.meaning(cls, name), **known}
        else:
            # The type stands deeper, since otherwise an editor would write every default out with the layer.
            fields_[name] = {"description": fields.meaning(cls, name), "default": field.default, "allOf": [known]}
    return fields_


def _unset(field: Schema) -> Schema:
    return {key: value for key, value in field.items() if key != "default"}


def _main(cls: type[Layer], known: Schema) -> tuple[list[str], Schema]:
    """The types and rules of a value that stands for the main field alone."""
    types = [type_ for type_ in known["type"] if type_ != "array" or cls.main_is_list]
    rules = {key: value for key, value in known.items() if key in ("minimum", "maximum")}
    return types, {**rules, **known["allOf"][0]} if "array" in types else rules


def _type(written: Schema) -> Schema:
    """A type of `archcalc.layers.fields`, whose lists of numbers may also be one number."""
    plain = _plain(written)
    items = plain["allOf"][0]["items"] if "allOf" in plain else {"type": []}
    if "integer" not in items["type"] or "integer" in plain["type"]:
        return plain
    return {**items, **plain, "type": [*plain["type"], "integer"]}


def _plain(written: Schema) -> Schema:
    """A type as pydantic writes it, made one schema of several JSON types: editors show its description once.

    Text is always allowed, but where names have values; the words of a field are examples.
    """
    types, rules = ["string"] if written.get("type") != "object" else [], {}
    for form in written.get("anyOf", [written]):
        if "enum" in form:
            rules["examples"] = form["enum"]
        elif form["type"] == "array":
            # Deeper than the type, since otherwise an editor would begin a list behind the field's name.
            rules["allOf"] = [{"items": _plain(form["items"])}]
        elif "additionalProperties" in form:
            rules["additionalProperties"] = _plain(form["additionalProperties"])
        rules |= {key: form[key] for key in ("minimum", "maximum") if key in form}
        types += [form["type"]] if "type" in form and form["type"] not in (*types, "null") else []
    return {"type": types, **rules}


def stands_alone(cls: type[Layer]) -> bool:
    """Whether a kind needs no argument. A rule over several fields, such as crop's, may ask for one."""
    if cls.is_merge:
        return False
    try:
        cls()
    except WrongFields:
        return False
    return True


def about(cls: type[Layer]) -> str:
    """The first line of a kind's documentation."""
    return inspect.getdoc(cls).partition("\n")[0]  # type: ignore[union-attr]  # every layer is documented: tested


def _page(cls: type[Layer], names: list[str]) -> str:
    """What an editor shows: the first line, the rules for shape and cost, and the order of the fields."""
    lines = [about(cls), ""]
    for line in (inspect.getdoc(cls) or "").splitlines():
        topic, colon, rest = line.partition(": ")
        if topic in ("Shape", "Cost") and colon:
            lines.append(f"* {topic}: `{rest.replace('`', '')}`")
        elif lines[-1].startswith("* ") and not line.startswith(("Reports:", "Source:")) and line:
            lines[-1] = f"{lines[-1][:-1]} {line.strip().replace('`', '')}`"
        elif lines[-1].startswith("* "):
            break
    if names and not cls.main_is_list and not cls.is_merge:
        lines.append(f"* Fields: `{cls.kind}: [{', '.join(names)}]`")
    return "\n".join(lines)
