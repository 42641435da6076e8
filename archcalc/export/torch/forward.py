"""`forward`: calls in the order of the graph, nested where that reads well, with as few variables as possible."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from math import inf

from archcalc.export.torch import library
from archcalc.export.torch.choices import assigned, either, returned
from archcalc.export.torch.classes import Class
from archcalc.export.torch.code import Code, sizes_in
from archcalc.export.torch.conditions import Branch
from archcalc.export.torch.construct import Constructor, is_method
from archcalc.export.torch.cycles import reads_of
from archcalc.export.torch.forms import BY_METHOD, form_of, total
from archcalc.export.torch.making import invoked
from archcalc.export.torch.measures import Measures
from archcalc.export.torch.names import LISTS, RUNNING, TAKEN, Names
from archcalc.export.torch.parts import Call, ClassPart, CyclePart, LayerPart, Part, is_identity, with_inner
from archcalc.export.torch.pending import Pending, pending_of
from archcalc.export.torch.python import python
from archcalc.export.torch.reading import Reading, gives_list, own_name, word_of
from archcalc.export.torch.refs import NOTHING, WHOLE, All, Entry, Listed, Ref, bases
from archcalc.export.torch.scopes import LISTED
from archcalc.export.torch.tensors import TENSORS
from archcalc.expressions.nodes import Constant
from archcalc.layers.base import Batch

WIDEST = 66
"""Characters of an expression that may still be put into another one."""
CHAINED = 45
"""Characters of an expression of which a method may still be called in the same line."""
DEEPEST = 3

ITEMS = Constant(Batch.ITEMS)
LEARNED = ("weight", "embedding")
"""What tensors of layers are for that readers look for: of such layers one stands in a line."""


class Forward:
    """Writes the statements of `forward`."""

    def __init__(self, of: Class, constructor: Constructor, inputs: list[str], returns: Sequence[Ref]) -> None:
        self.of = of
        self.constructor = constructor
        self.returns = list(returns)
        self.body: list[ast.stmt] = []
        walking = [text for text, _ in constructor.walked.values()]
        counting = [part.counter[0] for part in of.parts if isinstance(part, CyclePart)]
        self.names = Names({*TAKEN, *inputs, *RUNNING, *LISTS, *library.names(), *walking, *counting})
        self.variables: dict[Ref, str] = {("input", index): text for index, text in enumerate(inputs)}
        self.parts = list(with_inner(of.parts))
        """The parts of the class, and those of its loops."""
        self.tensors = {
            (part.serial, "tensor"): access
            for part in self.parts
            if isinstance(part, LayerPart) and part.is_tensor and (access := constructor.accessor(part)) is not None
        }
        """Tensors of the class, which are read as they are."""
        self.measures = Measures(constructor.conditions.order)
        self.pending: list[Pending] = []
        self.left: dict[Ref, int] = {}
        self.readers: dict[Ref, list[int]] = {}
        self.reading = Reading(self.parts, self.readers)
        self._count()
        self.lists = {ref[0] for ref in self.left if ref[-1] == WHOLE}
        """Layers that give a list which is kept as one."""
        self.becoming: dict[Ref, Ref] = {}
        """What runs along in the loop that is written, by what it is after a turn."""
        self._passed: list[ast.stmt] = []
        """Statements that keep what passes where the parts of a branch are absent."""
        self.kept_apart: set[str] = set()
        """Variables of what passes where the parts of a branch are absent: inside nobody else takes them."""
        for one in constructor.conditions.order:
            if isinstance(one, Branch):
                self.unpack(one)
                self._branch(one)
            elif one.serial not in constructor.conditions.skipped:
                self.write(one)
        self._return()

    def _reads(self, part: Part) -> list[Ref]:
        read = [base for ref in reads_of(part) for base in bases(ref) if base not in self.tensors]
        return [*read, *self.measures.inline(part)]

    def _count(self) -> None:
        conditions = self.constructor.conditions
        read = [
            (ref, part.serial)
            for part in self.parts
            if part.serial not in conditions.skipped
            for ref in self._reads(part)
        ]
        read.extend(self.measures.reads)
        # What a loop reads anew in every turn must stay, and what it keeps or carries on is read at the end of a turn.
        for part in self.parts:
            if isinstance(part, CyclePart):
                inside = {one.serial for one in part.parts}
                own = {*inside, part.serial}
                read = [(ref, serial) for ref, serial in read if serial not in inside or ref[0] in own]
                read.extend((ref, part.serial) for ref in (*part.kept, *(one.update for one in part.carried)))
        # What passes is read only for what is handed on from behind a condition; that is found from the last one up.
        read.extend((base, -1) for ref in self.returns for base in bases(ref))
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

    def unpack(self, one: Part | Branch) -> None:
        """Name the sizes of tensors that are needed from here on: `B, H, W, C = x.shape`."""
        for ref in self.measures.before.get(id(one), ()):
            if ref not in self.variables:
                self.flush()
            self.body.append(self.measures.unpacked(ref, self.names, self.variables))
            self.left[ref] -= 1

    # Parts

    def write(self, part: Part) -> None:
        """Add what a part does, with names for the sizes that it needs."""
        self.unpack(part)
        measured = self.measures.inline(part)
        if any(ref not in self.variables for ref in measured):
            self.flush()
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
        arguments, used = self.take(part.sources, heavy=True)
        if isinstance(part, ClassPart):
            arguments = self._given(part, arguments)
        outputs: list[Ref] = [(part.serial, index) for index in range(len(part.first.outputs))]
        self.give(part, outputs, ast.Call(access, arguments, []), used, heavy=True)

    def _given(self, part: ClassPart, arguments: list[ast.expr]) -> list[ast.expr]:
        """The tensors that an instance is given, each where there is one."""
        found = [
            given if code is None else ast.IfExp(self.constructor.asked(part, code), given, ast.Constant(None))
            for given, code in zip(arguments, part.passed, strict=True)
        ]
        while isinstance(last := found[-1], ast.Constant) and last.value is None:
            found.pop()
        return found

    def _layer(self, part: LayerPart) -> None:
        if part.first.layer.inputs == 0 and not part.is_tensor:
            # Its batch is the size of a tensor, which is no expression to be put in there.
            self.flush()
        heavy = _stands_alone(part)
        results: list[Ref] = []
        for index, call in enumerate(part.calls):
            if call.target in TENSORS:
                continue
            if _repeats(call) or (call.target not in LISTED and any(isinstance(ref, All) for ref in call.reads)):
                self.flush()
            last = index == len(part.calls) - 1
            several = sum(ref is None for ref in call.reads)
            taken = iter(results[len(results) - several :])
            del results[len(results) - several :]
            refs = [next(taken) if ref is None else ref for ref in call.reads]
            widest = CHAINED if call.target.startswith("Tensor.") else WIDEST
            arguments, used = self.take(refs, heavy=heavy and call.made.is_module, widest=widest)
            tree = self._call(part, index, call, arguments)
            if last:
                outputs: list[Ref] = [(part.serial, port) for port in range(len(part.first.node.outputs))]
                if part.serial in self.lists:
                    outputs = [(part.serial, WHOLE)]
                if call.gives_indices:
                    outputs.append((part.serial, "indices"))
                self.give(part, outputs, tree, used, heavy=heavy or part.first.layer.is_merge)
            else:
                inner: Ref = (part.serial, "call", index)
                self.left[inner] = 1
                self.readers[inner] = [part.serial]
                self.pending.append(pending_of(inner, tree, used, heavy and call.made.is_module))
                results.append(inner)
        self._views(part)

    def _views(self, part: LayerPart) -> None:
        """The forms in which others read a constant map, behind what its own calls give."""
        first = 0 if part.calls[-1].target in TENSORS else len(part.first.node.outputs)
        for port, view in enumerate(part.views, start=first):
            if _repeats(view):
                self.flush()
            arguments, used = self.take([ref for ref in view.reads if ref is not None], heavy=False)
            self.give(part, [(part.serial, port)], self._method(part, view, arguments), used, heavy=False)

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
        part = self.reading.alone(ref)
        return word_of(part) if part is not None and part.own_name is not None and self._is_alias(part) else None

    def _name_of(self, ref: Ref) -> str | None:
        """A name for one of several outputs: that which an identity gives to it, or its role for its only reader."""
        return self._alias_of(ref) or self.reading.role(ref)

    def _alias(self, part: Part) -> None:
        """An identity: its output is its input under another name."""
        source, ref = part.sources[0], (part.serial, 0)
        if self.pending and self.pending[-1].ref == source and self.left[source] == 1 and self.left.get(ref, 0):
            self.pending[-1] = self.pending[-1]._replace(ref=ref)
            return
        self.flush()
        self.variables[ref] = self.variables[source]
        self.left[source] -= 1

    def _call(self, part: LayerPart, index: int, call: Call, arguments: list[ast.expr]) -> ast.expr:
        tree: ast.expr
        if part.first.layer.inputs == 0 and not part.is_tensor:
            arguments = [invoked(ast.Name("len"), *arguments)]
        if is_method(part, call):
            method, implied = BY_METHOD[call.target]
            given = [self._kept(part, code, "size") for code in call.arguments or map(Constant, implied)]
            named = [ast.keyword(key, self._kept(part, code, key)) for key, code in call.keywords]
            tree = ast.Call(ast.Attribute(arguments[0], method), given, named)
        elif call.made.is_module:
            access = self.constructor.accessor(part, index)
            assert access is not None
            options = {key: self._kept(part, Constant(value), key) for key, value in call.made.options.items()}
            tree = invoked(access, *arguments, **options)
        elif call.target.startswith("Tensor.") and form_of(call.target, len(arguments)) is None:
            tree = self._method(part, call, arguments)
        else:
            tree = self._function(part, call, arguments)
        is_single = len(part.first.outputs) == 1 and part.serial not in self.lists
        if part.first.layer.gives_list and is_single and call is part.calls[-1]:
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
        if any(isinstance(read, ast.Starred) for read in reads) and call.target not in LISTED:
            return total(reads)
        if call.target in LISTED:
            match reads:
                case [ast.Starred(value=whole)]:
                    reads = [whole]
                case _:
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
        self.flush()
        targets = {ref: self._keeps(branch, part) for part in branch.parts if (ref := self._leaves(branch, part))}
        outside, self.body = self.body, []
        self.kept_apart |= set(targets.values())
        for part in branch.parts:
            self.write(part)
            if (ref := self._leaves(branch, part)) is not None:
                self.flush(target=targets[ref])
                if self.variables[ref] != targets[ref]:
                    self.body.append(ast.Assign([ast.Name(targets[ref])], ast.Name(self.variables[ref])))
                    self.variables[ref] = targets[ref]
        self.flush()
        self.kept_apart -= set(targets.values())
        inside, self.body = self.body, outside
        before = self.body[-1] if self.body else None
        if branch.opposite is not None and isinstance(before, ast.If):
            self._otherwise(before, inside)
        else:
            self.body.append(ast.If(self.constructor.flag(branch), inside, []))

    def _otherwise(self, before: ast.If, inside: list[ast.stmt]) -> None:
        """Put statements behind the `else` of the `if` before: what would have passed is then assigned either way."""
        del self.body[-1]
        always = assigned(before.body) & assigned(inside)
        while self.body and self.body[-1] in self._passed and assigned(self.body[-1:]) <= always:
            del self.body[-1]
        if [ast.dump(one) for one in before.body] == [ast.dump(one) for one in inside]:
            self.body.extend(inside)
        else:
            self.body.append(either(before.test, before.body, inside))

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
        target = self.running() or self.names.new("out")
        holds = ast.Assign([ast.Name(target)], ast.Name(self.variables[passes]))
        self._passed.append(holds)
        self.body.append(holds)
        return target

    # Expressions

    def take(self, refs: Sequence[Ref], *, heavy: bool, widest: int = WIDEST) -> tuple[list[ast.expr], list[Pending]]:
        """Trees for what a call reads. What is pending goes into the call if it is evaluated in the same order."""
        read = [base for ref in refs for base in bases(self._spelled(ref)) if base not in self.tensors]
        wanted = [ref for ref in read if ref not in self.variables]
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
            self.flush()
            tail = []
        used = {one.ref: one for one in tail}
        if tail:
            del self.pending[len(self.pending) - len(tail) :]
        arguments = [self._read(ref, used) for ref in refs]
        for ref in read:
            self.left[ref] -= 1
        rest = [
            Pending(ref, ast.Name(self.variables[ref]), frozenset((self.variables[ref],)), 1, 0, False)
            for ref in read
            if ref not in used
        ]
        return arguments, [*tail, *rest]

    def _read(self, ref: Ref, used: Mapping[Ref, Pending]) -> ast.expr:
        """A tensor, an entry of a list, a list or all of its entries, as they are written."""
        match self._spelled(ref):
            case Entry(of, number):
                return ast.Subscript(self._read(of, used), python(number))
            case Listed(refs):
                return ast.List([self._read(one, used) for one in refs])
            case All(of):
                return ast.Starred(self._read(of, used))
        if ref == NOTHING:
            return ast.Constant(None)
        if ref in self.tensors:
            return self.tensors[ref]
        return used[ref].tree if ref in used else ast.Name(self.variables[ref])

    def _spelled(self, ref: Ref) -> Ref:
        """A ref, or the entry of a list that it is where that is kept as one."""
        if ref[0] in self.lists and ref.__class__ is tuple and isinstance(ref[1], int):
            return Entry((ref[0], WHOLE), Constant(ref[1]))
        return ref

    def give(self, part: Part, outputs: list[Ref], tree: ast.expr, used: list[Pending], *, heavy: bool) -> None:
        """Let what an expression gives stand for outputs of a part."""
        if len(outputs) == 1:
            one = pending_of(outputs[0], tree, used, heavy)
            if self.left.get(one.ref, 0) == 0:
                self.flush(reading=one.variables)
                self.body.append(ast.Assign([ast.Name("_")], tree))
            elif self.left[one.ref] == 1:
                self.pending.append(one)
            else:
                self.pending.append(one)
                self.flush()
            return
        self.flush(reading=pending_of(outputs[0], tree, used, heavy).variables)
        targets: list[ast.expr] = []
        for index, ref in enumerate(outputs):
            if self.left.get(ref, 0) == 0:
                targets.append(ast.Name("_"))
                continue
            own = f"{word_of(part)}_indices" if ref[1] == "indices" else self._name_of(ref) or own_name(part, index)
            flows = index == 0 and own is None and not isinstance(part, LayerPart)
            text = self.running() if flows else None
            wanted = own or (word_of(part) if index == 0 else f"{word_of(part)}_{index + 1}")
            self.variables[ref] = self._carried_on(ref) or text or self.names.new(wanted)
            targets.append(ast.Name(self.variables[ref]))
        self.body.append(ast.Assign([ast.Tuple(targets)], tree))

    def flush(self, target: str | None = None, reading: frozenset[str] = frozenset()) -> None:
        """Assign everything that is pending to variables, in order; what comes next reads some that must stay."""
        while self.pending:
            self._assign_first(target, reading)

    def _assign_first(self, target: str | None = None, reading: frozenset[str] = frozenset()) -> None:
        one = self.pending.pop(0)
        text = target if target is not None and not self.pending else self._variable(one.ref, reading)
        self.variables[one.ref] = text
        self.body.append(ast.Assign([ast.Name(text)], one.tree))

    def _live(self, reading: frozenset[str]) -> set[str]:
        """Variables that somebody still reads."""
        carried = self.becoming.values()
        self.variables = {
            ref: text for ref, text in self.variables.items() if self.left.get(ref, 0) > 0 or ref in carried
        }
        live = reading | set(self.variables.values()) | self.kept_apart
        for one in self.pending:
            live |= one.variables
        return set(live)

    def running(self, reading: frozenset[str] = frozenset()) -> str | None:
        """The variable of the main path, if it is free."""
        live = self._live(reading)
        return next((text for text in RUNNING if text not in live), None)

    def running_list(self) -> str:
        """A free variable for a list of tensors."""
        live = self._live(frozenset())
        return next((text for text in LISTS if text not in live), None) or self.names.new(LISTS[0])

    def _carried_on(self, ref: Ref) -> str | None:
        """The variable that runs along in a loop, for what it is after the turn, once the turn has read it."""
        running = self.becoming.get(ref)
        return self.variables[running] if running is not None and self.left.get(running, 0) == 0 else None

    def _variable(self, ref: Ref, reading: frozenset[str]) -> str:
        if (running_on := self._carried_on(ref)) is not None:
            return running_on
        part = self.reading.part(ref[0])
        if part is not None and gives_list(part, ref):
            named = isinstance(part, LayerPart) and part.own_name is not None
            return self.names.new(word_of(part)) if named else self.running_list()
        following = self.readers.get(ref, [])
        waits = part is not None and bool(following) and not self.reading.is_next(part, following[0])
        lasting = len(set(following)) > 1 or waits or (-1 in following and len(self.returns) > 1)
        named = part is not None and part.own_name is not None
        if lasting and named and part is not None and len(ref) == 2:
            word = word_of(part)
            if word not in self.variables.values():
                return self.names.new(word)
        if lasting and not named and part is not None and (entered := self.reading.entered(following)) is not None:
            return self.names.new(entered)
        running = self.running(reading)
        if running is not None:
            return running
        return self.names.new("y" if part is None else word_of(part))

    def _are_returned(self, wanted: Sequence[Ref]) -> bool:
        """Whether all that is pending can stand in the `return`, where it is evaluated in the same order."""
        waiting = [one.ref for one in self.pending]
        return [ref for ref in wanted if ref in waiting] == waiting and all(self.left[ref] == 1 for ref in waiting)

    def _return(self) -> None:
        wanted = [base for ref in self.returns for base in bases(self._spelled(ref))]
        while self.pending and not self._are_returned(wanted):
            self._assign_first()
        used = {one.ref: one for one in self.pending}
        self.pending.clear()
        values = [self._read(ref, used) for ref in self.returns]
        before = self.body[-1] if self.body else None
        match values, before:
            case [ast.Name(id=text)], ast.Assign(targets=[ast.Name(id=same)], value=value) if text == same:
                self.body[-1] = ast.Return(value)
            case [value], _ if (choice := returned(before, value)) is not None:
                self.body[-1] = choice
            case _:
                self.body.append(ast.Return(values[0] if len(values) == 1 else ast.Tuple(values)))


def _stands_alone(part: LayerPart) -> bool:
    """Whether a layer begins a line: one that readers look for, unless it is just a learned tensor among operands."""
    tensors = part.first.node.facts.weights if part.first.layer.inputs != 0 else ()
    return any(tensor.role in LEARNED for tensor in tensors)


def _repeats(call: Call) -> bool:
    """Whether a call needs the size of the batch, which a variable tells."""
    return ITEMS in call.arguments
