"""Expressions of a syntax tree as text on one line."""

from __future__ import annotations

import ast
from collections.abc import Iterable

EXPRESSION, CONDITION, OR, AND, NOT, COMPARISON, UNION, SIGN, POWER, DOT, ATOM = 0, 2, 4, 5, 6, 7, 8, 14, 15, 16, 17
"""How strongly expressions hold together; what a place asks for is one of these, too."""

BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", 8),
    ast.BitXor: ("^", 9),
    ast.BitAnd: ("&", 10),
    ast.LShift: ("<<", 11),
    ast.RShift: (">>", 11),
    ast.Add: ("+", 12),
    ast.Sub: ("-", 12),
    ast.Mult: ("*", 13),
    ast.MatMult: ("@", 13),
    ast.Div: ("/", 13),
    ast.Mod: ("%", 13),
    ast.FloorDiv: ("//", 13),
    ast.Pow: ("**", POWER),
}
SIGNS: dict[type[ast.unaryop], str] = {ast.Not: "not ", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
OPERATION = (ast.BinOp, ast.BoolOp, ast.Compare)
DISPLAY = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.GeneratorExp)
_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_NARROW = (
    (0xA1, 0x2FF),
    (0x370, 0x482),
    (0x48A, 0x52F),
    (0x1E00, 0x1FFF),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x2070, 0x20BF),
    (0x2100, 0x2319),
    (0x2500, 0x25FC),
)
_WIDE = ((0x3041, 0x3096), (0x309B, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))


def columns(text: str) -> int:
    """How many columns of a terminal a line takes: Chinese, Japanese and Korean characters take two.

    >>> columns("kernel"), columns("卷积")
    (6, 4)
    """
    if text.isascii():
        return len(text)
    return len(text) + sum(any(first <= ord(sign) <= last for first, last in _WIDE) for sign in text)


def escaped(text: str) -> str:
    r"""Text of which every character is visible, stands where it is written and has a known width.

    Anything else (controls, lone surrogates, marks that turn the direction of writing or that pile up on other
    characters) becomes an escape of a Python string, and so does the backslash. Quotes are left.

    >>> escaped("a\n\x00\u202eé\\")
    'a\\n\\x00\\u202eé\\\\'
    """
    if text.isascii() and text.isprintable():
        return text.replace("\\", "\\\\")
    return "".join(_shown(sign) for sign in text)


def _shown(sign: str) -> str:
    if sign in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[sign]
    code = ord(sign)
    if sign.isprintable() and (code < 0x7F or any(first <= code <= last for first, last in _NARROW + _WIDE)):
        return sign
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _quote(text: str) -> str:
    """The quote that needs fewer escapes, the double one when in doubt."""
    return "'" if text.count('"') > text.count("'") else '"'


class Expressions:
    """The texts of expressions. Every text is made once, however deep the expression stands."""

    def __init__(self, within: bool = False) -> None:
        self._texts: dict[int, str] = {}
        self._within = within

    # On one line

    def flat(self, node: ast.expr) -> str:
        """The expression on one line, without parentheses around it.

        Raises: TypeError for an expression that this module does not write.
        """
        text = self._texts.get(id(node))
        if text is None:
            text = self._texts[id(node)] = self._flat(node)
        return text

    def _flat(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Constant():
                return self._constant(node)
            case ast.Attribute(value=value, attr=attr):
                return f"{self._operand(value, ATOM)}.{attr}"
            case ast.Call():
                return self._operand(node.func, ATOM) + self.arguments_flat(node)
            case ast.Subscript(value=value, slice=inner):
                return f"{self._operand(value, ATOM)}[{self.unbracketed(inner)}]"
            case ast.List(elts=elements):
                return f"[{self._joined(elements)}]"
            case ast.Tuple(elts=[only]):
                return f"({self._operand(only, EXPRESSION)},)"
            case ast.Tuple(elts=elements):
                return f"({self._joined(elements)})"
            case ast.Dict():
                pairs = zip(node.keys, node.values, strict=True)
                keys = [("**" if key is None else f"{self.flat(key)}: ", value) for key, value in pairs]
                return "{" + ", ".join(key + self.flat(value) for key, value in keys) + "}"
            case ast.ListComp():
                return f"[{self.comprehension_flat(node)}]"
            case ast.GeneratorExp():
                return f"({self.comprehension_flat(node)})"
            case ast.BinOp() | ast.BoolOp() | ast.Compare():
                return self._operation_flat(node)
            case ast.UnaryOp():
                return SIGNS[type(node.op)] + self._operand(node.operand, self.below(node))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                parts = (self._operand(body, OR), self._operand(test, OR), self._operand(orelse, CONDITION))
                return "{} if {} else {}".format(*parts)
            case ast.Starred(value=value):
                return f"*{self._operand(value, UNION)}"
            case ast.Slice():
                return "".join(part if isinstance(part, str) else self.flat(part) for part in slice_parts(node))
            case ast.JoinedStr():
                return self._interpolated(node)
        raise TypeError(f"{type(node).__name__} is no expression that is written")

    def _operand(self, node: ast.expr, least: int) -> str:
        text = self.flat(node)
        return f"({text})" if self.wrapped(node, least) else text

    def _joined(self, nodes: Iterable[ast.expr]) -> str:
        return ", ".join(self._operand(node, EXPRESSION) for node in nodes)

    def unbracketed(self, node: ast.expr) -> str:
        """On one line, a tuple of several elements without its parentheses."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return self._joined(node.elts)
        return self.flat(node)

    def _constant(self, node: ast.Constant) -> str:
        value = node.value
        if isinstance(value, str):
            text = escaped(value)
            if not self._within:
                quote = _quote(value)
                return quote + text.replace(quote, "\\" + quote) + quote
            if not {"\\", "'", '"'}.isdisjoint(text):
                raise TypeError("a string in an f-string has no quotes and no escapes before Python 3.12")
            return f"'{text}'"
        if value is None or isinstance(value, (bool, int)):
            return repr(value)
        if isinstance(value, float) and value - value == 0:
            return repr(value).replace("e+", "e")
        if value is ...:
            return "..."
        raise TypeError(f"{value!r} is no constant that is written")

    def _interpolated(self, node: ast.JoinedStr) -> str:
        if self._within:
            raise TypeError("an f-string in an f-string is not written")
        inner = Expressions(within=True)
        fields = [inner.field(value) if isinstance(value, ast.FormattedValue) else None for value in node.values]
        literal = "".join(str(value.value) for value in node.values if isinstance(value, ast.Constant))
        quote = '"' if any(field and "'" in field for field in fields) else _quote(literal)
        parts = []
        for value, field in zip(node.values, fields, strict=True):
            if field is None:
                parts.append(_literal(value).replace(quote, "\\" + quote))
            else:
                parts.append(field)
        return f"f{quote}{''.join(parts)}{quote}"

    def field(self, node: ast.FormattedValue) -> str:
        """A replacement field of an f-string."""
        text = self.flat(node.value)
        if "\\" in text or '"' in text:
            raise TypeError("an f-string has neither its own quotes nor backslashes in a field before Python 3.12")
        text = f"{{ {text} " if text.startswith("{") else "{" + text
        if node.conversion != -1:
            text += "!" + chr(node.conversion)
        if isinstance(node.format_spec, ast.JoinedStr):
            text += ":"
            for value in node.format_spec.values:
                text += self.field(value) if isinstance(value, ast.FormattedValue) else _literal(value)
        return text + "}"

    def arguments_flat(self, node: ast.Call) -> str:
        """Arguments in their parentheses."""
        if len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.GeneratorExp):
            return self.flat(node.args[0])
        arguments = [self._operand(argument, EXPRESSION) for argument in node.args]
        arguments += [keyword_start(keyword) + self.flat(keyword.value) for keyword in node.keywords]
        return f"({', '.join(arguments)})"

    def comprehension_flat(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        """A comprehension without its brackets."""
        text = self.flat(node.elt)
        for generator in node.generators:
            if getattr(generator, "is_async", 0):
                raise TypeError("an asynchronous comprehension is not written")
            text += f" for {self.unbracketed(generator.target)} in {self._operand(generator.iter, OR)}"
            text += "".join(f" if {self._operand(condition, OR)}" for condition in generator.ifs)
        return text

    def _operation_flat(self, node: ast.BinOp | ast.BoolOp | ast.Compare) -> str:
        operands, operators = self.flattened(node)
        parts = [self._operand(*operands[0])]
        for (symbol, _), left, right in zip(operators, operands, operands[1:], strict=False):
            parts += (symbol if self.is_tight(symbol, left, right) else f" {symbol} ", self._operand(*right))
        return "".join(parts)

    def is_tight(self, symbol: str, left: tuple[ast.expr, int], right: tuple[ast.expr, int]) -> bool:
        """Whether an operator has no spaces around it: a power of simple operands, which are not in parentheses."""
        return symbol == "**" and not any(self.wrapped(*side) or not _is_simple(side[0]) for side in (left, right))

    # Structure

    def _level(self, node: ast.expr) -> int:
        """How strongly an expression holds together: parentheses are needed where more is asked for."""
        kind = type(node)
        if kind is ast.BinOp:
            return BINARY[type(node.op)][1]  # type: ignore[attr-defined]
        if kind is ast.BoolOp:
            return AND if isinstance(node.op, ast.And) else OR  # type: ignore[attr-defined]
        if kind is ast.UnaryOp:
            return NOT if isinstance(node.op, ast.Not) else SIGN  # type: ignore[attr-defined]
        if kind is ast.Constant:
            return SIGN if self.flat(node).startswith("-") else ATOM
        return COMPARISON if kind is ast.Compare else CONDITION if kind is ast.IfExp else ATOM

    def wrapped(self, node: ast.expr, least: int) -> bool:
        """Whether the place asks for parentheses around the expression."""
        if least == ATOM and isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return True
        return self._level(node) < least

    def below(self, node: ast.UnaryOp) -> int:
        """What a sign asks of its operand. Powers get parentheses for the eye's sake."""
        if isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow):
            return ATOM
        return NOT if isinstance(node.op, ast.Not) else SIGN

    def flattened(
        self, node: ast.BinOp | ast.BoolOp | ast.Compare
    ) -> tuple[list[tuple[ast.expr, int]], list[tuple[str, int]]]:
        """Operands (and what the place asks of them) and operators (and how strongly they bind), from left to right.

        Operands that are operations without parentheses are taken apart.
        """
        operands: list[tuple[ast.expr, int]] = []
        operators: list[tuple[str, int]] = []
        waiting: list[tuple[ast.expr, int] | tuple[str, int]] = [(node, EXPRESSION)]
        while waiting:
            item, least = waiting.pop()
            if isinstance(item, str):
                operators.append((item, least))
                continue
            if self._level(item) >= least:
                if isinstance(item, ast.BinOp):
                    symbol, level = BINARY[type(item.op)]
                    power = level == POWER
                    right = (item.right, SIGN if power else level + 1)
                    waiting += (right, (symbol, level), (item.left, level + 1 if power else level))
                    continue
                if isinstance(item, ast.Compare):
                    pairs = list(zip(item.ops, item.comparators, strict=True))
                    for operator, comparator in reversed(pairs):
                        waiting += ((comparator, COMPARISON + 1), (_COMPARISONS[type(operator)], COMPARISON))
                    waiting.append((item.left, COMPARISON + 1))
                    continue
                if isinstance(item, ast.BoolOp):
                    symbol, level = ("and", AND) if isinstance(item.op, ast.And) else ("or", OR)
                    for value in reversed(item.values):
                        waiting += ((value, level + 1), (symbol, AND))
                    waiting.pop()
                    continue
            operands.append((item, least))
        return operands, operators


def keyword_start(keyword: ast.keyword) -> str:
    """What stands before the value of an argument."""
    return "**" if keyword.arg is None else f"{keyword.arg}="


def _literal(node: ast.expr) -> str:
    """What stands between the fields of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return escaped(node.value).replace("{", "{{").replace("}", "}}")
    raise TypeError(f"{type(node).__name__} is no part of an f-string")


def _is_plain(node: ast.expr) -> bool:
    """A name, a constant, or one of them with a sign."""
    while isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        node = node.operand
    return isinstance(node, (ast.Name, ast.Constant))


def _is_simple(node: ast.expr) -> bool:
    """An operand of a power that is easily read: a name, an attribute of one, a number, or one of them with a sign."""
    while isinstance(node, (ast.UnaryOp, ast.Attribute)):
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.Not):
                return False
            node = node.operand
        else:
            node = node.value
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and not isinstance(node.value, str))


def slice_parts(node: ast.Slice) -> list[str | ast.expr]:
    """Bounds and colons; colons have spaces around them if a bound is more than a name or a constant."""
    bounds = [bound for bound in (node.lower, node.upper, node.step) if bound is not None]
    space = "" if all(_is_plain(bound) for bound in bounds) else " "
    parts: list[str | ast.expr] = []
    if node.lower is not None:
        parts += (node.lower, space)
    parts.append(":")
    if node.upper is not None:
        parts += (space, node.upper)
    if node.step is not None:
        parts += (space if node.upper is not None else "", ":", space, node.step)
    return parts
