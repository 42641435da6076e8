"""The graph seen as nested scopes: what each of them holds, reads from outside and hands out.

One scope is one module of PyTorch at one place. What several places have in common is found in `classes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.export.torch.asked import asked
from archcalc.export.torch.links import is_link, pad_of
from archcalc.export.torch.tensors import (
    RESHAPE,
    TENSORS,
    Stream,
    View,
    Wire,
    is_bare,
    read_by,
    views,
    wires_of,
)
from archcalc.graph import Map, Module, Node
from archcalc.layers.base import Batch, Layer, TorchCall
from archcalc.spec.model import GroupStep


class Unexpressed(Exception):
    """A node cannot be written as PyTorch; the message says why, and the help what to do."""

    def __init__(self, node: Node, message: str, *help: str) -> None:
        super().__init__(message)
        self.node = node
        self.message = message
        self.help = help


class Turn(NamedTuple):
    """A place in a loop: the group that turns, which turn, and the frame of its variables."""

    group: GroupStep
    number: int
    frame: Any


class Leaf:
    """A layer: the calls that it is, and for each of them the wires that it reads (None: what the last call gave)."""

    __slots__ = (
        "asks",
        "calls",
        "gives_indices",
        "key",
        "label",
        "node",
        "outputs",
        "owner",
        "parent",
        "reads",
        "shelf",
        "turns",
        "views",
        "wires",
    )

    def __init__(
        self, node: Node, calls: tuple[TorchCall, ...], owner: Node | None, batch: Wire, parent: Scope
    ) -> None:
        reshapes = any(call.target == RESHAPE for call in calls)
        asks = [wire_of(value) for value in asked(node, channels=reshapes)]
        calls = tuple(map(_as_function, calls)) if asks else calls
        self.node = node
        self.parent = parent
        self.calls = calls
        self.owner = owner
        """The node whose module this one applies again."""
        self.label: str = node.label
        self.shelf = ""
        """The part of its name that groups around have given, which are no classes."""
        self.outputs = [Wire(node, port) for port in range(len(node.outputs))]
        """What it writes."""
        self.turns = turns_of(node.frame)
        self.key: tuple[Any, ...] = ((id(node.step.origin), *_calls(node.frame)),)
        self.gives_indices = False
        # What reads nothing is made once for every item of a batch, whose size some tensor tells.
        reads_nothing = self.layer.inputs == 0 and not node.is_tensor
        self.reads = [(batch,) if reads_nothing else self._reads(*one, batch) for one in enumerate(calls)]
        self.views: list[View] = []
        """The forms of a constant map that others read."""
        own = Wire(node, 0, "tensor")
        self.wires: list[Wire] = list(
            dict.fromkeys(wire for reads in self.reads for wire in reads or () if wire is not None and wire != own)
        )
        is_function = any(not call.is_module and call.target not in TENSORS for call in calls)
        self.asks = is_function and (bool(asks) or reshapes)
        """Whether it is given sizes of maps."""
        self.wires.extend(wire for wire in asks if is_function and wire not in self.wires)

    def _reads(self, index: int, call: TorchCall, batch: Wire) -> tuple[Wire | None, ...]:
        inputs = [read_by(self.node, value) for value in self.node.inputs]
        if call.reads is not None:
            several = (batch,) if Batch.ITEMS in call.args else ()
            return (*[self._read(read.input, read.what) for read in call.reads], *several)
        if self.layer.is_merge and call.target not in LISTED:
            return (inputs[0] if index == 0 else None, inputs[index + 1])
        return tuple(inputs) if index == 0 else (None,)

    def _read(self, index: int, what: str) -> Wire | None:
        if what == "tensor":
            return Wire(self.node, 0, what)
        if what == "result":
            return None
        source = self.node.inputs[index]
        if what == "map":
            return read_by(self.node, source)
        assert source.node is not None
        return wire_of(source.node.inputs[0]) if what == "entered" else Wire(source.node, 0, what)

    def show(self, wanted: set[str], batch: Wire) -> None:
        """Give others a constant map in the forms that they read."""
        self.views = list(views(self.node, wanted or {"map"}, batch))
        if is_bare(self.node):
            self.outputs = []
            self.wires = list(dict.fromkeys(wire for view in self.views for wire in view.reads if wire.what == "map"))
        self.outputs.extend(view.gives for view in self.views)
        if "tensor" in wanted:
            self.outputs.append(Wire(self.node, 0, "tensor"))

    @property
    def events(self) -> list[TorchCall]:
        """What runs in `forward`, call by call."""
        calls = [*self.calls, *(view.call for view in self.views)]
        return [call for call in calls if call.target not in ("nn.Identity", *TENSORS)]

    @property
    def layer(self) -> Layer:
        """The layer itself."""
        assert self.node.layer is not None
        return self.node.layer

    @property
    def is_module(self) -> bool:
        """Whether it is one module of one tensor, as `nn.Sequential` takes them."""
        return len(self.calls) == 1 and self.calls[0].is_module and self.is_link

    @property
    def is_link(self) -> bool:
        """Whether `nn.Sequential` has modules for it: one of one tensor, behind pads or in place of a function."""
        *pads, last = self.calls
        return (
            all(pad_of(self.node, call) for call in pads)
            and (last.is_module or (not pads and is_link(self.node, last)))
            and last.result is None
            and not last.options
            and len(self.reads[0]) == 1
            and not self.asks
            and not self.gives_indices
            and self.owner is None
            and self.layer.inputs != 0
        )


def _as_function(call: TorchCall) -> TorchCall:
    """The function that a module without state calls: in `forward` it can be given the sizes of a map."""
    function = FUNCTIONS.get(call.target)
    return call if function is None else call._replace(target=function, is_module=False)


FUNCTIONS = {
    "nn.Upsample": "nn.functional.interpolate",
    **{
        f"nn.Adaptive{sort}Pool{axes}d": f"nn.functional.adaptive_{sort.lower()}_pool{axes}d"
        for sort in ("Avg", "Max")
        for axes in (1, 2, 3)
    },
}
"""Functions for modules that are made for a size."""

LISTED = ("cat", "stack")
"""Functions that take their tensors as one list."""


class Scope:
    """The network, a named group or the call of a block, with its items in the order in which they run."""

    __slots__ = (
        "again",
        "frozen",
        "gives_list",
        "inputs",
        "is_applied_again",
        "is_chain",
        "items",
        "key",
        "label",
        "module",
        "order",
        "outputs",
        "owner",
        "parent",
        "shelf",
        "stands_apart",
        "turns",
    )

    def __init__(self, module: Module, parent: Scope | None) -> None:
        self.module = module
        self.parent = parent
        self.label: str = module.label
        self.shelf = ""
        """The part of its name that groups around have given, which are no classes."""
        self.items: list[Item] = []
        self.inputs: list[Stream] = []
        self.outputs: list[Stream] = []
        self.is_chain = False
        self.gives_list = False
        """Whether it returns the entries of its list as one."""
        self.is_applied_again = False
        """Whether another scope uses its module again."""
        self.stands_apart = False
        """Whether it is a class although it is a chain: a group that occurs again, with groups in it."""
        self.order: tuple[str, ...] = ()
        """The names in it as they are registered, if that is not the order in which they run."""
        self.frozen: bool | None = None
        """Whether everything that could be learned inside is not; None before somebody asked."""
        self.owner: Module | None = module.original.home if module.original is not None else None
        """The scope whose module this one applies again."""
        self.again: Scope | None = None
        """That scope, if this one stands outside of any other that is applied again."""
        self.turns = turns_of(module.frame)
        self.key: tuple[Any, ...] = () if module.step is None else ((id(module.step.origin), *_calls(module.frame)),)

    @property
    def wires(self) -> list[Stream]:
        """What it reads."""
        return self.inputs

    def alike(self) -> list[Wire]:
        """What it hands out, in the order in which the scope that it applies again does. Raises: Unexpressed."""
        assert self.again is not None
        mine, theirs = list(self.leaves()), [leaf.node for leaf in self.again.leaves()]
        if _outline(self) != _outline(self.again):
            prefix = self.again.module.prefix[:-1]
            raise Unexpressed(mine[0].node, f"{self.module.prefix[:-1]} is {prefix} again, but for other sizes")
        wires = [wire for stream in self.again.outputs for wire in wires_of(stream)]
        return [wire._replace(node=mine[theirs.index(wire.node)].node) for wire in wires]

    def leaves(self) -> Iterator[Leaf]:
        """Every layer inside, in order."""
        for item in self.items:
            if isinstance(item, Leaf):
                yield item
            else:
                yield from item.leaves()

    def inner(self) -> Iterator[Scope]:
        """Every scope inside, in order."""
        for item in self.items:
            if isinstance(item, Scope):
                yield item
                yield from item.inner()


Item = Leaf | Scope


def _outline(scope: Scope) -> Any:
    """Everything that makes two applications of one module the same code."""
    numbers = numbered(scope.inputs, "input")
    found: list[Any] = []
    for serial, item in enumerate(scope.items):
        wires = tuple(numbers.get(wire) for stream in item.wires for wire in wires_of(stream))
        found.append((item.label, wires, item.calls if isinstance(item, Leaf) else _outline(item)))
        numbers |= numbered(item.outputs, serial)
    return found


def numbered(streams: Sequence[Stream], source: Any) -> dict[Wire, Any]:
    """The wires of streams, each with where it comes from and which of what comes from there it is."""
    return {
        wire: (source, index, entry)
        for index, stream in enumerate(streams)
        for entry, wire in enumerate(wires_of(stream))
    }


def wire_of(value: Map) -> Wire:
    """The wire that a map is."""
    assert value.node is not None, "the graph is complete"
    return Wire(value.node, value.port)


def turns_of(frame: Any) -> tuple[Turn, ...]:
    """The turns of loops around a step within its scope, from the outermost to the innermost."""
    return tuple(reversed([Turn(one.group, one.turn, one) for one in within(frame) if one.turn is not None]))


def within(frame: Any) -> Iterator[Any]:
    """The frames around a step within its scope, from the inside out, through blocks whose steps stand there."""
    while frame is not None:
        yield frame
        if frame.module is not None and frame.caller is None:
            return
        frame = frame.parent if frame.caller is None else frame.caller


def _calls(frame: Any) -> tuple[int, ...]:
    """The calls around a step whose blocks have no scope of their own."""
    return tuple([id(one.group.origin) for one in within(frame) if one.caller is not None])
