"""What a generated class knows by name: its constructor's parameters, and the variables of a loop inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.dims import Polynomial
from archcalc.expand.globals import Globals
from archcalc.expand.scope import UNKNOWN
from archcalc.export.torch.code import Code, Known, NotPython, Reader, SizeOf, has_symbols
from archcalc.export.torch.kinds import axes_of, is_class
from archcalc.export.torch.names import Names, plain, variable
from archcalc.export.torch.scopes import Scope, Turn
from archcalc.export.torch.tensors import Bundle, Stream
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError, Unresolved, Value, Word
from archcalc.graph import Map
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS
from archcalc.spec.model import Argument, Arguments, Block, Formula, GroupStep, Listing, Mistake

ENTERING = ("x", "maps")
"""What `forward` calls the tensor that flows in, or the list of tensors."""


class Mismatch(Exception):
    """Places that do not follow one pattern."""


class Unrolled(Mismatch):
    """A loop whose turns do not follow one pattern, and that is to be written out."""

    def __init__(self, group: GroupStep, reason: Mismatch) -> None:
        super().__init__(str(reason))
        self.group = group


@dataclass(eq=False, slots=True)
class Parameter:
    """A parameter of a constructor, with its value at every place of the class.

    `kind` says where a caller finds its value: an "argument" of the block's call, a variable of the scopes "outside" a
    group, a "symbol", the "channels" of an input, or nowhere: an "extra" that is only known as a number.
    `default` is what an extra is where nothing reads it.
    """

    kind: str
    source: Any
    name: str
    values: list[Value]
    default: Value = None


class Namespace:
    """The names of one class at all of its places. Codes are tried at each: only what is right everywhere is used."""

    def __init__(self, scopes: list[Scope], globals_: Globals, names: Names, inputs: list[str]) -> None:
        self.scopes = scopes
        self.globals = globals_
        self.names = names
        self.parameters: dict[tuple[str, Any], Parameter] = {}
        self.is_root = scopes[0].parent is None
        self.inputs = inputs
        """What `forward` calls its tensors."""
        self.given: list[list[Stream | None]] = [list(scope.inputs) for scope in scopes]
        """What every place reads, None for what it has not."""
        self.can_grow = True
        self.loop_names: dict[str, list[str]] = {}
        """Names that loops have given to their variables, by the names in the spec."""
        self.locals: dict[str, list[Value]] = {}
        """Other variables of the constructor, with their values at every place."""

    def local(self, text: str, values: list[Value]) -> str:
        """A new value of a variable, under a name of its own: what stands behind `#` is not written."""
        base = text.partition("#")[0]
        versioned = f"{base}#{len(self.locals) + 1}"
        self.locals[versioned] = values
        return versioned

    def __len__(self) -> int:
        return len(self.scopes)

    def value(self, text: str, place: int) -> Value:
        """What a name stands for at a place. Raises: NotPython, also where the variable has no value."""
        if text in self.locals:
            return _bound(self.locals[text][place])
        for parameter in self.parameters.values():
            if parameter.name == text:
                return parameter.values[place]
        raise NotPython

    def parameter(self, kind: str, source: Any, wanted: str, values: Callable[[], list[Value]]) -> Parameter:
        """The parameter for a source, made when it is first asked for."""
        found = self.parameters.get((kind, source))
        if found is None:
            given = values()
            found = Parameter(kind, source, self.names.new(plain(wanted)), given)
            self.parameters[(kind, source)] = found
        return found

    def scope(self, place: int) -> Scope:
        """The scope at a place."""
        return self.scopes[place]

    def entering(self, index: int, place: int) -> Stream:
        """An input of the class at a place."""
        found = self.given[place][index]
        if found is None:
            raise NotPython
        return found

    def is_closed(self, value: Value) -> bool:
        """Whether a value decides what is built, and cannot be passed on: a word, unless it is a class of PyTorch."""
        return has_words(value) and not is_class(value, axes_of(self.scope(0)))

    def reader(self, place: int, frame: Any, size: SizeOf) -> Reader:
        """Reads formulas that stand at a place, in a frame."""
        return Reader(lambda text: self.lookup(text, place, frame, size), size, self._function)

    def _function(self, text: str) -> Callable[[list[Value]], Value] | None:
        try:
            return self.globals.function(text)
        except Unresolved:
            raise NotPython from None

    def lookup(self, text: str, place: int, frame: Any, size: SizeOf) -> Known:
        """A name in a formula. Raises: NotPython."""
        boundary = self.scope(place).module.arguments
        outside = False
        while frame is not None:
            if text in frame.variables:
                value = _plain(frame.variables[text])
                if self.is_closed(value):
                    return Known(value)
                if frame.caller is not None:
                    return self._passed_on(text, value, place, frame, size)
                if frame.turn is not None and not outside:
                    return self._turn(text, value, place, frame, size)
                if self.is_root:
                    return Known(value)
                kind = "outside" if outside else "argument"
                return Known(value, tree.name_node(self._variable(kind, text).name))
            if frame.module is not None and text in frame.module.names:
                raise NotPython
            outside = outside or frame is boundary
            frame = frame.parent
        return self.known(text)

    def known(self, text: str) -> Known:
        """A name that all formulas know: a let, a symbol, a word. Raises: NotPython."""
        try:
            value = self.globals.value(text)
        except (Unresolved, Mistake):
            raise NotPython from None
        if value is None:
            if text in WORDS or text in KINDS or text in self.globals.blocks:
                return Known(Word(text))
            raise NotPython
        value = _plain(value)
        if self.is_root or not has_symbols(value):
            return Known(value)
        if text not in self.globals.symbols:
            raise NotPython
        return Known(value, tree.name_node(self.parameter("symbol", text, text, lambda: [value] * len(self)).name))

    def _variable(self, kind: str, text: str) -> Parameter:
        def values() -> list[Value]:
            return [_plain(self._argument(kind, text, place)) for place in range(len(self))]

        return self.parameter(kind, text, text, values)

    def _argument(self, kind: str, text: str, place: int) -> Value:
        module = self.scope(place).module
        if kind == "argument":
            assert module.arguments is not None, "only blocks have arguments"
            return module.arguments.variables[text]
        frame = module.frame
        while frame is not None:
            if text in frame.variables:
                return frame.variables[text]
            frame = frame.parent
        raise NotPython

    def _turn(self, text: str, value: Value, place: int, frame: Any, size: SizeOf) -> Known:
        """The variable of a loop that is written out: the entry of its list."""
        entries = frame.group.loop.variables[text]
        try:
            if isinstance(entries, Listing):
                found = self.reader(place, frame.parent, size).argument(entries.items[frame.turn])
            elif isinstance(entries, Formula) and isinstance(entries.tree, tree.Path):
                whole = self.reader(place, frame.parent, size).argument(entries)
                found = Known(value, whole.code and tree.Index(whole.code, tree.Constant(frame.turn)))
            else:
                return Known(value)
        except (NotPython, ExpressionError):
            return Known(value)
        return found if found.value == value else Known(value)

    def _passed_on(self, text: str, value: Value, place: int, frame: Any, size: SizeOf) -> Known:
        """The parameter of a block whose steps stand here: what the call gives for it, or its default."""
        block = self.globals.blocks[frame.group.block]
        own = given(frame.group.arguments, text, block)
        default = next(parameter.default for parameter in block.parameters if parameter.name == text)
        argument, around = (default, frame) if own is None else (own, frame.caller)
        try:
            found = Known(value) if argument is None else self.reader(place, around, size).argument(argument)
        except (NotPython, ExpressionError):
            return Known(value)
        return found if found.value == value else Known(value)

    def channels_name(self, index: int) -> str:
        """The parameter for the channels of an input."""

        def values() -> list[Value]:
            return [channels_of(self.entering(index, place)) for place in range(len(self))]

        text = self.inputs[index]
        wanted = "in_channels" if index == 0 and text in ENTERING else f"{text}_channels"
        return self.parameter("channels", index, wanted, values).name

    def additional(self, wanted: str, values: list[Value], default: Value = None) -> Code:
        """A parameter for numbers that no formula explains. Raises: Mismatch."""
        if not self.can_grow:
            raise Mismatch(f"no formula gives {wanted}")
        for parameter in self.parameters.values():
            if same(parameter.values, values) and parameter.kind == "extra":
                return tree.name_node(parameter.name)
        key = (variable(wanted), len(self.parameters))
        made = self.parameter("extra", key, variable(wanted), lambda: values)
        made.default = default
        return tree.name_node(made.name)


class LoopNames(Namespace):
    """The names inside a loop: those of the class around, the loop's variables, and the running channels."""

    def __init__(self, around: Namespace, turns: list[tuple[int, Turn]], entering: list[Stream]) -> None:
        super().__init__(around.scopes, around.globals, around.names, around.inputs)
        self.around = around
        self.turns = turns
        self.running = [channels_of(wire) for wire in entering]
        self._entering = entering
        self.parameters = around.parameters
        self.loop_names = around.loop_names
        self.can_grow = False
        self.used: dict[str, str] = {}
        """Variables of the loop that the code reads, with their names in Python."""
        self.running_name: str | None = None
        self.entered_as: str | None = None
        """The running variable that comes in, if there is one."""

    def __len__(self) -> int:
        return len(self.turns)

    def scope(self, place: int) -> Scope:
        """The scope of the class around."""
        return self.around.scope(self.turns[place][0])

    def entering(self, index: int, place: int) -> Stream:
        """What the turn reads."""
        return self._entering[place]

    def value(self, text: str, place: int) -> Value:
        """What a name stands for in a turn. Raises: NotPython."""
        if text in self.locals:
            return _bound(self.locals[text][place])
        if text == self.running_name:
            return self.running[place]
        outer, turn = self.turns[place]
        for written, wanted in self.used.items():
            if wanted == text:
                return _plain(turn.frame.variables[written])
        return self.around.value(text, outer)

    def lookup(self, text: str, place: int, frame: Any, size: SizeOf) -> Known:
        """A name in a formula: a variable of the loop stays one."""
        outer, turn = self.turns[place]
        for inside in _frames(frame):
            if inside.caller is not None and text in inside.variables:
                return self._passed_on(text, _plain(inside.variables[text]), place, inside, size)
            if inside is turn.frame:
                if text in inside.variables:
                    value = _plain(inside.variables[text])
                    code = None if self.is_closed(value) else tree.name_node(self.variable(text))
                    return Known(value, code)
                break
            if text in inside.variables:
                break
        return self.around.lookup(text, outer, frame, size)

    def variable(self, text: str) -> str:
        """The name in Python of one of the loop's variables."""
        if text not in self.used:
            # Loops behind each other may use the same name; loops inside each other may not.
            free = self.loop_names.setdefault(text, [])
            taken: set[str] = set()
            around = self.around
            while isinstance(around, LoopNames):
                taken.update(around.used.values())
                around = around.around
            found = next((one for one in free if one not in taken), None)
            if found is None:
                found = self.names.new(plain(text))
                free.append(found)
            self.used[text] = found
        return self.used[text]

    def parameter(self, kind: str, source: Any, wanted: str, values: Callable[[], list[Value]]) -> Parameter:
        """A parameter of the class around."""
        raise NotPython

    def channels_name(self, index: int) -> str:
        """The variable that runs along: the channels that a turn reads."""
        if self.running_name is None:
            entering = self.entered_as
            base = entering.partition("#")[0] if entering is not None else self.names.new("channels")
            # The variable of a loop around, or of one before, runs on; `#` tells its values apart.
            self.running_name = f"{base}#in{id(self)}"
        return self.running_name


def given(arguments: Arguments, text: str, block: Block) -> Argument | None:
    """What a call gives for a parameter of its block; None where the default holds."""
    if arguments.named is not None:
        return arguments.named.get(text)
    position = [parameter.name for parameter in block.parameters].index(text)
    if arguments.ordered is not None:
        return arguments.ordered[position] if position < len(arguments.ordered) else None
    return arguments.single if position == 0 else None


def _frames(frame: Any) -> Iterator[Any]:
    while frame is not None:
        yield frame
        frame = frame.parent


def _bound(value: Value) -> Value:
    if value is None:
        raise NotPython
    return value


def arguments_of(
    parameters: Sequence[Parameter], scope: Scope, symbols: Mapping[str, Value]
) -> dict[str, Value] | None:
    """What the constructor of a block's class takes for a call of the block; None if the call does not say so."""
    found: dict[str, Value] = {}
    for one in parameters:
        if one.kind == "channels":
            found[one.name] = channels_of(scope.inputs[one.source])
        elif one.kind == "argument" and scope.module.arguments is not None:
            found[one.name] = scope.module.arguments.variables[one.source]
        elif one.kind == "symbol":
            found[one.name] = symbols[one.source]
        else:
            return None
    return found


def channels_of(stream: Stream) -> Any:
    """Channels of a tensor, or of all tensors of a list."""
    if isinstance(stream, Bundle):
        return tuple([wire.shape.channels for wire in stream.wires])
    return stream.shape.channels


def _plain(value: Value) -> Value:
    """A value that Python can have. Raises: NotPython for a map and for what is unknown."""
    if value is UNKNOWN or isinstance(value, Map):
        raise NotPython
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    return value


def has_words(value: Value) -> bool:
    """Whether a value is a word, or a list with one: words decide what is built and are no arguments."""
    return isinstance(value, Word) or (isinstance(value, tuple) and any(has_words(item) for item in value))


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal and of one type: true is not 1."""
    if isinstance(left, (tuple, list)) and isinstance(right, (tuple, list)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Polynomial) or isinstance(right, Polynomial):
        return type(left) is type(right) and left == right
    return bool(left == right)
