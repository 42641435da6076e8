"""Arithmetic on maps: an expression of the language over their numbers, as operations that compute each by itself.

In `0.5 * x + skip` the name `x` stands for the map that arrives, `skip` for another map, and everything else is a
number. What is a number all through is evaluated exactly; what holds a map becomes an operation.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Number, Polynomial
from archcalc.expressions.functions import FUNCTIONS as NUMBER_FUNCTIONS
from archcalc.expressions.functions import MAP_SIZES
from archcalc.expressions.nodes import Arithmetic, Call, Conditional, Negation, Node, Path
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Scope, Unresolved, Value, Word, described, is_number
from archcalc.layers.base import Tap

ARRIVING = "x"
"""The name of the map that arrives."""

OPERATORS = ("+", "-", "*", "/", "**")
"""Operators between maps, or between a map and a number."""

_OF_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "relu": lambda value: max(value, 0),
    "round": lambda value: math.floor(value + 0.5),
    "rsqrt": lambda value: 1 / math.sqrt(value),
    "sigmoid": lambda value: 1 / (1 + math.exp(-value)),
    "sign": lambda value: (value > 0) - (value < 0),
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}
_OF_SEVERAL: dict[str, Callable[..., Any]] = {
    "clamp": lambda value, low, high: min(max(value, low), high),
    "max": max,
    "min": min,
}
_FLOATS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
UNARY = tuple(_OF_NUMBERS)
"""Functions of one map, which PyTorch calls alike."""

OPERANDS = {**dict.fromkeys(UNARY, 1), "clamp": 3, "max": 2, "min": 2}
"""Functions of maps, with as many values as each takes."""


class Constant(NamedTuple):
    """A number, and the part of the expression that it is."""

    value: Number | float
    node: Node


class Reading(NamedTuple):
    """A map: 0 is the one that arrives, the others follow in the order in which the expression names them."""

    place: int


class Operation(NamedTuple):
    """An operator or a function, with at least one map inside."""

    name: str
    operands: tuple[Operand, ...]


Operand = Constant | Reading | Operation


@dataclass(frozen=True, slots=True, repr=False)
class MapExpression:
    """Arithmetic on maps: what is computed, as it is written, and the maps that it names besides the one that arrives.

    >>> expression = alone("1 - 0.5 * x")
    >>> str(expression), [operation.name for operation in expression.operations()]
    ('1 - 0.5 * x', ['*', '-'])
    """

    text: str
    root: Operation
    others: tuple[Tap, ...] = ()

    def operations(self) -> list[Operation]:
        """Every operation behind those whose results it takes, as Python computes them."""
        return list(_in_order(self.root))

    def constants(self) -> list[Constant]:
        """The numbers in it."""
        return [one for operation in self.operations() for one in operation.operands if isinstance(one, Constant)]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return repr(self.text)


def _in_order(operation: Operation) -> Iterator[Operation]:
    for operand in operation.operands:
        if isinstance(operand, Operation):
            yield from _in_order(operand)
    yield operation


class MapReader:
    """Reads an expression whose names are looked up in a scope, in which `x` is the map that arrives.

    `maps` are those that it has met, the one that arrives first.
    """

    def __init__(self, scope: Scope, arriving: Value) -> None:
        self.scope = scope
        self.maps: list[Value] = [arriving]

    def expression(self, node: Node) -> Operation:
        """The whole of it, which computes something of the map that arrives. Raises: ExpressionError, UnknownValue."""
        root = self.operand(node)
        if isinstance(root, Constant):
            raise node.fail(codes.BAD_VALUE, "it reads no map: `x` is the map that arrives", "for example `0.5 * x`")
        if isinstance(root, Reading):
            raise node.fail(codes.BAD_VALUE, "it computes nothing", "write `identity`, or leave the step out")
        reads = {one for operation in _in_order(root) for one in operation.operands}
        if Reading(0) not in reads:
            help = "name the map that the step reads by `from`, and call it `x`"
            raise node.fail(codes.BAD_VALUE, "it does not read `x`, the map that arrives", help)
        return root

    def operand(self, node: Node) -> Operand:
        """A part of it. Raises: ExpressionError, UnknownValue."""
        match node:
            case Path():
                return self._named(node)
            case Conditional():
                return self.operand(node.then if node.condition.truth(self.scope) else node.otherwise)
            case Negation():
                return self._operation("-", (self.operand(node.operand),), node)
            case Arithmetic():
                return self._operation(node.operator, (self.operand(node.left), self.operand(node.right)), node)
            case Call() if node.name not in MAP_SIZES:
                return self._called(node)
        return self._number(node)

    def _named(self, node: Path) -> Operand:
        value = node.evaluate(self.scope)
        if is_number(value):
            return Constant(value, node)
        if isinstance(value, (bool, Word, tuple)):
            raise node.fail(codes.WRONG_TYPE, f"a map or a number is needed here, and this is {described(value)}")
        known = next((index for index, one in enumerate(self.maps) if one is value), None)
        if known is None:
            known = len(self.maps)
            self.maps.append(value)
        return Reading(known)

    def _number(self, node: Node) -> Constant:
        return Constant(node.number(self.scope), node)

    def _operation(self, name: str, operands: tuple[Operand, ...], node: Node) -> Operand:
        if all(isinstance(one, Constant) for one in operands):
            return self._of_numbers(node, name, [one.value for one in operands if isinstance(one, Constant)])
        if name not in OPERATORS:
            raise node.fail(codes.WRONG_TYPE, f"`{name}` is for numbers, and not for maps")
        if name == "/" and isinstance(operands[1], Constant) and operands[1].value == 0:
            raise node.fail(codes.DIVISION_BY_ZERO, "a map is divided by zero")
        return Operation(name, operands)

    def _of_numbers(self, node: Node, name: str, values: list[Any]) -> Constant:
        """Numbers all through: exact, unless there is a root among them."""
        is_root = name == "**" and isinstance(values[-1], Fraction)
        if not is_root and not any(isinstance(value, float) for value in values):
            return self._number(node)
        _need_numbers(node, f"`{name}` beside a root", values)
        try:
            numbers = [float(value) for value in values]
            # A root of a negative number is a complex one, of which there is no float.
            return Constant(float(-numbers[0] if len(numbers) == 1 else _FLOATS[name](*numbers)), node)
        except OverflowError:
            raise node.fail(codes.WRONG_TYPE, "there is no such number: it is too large") from None
        except (TypeError, ArithmeticError) as error:
            raise node.fail(codes.WRONG_TYPE, f"there is no such number: {error}") from None

    def _called(self, node: Call) -> Operand:
        wanted = OPERANDS.get(node.name)
        operands = tuple(self.operand(argument) for argument in node.arguments)
        try:
            is_own = self.scope.function(node.name) is not None
        except Unresolved as error:
            raise node.refused(error) from None
        if is_own and not all(isinstance(one, Constant) for one in operands):
            raise node.fail(codes.WRONG_TYPE, f"`{node.name}` of `let` takes numbers, and here is a map")
        if is_own:
            return self._number(node)
        numbers = [one.value for one in operands if isinstance(one, Constant)]
        are_numbers = len(numbers) == len(operands)
        is_exact = node.name in NUMBER_FUNCTIONS and not any(isinstance(number, float) for number in numbers)
        if are_numbers and (is_exact or wanted is None):
            return self._number(node)
        if wanted is None:
            known = f"functions of maps are {', '.join(sorted(OPERANDS))}"
            raise node.fail(codes.UNKNOWN_FUNCTION, f"there is no function `{node.name}` of maps", known)
        if len(operands) != wanted:
            takes = "clamp takes a map, the lowest and the highest value" if node.name == "clamp" else ""
            several = f"{node.name} takes {wanted} value{'' if wanted == 1 else 's'}"
            raise node.fail(codes.BAD_CALL, takes or several)
        if are_numbers:
            return self._computed(node, numbers)
        if node.name == "clamp" and not all(isinstance(one, Constant) for one in operands[1:]):
            raise node.fail(codes.WRONG_TYPE, "the bounds of clamp are numbers", "maps are bounded by `max` and `min`")
        return Operation(node.name, operands)

    def _computed(self, node: Call, numbers: list[Any]) -> Constant:
        _need_numbers(node, node.name, numbers)
        function = _OF_NUMBERS.get(node.name) or _OF_SEVERAL[node.name]
        try:
            return Constant(function(*numbers), node)
        except (ValueError, ArithmeticError) as error:
            raise node.fail(codes.WRONG_TYPE, f"{node.name} has no value here: {error}") from None


def _need_numbers(node: Node, what: str, values: list[Any]) -> None:
    """Refuse what depends on a symbol: floats, and all that the language has for maps alone, are of numbers."""
    symbolic = next((value for value in values if isinstance(value, Polynomial)), None)
    if symbolic is not None:
        message = f"{what} needs a number and cannot depend on a symbol: {symbolic}"
        raise node.fail(codes.WRONG_TYPE, message, "give the symbols values with `at` or `--set`")


class _Alone(NoNames):
    """A scope with the map that arrives, and nothing else."""

    def resolve(self, path: tuple[str, ...]) -> Value:
        """The map. Raises: Unresolved for other names."""
        return self if path == (ARRIVING,) else super().resolve(path)

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """No size. Raises: Unresolved."""
        raise Unresolved(codes.WRONG_TYPE, f"{name}(x) is known only in a network")


def alone(text: str) -> MapExpression:
    """An expression of one map and numbers.

    Raises: ValueError for one that cannot be read.

    >>> alone("x ** 2").root.operands
    (Reading(place=0), Constant(value=2, node=Constant(value=2)))
    """
    scope = _Alone()
    try:
        return MapExpression(text, MapReader(scope, scope).expression(parse(text)))
    except ExpressionError as error:
        raise ValueError(f"cannot be read: {error.message}") from None
