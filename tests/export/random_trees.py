"""Random syntax trees of the kinds that the exporter builds, without positions and contexts."""

from __future__ import annotations

import ast
from random import Random

SYLLABLES = ("a", "x", "up", "conv", "block", "features", "kernel_size", "out_channels", "classifier_head")
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
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
ONE_LINE = [text for text in STRINGS if "\n" not in text]


def call(function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword] | None = None) -> ast.expr:
    return ast.Call(func=function, args=arguments, keywords=keywords or [])


def attribute(base: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(value=base, attr=name)


class Trees:
    """Draws trees from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)

    def word(self) -> str:
        return "_".join(self.draw.choice(SYLLABLES) for _ in range(self.draw.choice((1, 1, 2, 3))))

    def name(self) -> ast.expr:
        return ast.Name(id=self.word())

    # Values of a constructor

    def constant(self) -> ast.expr:
        draw = self.draw
        if draw.random() < 0.1:
            return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=draw.choice((1, 0.5))))
        value = draw.choice((0, 1, 3, 64, 2048, 0.1, 1e-05, 1e16, True, False, None, draw.choice(STRINGS)))
        return ast.Constant(value=value)

    def value(self, depth: int) -> ast.expr:
        """What a formula of a spec becomes."""
        draw = self.draw
        if depth <= 0:
            return self.constant() if draw.random() < 0.3 else self.name()
        depth -= 1
        kind = draw.randrange(13)
        if kind == 12:
            return ast.Subscript(value=self.name(), slice=self.stretches(depth))
        if kind < 4:
            power = draw.random() < 0.15
            operator = ast.Pow() if power else draw.choice(ARITHMETIC)()
            return ast.BinOp(left=self.value(depth), op=operator, right=self.value(0 if power else depth))
        if kind == 4:
            return ast.UnaryOp(op=draw.choice((ast.Not, ast.USub))(), operand=self.value(depth))
        if kind == 5:
            return ast.BoolOp(op=draw.choice((ast.And, ast.Or))(), values=[self.value(depth), self.value(depth)])
        if kind == 6:
            others = self.values(1, 2, depth)
            return ast.Compare(
                left=self.value(depth), ops=[draw.choice(COMPARISONS)() for _ in others], comparators=others
            )
        if kind == 7:
            return ast.IfExp(test=self.value(depth), body=self.value(depth), orelse=self.value(depth))
        if kind == 8:
            return ast.Subscript(value=self.name(), slice=self.value(depth))
        if kind == 9:
            return call(ast.Name(id=draw.choice(("min", "max", "len", "range"))), self.values(1, 3, depth))
        row = draw.choice((ast.Tuple, ast.List))
        return row(elts=self.values(0, 4, depth))

    def stretches(self, depth: int) -> ast.expr:
        """What stands in the brackets of `x[:, 1:-1, ::2]`."""
        draw = self.draw

        def end() -> ast.expr | None:
            return None if draw.random() < 0.5 else self.value(draw.choice((0, 0, depth)))

        found: list[ast.expr] = [ast.Slice(end(), end(), end()) for _ in range(draw.randint(1, 4))]
        return found[0] if len(found) == 1 else ast.Tuple(elts=found)

    def values(self, least: int, most: int, depth: int) -> list[ast.expr]:
        return [self.value(depth) for _ in range(self.draw.randint(least, most))]

    def keywords(self, depth: int) -> list[ast.keyword]:
        count = self.draw.choice((0, 0, 1, 3))
        return [ast.keyword(arg=f"{self.word()}{number}", value=self.value(depth)) for number in range(count)]

    # Modules

    def module(self, depth: int) -> ast.expr:
        """What makes a module of PyTorch."""
        draw = self.draw
        kind = draw.randrange(8) if depth > 0 else 0
        if kind < 3:
            function = draw.choice((ast.Name(id="Block"), attribute(ast.Name(id="nn"), "Conv2d")))
            return call(function, self.values(0, 3, 1), self.keywords(1))
        depth -= 1
        if kind == 3:
            return call(attribute(self.module(0), "requires_grad_"), [ast.Constant(value=False)])
        if kind == 4:
            identity = call(attribute(ast.Name(id="nn"), "Identity"), [])
            return ast.IfExp(test=self.value(2), body=self.module(depth), orelse=identity)
        if kind == 5:
            pairs = [ast.Tuple(elts=[ast.Constant(value=self.word()), self.module(depth)]) for _ in range(3)]
            ordered = call(ast.Name(id="OrderedDict"), [ast.List(elts=pairs)])
            return call(attribute(ast.Name(id="nn"), "Sequential"), [ordered])
        return call(attribute(ast.Name(id="nn"), "Sequential"), self.modules(depth))

    def modules(self, depth: int) -> list[ast.expr]:
        found = [self.module(depth) for _ in range(self.draw.randint(1, 3))]
        if self.draw.random() < 0.3:
            target, source = self.walk()
            walk = ast.comprehension(target=target, iter=source, ifs=[], is_async=0)
            found.append(ast.Starred(value=ast.ListComp(elt=self.module(depth), generators=[walk])))
        return found

    def walk(self) -> tuple[ast.expr, ast.expr]:
        """Variables of a loop, and what they walk through."""
        lists = self.values(1, 3, 1)
        if len(lists) == 1:
            return self.name(), lists[0]
        strict = ast.keyword(arg="strict", value=ast.Constant(value=True))
        return ast.Tuple(elts=[self.name() for _ in lists]), call(ast.Name(id="zip"), lists, [strict])

    def label(self) -> ast.expr:
        if self.draw.random() < 0.5:
            return ast.Constant(value=self.word())
        fields: list[ast.expr] = []
        for _ in range(self.draw.randint(1, 3)):
            sum_ = ast.BinOp(left=self.name(), op=ast.Add(), right=ast.Constant(value=1))
            text = ast.Constant(value=self.draw.choice(STRINGS[1:]))
            fields += (text, ast.FormattedValue(value=self.draw.choice((self.name(), sum_)), conversion=-1))
        return ast.JoinedStr(values=fields)

    def making(self, depth: int) -> ast.stmt:
        """A statement of a constructor."""
        draw = self.draw
        kind = draw.randrange(10 if depth > 0 else 7)
        if kind < 2:
            return ast.Assign(targets=[self.place()], value=self.module(2))
        if kind == 2:
            return ast.Assign(targets=[self.place()], value=self.value(draw.choice((1, 2, 3))))
        if kind == 3:
            return ast.AugAssign(target=self.name(), op=ast.Add(), value=self.value(2))
        if kind < 7:
            container = draw.choice((ast.Name(id="self"), self.name()))
            method, arguments = draw.choice(
                (
                    ("append", [self.module(1)]),
                    ("extend", [ast.List(elts=self.modules(1))]),
                    ("add_module", [self.label(), self.module(1)]),
                )
            )
            return ast.Expr(value=call(attribute(container, method), arguments))
        if kind == 7:
            target, source = self.walk()
            return ast.For(target=target, iter=source, body=self.block(depth - 1), orelse=[])
        orelse = self.block(depth - 1) if kind == 8 else []
        return ast.If(test=self.value(draw.choice((0, 1, 3))), body=self.block(depth - 1), orelse=orelse)

    def place(self) -> ast.expr:
        kind = self.draw.randrange(6)
        if kind == 0:
            return ast.Subscript(value=ast.Name(id="self"), slice=ast.Constant(value="3"))
        return self.name() if kind == 1 else attribute(ast.Name(id="self"), self.word())

    def block(self, depth: int) -> list[ast.stmt]:
        # An `if` alone behind `else` would be an `elif`, which is not written.
        return [*(self.making(depth) for _ in range(self.draw.randint(0, 2))), self.making(0)]

    # Tensors

    def tensor(self, depth: int) -> ast.expr:
        draw = self.draw
        if depth <= 0:
            return self.name()
        depth -= 1
        kind = draw.randrange(8)
        if kind < 3:
            layers = (attribute(ast.Name(id="self"), self.word()), self.submodule())
            return call(draw.choice(layers), [self.tensor(depth) for _ in range(draw.choice((1, 1, 2)))])
        if kind == 3:
            branches = ast.List(elts=[self.tensor(depth) for _ in range(draw.randint(2, 4))])
            return call(attribute(ast.Name(id="torch"), "cat"), [branches], self.keywords(0))
        if kind == 4:
            function = attribute(attribute(ast.Name(id="nn"), "functional"), self.word())
            return call(function, [self.tensor(depth), *self.values(0, 2, 1)], self.keywords(1))
        if kind == 5:
            result = call(attribute(ast.Name(id="self"), self.word()), [self.tensor(depth)])
            return ast.Subscript(value=result, slice=ast.Constant(value=0))
        operator = draw.choice((ast.Add, ast.Mult, ast.Sub))()
        return ast.BinOp(left=self.tensor(depth), op=operator, right=self.tensor(depth))

    def submodule(self) -> ast.expr:
        if self.draw.random() < 0.5:
            return ast.Subscript(value=ast.Name(id="self"), slice=ast.Constant(value="3"))
        return call(attribute(ast.Name(id="self"), "get_submodule"), [ast.Constant(value=self.word())])

    def running(self) -> ast.stmt:
        """A statement of `forward`."""
        kind = self.draw.randrange(4)
        if kind == 0:
            names = ast.Tuple(elts=[self.name() for _ in range(self.draw.randint(2, 5))])
            return ast.Assign(targets=[names], value=self.tensor(2))
        made = ast.Assign(targets=[self.name()], value=self.tensor(self.draw.choice((1, 2, 3))))
        if kind > 1:
            return made
        return ast.If(test=attribute(ast.Name(id="self"), self.word()), body=[made], orelse=[])

    # Files

    def function(self, name: str, body: list[ast.stmt], returns: ast.expr) -> ast.stmt:
        draw = self.draw
        optional = ast.BinOp(left=ast.Name(id="int"), op=ast.BitOr(), right=self.tuple_of("int"))
        types: tuple[ast.expr, ...] = (ast.Name(id="int"), self.tuple_of("float"), optional)
        given = [
            ast.arg(arg=f"{self.word()}{number}", annotation=draw.choice(types)) for number in range(draw.randint(0, 5))
        ]
        defaults = self.values(0, len(given), 0)
        arguments = ast.arguments(
            posonlyargs=[], args=[ast.arg(arg="self"), *given], kwonlyargs=[], kw_defaults=[], defaults=defaults
        )
        return ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[], returns=returns)

    def tuple_of(self, word: str) -> ast.expr:
        count = self.draw.randint(2, 9)
        return ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[ast.Name(id=word)] * count))

    def network(self) -> ast.stmt:
        draw = self.draw
        first = ast.Expr(value=call(attribute(call(ast.Name(id="super"), []), "__init__"), []))
        made = [self.making(2) for _ in range(draw.randint(0, 4))]
        body: list[ast.stmt] = [self.description(), self.function("__init__", [first, *made], ast.Constant(value=None))]
        if draw.random() < 0.7:
            several = draw.random() < 0.4
            result = ast.Tuple(elts=[self.tensor(1) for _ in range(draw.randint(2, 5))]) if several else self.tensor(3)
            run = [*(self.running() for _ in range(draw.randint(0, 4))), ast.Return(value=result)]
            body.append(self.function("forward", run, self.tuple_of("Tensor") if several else ast.Name(id="Tensor")))
        bases = [attribute(ast.Name(id="nn"), "Module")]
        return ast.ClassDef(name="Net", bases=bases, keywords=[], body=body, decorator_list=[])

    def description(self) -> ast.stmt:
        lines = [self.draw.choice(ONE_LINE) for _ in range(self.draw.randint(0, 2))]
        return ast.Expr(value=ast.Constant(value="\n".join(["First.", *lines, "Last."] if lines else ["First."])))

    def module_of_networks(self) -> ast.Module:
        names = [ast.alias(name="Tensor"), ast.alias(name="nn")]
        imports: list[ast.stmt] = [
            ast.ImportFrom(module="collections", names=[ast.alias(name="OrderedDict")], level=0),
            ast.Import(names=[ast.alias(name="torch")]),
            ast.ImportFrom(module="torch", names=names, level=0),
        ]
        networks = [self.network() for _ in range(self.draw.randint(1, 3))]
        return ast.Module(body=[self.description(), *imports, *networks], type_ignores=[])
