"""Layers written as calls of Python, `nn.Conv2d(3, 16, 3, padding=1)`: the step that says the same."""

from __future__ import annotations

import re

from archcalc.layers.table import KINDS, layer_fields
from archcalc.spec import foreign

_CALL = re.compile(r"([\w.]+)\s*\((.*)\)\s*", re.DOTALL)
_ARGUMENT = re.compile(r"(?:(\w+)\s*=(?!=))?\s*(.+)", re.DOTALL)
_SAYS_WHAT_ARRIVES = re.compile(r"\w+[123]d|Linear|LayerNorm")
"""Classes of PyTorch, whose first argument is known here: how many channels arrive."""
_BEGINS_WITH_OUT = re.compile(r"\w+[123]D|Dense")
"""Classes of Keras, whose first argument is how many come out."""
_WORDS = {"True": "true", "False": "false"}
_WITHOUT_MEANING = ("inplace", "device", "dtype", "name")
"""Arguments that change nothing that archcalc computes."""
_LONGEST = 500


def step_of(text: str, kind: str | None) -> str | None:
    """The step for a call of a known kind; None where an argument has no place in it.

    >>> step_of("nn.Conv2d(3, 16, kernel_size=3, bias=False)", "conv"), step_of("Conv2D(16, (3, 1), 2)", "conv")
    ('conv: {out: 16, kernel: 3, bias: false}', 'conv: {out: 16, kernel: [3, 1], stride: 2}')
    """
    match = _CALL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or kind not in KINDS:
        return None
    known, required = layer_fields(kind)
    values: dict[str, str] = {}
    given = [found.groups() for part in _split(match[2]) if (found := _ARGUMENT.fullmatch(part.strip()))]
    ordered = [value for name, value in given if name is None]
    if (len(ordered) > 1 and required[:1] == ["out"]) or (ordered and kind.endswith("norm")):
        name = match[1].rpartition(".")[2]
        if _SAYS_WHAT_ARRIVES.fullmatch(name):
            ordered = ordered[1:]
        elif not _BEGINS_WITH_OUT.fullmatch(name):
            return None
    if len(ordered) > len(known):
        return None
    values.update(zip(known, ordered, strict=False))
    for name, value in given:
        if name is None or name in _WITHOUT_MEANING or name in ("in_channels", "in_features", "num_features"):
            continue
        field = next((one for one in (name, *foreign.fields_elsewhere(name)) if one in known), None)
        if field is None or field in values:
            return None
        values[field] = value
    if any(name not in values for name in required):
        return None
    pairs = ", ".join(f"{name}: {_written(value)}" for name, value in values.items())
    return f"{kind}: {{{pairs}}}" if pairs else kind


def _split(text: str) -> list[str]:
    """Arguments between commas that no bracket holds."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


def _written(value: str) -> str:
    """A value of Python as one of the language: a tuple is a list, and words of text lose their quotes."""
    value = value.strip()
    if value[:1] == "(" and value[-1:] == ")":
        return f"[{value[1:-1].rstrip(', ')}]"
    if value[:1] in ("'", '"') and value[-1:] == value[:1] and value[1:-1].isidentifier():
        return value[1:-1]
    return _WORDS.get(value, value)
