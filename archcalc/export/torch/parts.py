"""Parts of a class: what its places have in common, with codes for what differs from place to place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from archcalc.export.torch.code import Code, Row
from archcalc.export.torch.namespace import Parameter
from archcalc.export.torch.refs import Ref
from archcalc.export.torch.scopes import Leaf, Scope, Turn
from archcalc.export.torch.tensors import TENSORS, Stream
from archcalc.expressions.nodes import Constant
from archcalc.layers.base import TorchCall
from archcalc.spec.model import Block, GroupStep


@dataclass(eq=False, slots=True)
class Call:
    """A call of PyTorch with codes for its arguments."""

    made: TorchCall
    arguments: list[Code]
    keywords: list[tuple[str, Code]]
    reads: list[Ref | None] = field(default_factory=list)
    gives_indices: bool = False
    kind: Code | None = None
    """The class that is called, where an argument says so."""

    @property
    def target(self) -> str:
        """The function or class."""
        return self.made.target


@dataclass(eq=False, slots=True)
class Part:
    """An item that all places share, or some of them (`when`).

    `items` has the item at every place, None where it is absent; `label` its name: the pieces of it where a loop
    computes it, None for a number that counts along. `here` is what is in front of its step, and passes where `when`
    leaves it out; `passes` is what stands for its output where it is absent.
    """

    key: Any
    serial: int
    items: list[Any]
    label: Row | str | None = field(default=None, init=False)
    sources: list[Ref] = field(default_factory=list, init=False)
    when: Code | None = field(default=None, init=False)
    here: Ref | None = field(default=None, init=False)
    passes: Ref | None = field(default=None, init=False)
    trainable: bool = field(default=True, init=False)
    space: Any = field(default=None, init=False)
    """The loop whose turns the places are, if they are not those of the class."""

    @property
    def present(self) -> list[tuple[int, Any]]:
        """The places that have it, with its items there."""
        return [(place, item) for place, item in enumerate(self.items) if item is not None]

    @property
    def place(self) -> int:
        """The first place that has it."""
        return next(place for place, item in enumerate(self.items) if item is not None)

    @property
    def first(self) -> Any:
        """The item at the first place that has it."""
        return self.items[self.place]

    @property
    def own_name(self) -> str | None:
        """Its name, if an attribute can have it and it is the same everywhere."""
        return self.label if isinstance(self.label, str) and self.label.isidentifier() else None

    @property
    def word(self) -> str:
        """Its name, or a word for it."""
        return self.own_name or step_word(self.first)


@dataclass(eq=False, slots=True)
class LayerPart(Part):
    """A layer."""

    calls: list[Call] = field(default_factory=list)
    views: list[Call] = field(default_factory=list)
    """The forms in which others read it, if it is learned."""
    owner: Any = None

    @property
    def is_tensor(self) -> bool:
        """Whether the class holds a tensor for it, and no module."""
        return self.calls[0].target in TENSORS


class Template(Protocol):
    """The class that a part is an instance of, as far as its own class has to know it."""

    name: str
    block: Block | None
    defaults: dict[str, Any]
    parameters: list[Parameter]
    parts: list[Part]
    returns: list[Ref]
    given: dict[int, list[Stream | None]]

    def channels_after(self, index: int, arguments: dict[str, Code]) -> Code | None:
        """The channels of an output, in the terms of a caller."""


@dataclass(eq=False, slots=True)
class ClassPart(Part):
    """An instance of a class of the module."""

    template: Template
    arguments: list[tuple[Any, Code]] = field(default_factory=list)
    passed: list[Code | None] = field(default_factory=list)
    """For every tensor that it reads the condition under which it is given one; None: always."""


class AgainPart(Part):
    """A scope whose module is applied again."""

    __slots__ = ()


@dataclass(eq=False, slots=True)
class GroupPart(Part):
    """A chain with a name: an `nn.Sequential`."""

    parts: list[Part] = field(default_factory=list)
    hollow: list[int] = field(default_factory=list)
    """Turns of a loop in which nothing is in it."""


@dataclass(eq=False, slots=True)
class LoopPart(Part):
    """A loop in a chain.

    `variables` are the names in Python of those that are read, and the lists that they walk through. `empty` are places
    where it does not turn at all. `start` is the name of the running channels and what they are before the first turn;
    `update` is what they are after a turn.
    """

    parts: list[Part] = field(default_factory=list)
    variables: list[tuple[str, Code]] = field(default_factory=list)
    count: Code = field(default_factory=lambda: Constant(0))
    empty: list[int] = field(default_factory=list)
    start: tuple[str, Code] | None = None
    update: Code | None = None


class Carried(NamedTuple):
    """A tensor that runs along: what it is before the first turn, and what is it after a turn."""

    ref: Ref
    start: Ref
    update: Ref


@dataclass(eq=False, slots=True)
class CyclePart(LoopPart):
    """A loop among other steps than a chain.

    `counter` is the variable that counts its turns and the number of the first, where `forward` needs one. Of what is
    in `kept`, by the number of the output, the values of all turns make a list.
    """

    counter: tuple[str, int] = ("index", 0)
    carried: list[Carried] = field(default_factory=list)
    kept: list[Ref] = field(default_factory=list)
    back: list[Ref] = field(default_factory=list)
    """What of it a turn reads of the turn before."""


@dataclass(eq=False, slots=True)
class Run:
    """The turns of one loop at one place, each with its items."""

    group: GroupStep
    turns: list[Turn]
    items: list[list[Any]]

    @property
    def wires(self) -> list[Stream]:
        """What it reads, if it is a chain."""
        found: list[Stream] = self.items[0][0].wires
        return found

    @property
    def outputs(self) -> list[Stream]:
        """What it writes, if it is a chain."""
        found: list[Stream] = self.items[-1][-1].outputs
        return found


def with_inner(parts: Sequence[Part]) -> Iterator[Part]:
    """Parts, and behind every loop those inside."""
    for part in parts:
        yield part
        if isinstance(part, CyclePart):
            yield from part.parts


def step_word(item: Any) -> str:
    """A word for an item without a name."""
    if isinstance(item, Leaf):
        return item.layer.kind
    if isinstance(item, Scope):
        return item.module.block or "group"
    return "loop"


def is_group(scope: Scope) -> bool:
    """Whether a scope is written where it stands: a chain with a name, and no block."""
    return scope.module.block is None and scope.is_chain and scope.owner is None and not scope.stands_apart


def is_numbered(scope: Scope) -> bool:
    """Whether every number in a scope is the position that `nn.Sequential` would give."""
    return all(not item.label.isdigit() or int(item.label) == index for index, item in enumerate(scope.items))


def is_trained(item: Leaf | Scope, around: Scope) -> bool:
    """Whether an item of a class is trained, as far as the class says: what freezes the whole class stands outside."""
    if isinstance(item, Leaf):
        frozen = not item.node.trainable and bool(item.node.facts and item.node.facts.weights)
    else:
        frozen = is_frozen(item)
    place = item.parent
    while frozen and place is not None:
        if is_frozen(place) and place.parent is not None:
            return True
        if place is around:
            break
        place = place.parent
    return not frozen


def passing(part: Part) -> Ref:
    """The tensor that stands for the output of a part where it is absent."""
    return part.passes or part.here or part.sources[0]


def is_identity(part: Part) -> bool:
    """Whether a part does nothing."""
    return isinstance(part, LayerPart) and all(
        call.target == "nn.Identity" and call.kind is None for call in part.calls
    )


def codes_of(part: Part) -> list[Code]:
    """The code of a part and of those in it; what may be written twice stands there twice."""
    if is_identity(part) and part.sources == [passing(part)]:
        # It is not written.
        return []
    codes: list[Code] = [] if part.when is None else [part.when, part.when]
    if isinstance(part.label, Row):
        codes.append(part.label)
    inner: list[Part] = []
    if isinstance(part, LayerPart):
        codes.extend(code for call in part.calls for code in (*call.arguments, *(code for _, code in call.keywords)))
        codes.extend(call.kind for call in part.calls if call.kind is not None)
    elif isinstance(part, ClassPart):
        codes.extend(code for _, code in part.arguments)
        codes.extend(code for code in part.passed if code is not None)
    elif isinstance(part, (GroupPart, LoopPart)):
        inner = part.parts
    if isinstance(part, LoopPart):
        codes.extend([part.count, *(code for _, code in part.variables)])
        codes.extend(code for code in (part.start and part.start[1], part.update) if code)
    return [*codes, *(code for one in inner for code in codes_of(one))]


def is_frozen(scope: Scope) -> bool:
    """Whether there is something to learn in a scope, and none of it is learned."""
    if scope.frozen is None:
        owners = [leaf.node for leaf in scope.leaves() if leaf.node.facts and leaf.node.facts.weights]
        scope.frozen = bool(owners) and not any(node.trainable for node in owners)
    return scope.frozen


def keeps_state(item: Any) -> bool:
    """Whether an item holds parameters or buffers, so that its name can be seen, as in a state dict."""
    if isinstance(item, Leaf):
        facts = item.node.facts
        has_tensors = item.node.is_tensor or (facts is not None and bool(facts.weights or facts.buffers))
        return item.owner is None and has_tensors
    if isinstance(item, Run):
        return any(keeps_state(one) for items in item.items for one in items)
    return item.owner is None and any(keeps_state(inner) for inner in item.items)
