"""Expressions as trees that evaluate themselves exactly, without Python's `eval`.

Every operation checks the types and the size of its operands, so that no text can occupy the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import comb
from operator import is_
from typing import Any, Self, TypeVar, dataclass_transform

from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Condition, DimsOverflow, Polynomial
from archcalc.expressions import functions
from archcalc.expressions.arithmetic import OPERATIONS
from archcalc.expressions.limits import MAX_ENTRIES, MAX_SYMBOL_TERMS, entries, is_long
from archcalc.expressions.values import ExpressionError, Scope, Unresolved, Value, described, is_number

_Kind = TypeVar("_Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def kind_of_node(cls: type[_Kind]) -> type[_Kind]:
    """A kind of node: a data class that nothing changes.

    It writes a constructor and nothing else. What `frozen` and `eq` would write for each class takes longer to compile
    than a network takes to check; nodes share it in `Node`, and a type checker watches that they stay as they are.
    """
    return dataclass(eq=False, repr=False)(cls)


@kind_of_node
class Node:
    """A part of an expression, with the stretch of text it stands for, if there is one.

    Nodes are equal if they mean the same, wherever they stand.

    >>> from archcalc.expressions.parser import parse
    >>> parse("2*N") == Arithmetic("*", Constant(2), name_node("N"))
    True
    """

    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._operands() == other._operands() if isinstance(other, Node) else False

    def __hash__(self) -> int:
        return hash((type(self), *self._operands().values()))

    def __repr__(self) -> str:
        operands = ", ".join(f"{name}={operand!r}" for name, operand in self._operands().items())
        return f"{type(self).__name__}({operands})"

    def evaluate(self, scope: Scope) -> Value:
        """The exact value. Raises: ExpressionError, UnknownValue."""
        raise NotImplementedError  # Abstract: every kind of node has its own.

    def children(self) -> list[Node]:
        """The expressions that this one is made of, in the order of the text."""
        return [node for operand in self._operands().values() for node in _nodes_in(operand)]

    def rebuilt(self, change: Callable[[Node], Node]) -> Self:
        """The same operation on what `change` makes of the expressions in it; itself where those stay what they are.

        >>> from archcalc.expressions.parser import parse
        >>> tree = parse("floor(N/2)")
        >>> tree.rebuilt(lambda part: part) is tree, tree.rebuilt(lambda part: Constant(7)) == parse("floor(7)")
        (True, True)
        """
        operands = self._operands()
        changed = {name: _changed(operand, change) for name, operand in operands.items()}
        return self if all(map(is_, changed.values(), operands.values())) else replace(self, **changed)

    def _operands(self) -> dict[str, Any]:
        names: tuple[str, ...] = self.__match_args__
        return {name: getattr(self, name) for name in names}

    def walk(self) -> Iterator[Node]:
        """This expression and all inside it, in the order of the text."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children()))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every function that it calls, in the order of the text. A formula of layers is one tree for all of them."""
        return tuple([node for node in self.walk() if isinstance(node, Call)])

    def names(self) -> list[str]:
        """Every name without dots that is looked up when all parts are evaluated, once, in the order of the text."""
        return [*self._names]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The same. A formula of layers is one tree for all of them."""
        paths = [node.fixed for node in self.walk() if isinstance(node, Path)]
        return tuple(dict.fromkeys([path[0] for path in paths if path is not None and len(path) == 1]))

    def fail(self, code: Any, message: str, *help: str) -> ExpressionError:
        """A mistake at this part of the text."""
        return ExpressionError(code, message, self.start, self.end, help)

    def refused(self, error: Unresolved) -> ExpressionError:
        """What a scope refused, as a mistake at this part of the text."""
        return self.fail(error.code, error.message, *error.help)

    def spend(self, scope: Scope, count: int) -> None:
        """Charge entries of lists to the effort of the scope. Raises: ExpressionError when there were too many."""
        try:
            scope.spend(count)
        except Unresolved as error:
            raise self.refused(error) from None

    def number(self, scope: Scope) -> Any:
        """The value, which must be a number."""
        value = self.evaluate(scope)
        if value.__class__ is not int and not is_number(value):
            raise self.fail(codes.WRONG_TYPE, f"a number is needed here, and this is {described(value)}")
        return value

    def truth(self, scope: Scope) -> bool:
        """The value, which must be true or false."""
        value = self.evaluate(scope)
        if not isinstance(value, bool):
            raise self.fail(codes.WRONG_TYPE, f"true or false is needed here, and this is {described(value)}")
        return value

    def integer(self, scope: Scope, what: str) -> int:
        """The value, which must be a whole number without symbols."""
        value = self.number(scope)
        if isinstance(value, Polynomial):
            raise self.fail(codes.UNDECIDABLE, f"{what} depends on a symbol: {value}")
        if not isinstance(value, int):
            raise self.fail(codes.WRONG_TYPE, f"{what} must be whole, and this is {described(value)}")
        return value


@kind_of_node
class Constant(Node):
    """A number, or true or false."""

    value: Value

    def evaluate(self, scope: Scope) -> Value:
        """The value itself."""
        return self.value


@kind_of_node
class Path(Node):
    """A name, or names joined by dots; each may hold computed parts (`layer$i.skip`)."""

    parts: tuple[tuple[str | Node, ...], ...]
    fixed: tuple[str, ...] | None = field(init=False)
    """The names, where none of them is computed."""

    def __post_init__(self) -> None:
        is_fixed = all(isinstance(piece, str) for part in self.parts for piece in part)
        names = tuple("".join(map(str, part)) for part in self.parts) if is_fixed else None
        object.__setattr__(self, "fixed", names)

    def evaluate(self, scope: Scope) -> Value:
        """What the scope knows under this path."""
        names = self.spelled(scope)
        try:
            return scope.resolve(names)
        except Unresolved as error:
            if error.code is codes.UNKNOWN_NAME and (value := self._value_only()):
                help = f"the value itself is written `{value}`"
                raise self.fail(error.code, f"`${value}` makes part of a name, and here is no name", help) from None
            raise self.refused(error) from None

    def _value_only(self) -> str | None:
        """What stands behind the `$` of a path that is nothing else: `$width`."""
        piece = self.parts[0][0]
        is_only = len(self.parts) == 1 and len(self.parts[0]) == 1
        return ".".join(piece.fixed) if is_only and isinstance(piece, Path) and piece.fixed else None

    def spelled(self, scope: Scope) -> tuple[str, ...]:
        """The names with their computed parts filled in."""
        if self.fixed is not None:
            return self.fixed
        return tuple("".join(_spell(piece, scope) for piece in part) for part in self.parts)


def name_node(text: str) -> Path:
    """A single name."""
    return Path(((text,),))


def _nodes_in(operand: Any) -> Iterator[Node]:
    """The expressions in an operand, which may be one, a text, or a tuple of them."""
    if isinstance(operand, Node):
        yield operand
    elif isinstance(operand, tuple):
        for part in operand:
            yield from _nodes_in(part)


def _changed(operand: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(operand, Node):
        return change(operand)
    if not isinstance(operand, tuple):
        return operand
    changed = tuple([_changed(part, change) for part in operand])
    return operand if all(map(is_, changed, operand)) else changed


def _spell(piece: str | Node, scope: Scope) -> str:
    if isinstance(piece, str):
        return piece
    value = piece.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, str)) or (isinstance(value, int) and value < 0):
        raise piece.fail(codes.BAD_NAME, f"a name cannot be made of {described(value)}; whole numbers and words can")
    return str(value)


@kind_of_node
class Negation(Node):
    """-e"""

    operand: Node

    def evaluate(self, scope: Scope) -> Value:
        """The number with the other sign."""
        return -self.operand.number(scope)


@kind_of_node
class Not(Node):
    """not e"""

    operand: Node

    def evaluate(self, scope: Scope) -> Value:
        """The other truth value."""
        return not self.operand.truth(scope)


@kind_of_node
class Arithmetic(Node):
    """a op b for + - * / // % **"""

    operator: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """The exact result, bounded in size."""
        left, right = self.left.number(scope), self.right.number(scope)
        if left.__class__ is Polynomial or right.__class__ is Polynomial:
            self._charge(scope, left, right)
        try:
            result = OPERATIONS[self.operator](left, right)
        except ZeroDivisionError:
            raise self.fail(
                codes.DIVISION_BY_ZERO, f"{described(left)} {self.operator} {described(right)} divides by zero"
            ) from None
        except (DimsOverflow, OverflowError) as error:
            raise self.fail(codes.NUMBER_TOO_LARGE, str(error)) from None
        except ValueError as error:
            raise self.fail(codes.WRONG_TYPE, str(error)) from None
        if result.__class__ is Fraction and result.denominator == 1:
            result = result.numerator
        if is_long(result):
            raise self.fail(codes.NUMBER_TOO_LARGE, "the result has more than 1,000 digits")
        return result

    def _charge(self, scope: Scope, left: Any, right: Any) -> None:
        """Account for work with symbols before it is done: the terms that the result can have at most."""
        terms = [len(value.terms) if isinstance(value, Polynomial) else 1 for value in (left, right)]
        if self.operator == "**":
            most = comb(terms[0] - 1 + right, right) if isinstance(right, int) and 0 <= right <= 64 else 1
        else:
            most = terms[0] * terms[1] if self.operator in ("*", "%") else terms[0] + terms[1]
        if most > MAX_SYMBOL_TERMS:
            raise self.fail(
                codes.NUMBER_TOO_LARGE, f"the result may have {most:,} terms; the limit is {MAX_SYMBOL_TERMS:,}"
            )
        self.spend(scope, 10 * most)


@kind_of_node
class Comparison(Node):
    """a == b and the like, also chained: 1 <= i < 4"""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        """True or false. Raises: ExpressionError if a symbol decides it."""
        left = self.operands[0].evaluate(scope)
        for operator, operand in zip(self.operators, self.operands[1:], strict=True):
            right = operand.evaluate(scope)
            if right.__class__ is tuple:
                self.spend(scope, entries(right))
            try:
                holds = self._holds(operator, left, right)
            except DimsOverflow as error:
                raise self.fail(codes.NUMBER_TOO_LARGE, str(error)) from None
            if not holds:
                return False
            left = right
        return True

    def _holds(self, operator: str, left: Value, right: Value) -> bool:
        numbers = is_number(left) and is_number(right)
        if operator in ("==", "!="):
            if not numbers:
                same = type(left) is type(right) and left == right
                return same if operator == "==" else not same
            verdict = Condition.equal(left, right).decide()
        elif not numbers:
            odd = right if is_number(left) else left
            raise self.fail(codes.WRONG_TYPE, f"`{operator}` compares numbers, and this is {described(odd)}")
        elif operator in (">=", "<"):
            verdict = Condition.at_least(left, right).decide()
        else:
            verdict = Condition.at_least(right, left).decide()
        if verdict is None:
            raise self.fail(
                codes.UNDECIDABLE,
                f"whether {described(left)} {operator} {described(right)} depends on a symbol",
                "give the symbol a value with `at` or `--set`",
            )
        return verdict if operator in ("==", ">=", "<=") else not verdict


@kind_of_node
class Logic(Node):
    """a and b, a or b: the second operand is evaluated only if it matters."""

    operator: str
    left: Node
    right: Node

    def evaluate(self, scope: Scope) -> Value:
        """True or false."""
        if self.operator == "and":
            return self.left.truth(scope) and self.right.truth(scope)
        return self.left.truth(scope) or self.right.truth(scope)


@kind_of_node
class Conditional(Node):
    """a if c else b: only the chosen side is evaluated."""

    then: Node
    condition: Node
    otherwise: Node

    def evaluate(self, scope: Scope) -> Value:
        """The value of the chosen side."""
        return (self.then if self.condition.truth(scope) else self.otherwise).evaluate(scope)


@kind_of_node
class Range(Node):
    """a..b, both ends included."""

    first: Node
    last: Node

    def evaluate(self, scope: Scope) -> Value:
        """The whole numbers from the first to the last."""
        first = self.first.integer(scope, "the start of a range")
        last = self.last.integer(scope, "the end of a range")
        if last - first >= MAX_ENTRIES:
            raise self.fail(codes.TOO_MANY_STEPS, f"a range of {last - first + 1:,} numbers is too long")
        self.spend(scope, max(last - first + 1, 0))
        return tuple(range(first, last + 1))


@kind_of_node
class Index(Node):
    """list[i], counted from 0."""

    base: Node
    index: Node

    def evaluate(self, scope: Scope) -> Value:
        """The entry of the list."""
        values = self.base.evaluate(scope)
        if not isinstance(values, tuple):
            raise self.base.fail(codes.WRONG_TYPE, f"only a list has entries, and this is {described(values)}")
        index = self.index.integer(scope, "an index")
        if not 0 <= index < len(values):
            raise self.fail(
                codes.BAD_INDEX,
                f"entry {index} of a list of {len(values)}",
                f"entries count from 0 to {len(values) - 1}",
            )
        return values[index]


@kind_of_node
class Call(Node):
    """name(a, b): a built-in function or one of `let`."""

    name: str
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        """The result of the function."""
        if self.name in functions.MAP_SIZES:
            return self._size(scope)
        arguments = [argument.evaluate(scope) for argument in self.arguments]
        for value in arguments:
            if value.__class__ is tuple:
                self.spend(scope, len(value))
        try:
            own = scope.function(self.name)
            if own is not None:
                return own(arguments)
        except Unresolved as error:
            raise self.refused(error) from None
        built_in = functions.FUNCTIONS.get(self.name)
        if built_in is None:
            help = functions.elsewhere(self.name)
            known = f"the functions are {', '.join(functions.NAMES)} and those that `let` defines"
            raise self.fail(codes.UNKNOWN_FUNCTION, f"there is no function `{self.name}`", help or known)
        try:
            return built_in(arguments)
        except functions.FunctionError as error:
            raise self.fail(codes.WRONG_TYPE, str(error)) from None
        except DimsOverflow as error:
            raise self.fail(codes.NUMBER_TOO_LARGE, str(error)) from None

    def _size(self, scope: Scope) -> Value:
        has_axis = self.name == "size"
        if len(self.arguments) != 1 + has_axis:
            needs = "a map and the number of an axis: size(here, 0)" if has_axis else "one map"
            raise self.fail(codes.BAD_CALL, f"{self.name} takes {needs}")
        argument, *axes = self.arguments
        value = argument.evaluate(scope)
        axis = axes[0].integer(scope, "the number of an axis") if axes else None
        try:
            return scope.size_of(value, self.name, axis)
        except Unresolved as error:
            raise argument.refused(error) from None
