"""Where a value is written: in its step, or at the loop, the call or the let that the step's expression names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from archcalc.expressions.nodes import Path
from archcalc.graph import Frame, Node
from archcalc.repair.model import Edit, field_edit, value_edit
from archcalc.spec.model import Argument, BlockStep, Formula, GroupStep, LayerStep, Let, Listing

_HOPS = 20
"""Names that stand for names; longer chains are not followed to their end."""


class Place(NamedTuple):
    """One place where another value for a field of a layer can be written."""

    name: str
    """The name that leads there; empty for the field of the step itself."""
    hops: int
    """Names between the step and this place. An expression that is replaced as a whole counts as one."""
    layer: Node
    field: str
    argument: Argument | None
    frame: Frame | None
    """The variables that can be used here."""

    def names(self, value: Any) -> list[str]:
        """Variables that have a value already, and a name that says that they are meant for it."""
        found = []
        frame = self.frame
        while frame is not None:
            for name, known in frame.variables.items():
                is_meant = name in (self.field, self.name)
                if is_meant and type(known) is type(value) and known == value and name != _name(self.argument):
                    found.append(name)
            frame = frame.parent
        return found

    @property
    def identity(self) -> object:
        """Equal for places at which the same text stands."""
        return self.argument.span if self.argument is not None and self.name else (self.layer.step.span, self.field)

    def edit(self, text: str) -> Edit:
        """The edit that writes a value here."""
        if self.argument is not None and self.name:
            return value_edit(self.argument.span, text)
        return field_edit(self.layer.step, self.field, text)


def places(node: Node, field: str, lets: dict[str, Let]) -> list[Place]:
    """The places where a field of a layer can be written: where its value comes from, and the step itself.

    Where the step has a name in the place of a value, the first is what that name stands for: an entry of a loop's
    list, an argument of a call, a let.
    """
    step = node.step
    if not isinstance(step, LayerStep):
        return []
    argument = step.fields.get(field)
    own = Place("", 0 if argument is None or _is_literal(argument) else 1, node, field, argument, node.frame)
    chain = list(_sources(argument, node.frame, lets))
    if not chain:
        return [own]
    name, origin, frame = chain[-1]
    hops = len(chain) + (not _is_literal(origin))
    return [Place(name, hops, node, field, origin, frame), own._replace(hops=hops + 1)]


def _sources(
    argument: Argument | None, frame: Frame | None, lets: dict[str, Let]
) -> Iterator[tuple[str, Argument, Frame | None]]:
    """What names stand for, one behind the other, from the argument of a step on, each with what is seen there."""
    for _ in range(_HOPS):
        name = _name(argument)
        if name is None:
            return
        while frame is not None and name not in frame.variables:
            frame = frame.parent
        if frame is not None:
            argument, frame = _given(name, frame)
        else:
            argument = lets[name].value if name in lets and lets[name].parameters is None else None
        if argument is None:
            return
        yield name, argument, frame


def _given(name: str, frame: Frame) -> tuple[Argument | None, Frame | None]:
    """What a loop or a call gives a variable, and the frame in which that is looked up."""
    if isinstance(frame.group, GroupStep) and frame.group.loop is not None and frame.turn is not None:
        values = frame.group.loop.variables.get(name)
        if isinstance(values, Listing) and frame.turn < len(values.items):
            return values.items[frame.turn], frame.parent
        return None, None
    module = frame.module
    if module is None or not isinstance(module.step, BlockStep):
        return None, None
    arguments = module.step.arguments
    if arguments.named is not None:
        return arguments.named.get(name), module.frame
    position = list(frame.variables).index(name)
    if arguments.ordered is not None and position < len(arguments.ordered):
        return arguments.ordered[position], module.frame
    return (arguments.single if position == 0 else None), module.frame


def _name(argument: Argument | None) -> str | None:
    """The name that an argument is, if it is nothing else."""
    tree = argument.tree if isinstance(argument, Formula) else None
    return tree.fixed[0] if isinstance(tree, Path) and tree.fixed is not None and len(tree.fixed) == 1 else None


def halved(node: Node, field: str) -> str | None:
    """A field's expression, halved and rounded down; None where it is a number, which needs no expression."""
    step = node.step
    argument = step.fields.get(field) if isinstance(step, LayerStep) else None
    if not isinstance(argument, Formula) or _is_literal(argument):
        return None
    text = argument.text.strip()
    return f"{text} // 2" if _name(argument) else f"({text}) // 2"


def _is_literal(argument: Argument) -> bool:
    """Whether a value is written as such, so that another one in its place takes nothing away."""
    if isinstance(argument, Listing):
        return all(_is_literal(item) for item in argument.items)
    return isinstance(argument, Formula) and not argument.tree.names() and not argument.tree.children()
