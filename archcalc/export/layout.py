"""A syntax tree as text in the layout of the `ruff` formatter: 88 columns, double quotes, its blank lines."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence

from archcalc.export.breaking import (
    ALWAYS,
    BARE,
    COMMA,
    FITTING,
    INDENT,
    INSIDE,
    LIMIT,
    OPTIONAL,
    SOFT,
    Breakable,
    Breaking,
    Piece,
    bare_end,
    enclosed,
    end,
    lead,
    separated,
)
from archcalc.export.flat import BINARY, COMPARISONS, SIGNS, columns, escaped

_FOUR = 4
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def written(tree: ast.Module) -> str:
    """The module as Python source that `ruff format` leaves as it is.

    Neither positions nor contexts of the nodes are read. Strings and docstrings may hold anything: what cannot be
    seen is escaped. Lines of docstrings have no margin of their own.

    Raises: TypeError for syntax that generated modules do not use (decorators, lambdas, slices, `with`, `*args`, ...).

    >>> print(written(ast.parse("import torch; x = torch . zeros( 1,2 )")), end="")
    import torch
    <BLANKLINE>
    x = torch.zeros(1, 2)
    """
    for node in ast.walk(tree):
        _refuse_others(node)
    writer = _Writer()
    writer.body(tree, tree.body, 0)
    return "".join(writer.text)


_ABSENT: dict[type[ast.AST], tuple[str, ...]] = {
    ast.ClassDef: ("decorator_list", "keywords"),
    ast.FunctionDef: ("decorator_list",),
    ast.arguments: ("posonlyargs", "vararg", "kwonlyargs", "kwarg"),
    ast.For: ("orelse",),
    ast.ImportFrom: ("level",),
    ast.comprehension: ("ifs", "is_async"),
    ast.FormattedValue: ("format_spec",),
}
"""What generated modules never have in nodes that they do have."""


def _refuse_others(node: ast.AST) -> None:
    """Raises: TypeError for a node with parts that are not written."""
    found = [name for name in _ABSENT.get(type(node), ()) if getattr(node, name, None)]
    match node:
        case ast.keyword(arg=None):
            found.append("**")
        case ast.FormattedValue(conversion=conversion) if conversion != -1:
            found.append("conversion")
        case ast.ListComp(generators=[_, _, *_]) | ast.Assign(targets=[_, _, *_]):
            found.append("several")
        case ast.operator() | ast.unaryop() | ast.cmpop() if type(node) not in {*BINARY, *SIGNS, *COMPARISONS}:
            found.append("no sign of its own")
    if found:
        raise TypeError(f"{type(node).__name__} with {', '.join(found)} is not written")


class _Writer:
    """Writes statements. `column` is where the line stands that is being written."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self._column = 0
        self._breaking = Breaking()
        self._flat = self._breaking.flat

    # Blocks

    def body(self, owner: ast.AST, statements: Sequence[ast.stmt], margin: int) -> None:
        """The statements of a module, of a class, of a function or of another statement."""
        before: ast.stmt | None = None
        for statement in statements:
            text = _string(statement) if before is None and isinstance(owner, _DOCUMENTED) else None
            if before is not None:
                separate = _string(before) is not None and not isinstance(owner, ast.FunctionDef)
                self.text.append("\n" * _empty_lines(before, statement, margin, separate))
            self.text.append(" " * margin)
            self._column = margin
            if text is not None:
                self.text.append(_docstring(text, margin))
            else:
                self._statement(statement, margin)
            self.text.append("\n")
            before = statement

    def _block(self, owner: ast.stmt, statements: Sequence[ast.stmt], margin: int) -> None:
        self.text.append("\n")
        self.body(owner, statements, margin + _FOUR)
        self.text.pop()

    def _statement(self, node: ast.stmt, margin: int) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._assign(target, " = ", value, margin)
            case ast.AugAssign(target=target, op=operator, value=value):
                self._assign(target, f" {BINARY[type(operator)][0]}= ", value, margin)
            case ast.Expr(value=ast.Call() as value):
                self._open([self._breaking.piece(value, BARE)], margin)
            case ast.Return(value=ast.expr() as value):
                self._add("return ")
                self._return(value, margin)
            case ast.If():
                self._if(node, margin)
            case ast.For():
                self._for(node, margin)
            case ast.FunctionDef():
                self._function(node, margin)
            case ast.ClassDef(name=name, bases=[_, *_] as bases):
                self._add(f"class {name}({', '.join(map(self._flat, bases))}):")
                self._block(node, node.body, margin)
            case ast.Import(names=names):
                self._add(f"import {_listed(names)}")
            case ast.ImportFrom(module=module, names=names):
                self._add(f"from {module} import {_listed(names)}")
            case _:
                raise TypeError(f"{type(node).__name__} is no statement that is written in this form")

    # Statements

    def _assign(self, target: ast.expr, operator: str, value: ast.expr, margin: int) -> None:
        text = self._breaking.unbracketed(target) + operator + self._flat(value)
        if self._fits(text):
            self._add(text)
            return
        split = self._target(target, operator + self._start(value), margin)
        self._add(operator)
        if split or isinstance(target, (ast.Tuple, ast.Subscript)):
            self._assigned(value, margin, split)
        else:
            self._value(value, margin)

    def _target(self, target: ast.expr, after: str, margin: int) -> bool:
        """Write the target of an assignment; returns whether it had to be broken."""
        text = self._breaking.unbracketed(target)
        if self._fits(text + after):
            self._add(text)
            return False
        self._open([self._breaking.target(target)], margin, columns(after))
        return True

    def _start(self, node: ast.expr, chain: bool = False) -> str:
        """As many columns as a value needs on the line of its target, at least. A `chain` breaks in itself only."""
        if self._breaking.parentheses(node) == ALWAYS or not (chain or isinstance(node, ast.UnaryOp)):
            return "("
        width, breaks = lead(self._breaking.pieces(node, BARE))
        return "(" * (width + (chain and not breaks))

    def _assigned(self, node: ast.expr, margin: int, split: bool) -> None:
        """A value behind something that can be broken itself, and that has been if it is `split`."""
        chain = isinstance(node, (ast.Call, ast.Attribute, ast.Subscript))
        if self._breaking.parentheses(node) != FITTING or isinstance(node, (ast.UnaryOp, ast.Starred)):
            self._value(node, margin)
            return
        pieces = self._breaking.pieces(node, BARE)
        if not split and not self._fits(self._flat(node)):
            width, breaks = lead(pieces)
            if not (chain and breaks and self._column + width <= LIMIT):
                pieces = enclosed("(", pieces, ")")
        self._open(pieces, margin)

    def _if(self, node: ast.If, margin: int) -> None:
        self._add("if ")
        self._value(node.test, margin, ":")
        self._block(node, node.body, margin)
        if node.orelse:
            self._start_line(margin)
            self._add("else:")
            self._block(node, node.orelse, margin)

    def _for(self, node: ast.For, margin: int) -> None:
        self._add("for ")
        target = self._breaking.unbracketed(node.target)
        if self._fits(f"{target} in {self._flat(node.iter)}:"):
            self._add(target)
        else:
            after = " in " + self._start(node.iter, chain=True)
            parenthesized = enclosed("(", [target], ")")
            is_long = isinstance(node.target, ast.Name) and not self._fits(target + after)
            if is_long and end([*parenthesized, after], self._column, margin) is not None:
                self._open(parenthesized, margin)
            else:
                self._target(node.target, after, margin)
        self._add(" in ")
        self._value(node.iter, margin, ":")
        self._block(node, node.body, margin)

    def _function(self, node: ast.FunctionDef, margin: int) -> None:
        parameters, returns = self._parameters(node.args), node.returns or ast.Constant(None)
        text = "(" + ", ".join(parameter.flat for parameter in parameters) + ")"
        self._add(f"def {node.name}")
        if self._fits(f"{text} -> {self._flat(returns)}:"):
            self._add(f"{text} -> {self._flat(returns)}:")
        else:
            inner = Breakable(text[1:-1], lambda: separated(parameters, single=True), True)
            self._open(enclosed("(", [inner], ")"), margin)
            self._add(" -> ")
            self._value(returns, margin, ":")
        self._block(node, node.body, margin)

    def _parameters(self, node: ast.arguments) -> list[Breakable]:
        defaults: list[ast.expr | None] = [None] * (len(node.args) - len(node.defaults))
        return [self._parameter(*pair) for pair in zip(node.args, [*defaults, *node.defaults], strict=True)]

    def _parameter(self, argument: ast.arg, default: ast.expr | None) -> Breakable:
        pieces: list[Piece] = [argument.arg]
        if argument.annotation is not None:
            pieces += (": ", self._breaking.piece(argument.annotation, INSIDE))
        if default is not None:
            pieces += (" = ", self._breaking.piece(default, INSIDE))
        return Breakable(
            "".join(piece.flat if isinstance(piece, Breakable) else str(piece) for piece in pieces), lambda: pieces
        )

    # Expressions

    def _return(self, node: ast.expr, margin: int) -> None:
        """A value that, if it is a tuple, has parentheses only if it breaks."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            self._open([self._breaking.without_brackets(node)], margin)
        else:
            self._value(node, margin)

    def _value(self, node: ast.expr, margin: int, after: str = "") -> None:
        """An expression that gets parentheses if it is too long for the line and they help, and `after` behind it."""
        breaking = self._breaking
        text = self._flat(node) + after
        if self._fits(text):
            self._add(text)
            return
        parentheses = breaking.parentheses(node)
        pieces = breaking.pieces(node, BARE)
        tail = len(after)
        if parentheses == ALWAYS:
            place = INSIDE
            wrapped = True
            if breaking.opens_own_brackets(node):
                place = OPTIONAL
                wrapped = bare_end([*pieces, after], self._column, margin) is None
            if wrapped:
                pieces = enclosed("(", breaking.pieces(node, place), ")")
        elif parentheses == FITTING and (bare_end([*pieces, after], self._column, margin) is None):
            parenthesized = enclosed("(", pieces, ")")
            if end([*parenthesized, after], self._column, margin) is not None:
                pieces = parenthesized
        self._open(pieces, margin, tail)
        self._add(after)

    def _fits(self, text: str) -> bool:
        return self._column + columns(text) <= LIMIT

    def _add(self, text: str) -> None:
        self.text.append(text)
        self._column += columns(text)

    def _start_line(self, margin: int) -> None:
        self.text.append("\n" + " " * margin)
        self._column = margin

    def _open(self, pieces: list[Piece], margin: int, tail: int = 0) -> None:
        """Breaks the lines where the pieces have marks, and opens the parts that are too long.

        `tail` is how many columns follow on the last line.
        """
        for position, piece in enumerate(pieces):
            if isinstance(piece, str):
                self._add(piece)
            elif isinstance(piece, Breakable):
                after, breaks = lead(pieces, position + 1)
                after += 0 if breaks else tail
                if not piece.forced and self._column + piece.width + after <= LIMIT:
                    self._add(piece.flat)
                else:
                    self._open(piece.pieces, margin, after)
            elif piece <= SOFT:
                self._start_line(margin)
            elif piece >= COMMA:
                self._add("," if piece == COMMA else " ")
            else:
                margin += _FOUR if piece == INDENT else -_FOUR


def _empty_lines(before: ast.stmt, after: ast.stmt, margin: int, described: bool) -> int:
    """Empty lines between two statements. `described` says that the first one is a docstring that has one."""
    definitions, imports = (ast.FunctionDef, ast.ClassDef), (ast.Import, ast.ImportFrom)
    if isinstance(before, definitions) or isinstance(after, definitions):
        return 1 if margin else 2
    if isinstance(before, imports):
        return 0 if isinstance(after, imports) and _section(before) == _section(after) else 1
    return int(described)


def _section(node: ast.Import | ast.ImportFrom) -> bool:
    """Group of imports: the standard library, and all others."""
    place = node.names[0].name if isinstance(node, ast.Import) else node.module or ""
    return place.partition(".")[0] in sys.stdlib_module_names


def _listed(names: Sequence[ast.alias]) -> str:
    return ", ".join(f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in names)


def _string(node: ast.stmt) -> str | None:
    """The value of a statement that is nothing but a string."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return None


def _docstring(value: str, margin: int) -> str:
    """A docstring from its opening to its closing quotes. Its lines have no spaces in front."""
    lines = value.split("\n")
    shown = [_documented(line, closing=len(lines) == 1) for line in lines]
    if shown[0].startswith('"'):
        shown[0] = "\\" + shown[0]
    if len(lines) == 1:
        return f'"""{shown[0]}"""'
    space = " " * margin
    rows = [shown[0], *(space + line if line else "" for line in shown[1:]), space]
    return '"""' + "\n".join(rows) + '"""'


def _documented(line: str, closing: bool = False) -> str:
    """A line of a docstring, with the closing quotes behind it if it is `closing`.

    No quotes end the docstring, and no spaces are at the end of the line, where a formatter would remove them.
    """
    text = escaped(line)
    end_quote = closing and text.endswith('"')
    text = text.removesuffix('"' if end_quote else "").replace('"""', '\\"\\"\\"')
    if end_quote:
        text += '\\"'
    bare = text.rstrip(" ")
    return bare + "\\x20" * (len(text) - len(bare))
