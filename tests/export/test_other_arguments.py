"""Classes of blocks, built at arguments that the network does not call: they are the blocks of the spec at those, too.

The exporter tries other arguments itself while it writes a class; here they are others again. Where a block became one
class, a call of the block, unfolded by archcalc, and an instance of the class, run by PyTorch, have the same tensors
and the same outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from catalogue import variants
from effort import share
from export.generated import BATCH, Network, batches, exported, namespace, networks, number, ran, state
from layers.oracles import load_torch

from archcalc.export.torch import BlockClass, Source
from archcalc.export.torch.kinds import axes_of, target_of
from archcalc.export.torch.nesting import scopes
from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensors import Bundle, wires_of
from archcalc.export.torch.trials import Trials
from archcalc.expressions.values import Value, Word

NETS = Path(__file__).parent / "nets"
OWN = [Network(path, variant) for path in sorted(NETS.glob("*.yaml")) for variant in variants(path)]
STEPS = (2, 3)
MOST = 6_000
"""Layers of a call that is looked at: one that doubles at every level says no more when it is four times as large."""


def trials(network: Network, of: BlockClass) -> list[Scope]:
    """Calls of a block that neither the network nor the exporter makes."""
    program = network.load().program
    unfolded = program.unfold()
    made = Trials(unfolded.globals, program.network_spec.rounding)
    # The class may have been written for symbols; here every size is a number.
    (first,) = [one for one in scopes(unfolded.graph).inner() if one.module.prefix == of.places[0].module.prefix]
    found = [scope for step in STEPS for scope in made.of(first, step) if of.covers(scope)]
    return [scope for scope in found if sum(1 for _ in scope.leaves()) <= MOST]


def differences(source: Source, of: BlockClass, scope: Scope, symbols: Mapping[str, Value]) -> str | None:
    """What is wrong with the class of a block at other arguments."""
    torch = load_torch()
    given = of.arguments(scope, symbols)
    if given is None:
        return f"{of.name} has arguments that its block has not"
    graph = scope.module.graph
    assert graph is not None
    called = f"{of.name}({', '.join(f'{name}={value}' for name, value in given.items())})"
    classes = {name: target_of(value, axes_of(scope)) for name, value in given.items() if isinstance(value, Word)}
    given.update({name: getattr(torch.nn, str(target).removeprefix("nn.")) for name, target in classes.items()})
    try:
        with torch.device("meta"):
            module = getattr(namespace(source), of.name)(**given).eval()
        tensors = iter(batches([wire.node for stream in scope.inputs for wire in wires_of(stream)]))
        entering = [
            [next(tensors) for _ in stream.wires] if isinstance(stream, Bundle) else next(tensors)
            for stream in scope.inputs
        ]
        found = ran(module, entering)
    except Exception as error:
        return f"{called}: {type(error).__name__}: {error}"
    expected = {name.removeprefix(scope.module.prefix): sizes for name, sizes in state(graph).items()}
    learned = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    if learned != expected:
        return f"{called} has {learned}, and right is {expected}"
    shapes = [wire.shape for wire in of.outputs(scope)]
    promised = [(BATCH * number(shape.items), *shape.sizes) for shape in shapes]
    return None if found[: len(promised)] == promised else f"{called} gives {found}, and right is {promised}"


def wrong(network: Network) -> list[str]:
    """What is wrong with the classes of a network."""
    source = exported(network.load())
    symbols = network.load().unfold().symbols
    return [
        text
        for one in source.blocks
        for scope in trials(network, one)
        if (text := differences(source, one, scope, symbols)) is not None
    ]


def firsts(path: Path) -> list[str | None]:
    """The variants of a file that are looked at: its first ones, for they share their blocks."""
    return variants(path)[:2]


UNTOLD = {
    "Head": "its first linear layer reads a flattened map, whose size no argument of the block tells",
}
"""Classes with arguments that their blocks do not have, and why."""


OTHERS = [one for one in networks() if one.variant in firsts(one.path)]
SIXTHS = 6
"""Each commit tries a sixth of them."""


@pytest.mark.parametrize("network", [*OWN, *share(OTHERS, 0, SIXTHS)], ids=str)
def test_a_class_is_its_block_at_other_arguments(network: Network) -> None:
    untold = {f"{name} has arguments that its block has not" for name in UNTOLD}
    assert set(wrong(network)) <= untold
