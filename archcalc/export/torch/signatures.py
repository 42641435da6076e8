"""What makes two places of a block the same code: in everything, or in everything but the numbers."""

from __future__ import annotations

from typing import Any

from archcalc.expand.scope import UNKNOWN
from archcalc.export.torch.layer_parts import default
from archcalc.export.torch.namespace import Mismatch
from archcalc.export.torch.parts import is_group, is_trained
from archcalc.export.torch.scopes import Leaf, Scope, numbered
from archcalc.export.torch.tensors import Bundle, Stream, Wire, wires_of
from archcalc.graph import Map
from archcalc.layers.base import TorchCall


def signature(scope: Scope, *, strict: bool, template_of: Any = None, around: Scope | None = None) -> Any:
    """What makes two places of a block the same code: everything, or with `strict` everything but the numbers."""
    around = around or scope
    numbers = numbered(scope.inputs, "input")
    found: list[Any] = [len(scope.outputs), scope.order]
    if not strict:
        variables = scope.module.arguments.variables if scope.module.arguments is not None else {}
        found.append(tuple((key, _plain(value)) for key, value in variables.items()))
        found.append(tuple(tuple(wire.shape for wire in wires_of(stream)) for stream in scope.inputs))
        if scope.module.block is None:
            found.append(id(scope))
    for serial, item in enumerate(scope.items):
        key = (item.key, tuple(turn.number for turn in item.turns), item.label, item.owner is None)
        wires = tuple(_read(stream, numbers) for stream in item.wires)
        if isinstance(item, Leaf):
            calls: Any = tuple(_outline(call) for call in item.calls) if strict else id(item.calls)
            found.append((key, wires, calls, is_trained(item, around), item.gives_indices))
        elif strict and item.owner is not None:
            found.append((key, wires, item.owner.label))
        elif strict and not is_group(item):
            found.append((key, wires, id(template_of(item)[0])))
        else:
            inner = around if is_group(item) else item
            found.append((key, wires, signature(item, strict=strict, template_of=template_of, around=inner)))
        for wire, number in numbered(item.outputs, serial).items():
            numbers.setdefault(wire, number)
    found.append(tuple(_read(stream, numbers) for stream in scope.outputs))
    return tuple(found)


def _read(stream: Stream, numbers: dict[Wire, Any]) -> Any:
    """Where a stream comes from; a list is told from its only entry."""
    found = tuple(numbers.get(wire) for wire in wires_of(stream))
    return found if isinstance(stream, Bundle) else found[0]


def _outline(call: TorchCall) -> Any:
    words = {key: value for key, value in call.kwargs.items() if isinstance(value, str)}
    keys = tuple(key for key in call.kwargs if not _has_default(call, key))
    texts = tuple(value for value in call.args if isinstance(value, str))
    return call.target, len(call.args), keys, texts, tuple(words.items()), call.result


def _has_default(call: TorchCall, keyword: str) -> bool:
    try:
        default(call.target, keyword, call.kwargs)
    except Mismatch:
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Map):
        return None if value.shape is None else ("map", value.shape)
    if value is UNKNOWN:
        return None
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    return (type(value), value)
