"""Small changes of code: for every function of a text, the mutants that differ from it in one expression or statement.

for mutant in mutants("def larger(a, b): return a if a > b else b"):
    print(mutant.function, mutant.change)

Only bodies of functions are changed: no annotations, defaults, decorators, docstrings or texts of messages.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
"""A comparison and its opposite."""
SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
"""A comparison with the boundary on the other side."""
OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
"""An operator that somebody could have meant instead."""
CLOSED = (
    *(ast.stmt, ast.Constant, ast.Call, ast.Name, ast.Attribute),
    *(ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""What needs no parentheses around what takes its place."""
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
"""A function that somebody could have meant instead."""


class Mutant(NamedTuple):
    """A text that differs from the original in one place."""

    function: str
    """The qualified name of the outermost function that holds the change."""
    line: int
    old: str
    """The lines that change, without their margin, as they are and as they become; the module may move about them."""
    new: str
    text: str
    """The whole module."""

    @property
    def change(self) -> str:
        """The difference, a line each."""
        return "\n".join(
            [*(f"- {line}" for line in self.old.split("\n")), *(f"+ {line}" for line in self.new.split("\n"))]
        )


def mutants(text: str) -> list[Mutant]:
    """The mutants of a module, each text once, in the order of its lines."""
    found: dict[str, Mutant] = {}
    for name, function in _functions(ast.parse(text).body):
        for node in _body(function):
            for place, replacement in _changes(node):
                changed = _replaced(text, place, replacement)
                if changed not in found and changed != text and _compiles(changed):
                    found[changed] = _mutant(name, text, changed)
    return list(found.values())


def _functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """The functions and methods of a module; those inside of others belong to them."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, Function):
            yield prefix + statement.name, statement


def _body(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function that may change."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.Assert, ast.Import, ast.ImportFrom, ast.JoinedStr)):
            continue
        yield node
        if isinstance(node, Function):
            waiting.extend(node.body)
        elif isinstance(node, ast.AnnAssign):
            waiting.extend([node.value] if node.value is not None else [])
        else:
            waiting.extend(ast.iter_child_nodes(node))


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """What may be changed at a node: itself, or the condition that it asks."""
    yield from ((node, replacement) for replacement in _replacements(node))
    if isinstance(node, (ast.If, ast.While, ast.IfExp)) and isinstance(node.test, (ast.Name, ast.Attribute, ast.Call)):
        yield node.test, f"not {_written(node.test)}"


def _replacements(node: ast.AST) -> Iterator[str]:
    """What may stand in the place of a node."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            for table in (FLIPPED, SHIFTED):
                if type(operator) in table:
                    yield _written(ast.Compare(left, [table[type(operator)]()], [right]))
        case ast.BoolOp(op=operator, values=values):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield _written(ast.BoolOp(other, values))
            for index in range(len(values)):
                rest = [*values[:index], *values[index + 1 :]]
                yield _written(ast.BoolOp(operator, rest) if len(rest) > 1 else rest[0])
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield _written(operand)
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() as value):
            yield str(value + 1)
            if value:
                yield str(value - 1)
        case ast.Constant(value=float() as value):
            yield str(value + 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_sequence(left) or _is_sequence(right):
            yield _written(left)
            yield _written(right)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OTHER:
            yield _written(ast.BinOp(left, OTHER[type(operator)](), right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name in SWAPPED:
            yield _written(ast.Call(ast.Name(SWAPPED[name]), arguments, keywords))
        case ast.List(elts=items) | ast.Set(elts=items) if len(items) > 1:
            yield from (_written(type(node)(rest)) for rest in _shorter(items))
        case ast.Tuple(elts=items) if any(isinstance(item, ast.Starred) for item in items):
            yield from (_written(ast.Tuple(rest)) for rest in _shorter(items))
        case ast.IfExp(body=body, orelse=other):
            yield _written(body)
            yield _written(other)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _without_conditions(node)
        case _:
            yield from _of_statement(node)


def _of_statement(node: ast.AST) -> Iterator[str]:
    """What may stand in the place of a statement."""
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return None"
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in OTHER:
            yield _written(ast.AugAssign(target, OTHER[type(operator)](), value))
            yield "pass"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"
        case _:
            pass


def _without_conditions(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[str]:
    """A comprehension without one of its conditions."""
    for generator in node.generators:
        conditions = generator.ifs
        for index in range(len(conditions)):
            generator.ifs = [*conditions[:index], *conditions[index + 1 :]]
            yield _written(node)
        generator.ifs = conditions


def _shorter(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """A display without one of its items."""
    for index in range(len(items)):
        yield [*items[:index], *items[index + 1 :]]


def _is_sequence(node: ast.AST) -> bool:
    return isinstance(node, (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _written(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def _replaced(text: str, node: ast.AST, replacement: str) -> str:
    """The text with another one in the place of a node; an expression is put in parentheses."""
    assert isinstance(node, (ast.expr, ast.stmt)) and node.end_lineno is not None and node.end_col_offset is not None
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    new = replacement if isinstance(node, CLOSED) else f"({replacement})"
    data = text.encode()
    return (data[:start] + new.encode() + data[end:]).decode()


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _mutant(function: str, text: str, changed: str) -> Mutant:
    """A mutant with the lines in which it differs."""
    old, new = text.split("\n"), changed.split("\n")
    start = next(index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    same = 0
    while same < min(len(old), len(new)) - start and old[-1 - same] == new[-1 - same]:
        same += 1
    lines = [[line.strip() for line in side[start : len(side) - same]] for side in (old, new)]
    return Mutant(function, start + 1, "\n".join(lines[0]), "\n".join(lines[1]), changed)
