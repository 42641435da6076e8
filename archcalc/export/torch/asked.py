"""Maps whose sizes a formula asks for: `height(here) // 7` asks for the rows of the map in front of its step.

A function that `forward` calls may be given such a size as `x.shape[1] // 7`. What a constructor takes has no map yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcalc.expand.scope import Binding
from archcalc.expressions.functions import MAP_SIZES
from archcalc.expressions.nodes import Path
from archcalc.graph import Map, Module, Node, outward
from archcalc.spec.model import Argument, Formula, LayerStep, Listing


def asked(node: Node, *, channels: bool = False) -> list[Map]:
    """The maps whose sizes the fields of a layer ask for, in the order of the text; for `channels` alone if wanted.

    >>> import archcalc
    >>> text = "input: [4, 6, 8]\\nlayers: [reshape: [channels(here), height(input) * width(here)]]"
    >>> [str(one.shape) for one in asked(archcalc.load(text).check().graph.nodes[0])]
    ['4×6×8']
    """
    fields = node.step.fields.values() if isinstance(node.step, LayerStep) else ()
    calls = [call for formula in _formulas(fields) for call in formula.tree.calls if call.name in MAP_SIZES]
    if not channels and all(call.name == "channels" for call in calls):
        return []
    paths = (argument.fixed for call in calls for argument in call.arguments[:1] if isinstance(argument, Path))
    found = [map_of(node, path) for path in paths if path is not None]
    return list(dict.fromkeys(one for one in found if one is not None))


def map_of(node: Node, path: tuple[str, ...]) -> Map | None:
    """The map that a path leads to in the formulas of a layer; None where that is not known any more."""
    if path == ("here",):
        found: object = node.here
    elif path == ("input",):
        found = _entry(node)
    else:
        found = _named(node, path)
    value = found.value if isinstance(found, Binding) else found
    if not isinstance(value, Map) or value.node is None or value.node.is_constant or value.node.index >= node.index:
        return None
    return value


def _formulas(arguments: Iterable[Argument]) -> Iterator[Formula]:
    for argument in arguments:
        if isinstance(argument, Formula):
            yield argument
        elif isinstance(argument, Listing):
            yield from _formulas(argument.items)


def _entry(node: Node) -> object:
    """What enters the block around, or the network."""
    for frame in outward(node.frame):
        if frame.module is not None and frame.module.block is not None:
            return frame.module.entry
    inputs = node.module.graph.inputs if node.module.graph is not None else []
    return inputs[0].outputs[0] if len(inputs) == 1 else None


def _named(node: Node, path: tuple[str, ...]) -> object:
    head, *others = path
    if head.isdigit():
        return None
    found: object = None
    for frame in outward(node.frame):
        names = frame.module.names if frame.module is not None else {}
        if head in frame.variables or head in names:
            found = frame.variables[head] if head in frame.variables else names[head]
            break
    for name in others:
        found = _member(found, name)
    return found


def _member(found: object, name: str) -> object:
    value = found.value if isinstance(found, Binding) else found
    if isinstance(value, tuple) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    inside = found.inside if isinstance(found, Binding) else None
    return inside.names.get(name) if isinstance(inside, Module) else None
