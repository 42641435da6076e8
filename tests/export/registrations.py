"""Orders of registration: drawn at random into a spec, and what a state_dict must then look like.

The order is worked out from the nodes of the graph and their names alone, scope by scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from archcalc.graph import Graph, Node, outward

MERGES = ("add", "concat", "dot_attention", "fork", "matmul", "multiply", "stack", "subtract")
NO_MODULES = (*MERGES, "mean", "sum", "max", "use")


def shuffled(spec: dict[str, Any], draw: Random) -> dict[str, Any]:
    """A spec, as plain data, that registers some steps of most scopes elsewhere than they run."""
    for steps in (*(spec.get("blocks") or {}).values(), spec["layers"]):
        _register(steps, draw, is_scope=True)
    return spec


def _register(steps: list[Any], draw: Random, *, is_scope: bool, is_loop: bool = False) -> None:
    # What a loop computes belongs into its turns, and everything else stands in no loop.
    named = list(_names(steps, is_loop=is_loop))
    merges = {name for name, is_module in named if not is_module}
    names = list(dict.fromkeys(name for name, _ in named if name not in merges and ("$" in name) is is_loop))
    draw.shuffle(names)
    for step in list(steps):
        for inner, opens, turns in _inside(step):
            _register(inner, draw, is_scope=opens, is_loop=turns)
    while (is_scope or is_loop) and names and draw.random() < 0.7:
        some = draw.randint(1, len(names))
        steps.insert(draw.randint(0, len(steps)), {"register": names[:some]})
        del names[:some]


def _inside(step: Any) -> Iterator[tuple[list[Any], bool, bool]]:
    """Lists of steps in a step, each with whether it is a scope, and whether it is a loop in the scope around."""
    if not isinstance(step, dict) or "register" in step:
        return
    if "do" in step:
        yield step["do"], "as" in step, "as" not in step and "for" in step
    for kind in MERGES:
        written = step.get(kind)
        branches = written.get("branches", []) if isinstance(written, dict) else written
        for branch in branches if isinstance(branches, list) else []:
            if isinstance(branch, list):
                yield branch, False, False
            elif isinstance(branch, dict):
                yield [branch], False, False


def _names(steps: Sequence[Any], *, is_loop: bool) -> Iterator[tuple[str, bool]]:
    """The names that steps give in the scope around, each with whether it is that of a module or a container."""
    for step in steps:
        if not isinstance(step, dict):
            continue
        name = step.get("as", "none").partition(".")[0]
        if name != "none":
            # A turn that leaves a step out may compute the name of another one.
            yield name, step.keys().isdisjoint(NO_MODULES) and ("$" not in name or "when" not in step)
        if not is_loop:
            for inner, opens, _ in _inside(step):
                if not opens:
                    yield from _names(inner, is_loop=False)


def order(graph: Graph) -> list[str]:
    """The layers with state in the order of a state_dict: what a scope learns itself, its buffers, scope by scope."""
    keeps = [
        one for one in graph.nodes if one.shares is None and one.facts and (one.facts.weights or one.facts.buffers)
    ]
    scopes = {scope.prefix: scope.home for node in graph.nodes for scope in outward(node.module)}
    return [node.name for node in _ordered(graph, keeps, scopes, "")]


def _ordered(graph: Graph, keeps: list[Node], scopes: dict[str, Any], prefix: str) -> Iterator[Node]:
    places: dict[str, tuple[int, ...]] = {}
    for index, node in enumerate(graph.nodes):
        if node.name.startswith(prefix):
            places.setdefault(node.name.removeprefix(prefix).partition(".")[0], (index, 1))
    for serial, (layers, names) in enumerate(scopes[prefix].registered if prefix in scopes else ()):
        places.update({name: (layers, 0, serial, rank) for rank, name in enumerate(names) if name in places})
    names = sorted(places, key=lambda name: places[name])
    own = {node.name.removeprefix(prefix): node for node in keeps if node.name.startswith(prefix)}
    tensors = [own[name] for name in names if name in own and own[name].is_tensor]
    yield from sorted(tensors, key=lambda node: not (node.facts and node.facts.weights))
    for name in names:
        if name not in own:
            yield from _ordered(graph, keeps, scopes, f"{prefix}{name}.")
        elif not own[name].is_tensor:
            yield own[name]
