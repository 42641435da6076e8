"""Expressions of a syntax tree as text on one line: those that generated modules hold."""

from __future__ import annotations

import ast
from collections.abc import Iterable

EXPRESSION, CONDITION, OR, AND, NOT, COMPARISON, UNION, SUM, PRODUCT, SIGN, POWER, DOT, ATOM = range(13)
"""How strongly expressions hold together; what a place asks for is one of these, too."""

BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", UNION),
    ast.Add: ("+", SUM),
    ast.Sub: ("-", SUM),
    ast.Mult: ("*", PRODUCT),
    ast.Div: ("/", PRODUCT),
    ast.MatMult: ("@", PRODUCT),
    ast.Mod: ("%", PRODUCT),
    ast.Div: ("/", PRODUCT),
    ast.FloorDiv: ("//", PRODUCT),
    ast.Pow: ("**", POWER),
}
SIGNS: dict[type[ast.unaryop], str] = {ast.Not: "not ", ast.USub: "-"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.IsNot: "is not",
}
OPERATION = (ast.BinOp, ast.BoolOp, ast.Compare)
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


def stretch(node: ast.Slice) -> list[ast.expr | str]:
    """The ends of a stretch in brackets and what stands between them: spaces, unless all are names or numbers."""
    lower, upper, step = node.lower, node.upper, node.step
    space = "" if all(_is_plain(end) for end in (lower, upper, step) if end is not None) else " "
    found: list[ast.expr | str] = [":"] if lower is None else [lower, space, ":"]
    if upper is not None:
        found += [space, upper]
    if step is not None:
        found += ["" if upper is None else space, ":", space, step]
    return found


def _is_plain(node: ast.expr) -> bool:
    """A name or a number, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        node = node.operand
    return isinstance(node, (ast.Name, ast.Constant))


class Expressions:
    """The texts of expressions. Every text is made once, however deep the expression stands."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}

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
            case ast.Slice():
                return "".join([self.flat(part) if isinstance(part, ast.expr) else part for part in stretch(node)])
            case ast.List(elts=elements):
                return f"[{self._joined(elements)}]"
            case ast.Tuple(elts=[only]):
                return f"({self._operand(only, EXPRESSION)},)"
            case ast.Tuple(elts=elements):
                return f"({self._joined(elements)})"
            case ast.ListComp():
                return f"[{self.comprehension_flat(node)}]"
            case ast.BinOp() | ast.BoolOp() | ast.Compare():
                return self._operation_flat(node)
            case ast.UnaryOp():
                return SIGNS[type(node.op)] + self._operand(node.operand, self.below(node))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                parts = (self._operand(body, OR), self._operand(test, OR), self._operand(orelse, CONDITION))
                return "{} if {} else {}".format(*parts)
            case ast.Starred(value=value):
                return f"*{self._operand(value, UNION)}"
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
            quote = _quote(value)
            return quote + escaped(value).replace(quote, "\\" + quote) + quote
        if value is None or isinstance(value, (bool, int)):
            return repr(value)
        if isinstance(value, float) and value - value == 0:
            return repr(value).replace("e+", "e")
        if value is ...:
            return "..."
        raise TypeError(f"{value!r} is no constant that is written")

    def _interpolated(self, node: ast.JoinedStr) -> str:
        literal = "".join(str(value.value) for value in node.values if isinstance(value, ast.Constant))
        quote = _quote(literal)
        parts = [self._field(value) or _literal(value).replace(quote, "\\" + quote) for value in node.values]
        return f"f{quote}{''.join(parts)}{quote}"

    def _field(self, node: ast.expr) -> str:
        """A replacement field of an f-string; nothing for what stands between them."""
        if not isinstance(node, ast.FormattedValue):
            return ""
        text = self.flat(node.value)
        if not {"\\", "'", '"', "{"}.isdisjoint(text):
            raise TypeError("a field of an f-string has neither quotes, braces nor backslashes before Python 3.12")
        return f"{{{text}}}"

    def arguments_flat(self, node: ast.Call) -> str:
        """Arguments in their parentheses."""
        arguments = [self._operand(argument, EXPRESSION) for argument in node.args]
        arguments += [f"{keyword.arg}={self.flat(keyword.value)}" for keyword in node.keywords]
        return f"({', '.join(arguments)})"

    def comprehension_flat(self, node: ast.ListComp) -> str:
        """A comprehension without its brackets."""
        (generator,) = node.generators
        source = self._operand(generator.iter, OR)
        return f"{self.flat(node.elt)} for {self.unbracketed(generator.target)} in {source}"

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
        if isinstance(node, ast.BinOp):
            return BINARY[type(node.op)][1]
        if isinstance(node, ast.BoolOp):
            return AND if isinstance(node.op, ast.And) else OR
        if isinstance(node, ast.UnaryOp):
            return NOT if isinstance(node.op, ast.Not) else SIGN
        if isinstance(node, ast.Constant):
            return SIGN if self.flat(node).startswith("-") else ATOM
        return COMPARISON if isinstance(node, ast.Compare) else CONDITION if isinstance(node, ast.IfExp) else ATOM

    def wrapped(self, node: ast.expr, least: int) -> bool:
        """Whether the place asks for parentheses around the expression."""
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
                        waiting += ((comparator, COMPARISON + 1), (COMPARISONS[type(operator)], COMPARISON))
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


def _literal(node: ast.expr) -> str:
    """What stands between the fields of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return escaped(node.value).replace("{", "{{").replace("}", "}}")
    raise TypeError(f"{type(node).__name__} is no part of an f-string")


def _is_simple(node: ast.expr) -> bool:
    """An operand of a power that is easily read: a name, a number, or one of them with a sign."""
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and not isinstance(node.value, str))
