"""What a claim is about: the network, or the layer or scope that its `of` names."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import claims as codes
from archcalc.expand.scope import Binding
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Graph, Map, Module, Node
from archcalc.spec.model import Claim, mistake
from archcalc.tally import tally


class Target(NamedTuple):
    """Layers, and by name the maps that leave them."""

    nodes: list[Node]
    outputs: dict[str, Map]


def target(graph: Graph, claim: Claim) -> Target:
    """What a claim is about. Raises: Mistake if `of` names nothing, UnknownValue if an error may be the reason."""
    if claim.of is None:
        return Target(graph.nodes, graph.outputs)
    found = _find(graph.root, claim.of.split("."))
    if isinstance(found, Module):
        inside = [node for node in graph.nodes if _is_inside(node.module, found)]
        return Target(inside, _named(claim.of, found.output))
    for node in graph.nodes:
        if node is found or (found is None and node.name == claim.of):
            several = node.layer is not None and node.layer.gives_list
            return Target([node], _named(claim.of, node.outputs if several else node.outputs[0]))
    if any(output.shape is None for node in graph.nodes for output in node.outputs):
        raise UnknownValue
    scopes = {".".join(node.module.path) for node in graph.nodes} - {""}
    near = closest(claim.of, [*(node.name for node in graph.nodes), *sorted(scopes)])
    raise mistake(
        codes.UNKNOWN_TARGET,
        f"there is no layer or scope `{claim.of}`",
        claim.keys["of"],
        "",
        f"did you mean `{near}`?" if near else "use a name as the table shows it",
    )


def _named(name: str, output: Value) -> dict[str, Map]:
    maps = output if isinstance(output, tuple) else (output,)
    return {f"{name}.{i}" if len(maps) > 1 else name: value for i, value in enumerate(maps) if isinstance(value, Map)}


def _find(module: Module, path: list[str]) -> Node | Module | None:
    found: Node | Module | None = module
    for name in path:
        binding = found.names.get(name) if isinstance(found, Module) else None
        found = binding.inside if isinstance(binding, Binding) else None
    return found


def _is_inside(module: Module | None, scope: Module) -> bool:
    """Scopes are told apart by their place: a step that is used again has a scope of its own there."""
    while module is not None and module.parent is not None:
        if module.prefix == scope.prefix:
            return True
        module = module.parent
    return False


def value_of(quantity: str, claim: Claim, graph: Graph) -> Value:
    """A count, or the sizes of the output, of what a claim is about. Raises: Mistake, UnknownValue."""
    found = target(graph, claim)
    if quantity == "output":
        return _sizes(found, claim)
    if any(node.facts is None or node.facts.outputs is None for node in found.nodes):
        raise UnknownValue
    nodes = found.nodes
    if claim.counting == "convolutions":
        nodes = [node for node in nodes if node.layer is not None and node.layer.family == "conv"]
    totals = tally(nodes)
    if quantity == "parameters" and claim.counting == "frozen":
        return totals.parameters + totals.frozen
    return getattr(totals, quantity)


def _sizes(found: Target, claim: Claim) -> Value:
    if len(found.outputs) != 1:
        what = f"`{claim.of}`" if claim.of else "the network"
        raise mistake(
            codes.UNKNOWN_TARGET,
            f"{what} has {len(found.outputs)} outputs" if found.outputs else f"{what} has no output",
            claim.keys["output"],
            "",
            *((f"say which one, for example `of: {next(iter(found.outputs))}`",) if found.outputs else ()),
        )
    (output,) = found.outputs.values()
    if output.shape is None:
        raise UnknownValue
    return output.shape.sizes
