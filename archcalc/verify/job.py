"""What is sent to the process that runs PyTorch, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from archcalc.graph import Graph

Sizes = tuple[int, ...]
Maker = tuple[int, int]
"""Who made a tensor: the number of a call and the place in its result; -1 and the number of an input; or -2 and the
number of a tensor that a class holds itself."""


def tensors_of(graph: Graph) -> list[str]:
    """The names of the tensors that classes hold themselves."""
    return [node.name for node in graph.nodes if node.is_tensor]


class Source(Protocol):
    """Generated code and what must be known about it, as an exporter gives it."""

    @property
    def text(self) -> str:
        """The module."""

    @property
    def class_name(self) -> str:
        """The class of the network."""

    @property
    def arguments(self) -> Mapping[str, str]:
        """Symbols that its constructor takes, each with the name of the argument."""

    @property
    def events(self) -> tuple[tuple[str, int], ...]:
        """Layers in the order in which they run, each with the number of calls that it is."""

    @property
    def graph(self) -> Graph:
        """The graph from which it was written, perhaps with symbols for sizes."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Classes that only call others."""

    @property
    def supplied(self) -> tuple[str, ...]:
        """Classes and functions that came with the exporter."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Modules that somebody else wrote, which it imports."""

    @property
    def blocks(self) -> tuple[BlockCode, ...]:
        """Classes that each stand for a block of the spec."""


class BlockCode(Protocol):
    """The class of a block, and how it is built for any call of the block."""

    @property
    def name(self) -> str:
        """The class."""

    @property
    def places(self) -> tuple[Any, ...]:
        """Calls of the block in the network, and others that the exporter tried."""

    def covers(self, scope: Any) -> bool:
        """Whether a call needs no other modules than the class has."""

    def arguments(self, scope: Any, symbols: Mapping[str, Any]) -> dict[str, Any] | None:
        """What its constructor takes for a call of the block; None if the spec does not say so."""

    def outputs(self, scope: Any) -> list[Any]:
        """What an instance hands out for a call of the block."""


class ExpectedCall(NamedTuple):
    """What one event must be: a module that is built with these arguments, or a function that gets them last."""

    target: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    is_module: bool
    options: dict[str, Any]
    result: int | None = None
    """Which of several results is the first output of the layer."""


class Request(NamedTuple):
    """One run of a module: on `meta`, where there are only shapes, or on `cpu`."""

    path: str
    module: str
    source: Source
    arguments: dict[str, Any]
    inputs: tuple[Sizes, ...]
    device: str = "meta"
    calls: tuple[ExpectedCall, ...] = ()
    """What the events must be, in their order."""
    tensors: tuple[str, ...] = ()
    """The names of tensors that classes hold themselves, so that a run tells who reads them."""
    integers: tuple[int | None, ...] = ()
    """For every input the number that its integers are below, None for real numbers; without any, all are real."""
    lists: tuple[int | None, ...] = ()
    """For every argument of `forward` the number of inputs that are a list there, None for one input; or nothing."""
    name: str | None = None
    """The class that is built, if it is not the one of the network; its calls are then not recorded."""
    numbers: Mapping[str, Any] = MappingProxyType({})
    """What tensors of fixed numbers hold, by their names: a number for all entries, or a list."""

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "path": self.path,
            "module": self.module,
            "class": self.name or self.source.class_name,
            "scopes": list(self.source.scopes),
            "supplied": list(self.source.supplied),
            "arguments": self.arguments,
            "inputs": [list(sizes) for sizes in self.inputs],
            "integers": list(self.integers or [None] * len(self.inputs)),
            "lists": list(self.lists or [None] * len(self.inputs)),
            "device": self.device,
            "record": self.device == "meta" and self.name is None,
            "calls": [call._asdict() for call in self.calls],
            "tensors": list(self.tensors),
            "numbers": dict(self.numbers),
        }


class Tensor(NamedTuple):
    """An entry of the state: its sizes, whether it is trained (None: a buffer), and the entry whose tensor it is."""

    shape: Sizes
    trained: bool | None
    tied: str | None = None


class Event(NamedTuple):
    """A call of a layer or a function: who, under which names, what it read, wrote, and multiplied and added."""

    call: str
    modules: tuple[str, ...]
    reads: tuple[tuple[Maker, ...], ...]
    outputs: tuple[Sizes, ...]
    flops: int


class Other(NamedTuple):
    """An event that is not the call that it must be: what it is, and what is right."""

    event: int
    seen: str
    right: str


class Ran(NamedTuple):
    """A run that came to its end."""

    state: dict[str, Tensor]
    events: tuple[Event, ...]
    outputs: tuple[Sizes, ...]
    makers: tuple[tuple[Maker, ...], ...]
    others: tuple[Other, ...] = ()
    unlike: tuple[str, ...] = ()
    """Tensors of fixed numbers that hold other ones."""


class Failed(NamedTuple):
    """A run that did not come to its end, and where.

    `import`, `build` or `forward`; `memory` if it wanted too much of that; `time` or `process` if the process was lost.
    """

    stage: str
    error: str
    message: str
    line: int | None = None

    @property
    def summary(self) -> str:
        """The exception in one line."""
        first = self.message.strip().partition("\n")[0]
        return f"{self.error}: {first}" if first else self.error

    @property
    def brief(self) -> str:
        """Its first sentence."""
        first, _, rest = self.summary.partition(". ")
        return f"{first} ..." if rest else first


def answer(data: Any) -> Ran | Failed:
    """An answer that was received. Raises: ValueError, KeyError or TypeError for what is none."""
    if not data["ok"]:
        return Failed(str(data["stage"]), str(data["error"]), str(data["message"]), data["line"])
    return Ran(
        {str(name): Tensor(tuple(sizes), trained, tied) for name, sizes, trained, tied in data["state"]},
        tuple(_event(event) for event in data["events"]),
        tuple(tuple(sizes) for sizes in data["outputs"]),
        tuple(_makers(one) for one in data.get("reads", ())),
        tuple(Other(int(number), str(seen), str(right)) for number, seen, right in data.get("others", ())),
        tuple(map(str, data.get("unlike", ()))),
    )


def _event(data: Any) -> Event:
    return Event(
        str(data["call"]),
        tuple(data["modules"]),
        tuple(_makers(one) for one in data["reads"]),
        tuple(tuple(sizes) for sizes in data["outputs"]),
        int(data["flops"]),
    )


def _makers(data: Any) -> tuple[Maker, ...]:
    return tuple((int(number), int(place)) for number, place in data)
