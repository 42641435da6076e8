"""Constructors: how the modules of a class are made and registered."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from archcalc.export.torch import shelves
from archcalc.export.torch.classes import Class, keeps
from archcalc.export.torch.code import Code, Given, mentions_symbols, names_in
from archcalc.export.torch.conditions import Branch, Conditions, are_opposite, owner
from archcalc.export.torch.forms import BY_METHOD
from archcalc.export.torch.making import Maker, Used, attribute, frozen, invoked, path, python_name
from archcalc.export.torch.names import CONTAINER_ATTRIBUTES, DICT_ATTRIBUTES, LISTS, RUNNING, TAKEN, Names, variable
from archcalc.export.torch.parts import AgainPart, Call, CyclePart, GroupPart, LayerPart, Part, is_identity
from archcalc.export.torch.scopes import Unexpressed
from archcalc.expressions.nodes import Not, name_node
from archcalc.spec.names import MODULE_ATTRIBUTES, PRIVATE_ATTRIBUTES


class Constructor(Maker):
    """Writes `__init__` of a class and knows how `forward` gets at what it made."""

    def __init__(self, of: Class, used: Used, write: Callable[[Any], ast.expr]) -> None:
        super().__init__(of, used, write)
        self.base = self._base()
        self.attributes = Names({*_labels(of), *MODULE_ATTRIBUTES, *PRIVATE_ATTRIBUTES, *CONTAINER_ATTRIBUTES})
        self._stateless: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._accessors: dict[tuple[int, int], ast.expr] = {}
        self.shelves = shelves.Shelves(of.parts, self.base, self.named)
        counting = [part.counter[0] for part in of.parts if isinstance(part, CyclePart)]
        self.walking = Names({*TAKEN, *of.inputs, *RUNNING, *LISTS, *counting})
        """Variables with which `forward` walks through lists."""
        self.walked: dict[int, tuple[str, ast.expr]] = {}
        """The variable with which `forward` walks through a list in a loop, and the list, by the loop."""
        self.conditions = Conditions(of.parts)
        self._flags: list[tuple[Code, str]] = []
        """Conditions that `forward` asks for, with the attributes that keep them."""
        self.body: list[ast.stmt] = []
        self._start()

    def _base(self) -> str:
        if self.of.is_sequential:
            return "nn.Sequential"
        if shelves.is_list(self.of.parts):
            return shelves.LIST
        single = [part for part in self.of.parts if not isinstance(part, CyclePart)]
        others = [part for part in single if keeps(part) and owner(part) is None]
        numbered = any(part.label is None or not shelves.first(part.label).isidentifier() for part in others)
        if not numbered:
            return "nn.Module"
        return "nn.Module" if _labels(self.of) & DICT_ATTRIBUTES else "nn.ModuleDict"

    def _start(self) -> None:
        begin = invoked(ast.Attribute(invoked(ast.Name("super")), "__init__"))
        parts = list(self.of.parts)
        if self.of.is_sequential and not self.of.locals:
            # What needs no statement is made right away.
            begin.args.extend(self._beginning(parts))
        self.body.append(ast.Expr(begin))
        for local, code in self.of.locals:
            self.body.append(ast.Assign([ast.Name(local)], self.code(code)))
        if self.of.is_sequential:
            self.body.extend(self._filling(ast.Name("self"), parts))
            return
        before: ast.If | None = None
        for one in self.conditions.ordered(self.of.registration.parts):
            if isinstance(one, Branch):
                before = self._branch(one, before)
            else:
                self.body.extend(self.registered(one))

    # Attributes

    def _branch(self, branch: Branch, before: ast.If | None) -> ast.If | None:
        """Enter what stands behind a condition; returns the statement whose `else` the next branch may be."""
        if branch.opposite is None:
            self._keep_flag(branch)
        # What is made under a condition is nobody else's.
        shared = dict(self._stateless)
        made: list[ast.stmt] = []
        for part in branch.parts:
            statements = self.registered(part)
            if part.serial not in self.conditions.alternatives:
                made.extend(statements)
            elif statements:
                # It is there in any case, behind what is registered in front of it.
                self._behind(branch, made, before)
                made = []
                self.body.extend(statements)
        self._stateless = shared
        return self._behind(branch, made, before)

    def _behind(self, branch: Branch, made: list[ast.stmt], before: ast.If | None) -> ast.If | None:
        """Let statements stand behind the condition of a branch, or behind the `else` of the one in front."""
        if not made:
            return None
        if branch.opposite is not None and before is not None and self.body[-1] is before:
            before.orelse.extend(made)
            return None
        found = ast.If(self.flag(branch), made, [])
        self.body.append(found)
        return found

    def _keep_flag(self, branch: Branch) -> None:
        """Let an attribute keep a condition, unless one does."""
        if isinstance(branch.when, Given):
            return
        if any(branch.when == code or are_opposite(branch.when, code) for code, _ in self._flags):
            return
        name = python_name(branch.when)
        flag = self.attributes.new(name or f"has_{_purpose(branch.parts[-1])}")
        self._flags.append((branch.when, flag))
        self.body.append(ast.Assign([attribute("self", flag)], self.code(branch.when)))

    def drop_flags(self, read: Sequence[ast.stmt]) -> None:
        """Keep no condition that `forward` does not ask for: both of its branches may be the same."""
        asked = {node.attr for one in read for node in ast.walk(one) if isinstance(node, ast.Attribute)}
        kept = {text for _, text in self._flags} - asked
        for one in [one for one in self.body if isinstance(one, ast.Assign)]:
            if isinstance(target := one.targets[0], ast.Attribute) and target.attr in kept:
                self.body.remove(one)

    def flag(self, branch: Branch) -> ast.expr:
        """What tells in `forward` whether the parts of a branch are there."""
        if isinstance(branch.when, Given):
            return self.code(branch.when)
        for code, text in self._flags:
            if code == branch.when:
                return attribute("self", text)
            if are_opposite(code, branch.when):
                return ast.UnaryOp(ast.Not(), attribute("self", text))
        raise AssertionError("every branch has its flag")

    def registered(self, part: Part) -> list[ast.stmt]:
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
        found = self.beside(part)
        modules = [index for index, call in enumerate(part.calls) if call.made.is_module]
        if modules and part.owner is not None:
            self._accessors[(part.serial, modules[-1])] = self._borrowed(part, part.owner.name)
        elif modules and not is_method(part, part.calls[modules[-1]]):
            found.extend(self._entered(part, modules[-1]))
        return found

    def beside(self, part: LayerPart) -> list[ast.stmt]:
        """Statements that make the modules of a layer apart from the one that has its name."""
        modules = [index for index, call in enumerate(part.calls) if call.made.is_module]
        found: list[ast.stmt] = []
        for index in modules[:-1]:
            if not is_method(part, part.calls[index]):
                found.extend(self._enter(part, index, self.unless(part, self._module(part.calls[index])), owns=False))
        return found

    def read(self, part: Part, access: ast.expr) -> None:
        """Let `forward` read the module that has the name of a part in this way."""
        self._accessors[_entry(part)] = access

    def _entered(self, part: Part, index: int) -> list[ast.stmt]:
        """Statements that make the module which has the name of a part, whichever of its alternatives that is."""
        group = self.conditions.alternatives.get(part.serial, [part])
        if part is not group[0]:
            self._accessors[(part.serial, index)] = self._accessors[_entry(group[0])]
            return []
        made = [self.named(one) for one in group]
        inside = [[*one.parts] if isinstance(one, GroupPart) else [] for one in group]
        written = [
            invoked(path("nn.Sequential"), *self._beginning(rest)) if one is None else one
            for one, rest in zip(made, inside, strict=True)
        ]
        whole = self.unless(part, written[0]) if len(group) == 1 else self._choice(group, written)
        found = self._enter(part, index, whole, owns=True)
        for one, expression, rest in zip(group, made, inside, strict=True):
            if expression is None:
                filling = self._filling(self._accessors[(part.serial, index)], rest)
                found.extend(filling if self._is_certain(one) else [ast.If(self._condition(one), filling, [])])
        return found

    def named(self, part: Part) -> ast.expr | None:
        """The module that has the name of a part; None where it takes statements."""
        if not isinstance(part, LayerPart):
            return self._made(part)
        made: ast.expr = self._module([call for call in part.calls if call.made.is_module][-1])
        return made if part.trainable else frozen(made)

    def _choice(self, group: list[Part], made: list[ast.expr]) -> ast.expr:
        """One of several modules that exclude each other."""
        *others, (last, found) = zip(group, made, strict=True)
        if not (len(group) == 2 and are_opposite(*map(_when, group))):
            found = self._either(last, found, invoked(path("nn.Identity")))
        for part, one in reversed(others):
            found = self._either(part, one, found)
        return found

    def _either(self, part: Part, made: ast.expr, otherwise: ast.expr) -> ast.expr:
        """A choice by the condition of a part; without a `not` it reads best."""
        match _when(part):
            case Not(condition):
                return ast.IfExp(self.code(condition), otherwise, made)
        return ast.IfExp(self._condition(part), made, otherwise)

    def _condition(self, part: Part) -> ast.expr:
        return self.code(_when(part))

    def _is_certain(self, part: Part) -> bool:
        """Whether a part is there wherever its statements run."""
        is_alternative = part.serial in self.conditions.alternatives
        return part.when is None or not (is_alternative or self.conditions.is_plain(part))

    def unless(self, part: Part, made: ast.expr) -> ast.expr:
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
        found, self._accessors[(part.serial, index)] = self.shelves.enter(label, made)
        return found

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

    def asked(self, part: Part, code: Code) -> ast.expr:
        """A code that `forward` reads: of its names, those that a loop there counts with stay."""
        counters = {one.counter[0] for one in self.of.parts if isinstance(one, CyclePart)}
        keep = self.kept

        class Attributes(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.expr:
                return node if node.id in counters else keep(part, name_node(node.id), node.id)

        found: ast.expr = Attributes().visit(self.code(code))
        return found

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


def is_method(part: LayerPart, call: Call) -> bool:
    """Whether `forward` calls a method of the tensor in place of a module, which has no name that the spec gives."""
    is_nameless = part.when is None and part.label is None and part.owner is None
    return call.target in BY_METHOD and call.kind is None and is_nameless


def _when(part: Part) -> Code:
    assert part.when is not None
    return part.when


def _entry(part: Part) -> tuple[int, int]:
    """Where the module is found that has the name of a part."""
    calls = part.calls if isinstance(part, LayerPart) else []
    return part.serial, max((index for index, call in enumerate(calls) if call.made.is_module), default=0)


def _word(part: Part) -> str:
    return part.own_name or variable(part.word)


def _purpose(part: Part) -> str:
    """A word for what the parts behind a condition are for: the last of them, or a shortcut if it adds what came in."""
    is_sum = isinstance(part, LayerPart) and part.calls[0].target == "add" and part.first.node.step.name is None
    return "shortcut" if is_sum and any(ref[0] == "input" for ref in part.sources) else _word(part)


def _labels(of: Class) -> set[str]:
    return {shelves.first(item.label) for scope in of.scopes for item in scope.items}
