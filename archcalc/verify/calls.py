"""The calls of PyTorch that the layers themselves say they are, for the sizes of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.dims import Dim, Number, Polynomial, substitute
from archcalc.export.torch.nesting import scopes
from archcalc.export.torch.scopes import Leaf
from archcalc.graph import Graph
from archcalc.layers.base import Batch, TorchCall
from archcalc.verify.job import ExpectedCall


class Items(NamedTuple):
    """As many as the batch has maps: so many for each of its items."""

    of_one: Dim


Calls = dict[str, tuple[TorchCall, ...]]


def of_layers(graph: Graph) -> Calls:
    """The calls of every layer that are events, by its name: an identity is none. Raises: Unexpressed."""
    return {leaf.node.name: tuple(_counted(leaf)) for leaf in scopes(graph).leaves()}


def _counted(leaf: Leaf) -> Iterator[TorchCall]:
    """The calls of a layer, with as many maps as there are for an item in the place of those of the batch."""
    for call in leaf.events:
        items = leaf.wires[0].shape.items if call.reads is None and leaf.wires else 1
        yield call._replace(args=tuple([Items(items) if value is Batch.ITEMS else value for value in call.args]))


def expected(
    planned: Iterable[tuple[str, int]], here: Calls, written: Calls, sizes: Mapping[str, int], batch: int
) -> tuple[ExpectedCall, ...]:
    """What the events must be in a run on `batch` items at these sizes.

    `here` are the calls of the network whose sizes are numbers, `written` those from which the code was written. A
    layer whose sizes are symbols may need other calls than with numbers; these are then right, at the sizes of the run.
    """
    found: list[ExpectedCall] = []
    for name, times in planned:
        concrete, general = here.get(name, ()), written.get(name, ())
        same = [call.target for call in concrete] == [call.target for call in general]
        calls = concrete if same or not general else general
        found.extend(_call(call, sizes, batch) for call in calls[:times])
    return tuple(found)


def _call(call: TorchCall, sizes: Mapping[str, int], batch: int) -> ExpectedCall:
    return ExpectedCall(
        call.target,
        tuple(
            [_times(batch, value, sizes) if isinstance(value, Items) else _plain(value, sizes) for value in call.args]
        ),
        {name: _plain(value, sizes) for name, value in call.kwargs.items()},
        call.is_module,
        {name: _plain(value, sizes) for name, value in call.options.items()},
        call.result,
    )


def _times(batch: int, items: Items, sizes: Mapping[str, int]) -> Any:
    return batch * substitute(items.of_one, sizes) if isinstance(items.of_one, Polynomial) else batch * items.of_one


def _plain(value: Any, sizes: Mapping[str, int]) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, (tuple, list)):
        return [_plain(item, sizes) for item in value]
    if isinstance(value, Polynomial):
        number: Number = substitute(value, sizes)
        return _plain(number, {}) if sizes else str(number)
    if isinstance(value, Fraction):
        return float(value)
    return value
