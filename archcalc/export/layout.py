"""A syntax tree as text in the layout of the `ruff` formatter: 88 columns, double quotes, its blank lines."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archcalc.export.breaking import (
    ALWAYS,
    BARE,
    COMMA,
    FITTING,
    INDENT,
    INSIDE,
    LIMIT,
    LINE,
    OPTIONAL,
    SOFT,
    Breaking,
    Part,
    Piece,
    bare_end,
    enclosed,
    end,
    lead,
    separated,
)
from archcalc.export.flat import BINARY, columns, escaped

_FOUR = 4
_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def written(tree: ast.Module) -> str:
    """The module as Python source that `ruff format` leaves as it is.

    Neither positions nor contexts of the nodes are read. Strings and docstrings may hold anything: what cannot be
    seen is escaped. A string in a field of an f-string is in single quotes, so that it is valid before Python 3.12.

    Raises: TypeError for syntax that generated modules do not use (decorators, lambdas, `with`, `*args`, ...).

    >>> print(written(ast.parse("import torch; x = torch . zeros( 1,2 )")), end="")
    import torch
    <BLANKLINE>
    x = torch.zeros(1, 2)
    """
    writer = _Writer()
    writer.body(tree, tree.body, 0)
    return "".join(writer.text)


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
        docstring = isinstance(owner, (ast.Module, *_DEFINITIONS))
        spaced = isinstance(owner, (ast.Module, ast.ClassDef))
        apart = not docstring
        before: ast.stmt | None = None
        for statement in statements:
            first = before is None
            described = docstring and first and _string(statement) is not None
            if before is not None:
                separate = spaced and docstring and before is statements[0] and _string(before) is not None
                self.text.append("\n" * _empty_lines(before, statement, margin, separate))
            elif apart and isinstance(statement, _DEFINITIONS):
                self.text.append("\n")
            self.text.append(" " * margin)
            self._column = margin
            if described:
                self.text.append(_docstring(_string(statement) or "", margin))
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
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, " = ", value, margin)
            case ast.Expr(value=value):
                if isinstance(value, (ast.BinOp, ast.BoolOp, ast.Compare)):
                    self._value(value, margin)
                else:
                    self._open([self._breaking.piece(value, BARE)], margin)
            case ast.Return(value=None):
                self._add("return")
            case ast.Return(value=ast.expr() as value):
                self._add("return ")
                self._loose(value, margin)
            case ast.AnnAssign():
                self._annotated(node, margin)
            case ast.AugAssign(target=target, op=operator, value=value):
                self._assign([target], f" {BINARY[type(operator)][0]}= ", value, margin)
            case ast.If():
                self._if(node, margin)
            case ast.For():
                self._for(node, margin)
            case ast.FunctionDef():
                self._function(node, margin)
            case ast.ClassDef():
                self._class(node, margin)
            case ast.Import(names=names):
                self._add("import " + ", ".join(map(_imported, names)))
            case ast.ImportFrom():
                self._import_from(node, margin)
            case ast.Raise(exc=None, cause=None):
                self._add("raise")
            case ast.Raise(exc=ast.expr() as exception, cause=None):
                self._add("raise ")
                if self._breaking.wish(exception) == ALWAYS:
                    self._value(exception, margin)
                else:
                    self._open([self._breaking.piece(exception, BARE)], margin)
            case ast.Pass():
                self._add("pass")
            case _:
                raise TypeError(f"{type(node).__name__} is no statement that is written in this form")

    # Statements

    def _assign(self, targets: list[ast.expr], operator: str, value: ast.expr, margin: int) -> None:
        for target in targets[:-1]:
            self._add(self._breaking.unbracketed(target) + operator)
        last = targets[-1]
        loose = isinstance(last, ast.Tuple) and isinstance(value, ast.Tuple) and len(value.elts) > 1
        text = self._breaking.unbracketed(value) if loose else self._flat(value)
        start = self._breaking.unbracketed(last) + operator
        if self._fits(start + text):
            self._add(start + text)
            return
        split = self._target(last, operator + self._start(value), margin)
        self._add(operator)
        if loose:
            self._loose(value, margin)
        elif split or isinstance(last, (ast.Tuple, ast.List, ast.Subscript)) or len(targets) > 1:
            self._assigned(value, margin, split)
        else:
            self._value(value, margin)

    def _target(self, target: ast.expr, after: str, margin: int) -> bool:
        """Writes what is assigned to, and tells whether it had to be broken."""
        text = self._breaking.unbracketed(target)
        if self._fits(text + after):
            self._add(text)
            return False
        self._open([self._breaking.target(target)], margin, columns(after))
        return True

    def _start(self, node: ast.expr, chain: bool = False) -> str:
        """As many columns as a value needs on the line of its target, at least. A `chain` breaks in itself only."""
        if self._breaking.wish(node) == ALWAYS or not (chain or isinstance(node, ast.UnaryOp)):
            return "("
        width, breaks = lead(self._breaking.pieces(node, BARE))
        return "(" * (width + (chain and not breaks))

    def _assigned(self, node: ast.expr, margin: int, split: bool) -> None:
        """A value behind something that can be broken itself, and that has been if it is `split`."""
        chain = isinstance(node, (ast.Call, ast.Attribute, ast.Subscript))
        if self._breaking.wish(node) != FITTING or isinstance(node, (ast.UnaryOp, ast.Starred)):
            self._value(node, margin)
            return
        pieces = self._breaking.pieces(node, BARE)
        if not split and not self._fits(self._flat(node)):
            width, breaks = lead(pieces)
            if not (chain and breaks and self._column + width <= LIMIT):
                pieces = enclosed("(", pieces, ")")
        self._open(pieces, margin)

    def _annotated(self, node: ast.AnnAssign, margin: int) -> None:
        self._add(self._flat(node.target) + ": ")
        if node.value is None:
            self._value(node.annotation, margin)
            return
        text = f"{self._flat(node.annotation)} = {self._flat(node.value)}"
        if self._fits(text):
            self._add(text)
            return
        after = " = " + self._start(node.value)
        annotation = self._breaking.piece(node.annotation, BARE)
        split = not self._fits(self._flat(node.annotation) + after)
        if split and self._breaking.wish(node.annotation) == ALWAYS:
            pieces = self._breaking.pieces(node.annotation, INSIDE)
            self._open(enclosed("(", pieces, ")"), margin)
        else:
            self._open([annotation], margin, columns(after))
        self._add(" = ")
        if _splittable(node.annotation):
            self._assigned(node.value, margin, split)
        else:
            self._value(node.value, margin)

    def _if(self, node: ast.If, margin: int) -> None:
        self._add("if ")
        while True:
            self._value(node.test, margin, ":")
            self._block(node, node.body, margin)
            if not node.orelse:
                return
            self._start_line(margin)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                self._add("elif ")
            else:
                self._add("else:")
                self._block(node, node.orelse, margin)
                return

    def _for(self, node: ast.For, margin: int) -> None:
        self._add("for ")
        target = self._breaking.unbracketed(node.target)
        if self._fits(f"{target} in {self._flat(node.iter)}:"):
            self._add(target)
        else:
            after = " in " + self._start(node.iter, chain=True)
            parenthesized = enclosed("(", [target], ")")
            alone = isinstance(node.target, ast.Name) and not self._fits(target + after)
            if alone and end([*parenthesized, after], self._column, margin) is not None:
                self._open(parenthesized, margin)
            else:
                self._target(node.target, after, margin)
        self._add(" in ")
        self._value(node.iter, margin, ":")
        self._block(node, node.body, margin)
        if node.orelse:
            self._start_line(margin)
            self._add("else:")
            self._block(node, node.orelse, margin)

    def _function(self, node: ast.FunctionDef, margin: int) -> None:
        arguments = node.args
        if node.decorator_list or arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
            raise TypeError("functions have neither decorators nor other than plain parameters")
        defaults: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
        defaults += arguments.defaults
        parameters = [self._parameter(*pair) for pair in zip(arguments.args, defaults, strict=True)]
        text = "(" + ", ".join(part if isinstance(part, str) else part.flat for part in parameters) + ")"
        self._add(f"def {node.name}")
        pieces: list[Piece] = ["()"]
        if parameters:
            inner = Part(text[1:-1], lambda: separated(parameters, single=True), True)
            pieces = [Part(text, lambda: enclosed("(", [inner], ")"))]
        returns = node.returns
        if returns is None:
            self._open([*pieces, ":"], margin)
        elif self._fits(f"{text} -> {self._flat(returns)}:"):
            self._add(f"{text} -> {self._flat(returns)}:")
        else:
            self._open(pieces[0].pieces if isinstance(pieces[0], Part) else pieces, margin)
            self._add(" -> ")
            if parameters or self._breaking.wish(returns) != FITTING or self._breaking.opens_own_brackets(returns):
                self._value(returns, margin, ":")
            else:
                self._open([*enclosed("(", [self._breaking.piece(returns, INSIDE)], ")"), ":"], margin)
        self._block(node, node.body, margin)

    def _parameter(self, argument: ast.arg, default: ast.expr | None) -> str | Part:
        pieces: list[Piece] = [argument.arg]
        if argument.annotation is not None:
            pieces += (": ", self._breaking.piece(argument.annotation, INSIDE))
        if default is not None:
            pieces += (" = " if argument.annotation is not None else "=", self._breaking.piece(default, INSIDE))
        return Part("".join(piece.flat if isinstance(piece, Part) else str(piece) for piece in pieces), lambda: pieces)

    def _class(self, node: ast.ClassDef, margin: int) -> None:
        if node.decorator_list or node.keywords:
            raise TypeError("classes have neither decorators nor keywords")
        self._add(f"class {node.name}")
        if node.bases:
            text = "(" + ", ".join(map(self._flat, node.bases)) + ")"
            inner = Part(text[1:-1], lambda: separated(self._breaking.piece(base, INSIDE) for base in node.bases))
            self._open([Part(text, lambda: enclosed("(", [inner], ")")), ":"], margin)
        else:
            self._add(":")
        self._block(node, node.body, margin)

    def _import_from(self, node: ast.ImportFrom, margin: int) -> None:
        names = list(map(_imported, node.names))
        self._add(f"from {'.' * (node.level or 0)}{node.module or ''} import ")
        text = ", ".join(names)
        if self._fits(text) or names == ["*"]:
            self._add(text)
        else:
            rows: list[Piece] = []
            for name in names:
                rows += (name, ",", LINE)
            self._open(enclosed("(", rows[:-1], ")"), margin)

    # Expressions

    def _loose(self, node: ast.expr, margin: int) -> None:
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
        wish = breaking.wish(node)
        pieces = breaking.pieces(node, BARE)
        tail = len(after)
        if wish == ALWAYS:
            place = INSIDE
            wrapped = True
            if breaking.opens_own_brackets(node):
                place = OPTIONAL
                wrapped = bare_end([*pieces, after], self._column, margin) is None
            if wrapped:
                pieces = enclosed("(", breaking.pieces(node, place), ")")
        elif wish == FITTING and (bare_end([*pieces, after], self._column, margin) is None):
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
            elif isinstance(piece, Part):
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
    last = before
    while isinstance(last, (ast.If, ast.For)):
        last = (last.orelse or last.body)[-1]
    if isinstance(last, _DEFINITIONS) or isinstance(after, _DEFINITIONS):
        return 1 if margin else 2
    imports = (ast.Import, ast.ImportFrom)
    if isinstance(before, imports):
        return 0 if isinstance(after, imports) and _section(before) == _section(after) else 1
    return 1 if described else 0


def _section(node: ast.stmt) -> int:
    """Group of imports: the future, the standard library, PyTorch, the own package."""
    if isinstance(node, ast.ImportFrom) and node.level:
        return 3
    name = node.names[0].name if isinstance(node, ast.Import) else (getattr(node, "module", None) or "")
    return 0 if name == "__future__" else 2 if name.startswith("torch") else 1


def _imported(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _splittable(node: ast.expr) -> bool:
    return not isinstance(node, (ast.Name, ast.Constant)) and not (
        isinstance(node, ast.Attribute) and not _splittable(node.value)
    )


def _string(node: ast.stmt) -> str | None:
    """The value of a statement that is nothing but a string."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return None


def _docstring(value: str, margin: int) -> str:
    """A docstring from its opening to its closing quotes; what `inspect.cleandoc` removes may change."""
    lines = _cleaned(value)
    if not lines:
        return '""" """'
    shown = [_documented(line, closing=len(lines) == 1) for line in lines]
    if shown[0].startswith('"'):
        shown[0] = "\\" + shown[0]
    if len(lines) == 1:
        return f'"""{shown[0]}"""'
    if lines[0].startswith(" "):
        shown.insert(0, "")
    space = " " * margin
    rows = [shown[0], *(space + line if line else "" for line in shown[1:]), space]
    return '"""' + "\n".join(rows) + '"""'


def _cleaned(value: str) -> list[str]:
    """Lines without the common margin and without empty lines around them, as `inspect.cleandoc` has them."""
    lines = value.expandtabs().split("\n")
    rest = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    least = min(rest, default=0)
    lines = [lines[0].lstrip(), *(line[least:] if line.strip() else "" for line in lines[1:])]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


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
