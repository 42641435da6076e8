"""Classes of blocks at arguments that the network does not call: each must be its block there, too."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.diagnostics.codes import export as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.export.torch.kinds import axes_of, target_of
from archcalc.export.torch.nesting import scopes
from archcalc.export.torch.scopes import Scope, Unexpressed
from archcalc.export.torch.tensors import Bundle, wires_of
from archcalc.export.torch.trials import Trials
from archcalc.expressions.values import Value, Word
from archcalc.graph import Graph
from archcalc.network import Network
from archcalc.spec.model import Rules
from archcalc.verify.compare import expected_sizes
from archcalc.verify.job import BlockCode, Failed, Ran, Sizes

STEP = 2
"""The exporter changes arguments by 1; here they change by more."""
MOST_TRIALS = 4
"""So many calls of a block are made, those that differ most from the calls of the network."""


class BlockTrial(NamedTuple):
    """A class of a block, a call of the block, and what the constructor takes for it."""

    block: BlockCode
    scope: Scope
    arguments: dict[str, Value]

    @property
    def title(self) -> str:
        """The instance as Python writes it."""
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.block.name}({given})"

    @property
    def plain(self) -> dict[str, Any]:
        """The arguments as JSON has them; a kind of layer is the name of its class."""
        axes = axes_of(self.scope)
        return {name: _plain(value, axes) for name, value in self.arguments.items()}

    @property
    def graph(self) -> Graph:
        """The block alone, called so."""
        graph = self.scope.module.graph
        assert graph is not None, "a trial has a graph of its own"
        return graph

    def inputs(self, batch: int) -> tuple[Sizes, ...]:
        """The sizes of what `forward` takes, one by one."""
        return tuple(expected_sizes(wire.shape, batch) for stream in self.scope.inputs for wire in wires_of(stream))

    @property
    def lists(self) -> tuple[int | None, ...]:
        """How many of them are a list, for every argument of `forward`; None for one that is no list."""
        return tuple(len(stream.wires) if isinstance(stream, Bundle) else None for stream in self.scope.inputs)

    def difference(self, ran: Ran | Failed, batch: int) -> Diagnostic | None:
        """What is not as the block has it."""
        told = self._told(ran, batch)
        if told is None:
            return None
        step = self.scope.module.step
        called = f"block `{self.scope.module.block}`"
        message = f"{self.title} is not {called}, called in the same way: {told}"
        return Diagnostic(codes.CLASS_DIFFERS, message, step.span)

    def _told(self, ran: Ran | Failed, batch: int) -> str | None:
        if isinstance(ran, Failed):
            return None if ran.stage in ("time", "memory", "process") else ran.brief
        owners = [node for node in self.graph.nodes if node.shares is None and node.facts is not None]
        right = {
            node.key(tensor).removeprefix(self.scope.module.prefix): tensor.shape
            for node in owners
            for tensor in (*node.facts.weights, *node.facts.buffers)  # type: ignore[union-attr]
        }
        seen = {name: tensor.shape for name, tensor in ran.state.items()}
        for name in (*right, *seen):
            if seen.get(name) != right.get(name):
                return f"{name} has {_sizes(seen.get(name))}, and {_sizes(right.get(name))} is right"
        outputs = tuple(expected_sizes(wire.shape, batch) for wire in self.block.outputs(self.scope))
        if ran.outputs[: len(outputs)] != outputs:
            return f"it gives {_listed(ran.outputs)}, and {_listed(outputs)} is right"
        return None


def trials(network: Network, rounding: Rules, blocks: tuple[BlockCode, ...]) -> Iterator[BlockTrial]:
    """Calls of the blocks of a network, all of whose sizes are numbers, that it does not make itself."""
    try:
        places = {scope.module.prefix: scope for scope in scopes(network.graph).inner()}
    except Unexpressed:
        return
    made = Trials(network.globals, rounding)
    for block in blocks:
        first = places.get(block.places[0].module.prefix)
        found = made.of(first, STEP) if first is not None else []
        for scope in [scope for scope in found if block.covers(scope)][-MOST_TRIALS:]:
            given = block.arguments(scope, network.symbols)
            if given is not None:
                yield BlockTrial(block, scope, given)


def _plain(value: Value, axes: int) -> Any:
    if isinstance(value, Word):
        return {"class": target_of(value, axes)}
    if isinstance(value, Fraction):
        return float(value)
    return [_plain(one, axes) for one in value] if isinstance(value, tuple) else value


def _sizes(shape: Any) -> str:
    return "no tensor" if shape is None else "x".join(map(str, shape)) or "one number"


def _listed(outputs: Any) -> str:
    return ", ".join(map(_sizes, outputs))
