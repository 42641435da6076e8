"""How an expression that is too long for its line is broken, after the habits of the `ruff` formatter.

A bracket opens only when its line is too long, and what stands in an open bracket is laid out again by the same
rules. Parentheses are added around an expression only where the formatter adds them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from archcalc.export.flat import (
    ATOM,
    EXPRESSION,
    OPERATION,
    OR,
    SIGNS,
    UNION,
    Expressions,
    columns,
    stretch,
)

LINE, SOFT, INDENT, DEDENT, COMMA, GAP = range(6)
"""Marks among pieces. LINE is a space or a new line, SOFT nothing or a new line; COMMA and GAP (a space) are written
only if the lines break; INDENT and DEDENT move the margin."""

BARE, OPTIONAL, INSIDE = range(3)
"""Where an expression stands: outside of brackets, in parentheses that are there only because the line is long, or
in brackets. Operators never start a line where it is BARE."""

NEVER, FITTING, ALWAYS = range(3)
"""Whether parentheses around a long expression help: see `Expressions.parentheses`."""

LIMIT = 88
"""Columns of a line."""


class Breakable:
    """Something written on one line, as `flat`, or as its pieces when that line would be too long.

    `forced` pieces are never written on one line once their surroundings are open.
    """

    __slots__ = ("_build", "_lead", "_pieces", "flat", "forced", "width")

    def __init__(self, flat: str, build: Callable[[], list[Piece]], forced: bool = False) -> None:
        self.flat = flat
        self.width = columns(flat)
        self.forced = forced
        self._build = build
        self._pieces: list[Piece] | None = None
        self._lead: tuple[int, bool] | None = None

    @property
    def pieces(self) -> list[Piece]:
        """What it consists of."""
        if self._pieces is None:
            self._pieces = self._build()
        return self._pieces

    @property
    def lead(self) -> tuple[int, bool]:
        """Columns up to the first place where it can break, and whether there is one."""
        if self._lead is None:
            self._lead = lead(self.pieces)
        return self._lead


Piece = str | int | Breakable


def lead(pieces: list[Piece], start: int = 0) -> tuple[int, bool]:
    """Columns from a piece up to the first place where the line can break, and whether there is one."""
    total = 0
    for position in range(start, len(pieces)):
        piece = pieces[position]
        if isinstance(piece, str):
            total += columns(piece)
        elif isinstance(piece, Breakable):
            width, breaks = piece.lead
            total += width
            if breaks:
                return total, True
        elif piece <= SOFT:
            return total, True
        elif piece >= COMMA:
            total += 1
    return total, False


def end(pieces: list[Piece], column: int, margin: int) -> int | None:
    """The column after all pieces, if every line that can break does; None if a line is too long all the same."""
    for piece in pieces:
        if isinstance(piece, str):
            column += columns(piece)
        elif isinstance(piece, Breakable):
            inner = end(piece.pieces, column, margin)
            if inner is None:
                return None
            column = inner
        elif piece <= SOFT:
            column = margin
        elif piece >= COMMA:
            column += 1
        else:
            margin += 4 if piece == INDENT else -4
        if column > LIMIT:
            return None
    return column


def bare_end(pieces: list[Piece], column: int, margin: int) -> int | None:
    """The column after all pieces, if every bracket opens, or None if what is outside of the brackets does not fit."""
    for piece in pieces:
        if isinstance(piece, str):
            column += columns(piece)
        elif isinstance(piece, Breakable):
            if SOFT in piece.pieces:
                if column + piece.lead[0] > LIMIT:
                    return None
                column = margin + 1
            else:
                inner = bare_end(piece.pieces, column, margin)
                if inner is None:
                    return None
                column = inner
        if column > LIMIT:
            return None
    return column


def enclosed(opening: str, content: list[Piece], closing: str) -> list[Piece]:
    """Brackets with an indented content, when they are open."""
    return [opening, INDENT, SOFT, *content, DEDENT, SOFT, closing]


def separated(items: Iterable[Piece], single: bool = False) -> list[Piece]:
    """Items with commas between them; if the lines break, the last of several (and a single one) has a comma too."""
    pieces: list[Piece] = []
    for item in items:
        pieces += (item, ",", LINE)
    del pieces[-2:]
    return [*pieces, COMMA] if single or len(pieces) > 1 else pieces


class Breaking(Expressions):
    """Expressions as pieces, and what helps a line that is too long for them."""

    def piece(self, node: ast.expr, place: int, least: int = EXPRESSION) -> Piece:
        """The expression, with parentheses if the place asks for them."""
        text = self.flat(node)
        if self.wrapped(node, least):
            return Breakable(f"({text})", lambda: enclosed("(", self.pieces(node, INSIDE), ")"))
        if isinstance(node, (ast.Name, ast.Constant, ast.JoinedStr)):
            return text
        return Breakable(text, lambda: self.pieces(node, place))

    def pieces(self, node: ast.expr, place: int) -> list[Piece]:
        """What the expression consists of, without parentheses around it."""
        match node:
            case ast.Attribute() | ast.Call() | ast.Subscript():
                return self._chain(node, place)
            case ast.List(elts=elements) if elements:
                return self._display("[", elements, "]", node)
            case ast.Tuple(elts=elements) if elements:
                return self._display("(", elements, ")", node)
            case ast.Slice():
                return [
                    self.piece(part, place) if isinstance(part, ast.expr) else part for part in stretch(node) if part
                ]
            case ast.ListComp():
                return [Breakable(self.flat(node), lambda: enclosed("[", [self._comprehension(node)], "]"))]
            case ast.BinOp() | ast.BoolOp() | ast.Compare():
                operands, operators = self.flattened(node)
                pieces = self._operation(operands, operators, place)
                return pieces if place == BARE else [_grouped(pieces)]
            case ast.UnaryOp():
                return [SIGNS[type(node.op)], self.piece(node.operand, place, self.below(node))]
            case ast.IfExp():
                pieces = self._conditional(node, place)
                return pieces if place == BARE else [_grouped(pieces)]
            case ast.Starred(value=value):
                return ["*", self.piece(value, place, UNION)]
        return [self.flat(node)]

    def target(self, node: ast.expr) -> Piece:
        """What is assigned to: a tuple of several has parentheses only if it breaks."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return self.without_brackets(node)
        return self.piece(node, BARE)

    def without_brackets(self, node: ast.expr) -> Breakable:
        """A tuple of several elements that has parentheses only if it breaks."""
        elements = node.elts if isinstance(node, ast.Tuple) else []
        return Breakable(self.unbracketed(node), lambda: enclosed("(", self._elements(elements), ")"))

    def _elements(self, nodes: list[ast.expr]) -> list[Piece]:
        return separated(self.piece(node, INSIDE) for node in nodes)

    def _display(self, opening: str, nodes: list[ast.expr], closing: str, whole: ast.expr) -> list[Piece]:
        def build() -> list[Piece]:
            elements = self._elements(nodes)
            if opening == "(" and len(nodes) == 1:
                elements.append(",")
            return enclosed(opening, elements, closing)

        return [Breakable(self.flat(whole), build)]

    def _comprehension(self, node: ast.ListComp) -> Breakable:
        def build() -> list[Piece]:
            (generator,) = node.generators
            pieces = [self.piece(node.elt, INSIDE), LINE, "for ", self.target(generator.target), " in "]
            return [*pieces, self.piece(generator.iter, INSIDE, OR)]

        return Breakable(self.comprehension_flat(node), build)

    def _operation(
        self, operands: list[tuple[ast.expr, int]], operators: list[tuple[str, int]], place: int
    ) -> list[Piece]:
        """Breaks before the operators that bind least; what they join are groups of their own."""
        if not operators:
            node, least = operands[0]
            return [self.piece(node, place, least)]
        weakest = min(level for _, level in operators)
        pieces: list[Piece] = []
        start = 0
        for position, (symbol, level) in enumerate([*operators, ("", weakest)]):
            if level != weakest:
                continue
            group = self._operation(operands[start : position + 1], operators[start:position], place)
            if position > start and place != BARE:
                pieces.append(_grouped(group))
            else:
                pieces += group
            start = position + 1
            if symbol:
                tight = self.is_tight(symbol, operands[position], operands[start])
                if place == BARE:
                    pieces.append(symbol if tight else f" {symbol} ")
                else:
                    # In parentheses that are there for the length alone, ruff 0.17 spaces a power even on one line.
                    pieces += (SOFT, symbol, " " if place == OPTIONAL else GAP) if tight else (LINE, f"{symbol} ")
        return pieces

    def _conditional(self, node: ast.IfExp, place: int) -> list[Piece]:
        line: Piece = " " if place == BARE else LINE
        pieces = [self.piece(node.body, place, OR), line, "if ", self.piece(node.test, place, OR), line, "else "]
        if isinstance(node.orelse, ast.IfExp):
            return pieces + self._conditional(node.orelse, place)
        return [*pieces, self.piece(node.orelse, place)]

    def _chain(self, node: ast.expr, place: int) -> list[Piece]:
        """Calls, attributes and subscripts one after the other."""
        links: list[ast.Attribute | ast.Call | ast.Subscript] = []
        root = node
        while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
            links.append(root)
            root = root.func if isinstance(root, ast.Call) else root.value
        pieces: list[Piece] = [self.piece(root, place, ATOM)]
        for link in reversed(links):
            if isinstance(link, ast.Attribute):
                pieces.append(f".{link.attr}")
            else:
                pieces.append(self._arguments(link) if isinstance(link, ast.Call) else self._subscript(link))
        return pieces

    def _arguments(self, node: ast.Call) -> Piece:
        """Arguments in their parentheses. Calls of which there are several stand one below the other."""
        text = self.arguments_flat(node)
        if text == "()":
            return text

        def build() -> list[Piece]:
            items = [self.piece(argument, INSIDE) for argument in node.args]
            items += [_pair(f"{keyword.arg}=", self.piece(keyword.value, INSIDE)) for keyword in node.keywords]
            several = sum(isinstance(argument, ast.Call) for argument in node.args) > 1
            return enclosed("(", [Breakable(text[1:-1], lambda: separated(items), several)], ")")

        return Breakable(text, build)

    def _subscript(self, node: ast.Subscript) -> Breakable:
        inner = node.slice

        def build() -> list[Piece]:
            if isinstance(inner, ast.Tuple) and len(inner.elts) > 1:
                return enclosed("[", self._elements(inner.elts), "]")
            return enclosed("[", [self.piece(inner, INSIDE)], "]")

        return Breakable(f"[{self.unbracketed(inner)}]", build)

    # How a long statement is broken

    def parentheses(self, node: ast.expr) -> int:
        """NEVER, if parentheses around it do not help a long line; FITTING, if only when it fits then; else ALWAYS."""
        while True:
            if isinstance(node, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp)):
                return ALWAYS
            if isinstance(node, ast.UnaryOp):
                inner, least = node.operand, self.below(node)
            elif isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
                inner, least = node.func if isinstance(node, ast.Call) else node.value, ATOM
            else:
                atom = isinstance(node, (ast.Name, ast.Constant, ast.JoinedStr))
                return FITTING if atom and len(self.flat(node)) <= LIMIT - 4 else NEVER
            if self.wrapped(inner, least):
                return NEVER
            node = inner

    def opens_own_brackets(self, node: ast.expr) -> bool:
        """Whether the brackets of a long expression may open instead of parentheses around it.

        So they may if one operator alone binds least, and a bracket with something in it stands first or last.
        """
        is_signed = isinstance(node, ast.UnaryOp)
        while isinstance(node, ast.UnaryOp):
            node = node.operand
        if not isinstance(node, OPERATION):
            return False
        operands, operators = self.flattened(node)
        levels = [level for _, level in operators]
        starts = not is_signed and self._is_bracket(*operands[0])
        return levels.count(min(levels)) == 1 and (starts or self._ends_in_bracket(*operands[-1]))

    def _is_bracket(self, node: ast.expr, least: int) -> bool:
        return self.wrapped(node, least) or (isinstance(node, (ast.List, ast.Tuple)) and bool(node.elts))

    def _ends_in_bracket(self, node: ast.expr, least: int) -> bool:
        while isinstance(node, ast.UnaryOp):
            if self.wrapped(node, least):
                return True
            least = self.below(node)
            node = node.operand
        # A subscript does not count.
        return self._is_bracket(node, least) or (isinstance(node, ast.Call) and bool(node.args or node.keywords))


def _pair(before: str, piece: Piece) -> Piece:
    """A value and what stands before it."""
    if isinstance(piece, Breakable):
        return Breakable(before + piece.flat, lambda: [before, piece])
    return f"{before}{piece}"


def _grouped(pieces: list[Piece]) -> Breakable:
    """Pieces that break together, and apart from what is around them."""
    text = ""
    for piece in pieces:
        text += (
            piece if isinstance(piece, str) else piece.flat if isinstance(piece, Breakable) else " " * (piece == LINE)
        )
    return Breakable(text, lambda: pieces)
