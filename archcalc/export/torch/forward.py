"""`forward`: calls in the order of the graph, nested where that reads well, with as few variables as possible."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from archcalc.export.torch import library
from archcalc.export.torch.choices import returned
from archcalc.export.torch.classes import Class
from archcalc.export.torch.code import Code, sizes_in
from archcalc.export.torch.conditions import Branch
from archcalc.export.torch.construct import Constructor, is_method
from archcalc.export.torch.forms import REARRANGING, form_of
from archcalc.export.torch.making import invoked
from archcalc.export.torch.measures import Measures
from archcalc.export.torch.names import TAKEN, Names, variable
from archcalc.export.torch.parts import Call, ClassPart, LayerPart, Part, Ref, is_identity
from archcalc.export.torch.python import python
from archcalc.export.torch.scopes import LISTED, Scope
from archcalc.export.torch.tensors import TENSOR
from archcalc.expressions.nodes import Constant
from archcalc.layers.base import Batch

WIDEST = 66
"""Characters of an expression that may still be put into another one."""
CHAINED = 45
"""Characters of an expression of which a method may still be called in the same line."""
DEEPEST = 3

RUNNING = ("x", "out", "y", "z")
"""Variables for what has no name of its own."""

ITEMS = Constant(Batch.ITEMS)
LEARNED = ("weight", "embedding")
"""What tensors of layers are for that readers look for: of such layers one stands in a line."""


class Pending(NamedTuple):
    """An expression that is not evaluated yet: it stands for a tensor with one reader."""

    ref: Ref
    tree: ast.expr
    variables: frozenset[str]
    width: int
    depth: int
    heavy: bool


class Forward:
    """Writes the statements of `forward`."""

    def __init__(self, of: Class, constructor: Constructor, inputs: list[str], returns: Sequence[Ref]) -> None:
        self.of = of
        self.constructor = constructor
        self.returns = list(returns)
        self.body: list[ast.stmt] = []
        self.names = Names({*TAKEN, *inputs, *RUNNING, *library.names()})
        self.variables: dict[Ref, str] = {("input", index): text for index, text in enumerate(inputs)}
        self.positions = {part.serial: index for index, part in enumerate(of.parts)}
        self.tensors = {
            (part.serial, "tensor"): access
            for part in of.parts
            if isinstance(part, LayerPart) and part.is_tensor and (access := constructor.accessor(part)) is not None
        }
        """Tensors of the class, which are read as they are."""
        self.measures = Measures(constructor.conditions.order)
        self.pending: list[Pending] = []
        self.left: dict[Ref, int] = {}
        self.readers: dict[Ref, list[int]] = {}
        self._count()
        self._passed: list[ast.stmt] = []
        """Statements that keep what passes where the parts of a branch are absent."""
        self._kept_apart: set[str] = set()
        """Variables of what passes where the parts of a branch are absent: inside nobody else takes them."""
        for one in constructor.conditions.order:
            self._unpack(one)
            if isinstance(one, Branch):
                self._branch(one)
            elif one.serial not in constructor.conditions.skipped:
                self._part(one)
        self._return()

    def _reads(self, part: Part) -> list[Ref]:
        if not isinstance(part, LayerPart):
            return list(part.sources)
        calls = [*part.calls, *part.views]
        reads = [ref for call in calls for ref in call.reads if ref is not None and ref not in self.tensors]
        return [*reads, *self.measures.inline(part)]

    def _count(self) -> None:
        conditions = self.constructor.conditions
        read = [
            (ref, part.serial)
            for part in self.of.parts
            if part.serial not in conditions.skipped
            for ref in self._reads(part)
        ]
        read.extend(self.measures.reads)
        # What passes is read only for what is handed on from behind a condition; that is found from the last one up.
        read.extend((ref, -1) for ref in self.returns)
        self._enter_readers(read)
        for one in reversed(conditions.order):
            if isinstance(one, Branch):
                passed = [(one.passing(part), part.serial) for part in one.parts if self._leaves(one, part) is not None]
                self._enter_readers(passed)

    def _enter_readers(self, read: list[tuple[Ref, int]]) -> None:
        for ref, serial in read:
            self.left[ref] = self.left.get(ref, 0) + 1
            self.readers[ref] = sorted([*self.readers.get(ref, ()), serial], key=lambda one: one if one >= 0 else inf)

    # Sizes

    def _unpack(self, one: Part | Branch) -> None:
        """Name the sizes of tensors that are needed from here on: `B, H, W, C = x.shape`."""
        for ref in self.measures.before.get(id(one), ()):
            if ref not in self.variables:
                self._flush()
            self.body.append(self.measures.unpacked(ref, self.names, self.variables))
            self.left[ref] -= 1

    # Parts

    def _part(self, part: Part) -> None:
        measured = self.measures.inline(part)
        if any(ref not in self.variables for ref in measured):
            self._flush()
        self._written(part)
        for ref in measured:
            self.left[ref] -= 1

    def _written(self, part: Part) -> None:
        if self._is_alias(part):
            self._alias(part)
        elif isinstance(part, LayerPart):
            self._layer(part)
        else:
            self._module(part)

    def _module(self, part: Part) -> None:
        access = self.constructor.accessor(part)
        assert access is not None
        arguments, used = self._take(part.sources, heavy=True)
        outputs: list[Ref] = [(part.serial, index) for index in range(len(part.first.outputs))]
        self._give(part, outputs, ast.Call(access, arguments, []), used, heavy=True)

    def _layer(self, part: LayerPart) -> None:
        if part.first.layer.inputs == 0 and not part.is_tensor:
            # Its batch is the size of a tensor, which is no expression to be put in there.
            self._flush()
        heavy = _stands_alone(part)
        results: list[Ref] = []
        for index, call in enumerate(part.calls):
            if call.target == TENSOR:
                continue
            if _repeats(call):
                self._flush()
            last = index == len(part.calls) - 1
            several = sum(ref is None for ref in call.reads)
            taken = iter(results[len(results) - several :])
            del results[len(results) - several :]
            refs = [next(taken) if ref is None else ref for ref in call.reads]
            widest = CHAINED if call.target.startswith("Tensor.") else WIDEST
            arguments, used = self._take(refs, heavy=heavy and call.made.is_module, widest=widest)
            tree = self._call(part, index, call, arguments)
            if last:
                outputs: list[Ref] = [(part.serial, port) for port in range(len(part.first.node.outputs))]
                if call.gives_indices:
                    outputs.append((part.serial, "indices"))
                self._give(part, outputs, tree, used, heavy=heavy or part.first.layer.is_merge)
            else:
                inner: Ref = (part.serial, "call", index)
                self.left[inner] = 1
                self.readers[inner] = [part.serial]
                self.pending.append(_pending(inner, tree, used, heavy))
                results.append(inner)
        self._views(part)

    def _views(self, part: LayerPart) -> None:
        """The forms in which others read a learned map, behind what its own calls give."""
        first = 0 if part.calls[-1].target == TENSOR else len(part.first.node.outputs)
        for port, view in enumerate(part.views, start=first):
            if _repeats(view):
                self._flush()
            arguments, used = self._take([ref for ref in view.reads if ref is not None], heavy=False)
            self._give(part, [(part.serial, port)], self._method(part, view, arguments), used, heavy=False)

    def _method(self, part: Part, call: Call, arguments: list[ast.expr]) -> ast.expr:
        """A call of a method of the first tensor; as many as the batch has items is the length of the last."""
        several = invoked(ast.Name("len"), arguments[-1])
        given = [several if code == ITEMS else self._kept(part, code, "size") for code in call.arguments]
        return ast.Call(ast.Attribute(arguments[0], call.target.removeprefix("Tensor.")), given, [])

    def _is_alias(self, part: Part) -> bool:
        """Whether a part is another name of what it reads, and no module."""
        return is_identity(part) and self.constructor.accessor(part) is None

    def _alias_of(self, ref: Ref) -> str | None:
        """The name that an identity gives to what it alone reads."""
        serials = {*self.readers.get(ref, ())}
        found = [self.of.parts[self.positions[serial]] for serial in serials if serial in self.positions]
        if len(serials) != 1 or not found or found[0].own_name is None or not self._is_alias(found[0]):
            return None
        return _word(found[0])

    def _name_of(self, ref: Ref) -> str | None:
        """A name for one of several outputs: that which an identity gives to it, or its role for its only reader."""
        return self._alias_of(ref) or self._role_of(ref)

    def _role_of(self, ref: Ref) -> str | None:
        (serial, *others) = {*self.readers.get(ref, ())} or {-1}
        reader = self.of.parts[self.positions[serial]] if serial in self.positions and not others else None
        if not isinstance(reader, LayerPart):
            return None
        reads = max((call.reads for call in reader.calls), key=len)
        return dict(zip(reads, reader.first.layer.roles, strict=False)).get(ref)

    def _alias(self, part: Part) -> None:
        """An identity: its output is its input under another name."""
        source, ref = part.sources[0], (part.serial, 0)
        if self.pending and self.pending[-1].ref == source and self.left[source] == 1 and self.left.get(ref, 0):
            self.pending[-1] = self.pending[-1]._replace(ref=ref)
            return
        self._flush()
        self.variables[ref] = self.variables[source]
        self.left[source] -= 1

    def _call(self, part: LayerPart, index: int, call: Call, arguments: list[ast.expr]) -> ast.expr:
        tree: ast.expr
        if part.first.layer.inputs == 0 and not part.is_tensor:
            arguments = [invoked(ast.Name("len"), *arguments)]
        if is_method(part, call):
            method, implied = REARRANGING[call.target]
            given = [self._kept(part, code, "size") for code in call.arguments or map(Constant, implied)]
            tree = ast.Call(ast.Attribute(arguments[0], method), given, [])
        elif call.made.is_module:
            access = self.constructor.accessor(part, index)
            assert access is not None
            options = {key: self._kept(part, Constant(value), key) for key, value in call.made.options.items()}
            tree = invoked(access, *arguments, **options)
        elif call.target.startswith("Tensor.") and form_of(call.target, len(arguments)) is None:
            tree = self._method(part, call, arguments)
        else:
            tree = self._function(part, call, arguments)
        if part.first.layer.gives_list and len(part.first.outputs) == 1 and call is part.calls[-1]:
            tree = ast.Subscript(tree, ast.Constant(0))
        if call.made.result is not None:
            tree = ast.Subscript(tree, ast.Constant(call.made.result))
        return tree

    def _function(self, part: LayerPart, call: Call, reads: list[ast.expr]) -> ast.expr:
        wanted = "padding" if call.target.endswith("pad") else "size"
        arguments = [self._kept(part, code, wanted) for code in call.arguments]
        options = [(key, Constant(value)) for key, value in call.made.options.items()]
        keywords = {key: self._kept(part, code, key) for key, code in (*call.keywords, *options)}
        form = form_of(call.target, len(reads))
        if form is not None:
            return form(reads, arguments, keywords)
        if call.target in LISTED:
            reads = [ast.List(reads)]
        return ast.Call(
            self.constructor.used.target(call.target),
            [*reads, *arguments],
            [ast.keyword(key, value) for key, value in keywords.items()],
        )

    def _kept(self, part: Part, code: Code, wanted: str) -> ast.expr:
        """A value that is read: what the constructor knows, and the sizes of tensors."""
        if not sizes_in(code):
            return self.constructor.kept(part, code, wanted)
        self.constructor.used.functions(code)

        def known(inner: Code) -> ast.expr | None:
            if not sizes_in(inner) and not isinstance(inner, Constant):
                return self.constructor.kept(part, inner, wanted)
            return self.measures.size(inner, self.variables)

        return python(code, lambda value: self.constructor.kept(part, Constant(value), wanted), known)

    def _branch(self, branch: Branch) -> None:
        """Parts behind `if`: where they are absent, the tensors that pass keep their variables."""
        self._flush()
        targets = {ref: self._keeps(branch, part) for part in branch.parts if (ref := self._leaves(branch, part))}
        outside, self.body = self.body, []
        self._kept_apart |= set(targets.values())
        for part in branch.parts:
            self._unpack(part)
            self._part(part)
            if (ref := self._leaves(branch, part)) is not None:
                self._flush(target=targets[ref])
                if self.variables[ref] != targets[ref]:
                    self.body.append(ast.Assign([ast.Name(targets[ref])], ast.Name(self.variables[ref])))
                    self.variables[ref] = targets[ref]
        self._flush()
        self._kept_apart -= set(targets.values())
        inside, self.body = self.body, outside
        before = self.body[-1] if self.body else None
        if branch.opposite is not None and isinstance(before, ast.If):
            self._otherwise(before, inside)
        else:
            self.body.append(ast.If(self.constructor.flag(branch), inside, []))

    def _otherwise(self, before: ast.If, inside: list[ast.stmt]) -> None:
        """Put statements behind the `else` of the `if` before: what would have passed is then assigned either way."""
        del self.body[-1]
        assigned = _targets(before.body) & _targets(inside)
        while self.body and self.body[-1] in self._passed and _targets(self.body[-1:]) <= assigned:
            del self.body[-1]
        if [ast.dump(one) for one in before.body] == [ast.dump(one) for one in inside]:
            self.body.extend(inside)
        else:
            self.body.append(ast.If(before.test, before.body, inside))

    def _leaves(self, branch: Branch, part: Part) -> Ref | None:
        """What a part behind a condition hands to others than those behind it, too."""
        inside = {one.serial for one in branch.parts}
        ref: Ref = (part.serial, 0)
        return ref if any(reader not in inside for reader in self.readers.get(ref, ())) else None

    def _keeps(self, branch: Branch, part: Part) -> str:
        """The variable that has the output of a part, and holds before what passes without it."""
        passes = branch.passing(part)
        self.left[passes] -= 1
        if self.left[passes] <= sum(ref == passes for one in branch.parts for ref in self._reads(one)):
            return self.variables[passes]
        target = self._running() or self.names.new("out")
        holds = ast.Assign([ast.Name(target)], ast.Name(self.variables[passes]))
        self._passed.append(holds)
        self.body.append(holds)
        return target

    # Expressions

    def _take(self, refs: Sequence[Ref], *, heavy: bool, widest: int = WIDEST) -> tuple[list[ast.expr], list[Pending]]:
        """Trees for what a call reads. What is pending goes into the call if it is evaluated in the same order."""
        wanted = [ref for ref in refs if ref not in self.variables and ref not in self.tensors]
        tail = self.pending[len(self.pending) - len(wanted) :] if wanted else []
        fits = [one.ref for one in tail] == wanted and all(self.left[ref] == 1 for ref in wanted)
        several = len(refs) > 1
        width = sum(one.width for one in tail)
        if fits and (
            any(one.depth >= DEEPEST for one in tail)
            or (width > widest and not several)
            or (heavy and any(one.heavy for one in tail))
        ):
            fits = False
        if not fits:
            self._flush()
            tail = []
        used = {one.ref: one for one in tail}
        if tail:
            del self.pending[len(self.pending) - len(tail) :]
        arguments: list[ast.expr] = []
        for ref in refs:
            if ref in self.tensors:
                arguments.append(self.tensors[ref])
                continue
            self.left[ref] -= 1
            arguments.append(used[ref].tree if ref in used else ast.Name(self.variables[ref]))
        rest = [
            Pending(ref, ast.Name(self.variables[ref]), frozenset((self.variables[ref],)), 1, 0, False)
            for ref in refs
            if ref not in used and ref not in self.tensors
        ]
        return arguments, [*tail, *rest]

    def _give(self, part: Part, outputs: list[Ref], tree: ast.expr, used: list[Pending], *, heavy: bool) -> None:
        if len(outputs) == 1:
            one = _pending(outputs[0], tree, used, heavy)
            if self.left.get(one.ref, 0) == 0:
                self._flush(reading=one.variables)
                self.body.append(ast.Assign([ast.Name("_")], tree))
            elif self.left[one.ref] == 1:
                self.pending.append(one)
            else:
                self.pending.append(one)
                self._flush()
            return
        self._flush(reading=_pending(outputs[0], tree, used, heavy).variables)
        targets: list[ast.expr] = []
        for index, ref in enumerate(outputs):
            if self.left.get(ref, 0) == 0:
                targets.append(ast.Name("_"))
                continue
            own = f"{_word(part)}_indices" if ref[1] == "indices" else self._name_of(ref) or _own_name(part, index)
            flows = index == 0 and own is None and not isinstance(part, LayerPart)
            text = self._running() if flows else None
            wanted = own or (_word(part) if index == 0 else f"{_word(part)}_{index + 1}")
            self.variables[ref] = text or self.names.new(wanted)
            targets.append(ast.Name(self.variables[ref]))
        self.body.append(ast.Assign([ast.Tuple(targets)], tree))

    def _flush(self, target: str | None = None, reading: frozenset[str] = frozenset()) -> None:
        """Assign everything that is pending to variables, in order; what comes next reads some that must stay."""
        while self.pending:
            one = self.pending.pop(0)
            text = target if target is not None and not self.pending else self._variable(one.ref, reading)
            self.variables[one.ref] = text
            self.body.append(ast.Assign([ast.Name(text)], one.tree))

    def _live(self, reading: frozenset[str]) -> set[str]:
        """Variables that somebody still reads."""
        self.variables = {ref: text for ref, text in self.variables.items() if self.left.get(ref, 0) > 0}
        live = reading | set(self.variables.values()) | self._kept_apart
        for one in self.pending:
            live |= one.variables
        return set(live)

    def _running(self, reading: frozenset[str] = frozenset()) -> str | None:
        """The variable of the main path, if it is free."""
        live = self._live(reading)
        return next((text for text in RUNNING if text not in live), None)

    def _variable(self, ref: Ref, reading: frozenset[str]) -> str:
        part = self.of.parts[self.positions[ref[0]]] if ref[0] in self.positions else None
        following = self.readers.get(ref, [])
        waits = part is not None and bool(following) and not self._is_next(part, following[0])
        lasting = len(set(following)) > 1 or waits or (-1 in following and len(self.returns) > 1)
        named = part is not None and part.own_name is not None
        if lasting and named and part is not None and len(ref) == 2:
            word = _word(part)
            if word not in self.variables.values():
                return self.names.new(word)
        if lasting and not named and part is not None and (entered := self._entered(following)) is not None:
            return self.names.new(entered)
        running = self._running(reading)
        if running is not None:
            return running
        return self.names.new("y" if part is None else _word(part))

    def _entered(self, following: list[int]) -> str | None:
        """A name for what enters a pool that is undone later: it is read again, for its size."""
        for serial in following:
            reader = self.of.parts[self.positions[serial]] if serial in self.positions else None
            if isinstance(reader, LayerPart) and reader.first.gives_indices and reader.label is not None:
                return f"{_word(reader)}_input"
        return None

    def _is_next(self, part: Part, reader: int) -> bool:
        index = self.positions[part.serial]
        return index + 1 == len(self.of.parts) or self.of.parts[index + 1].serial == reader

    def _return(self) -> None:
        wanted = [ref for ref in self.returns if ref not in self.variables]
        if [one.ref for one in self.pending] != wanted or any(self.left[ref] != 1 for ref in wanted):
            self._flush()
        used = {one.ref: one.tree for one in self.pending}
        self.pending.clear()
        values = [used[ref] if ref in used else ast.Name(self.variables[ref]) for ref in self.returns]
        before = self.body[-1] if self.body else None
        match values, before:
            case [ast.Name(id=text)], ast.Assign(targets=[ast.Name(id=same)], value=value) if text == same:
                self.body[-1] = ast.Return(value)
            case [value], _ if (choice := returned(before, value)) is not None:
                self.body[-1] = choice
            case _:
                self.body.append(ast.Return(values[0] if len(values) == 1 else ast.Tuple(values)))


def _targets(statements: Sequence[ast.stmt]) -> set[str]:
    """Variables that statements assign, whatever happens."""
    assigned = [target for one in statements if isinstance(one, ast.Assign) for target in one.targets]
    return {target.id for target in assigned if isinstance(target, ast.Name)}


def _stands_alone(part: LayerPart) -> bool:
    """Whether a layer begins a line: one that readers look for, unless it is just a learned tensor among operands."""
    tensors = part.first.node.facts.weights if part.first.layer.inputs != 0 else ()
    return any(tensor.role in LEARNED for tensor in tensors)


def _repeats(call: Call) -> bool:
    """Whether a call needs the size of the batch, which a variable tells."""
    return ITEMS in call.arguments


def _pending(ref: Ref, tree: ast.expr, used: Sequence[Pending], heavy: bool) -> Pending:
    variables: frozenset[str] = frozenset().union(*(one.variables for one in used)) if used else frozenset()
    width = len(ast.unparse(tree))
    depth = 1 + max((one.depth for one in used), default=0)
    return Pending(ref, tree, variables, width, depth, heavy or any(one.heavy for one in used))


def _own_name(part: Part, index: int) -> str | None:
    """A name for one of several outputs: that of the part inside which makes it, or its number in a list."""
    if _is_list(part):
        return f"{_word(part)}_{index}"
    if isinstance(part, ClassPart):
        made = next((inner for inner in part.template.parts if inner.serial == part.template.returns[index][0]), None)
        if made is not None and made.own_name is not None:
            return f"{_word(part)}_{variable(made.own_name)}"
    return None


def _is_list(part: Part) -> bool:
    """Whether a part writes a list of maps, whose entries the spec counts from 0."""
    if isinstance(part, LayerPart):
        return bool(part.first.layer.gives_list)
    return isinstance(part.first, Scope) and isinstance(part.first.module.output, tuple)


def _word(part: Part) -> str:
    return variable(part.word)
