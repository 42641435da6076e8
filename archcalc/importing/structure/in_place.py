"""Short blocks that are called once, put in the place of their call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from typing import Any

from archcalc.importing.structure.blocks import Block, reads_input
from archcalc.importing.structure.data import Formula
from archcalc.importing.structure.lines import GROUP, Branch, Line
from archcalc.importing.structure.loops import inside

SHORT = 6
"""So many lines, none of which holds others, are read well within the line of a group."""


def put_in_place(blocks: dict[str, Block], lines: list[Line]) -> None:
    """Replace the only call of a short block by its lines, as a group of the call's name."""
    while True:
        bodies = [lines, *(block.lines for block in blocks.values())]
        calls: dict[str, list[Line]] = {name: [] for name in blocks}
        for line in (line for body in bodies for line in inside(body)):
            if line.block is not None:
                calls[line.block].append(line)
        found = next((name for name, lines in calls.items() if _is_short(blocks[name], lines)), None)
        if found is None:
            return
        _replace(calls[found][0], blocks.pop(found))


def _is_short(block: Block, calls: list[Line]) -> bool:
    if len(calls) != 1 or calls[0].label is None or block.maps or reads_input(block.lines):
        return False
    return len(block.lines) <= SHORT and not any(line.parts or line.label for line in block.lines)


def _replace(call: Line, block: Block) -> None:
    values = {**block.defaults, **call.values}
    call.body = [substituted(line, values) for line in block.lines]
    call.kind, call.block, call.values = GROUP, None, {}


def substituted(line: Line, values: Mapping[str, Any]) -> Line:
    """A line with values in the place of parameters."""
    found = copy(line)
    found.values = {name: _value(value, values) for name, value in line.values.items()}
    found.when = _value(line.when, values)
    found.branches = [
        Branch(branch.start, [substituted(one, values) for one in branch.lines]) for branch in line.branches
    ]
    found.body = [substituted(one, values) for one in line.body]
    return found


def _value(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_value(one, values) for one in value]
    if not isinstance(value, Formula):
        return value
    if value in values:
        return values[value]
    return Formula(re.sub(r"[A-Za-z_]\w*", lambda match: _text(match[0], values), value))


def _text(name: str, values: Mapping[str, Any]) -> str:
    if name not in values:
        return name
    text = str(values[name]).lower() if isinstance(values[name], bool) else str(values[name])
    return text if re.fullmatch(r"\w+", text) else f"({text})"
