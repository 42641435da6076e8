"""Where names are looked up while a spec unfolds: frames of variables, scopes of maps, lets, symbols and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.codes import shapes as shape_codes
from archcalc.dims import Number, is_known
from archcalc.expressions.functions import MAP_SIZES, of_map
from archcalc.expressions.values import UnknownValue, Unresolved, Value, Word, no_map
from archcalc.graph import BlockCall, Frame, Map, Module, Node, outward
from archcalc.layers.axes import axis_names, joined, named_size
from archcalc.layers.known import WORDS
from archcalc.layers.shape import Shape
from archcalc.layers.table import KINDS
from archcalc.spec.model import ForkStep, Formula, GroupStep, Loop, MergeStep, Step

if TYPE_CHECKING:
    from archcalc.expand.globals import Globals

UNKNOWN: Any = object()
"""Stands for a value that depends on a map with an error; reading it is silent."""


class Binding:
    """What a step's name stands for: the map it made, and what is inside, for paths and for `use`."""

    __slots__ = ("context", "inside", "step", "value")

    def __init__(self, value: Value, inside: Node | Module | None, step: Step | None, context: Context | None) -> None:
        self.value = value
        self.inside = inside
        self.step = step
        self.context = context


def _twice(name: str, what: str) -> Unresolved:
    """What is said where a name is read that a map from outside has, and a step behind which it is read."""
    message = f"`{name}` is {what} here, and the name of a step, too"
    return Unresolved(graph_codes.DUPLICATE_NAME, message, ("give one of them another name",))


def _no_such_size(shape: Shape, name: str, axis: int | None) -> Unresolved:
    """What is said where a map has no axis of a name or number."""
    rank = len(shape.sizes)
    if axis is not None:
        return Unresolved(shape_codes.NO_SUCH_AXIS, f"{shape} has no axis {axis}", (f"its axes are 0 to {rank - 1}",))
    order = "no channels" if shape.integers is not None else f"the {shape.layout.replace('_', ' ')}"
    return Unresolved(
        shape_codes.NO_SUCH_AXIS,
        f"{shape}, with {order}, has no {name}: its axes are {joined(axis_names(shape))}",
        ("any axis is asked for by its number: `size(NAME, 0)`",),
    )


def is_left_out(binding: Binding | None) -> bool:
    """Whether a name is that of a step which `when` leaves out."""
    return binding is not None and binding.step is None and binding.inside is None


def maker(steps: list[Step], name: str) -> Step | None:
    """The step of a scope that has this name, also inside groups without a name of their own and in branches."""
    return next((step for step in of_scope(steps) if step.name is not None and step.name.text == name), None)


def of_scope(steps: list[Step]) -> Iterator[Step]:
    """All steps of a scope, also those inside groups without a name of their own and in branches."""
    for step in steps:
        yield step
        if isinstance(step, GroupStep) and step.name is None:
            yield from of_scope(step.steps)
        elif isinstance(step, (MergeStep, ForkStep)):
            for branch in step.branches:
                if not isinstance(branch, Formula):
                    yield from of_scope(branch if isinstance(branch, list) else [branch])


def _finished(name: str) -> tuple[str, ...]:
    """The help where a group is read before it has a map."""
    return (f"`{name}` is finished when its last step is done; inside it, `here` is the current map",)


def made_later(step: Step) -> str:
    """The help where a map is read in front of the step that makes it."""
    return f"it is made later, at line {step.span.line}; a map must exist before it is read"


def enclosing_loop(frame: Frame | None) -> Loop | None:
    """The nearest loop around a place."""
    loops = (around.group.loop for around in outward(frame) if isinstance(around.group, GroupStep))
    return next((loop for loop in loops if loop is not None), None)


class Context:
    """A place in the unfolding: the current map, what entered the block, and the frames around.

    `in_group` says whether a group stands around it, within the block.
    """

    __slots__ = ("call", "depth", "entry", "frame", "globals", "here", "in_group", "module", "reads", "trainable")

    def __init__(
        self,
        globals_: Globals,
        frame: Frame,
        module: Module,
        *,
        here: Value = None,
        entry: Value = None,
        trainable: bool = True,
        call: BlockCall | None = None,
        depth: int = 0,
        in_group: bool = False,
    ) -> None:
        self.globals = globals_
        self.frame = frame
        self.module = module
        self.here = here
        self.reads = here
        self.entry = entry
        self.trainable = trainable
        self.call = call
        self.depth = depth
        self.in_group = in_group

    def inner(
        self, frame: Frame, module: Module, here: Value, *, trainable: bool | None = None, in_group: bool = False
    ) -> Context:
        """The place inside a group, a loop or a branch."""
        return Context(
            self.globals,
            frame,
            module,
            here=here,
            entry=self.entry,
            trainable=self.trainable if trainable is None else trainable,
            call=self.call,
            depth=self.depth + 1,
            in_group=in_group or self.in_group,
        )

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The value of a path. Raises: Unresolved, UnknownValue."""
        found = self._head(path)
        for index in range(1, len(path)):
            found = self.member(found, path[index], path[:index])
        is_step = isinstance(found, Binding)
        value = found.value if is_step else found
        if value is UNKNOWN:
            raise UnknownValue
        if is_step and found.inside is not None:
            self._is_map(found.inside, path)
        return self._present(value, ".".join(path))

    def _is_map(self, inside: Node | Module, path: tuple[str, ...]) -> None:
        """Raises: Unresolved for a step whose scopes are still open, or that only holds others."""
        if any(inside is module for module in outward(self.module)):
            raise Unresolved(graph_codes.UNKNOWN_MAP, f"there is no map `{'.'.join(path)}` here", _finished(path[-1]))
        if isinstance(inside, Module) and inside.is_shelf:
            name, step = ".".join(path), next(iter(inside.names), "NAME")
            message = f"`{name}` holds steps, and is no map itself"
            raise Unresolved(graph_codes.NOT_A_MAP, message, (f"name one of them: `{name}.{step}`",))

    def binding(self, path: tuple[str, ...]) -> Binding | None:
        """What a step's name stands for, or None if the path leads to something else. Raises: Unresolved."""
        found = self._head(path)
        for index in range(1, len(path)):
            found = self.member(found, path[index], path[:index])
        return found if isinstance(found, Binding) else None

    def _head(self, path: tuple[str, ...]) -> Any:
        name, alone = path[0], len(path) == 1
        if name == "here":
            return self._present(self.here, "here")
        if name == "input":
            return self._present(self.entry, "input")
        if name == "in_channels":
            reads = self._present(self.reads, "in_channels")
            if not isinstance(reads, Map):
                raise Unresolved(
                    graph_codes.LIST_OF_MAPS,
                    "`in_channels` is the number of channels of one map, and this step reads a list of maps",
                    ("write channels(input.0)",),
                )
            return self.size_of(reads, "channels")
        frame: Frame | None = self.frame
        while frame is not None:
            module = frame.module
            if name in frame.variables:
                found = frame.variables[name]
                if isinstance(found, Map) and module is not None and name in module.names:
                    raise _twice(name, "an input" if frame.parent is None else "an argument")
                return found
            if module is not None and name in module.names:
                return self._numbered(name, module) if name.isdigit() else module.names[name]
            if module is not None and not alone and module.label == name and module.block is None and module.parent:
                # A group is not finished yet, but has the maps that its steps have made.
                return Binding(None, module, module.step, None)
            frame = frame.parent
        if name.isdigit():
            raise Unresolved(codes.UNKNOWN_NAME, f"there is no `{name}` here")
        value = self.globals.value(name)
        if value is not None:
            return value
        if alone and (name in WORDS or name in KINDS or name in self.globals.blocks):
            return Word(name)
        if self.globals.hides_names or any(one.module and one.module.hides_names for one in outward(self.frame)):
            raise UnknownValue
        raise self._unknown(path)

    def has_step(self, name: str) -> bool:
        """Whether a step of this place, named or not, is called so."""
        return any(frame.module is not None and name in frame.module.names for frame in outward(self.frame))

    def _numbered(self, number: str, module: Module) -> Binding:
        """The step of a scope that has a number. Raises: Unresolved for one without a name, outside of this scope."""
        binding: Binding = module.names[number]
        step = binding.step
        if step is None or step.name is not None or module is self.module:
            return binding
        raise Unresolved(
            graph_codes.UNKNOWN_MAP,
            f"`{number}` is the number of a layer outside of `{self.module.prefix[:-1]}`, which counts its own",
            (f"name the layer at line {step.span.line}, `as: NAME`, and write NAME here",),
        )

    def _present(self, value: Value, name: str) -> Value:
        if value is None and self.module is self.globals.context.module:
            raise Unresolved(
                graph_codes.NOTHING_HERE,
                f"`{name}` is what a step reads, and this value stands outside of all steps",
                ("write it in the step, or name the sizes of the input, `input: [C, H, W]`, and use those names",),
            )
        if value is None:
            raise Unresolved(
                graph_codes.NOTHING_HERE,
                f"`{name}` has no map: the network has several inputs and no step has chosen one",
                (f"say `from: {next(iter(self.globals.input_names), 'NAME')}`",),
            )
        return value

    def member(self, found: Any, name: str, before: tuple[str, ...]) -> Any:
        """What has a name inside of what the path in front of it is. Raises: Unresolved, UnknownValue."""
        value = found.value if isinstance(found, Binding) else found
        if value is UNKNOWN:
            raise UnknownValue
        if isinstance(value, tuple) and name.isdigit():
            return self._entry(found, value, name, before)
        if isinstance(found, Binding) and isinstance(found.inside, Module):
            if name in found.inside.names:
                return found.inside.names[name]
            if found.inside.hides_names:
                raise UnknownValue
            for around in outward(self.module):
                if around.parent is found.inside and around.label == name and around.block is None:
                    return Binding(None, around, around.step, None)
            raise Unresolved(
                graph_codes.UNKNOWN_MAP,
                f"there is no `{name}` in `{'.'.join(before)}`",
                self._instead(found.inside, name, ".".join(before)),
            )
        if isinstance(value, Map) and value.outline is None and (name.isdigit() or isinstance(found, Binding)):
            # An entry of what a layer that failed would have written, or a map inside of what could not be read.
            raise UnknownValue
        what = "a list of maps" if isinstance(value, tuple) else "one map" if isinstance(value, Map) else str(value)
        message = f"`{'.'.join(before)}` is {what} and has no `{name}` inside"
        asked = "channels" if name == "in_channels" else name
        is_size = asked in (*MAP_SIZES, "shape") and isinstance(value, Map)
        help = (f"write `{of_map(asked, '.'.join(before))}`",) if is_size else ()
        raise Unresolved(graph_codes.UNKNOWN_MAP, message, help)

    def _instead(self, module: Module, name: str, path: str) -> tuple[str, ...]:
        """What helps where a scope has no step of a name: a similar one, or the step that has the name later."""
        is_open = any(module is around for around in outward(self.module))
        if is_open and isinstance(module.step, GroupStep) and (later := maker(module.step.steps, name)) is not None:
            return (made_later(later),)
        near = closest(name, module.names)
        return (f"did you mean `{path}.{near}`?",) if near else ()

    def _entry(self, found: Any, values: tuple[Value, ...], number: str, before: tuple[str, ...]) -> Any:
        """The entry of a list of maps, or the step that this number names within the group that gave the list."""
        inside = found.inside.names if isinstance(found, Binding) and isinstance(found.inside, Module) else {}
        step = inside.get(number)
        named = step if step is not None and step.step is not None and step.step.name is not None else None
        path, is_entry = ".".join(before), int(number) < len(values)
        if is_entry and (named is None or named.value is values[int(number)]):
            return values[int(number)]
        if named is not None and is_entry:
            raise Unresolved(
                codes.AMBIGUOUS_NUMBER,
                f"`{path}.{number}` is entry {number} of the list that `{path}` gives, and the name of a step in it",
                (f"give the step another name than {number}, with letters",),
            )
        help = f"give the step {number} in `{path}` a name with letters, by `as`" if step else "entries count from 0"
        message = f"`{path}` is a list of {len(values)}, and entry {number} is not in it"
        raise Unresolved(graph_codes.UNKNOWN_MAP, message, (help,))

    def _unknown(self, path: tuple[str, ...]) -> Unresolved:
        name = path[0]
        if name == "None":
            return Unresolved(
                codes.UNKNOWN_NAME,
                "there is no `None` here",
                ("write false, or leave the field out: it then has its default",),
            )
        if name.lower() in ("yes", "no", "on", "off") or name in ("True", "False"):
            truth = "true" if name.lower() in ("yes", "on", "true") else "false"
            return Unresolved(codes.BAD_EXPRESSION, f"`{name}` is not a truth value here", (f"write {truth}",))
        help = [*self.elsewhere(path)]
        near = closest(name, self.visible())
        if near and not help:
            help = [f"did you mean `{near}`?"]
        if not help and self._in_repeat() and len(name) == 1:
            help.append(f"`repeat` counts in no variable: write `for: {{{name}: 1..TURNS}}` in its place")
        elif not help and len(name) == 1 and name.isupper():
            help.append("a symbol is introduced by `input` or by `at`")
        elif not help:
            parameter = " or make it a parameter of the block" if self.call else ""
            help.append(f"define it in `let: {{{name}: ...}}`{parameter}")
            help.extend([f"the {name} of a map is `{of_map(name)}`"] if name in MAP_SIZES[1:-1] else [])
        return Unresolved(codes.UNKNOWN_NAME, f"there is no `{name}` here", tuple(help))

    def _in_repeat(self) -> bool:
        """Whether the nearest loop around is a `repeat`."""
        loop = enclosing_loop(self.frame)
        return loop is not None and loop.count is not None

    def is_open(self, name: str) -> bool:
        """Whether a group of this name stands around, which is not finished yet."""
        return any(module.label == name and module.block is None for module in outward(self.module))

    def elsewhere(self, path: tuple[str, ...], written: str | None = None) -> tuple[str, ...]:
        """Where the map of a path is made: inside the open group or a finished one, or by a later step."""
        name = path[0]
        if self.is_open(name):
            return _finished(name if written is None else written)
        for frame in outward(self.frame):
            for label, binding in (frame.module.names if frame.module is not None else {}).items():
                if isinstance(binding.inside, Module) and name in binding.inside.names:
                    return (f"did you mean `{label}.{name}`?",)
        module = next((module for module in outward(self.module) if module.block is not None), None)
        steps = self.globals.steps if module is None else self.globals.blocks[str(module.block)].steps
        later = maker(steps, name)
        if later is None:
            return ()
        return (made_later(later),)

    def visible(self) -> list[str]:
        """Every name that could be used here."""
        names: list[str] = ["here", "input", "in_channels"]
        for frame in outward(self.frame):
            names.extend(frame.variables)
            if frame.module is not None:
                names.extend(frame.module.names)
        return [*names, *self.globals.names(), *self.globals.blocks, *KINDS, *sorted(WORDS)]

    def size_of(self, value: Value, name: str, axis: int | None = None) -> Number:
        """A size of a map. Raises: Unresolved if the value is none, UnknownValue if an error keeps it unknown."""
        if not isinstance(value, Map):
            raise no_map(name, value)
        shape = value.outline
        if shape is None:
            raise UnknownValue
        size = named_size(shape, name, axis)
        if size is None:
            raise _no_such_size(shape, name, axis)
        if not is_known(size):
            raise UnknownValue
        return size

    def spend(self, count: int) -> None:
        """Charge list entries to the network's budget. Raises: Unresolved once it is overdrawn."""
        self.globals.spend(count)

    def function(self, name: str) -> Callable[[list[Value]], Value] | None:
        """The function of `let` with this name, or None. Raises: Unresolved if the name is that of a value."""
        return self.globals.function(name)

    def map(self, formula: Formula) -> Value:
        """The map, or list of maps, that a path names. Raises: Mistake, UnknownValue."""
        return self.globals.map(formula, self)
