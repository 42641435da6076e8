"""Parts of a class: what its places have in common, with codes for what differs from place to place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.torch.code import Code, Row, names_in
from archcalc.export.torch.scopes import Leaf, Scope, Turn, Wire
from archcalc.expressions.nodes import Constant
from archcalc.layers.base import TorchCall
from archcalc.spec.model import GroupStep

if TYPE_CHECKING:
    from archcalc.export.torch.classes import Class

Ref = tuple[Any, ...]
"""A tensor in `forward`: ("input", index), or (serial number of a part, index of its output)."""


class Call:
    """A call of PyTorch with codes for its arguments."""

    __slots__ = ("arguments", "gives_indices", "is_module", "keywords", "options", "reads", "result", "target")

    def __init__(self, call: TorchCall, arguments: list[Code], keywords: list[tuple[str, Code]]) -> None:
        self.target = call.target
        self.is_module = call.is_module
        self.result = call.result
        self.options = call.options
        self.arguments = arguments
        self.keywords = keywords
        self.reads: list[Ref | None] = []
        self.gives_indices = False


class Part:
    """An item that all places share, or some of them (`when`)."""

    __slots__ = ("here", "items", "key", "label", "passes", "serial", "sources", "trainable", "when")

    def __init__(self, key: Any, serial: int, items: list[Any]) -> None:
        self.key = key
        self.serial = serial
        self.items = items
        """The item at every place; None where it is absent."""
        self.label: Row | str | None = None
        """Its name; the pieces of it where a loop computes it; None for a number that counts along."""
        self.sources: list[Ref] = []
        self.when: Code | None = None
        self.here: Ref | None = None
        """What is in front of its step, and passes where `when` leaves it out."""
        self.passes: Ref | None = None
        """What stands for its output where it is absent."""
        self.trainable = True

    @property
    def present(self) -> list[tuple[int, Any]]:
        """The places that have it, with its items there."""
        return [(place, item) for place, item in enumerate(self.items) if item is not None]

    @property
    def place(self) -> int:
        """The first place that has it."""
        return self.present[0][0]

    @property
    def first(self) -> Any:
        """The item at the first place that has it."""
        return self.items[self.place]


class LayerPart(Part):
    """A layer."""

    __slots__ = ("calls", "owner")

    def __init__(self, key: Any, serial: int, items: list[Any]) -> None:
        super().__init__(key, serial, items)
        self.calls: list[Call] = []
        self.owner: Any = None


class ClassPart(Part):
    """An instance of a class of the module."""

    __slots__ = ("arguments", "template")

    def __init__(self, key: Any, serial: int, items: list[Any], template: Class) -> None:
        super().__init__(key, serial, items)
        self.template = template
        self.arguments: list[tuple[Any, Code]] = []


class AgainPart(Part):
    """A scope whose module is applied again."""

    __slots__ = ()


class GroupPart(Part):
    """A chain with a name: an `nn.Sequential`."""

    __slots__ = ("parts",)

    def __init__(self, key: Any, serial: int, items: list[Any]) -> None:
        super().__init__(key, serial, items)
        self.parts: list[Part] = []


class LoopPart(Part):
    """A loop in a chain."""

    __slots__ = ("count", "empty", "parts", "start", "update", "variables")

    def __init__(self, key: Any, serial: int, items: list[Any]) -> None:
        super().__init__(key, serial, items)
        self.parts: list[Part] = []
        self.variables: list[tuple[str, Code]] = []
        """Names in Python of the variables that are read, and the lists that they walk through."""
        self.count: Code = Constant(0)
        self.empty: list[int] = []
        """Places where the loop does not turn at all."""
        self.start: tuple[str, Code] | None = None
        """The running channels and what they are before the first turn."""
        self.update: Code | None = None
        """What they are after a turn."""


class Run:
    """The turns of one loop at one place, each with its items."""

    __slots__ = ("group", "items", "outputs", "turns", "wires")

    def __init__(self, group: GroupStep, turns: list[Turn], items: list[list[Any]]) -> None:
        self.group = group
        self.turns = turns
        self.items = items
        self.wires: list[Wire] = items[0][0].wires
        self.outputs: list[Wire] = items[-1][-1].outputs


def step_word(item: Any) -> str:
    """A word for an item without a name."""
    if isinstance(item, Leaf):
        return item.layer.kind
    if isinstance(item, Scope):
        return item.module.block or "group"
    return "loop"


def is_group(scope: Scope) -> bool:
    """Whether a scope is written where it stands: a chain with a name, and no block."""
    return scope.module.block is None and scope.is_chain and scope.owner is None


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


def names_read(part: Part) -> frozenset[str]:
    """Names that the code of a part reads."""
    codes: list[Code] = [] if part.when is None else [part.when]
    if isinstance(part.label, Row):
        codes.append(part.label)
    inner: list[Part] = []
    if isinstance(part, LayerPart):
        codes.extend(code for call in part.calls for code in (*call.arguments, *(code for _, code in call.keywords)))
    elif isinstance(part, ClassPart):
        codes.extend(code for _, code in part.arguments)
    elif isinstance(part, (GroupPart, LoopPart)):
        inner = part.parts
    if isinstance(part, LoopPart):
        codes.extend([part.count, *(code for _, code in part.variables)])
        codes.extend(code for code in (part.start and part.start[1], part.update) if code)
    return frozenset().union(*map(names_in, codes), *map(names_read, inner))


def is_frozen(scope: Scope) -> bool:
    """Whether there is something to learn in a scope, and none of it is learned."""
    if scope.frozen is None:
        owners = [leaf.node for leaf in scope.leaves() if leaf.node.facts and leaf.node.facts.weights]
        scope.frozen = bool(owners) and not any(node.trainable for node in owners)
    return scope.frozen


def keeps_state(item: Any) -> bool:
    """Whether an item holds parameters or buffers, so that its name can be seen in a state dict."""
    if isinstance(item, Leaf):
        facts = item.node.facts
        return item.owner is None and facts is not None and bool(facts.weights or facts.buffers)
    if isinstance(item, Run):
        return any(keeps_state(one) for items in item.items for one in items)
    return item.owner is None and any(keeps_state(inner) for inner in item.items)
