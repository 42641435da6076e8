"""Unfolding: runs the steps of a spec and builds the graph, with shapes inferred on the way.

Shapes cannot wait for a later pass: `in_channels`, `channels(input)` and every `when` that asks for them decide which
steps there are. A step that fails leaves an unknown map; what depends on it stays silent, and the rest is checked.

In this network the loop runs its two steps with c = 8 and with c = 16. `conv$c` computes the name of each convolution;
`when` asks for the map that the convolution has just written, so that only the second turn has a pool. The pool has no
name of its own and is called by its number, which counts the steps that ran:

>>> import archcalc
>>> network = archcalc.load('''
...     input: [3, 32, 32]
...     layers:
...       - for: {c: [8, 16]}
...         do: [{conv: {out: c, kernel: 3}, as: conv$c}, {max_pool: 2, when: channels(here) > 8}]
... ''').unfold()
>>> print(*(f"{node.name}: {node.outputs[0].shape}" for node in network.graph.nodes), sep="; ")
conv8: 8×30×30; conv16: 16×28×28; 2: 16×14×14
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.expand.build import Builder, Memory
from archcalc.expand.calls import (
    applicable,
    bind_arguments,
    filled,
    misnamed_branch,
    reads_outside,
    reusable,
    turns,
)
from archcalc.expand.constants import as_joined, as_named
from archcalc.expand.field_values import field_values
from archcalc.expand.globals import Globals
from archcalc.expand.labels import enter, entered, label_of, leave_out, take_over
from archcalc.expand.scope import Binding, Context
from archcalc.expressions.limits import MAX_ENTRIES, entries
from archcalc.expressions.values import UnknownValue, Unresolved, Value
from archcalc.graph import BlockCall, Frame, Graph, Map, Module, Unbuilt, outward
from archcalc.layers.table import layer_class
from archcalc.spec.model import (
    ApplyStep,
    Argument,
    Arguments,
    Block,
    BlockStep,
    BrokenStep,
    ForkStep,
    Formula,
    GroupStep,
    LayerStep,
    MergeStep,
    Mistake,
    MoveStep,
    RegisterStep,
    Rules,
    Step,
    UseStep,
    mistake,
)

if TYPE_CHECKING:
    from archcalc.expand.registering import Registered

MAX_STEPS = 250_000
MAX_FINDINGS = 500
"""Unfolding stops after so many errors: nobody reads more."""
MAX_PREFIX = 1_000
"""Characters of the name of a scope, with the names of the scopes around it."""
MAX_BLOCK_DEPTH = 64
MAX_DEPTH = 130
"""Groups, loops, branches and calls inside each other: far below Python's recursion limit."""


class Stop(Exception):
    """Ends the unfolding after a diagnostic that makes going on pointless."""


class Unfolder:
    """Runs steps against a graph. One instance unfolds one network once."""

    def __init__(self, globals_: Globals, rules: Rules, graph: Graph, memory: Memory | None = None) -> None:
        self.globals = globals_
        self.graph = graph
        self.diagnostics: list[Diagnostic] = []
        self.builder = Builder(graph, rules, self.report, globals_.spend, memory)
        self.budget = MAX_STEPS
        self.block_depth = 0
        self.uses: dict[int, int] = {}
        self.registered: list[Registered] = []
        self.errors = 0
        self.is_complete = True
        """Whether every step did what it says, so that a map that nothing reads is no consequence of an error."""

    def report(self, diagnostic: Diagnostic, call: BlockCall | None, layer: str | None = None) -> None:
        """Add a diagnostic, with the calls that led to it."""
        if diagnostic.severity == "error":
            self.errors += 1
            if self.errors > MAX_FINDINGS:
                raise Stop
        labels = list(diagnostic.labels)
        for place in islice(outward(call), max(4 - len(labels), 0)):
            labels.append(Label(place.span, f"block `{place.block}` is called here"))
        self.diagnostics.append(diagnostic._replace(labels=tuple(labels), layer=layer or diagnostic.layer))

    def run(self, steps: list[Step], context: Context) -> Value:
        """Run steps one after the other; the value is the last current map."""
        if not self.globals.steps:
            self.globals.steps = steps
        for step in steps:
            self._step(step, context)
        return context.here

    def finish(self) -> None:
        """Report what can only be told when all steps have run."""
        if self.registered:
            from archcalc.expand.registering import misnamed

            for found, call in misnamed(self.registered, self.globals):
                self.report(found, call)

    def _spend(self, count: int, step: Step, context: Context) -> None:
        self.budget -= count
        if self.budget < 0:
            raise self._stop(
                mistake(
                    codes.TOO_MANY_STEPS,
                    f"the network unfolds to more than {MAX_STEPS:,} steps",
                    step.span,
                    "the limit is reached here",
                ).diagnostic,
                context.call,
            )

    def _charge(self, values: Value, place: Step | Argument) -> None:
        """Charge the entries of a list that a step works on to the network's budget. Raises: Mistake."""
        count = entries(values)
        if count > MAX_ENTRIES:
            raise mistake(codes.TOO_MANY_CALLS, f"a list of more than {MAX_ENTRIES:,} entries", place.span)
        try:
            self.globals.spend(count)
        except Unresolved as error:
            raise mistake(error.code, error.message, place.span) from None

    def _stop(self, diagnostic: Diagnostic, call: BlockCall | None) -> Stop:
        self.report(diagnostic, call)
        return Stop()

    def _step(self, step: Step, context: Context) -> None:
        self._spend(1, step, context)
        value: Value
        try:
            reads = context.here if step.reads is None else self.globals.map(step.reads, context)
            context.reads = reads
            if step.when is not None and not step.when.truth(context):
                leave_out(step, context)
                return
            value = self._execute(step, context, reads)
        except Mistake as error:
            self.report(error.diagnostic, context.call)
            if error.diagnostic.code in (codes.TOO_MANY_CALLS, codes.TOO_MANY_STEPS):
                # A budget of the network is spent: every further step would fail as slowly as this one.
                raise Stop from None
            value = self._failed(step, context)
        except UnknownValue:
            value = self._failed(step, context)
        context.here = value

    def _failed(self, step: Step, context: Context) -> Map:
        """An unknown map under the step's name and number, so that what follows keeps its name."""
        self.is_complete = False
        if isinstance(step, BrokenStep) and step.hides_names:
            context.module.hides_names = True
        unknown = Map(None, 0, None)
        if step.name is not None:
            try:
                label = label_of(step, context)
            except (Mistake, UnknownValue):
                # A name that cannot be computed itself has been reported, or follows from an earlier error.
                context.module.hides_names = True
            else:
                with suppress(Mistake):
                    enter(label, step, context, Binding(unknown, None, None, None))
        if isinstance(step, (LayerStep, BlockStep, ApplyStep, BrokenStep)) and not isinstance(step, MergeStep):
            context.module.count += 1
        return unknown

    def _execute(self, step: Step, context: Context, reads: Value) -> Value:
        if isinstance(step, MergeStep):
            return self._merge(step, context)
        if isinstance(step, LayerStep):
            return self._layer(step, step.kind, step.fields, context)
        if isinstance(step, GroupStep):
            return self._group(step, context, reads)
        if isinstance(step, BlockStep):
            return self._call(step, self.globals.blocks[step.block], step.arguments, context)
        if isinstance(step, ForkStep):
            values = tuple(self._branches(step, context, "fork"))
            self._charge(values, step)
            if step.name is not None:
                enter(label_of(step, context), step, context, Binding(values, None, step, None))
            return values
        if isinstance(step, ApplyStep):
            return self._apply(step, context)
        if isinstance(step, UseStep):
            return self._use(step, context)
        if isinstance(step, BrokenStep):
            raise UnknownValue
        if isinstance(step, RegisterStep):
            from archcalc.expand.registering import register

            self.registered.extend(register(step, context, len(self.graph.nodes)))
            return reads
        assert isinstance(step, MoveStep)
        return reads

    def _trainable(self, step: Step, context: Context) -> bool:
        return context.trainable if step.trainable is None else step.trainable.truth(context)

    # Layers

    def _layer(self, step: Step, kind: str, fields: dict[str, Argument], context: Context) -> Value:
        cls = layer_class(kind)
        maps = [] if cls.inputs == 0 else [self._one_map(context.reads, kind, step, context)]
        values, taps = field_values(kind, fields, context, self.builder.tap, self._charge, maps)
        taps = as_named(cls, values, taps, maps, self.builder.tap)
        try:
            layer = self.builder.layer(cls, values, fields, step.span, context.call, maps)
        except Mistake:
            if isinstance(step, LayerStep) and maps:
                name = context.module.prefix + label_of(step, context)
                self.graph.unbuilt.append(Unbuilt(name, step, maps[0], values))
            raise
        has_label = cls.counts_as_module or step.name is not None
        label = label_of(step, context) if has_label else ""
        node = self.builder.add(layer, label, [*maps, *taps], step, fields, context, self._trainable(step, context))
        # A list of an unknown number of maps is as unknown as a map.
        value: Value = node.outputs if cls.gives_list and node.outputs[0].outline is not None else node.outputs[0]
        context.module.count += cls.counts_as_module
        if has_label:
            enter(label, step, context, Binding(value, node, step, context))
        return value

    def _one_map(self, value: Value, kind: str, step: Step, context: Context) -> Map:
        if isinstance(value, Map):
            return value
        span = step.reads.span if step.reads else step.span
        if value is None:
            raise self._nothing_here(kind, span)
        raise mistake(
            graph_codes.LIST_OF_MAPS,
            f"{kind} reads one map, and here is a list of {len(value)}",
            span,
            "",
            "read one entry, for example `from: NAME.0`, or join them with concat or add",
        )

    def _nothing_here(self, kind: str, span: Span) -> Mistake:
        first = next(iter(self.globals.input_names), "NAME")
        return mistake(
            graph_codes.NOTHING_HERE,
            f"{kind} has nothing to read: the network has several inputs",
            span,
            "",
            f"say which one, for example `from: {first}`",
        )

    def _merge(self, step: MergeStep, context: Context) -> Value:
        values, taps = field_values(step.kind, step.fields, context, self.builder.tap, self._charge)
        maps: list[Map] = []
        for branch in self._branches(step, context, step.kind):
            if not isinstance(branch, Map):
                raise mistake(
                    graph_codes.LIST_OF_MAPS,
                    f"a branch of {step.kind} is one map, and here is a list of {len(branch)}",
                    step.span,
                    "",
                    "name its entries: NAME.0, NAME.1, or loop: `- for: {i: 0..1}` with `do: [from: NAME.$i]`",
                )
            maps.append(branch)
        maps = as_joined(maps)
        cls = layer_class(step.kind)
        taps = as_named(cls, values, taps, maps, self.builder.tap)
        layer = self.builder.layer(cls, values, step.fields, step.span, context.call)
        has_label = cls.counts_as_module or step.name is not None
        label = label_of(step, context) if has_label else ""
        before = len(self.diagnostics)
        node = self.builder.add(
            layer, label, [*maps, *taps], step, step.fields, context, self._trainable(step, context)
        )
        if len(self.diagnostics) > before and reads_outside(step, context):
            note = "`input` is what entered the network or the block; a `do` is no block"
            self.diagnostics[before:] = [
                found._replace(notes=(*found.notes, note)) for found in self.diagnostics[before:]
            ]
        context.module.count += cls.counts_as_module
        if has_label:
            enter(label, step, context, Binding(node.outputs[0], node, step, context))
        return node.outputs[0]

    # Wiring

    def _branches(self, step: MergeStep | ForkStep, context: Context, kind: str) -> list[Value]:
        """The maps of all branches. A branch that fails is unknown; the others are still run."""
        start = context.reads
        values: list[Value] = []
        # What is in a branch is there only if the merge is.
        frame = context.frame if step.when is None else Frame({}, None, context.frame, step)
        for branch in step.branches:
            try:
                if isinstance(branch, Formula):
                    inner = context.inner(frame, context.module, start)
                    values.append(self._named_branch(branch, step, kind, inner))
                elif isinstance(branch, list):
                    inner = context.inner(frame, context.module, start)
                    values.append(filled(branch, self.run(branch, inner), start, kind))
                else:
                    values.extend(self._group_branches(branch, context, frame, start, kind))
                if values and values[-1] is None:
                    values.pop()
                    raise self._nothing_here(f"a branch of {kind}", step.span)
            except Mistake as error:
                self.report(error.diagnostic, context.call)
                values.append(Map(None, 0, None))
            except UnknownValue:
                values.append(Map(None, 0, None))
        context.reads = start
        return values

    def _named_branch(self, branch: Formula, step: MergeStep | ForkStep, kind: str, context: Context) -> Value:
        """The map that a branch names. Raises: Mistake for a layer or a number in its place, UnknownValue."""
        try:
            return self.globals.map(branch, context)
        except Mistake as error:
            raise misnamed_branch(error, branch, step, kind, context) from None

    def _group_branches(
        self, group: GroupStep, context: Context, around: Frame, start: Value, kind: str
    ) -> list[Value]:
        loop = group.loop
        if loop is None or loop.count is not None or group.name is not None:
            inner = context.inner(around, context.module, start)
            self._step(group, inner)
            return [filled([group], inner.here, start, kind)]
        values: list[Value] = []
        outer = context.inner(around, context.module, start)
        self._spend(1, group, context)
        reads = start if group.reads is None else self.globals.map(group.reads, outer)
        outer.reads = reads
        if group.when is not None and not group.when.truth(outer):
            return []
        trainable = self._trainable(group, outer)
        spend = partial(self._spend, step=group, context=context)
        for turn, variables in enumerate(turns(loop, outer, spend, self.report)):
            frame = Frame(variables, None, around, group, turn)
            inner = context.inner(frame, context.module, reads, trainable=trainable)
            inner.entry = context.entry
            values.append(filled(group.steps, self.run(group.steps, inner), reads, kind))
        return values

    def _group(self, step: GroupStep, context: Context, reads: Value) -> Value:
        if context.depth > MAX_DEPTH:
            raise self._stop(
                mistake(
                    codes.RECURSION_TOO_DEEP, f"more than {MAX_DEPTH} groups inside each other", step.span
                ).diagnostic,
                context.call,
            )
        trainable = self._trainable(step, context)
        frame, module = context.frame, context.module
        label = None
        if step.name is not None:
            label = label_of(step, context)
            module = self._submodule(label, context, None, step)
            frame = module.arguments = Frame({}, module, context.frame, step)
        elif step.when is not None and step.loop is None:
            frame = Frame({}, None, frame, step)
        inner = context.inner(frame, module, reads, trainable=trainable, in_group=True)
        if step.loop is None:
            value = self.run(step.steps, inner)
        else:
            value = reads
            spend = partial(self._spend, step=step, context=context)
            for turn, variables in enumerate(turns(step.loop, context, spend, self.report)):
                turned = Frame(variables, None, frame, step, turn)
                inner = context.inner(turned, module, value, trainable=trainable, in_group=True)
                value = self.run(step.steps, inner)
        if label is not None:
            module.output = value
            context.module.count += 1
            enter(label, step, context, Binding(value, module, step, context))
        return value

    def _submodule(self, label: str, context: Context, block: str | None, step: Step) -> Module:
        module = Module(label, context.module.home, block)
        module.step = step
        module.frame = context.frame
        module.entry = context.reads
        module.here = context.here
        if len(module.prefix) > MAX_PREFIX:
            raise mistake(codes.BAD_NAME, f"names inside each other with more than {MAX_PREFIX:,} letters", step.span)
        original = context.module.original
        if original is not None and (found := entered(original.names, label)) is not None:
            module.original = found.inside if isinstance(found.inside, Module) else None
        return module

    def _call(self, step: Step, block: Block, arguments: Arguments, context: Context) -> Value:
        if self.block_depth >= MAX_BLOCK_DEPTH or context.depth > MAX_DEPTH:
            raise self._stop(
                mistake(
                    codes.RECURSION_TOO_DEEP,
                    f"block `{block.name}` is nested more than {MAX_BLOCK_DEPTH} levels deep",
                    step.span,
                    "",
                    "a block that calls itself needs a `when` that ends it",
                    labels=(Label(block.span, "the block"),),
                ).diagnostic,
                context.call,
            )
        trainable = self._trainable(step, context)
        is_bare = isinstance(step, BlockStep) and step.is_bare
        label = label_of(step, context)
        module = context.module.beside(block.name) if is_bare else self._submodule(label, context, block.name, step)
        variables: dict[str, Value] = {}
        module.arguments = Frame(variables, module, None)
        if is_bare:
            module.entry = context.reads
            module.arguments.group, module.arguments.caller = step, context.frame
        inner = Context(
            self.globals,
            module.arguments,
            module,
            here=context.reads,
            entry=context.reads,
            trainable=trainable,
            call=BlockCall(block.name, step.span, context.call),
            depth=context.depth + 1,
        )
        bind_arguments(block, arguments, context, inner, variables)
        self.block_depth += 1
        try:
            value = self.run(block.steps, inner)
        finally:
            self.block_depth -= 1
        if is_bare:
            take_over(module, step, context)
            return value
        context.module.count += 1
        module.output = value
        enter(label, step, context, Binding(value, module, step, context))
        return value

    def _apply(self, step: ApplyStep, context: Context) -> Value:
        kind = applicable(step.kind.evaluate(context), self.globals.blocks, step.kind.span)
        block = self.globals.blocks.get(kind)
        if block is not None:
            return self._call(step, block, Arguments(step.span), context)
        return self._layer(step, kind, {}, context)

    def _use(self, step: UseStep, context: Context) -> Value:
        path = step.target.names(context)
        value = self.globals.map(step.target, context)
        binding = context.binding(path)
        if isinstance(value, Map) and value.shape is None and (binding is None or binding.step is None):
            raise UnknownValue
        binding, again, home = reusable(binding, path, step.target.span)
        label = label_of(step, context) if step.name else self._next_use(binding, path[-1], context)
        # The step runs again in the frame where it was written, in a scope that borrows every parameter.
        mirror = context.module.borrowing({label: binding})
        place = Context(
            self.globals,
            home.frame,
            mirror,
            here=context.reads,
            entry=home.entry,
            trainable=home.trainable,
            call=context.call,
            depth=context.depth + 1,
        )
        try:
            value = self._execute(again.named(label, step), place, context.reads)
        except Mistake as error:
            if error.diagnostic.code is not graph_codes.NOT_REUSABLE:
                raise
            labels = (*error.diagnostic.labels, Label(again.span, "the layer"))
            raise Mistake(error.diagnostic._replace(span=step.target.span, labels=labels)) from None
        if step.name is not None:
            enter(label, step, context, Binding(value, mirror.names[label].inside, again, home))
        return value

    def _next_use(self, binding: Binding, name: str, context: Context) -> str:
        """A name for an application that has none: tower_2, tower_3, ..."""
        times = self.uses.get(id(binding), 1) + 1
        name = f"use_{name}" if name.isdigit() else name
        while f"{name}_{times}" in context.module.names:
            times += 1
        self.uses[id(binding)] = times
        return f"{name}_{times}"
