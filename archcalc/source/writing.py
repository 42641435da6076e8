"""Data written as text, as the place needs it where it will stand."""

from __future__ import annotations

import re
from typing import Literal

from archcalc.patterns import compiled_later
from archcalc.source.document import Mapping, Node, Scalar, Sequence

Style = Literal["block", "flow", "json"]
"""Where a value stands: on lines of YAML, inside of brackets of YAML, or in JSON."""

_LITERAL = compiled_later(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_PLAIN: dict[Style, re.Pattern[str]] = {
    "flow": compiled_later(r"[-+]?[\w.$(](?: ?[\w.$()+*/%<=>!-])*", re.ASCII),
    "block": compiled_later(r"[-+]?[\w.$(](?: ?[\w.$()+*/%<=>!,\[\]-])*", re.ASCII),
}
"""Texts that need no quotes. YAML allows more; expressions and names need no more."""


def written(node: Node, style: Style) -> str:
    """A value as text on one line, in quotes where it needs them.

    >>> value = Scalar("max(1, c)", 1, 1, 1, 10)
    >>> written(value, "block"), written(value, "flow"), written(Scalar("12", 1, 1, 1, 3), "json")
    ('max(1, c)', '"max(1, c)"', '12')
    """
    if isinstance(node, Scalar):
        return "null" if node.is_null else _scalar(node.text, style)
    inner: Style = "json" if style == "json" else "flow"
    if isinstance(node, Sequence):
        return f"[{', '.join(item(each, inner) for each in node.items)}]"
    return f"{{{', '.join(pair(key.text, value, inner) for key, value in node.entries)}}}"


def pair(key: str, value: Node, style: Style) -> str:
    """An entry of a map."""
    if isinstance(value, Scalar) and value.is_null and style == "flow":
        return _scalar(key, style)
    return f"{label(key, style)}{written(value, style)}"


def label(key: str, style: Style) -> str:
    """A key with its colon, in front of a value.

    >>> label("out", "flow"), label("out", "json")
    ('out: ', '"out": ')
    """
    return f"{_quoted(key) if style == 'json' else _scalar(key, style)}: "


def item(node: Node, style: Style) -> str:
    """An entry of a list: a map of one key needs no braces in YAML.

    >>> item(Mapping([(Scalar("conv", 1, 1, 1, 5), Scalar("3", 1, 7, 1, 8))], 1, 1, 1, 8), "flow")
    'conv: 3'
    """
    if isinstance(node, Mapping) and len(node.entries) == 1 and style != "json":
        key, value = node.entries[0]
        return pair(key.text, value, "flow")
    return written(node, style)


def _scalar(text: str, style: Style) -> str:
    if style == "json":
        return text if _LITERAL.fullmatch(text) else _quoted(text)
    plain = _PLAIN[style].fullmatch(text) and text != "null"
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """A text in quotes, as JSON has it and YAML takes it."""
    import json  # Hardly any check writes quotes, and none other has to pay for it.

    return json.dumps(text, ensure_ascii=False)
