"""Constructors: how the modules of a class are made and registered."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from archcalc.export.torch.classes import Class, keeps
from archcalc.export.torch.code import Code, Row, mentions_symbols, names_in, replaced, variable_of
from archcalc.export.torch.conditions import Branch, Conditions, are_opposite, owner
from archcalc.export.torch.names import CONTAINER_ATTRIBUTES, DICT_ATTRIBUTES, Names, variable
from archcalc.export.torch.parts import AgainPart, Call, ClassPart, GroupPart, LayerPart, LoopPart, Part, is_identity
from archcalc.export.torch.python import python
from archcalc.export.torch.scopes import Unexpressed
from archcalc.export.torch.tensors import TENSOR
from archcalc.expressions import nodes as tree
from archcalc.expressions.nodes import Arithmetic, Constant, name_node
from archcalc.spec.names import MODULE_ATTRIBUTES, PRIVATE_ATTRIBUTES


def attribute(base: str, *path: str) -> ast.expr:
    """`base.a.b`"""
    found: ast.expr = ast.Name(base)
    for part in path:
        found = ast.Attribute(found, part)
    return found


def invoked(function: ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`function(arguments, keyword=value)`"""
    return ast.Call(function, list(arguments), [ast.keyword(key, value) for key, value in keywords.items()])


def path(dotted: str) -> ast.expr:
    """A dotted name."""
    first, *others = dotted.split(".")
    return attribute(first, *others)


class Used:
    """What a module needs besides its classes: names to import and definitions to supply."""

    def __init__(self) -> None:
        self.torch = False
        self.math = False
        self.ordered = False
        self.supplied: dict[str, None] = {}

    def functions(self, code: Code) -> None:
        """Note the functions that a code calls."""
        called = {part.name for part in code.walk() if isinstance(part, tree.Call)}
        if "divisible" in called:
            self.supplied.setdefault("divisible")
        self.math = self.math or not called.isdisjoint(("floor", "ceil", "round"))

    def target(self, dotted: str) -> ast.expr:
        """The function or class of a call, noted as used."""
        if dotted.startswith("supplied."):
            self.supplied.setdefault(dotted.removeprefix("supplied."))
            return ast.Name(dotted.removeprefix("supplied."))
        if dotted.startswith("nn."):
            return path(dotted)
        self.torch = True
        return path(f"torch.{dotted}")


class Constructor:
    """Writes `__init__` of a class and knows how `forward` gets at what it made."""

    def __init__(self, of: Class, used: Used, write: Callable[[Any], ast.expr]) -> None:
        self.of = of
        self.used = used
        self.write = write
        """Writes a value that may hold symbols."""
        self.base = self._base()
        self.attributes = Names({*_labels(of), *MODULE_ATTRIBUTES, *PRIVATE_ATTRIBUTES, *CONTAINER_ATTRIBUTES})
        self._stateless: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._accessors: dict[tuple[int, int], ast.expr] = {}
        self.conditions = Conditions(of.parts)
        self._flags: list[tuple[Code, str]] = []
        """Conditions that `forward` asks for, with the attributes that keep them."""
        self.body: list[ast.stmt] = []
        self._variables = Names(
            {parameter.name for parameter in of.parameters} | {local for local, _ in of.locals} | {"self"}
        )
        self._start()

    def _base(self) -> str:
        if self.of.is_sequential:
            return "nn.Sequential"
        numbered = any(
            keeps(part) and (part.label is None or not str(part.label).isidentifier()) and owner(part) is None
            for part in self.of.parts
        )
        if not numbered:
            return "nn.Module"
        return "nn.Module" if _labels(self.of) & DICT_ATTRIBUTES else "nn.ModuleDict"

    def code(self, code: Code) -> ast.expr:
        """A code as Python."""
        self.used.functions(code)
        return python(replaced(code, self.of.aliases) if self.of.aliases else code, self.write)

    def _start(self) -> None:
        begin = invoked(ast.Attribute(invoked(ast.Name("super")), "__init__"))
        parts = list(self.of.parts)
        if self.of.is_sequential and not self.of.locals:
            # What needs no statement is made right away.
            while parts and parts[0].label is None and (item := self._expression(parts[0])) is not None:
                begin.args.append(item)
                parts.pop(0)
        self.body.append(ast.Expr(begin))
        for local, code in self.of.locals:
            self.body.append(ast.Assign([ast.Name(local)], self.code(code)))
        if self.of.is_sequential:
            self.body.extend(self._filling(ast.Name("self"), parts))
            return
        before: ast.If | None = None
        for one in self.conditions.order:
            if isinstance(one, Branch):
                before = self._branch(one, before)
            else:
                self.body.extend(self._registered(one))

    # Expressions that make a module

    def _expression(self, part: Part) -> ast.expr | None:
        """What makes a part, as one expression; None where it takes statements."""
        if part.when is not None:
            return None
        return self._made(part)

    def _made(self, part: Part) -> ast.expr | None:
        made: ast.expr | None
        if isinstance(part, LayerPart):
            made = self._module(part.calls[0])
        elif isinstance(part, ClassPart):
            made = self._instance(part)
        elif isinstance(part, GroupPart):
            made = self._sequential(part)
        else:
            assert isinstance(part, LoopPart)
            return self._comprehension(part)
        return _frozen(made) if made is not None and not part.trainable else made

    def _module(self, call: Call) -> ast.expr:
        if call.target == TENSOR:
            return self._tensor(call)
        made = invoked(self.used.target(call.target), *(self.code(argument) for argument in call.arguments))
        made.keywords = [ast.keyword(keyword, self.code(code)) for keyword, code in call.keywords]
        if call.gives_indices:
            made.keywords.append(ast.keyword("return_indices", ast.Constant(True)))
        return made

    def _tensor(self, call: Call) -> ast.expr:
        """`nn.Parameter` of a tensor of one value, or of small random numbers."""
        sizes = [self.code(argument) for argument in call.arguments]
        self.used.torch = True
        initial = next((self.code(code) for _, code in call.keywords), None)
        if initial is None:
            numbers: ast.expr = ast.BinOp(ast.Constant(0.02), ast.Mult(), invoked(path("torch.randn"), *sizes))
        elif ast.dump(initial) in (ast.dump(ast.Constant(0)), ast.dump(ast.Constant(1))):
            numbers = invoked(path("torch.zeros" if ast.unparse(initial) == "0" else "torch.ones"), *sizes)
        else:
            numbers = ast.BinOp(initial, ast.Mult(), invoked(path("torch.ones"), *sizes))
        return invoked(path(TENSOR), numbers)

    def _instance(self, part: ClassPart) -> ast.expr:
        made = invoked(ast.Name(part.template.name))
        given = [one for one, _ in part.arguments if one.name not in part.template.defaults and one.kind != "channels"]
        for parameter, code in part.arguments:
            if parameter.name not in part.template.defaults:
                if len(given) > 2 and parameter in given[1:]:
                    # A row of numbers does not read well.
                    made.keywords.append(ast.keyword(parameter.name, self.code(code)))
                else:
                    made.args.append(self.code(code))
            elif code != Constant(part.template.defaults[parameter.name]):
                made.keywords.append(ast.keyword(parameter.name, self.code(code)))
        return made

    def _sequential(self, part: GroupPart) -> ast.expr | None:
        items = [self._expression(inner) for inner in part.parts]
        if any(item is None for item in items):
            return None
        made = [item for item in items if item is not None]
        if all(inner.label is None for inner in part.parts):
            return invoked(path("nn.Sequential"), *made)
        pairs: list[ast.expr] = []
        for index, (inner, item) in enumerate(zip(part.parts, made, strict=True)):
            if isinstance(inner, LoopPart) or isinstance(inner.label, Row):
                return None
            label = str(index) if inner.label is None else inner.label
            pairs.append(ast.Tuple([ast.Constant(label), item]))
        self.used.ordered = True
        return invoked(path("nn.Sequential"), invoked(ast.Name("OrderedDict"), ast.List(pairs)))

    def _comprehension(self, part: LoopPart) -> ast.expr | None:
        """`*[Unit(64) for _ in range(3)]`, for a loop with a single module in its body."""
        if part.start is not None or len(part.parts) != 1:
            return None
        (inner,) = part.parts
        if inner.label is not None or isinstance(inner, LoopPart):
            return None
        made = self._expression(inner)
        if made is None:
            return None
        target, iterable = self._walk(part)
        return ast.Starred(ast.ListComp(made, [ast.comprehension(target, iterable, [], 0)]))

    def _walk(self, part: LoopPart) -> tuple[ast.expr, ast.expr]:
        """Variables of a loop, and what they walk through."""
        if not part.variables:
            return ast.Name("_"), invoked(ast.Name("range"), self.code(part.count))
        lists = [self._list(code) for _, code in part.variables]
        names: list[ast.expr] = [ast.Name(text) for text, _ in part.variables]
        if len(lists) == 1:
            return names[0], lists[0]
        return ast.Tuple(names), invoked(ast.Name("zip"), *lists, strict=ast.Constant(True))

    def _list(self, code: Code) -> ast.expr:
        written = self.code(code)
        return ast.List(written.elts) if isinstance(written, ast.Tuple) else written

    # Statements that fill a container

    def _filling(self, container: ast.expr, parts: list[Part]) -> list[ast.stmt]:
        """Statements that put parts into an `nn.Sequential`, one behind the other."""
        found: list[ast.stmt] = []
        waiting: list[ast.expr] = []
        conditional: tuple[Code, ast.If] | None = None

        def flush() -> None:
            if len(waiting) == 1 and not isinstance(waiting[0], ast.Starred):
                found.append(ast.Expr(invoked(ast.Attribute(container, "append"), waiting[0])))
            elif waiting:
                found.append(ast.Expr(invoked(ast.Attribute(container, "extend"), ast.List(list(waiting)))))
            waiting.clear()

        for part in parts:
            item = self._expression(part)
            if item is not None and part.label is None:
                waiting.append(item)
                continue
            flush()
            statements = self._loop(container, part) if isinstance(part, LoopPart) else self._placed(container, part)
            if part.when is None:
                found.extend(statements)
            elif conditional is not None and conditional[0] == part.when and found[-1] is conditional[1]:
                conditional[1].body.extend(statements)
            elif conditional is not None and are_opposite(conditional[0], part.when) and found[-1] is conditional[1]:
                conditional[1].orelse.extend(statements)
            else:
                conditional = (part.when, ast.If(self.code(part.when), statements, []))
                found.append(conditional[1])
        flush()
        return found

    def _placed(self, container: ast.expr, part: Part) -> list[ast.stmt]:
        made = self._made(part)
        before: list[ast.stmt] = []
        if made is None:
            assert isinstance(part, GroupPart)
            label = part.label if isinstance(part.label, str) else "group"
            inner = ast.Name(self._variables.new(variable(label, "group")))
            before = [ast.Assign([inner], invoked(path("nn.Sequential"))), *self._filling(inner, part.parts)]
            made = inner if part.trainable else _frozen(inner)
        if part.label is None:
            return [*before, ast.Expr(invoked(ast.Attribute(container, "append"), made))]
        return [*before, ast.Expr(invoked(ast.Attribute(container, "add_module"), self._text(part.label), made))]

    def _text(self, label: Row | str) -> ast.expr:
        if isinstance(label, str):
            return ast.Constant(label)
        return ast.JoinedStr(
            [
                ast.Constant(piece.value) if isinstance(piece, Constant) else ast.FormattedValue(self.code(piece), -1)
                for piece in label.items
            ]
        )

    def _loop(self, container: ast.expr, part: LoopPart) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        body = self._filling(container, part.parts)
        if part.start is not None:
            running, before = part.start
            written = name_node(running)
            if python_name(before) != python_name(written):
                found.append(ast.Assign([python(written)], self.code(before)))
            assert part.update is not None
            if python_name(part.update) != python_name(written):
                body.append(_changed(running, part.update, self.code))
        target, iterable = self._walk(part)
        found.append(ast.For(target, iterable, body, []))
        return found

    # Attributes

    def _branch(self, branch: Branch, before: ast.If | None) -> ast.If | None:
        """Enter what stands behind a condition; returns the statement whose `else` the next branch may be."""
        if branch.opposite is None:
            self._keep_flag(branch)
        # What is made under a condition is nobody else's.
        shared = dict(self._stateless)
        made: list[ast.stmt] = []
        for part in branch.parts:
            statements = self._registered(part)
            (self.body if part.serial in self.conditions.alternatives else made).extend(statements)
        self._stateless = shared
        if branch.opposite is not None and before is not None and self.body[-1] is before:
            before.orelse.extend(made)
            return None
        if not made:
            return None
        found = ast.If(self.flag(branch), made, [])
        self.body.append(found)
        return found

    def _keep_flag(self, branch: Branch) -> None:
        """Let an attribute keep a condition, unless one does."""
        if any(branch.when == code or are_opposite(branch.when, code) for code, _ in self._flags):
            return
        name = python_name(branch.when)
        flag = self.attributes.new(name or f"has_{_word(branch.parts[-1])}")
        self._flags.append((branch.when, flag))
        self.body.append(ast.Assign([attribute("self", flag)], self.code(branch.when)))

    def flag(self, branch: Branch) -> ast.expr:
        """What tells in `forward` whether the parts of a branch are there."""
        for code, text in self._flags:
            if code == branch.when:
                return attribute("self", text)
            if are_opposite(code, branch.when):
                return ast.UnaryOp(ast.Not(), attribute("self", text))
        raise AssertionError("every branch has its flag")

    def _registered(self, part: Part) -> list[ast.stmt]:
        """Statements that make the modules of a part."""
        if isinstance(part, AgainPart):
            self._accessors[(part.serial, 0)] = self._borrowed(part, part.first.owner.prefix[:-1])
            return []
        if is_identity(part) and part.serial not in self.conditions.alternatives:
            return []
        if isinstance(part, LayerPart):
            return self._registered_calls(part)
        return self._entered(part, 0)

    def _registered_calls(self, part: LayerPart) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        modules = [index for index, call in enumerate(part.calls) if call.made.is_module]
        for index in modules:
            if index != modules[-1]:
                found.extend(self._enter(part, index, self._unless(part, self._module(part.calls[index])), owns=False))
            elif part.owner is not None:
                self._accessors[(part.serial, index)] = self._borrowed(part, part.owner.name)
            else:
                found.extend(self._entered(part, index))
        return found

    def _entered(self, part: Part, index: int) -> list[ast.stmt]:
        """Statements that make the module which has the name of a part, whichever of its alternatives that is."""
        group = self.conditions.alternatives.get(part.serial, [part])
        if part is not group[0]:
            self._accessors[(part.serial, index)] = self._accessors[_entry(group[0])]
            return []
        made = [self._named(one) for one in group]
        written = [invoked(path("nn.Sequential")) if one is None else one for one in made]
        whole = self._unless(part, written[0]) if len(group) == 1 else self._choice(group, written)
        found = self._enter(part, index, whole, owns=True)
        for one, expression in zip(group, made, strict=True):
            if expression is None:
                assert isinstance(one, GroupPart)
                filling = self._filling(self._accessors[(part.serial, index)], one.parts)
                found.extend(filling if self._is_certain(one) else [ast.If(self._condition(one), filling, [])])
        return found

    def _named(self, part: Part) -> ast.expr | None:
        """The module that has the name of a part; None where it takes statements."""
        if not isinstance(part, LayerPart):
            return self._made(part)
        made: ast.expr = self._module([call for call in part.calls if call.made.is_module][-1])
        return made if part.trainable else _frozen(made)

    def _choice(self, group: list[Part], made: list[ast.expr]) -> ast.expr:
        """One of several modules that exclude each other."""
        *others, (last, found) = zip(group, made, strict=True)
        if not (len(group) == 2 and are_opposite(*map(_when, group))):
            found = self._either(last, found, invoked(path("nn.Identity")))
        for part, one in reversed(others):
            found = self._either(part, one, found)
        return found

    def _either(self, part: Part, made: ast.expr, otherwise: ast.expr) -> ast.expr:
        return ast.IfExp(self._condition(part), made, otherwise)

    def _condition(self, part: Part) -> ast.expr:
        return self.code(_when(part))

    def _is_certain(self, part: Part) -> bool:
        """Whether a part is there wherever its statements run."""
        is_alternative = part.serial in self.conditions.alternatives
        return part.when is None or not (is_alternative or self.conditions.is_plain(part))

    def _unless(self, part: Part, made: ast.expr) -> ast.expr:
        """The identity stands where a part is absent, since its value passes."""
        return made if self._is_certain(part) else self._either(part, made, invoked(path("nn.Identity")))

    def _enter(self, part: Part, index: int, made: ast.expr, owns: bool) -> list[ast.stmt]:
        label = part.label if owns and isinstance(part.label, str) else None
        if label is None and owns and keeps(part):
            label = part.first.label
        if label is None:
            text = ast.dump(made)
            known = self._stateless.get(text)
            if known is not None:
                self._accessors[(part.serial, index)] = attribute("self", known)
                return []
            if isinstance(part, LayerPart) and not owns:
                label = self.attributes.new(variable(part.calls[index].target.rpartition(".")[2], "module"))
            else:
                label = self.attributes.new(_word(part))
            self._stateless[text] = label
        if label.isidentifier():
            place = self._accessors[(part.serial, index)] = attribute("self", label)
            return [ast.Assign([place], made)]
        if self.base == "nn.ModuleDict":
            place = self._accessors[(part.serial, index)] = ast.Subscript(ast.Name("self"), ast.Constant(label))
            return [ast.Assign([place], made)]
        self._accessors[(part.serial, index)] = invoked(attribute("self", "get_submodule"), ast.Constant(label))
        return [ast.Expr(invoked(attribute("self", "add_module"), ast.Constant(label), made))]

    def kept(self, part: Part, code: Code, wanted: str) -> ast.expr:
        """A value that `forward` reads: a number as it is; what the constructor is given becomes an attribute."""
        if not names_in(code) and not mentions_symbols(code):
            return self.code(code)
        written = self.code(code)
        text = ast.dump(written)
        if text not in self._kept:
            word = python_name(code) or f"{_word(part)}_{wanted}"
            self._kept[text] = self.attributes.new(word)
            self.body.append(ast.Assign([attribute("self", self._kept[text])], written))
        return attribute("self", self._kept[text])

    def _borrowed(self, part: Part, owner: str) -> ast.expr:
        """The module of another part, by its path from here."""
        prefix = self.of.first.module.prefix
        node = part.first.node if isinstance(part, LayerPart) else next(part.first.leaves()).node
        if not owner.startswith(prefix):
            raise Unexpressed(node, f"{node.name} uses parameters of {owner}, which its module does not hold")
        inside = owner.removeprefix(prefix)
        pieces = inside.split(".")
        is_reached = len(pieces) == 1 or (isinstance(part, LayerPart) and part.is_tensor)
        if is_reached and all(piece.isidentifier() for piece in pieces):
            return attribute("self", *pieces)
        return invoked(attribute("self", "get_submodule"), ast.Constant(inside))

    def accessor(self, part: Part, index: int = 0) -> ast.expr | None:
        """How `forward` reads a module; None for an identity, which is not kept."""
        return self._accessors.get((part.serial, index))


def _frozen(made: ast.expr) -> ast.expr:
    """What is made, without a gradient."""
    if isinstance(made, ast.Call) and ast.unparse(made.func) == TENSOR:
        return invoked(made.func, *made.args, requires_grad=ast.Constant(False))
    return invoked(ast.Attribute(made, "requires_grad_"), ast.Constant(False))


def _when(part: Part) -> Code:
    assert part.when is not None
    return part.when


def _entry(part: Part) -> tuple[int, int]:
    """Where the module is found that has the name of a part."""
    calls = part.calls if isinstance(part, LayerPart) else []
    return part.serial, max((index for index, call in enumerate(calls) if call.made.is_module), default=0)


def _word(part: Part) -> str:
    return part.own_name or variable(part.word)


def _labels(of: Class) -> set[str]:
    return {item.label for scope in of.scopes for item in scope.items}


def python_name(code: Code) -> str | None:
    """The variable that a code is, as it is written."""
    text = variable_of(code)
    return None if text is None else text.partition("#")[0]


def _changed(running: str, after: Code, write: Callable[[Code], ast.expr]) -> ast.stmt:
    variable = name_node(running)
    match after:
        case Arithmetic("+", before, more) if before == variable:
            # A variable is a name in Python, which the type of `python` does not say.
            return ast.AugAssign(python(variable), ast.Add(), write(more))  # type: ignore[arg-type]
    return ast.Assign([python(variable)], write(after))
