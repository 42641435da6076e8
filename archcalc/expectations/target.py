"""What is measured: the network, or the layers and scopes that names and patterns stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.expand.scope import Binding
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Graph, Map, Module, Node, outward, scopes


class Target(NamedTuple):
    """A layer or a scope: its layers, and by name the maps that leave it."""

    name: str
    nodes: list[Node]
    outputs: dict[str, Map]


class NoTarget(Exception):
    """There is no layer or scope of a name; `name` is the one, `help` another that could be meant."""

    def __init__(self, name: str, help: str) -> None:
        self.name = name
        self.message = f"{'no layer or scope fits' if is_pattern(name) else 'there is no layer or scope'} `{name}`"
        self.help = help
        super().__init__(self.message)


def is_pattern(name: str) -> bool:
    """Whether a text stands for every name that it fits: `*` for any characters, `?` for one."""
    return "*" in name or "?" in name


INPUT = "input"
"""What enters the network, unless a layer is called so."""


def targets(graph: Graph, names: Sequence[str], *, others: Sequence[str] = ()) -> list[Target]:
    """What names and patterns stand for; without any, the network. `others` are names that could have been meant.

    Where no layer has the name, `input` is what enters the network, and has no layers.

    Raises: NoTarget if one stands for nothing, UnknownValue if an error may be the reason.
    """
    if not names:
        return [Target("", graph.nodes, graph.outputs)]
    found: dict[str, Target] = {}
    for name in names:
        selected = _fitting(graph, name) if is_pattern(name) else _named(graph, name)
        if not selected:
            raise _missing(graph, name, others)
        found.update((target.name, target) for target in selected)
    return list(found.values())


def nodes_of(graph: Graph, found: list[Target]) -> list[Node]:
    """The layers of all targets in the order of the network, each once."""
    if len(found) == 1:
        return found[0].nodes
    chosen = {id(node) for target in found for node in target.nodes}
    return [node for node in graph.nodes if id(node) in chosen]


def _named(graph: Graph, name: str) -> list[Target]:
    found = _find(graph.root, name.split("."))
    if isinstance(found, Module):
        return _targets(graph, {name: found})
    for node in graph.nodes:
        if node is found or (found is None and node.name == name):
            return [_layer(node, name)]
    if name == INPUT:
        return [Target(INPUT, [], {node.label: node.outputs[0] for node in graph.inputs})]
    return []


def _fitting(graph: Graph, pattern: str) -> list[Target]:
    """The layers and scopes whose names a pattern fits."""
    found = {name: scope for name, scope in scopes(graph).items() if fits(pattern, name)}
    layers = [_layer(node, node.name) for node in graph.nodes if fits(pattern, node.name)]
    return [*_targets(graph, found), *layers]


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern fits a name as a whole: `*` any characters, `?` one.

    Cost: at most a look at every character of the pattern for every one of the name

    >>> fits("*.conv?", "layer1.0.conv2"), fits("conv?", "conv10")
    (True, False)
    """
    if "?" not in pattern:
        return _fits_parts(pattern.split("*"), name)
    at = position = star = begin = 0
    seen_star = False
    while position < len(name):
        if at < len(pattern) and pattern[at] == "*":
            seen_star, star, begin = True, at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[position]):
            at += 1
            position += 1
        elif seen_star:
            # The last star takes one character more.
            begin += 1
            at, position = star + 1, begin
        else:
            return False
    return all(rest == "*" for rest in pattern[at:])


def _fits_parts(parts: list[str], name: str) -> bool:
    """Whether a name is made of these parts, with anything between them: the first place of each is good enough."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return first == name
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in parts[1:-1]:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _layer(node: Node, name: str) -> Target:
    several = node.layer is not None and node.layer.gives_list
    return Target(name, [node], outputs_of(name, node.outputs if several else node.outputs[0]))


def _targets(graph: Graph, scopes: dict[str, Module]) -> list[Target]:
    """Scopes with their layers, found in one walk through the network however many scopes there are.

    Scopes differ by their place: a step that is used again has a scope of its own there.
    """
    inside: dict[str, list[Node]] = {scope.prefix: [] for scope in scopes.values()}
    for node in graph.nodes:
        for module in outward(node.module):
            if module.prefix in inside:
                inside[module.prefix].append(node)
    return [Target(name, inside[scope.prefix], outputs_of(name, scope.output)) for name, scope in scopes.items()]


def outputs_of(name: str, output: Value) -> dict[str, Map]:
    """The maps that leave a layer or a scope of a name, each by a name of its own."""
    maps = output if isinstance(output, tuple) else (output,)
    return {f"{name}.{i}" if len(maps) > 1 else name: value for i, value in enumerate(maps) if isinstance(value, Map)}


def _find(module: Module, path: list[str]) -> Node | Module | None:
    found: Node | Module | None = module
    for name in path:
        binding = found.names.get(name) if isinstance(found, Module) else None
        found = binding.inside if isinstance(binding, Binding) else None
    return found


def _missing(graph: Graph, name: str, others: Sequence[str]) -> NoTarget:
    """There is nothing of this name. Raises: UnknownValue if an error may be the reason."""
    if not graph.is_complete:
        raise UnknownValue
    near = closest(name, [*others, *(node.name for node in graph.nodes), *sorted(scopes(graph))])
    return NoTarget(name, f"did you mean `{near}`?" if near else "use a name as the table shows it")
