"""Values and formulas of a spec as Python expressions.

A formula is evaluated partially: what is known everywhere becomes a number, what a class gets from outside stays a
name. The value at the place is computed along with it, so that whoever uses an expression can see that it is right.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.dims import Polynomial
from archcalc.expressions import functions, parser
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError, NoNames, Value
from archcalc.spec.model import Argument, Formula, Listing

Code = tuple[Any, ...]
"""An expression that can be compared and remembered: ("name", "width"), ("binary", "*", left, right), ..."""


class Known(NamedTuple):
    """What a formula is at one place: its value there, and its code if that holds at other places as well."""

    value: Value
    code: Code | None = None


class NotPython(Exception):
    """There is no expression of Python that means the same in all cases."""


def constant(value: Value) -> Code:
    """The code of a value itself."""
    return ("constant", value)


def name(text: str) -> Code:
    """The code of a variable."""
    return ("name", text)


def names_in(code: Code) -> frozenset[str]:
    """The names that a code reads."""
    match code:
        case ("name", text):
            return frozenset((text,))
        case ("constant", _):
            return frozenset()
        case (_, *parts):
            found: frozenset[str] = frozenset()
            for part in parts:
                if isinstance(part, tuple) and part:
                    found = found.union(*(names_in(one) for one in _codes(part)))
            return found
    raise AssertionError(code)


def mentions_symbols(code: Code) -> bool:
    """Whether a code holds sizes with symbols."""
    if code[0] == "constant":
        return has_symbols(code[1])
    parts = [part for part in code[1:] if isinstance(part, tuple) and part]
    return any(mentions_symbols(one) for part in parts for one in _codes(part))


def _codes(part: Any) -> list[Code]:
    """Operands stand alone or in a tuple of their own; operators and names are plain text."""
    if part[0] in FORMS:
        return [part]
    return [one for one in part if isinstance(one, tuple)]


FORMS = (
    "constant",
    "name",
    "binary",
    "negative",
    "not",
    "compare",
    "logic",
    "choice",
    "index",
    "call",
    "tuple",
    "list",
)


def replaced(code: Code, values: dict[str, Code]) -> Code:
    """The code with other codes for some of its names, simplified."""
    match code:
        case ("name", text):
            return values.get(text, code)
        case ("binary", operator, left, right):
            return binary(operator, replaced(left, values), replaced(right, values))
        case ("index", base, index):
            entries, number = replaced(base, values), replaced(index, values)
            known = entries[0] == number[0] == "constant"
            return constant(entries[1][number[1]]) if known else ("index", entries, number)
        case ("constant", _):
            return code
        case ("compare", operators, operands):
            return ("compare", operators, tuple(replaced(one, values) for one in operands))
        case ("call", function, arguments):
            return ("call", function, tuple(replaced(one, values) for one in arguments))
        case ("tuple" | "list" as form, items):
            return (form, tuple(replaced(one, values) for one in items))
        case ("logic", operator, left, right):
            return ("logic", operator, replaced(left, values), replaced(right, values))
        case (form, *parts):
            return (form, *(replaced(one, values) for one in parts))
    raise AssertionError(code)


def binary(operator: str, left: Code, right: Code) -> Code:
    """An operation, folded where both sides are numbers and simplified where one of them changes nothing.

    >>> growth = name("growth")
    >>> ast.unparse(python(binary("+", binary("+", binary("+", name("c"), growth), growth), growth)))
    'c + 3 * growth'
    """
    if left[0] == right[0] == "constant" and isinstance(left[1], int) and isinstance(right[1], int):
        return constant(_arithmetic(operator, left[1], right[1]))
    if operator in ("*", "//") and right == ("constant", 1):
        return left
    if operator == "*" and left == ("constant", 1):
        return right
    if operator in ("+", "-") and right == ("constant", 0):
        return left
    if operator == "+" and left == ("constant", 0):
        return right
    if operator == "+" and left[:2] == ("binary", "+"):
        _, _, base, term = left
        if term == right:
            return ("binary", "+", base, ("binary", "*", constant(2), right))
        if term[:2] == ("binary", "*") and term[2][0] == "constant" and term[3] == right:
            return ("binary", "+", base, ("binary", "*", constant(term[2][1] + 1), right))
    return ("binary", operator, left, right)


def _arithmetic(operator: str, left: Value, right: Value) -> Value:
    node = tree.Arithmetic(operator, tree.Constant(left, 0, 0), tree.Constant(right, 0, 0))
    return node.evaluate(NoNames())


class Reader:
    """Reads formulas at one place. `lookup` knows names; `channels` the channels of what a path leads to."""

    def __init__(
        self,
        lookup: Callable[[str], Known],
        channels: Callable[[tuple[str, ...]], Known],
        function: Callable[[str], Callable[[list[Value]], Value] | None],
    ) -> None:
        self._lookup = lookup
        self._channels = channels
        self._function = function

    def argument(self, argument: Argument) -> Known:
        """A field or an argument. Raises: NotPython."""
        if isinstance(argument, Formula):
            try:
                return self.formula(argument.tree)
            except ExpressionError as error:
                raise NotPython from error
        if isinstance(argument, Listing):
            items = [self.argument(item) for item in argument.items]
            return _gathered(items)
        raise NotPython

    def formula(self, node: tree.Node) -> Known:
        """An expression. Raises: NotPython, ExpressionError."""
        match node:
            case tree.Constant():
                return Known(node.value)
            case tree.Path():
                if node.fixed is None or len(node.fixed) != 1:
                    raise NotPython
                if node.fixed[0] == "in_channels":
                    return self._channels(("here",))
                return self._lookup(node.fixed[0])
            case tree.Arithmetic():
                return self._arithmetic(node)
            case tree.Negation():
                operand = self.formula(node.operand)
                return Known(-_integer(operand), operand.code and ("negative", operand.code))
            case tree.Not():
                operand = self.formula(node.operand)
                return Known(not _truth(operand), operand.code and ("not", operand.code))
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

    def _arithmetic(self, node: tree.Arithmetic) -> Known:
        left, right = self.formula(node.left), self.formula(node.right)
        value = _arithmetic(node.operator, left.value, right.value)
        if isinstance(value, Fraction) and value.denominator == 1:
            value = value.numerator
        if left.code is None and right.code is None:
            return Known(value)
        if not (_whole(left.value) and _whole(right.value) and _whole(value)):
            # Python would calculate with floats, which are not exact.
            raise NotPython
        operator = "//" if node.operator == "/" else node.operator
        return Known(value, binary(operator, _code(left), _code(right)))

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
        return Known(value, ("logic", node.operator, left.code, right.code))

    def _conditional(self, node: tree.Conditional) -> Known:
        condition = self.formula(node.condition)
        if condition.code is None:
            return self.formula(node.then if _truth(condition) else node.otherwise)
        then, otherwise = self.formula(node.then), self.formula(node.otherwise)
        value = then.value if _truth(condition) else otherwise.value
        if _code(then) == _code(otherwise):
            return Known(value, then.code)
        return Known(value, ("choice", condition.code, _code(then), _code(otherwise)))

    def _comparison(self, node: tree.Comparison) -> Known:
        operands = [self.formula(operand) for operand in node.operands]
        constants: list[tree.Node] = [tree.Constant(operand.value, 0, 0) for operand in operands]
        value = tree.Comparison(node.operators, constants).evaluate(NoNames())
        if all(operand.code is None for operand in operands):
            return Known(value)
        if not all(_whole(operand.value) for operand in operands) and not all(
            operand.value.__class__ in (tuple, bool) for operand in operands
        ):
            raise NotPython
        return Known(value, ("compare", tuple(node.operators), tuple(_code(operand) for operand in operands)))

    def _index(self, node: tree.Index) -> Known:
        base, index = self.formula(node.base), self.formula(node.index)
        if not isinstance(base.value, tuple) or not 0 <= _integer(index) < len(base.value):
            raise NotPython
        value = base.value[index.value]
        if base.code is None and index.code is None:
            return Known(value)
        return Known(value, ("index", _code(base), _code(index)))

    def _call(self, node: tree.Call) -> Known:
        if node.name == "channels":
            path = node.arguments[0]
            if len(node.arguments) == 1 and isinstance(path, tree.Path) and path.fixed is not None:
                return self._channels(path.fixed)
            raise NotPython
        if node.name == "floor" and len(node.arguments) == 1:
            quotient = node.arguments[0]
            if isinstance(quotient, tree.Arithmetic) and quotient.operator == "/":
                return self._arithmetic(tree.Arithmetic("//", quotient.left, quotient.right))
        arguments = [self.formula(argument) for argument in node.arguments]
        own = self._function(node.name)
        built_in = functions.FUNCTIONS.get(node.name)
        call = own or built_in
        if call is None:
            raise NotPython
        try:
            value = call([argument.value for argument in arguments])
        except functions.FunctionError:
            raise NotPython from None
        if all(argument.code is None for argument in arguments):
            return Known(value)
        if own is not None or node.name not in ("min", "max", "len", "floor", "ceil", "round"):
            raise NotPython
        if node.name != "len" and not all(_whole(argument.value) for argument in arguments):
            raise NotPython
        if node.name in ("floor", "ceil", "round"):
            return arguments[0]
        return Known(value, ("call", node.name, tuple(_code(argument) for argument in arguments)))


def _gathered(items: list[Known]) -> Known:
    value = tuple(item.value for item in items)
    if all(item.code is None for item in items):
        return Known(value)
    return Known(value, ("tuple", tuple(_code(item) for item in items)))


def _code(known: Known) -> Code:
    return constant(known.value) if known.code is None else known.code


def _whole(value: Value) -> bool:
    return value.__class__ is int or (isinstance(value, Polynomial) and value.denominator == 1)


def _integer(known: Known) -> int:
    if not isinstance(known.value, int) or isinstance(known.value, bool):
        raise NotPython
    return known.value


def _truth(known: Known) -> bool:
    if not isinstance(known.value, bool):
        raise NotPython
    return known.value


def of_polynomial(value: Polynomial, names: dict[str, str]) -> Code:
    """A size with symbols. Quotients in it are whole at every legal size, so that `//` is exact.

    >>> from archcalc.dims import symbol
    >>> ast.unparse(python(of_polynomial((symbol("N") - 4) * 3, {"N": "size"})))
    '3 * size - 12'
    """
    return _formula_code(parser.parse(str(value)), names)


def _formula_code(node: tree.Node, names: dict[str, str]) -> Code:
    match node:
        case tree.Constant():
            return constant(node.value)
        case tree.Path() if node.fixed is not None and len(node.fixed) == 1:
            return name(names[node.fixed[0]])
        case tree.Negation():
            return ("negative", _formula_code(node.operand, names))
        case tree.Arithmetic():
            operator = "//" if node.operator == "/" else node.operator
            return ("binary", operator, _formula_code(node.left, names), _formula_code(node.right, names))
        case tree.Call(name="floor" | "ceil" | "min" | "max"):
            arguments = tuple(_formula_code(argument, names) for argument in node.arguments)
            if node.name == "floor":
                return arguments[0]
            if node.name == "ceil":
                match arguments[0]:
                    case ("binary", "//", above, below):
                        return ("negative", ("binary", "//", ("negative", above), below))
                return arguments[0]
            return ("call", node.name, arguments)
    raise AssertionError(f"{node!r} in a size")


OPERATORS: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "//": ast.FloorDiv(),
    "%": ast.Mod(),
    "**": ast.Pow(),
}
COMPARISONS: dict[str, ast.cmpop] = {
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
}


def python(code: Code, write: Callable[[Value], ast.expr] | None = None) -> ast.expr:
    """A code as a tree of Python; `write` writes its constants (by default `literal`)."""
    constants = literal if write is None else write

    def tree(part: Code) -> ast.expr:
        match part:
            case ("constant", value):
                return constants(value)
            case ("name", text):
                return ast.Name(text.partition("#")[0])
            case ("binary", operator, left, right):
                return ast.BinOp(tree(left), OPERATORS[operator], tree(right))
            case ("negative", operand):
                return ast.UnaryOp(ast.USub(), tree(operand))
            case ("not", operand):
                return ast.UnaryOp(ast.Not(), tree(operand))
            case ("compare", operators, operands):
                first, *others = (tree(operand) for operand in operands)
                return ast.Compare(first, [COMPARISONS[operator] for operator in operators], others)
            case ("logic", operator, left, right):
                return ast.BoolOp(ast.And() if operator == "and" else ast.Or(), [tree(left), tree(right)])
            case ("choice", condition, then, otherwise):
                return ast.IfExp(tree(condition), tree(then), tree(otherwise))
            case ("index", base, index):
                return ast.Subscript(tree(base), tree(index))
            case ("call", function, arguments):
                return ast.Call(ast.Name(function), [tree(argument) for argument in arguments], [])
            case ("tuple", items):
                return ast.Tuple([tree(item) for item in items])
            case ("list", items):
                return ast.List([tree(item) for item in items])
        raise AssertionError(part)

    return tree(code)


def literal(value: Value) -> ast.expr:
    """A constant as Python writes it."""
    if isinstance(value, tuple):
        return ast.Tuple([literal(item) for item in value])
    if isinstance(value, list):
        return ast.List([literal(item) for item in value])
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, float) and abs(value) == float("inf"):
        written = ast.Call(ast.Name("float"), [ast.Constant("inf")], [])
        return written if value > 0 else ast.UnaryOp(ast.USub(), written)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if isinstance(value, str):
        return ast.Constant(str(value))
    assert value is None or isinstance(value, (bool, int, float)), f"{value!r} is no constant"
    return ast.Constant(value)


def has_symbols(value: Value) -> bool:
    """Whether a value depends on symbols."""
    if isinstance(value, (tuple, list)):
        return any(has_symbols(item) for item in value)
    return isinstance(value, Polynomial)
