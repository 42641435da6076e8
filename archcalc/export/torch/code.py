"""Values and formulas of a spec as expressions of the generated module.

A formula is evaluated partially: what is known everywhere becomes a number, what a class gets from outside stays a
name. The value at the place is computed along with it, so that whoever uses an expression can see that it is right.

`out: 2*width + 4`, in a block with the parameter `width` and a let that says `width: 64` elsewhere, is at a place
where `width` is 64 the value 132 with the code `2 * width + 4`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from archcalc.dims import Polynomial
from archcalc.export.torch.simplify import chosen, compared, difference_of, either, sum_of
from archcalc.expressions import functions
from archcalc.expressions import nodes as tree
from archcalc.expressions.nodes import Arithmetic, Constant, Negation, Node, Path, kind_of_node
from archcalc.expressions.values import ExpressionError, NoNames, Scope, Value, Word
from archcalc.spec.model import Argument, Formula, Listing

ROUNDING = ("floor", "ceil", "round", "divisible")
"""Functions of the language that make whole numbers of others."""

Code = Node
"""An expression of the generated module. Its quotients are whole: `//` stands for `/`, too."""


@kind_of_node
class Row(Node):
    """A tuple or a list, of entries with codes of their own."""

    items: tuple[Node, ...]
    is_list: bool = False

    def evaluate(self, scope: Scope) -> Value:
        """The entries."""
        return tuple(item.evaluate(scope) for item in self.items)


@kind_of_node
class Table(Constant):
    """A list of the spec whose entries are asked for by number: it stands under its name above all classes."""

    name: str


@kind_of_node
class Given(Node):
    """Whether `forward` is given a tensor, which other places have not. The constructor cannot know."""

    tensor: str

    def evaluate(self, scope: Scope) -> Value:
        """Raises: NotPython; what is made does not depend on it."""
        raise NotPython


@kind_of_node
class Ratio(Node):
    """A quotient that need not be whole: a float in Python."""

    above: Node
    below: Node

    def evaluate(self, scope: Scope) -> Value:
        """The exact quotient."""
        return Arithmetic("/", self.above, self.below).evaluate(scope)


@kind_of_node
class Size(Node):
    """A size of a tensor of `forward`, along one of its axes as PyTorch counts them: `x.shape[1]`."""

    tensor: tuple[Any, ...]
    axis: int

    @property
    def key(self) -> str:
        """What a namespace knows its value by, at every place."""
        return f"{self.tensor}#{self.axis}"

    def evaluate(self, scope: Scope) -> Value:
        """Its value at the place."""
        return scope.resolve((self.key,))


def sizes_in(code: Code) -> list[Size]:
    """The sizes of tensors that a code asks for, in the order of the text."""
    return [part for part in code.walk() if isinstance(part, Size)]


def is_float(code: Code) -> bool:
    """Whether Python calculates a code with floats, so that its value is one even where it is whole."""
    match code:
        case Constant(value):
            return isinstance(value, (Fraction, float))
        case Ratio():
            return True
        case Arithmetic(_, left, right):
            return is_float(left) or is_float(right)
        case Negation(operand):
            return is_float(operand)
        case tree.Conditional(then, _, otherwise):
            return is_float(then) or is_float(otherwise)
        case tree.Call("min" | "max", arguments):
            return any(map(is_float, arguments))
    return False


class Known(NamedTuple):
    """What a formula is at one place: its value there, and its code if that holds at other places as well."""

    value: Value
    code: Code | None = None

    @property
    def written(self) -> Code:
        """The code, or the value itself."""
        return Constant(self.value) if self.code is None else self.code


class NotPython(Exception):
    """There is no expression of Python that means the same in all cases."""


class SizeOf(Protocol):
    """Answers what a formula asks of a map: a size by its name, or by the number of its axis."""

    def __call__(self, path: tuple[str, ...], name: str = "channels", axis: int | None = None) -> Known:
        """The size of the map that a path leads to. Raises: NotPython."""


def variable_of(code: Code | None) -> str | None:
    """The name that a code is, if it is nothing else."""
    return code.fixed[0] if isinstance(code, Path) and code.fixed is not None else None


def names_in(code: Code) -> frozenset[str]:
    """The names that a code reads."""
    return frozenset(code.names())


def mentions_symbols(code: Code) -> bool:
    """Whether a code holds sizes with symbols."""
    return any(isinstance(part, Constant) and has_symbols(part.value) for part in code.walk())


def replaced(code: Code, values: dict[str, Code]) -> Code:
    """The code with other codes for some of its names, simplified."""
    if (text := variable_of(code)) is not None:
        return values.get(text, code)
    match code.rebuilt(lambda part: replaced(part, values)):
        case Arithmetic(operator, left, right):
            return binary(operator, left, right)
        case tree.Index(base, number):
            return entry_of(base, number)
        case tree.Conditional(then, Constant(condition), otherwise):
            return then if condition else otherwise
        case tree.Conditional(then, condition, otherwise):
            return chosen(then, condition, otherwise)
        case tree.Comparison((operator,), (left, right)) if (found := compared(operator, left, right)) is not None:
            return found
        case tree.Logic(operator, Constant(left), right):
            decides = (operator == "and") is not left
            return Constant(left) if decides else right
        case tree.Logic(operator, left, Constant(right)) if (operator == "and") is right:
            return left
        case tree.Logic("or", left, right):
            return either(left, right)
        case tree.Not() | tree.Comparison() | tree.Call() as found:
            return _folded(found)
        case found:
            return found


def entry_of(base: Code, number: Code) -> Code:
    """An entry of a list, itself where both are known."""
    match base, number:
        case Constant(tuple() as entries), Constant(int() as place):
            return Constant(entries[place])
        case Row(items), Constant(int() as place):
            return items[place]
        case Row(items), _ if len(set(items)) == 1:
            return items[0]
    return tree.Index(base, number)


def _folded(code: Code) -> Code:
    """The number or the truth value that a code is, if nothing in it is open."""
    known = all(isinstance(part, Constant) and not has_symbols(part.value) for part in code.children())
    return Constant(code.evaluate(NoNames())) if known else code


def binary(operator: str, left: Code, right: Code) -> Code:
    """An operation, folded where both sides are numbers and simplified where one of them changes nothing.

    >>> from archcalc.expressions.nodes import name_node
    >>> growth = name_node("growth")
    >>> total = binary("+", binary("+", binary("+", name_node("c"), growth), growth), growth)
    >>> total == Arithmetic("+", name_node("c"), Arithmetic("*", Constant(3), growth))
    True
    """
    match operator, left, right:
        case _, Constant(int()), Constant(int()):
            return Constant(Arithmetic(operator, left, right).evaluate(NoNames()))
        case "+", _, _ if (found := sum_of(left, right)) is not None:
            return found
        case ("*" | "//", _, Constant(1)) | ("+" | "-", _, Constant(0)):
            return left
        case "+", Arithmetic("+", base, term), _ if (found := sum_of(term, right)) is not None:
            return binary("+", base, found)
        case ("*", Constant(1), _) | ("+", Constant(0), _):
            return right
        case "//", Arithmetic("*", Constant() as times, base), Constant() if times == right:
            return base
        case "//", Arithmetic("*", Constant(int() as times), base), Constant(int() as parts) if (
            parts and times % parts == 0
        ):
            return binary("*", Constant(times // parts), base)
        case "//", Arithmetic("*", base, Constant(int() as times)), Constant(int() as parts) if (
            parts and times % parts == 0
        ):
            return binary("*", Constant(times // parts), base)
        case "-", _, _ if (found := difference_of(left, right)) is not None:
            return found
    return Arithmetic(operator, left, right)


class Reader:
    """Reads formulas at one place. `lookup` knows names; `size` what is asked of the map that a path leads to.

    Numbers are whole, but where a function rounds them, or for somebody who takes floats, which is `real`.
    """

    def __init__(
        self,
        lookup: Callable[[str], Known],
        size: SizeOf,
        function: Callable[[str], Callable[[list[Value]], Value] | None],
        *,
        real: bool = False,
    ) -> None:
        self._real = real
        self._lookup = lookup
        self._size = size
        self._function = function

    def argument(self, argument: Argument) -> Known:
        """A field or an argument. Raises: NotPython."""
        if isinstance(argument, Formula):
            try:
                return self.formula(argument.tree)
            except ExpressionError as error:
                raise NotPython from error
        if isinstance(argument, Listing):
            return _gathered([self.argument(item) for item in argument.items])
        raise NotPython

    def sizes(self, argument: Argument) -> Known:
        """A field whose numbers are sizes: a quotient that is one is whole, and `//` gives it. Raises: NotPython."""
        if isinstance(argument, Listing):
            return _gathered([self.sizes(item) for item in argument.items])
        match argument:
            case Formula(tree=Arithmetic("/", left, right)):
                above, below = self.formula(left), self.formula(right)
                if above.code is not None and _is_whole(above) and _is_whole(below) and sizes_in(above.code):
                    value = Arithmetic("/", Constant(above.value), Constant(below.value)).evaluate(NoNames())
                    return Known(value, Arithmetic("/", above.code, below.written))
        return self.argument(argument)

    def formula(self, node: Node) -> Known:
        """An expression. Raises: NotPython, ExpressionError."""
        match node:
            case Constant():
                return Known(node.value)
            case Path(fixed=("in_channels",)):
                return self._size(("in_channels",))
            case Path(fixed=(text,)):
                return self._lookup(text)
            case Arithmetic():
                return self._arithmetic(node)
            case Negation():
                operand = self.formula(node.operand)
                return Known(-_integer(operand), operand.code and Negation(operand.code))
            case tree.Not():
                operand = self.formula(node.operand)
                return Known(not _truth(operand), operand.code and tree.Not(operand.code))
            case tree.Logic():
                return self._logic(node)
            case tree.Conditional():
                return self._conditional(node)
            case tree.Comparison():
                return self._comparison(node)
            case tree.Index():
                return self._index(node)
            case tree.Call():
                return self._call(node)
            case tree.Range():
                first, last = self.formula(node.first), self.formula(node.last)
                return Known(tuple(range(_integer(first), _integer(last) + 1)))
        raise NotPython

    def _arithmetic(self, node: Arithmetic) -> Known:
        left, right = self.formula(node.left), self.formula(node.right)
        value = Arithmetic(node.operator, Constant(left.value), Constant(right.value)).evaluate(NoNames())
        if left.code is None and right.code is None:
            return Known(value)
        if self._real and node.operator == "/":
            return Known(value, Ratio(left.written, right.written))
        if not self._real and not (_is_whole(left) and _is_whole(right) and (_whole(value) or node.operator == "//")):
            # Python would calculate with floats, which are not exact.
            raise NotPython
        operator = "//" if node.operator == "/" else node.operator
        return Known(value, binary(operator, left.written, right.written))

    def _rounded(self, node: tree.Call) -> Known:
        """A function that rounds, of numbers that need not be whole; quotients of whole numbers are rounded exactly."""
        value, *others = [self.as_real().formula(argument) for argument in node.arguments]
        known = [value, *others]
        found = functions.FUNCTIONS[node.name]([one.value for one in known])
        if all(one.code is None for one in known):
            return Known(found)
        match node.name, value.written:
            case "floor" | "ceil" | "round", Ratio(above, below) if not (is_float(above) or is_float(below)):
                return Known(found, _rounded_quotient(node.name, above, below))
            case "floor" | "ceil" | "round", code if not is_float(code):
                return Known(found, code)
        return Known(found, tree.Call(node.name, tuple(one.written for one in known)))

    def as_real(self) -> Reader:
        """The same for numbers that need not be whole."""
        return Reader(self._lookup, self._size, self._function, real=True)

    def _logic(self, node: tree.Logic) -> Known:
        left = self.formula(node.left)
        decides = (node.operator == "and") is not _truth(left)
        if left.code is None:
            return left if decides else self.formula(node.right)
        right = self.formula(node.right)
        value = left.value if decides else _truth(right)
        if right.code is None:
            neutral = (node.operator == "and") is right.value
            return Known(value, left.code) if neutral else right
        return Known(value, tree.Logic(node.operator, left.code, right.code))

    def _conditional(self, node: tree.Conditional) -> Known:
        condition = self.formula(node.condition)
        if condition.code is None:
            return self.formula(node.then if _truth(condition) else node.otherwise)
        then, otherwise = self.formula(node.then), self.formula(node.otherwise)
        value = then.value if _truth(condition) else otherwise.value
        if then.written == otherwise.written:
            return Known(value, then.code)
        return Known(value, tree.Conditional(then.written, condition.code, otherwise.written))

    def _comparison(self, node: tree.Comparison) -> Known:
        operands = [self.formula(operand) for operand in node.operands]
        constants = tuple(Constant(operand.value) for operand in operands)
        value = tree.Comparison(node.operators, constants).evaluate(NoNames())
        if all(operand.code is None for operand in operands):
            return Known(value)
        if not any(
            all(map(is_sort, (operand.value for operand in operands))) for is_sort in (_whole, _is_listed, _is_word)
        ):
            raise NotPython
        return Known(value, tree.Comparison(node.operators, tuple(operand.written for operand in operands)))

    def _index(self, node: tree.Index) -> Known:
        base, index = self.formula(node.base), self.formula(node.index)
        if not isinstance(base.value, tuple) or not 0 <= _integer(index) < len(base.value):
            raise NotPython
        value = base.value[index.value]
        if base.code is None and index.code is None:
            return Known(value)
        match base.code, node.base:
            case None, Path(fixed=(str() as text,)):
                return Known(value, tree.Index(Table(base.value, text), index.written))
        return Known(value, entry_of(base.written, index.written))

    def _call(self, node: tree.Call) -> Known:
        match node:
            case tree.Call(name, (Path(fixed=tuple() as path), *axes)) if name in functions.MAP_SIZES:
                return self._size(path, name, *[_integer(self.formula(axis)) for axis in axes])
        if node.name in ROUNDING and self._function(node.name) is None:
            return self._rounded(node)
        arguments = [self.formula(argument) for argument in node.arguments]
        own = self._function(node.name)
        call = own or functions.FUNCTIONS.get(node.name)
        if call is None:
            raise NotPython
        try:
            value = call([argument.value for argument in arguments])
        except functions.FunctionError:
            raise NotPython from None
        if all(argument.code is None for argument in arguments):
            return Known(value)
        if own is not None or node.name not in ("min", "max", "len"):
            raise NotPython
        if node.name != "len" and not self._real and not all(map(_is_whole, arguments)):
            raise NotPython
        return Known(value, tree.Call(node.name, tuple(argument.written for argument in arguments)))


def _rounded_quotient(how: str, above: Code, below: Code) -> Code:
    """A quotient of whole numbers, rounded without floats."""
    match how, below:
        case "floor", _:
            return binary("//", above, below)
        case "ceil", _:
            return Negation(binary("//", Negation(above), below))
        case _, Constant(int() as number) if number % 2 == 0:
            return binary("//", binary("+", above, Constant(number // 2)), below)
    twice = binary("*", Constant(2), below)
    return binary("//", binary("+", binary("*", Constant(2), above), below), twice)


def _gathered(items: list[Known]) -> Known:
    value = tuple(item.value for item in items)
    if all(item.code is None for item in items):
        return Known(value)
    return Known(value, Row(tuple(item.written for item in items)))


def _is_listed(value: Value) -> bool:
    return value.__class__ in (tuple, bool)


def _is_word(value: Value) -> bool:
    return isinstance(value, Word)


def _whole(value: Value) -> bool:
    return value.__class__ is int or (isinstance(value, Polynomial) and value.denominator == 1)


def _is_whole(known: Known) -> bool:
    """Whether a value is whole: a size of a tensor is, whatever formula of symbols it has at a place."""
    if _whole(known.value):
        return True
    code = known.code
    is_number = code is not None and not mentions_symbols(code) and not is_float(code)
    return is_number and isinstance(known.value, Polynomial)


def _integer(known: Known) -> int:
    if not isinstance(known.value, int) or isinstance(known.value, bool):
        raise NotPython
    return known.value


def _truth(known: Known) -> bool:
    if not isinstance(known.value, bool):
        raise NotPython
    return known.value


def has_symbols(value: Value) -> bool:
    """Whether a value depends on symbols."""
    if isinstance(value, (tuple, list)):
        return any(has_symbols(item) for item in value)
    return isinstance(value, Polynomial)
