"""Trials: blocks called as the spec does not call them, so that code which is right by chance can be told.

In the calls of one network a stride of 2 may always come with a dilation of 1, and a literal in a class may happen to
fit them all. A trial unfolds a block alone, with other arguments and on other channels than the network has. To the
exporter it is one more place of the block's class, so that only what follows from the block itself is written there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.diagnostics.model import errors
from archcalc.dims import Dim
from archcalc.expand.globals import Globals
from archcalc.expand.scope import Context
from archcalc.expand.unfold import Stop, Unfolder
from archcalc.export.torch.nesting import scopes, set_apart
from archcalc.export.torch.scopes import Scope, Unexpressed
from archcalc.expressions.nodes import Constant
from archcalc.expressions.values import Value
from archcalc.graph import Frame, Graph, Map, Node
from archcalc.layers.shape import Shape
from archcalc.network import unique_names
from archcalc.spec.model import Argument, Arguments, Block, BlockStep, Formula, Listing, Rules

MOST_ATTEMPTS = 40
"""How many calls of one block are tried out."""


class Entering(NamedTuple):
    """One of the maps that a block is given: its number among them."""

    number: int


@dataclass(frozen=True)
class Call:
    """A call of a block: what flows in, the arguments that are given, and the shapes of all maps among them.

    Maps stand as `Entering` in `entry` and `arguments`.
    """

    entry: Any
    arguments: Mapping[str, Any]
    shapes: tuple[Shape, ...]

    def with_argument(self, name: str, value: Any) -> Call:
        """The call with another value of an argument."""
        return Call(self.entry, {**self.arguments, name: value}, self.shapes)

    def with_channels(self, number: int, channels: Dim) -> Call:
        """The call with other channels of a map."""
        shape = self.shapes[number]
        at = -1 if shape.layout == "channels_last" else 0
        sizes = list(shape.sizes)
        sizes[at] = channels
        changed = shape._replace(sizes=tuple(sizes))
        return Call(self.entry, self.arguments, (*self.shapes[:number], changed, *self.shapes[number + 1 :]))

    def with_all(self, old: int, new: int) -> Call:
        """The call with another number wherever this one stands: what must be equal stays so."""
        found = self
        for name, value in self.arguments.items():
            if value.__class__ is int and value == old:
                found = found.with_argument(name, new)
        for number, shape in enumerate(self.shapes):
            if shape.channels == old:
                found = found.with_channels(number, new)
        return found


class Trials:
    """Calls blocks of one network, each alone in a graph of its own."""

    def __init__(
        self,
        globals_: Globals,
        rounding: Rules,
        scheduled: Collection[str] = (),
        apart: frozenset[int] = frozenset(),
        listing: frozenset[Any] = frozenset(),
    ) -> None:
        self._globals = globals_
        self._scheduled = scheduled
        self._apart = apart
        self._listing = listing
        self._rounding = rounding

    def of(self, scope: Scope, step: int = 1) -> list[Scope]:
        """Scopes of the block of a scope, each called with other arguments; another `step` gives other ones."""
        block = self._globals.blocks[scope.module.block or ""]
        return list(self._moved(block, call_of(scope, block), step))

    def scope(self, block: Block, call: Call) -> Scope | None:
        """The scope of a call, or None for one that is not legal, or that PyTorch has nothing for."""
        graph = Graph()
        nodes = [_input(graph, block, number, shape) for number, shape in enumerate(call.shapes)]
        graph.inputs.extend(nodes)
        maps = [node.outputs[0] for node in nodes]
        entry = _filled(call.entry, maps)
        globals_ = Globals(
            self._globals.lets, self._globals.symbols, self._globals.blocks, self._globals.overrides, hides_names=False
        )
        unfolder = Unfolder(globals_, self._rounding, graph)
        context = Context(globals_, Frame({}, graph.root, None), graph.root, here=entry, entry=entry)
        named: dict[str, Argument] = {}
        for name, value in call.arguments.items():
            named[name] = Formula(Constant(_filled(value, maps)), str(value), block.span, None)
        try:
            end = unfolder.run([BlockStep(block.span, block.name, Arguments(block.span, named=named))], context)
        except Stop:
            return None
        known = all(output.shape is not None for node in graph.nodes for output in node.outputs)
        if not (unfolder.is_complete and known) or errors(unfolder.diagnostics) or not graph.nodes:
            return None
        graph.outputs = {f"output{number}": value for number, value in enumerate(_maps(end))}
        unique_names(graph)
        graph.is_complete = True
        try:
            root = scopes(graph, self._scheduled, self._listing)
        except Unexpressed:
            return None
        set_apart(root, self._apart)
        (found,) = root.items
        return found if isinstance(found, Scope) else None

    def _moved(self, block: Block, call: Call, step: int) -> Iterator[Scope]:
        """Scopes of calls that each change one thing more than the one before."""
        attempts = MOST_ATTEMPTS
        atoms: list[str | int] = [*range(len(call.shapes)), *(parameter.name for parameter in block.parameters)]
        for atom in atoms:
            for moved in _changes(call, atom, step):
                attempts -= 1
                if attempts < 0:
                    return
                if (found := self.scope(block, moved)) is not None:
                    call = moved
                    yield found
                    break


def call_of(scope: Scope, block: Block) -> Call:
    """How the network calls a block at a place. Defaults that depend on other arguments are left to the block."""
    assert scope.module.arguments is not None
    numbers: dict[tuple[Node, int], int] = {}
    shapes: list[Shape] = []

    def emptied(value: Any) -> Any:
        if isinstance(value, Map):
            assert value.node is not None and value.shape is not None
            number = numbers.setdefault((value.node, value.port), len(shapes))
            if number == len(shapes):
                shapes.append(value.shape)
            return Entering(number)
        return tuple(map(emptied, value)) if isinstance(value, tuple) else value

    entry = emptied(scope.module.entry)
    step = scope.module.step
    given: dict[str, Any] = {}
    for place, parameter in enumerate(block.parameters):
        value = scope.module.arguments.variables[parameter.name]
        is_computed = parameter.default is not None and not _is_constant(parameter.default)
        if not is_computed or _is_given(step, place, parameter.name):
            given[parameter.name] = emptied(value)
    return Call(entry, given, tuple(shapes))


def _is_constant(default: Argument) -> bool:
    """Whether a default is a number or a list of numbers, which a call may vary."""
    if isinstance(default, Listing):
        return all(map(_is_constant, default.items))
    return isinstance(default, Formula) and isinstance(default.tree, Constant)


def _is_given(step: Any, place: int, name: str) -> bool:
    arguments = step.arguments if isinstance(step, BlockStep) else None
    if arguments is None:
        return False
    if arguments.named is not None:
        return name in arguments.named
    return place < len(arguments.ordered) if arguments.ordered is not None else place == 0 and bool(arguments.single)


def _changes(call: Call, atom: str | int, step: int) -> Iterator[Call]:
    """Calls that differ from this one in one argument, or in the channels of one map, the likeliest to be legal first.

    A number is changed alone, and then wherever it stands.
    """
    if isinstance(atom, int):
        channels = call.shapes[atom].channels
        if isinstance(channels, int):
            numbers = _numbers(channels, step)
            yield from (call.with_channels(atom, number) for number in numbers)
            yield from (call.with_all(channels, number) for number in numbers)
    elif atom in call.arguments:
        value = call.arguments[atom]
        for other in _values(value, step):
            yield call.with_argument(atom, other)
        if value.__class__ is int:
            yield from (call.with_all(value, number) for number in _numbers(value, step))


def _values(value: Value, step: int) -> Sequence[Any]:
    """Other values of the sort of a value."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return _numbers(value, step)
    if isinstance(value, Fraction):
        return [value / (step + 1)]
    if isinstance(value, tuple) and value and all(entry.__class__ is int for entry in value):
        return [tuple(entry * (step + 1) for entry in value), tuple(entry + step for entry in value)]
    return []


def _numbers(value: int, step: int) -> list[int]:
    if value <= 1:
        return [value + step, value + step + 1]
    return [value * (step + 1), value + 2 * step, value + step]


def _input(graph: Graph, block: Block, number: int, shape: Shape) -> Node:
    node = Node(-1, "input", f"input{number}", graph.root, block.span)
    node.outputs = (Map(node, 0, shape),)
    return node


def _filled(value: Any, maps: Sequence[Map]) -> Any:
    if isinstance(value, Entering):
        return maps[value.number]
    return tuple(_filled(one, maps) for one in value) if isinstance(value, tuple) else value


def _maps(value: Any) -> Iterator[Map]:
    if isinstance(value, Map):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _maps(one)
