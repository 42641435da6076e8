"""Random syntax trees of the kind that the exporter builds, without positions and contexts."""

from __future__ import annotations

import ast
from random import Random

SYLLABLES = ("a", "x", "up", "conv", "block", "features", "kernel_size", "out_channels", "self", "classifier_head")
STRINGS = (
    "",
    "relu",
    "it's",
    'say "hi"',
    "both ' and \" here",
    "three \"\"\" quotes '''",
    "back\\slash\\",
    "new\nline\ttab\r",
    "\x00\x1b[31m\x7f",
    "\ud800 lone",
    "\u202ebidi\u2066",
    "Größe 卷积 \u0301 é",
    "{braces}",
    "a longer text that is hardly ever on one line with something else",
)
BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.BitOr, ast.BitAnd)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)


class Trees:
    """Draws trees from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)

    def name(self) -> str:
        return "_".join(
            self.draw.choice(SYLLABLES[:-2] + SYLLABLES[-1:]) for _ in range(self.draw.choice((1, 1, 2, 3)))
        )

    def constant(self) -> ast.expr:
        draw = self.draw
        value = draw.choice((0, 1, 3, 64, 2048, 0.1, 1e-05, 1e16, True, False, None, draw.choice(STRINGS)))
        if draw.random() < 0.1:
            return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=draw.choice((1, 0.5))))
        return ast.Constant(value=value)

    def several(self, least: int, most: int, depth: int) -> list[ast.expr]:
        return [self.expression(depth) for _ in range(self.draw.randint(least, most))]

    def target(self) -> ast.expr:
        if self.draw.random() < 0.3:
            return ast.Tuple(elts=[ast.Name(id=self.name()) for _ in range(self.draw.randint(1, 4))])
        return ast.Name(id=self.name())

    def generators(self, depth: int) -> list[ast.comprehension]:
        return [
            ast.comprehension(
                target=self.target(),
                iter=self.expression(depth),
                ifs=self.several(0, self.draw.choice((0, 1, 2)), depth),
                is_async=0,
            )
            for _ in range(self.draw.choice((1, 1, 2)))
        ]

    def slice(self, depth: int) -> ast.expr:
        kind = self.draw.randrange(4)
        if kind == 0:
            bounds = [self.expression(depth) if self.draw.random() < 0.4 else None for _ in range(3)]
            return ast.Slice(lower=bounds[0], upper=bounds[1], step=bounds[2])
        return self.expression(depth)

    def call(self, depth: int) -> ast.expr:
        draw = self.draw
        if draw.random() < 0.1:
            generator = ast.GeneratorExp(elt=self.expression(depth), generators=self.generators(depth))
            return ast.Call(func=self.primary(depth), args=[generator], keywords=[])
        arguments = self.several(0, 4, depth)
        if draw.random() < 0.1:
            arguments.append(self.interpolated())
        if draw.random() < 0.2:
            arguments.append(ast.Starred(value=self.expression(depth)))
        keywords = [
            ast.keyword(arg=self.name(), value=self.expression(depth)) for _ in range(draw.choice((0, 0, 1, 3)))
        ]
        for position, keyword in enumerate(keywords):
            keyword.arg = f"{keyword.arg}{position}"
        return ast.Call(func=self.primary(depth), args=arguments, keywords=keywords)

    def primary(self, depth: int) -> ast.expr:
        kind = self.draw.random()
        if depth <= 0 or kind < 0.35:
            return ast.Name(id=self.name())
        if kind < 0.7:
            return ast.Attribute(value=self.primary(depth - 1), attr=self.name())
        if kind < 0.85:
            return self.call(depth - 1)
        if kind < 0.95:
            return self.subscript(depth - 1)
        return self.expression(depth - 1)

    def subscript(self, depth: int) -> ast.expr:
        if self.draw.random() < 0.3:
            inner: ast.expr = ast.Tuple(elts=[self.slice(depth) for _ in range(self.draw.randint(2, 3))])
        else:
            inner = self.slice(depth)
        return ast.Subscript(value=self.primary(depth), slice=inner)

    def interpolated(self) -> ast.expr:
        parts: list[ast.expr] = []
        for _ in range(self.draw.randint(1, 3)):
            parts.append(ast.Constant(value=self.draw.choice(STRINGS[1:])))
            field = self.draw.choice((ast.Name(id=self.name()), ast.Attribute(value=ast.Name(id="self"), attr="name")))
            spec = ast.JoinedStr(values=[ast.Constant(value=">10")]) if self.draw.random() < 0.3 else None
            parts.append(ast.FormattedValue(value=field, conversion=self.draw.choice((-1, 114)), format_spec=spec))
        return ast.JoinedStr(values=parts)

    def expression(self, depth: int) -> ast.expr:
        draw = self.draw
        if depth <= 0:
            return draw.choice((self.constant, lambda: ast.Name(id=self.name()), lambda: self.primary(1)))()
        depth -= 1
        kind = draw.randrange(21)
        if kind < 6:
            return self.call(depth)
        if kind < 8:
            return self.primary(depth + 1)
        if kind == 8:
            return self.subscript(depth)
        if kind == 9:
            return ast.List(elts=self.several(0, 5, depth))
        if kind == 10:
            return ast.Tuple(elts=self.several(0, 4, depth))
        if kind == 11:
            keys: list[ast.expr | None] = list(self.several(0, 3, 0))
            return ast.Dict(keys=keys, values=[self.expression(depth) for _ in keys])
        if kind == 12:
            return ast.ListComp(elt=self.expression(depth), generators=self.generators(depth))
        if kind == 13:
            return ast.GeneratorExp(elt=self.expression(depth), generators=self.generators(depth))
        if kind < 17:
            return ast.BinOp(left=self.expression(depth), op=draw.choice(BINARY)(), right=self.expression(depth))
        if kind == 17:
            operator = draw.choice((ast.Not, ast.USub, ast.Invert))()
            return ast.UnaryOp(op=operator, operand=self.expression(depth))
        if kind == 18:
            return ast.BoolOp(op=draw.choice((ast.And, ast.Or))(), values=self.several(2, 3, depth))
        if kind == 19:
            comparators = self.several(1, 2, depth)
            operators = [draw.choice(COMPARISONS)() for _ in comparators]
            return ast.Compare(left=self.expression(depth), ops=operators, comparators=comparators)
        test, body, orelse = (self.expression(depth) for _ in range(3))
        return ast.IfExp(test=test, body=body, orelse=orelse)

    def place(self) -> ast.expr:
        kind = self.draw.randrange(4)
        if kind == 0:
            return ast.Attribute(value=ast.Name(id="self"), attr=self.name())
        if kind == 1:
            return ast.Subscript(value=ast.Name(id=self.name()), slice=self.expression(1))
        return self.target()

    def statement(self, depth: int) -> ast.stmt:
        draw = self.draw
        value = self.expression(draw.choice((1, 2, 2, 3)))
        kind = draw.randrange(14 if depth > 0 else 9)
        if kind < 4:
            targets = [self.place()] if draw.random() < 0.9 else [ast.Name(id="first"), self.target()]
            return ast.Assign(targets=targets, value=value)
        if kind == 4:
            if isinstance(value, ast.Constant):
                value = self.call(1)
            return ast.Expr(value=value)
        if kind == 5:
            return ast.Return(value=draw.choice((value, value, value, None)))
        if kind == 6:
            target, annotation = ast.Name(id=self.name()), draw.choice((ast.Name(id="int"), self.primary(2)))
            return ast.AnnAssign(
                target=target, annotation=annotation, value=draw.choice((value, value, None)), simple=1
            )
        if kind == 7:
            place = self.place()
            target = ast.Name(id="total") if isinstance(place, ast.Tuple) else place
            return ast.AugAssign(target=target, op=draw.choice(BINARY)(), value=value)
        if kind == 8:
            return ast.Raise(exc=value, cause=None)
        if kind == 9:
            orelse = self.block(depth - 1) if draw.random() < 0.6 else []
            return ast.If(test=value, body=self.block(depth - 1), orelse=orelse)
        if kind == 10:
            return ast.For(target=self.target(), iter=value, body=self.block(depth - 1), orelse=[])
        if kind == 11:
            bases = [self.primary(2) for _ in range(draw.choice((0, 1, 1, 3)))]
            body = [*self.description(), *self.block(depth - 1)]
            return ast.ClassDef(name=self.name(), bases=bases, keywords=[], body=body, decorator_list=[])
        count = draw.randint(0, 5)
        arguments = [
            ast.arg(arg=f"{self.name()}{position}", annotation=self.primary(2) if draw.random() < 0.6 else None)
            for position in range(count)
        ]
        defaults = self.several(0, count, 1)
        returns = self.primary(2) if draw.random() < 0.5 else None
        return ast.FunctionDef(
            name=self.name(),
            args=ast.arguments(posonlyargs=[], args=arguments, kwonlyargs=[], kw_defaults=[], defaults=defaults),
            body=[*self.description(), *self.block(depth - 1)],
            decorator_list=[],
            returns=returns,
        )

    def description(self) -> list[ast.stmt]:
        if self.draw.random() < 0.5:
            return []
        text = self.draw.choice(("", "\n", "\n\n    ", " ")).join(
            self.draw.choice(STRINGS) for _ in range(self.draw.randint(1, 3))
        )
        return [ast.Expr(value=ast.Constant(value=text))]

    def block(self, depth: int) -> list[ast.stmt]:
        return [self.statement(depth) for _ in range(self.draw.randint(1, 3))] or [ast.Pass()]

    def module(self) -> ast.Module:
        imports: list[ast.stmt] = []
        if self.draw.random() < 0.4:
            imports.append(ast.Import(names=[ast.alias(name="math")]))
        if self.draw.random() < 0.4:
            names = [ast.alias(name=self.name()) for _ in range(self.draw.randint(1, 5))]
            imports.append(ast.ImportFrom(module="torch.nn", names=names, level=0))
        body = [*self.description(), *imports, *(self.statement(2) for _ in range(self.draw.randint(1, 4)))]
        return ast.Module(body=body, type_ignores=[])
