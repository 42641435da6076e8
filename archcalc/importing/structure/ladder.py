"""The ladder: forms of one network, from the one that reads best down to the flat list, which can always be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from archcalc.importing.record import Record
from archcalc.importing.structure.data import Spec
from archcalc.importing.structure.flat import flat
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.groups import number_groups
from archcalc.importing.structure.interface import spec
from archcalc.importing.structure.lines import Liner, steps
from archcalc.importing.structure.naming import Naming, Unsayable
from archcalc.importing.structure.tree import tree

Level: TypeAlias = Literal["structured", "unconditional", "groups", "flat"]
LADDER: tuple[Level, ...] = ("structured", "unconditional", "groups", "flat")
"""Blocks with conditions; blocks without; groups that are written out; the flat list."""


def structured(
    record: Record,
    level: Level = "structured",
    shapes: Sequence[Sequence[Any]] | None = None,
    at: Mapping[str, int] | None = None,
) -> Spec:
    """The network in the form of this level of the ladder, or of the next one that has words for it.

    `shapes` are those of the inputs where they hold symbols, whose values `at` gives.
    """
    for form in LADDER[LADDER.index(level) : -1]:
        try:
            return _nested(record, form, shapes, at)
        except Unsayable:
            continue
    return flat(record, shapes, at)


def _nested(record: Record, level: Level, shapes: Sequence[Sequence[Any]] | None, at: Mapping[str, int] | None) -> Spec:
    root = tree(record)
    flow = Flow(record, root)
    naming = Naming(record, flow, ())
    liner = Liner(flow, naming)
    for value in record.outputs:
        naming.label(value, root)
    liner.label_all(root)
    lines = liner.lines(root)
    number_groups(lines)
    return spec(record, {}, steps(lines), _outputs(record, liner), shapes, at)


def _outputs(record: Record, liner: Liner) -> Any:
    """The outputs by name; None where the last step makes the only one."""
    flow, naming = liner.flow, liner.naming
    last = liner.wired(flow.root)[-1:]
    if len(record.outputs) == 1 and last and flow.main(last[0].item) is record.outputs[0]:
        return None
    found = list(dict.fromkeys(naming.name(value, flow.root) for value in record.outputs))
    return found if len(found) != 1 else found[0]
