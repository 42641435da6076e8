"""Statements under a condition that are shorter as a choice between two values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

WIDEST = 80
"""Characters that a statement with a condition takes at most in a method, so that it is one line."""


def one_call(statement: ast.If, name: Callable[[], str]) -> list[ast.stmt]:
    """The same module made by one class or the other, as a choice of the class under a name of its own.

    >>> tree = ast.parse("if deep: net.append(Deep(c, 8))\\nelse: net.append(Wide(c, 8))").body[0]
    >>> print(ast.unparse(ast.fix_missing_locations(ast.Module(one_call(tree, lambda: "block"), []))))
    block = Deep if deep else Wide
    net.append(block(c, 8))
    """
    made, instead = _made(statement.body), _made(statement.orelse)
    if made is None or instead is None:
        return [statement]
    if len({ast.dump(_with(ast.Name("_"), *one)) for one in (made, instead)}) > 1:
        return [statement]
    chosen = ast.Name(name())
    return [ast.Assign([chosen], ast.IfExp(statement.test, made[1].func, instead[1].func)), _with(chosen, *made)]


def either(test: ast.expr, first: list[ast.stmt], other: list[ast.stmt]) -> ast.stmt:
    """One of two stretches of code; as one value, if that is all that they assign and one line has room for it.

    >>> tree = ast.parse("x = a + b; x = b").body
    >>> print(ast.unparse(ast.fix_missing_locations(either(ast.Name("deep"), tree[:1], tree[1:]))))
    x = a + b if deep else b
    """
    match first, other:
        case (
            [ast.Assign(targets=[ast.Name(id=text) as target], value=one)],
            [ast.Assign(targets=[ast.Name(id=same)], value=another)],
        ) if text == same:
            found = ast.fix_missing_locations(ast.Assign([target], ast.IfExp(test, one, another)))
            if len(ast.unparse(found)) <= WIDEST:
                return found
    return ast.If(test, first, other)


def returned(before: ast.stmt | None, value: ast.expr) -> ast.stmt | None:
    """What a variable is where a condition may change it, as the value that is returned.

    >>> tree = ast.parse("if self.has_shortcut: out = out + x").body[0]
    >>> print(ast.unparse(returned(tree, ast.Name("out"))))
    return out + x if self.has_shortcut else out
    """
    match before, value:
        case (
            ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=text)], value=changed)], orelse=[]),
            ast.Name(id=same),
        ) if text == same:
            found = ast.Return(ast.IfExp(test, changed, value))
            return found if len(ast.unparse(found)) <= WIDEST else None
    return None


def _made(statements: Sequence[ast.stmt]) -> tuple[ast.Call, ast.Call] | None:
    """The call that puts a module somewhere, if nothing else is done, and the call of a class that makes it."""
    match statements:
        case [ast.Expr(value=ast.Call(args=[*_, ast.Call(func=ast.Name()) as made]) as put)]:
            return put, made
    return None


def _with(made_by: ast.expr, put: ast.Call, made: ast.Call) -> ast.stmt:
    """The statement that puts a module somewhere, made by something else."""
    module = ast.Call(made_by, made.args, made.keywords)
    return ast.Expr(ast.Call(put.func, [*put.args[:-1], module], put.keywords))


def assigned(statements: Sequence[ast.stmt]) -> set[str]:
    """Variables that statements assign, whatever happens."""
    found = [target for one in statements if isinstance(one, ast.Assign) for target in one.targets]
    return {target.id for target in found if isinstance(target, ast.Name)}
