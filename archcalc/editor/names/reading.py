"""From a spec to its names: the walk that notes where names are given, and every place that reads one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.editor.names.heads import parts_of_head
from archcalc.editor.names.labels import Label, labels_of
from archcalc.editor.names.letters import NOWHERE, Letters, Source
from archcalc.editor.names.model import Kind, Name, Occurrence
from archcalc.editor.names.scopes import AT_THE_END, Frame, Place, Scope, Step, Target
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.expressions.nodes import Call, Constant, Node, Path
from archcalc.layers.pointwise import ARRIVING
from archcalc.layers.table import layer_class
from archcalc.source import SourceFile
from archcalc.spec import model as spec
from archcalc.spec.names import LABEL

WORDS = ("here", "input", "in_channels")
"""Names of maps and numbers that the language gives."""


class Read(NamedTuple):
    """A path that is read at a place."""

    labels: list[Label]
    letters: Letters
    around: Span
    place: Place
    is_path: bool
    given: Scope | None = None
    """The scope of a block in which a word that nothing has as a name becomes the name of a step."""


class Called(NamedTuple):
    """A function that is called."""

    label: Label
    letters: Letters
    around: Span


class Selected(NamedTuple):
    """A name or a pattern of a claim; for a number it may be an expression, too."""

    labels: list[Label]
    letters: Letters
    around: Span
    instead: list[Read | Called]


class Loops(NamedTuple):
    """The loops that a step stands in: `within` its scope, and all that are `around`."""

    within: tuple[int, ...] = ()
    around: tuple[int, ...] = ()
    is_sure: bool = True
    """Whether no `when` of a group or a merge within its scope can leave it out."""


NO_LOOPS = Loops()


class Reader:
    """Walks a spec once. Names that are read wait in `reads` until all that could be meant is known."""

    def __init__(self, file: SourceFile, document: spec.Spec) -> None:
        self.source = Source(file)
        self.document = document
        self.occurrences: list[Occurrence] = []
        self.reads: list[Read | Called | Selected] = []
        self.values: dict[str, Name] = {}
        self.blocks: dict[str, Name] = {}
        self.scopes = {name: Scope() for name in document.blocks}
        """The scopes of blocks, which all calls share."""
        self.parameters: dict[str, dict[str, Name]] = {}
        self.root = Scope()
        self._time = 0
        self._loops = 0
        self._holders: dict[int, Scope] = {}
        self._uses: dict[tuple[int, str], list[tuple[Node, Label | list[Label]]]] = {}
        self._walk()

    # What is known everywhere

    def _walk(self) -> None:
        document = self.document
        variants = document.variants.values()
        for lets in (document.lets, *(one.lets for one in variants)):
            for let in lets.values():
                kind: Kind = "let" if let.parameters is None else "function"
                self.values.setdefault(let.name, Name(kind, let.name, self.values))
        for inputs in (document.inputs, *(one.inputs or [] for one in variants)):
            self._symbols(inputs)
        for at in (document.at, *(one.at for one in variants)):
            self._given(at, is_definition=True)
        self._heads()
        for lets in (document.lets, *(one.lets for one in variants)):
            self._lets(lets.values())
        inputs_by_name = self._inputs([document.inputs, *(one.inputs or [] for one in variants)])
        for block in document.blocks.values():
            self._block(block)
        frame = Frame(inputs_by_name, self.root, None)
        self._steps(document.steps, frame, NO_LOOPS)
        for output in document.outputs or ():
            self._formula(output, Place(frame), is_path=True)
        for claims in (document.claims, *(one.claims for one in variants)):
            self._claims(claims)
        named: dict[str, Name] = {}
        for variant in variants:
            name = named[variant.name] = Name("variant", variant.name, named)
            self._define((name,), Label(variant.name, 0), self.source.letters(variant.name, variant.span), variant.span)

    def _symbols(self, inputs: Iterable[spec.Input]) -> None:
        for entry in inputs:
            for formula in self._sizes(entry):
                for name in formula.tree.names():
                    self.values.setdefault(name, Name("symbol", name, self.values))

    def _sizes(self, entry: spec.Input) -> Iterator[spec.Formula]:
        yield from entry.sizes
        if entry.count is not None:
            yield entry.count

    def _given(self, at: dict[str, spec.Formula], *, is_definition: bool) -> None:
        """Symbols, and in claims also lets, with their values."""
        for text, formula in at.items():
            self._formula(formula, Place(None))
            if text not in self.values and is_definition:
                self.values[text] = Name("symbol", text, self.values)
            if (name := self.values.get(text)) is not None:
                self._define_key((name,), text, formula.span, is_definition)

    def _heads(self) -> None:
        for block in self.document.blocks.values():
            name = self.blocks[block.name] = Name("block", block.name, self.blocks)
            letters, others = self._head(name, block.span)
            known = self.parameters[block.name] = {}
            known.update((one.name, Name("parameter", one.name, known)) for one in block.parameters)
            for label in others:
                if label.text in known:
                    self._define((known[label.text],), label, letters, block.span)

    def _head(self, name: Name, span: Span) -> tuple[Letters, list[Label]]:
        """Note a name in its head, which is a key; gives the letters of the head, and its parameters."""
        text = self.source.slice(span)
        skip = int(text[:1] in ("'", '"'))
        letters = Letters(span.line, span.column + skip)
        first, *others = parts_of_head(text[1:-1] if skip else text)
        if first.text != name.text:
            letters, first, others = NOWHERE, Label(name.text, 0), []
        self._define((name,), first, letters, span)
        return letters, others

    def _lets(self, lets: Iterable[spec.Let]) -> None:
        for let in lets:
            letters, others = self._head(self.values[let.name], let.span)
            variables: dict[str, Name] = {}
            for parameter in let.parameters or ():
                # A default is computed when the parameters in front of it are known, and no others.
                if parameter.default is not None:
                    self._argument(parameter.default, Place(Frame(dict(variables), None, None)))
                variables[parameter.name] = Name("parameter", parameter.name, variables)
            for label in others:
                if label.text in variables:
                    self._define((variables[label.text],), label, letters, let.span)
            self._argument(let.value, Place(Frame(variables, None, None)))

    def _inputs(self, all_inputs: list[list[spec.Input]]) -> dict[str, Name]:
        found: dict[str, Name] = {}
        for entry in (entry for inputs in all_inputs for entry in inputs):
            if entry.name != "input":
                name = found.setdefault(entry.name, Name("input", entry.name, found))
                self._define_key((name,), entry.name, entry.span, True)
            for formula in self._sizes(entry):
                self._formula(formula, Place(None), defines="symbol")
        return found

    def _block(self, block: spec.Block) -> None:
        parameters = self.parameters[block.name]
        known: dict[str, Name] = {}
        for parameter in block.parameters:
            if parameter.default is not None:
                self._argument(parameter.default, Place(Frame(dict(known), None, None)))
            known[parameter.name] = parameters[parameter.name]
        self._steps(block.steps, Frame(parameters, self.scopes[block.name], None), NO_LOOPS)

    # Steps

    def _steps(self, steps: Iterable[spec.Step], frame: Frame, loops: Loops) -> None:
        for step in steps:
            self._step(step, frame, loops)

    def _step(self, step: spec.Step, frame: Frame, loops: Loops) -> None:
        place = Place(frame, self._time, loops.around)
        if step.reads is not None:
            self._formula(step.reads, place, is_path=True)
        for formula in (step.when, step.trainable):
            if formula is not None:
                self._formula(formula, place)
        entered = Step(None, AT_THE_END, loops.within, is_sure=loops.is_sure)
        if step.name is not None:
            # Groups are known inside of themselves, so that their name is there before they are finished.
            entered.name = self._named(step.name, place, frame, loops)
        entered.inner = self._inner(step, entered, place, loops)
        if step.tied is not None:
            self._formula(step.tied, place, is_path=True)
        self._time += 1
        entered.time = self._time
        scope = _scope_of(frame)
        if isinstance(step, spec.BlockStep) and step.is_bare:
            scope.bare.append(entered)
        elif entered.name is not None or entered.inner is not None:
            holder = self._holders.get(id(entered.name), scope)
            holder.enter(entered)

    def _named(self, formula: spec.Formula, place: Place, frame: Frame, loops: Loops) -> Name | None:
        """The name that a step is given, with the shelves that it stands in."""
        if not isinstance(formula.tree, Path):
            return None
        letters = self.source.letters(formula.text, formula.span, formula.offset)
        *shelves, last = labels_of(formula.tree, formula.text)
        scope = _scope_of(frame)
        for label in shelves:
            shelf = scope.shelf(label.text, self._time, loops.within)
            assert shelf.name is not None, "a shelf has a name"
            self._define((shelf.name,), label, letters, formula.span, is_path=True)
            assert isinstance(shelf.inner, Scope), "a shelf is a scope"
            scope = shelf.inner
        name = scope.name(last.text)
        self._holders[id(name)] = scope
        self._define((name,), last, letters, formula.span, is_path=True)
        self._computed(formula, letters, place)
        return name

    def _inner(self, step: spec.Step, entered: Step, place: Place, loops: Loops) -> Scope | Target | None:
        """What is read within a step, and what it has inside."""
        assert place.frame is not None, "steps stand in scopes"
        if isinstance(step, spec.LayerStep):
            self._fields(step, place)
            if isinstance(step, spec.MergeStep):
                self._branches(step, place, loops)
        elif isinstance(step, spec.ForkStep):
            self._branches(step, place, loops)
        elif isinstance(step, spec.GroupStep):
            return self._group(step, entered, place, loops)
        elif isinstance(step, spec.BlockStep):
            self._call(step, place)
            return self.scopes.get(step.block)
        elif isinstance(step, spec.UseStep):
            self._formula(step.target, place, is_path=True)
            if isinstance(step.target.tree, Path):
                labels = labels_of(step.target.tree, step.target.text)
                return Target(tuple(label.text for label in labels), place)
        elif isinstance(step, spec.ApplyStep):
            self._formula(step.kind, place)
            word = step.kind.tree.fixed if isinstance(step.kind.tree, Path) else None
            return self.scopes.get(word[0]) if word is not None and len(word) == 1 else None
        elif isinstance(step, spec.RegisterStep):
            for name in step.names:
                self._formula(name, place._replace(is_local=True, time=AT_THE_END), is_path=True)
        return None

    def _fields(self, step: spec.LayerStep, place: Place) -> None:
        computed = layer_class(step.kind).computed
        for field, argument in step.fields.items():
            self._argument(argument, place, is_arithmetic=field == computed)
        for argument in (step.stated or {}).values():
            self._argument(argument, place)

    def _branches(self, step: spec.MergeStep | spec.ForkStep, place: Place, loops: Loops) -> None:
        assert place.frame is not None, "branches stand in scopes"
        if step.when is not None:
            loops = loops._replace(is_sure=False)
        for branch in step.branches:
            if isinstance(branch, spec.Formula):
                self._formula(branch, place._replace(time=self._time), is_path=True)
            else:
                steps = branch if isinstance(branch, list) else [branch]
                self._steps(steps, place.frame, loops)

    def _group(self, step: spec.GroupStep, entered: Step, place: Place, loops: Loops) -> Scope | None:
        frame = place.frame
        scope = Scope(entered) if entered.name is not None else None
        if scope is not None:
            frame, loops = Frame({}, scope, frame), loops._replace(within=(), is_sure=True)
        elif step.when is not None:
            loops = loops._replace(is_sure=False)
        if step.loop is not None:
            self._loops += 1
            loops = loops._replace(within=(*loops.within, self._loops), around=(*loops.around, self._loops))
            frame = Frame(self._variables(step.loop, place), None, frame)
        assert frame is not None, "steps stand in scopes"
        self._steps(step.steps, frame, loops)
        return scope

    def _variables(self, loop: spec.Loop, place: Place) -> dict[str, Name]:
        if loop.count is not None:
            self._formula(loop.count, place)
        found: dict[str, Name] = {}
        for text, argument in loop.variables.items():
            self._argument(argument, place)
            found[text] = Name("variable", text, found)
            self._define_key((found[text],), text, argument.span, True)
        return found

    def _call(self, step: spec.BlockStep, place: Place) -> None:
        block = self.document.blocks.get(step.block)
        if step.block not in self.blocks:
            return
        letters = self.source.letters(step.block, step.span)
        self._occur((self.blocks[step.block],), Label(step.block, 0), letters, step.span)
        names = [one.name for one in block.parameters] if block is not None else []
        given = step.arguments
        arguments = given.named or dict(zip(names, given.ordered or [], strict=False))
        if given.single is not None and names:
            arguments = {names[0]: given.single}
        for text, argument in arguments.items():
            name = self.parameters[step.block].get(text)
            if name is not None and (key := given.keys.get(text)) is not None:
                self._occur((name,), Label(text, 0), self.source.letters(text, key), key)
            is_label = block is not None and text in block.labels
            self._argument(argument, place, gives=self.scopes[step.block] if is_label else None)

    # Claims

    def _claims(self, claims: Iterable[spec.Claim]) -> None:
        for claim in claims:
            self._given(claim.at, is_definition=False)
            for expected in claim.quantities.values():
                if isinstance(expected, spec.Between):
                    ends = (expected.low, expected.high)
                    for end in ends:
                        if isinstance(end, spec.Formula):
                            self._formula(end, Place(None))
                elif isinstance(expected, (spec.Formula, spec.Listing)):
                    self._argument(expected, Place(None))
            for selector in claim.of:
                self._selector(selector, None)
            if (baseline := claim.relative_to) is not None:
                number = baseline.number if isinstance(baseline.number, spec.Formula) else None
                for selector in baseline.selectors:
                    self._selector(selector, number)
                if number is not None and not baseline.selectors:
                    self._formula(number, Place(None))

    def _selector(self, selector: spec.Selector, number: spec.Formula | None) -> None:
        letters = self.source.letters(selector.text, selector.span)
        labels: list[Label] = []
        at = 0
        for part in selector.text.split("."):
            labels.append(Label(part, at))
            at += len(part) + 1
        instead: list[Read | Called] = []
        if number is not None:
            mark = len(self.reads)
            self._formula(number, Place(None))
            instead = [one for one in self.reads[mark:] if not isinstance(one, Selected)]
            del self.reads[mark:]
        self.reads.append(Selected(labels, letters, selector.span, instead))

    # Values

    def _argument(
        self, argument: spec.Argument, place: Place, *, is_arithmetic: bool = False, gives: Scope | None = None
    ) -> None:
        if isinstance(argument, spec.Formula):
            self._formula(argument, place, is_arithmetic=is_arithmetic, gives=gives)
        elif isinstance(argument, spec.Listing):
            for item in argument.items:
                self._argument(item, place)

    def _formula(
        self,
        formula: spec.Formula,
        place: Place,
        *,
        is_path: bool = False,
        is_arithmetic: bool = False,
        gives: Scope | None = None,
        defines: Kind | None = None,
    ) -> None:
        if isinstance(formula.tree, Constant):
            return
        letters: Letters | None = None
        for node, labels in self._uses_in(formula):
            if letters is None:
                letters = self.source.letters(formula.text, formula.span, formula.offset)
            if isinstance(labels, Label):
                self.reads.append(Called(labels, letters, formula.span))
                continue
            if labels[0].text in WORDS or (is_arithmetic and labels[0].text == ARRIVING and len(labels) == 1):
                continue
            name = self.values.get(labels[0].text) if defines is not None and len(labels) == 1 else None
            if name is not None and name.kind == defines:
                self._define((name,), labels[0], letters, formula.span)
                continue
            is_whole = node is formula.tree
            at = place if is_whole else place._replace(is_local=False)
            self.reads.append(Read(labels, letters, formula.span, at, is_path and is_whole, gives))
        if gives is not None and LABEL.fullmatch(formula.text) and not isinstance(formula.tree, Path):
            letters = self.source.letters(formula.text, formula.span, formula.offset)
            self.reads.append(Read([Label(formula.text, 0)], letters, formula.span, place, True, gives))

    def _computed(self, formula: spec.Formula, letters: Letters, place: Place) -> None:
        """What the computed parts of a step's name read."""
        for node, labels in self._uses_in(formula):
            if node is formula.tree:
                continue
            if isinstance(labels, Label):
                self.reads.append(Called(labels, letters, formula.span))
            elif labels[0].text not in WORDS:
                self.reads.append(Read(labels, letters, formula.span, place, False))

    def _uses_in(self, formula: spec.Formula) -> list[tuple[Node, Label | list[Label]]]:
        """The paths and calls of a formula. Equal texts have one tree, which is walked once."""
        key = (id(formula.tree), formula.text)
        found = self._uses.get(key)
        if found is None:
            found = self._uses[key] = list(_uses(formula.tree, formula.text))
        return found

    # Occurrences

    def _define(
        self, names: tuple[Name, ...], label: Label, letters: Letters, around: Span, *, is_path: bool = False
    ) -> None:
        self._occur(names, label, letters, around, is_definition=True, is_path=is_path)

    def _define_key(self, names: tuple[Name, ...], text: str, value: Span, is_definition: bool) -> None:
        """A name that is a key in front of its value."""
        key = self.document.keys.get(value)
        if key is not None:
            self._occur(names, Label(text, 0), self.source.letters(text, key), key, is_definition=is_definition)

    def _occur(
        self,
        names: tuple[Name, ...],
        label: Label,
        letters: Letters,
        around: Span,
        *,
        is_definition: bool = False,
        is_path: bool = False,
    ) -> None:
        found = Occurrence(names, label, letters, around, is_definition, is_path)
        self.occurrences.append(found)
        for name in names:
            name.occurrences.append(found)


def _uses(tree: Node, text: str) -> Iterator[tuple[Node, Label | list[Label]]]:
    if isinstance(tree, Path) and tree.fixed is not None:
        yield tree, labels_of(tree, text)
        return
    for node in tree.walk():
        if isinstance(node, Path):
            yield node, labels_of(node, text)
        elif isinstance(node, Call) and node.name not in FUNCTION_NAMES:
            yield node, Label(node.name, node.start)


def _scope_of(frame: Frame) -> Scope:
    """The scope into which the steps at a frame are entered."""
    while frame.scope is None:
        assert frame.parent is not None, "the outermost frame has a scope"
        frame = frame.parent
    return frame.scope
