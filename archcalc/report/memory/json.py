"""The account of memory as plain data: integers, and closed forms as text where symbols remain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims.figures import number_text

if TYPE_CHECKING:
    from archcalc.memory import Memory


def plain(memory: Memory) -> dict[str, Any]:
    """The entry of a network in the output of `archcalc memory --format json`; all amounts are bytes."""
    plan = memory.plan
    moment = memory.peak_moment
    return {
        "batch": plan.batch,
        "precision": plan.precision.name,
        "optimizer": None if plan.optimizer is None else plan.optimizer.name,
        "in_place": plan.in_place,
        "checkpoints": list(plan.checkpoints),
        "weights": _number(memory.weights),
        "buffers": _number(memory.buffers),
        "gradients": _number(memory.gradients),
        "states": _number(memory.states),
        "inputs": _number(memory.inputs),
        "activations": _number(memory.activations),
        "saved": _number(memory.saved),
        "kv_cache": _number(memory.kv_cache),
        "peak": _number(memory.peak),
        "peak_at": None if moment is None else {"layer": moment.place, "phase": moment.phase},
        "closed_forms": {name: number_text(form) for name, form in memory.closed_forms.items()},
        "layers": [
            {
                "name": one.name,
                "kind": one.kind,
                "tensors": _number(one.tensors),
                "writes": _number(one.writes),
                "saved": _number(one.saved),
            }
            for one in memory.layers
        ],
        "unknown": list(memory.unknown),
    }


def _number(value: object) -> object:
    return value if value is None or isinstance(value, int) else number_text(value)
