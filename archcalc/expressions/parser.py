"""From the text of an expression to its tree: a hand-written lexer and a precedence parser.

Python's own grammar does not fit: `1..4`, `layer$i.skip` and `stage3.0` are not Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.limits import is_long
from archcalc.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Conditional,
    Constant,
    Index,
    Logic,
    Negation,
    Node,
    Not,
    Path,
    Range,
)
from archcalc.expressions.values import ExpressionError

MAX_LENGTH = 4000
MAX_DEPTH = 40
MAX_TOKENS = 300
"""A long chain of operators is a deep tree; this keeps its evaluation far from Python's recursion limit."""

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>\d+(?:_\d+)*(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_$])"
    r"|(?P<operator>\.\.|\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],])",
    re.ASCII,
)
_SIMPLE_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*(?!\.[A-Za-z0-9_$]|\$|\w)")
_NAME_PART = re.compile(r"[A-Za-z0-9_]+")
_PERCENTAGE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)\s*%\s*")
_LABEL_PART = re.compile(r"[A-Za-z0-9_-]+")
"""What a part of a name may hold where nothing but a name can stand: a hyphen is no minus there."""
_LABEL_START = re.compile(r"[A-Za-z0-9_$]")
_INTEGER = re.compile(r"0|[1-9][0-9]*(?:_[0-9]+)*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TIMES = re.compile(r"\d+\s*[x×]\s*\d+")
_PRODUCT = re.compile(r"([1-9]\d*)([A-Za-z]\w*)")
_WORD = re.compile(r"\w+")
_NEXT_PART = re.compile(r"\.(?=[A-Za-z0-9_$])")
_KEYWORDS = frozenset({"if", "else", "or", "and", "not"})


_STRAYS: dict[str, tuple[str, ...]] = {
    "=": ("a single `=` compares nothing", "equality is written =="),
    "^": ("`^` is not an operator", "a power is written **"),
    "'": ("text has no place in an expression", "write the word without quotes"),
    '"': ("text has no place in an expression", "write the word without quotes"),
    "&": ("`&` is not an operator", "both of two conditions are asked for by `and`"),
    "|": ("`|` is not an operator", "one of two conditions is asked for by `or`"),
    "!": ("`!` is not an operator", "the opposite is written `not x`"),
    "?": ("`?` is not an operator", "a choice is written `a if condition else b`"),
    ":": ("`:` has no place in an expression", "a range is written 1..4, a choice `a if condition else b`"),
    ";": ("`;` has no place in an expression", "a value ends with its line: delete it"),
    "@": ("`@` is not an operator", "a product of numbers is written *"),
    "{": ("braces have no place in an expression", "write the name without them"),
    "}": ("braces have no place in an expression", "write the name without them"),
}
"""What stands at characters that have no place in an expression, and what helps."""


_MOST_SHOWN = 40
"""Characters of an expression that a help repeats."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int
    node: Node | None = None


def _error(message: str, start: int, end: int, *help: str) -> ExpressionError:
    return ExpressionError(codes.BAD_EXPRESSION, message, start, max(end, start + 1), help)


def _sides(first: str, second: str) -> str:
    """How a size such as 3x3 is written."""
    return f"write {first}" if first == second else f"write a list in the field: [{first}, {second}]"


def _left_over(text: str, token: _Token, before: _Token) -> tuple[str, ...]:
    """What helps where a whole expression is followed by more."""
    if len(text) > _MOST_SHOWN:
        return ()
    if token.text == ",":
        return (f"a list stands in brackets: [{text.strip()}]",)
    is_operand = token.kind != "operator" or token.text in ("(", "[")
    if is_operand and before.kind != "operator":
        return (f"a comma or an operator is missing in front of it: {before.text}, {token.text}",)
    return ()


class _Lexer:
    """Splits text into tokens, from `start` on; a path with computed parts is one token that carries its tree."""

    def __init__(self, text: str, start: int, depth: int, part: re.Pattern[str] = _NAME_PART) -> None:
        self.text = text
        self.start = start
        self.depth = depth
        self.part = part

    def tokens(self) -> list[_Token]:
        text = self.text
        found: list[_Token] = []
        position = self.start
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self._stray(position)
            kind = match.lastgroup or ""
            if kind == "name":
                token = self.path(position)
                found.append(token)
                position = token.end
                continue
            if kind == "number":
                self._check_number(match)
            if kind != "space":
                found.append(_Token(kind, match.group(), match.start(), match.end()))
            position = match.end()
        found.append(_Token("end", "", len(text), len(text)))
        if len(found) > MAX_TOKENS:
            raise _error(f"an expression of {len(found) - 1} parts is too long", 0, len(text), "split it by `let`")
        return found

    def _stray(self, position: int) -> ExpressionError:
        character = self.text[position]
        message, *help = _STRAYS.get(character, (f"unexpected character {character!r}",))
        return _error(message, position, position + 1, *help)

    def _check_number(self, match: re.Match[str]) -> None:
        text, start, end = match.group(), match.start(), match.end()
        following = self.text[end : end + 1]
        if times := _TIMES.match(self.text, start):
            first, second = re.split(r"\s*[x×]\s*", times.group())
            raise _error(f"{times.group()} is not a number", start, times.end(), _sides(first, second))
        if following.isalnum() or following == "_":
            word = _WORD.match(self.text, start)
            shown = word.group() if word else text
            plain = shown.replace("_", "")
            product = _PRODUCT.fullmatch(shown)
            hint = (f"write {plain}",) if plain.isdecimal() else ()
            if product is not None:
                hint = (f"a product needs its sign: {product[1]}*{product[2]}; no name begins with a digit",)
            raise _error(f"{shown} is not a number", start, word.end() if word else end, *hint)
        if len(text) > 1 and text[0] == "0" and text[1].isdigit():
            raise _error(
                f"{text} has a leading zero, which some languages read as base 8",
                start,
                end,
                f"write {text.lstrip('0') or '0'}",
            )
        exponent = re.search(r"[eE]([+-]?\d+)$", text)
        if exponent and abs(int(exponent.group(1))) > 1000:
            raise ExpressionError(codes.NUMBER_TOO_LARGE, f"{text} is beyond every network", start, end)

    def path(self, start: int) -> _Token:
        """A path, or one of the words that are none."""
        simple = _SIMPLE_PATH.match(self.text, start) if self.part is _NAME_PART else None
        if simple is not None:
            word = simple.group()
            if word in _KEYWORDS:
                return _Token("operator", word, start, simple.end())
            if word in ("true", "false"):
                return _Token(
                    "value", word, start, simple.end(), Constant(word == "true", start=start, end=simple.end())
                )
            node = Path(tuple((part,) for part in word.split(".")), start=start, end=simple.end())
            return _Token("path", word, start, simple.end(), node)
        parts: list[tuple[str | Node, ...]] = []
        position = start
        while True:
            pieces, position = self._template(position)
            parts.append(pieces)
            dot = _NEXT_PART.match(self.text, position)
            if dot is None:
                break
            position = dot.end()
        path = Path(tuple(parts), start=start, end=position)
        return _Token("path", self.text[start:position], start, position, path)

    def _template(self, position: int) -> tuple[tuple[str | Node, ...], int]:
        text = self.text
        pieces: list[str | Node] = []
        start = position
        while position < len(text):
            if text[position] == "$":
                node, position = self._computed(position)
                pieces.append(node)
            elif match := self.part.match(text, position):
                pieces.append(match.group())
                position = match.end()
            else:
                break
        if not pieces:
            raise _error("a name is missing here", start, start + 1)
        return tuple(pieces), position

    def _computed(self, dollar: int) -> tuple[Node, int]:
        """`$name` or `$(expression)`."""
        text = self.text
        if text[dollar + 1 : dollar + 2] == "(":
            level, position = 0, dollar + 1
            while position < len(text):
                level += {"(": 1, ")": -1}.get(text[position], 0)
                position += 1
                if level == 0:
                    return _tree(text[: position - 1], dollar + 2, self.depth + 1), position
            raise _error("`$(` is never closed", dollar, dollar + 2)
        match = _IDENTIFIER.match(text, dollar + 1)
        if match is None:
            raise _error("`$` needs a name or an expression in parentheses", dollar, dollar + 1, "write $i or $(i + 1)")
        name = match.group()
        return Path(((name,),), start=dollar + 1, end=match.end()), match.end()


_PRECEDENCE: dict[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


class _Parser:
    """Precedence climbing: conditional, or, and, not, comparison, range, sum, product, sign, power, postfix."""

    def __init__(self, text: str, tokens: list[_Token], depth: int) -> None:
        self.text = text
        self.tokens = tokens
        self.index = 0
        self.depth = depth

    def parse(self) -> Node:
        node = self.conditional()
        token = self.tokens[self.index]
        if token.kind != "end":
            help = _left_over(self.text, token, self.tokens[self.index - 1])
            raise _error(f"`{token.text}` is not expected here", token.start, token.end, *help)
        return node

    def peek(self) -> str:
        token = self.tokens[self.index]
        return token.text if token.kind == "operator" else ""

    def take(self) -> _Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def expect(self, text: str, opened: _Token | None = None) -> _Token:
        token = self.take()
        if token.kind != "operator" or token.text != text:
            if opened is not None:
                raise _error(f"`{opened.text}` is never closed", opened.start, opened.end, self._whole(token, opened))
            raise _error(f"`{text}` is missing here", token.start, token.end)
        return token

    def _whole(self, found: _Token, opened: _Token) -> str:
        """What to write where something else than the end of a parenthesis stands."""
        text = self.text.strip()
        if found.text == "," and text[0] == "(" and text[-1] == ")" and len(text) <= _MOST_SHOWN:
            return f"a list stands in brackets: [{text[1:-1].strip(' ,')}]"
        return "in a flow map or list, quote an expression that holds a comma"

    def deeper(self, start: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _error("an expression nested too deeply", start, start + 1)

    def conditional(self) -> Node:
        self.deeper(self.tokens[self.index].start)
        then = self.disjunction()
        if self.peek() == "if":
            self.take()
            condition = self.disjunction()
            self.expect("else")
            otherwise = self.conditional()
            then = Conditional(then, condition, otherwise, start=then.start, end=otherwise.end)
        self.depth -= 1
        return then

    def disjunction(self) -> Node:
        return self.logic("or", self.conjunction)

    def conjunction(self) -> Node:
        return self.logic("and", self.negated)

    def logic(self, operator: str, operand: Callable[[], Node]) -> Node:
        left = operand()
        while self.peek() == operator:
            self.take()
            right = operand()
            left = Logic(operator, left, right, start=left.start, end=right.end)
        return left

    def negated(self) -> Node:
        if self.peek() == "not":
            token = self.take()
            self.deeper(token.start)
            operand = self.negated()
            self.depth -= 1
            return Not(operand, start=token.start, end=operand.end)
        return self.comparison()

    def comparison(self) -> Node:
        operands = [self.range()]
        operators: list[str] = []
        while self.peek() in _COMPARISONS:
            operators.append(self.take().text)
            operands.append(self.range())
        if not operators:
            return operands[0]
        return Comparison(tuple(operators), tuple(operands), start=operands[0].start, end=operands[-1].end)

    def range(self) -> Node:
        first = self.arithmetic(1)
        if self.peek() == "..":
            self.take()
            last = self.arithmetic(1)
            return Range(first, last, start=first.start, end=last.end)
        return first

    def arithmetic(self, least: int) -> Node:
        """Operators of at least this precedence; equal ones group from the left."""
        left = self.sign()
        while (precedence := _PRECEDENCE.get(self.peek(), 0)) >= least:
            operator = self.take().text
            right = self.arithmetic(precedence + 1)
            left = Arithmetic(operator, left, right, start=left.start, end=right.end)
        return left

    def sign(self) -> Node:
        if self.peek() in ("-", "+"):
            token = self.take()
            self.deeper(token.start)
            operand = self.sign()
            self.depth -= 1
            return Negation(operand, start=token.start, end=operand.end) if token.text == "-" else operand
        return self.power()

    def power(self) -> Node:
        base = self.postfix()
        if self.peek() == "**":
            self.deeper(self.take().start)
            exponent = self.sign()
            self.depth -= 1
            return Arithmetic("**", base, exponent, start=base.start, end=exponent.end)
        return base

    def postfix(self) -> Node:
        node = self.atom()
        while self.peek() == "[":
            opened = self.take()
            index = self.conditional()
            closed = self.expect("]", opened)
            node = Index(node, index, start=node.start, end=closed.end)
        return node

    def atom(self) -> Node:
        token = self.take()
        if token.kind == "number":
            value = exact_number(token.text)
            if is_long(value):
                raise ExpressionError(
                    codes.NUMBER_TOO_LARGE, "a number of more than 1,000 digits", token.start, token.end
                )
            return Constant(value, start=token.start, end=token.end)
        if token.node is not None:
            if token.kind == "path" and self.peek() == "(":
                return self.call(token)
            return token.node
        if token.kind == "operator" and token.text == "(":
            node = self.conditional()
            self.expect(")", token)
            return node
        if token.kind == "end":
            raise _error("the expression ends too early", token.start, token.end, *_percentage(self.text))
        raise _error(f"`{token.text}` is not expected here", token.start, token.end)

    def call(self, name: _Token) -> Node:
        opened = self.take()
        arguments: list[Node] = []
        while self.peek() != ")":
            arguments.append(self.conditional())
            if self.peek() != ",":
                break
            self.take()
        closed = self.expect(")", opened)
        return Call(name.text, tuple(arguments), start=name.start, end=closed.end)


def _tree(text: str, start: int = 0, depth: int = 0) -> Node:
    """The tree of a text from `start` on, `depth` computed names deep; positions count in the whole text."""
    # The lexer reads what is inside a computed name: unlike parentheses, these nest before any parsing begins.
    if depth > MAX_DEPTH:
        raise _error("an expression nested too deeply", start, start + 1)
    return _Parser(text[start:], _Lexer(text, start, depth).tokens(), depth).parse()


def exact_number(text: str) -> int | Fraction:
    """A number from its digits, exactly.

    >>> exact_number("0.1"), exact_number("1e3"), exact_number("224")
    (Fraction(1, 10), 1000, 224)
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    value = Fraction(text if text[-1] != "." else text + "0")
    return value.numerator if value.denominator == 1 else value


def _percentage(text: str) -> tuple[str, ...]:
    """What to write for `50%`: `%` is the remainder of a division."""
    match = _PERCENTAGE.fullmatch(text)
    return (f"`%` is the remainder of a division: write {float(match[1]) / 100:g}",) if match else ()


@lru_cache(maxsize=8192)
def parse(text: str) -> Node:
    """The tree of an expression.

    Raises: ExpressionError with the offending stretch of text.

    >>> from archcalc.expressions.values import NoNames
    >>> parse("2 * (3 + 4)").evaluate(NoNames())
    14
    """
    if len(text) > MAX_LENGTH:
        raise _error(f"an expression of {len(text):,} characters is too long", 0, MAX_LENGTH)
    if not text.strip():
        raise _error("an expression is missing here", 0, 1)
    return _tree(text)


def parse_path(text: str) -> Path | None:
    """The names that a text spells where nothing but names can stand, or None if it is something else.

    Unlike in an expression, a hyphen belongs to a name there, and a name may begin with a digit. Raises:
    ExpressionError for a computed part that is none.

    >>> parse_path("stage1.block1-0").fixed, parse_path("7.0").fixed, parse_path("a + b")
    (('stage1', 'block1-0'), ('7', '0'), None)
    """
    if not _LABEL_START.match(text):
        return None
    token = _Lexer(text, 0, 0, _LABEL_PART).path(0)
    return token.node if isinstance(token.node, Path) and token.end == len(text) else None
