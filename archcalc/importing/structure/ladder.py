"""The ladder: forms of one network, from the one that reads best down to the flat list, which can always be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from archcalc.importing.record import Layer, Record
from archcalc.importing.structure.blocks import Block, Form, block, forms
from archcalc.importing.structure.classes import candidates, free_name, innermost_first, name_of
from archcalc.importing.structure.data import Spec, Steps
from archcalc.importing.structure.flat import flat
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.groups import number_all
from archcalc.importing.structure.in_place import put_in_place
from archcalc.importing.structure.interface import pools_that_round_up, spec
from archcalc.importing.structure.lines import Call, Line, Liner
from archcalc.importing.structure.lists import listed
from archcalc.importing.structure.loops import fused, looped
from archcalc.importing.structure.naming import Naming
from archcalc.importing.structure.schedules import schedules
from archcalc.importing.structure.steps import steps
from archcalc.importing.structure.tree import Place, tree

Level: TypeAlias = Literal["structured", "unconditional", "groups", "flat"]
LADDER: tuple[Level, ...] = ("structured", "unconditional", "groups", "flat")
"""Blocks with conditions; blocks without; groups that are written out; the flat list."""


def structured(
    record: Record,
    level: Level = "structured",
    shapes: Sequence[Sequence[Any]] | None = None,
    at: Mapping[str, int] | None = None,
) -> Spec:
    """The network in the form of this level of the ladder.

    `shapes` are those of the inputs where they hold symbols, whose values `at` gives. Raises: Unsayable, where the form
    has no words for something; the flat list has words for everything.
    """
    return flat(record, shapes, at) if level == "flat" else _nested(record, level, shapes, at)


def _nested(record: Record, level: Level, shapes: Sequence[Sequence[Any]] | None, at: Mapping[str, int] | None) -> Spec:
    root = tree(record)
    flow = Flow(record, root)
    classes = {} if level == "groups" else candidates(root, flow)
    naming = Naming(record, flow, {place for places in classes.values() for place in places})
    liner = Liner(flow, naming)
    pools = pools_that_round_up(record)
    liner.fields = {**schedules(root, naming.blocks), **{layer: _without_rounding(layer) for layer in pools}}
    for value in record.outputs if not _is_last(record, liner) else ():
        naming.label(value, root)
    liner.label_all(root)
    blocks: dict[str, Block] = {}
    for places in innermost_first(classes):
        _blocks(places, liner, blocks, with_conditions=level == "structured")
    lines = liner.lines(root)
    number_all([lines])
    if level != "groups":
        lines = looped(lines)
        put_in_place(blocks, lines)
    rounding = {"conv": "floor", "pool": "ceil"} if pools else "floor"
    return spec(
        record, *written(blocks, lines, with_loops=level != "groups"), _outputs(record, liner), shapes, at, rounding
    )


def _without_rounding(layer: Layer) -> dict[str, Any]:
    return {name: value for name, value in layer.fields.items() if name != "rounding"}


def _blocks(places: list[Place], liner: Liner, blocks: dict[str, Block], *, with_conditions: bool) -> None:
    """The blocks of the places of one class: of those that read equally many maps, as far as they are alike."""
    bodies = {place: liner.lines(place) for place in places}
    number_all(list(bodies.values()))
    bodies = {place: looped(lines) for place, lines in bodies.items()}
    by_maps: dict[int, dict[Place, list[Line]]] = {}
    for place, lines in bodies.items():
        by_maps.setdefault(len(liner.flow.reads[place]), {})[place] = lines
    for some in by_maps.values():
        for form in forms(some, with_conditions=with_conditions):
            _block(form, liner, blocks)


def _block(form: Form, liner: Liner, blocks: dict[str, Block]) -> None:
    """The block of a form, and the calls that its places are."""
    name = free_name(name_of(form.places[0].class_name), blocks)
    maps = [str(parameter) for parameter in liner.naming.parameters(form.places[0]).values()]
    found, rows = block(form, name, maps, liner.flow)
    blocks[name] = found
    for place, values in zip(form.places, rows, strict=True):
        liner.calls[place] = Call(name, values, found.sorts, found.defaults)


def written(blocks: Mapping[str, Block], lines: list[Line], *, with_loops: bool) -> tuple[dict[str, Steps], Steps]:
    """The blocks and the layers of a spec."""

    def cost(some: list[Line]) -> int:
        return len(str(steps(some, blocks)))

    if with_loops:
        for found in blocks.values():
            found.lines = listed(found.lines, found.order, cost)
        lines = listed(lines, (), cost)
    heads: dict[str, Steps] = {found.head(): steps(fused(found.lines), blocks) for found in blocks.values()}
    return heads, steps(fused(lines), blocks)


def _outputs(record: Record, liner: Liner) -> Any:
    """The outputs by name; None where the last step makes the only one."""
    if _is_last(record, liner):
        return None
    found = list(dict.fromkeys(liner.naming.name(value, liner.flow.root) for value in record.outputs))
    return found if len(found) != 1 else found[0]


def _is_last(record: Record, liner: Liner) -> bool:
    """Whether the last step makes the only output."""
    last = liner.wired(liner.flow.root)[-1:]
    return len(record.outputs) == 1 and bool(last) and liner.flow.main(last[0].item) is record.outputs[0]
