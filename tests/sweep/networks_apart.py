"""The judge of networks: every design unfolded by itself, and all that it is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.api.architecture import Architecture
from archcalc.api.sweeping import Sweep
from archcalc.network import Settings


def made_of(network: Architecture, values: dict[str, Any]) -> Any:
    """The layers of a design with their fields, what they read, what they write and their tensors."""
    graph = network.program.unfold_anew(Settings(values)).graph
    places = {id(node): at for at, node in enumerate([*graph.inputs, *graph.nodes])}
    layers = []
    for node in graph.nodes:
        read = tuple([(places[id(one.node)], one.port) for one in node.inputs if one.node is not None])
        shapes = tuple([(one.shape.sizes if one.shape else None) for one in node.outputs])
        owner = node.shares or node.tied
        weights = node.facts.weights if node.facts is not None else ()
        layers.append(
            (node.kind, repr(node.layer), read, shapes, weights, owner and places[id(owner)], node.trainable, node.name)
        )
    inputs = tuple([node.outputs[0].shape for node in graph.inputs])
    outputs = tuple([(name, places[id(one.node)], one.port) for name, one in graph.outputs.items()])
    return inputs, tuple(layers), outputs


def first_of(space: Sweep, number: int) -> int:
    """The design of the same network with the first value of all that nobody reads."""
    networks = space._networks
    assert networks is not None
    codes = dict(enumerate(space.space.codes(number)))
    for place, size in enumerate(space.space.sizes):
        read = networks.readings.where.get(place)
        if size > 1 and (read is None or not read.at(codes)):
            first = networks.readings.first.get(place, 0)
            number += (first - codes[place]) * space.space.strides[place]
    return number


def differences(network: Architecture, space: Sweep, numbers: Iterable[int]) -> list[str]:
    """Designs of which it is said that they are the same network as another one, and are not."""
    wrong = []
    legal, _, _ = space.cells.evaluate(list(numbers))
    for number, is_legal in zip(numbers, legal.tolist(), strict=True):
        first = first_of(space, number)
        if not is_legal or first == number:
            continue
        one, other = ({**space.question.given, **space.values(at)} for at in (number, first))
        if not space[first].legal or made_of(network, one) != made_of(network, other):
            wrong.append(f"{network.title}: {one} is not {other}")
    return wrong
