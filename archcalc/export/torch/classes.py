"""The classes of the module: scopes that one block or group makes, as long as they follow one pattern.

A block `unit(out, stride=1)` of `conv: {out: out, kernel: 3, stride: stride}` and `relu`, called as `unit: 64` and
`unit: [128, 2]` on [3, 9, 9], becomes one class and two instances:

    class Unit(nn.Sequential):
        def __init__(self, in_channels: int, out: int, stride: int = 1) -> None:
            super().__init__(
                nn.Conv2d(in_channels, out, kernel_size=3, stride=stride),
                nn.ReLU(),
            )

    Unit(3, 64), Unit(64, 128, stride=2)

Where no formula of the spec says how the calls differ, each kind of call gets a class: `Unit`, `Unit2`. A block that
calls itself is one class as well, whose instances are among its own places.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archcalc.expand.globals import Globals
from archcalc.export.torch.candidates import holds
from archcalc.export.torch.code import Code, Known, NotPython, Row, names_in, replaced, variable_of
from archcalc.export.torch.identities import Identities, class_scopes, height, origin, stem
from archcalc.export.torch.inputs import aligned, names_of
from archcalc.export.torch.matching import Refs, enter, ref_of
from archcalc.export.torch.names import Names, class_name
from archcalc.export.torch.namespace import Mismatch, Namespace, Parameter, Unrolled, channels_of
from archcalc.export.torch.parts import LayerPart, LoopPart, Part, codes_of, is_numbered, keeps_state
from archcalc.export.torch.patterns import Patterns
from archcalc.export.torch.refs import Ref
from archcalc.export.torch.registration import Registration
from archcalc.export.torch.scope_parts import given_argument
from archcalc.export.torch.scopes import Scope, wire_of
from archcalc.export.torch.signatures import signature
from archcalc.export.torch.tensors import Bundle, Stream, Wire, wires_of
from archcalc.export.torch.trials import Trials
from archcalc.expressions.nodes import Constant, name_node
from archcalc.expressions.values import ExpressionError
from archcalc.graph import Graph
from archcalc.spec.model import Block

SHORT = 3
"""Names and numbers in a formula that stands where its value is used, if that is one place."""


class Class:
    """A class with its places, the parts of its body, and the parameters of its constructor."""

    def __init__(self, title: str, scopes: Sequence[Scope], globals_: Globals, names: Names) -> None:
        self.name = title
        self.scopes: list[Scope] = []
        self.alike: list[list[Scope]] = []
        """For every place, the scopes that are built in the same way."""
        self.places: dict[int, int] = {}
        self.block: Block | None = globals_.blocks.get(scopes[0].module.block or "")
        self.parameters: list[Parameter] = []
        self.defaults: dict[str, Any] = {}
        """Values of parameters that a caller may leave out."""
        self.locals: list[tuple[str, Code]] = []
        """Parameters of the block that its calls leave to their defaults, which depend on the others."""
        self.aliases: dict[str, Code] = {}
        """Parameters whose default is another parameter, which stands in their place."""
        self.parts: list[Part] = []
        self.returns: list[Ref] = []
        self._globals = globals_
        self._names = names
        given = aligned(scopes)
        self.streams = [next(one for one in column if one is not None) for column in zip(*given, strict=True)]
        """What `forward` reads, at the first place that has it."""
        self.optional = [any(one is None for one in column) for column in zip(*given, strict=True)]
        """Whether some places have none of it."""
        self.inputs = names_of(scopes, given)
        """What `forward` calls its tensors."""
        self.given = {id(scope): reading for scope, reading in zip(scopes, given, strict=True)}
        """What every scope reads, None for what it has not."""
        seen: dict[Any, int] = {}
        for scope in scopes:
            found = signature(scope, strict=False)
            if found not in seen:
                seen[found] = len(self.scopes)
                self.scopes.append(scope)
                self.alike.append([])
            self.places[id(scope)] = seen[found]
            self.alike[seen[found]].append(scope)

    @property
    def first(self) -> Scope:
        """The first place."""
        return self.scopes[0]

    @property
    def is_chain(self) -> bool:
        """Whether every layer reads the one before and nothing else."""
        return all(scope.is_chain for scope in self.scopes)

    @property
    def is_sequential(self) -> bool:
        """Whether it is written as an `nn.Sequential`: where its modules have numbers, or are made in a loop."""
        if not self.is_chain or any(isinstance(part, LayerPart) and len(part.calls) > 1 for part in self.parts):
            return False
        if any(isinstance(part, LoopPart) or isinstance(part.label, Row) for part in self.parts):
            return True
        if any(not _has_own_name(part) for part in self.parts):
            return any(keeps(part) and not _has_own_name(part) for part in self.parts) or not any(
                _has_own_name(part) for part in self.parts
            )
        return False

    def find_pattern(self, template_of: Any) -> None:
        """Fill in parts and parameters. Raises: Mismatch."""
        flat: set[int] = set()
        while True:
            names = Namespace(self.scopes, self._globals, self._names.inner(), self.inputs)
            names.given = [self.given[id(scope)] for scope in self.scopes]
            try:
                self._fill(names, Patterns(names, template_of, flat, self))
                return
            except Unrolled as found:
                flat.add(id(found.group))

    def _fill(self, names: Namespace, patterns: Patterns) -> None:
        self.defaults, self.locals, self.aliases = {}, [], {}
        refs: list[Refs] = []
        for scope in self.scopes:
            refs.append(Refs())
            for index, stream in enumerate(self.given[id(scope)]):
                if stream is not None:
                    enter(refs[-1], stream, ("input", index))
        for index, stream in enumerate(self.streams):
            if names.is_root or self.optional[index] or any(wire.what != "map" for wire in wires_of(stream)):
                continue
            patterns.channels[("input", index)] = _entering(names, index)
        numbered = all(is_numbered(scope) for scope in self.scopes)
        lists = [scope.items for scope in self.scopes]
        needed = [{wire for stream in scope.outputs for wire in wires_of(stream)} for scope in self.scopes]
        self.parts = patterns.parts(
            names, lists, refs, 0, chain=self.is_chain, numbered=numbered, contained=False, needed=needed
        )
        self.registration = Registration(self.parts, self.scopes)
        self._patterns = patterns
        outputs = [] if names.is_root else self._alike_outputs(patterns, refs)
        self.returns = [
            patterns.joined([ref_of(refs[place], stream) for place, stream in enumerate(column)])
            for column in zip(*outputs, strict=True)
        ]
        self.refs = refs[0]
        patterns.settle_recursion(self.parts, lambda one: self._derived(names, one))
        self._settle_parameters(names)
        patterns.order_recursion(self.parameters)
        patterns.settle_outputs()
        for place, found in enumerate(outputs):
            self._hand_out(place, found)

    def _alike_outputs(self, patterns: Patterns, refs: list[Refs]) -> list[list[Stream]]:
        """Every place hands out what one of them does, also where nobody reads it. Raises: Mismatch."""
        wanted = [[ref_of(refs[place], stream) for stream in scope.outputs] for place, scope in enumerate(self.scopes)]
        longest = max(wanted, key=len)
        if all(len(found) == len(longest) for found in wanted):
            return [scope.outputs for scope in self.scopes]
        wires = [{ref: wire for wire, ref in known.items()} for known in refs]
        for found, known in zip(wanted, wires, strict=True):
            if not set(found) <= set(longest) or not set(longest) <= known.keys():
                raise Mismatch("other outputs")
        return [[known[ref] for ref in longest] for known in wires]

    def _hand_out(self, place: int, outputs: list[Stream]) -> None:
        """Let all scopes of a place hand out what it does."""
        if outputs == self.scopes[place].outputs:
            return
        for scope in self.alike[place]:
            scope.outputs = [_twin(stream, self.scopes[place], scope) for stream in outputs]

    def _settle_parameters(self, names: Namespace) -> None:
        """Which parameters have defaults, and which are no parameters because their default says it all.

        A candidate that was tried and rejected may have asked for more than the code reads; that is dropped.
        """
        settled: set[str] = set()
        derived: dict[str, Code] = {}
        while waiting := [parameter for parameter in names.parameters.values() if parameter.name not in settled]:
            for parameter in waiting:
                settled.add(parameter.name)
                if parameter.default is not None:
                    self.defaults[parameter.name] = parameter.default
                if parameter.kind == "argument" and self.block is not None:
                    code = self._default(names, parameter)
                    if isinstance(code, Constant):
                        self.defaults[parameter.name] = code.value
                    elif code is not None and self._is_never_given(parameter):
                        derived[parameter.name] = code
        order = [parameter.name for parameter in self.block.parameters] if self.block is not None else []

        def rank(parameter: Parameter) -> tuple[int, int]:
            kind = ("channels", "argument", "outside", "symbol", "extra").index(parameter.kind)
            return kind, parameter.source if kind == 0 else order.index(parameter.source) if kind == 1 else 0

        ranked = sorted(names.parameters.values(), key=rank)
        in_order = [(one.name, derived[one.name]) for one in ranked if one.name in derived]
        codes = [code for part in self.parts for code in codes_of(part)]
        read = frozenset().union(*map(names_in, codes))
        for local, code in reversed(in_order):
            read |= names_in(code) if local in read else frozenset()
        self.locals, self.aliases = [], {}
        for local, code in in_order:
            short = replaced(code, self.aliases)
            others = [one for _, one in in_order]
            if variable_of(code) is not None or (_is_short(short) and _times(local, [*codes, *others]) == 1):
                self.aliases[local] = short
            elif local in read:
                self.locals.append((local, short))
        taken = [parameter for parameter in ranked if parameter.name not in derived and parameter.name in read]
        required = [parameter for parameter in taken if parameter.name not in self.defaults]
        self.parameters = [*required, *(parameter for parameter in taken if parameter.name in self.defaults)]

    def _is_never_given(self, parameter: Parameter) -> bool:
        return all(given_argument(scope, parameter.source, self.block) is None for scope in self.scopes)

    def _derived(self, names: Namespace, parameter: Parameter) -> Code | None:
        """What a parameter of the block is by its default, if no call gives it: then it is none of the class."""
        if parameter.kind != "argument" or self.block is None or not self._is_never_given(parameter):
            return None
        code = self._default(names, parameter)
        return None if isinstance(code, Constant) else code

    def _default(self, names: Namespace, parameter: Parameter) -> Code | None:
        assert self.block is not None
        formula = next(one.default for one in self.block.parameters if one.name == parameter.source)
        if formula is None:
            return None

        def channels(path: tuple[str, ...], name: str = "channels", axis: int | None = None) -> Known:
            if name != "channels" or path not in (("here",), ("in_channels",), ("input",)) or not self.first.inputs:
                raise NotPython
            code = None if names.is_root else name_node(names.channels_name(0))
            return Known(channels_of(self.first.inputs[0]), code)

        try:
            known = names.reader(0, self.first.module.arguments, channels).argument(formula)
        except (NotPython, ExpressionError):
            return None
        if names.is_closed(known.value):
            return None
        if known.code is None:
            return Constant(known.value)
        if parameter.name in names_in(known.code) or not holds(known.code, names, parameter.values):
            return None
        return known.code

    def channels_after(self, index: int, arguments: dict[str, Code]) -> Code | None:
        """The channels of an output, in the terms of a caller."""
        code = self._patterns.channels_code(self.returns[index])
        if code is None:
            return None
        known = dict(arguments)
        for parameter, value in self.defaults.items():
            known.setdefault(parameter, Constant(value))
        for local, formula in [*self.aliases.items(), *self.locals]:
            known[local] = replaced(formula, known)
        if not names_in(code) <= known.keys():
            return None
        return replaced(code, known)


def _is_short(code: Code) -> bool:
    """Whether a formula reads as well where its value is used as under a name: a few names and numbers."""
    return sum(1 for part in code.walk() if not any(True for _ in part.children())) <= SHORT


def _times(name: str, codes: Sequence[Code]) -> int:
    """How often codes read a name."""
    return sum(variable_of(part) == name for code in codes for part in code.walk())


def _entering(names: Namespace, index: int) -> Callable[[], Code | None]:
    return lambda: name_node(names.channels_name(index))


def _has_own_name(part: Part) -> bool:
    return part.label is not None and not isinstance(part, LoopPart)


def keeps(part: Part) -> bool:
    """Whether the name of a part can be seen in a state dict."""
    return any(keeps_state(item) for item in part.items if item is not None)


def _twin(stream: Stream, scope: Scope, other: Scope) -> Stream:
    """What is in another scope what a stream is in this one, where both are built in the same way."""
    if isinstance(stream, Bundle):
        wires = [_twin(wire, scope, other) for wire in stream.wires]
        return Bundle(tuple([wire for wire in wires if isinstance(wire, Wire)]))
    mine, theirs = ([leaf.node for leaf in one.leaves()] for one in (scope, other))
    if stream.node in mine:
        return stream._replace(node=theirs[mine.index(stream.node)])
    read, given = ([wire for one in each.inputs for wire in wires_of(one)] for each in (scope, other))
    return given[read.index(stream)]


class Classes:
    """All classes of a module, in an order in which each follows those that it uses."""

    def __init__(self, root: Scope, title: str, globals_: Globals, names: Names, trials: Trials) -> None:
        self.globals = globals_
        self.names = names
        self.classes: list[Class] = []
        self._of: dict[int, Class] = {}
        groups: dict[Any, list[Scope]] = {}
        self._identities = Identities(root)
        for scope in class_scopes(root):
            groups.setdefault(self._identities.of(scope), []).append(scope)
        self._tried = self._called_otherwise(groups, trials)
        wanted = class_name(_without_remarks(title))
        blocks = {class_name(block) for block in globals_.blocks}
        self.root_name = names.new(f"{wanted}Net" if wanted in blocks else wanted)
        for identity in self._identities.in_order(groups):
            self._make(groups[identity])
        self.root = self._of[id(root)]

    def of_blocks(self) -> list[Class]:
        """The classes that alone stand for a block."""
        blocks = Counter(one.block.name for one in self.classes if one.block is not None)
        return [one for one in self.classes if one.block is not None and blocks[one.block.name] == 1]

    def template_of(self, scope: Scope) -> tuple[Class, int]:
        """The class of a scope, and which of its places it is."""
        found = self._of[id(scope)]
        return found, found.places[id(scope)]

    def _make(self, scopes: list[Scope]) -> None:
        first = scopes[0]
        if first.parent is None:
            self._enter(self._found(self.root_name, scopes))
            return
        module = first.module
        wanted = class_name(module.block) if module.block else class_name(stem(first), "Group")
        tried = self._tried.get(self._identities.of(first), [])
        if not self._identities.is_recursive(first):
            self._make_some(wanted, scopes, tried)
            return
        deepest_first = sorted(scopes, key=height, reverse=True)
        inside = [scope for scope in sorted(tried, key=height, reverse=True) if self._has_classes_inside(scope)]
        try:
            self._enter(self._widest(wanted, deepest_first, inside), wanted)
        except Mismatch:
            self._identities.part_depths(first)
            for deep in range(1, height(deepest_first[0]) + 1):
                self._make_some(wanted, *([one for one in some if height(one) == deep] for some in (scopes, tried)))

    def _make_some(self, wanted: str, scopes: Sequence[Scope], known: Sequence[Scope]) -> None:
        """One class for scopes and known calls of their block, or as few as can be."""
        tried = [scope for scope in known if self._has_classes_inside(scope)]
        try:
            self._enter(self._widest(wanted, scopes, tried), wanted)
        except Mismatch:
            for alike, others in self._alike(scopes, tried):
                try:
                    self._enter(self._widest(wanted, alike, others), wanted)
                except Mismatch:
                    for scope in alike:
                        self._enter(self._widest(wanted, [scope], []), wanted)

    def _alike(self, scopes: Sequence[Scope], tried: Sequence[Scope]) -> list[tuple[list[Scope], list[Scope]]]:
        """The scopes in groups that are the same code but for numbers, each with the trials that are as well."""
        parts: dict[Any, tuple[list[Scope], list[Scope]]] = {}
        for group, members in enumerate((scopes, tried)):
            for scope in members:
                key = signature(scope, strict=True, template_of=self.template_of)
                parts.setdefault(key, ([], []))[group].append(scope)
        return [pair for pair in parts.values() if pair[0]]

    def _widest(self, wanted: str, scopes: Sequence[Scope], tried: Sequence[Scope]) -> Class:
        """The class of these scopes that also fits as many of the trials as can be. Raises: Mismatch."""
        try:
            return self._found(wanted, [*scopes, *tried])
        except Mismatch:
            if not tried:
                raise
        found, fitting = self._found(wanted, scopes), list(scopes)
        for scope in tried:
            # A recursion is called otherwise at every depth.
            deeper = [inner for inner in class_scopes(scope) if self._is_alike(inner, scope)]
            try:
                found = self._found(wanted, [*fitting, *deeper])
                fitting.extend(deeper)
            except Mismatch:
                continue
        return found

    def _found(self, wanted: str, scopes: Sequence[Scope]) -> Class:
        made = Class(wanted, scopes, self.globals, self.names)

        def template_of(scope: Scope) -> tuple[Class, int]:
            place = made.places.get(id(scope))
            return self.template_of(scope) if place is None else (made, place)

        made.find_pattern(template_of)
        return made

    def _is_alike(self, inner: Scope, scope: Scope) -> bool:
        """Whether a scope is the other one, or an instance of the same class in it."""
        return inner is scope or (self._identities.is_recursive(scope) and origin(inner) == origin(scope))

    def _has_classes_inside(self, scope: Scope) -> bool:
        """Whether everything in a scope is an instance of a class that there is, or of its own."""
        return all(id(inner) in self._of for inner in class_scopes(scope) if not self._is_alike(inner, scope))

    def _called_otherwise(self, groups: Mapping[Any, Sequence[Scope]], trials: Trials) -> dict[Any, list[Scope]]:
        """Scopes that the network does not have, by what those of one class have in common."""
        found: dict[Any, list[Scope]] = {}
        blocks: set[str] = set()
        for first, *_ in groups.values():
            block = first.module.block
            if block is None or block in blocks:
                continue
            blocks.add(block)
            for outer in trials.of(first):
                for scope in class_scopes(outer):
                    if (identity := self._identities.of(scope)) in groups:
                        found.setdefault(identity, []).append(scope)
        return found

    def _enter(self, made: Class, wanted: str | None = None) -> None:
        if wanted is not None:
            made.name = self.names.new(wanted)
        self.classes.append(made)
        for identity in made.places:
            self._of[identity] = made


def _without_remarks(title: str) -> str:
    """A title without what it says in parentheses, if that leaves something."""
    return re.sub(r"\([^()]*\)", " ", title).strip() or title


def outputs_of(graph: Graph) -> list[Wire]:
    """The tensors that the network returns."""
    return [wire_of(value) for value in graph.outputs.values()]
