"""Spec data of lines: their steps, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.importing.structure.blocks import Block
from archcalc.importing.structure.data import Step, Steps, layer_step, same
from archcalc.importing.structure.lines import APPLY, FOR, GROUP, MOVE, REPEAT, USE, Branch, Line
from archcalc.importing.structure.naming import HERE

MOST_IN_ORDER = 6
"""So many values of a call are written in their order; more are named."""


def steps(lines: list[Line], blocks: Mapping[str, Block]) -> Steps:
    """The steps of lines, which call these blocks."""
    return [_step(line, blocks) for line in lines]


def _step(line: Line, blocks: Mapping[str, Block]) -> Step:
    step = _body(line, blocks)
    keys = {"as": line.label, "from": line.start, "when": line.when, "tied": line.tied}
    found: Step = {key: value for key, value in keys.items() if value is not None}
    if not line.trainable:
        found["trainable"] = False
    if line.kind == MOVE:
        return found
    return {**found, **step} if line.kind in (GROUP, REPEAT, FOR) else {**step, **found}


def _body(line: Line, blocks: Mapping[str, Block]) -> Step:
    if line.block is not None:
        return {line.block: _arguments(line.values, blocks[line.block])}
    if line.kind in (GROUP, MOVE):
        return {"do": steps(line.body, blocks)} if line.body else {}
    if line.kind == REPEAT:
        return {"repeat": line.values["count"], "do": steps(line.body, blocks)}
    if line.kind == FOR:
        return {"for": dict(line.values), "do": steps(line.body, blocks)}
    if line.kind in (USE, APPLY):
        return {line.kind: line.values["of"]}
    branches = [_branch(branch, blocks) for branch in line.branches] if line.branches else None
    return layer_step(line.kind, line.values, branches)


def _branch(branch: Branch, blocks: Mapping[str, Block]) -> Any:
    if not branch.lines:
        return branch.start
    found = steps(branch.lines, blocks)
    if branch.start == HERE:
        return found
    if "from" in found[0] or "when" in found[0] or "repeat" in found[0] or "for" in found[0]:
        return [{"from": branch.start}, *found]
    first = found[0]
    front = {key: first[key] for key in ("as",) if key in first} if "do" in first else {}
    return [{**front, "from": branch.start, **first} if "do" in first else {**first, "from": branch.start}, *found[1:]]


def _arguments(values: Mapping[str, Any], block: Block) -> Any:
    """What a call gives to a block: values in the order of its parameters, or by name where one is left out."""
    order = block.order
    names = [name for name in order if name in values and not is_left_out(name, values[name], block)]
    if not names:
        return None
    listed = [values[name] for name in names]
    if len(names) == 1 and names == order[:1] and not isinstance(listed[0], (list, tuple)):
        return listed[0]
    if names == order[: len(names)] and len(names) <= MOST_IN_ORDER:
        return listed
    return dict(zip(names, listed, strict=True))


def is_left_out(name: str, value: Any, block: Block) -> bool:
    """Whether a call says nothing of a parameter, which has this value by default."""
    return name in block.defaults and same(block.defaults[name], value)
