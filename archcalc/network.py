"""From a specification to a network: variant, overrides and symbols applied, steps unfolded, loose ends found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Condition, Dim, DimsOverflow, Number, Polynomial, symbol
from archcalc.expand.build import Memory
from archcalc.expand.globals import Globals, symbols_of
from archcalc.expand.scope import Context, is_left_out
from archcalc.expand.unfold import Stop, Unfolder
from archcalc.expressions.given import typed, words
from archcalc.expressions.limits import is_beyond
from archcalc.expressions.values import UnknownValue, Unresolved, Value, described
from archcalc.graph import Frame, Graph, Map, Node
from archcalc.layers.known import WORDS
from archcalc.layers.shape import AXIS_NAMES, Integers, Shape
from archcalc.layers.site import Requirement
from archcalc.layers.table import KINDS
from archcalc.spec.model import Argument, Claim, Formula, Input, Let, Listing, Mistake, Spec, mistake
from archcalc.tally import count, tally


class Network(NamedTuple):
    """An unfolded network with everything that was found on the way."""

    graph: Graph
    diagnostics: list[Diagnostic]
    globals: Globals
    symbols: dict[str, Number]
    claims: list[Claim]
    requirements: tuple[Requirement, ...]
    settable: list[str]
    """Names that a check can give values to: symbols and lets, but no functions."""
    freed: dict[str, int]
    """Symbols that stand for sizes which the spec gives as numbers, with these numbers."""
    is_given_up: bool
    """Whether unfolding stopped at a limit, so that its layers are not known."""


class Settings(NamedTuple):
    """What a check changes about a spec: values for symbols and lets, or no values at all.

    With `freed`, the height, the width, ... of inputs that are given as numbers become symbols too.
    """

    overrides: Mapping[str, Value] = {}
    symbolic: bool = False
    freed: bool = False

    @property
    def key(self) -> Hashable:
        """Equal for settings that mean the same. As in the language, 1 is not true."""
        values = tuple((name, typed(value)) for name, value in self.overrides.items())
        return self.symbolic, self.freed, values

    def moved(self, values: Mapping[str, Value]) -> Settings:
        """The same with other values for some names."""
        return self._replace(overrides={**self.overrides, **values})


DEFAULT = Settings()


def unfold(spec: Spec, settings: Settings = DEFAULT, memory: Memory | None = None) -> Network:
    """The network of a spec, in which a variant is chosen if it has some.

    With a `memory`, layers that another network had at the same shapes are not inferred again.
    """
    return Assembly(spec, settings).network(memory)


def stated(spec: Spec, overrides: Mapping[str, Value]) -> dict[str, int]:
    """The values that a spec states for its symbols under `at`, or that overrides give them."""
    symbols = Assembly(spec, Settings(overrides)).symbols()
    return {name: value for name, value in symbols.items() if isinstance(value, int)}


def symbol_names(spec: Spec) -> list[str]:
    """The symbols of a spec: they are born in `input` or as keys of `at`."""
    formulas = [formula for entry in spec.inputs for formula in [*entry.sizes, *([entry.count] if entry.count else [])]]
    born = [*(name for formula in formulas for name in formula.tree.names()), *spec.at]
    return [name for name in dict.fromkeys(born) if name not in spec.lets]


def sized(spec: Spec) -> list[str]:
    """The symbols that stand for the height, the width, ... of an input, or for how many items it has."""
    formulas = [
        formula for entry in spec.inputs for formula in [*entry.spatial, *([entry.count] if entry.count else [])]
    ]
    names = dict.fromkeys(name for formula in formulas for name in formula.tree.names())
    return [name for name in names if name not in spec.lets]


def settable(spec: Spec) -> list[str]:
    """Names that a check can give values to: symbols and lets, but no functions."""
    return [*symbol_names(spec), *(name for name, let in spec.lets.items() if let.parameters is None)]


class Assembly:
    """The parts of a network around its steps: values of symbols, what flows in, what comes out, what is left over."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self.spec = spec
        self.settings = settings
        self.overrides: dict[str, Value] = {}
        self.diagnostics: list[Diagnostic] = []
        self.requirements: list[Requirement] = []
        self.freed: dict[str, int] = {}

    def network(self, memory: Memory | None = None) -> Network:
        """The network, unfolded."""
        graph = Graph()
        symbols = self.symbols()
        globals_ = Globals(self.spec.lets, symbols, self.spec.blocks, self.overrides, hides_names=self.spec.hides_names)
        unfolder = Unfolder(globals_, self.spec.rounding, graph, memory)
        self.inputs(graph, globals_)
        maps = {node.label: node.outputs[0] for node in graph.inputs}
        single = len(self.spec.inputs) == 1 and self.spec.inputs[0].name == "input"
        globals_.input_names = list(maps)
        start = next(iter(maps.values())) if len(maps) == 1 else None
        frame = Frame({} if single else dict(maps), graph.root, None)
        context = Context(globals_, frame, graph.root, here=start, entry=start)
        is_given_up = False
        try:
            end = unfolder.run(self.spec.steps, context)
            unfolder.finish()
            self.outputs(graph, context, end)
            self.unread_lets(globals_)
        except Stop:
            # The reason was reported. A network that was cut off has no totals, and a table of it helps nobody.
            graph.nodes.clear()
            is_given_up = True
        self.diagnostics.extend(unfolder.diagnostics)
        self._too_long_to_write(graph)
        unique_names(graph)
        known = all(output.shape is not None for node in graph.nodes for output in node.outputs)
        graph.is_complete = unfolder.is_complete and known and bool(graph.outputs)
        if (
            self.spec.is_readable
            and unfolder.is_complete
            and not any(found.severity == "error" for found in self.diagnostics)
        ):
            self._loose_ends(graph)
        return Network(
            graph,
            self.diagnostics,
            globals_,
            symbols,
            self.spec.claims,
            tuple(self.requirements),
            settable(self.spec),
            self.freed,
            is_given_up,
        )

    def unread_lets(self, globals_: Globals) -> None:
        """Lets that no step needs: what is wrong with one of them whatever the sizes are is told all the same."""
        for name, let in self.spec.lets.items():
            if let.parameters is not None:
                continue
            try:
                globals_.value(name)
            except Mistake as error:
                if error.diagnostic.code in _ALWAYS_WRONG or not _names_in(let.value):
                    self.diagnostics.append(error.diagnostic)
            except (Unresolved, UnknownValue):
                continue

    def _check_overrides(self) -> None:
        """Values from outside keep to the rules that values in the spec keep to."""
        known, symbols = settable(self.spec), symbol_names(self.spec)
        for name, value in self.settings.overrides.items():
            if name not in known:
                self.diagnostics.append(unknown_symbol(name, known))
            elif name in symbols and not self._is_size(value):
                self.diagnostics.append(
                    Diagnostic(codes.BAD_VALUE, f"`{name}` is a positive whole number, not {described(value)}")
                )
            elif unknown := next((word for word in words(value) if not self._is_word(word)), None):
                self.diagnostics.append(
                    Diagnostic(codes.BAD_VALUE, f"`{name}`: `{unknown}` is no word of the language, and no block")
                )
            else:
                self.overrides[name] = value

    def _is_size(self, value: Value) -> bool:
        """Whether a symbol may have a value: a size, or a formula that is one, where formulas are given for names."""
        if isinstance(value, Polynomial) and self._has_formulas:
            return value.denominator == 1 and Condition.at_least(value, 1).decide() is True
        return is_size(value)

    @cached_property
    def _has_formulas(self) -> bool:
        return any(isinstance(value, Polynomial) for value in self.settings.overrides.values())

    def _is_word(self, text: str) -> bool:
        """Whether a word stands for itself in this spec."""
        return text in WORDS or text in KINDS or text in self.spec.blocks

    def symbols(self) -> dict[str, Number]:
        """Symbols with their values: overrides win over `at`, whose entries may use each other in any order."""
        self._check_overrides()
        names = symbol_names(self.spec)
        values: dict[str, Number] = {name: value for name, value in self.overrides.items() if name in names}
        given = {} if self.settings.symbolic else {n: formula for n, formula in self.spec.at.items() if n not in values}
        definitions = {name: Let(name, None, formula, formula.span) for name, formula in given.items()}
        scope = Globals({**self.spec.lets, **definitions}, symbols_of(names, values), {}, self.overrides).context
        for name, formula in given.items():
            try:
                value = formula.evaluate(scope)
                if not self._is_size(value):
                    message = f"`{name}` is a positive whole number, not {described(value)}"
                    raise mistake(codes.BAD_VALUE, message, formula.span)
                values[name] = value
            except Mistake as error:
                self.diagnostics.append(error.diagnostic)
            except UnknownValue:
                continue  # It uses an entry that is wrong itself.
        return symbols_of(names, values)

    def inputs(self, graph: Graph, globals_: Globals) -> None:
        """Enter what flows in."""
        for entry in self.spec.inputs:
            node = Node(-1, "input", entry.name, graph.root, entry.span)
            node.outputs = (Map(node, 0, self._shape(entry, globals_)),)
            graph.inputs.append(node)

    def _shape(self, entry: Input, globals_: Globals) -> Shape | None:
        try:
            sizes = [self._size(formula, globals_, "a size") for formula in entry.sizes]
            if self.settings.freed:
                first = 0 if entry.is_integer or entry.layout == "channels_last" else 1
                places = range(len(entry.spatial))
                sizes[first : first + len(places)] = [self._free(entry, at, sizes[first + at]) for at in places]
            count = self._size(entry.count, globals_, "`count`") if entry.count else 1
        except Mistake as error:
            self.diagnostics.append(error.diagnostic)
            return None
        except UnknownValue:
            return None
        return Shape(tuple(sizes), entry.layout, items=count, integers=Integers() if entry.is_integer else None)

    def _free(self, entry: Input, axis: int, size: Dim) -> Dim:
        """A symbol for a size that is a number: H and W, or L, with the name of the input in front if it has one."""
        if not isinstance(size, int):
            return size
        names = AXIS_NAMES.get(len(entry.spatial))
        letter = names[axis][0].upper() if names else f"N{axis + 1}"
        name = letter if len(self.spec.inputs) == 1 else f"{entry.name}_{letter}"
        while name in self.freed or name in self._settable:
            name += "_"
        self.freed[name] = size
        return symbol(name)

    @cached_property
    def _settable(self) -> frozenset[str]:
        return frozenset(settable(self.spec))

    def _size(self, formula: Formula, globals_: Globals, what: str) -> Dim:
        value = formula.evaluate(globals_.context)
        if is_beyond(value):
            raise mistake(codes.NUMBER_TOO_LARGE, f"{what} has more than 100 digits", formula.span)
        if isinstance(value, Polynomial):
            positive = Condition.at_least(value, 1)
            if positive.decide() is False:
                raise mistake(codes.BAD_SHAPE, f"{what} is at least 1, and {formula.text} never is", formula.span)
            if positive.decide() is None:
                self.requirements.append(
                    Requirement(positive, f"{formula.text} must be positive", code=codes.BAD_SHAPE)
                )
            if value.denominator != 1:
                whole = Condition.multiple(value * value.denominator, value.denominator)
                reason = f"{formula.text} must be whole"
                self.requirements.append(Requirement(whole, reason, code=codes.BAD_SHAPE))
            return value
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            where = f" for {self._values_in(formula, globals_)}" if formula.tree.names() else ""
            raise mistake(
                codes.BAD_SHAPE,
                f"{what} is a positive whole number, and {formula.text} is {value}{where}",
                formula.span,
            )
        return value

    def _values_in(self, formula: Formula, globals_: Globals) -> str:
        return ", ".join(f"{name} = {globals_.value(name)}" for name in formula.tree.names())

    def outputs(self, graph: Graph, context: Context, end: Value) -> None:
        """Enter what comes out: what `output` names, or else the last map."""
        if self.spec.outputs is None:
            if isinstance(end, Map):
                graph.outputs = {"output": end}
            elif isinstance(end, tuple):
                graph.outputs = {f"output.{index}": value for index, value in enumerate(end) if isinstance(value, Map)}
            return
        # A head that `when` leaves out is no output, as long as there is another one: its name stands for what passes.
        known = graph.root.names
        made = [formula for formula in self.spec.outputs if not is_left_out(known.get(formula.text))]
        for formula in made or self.spec.outputs:
            try:
                value = context.map(formula)
            except Mistake as error:
                diagnostic = error.diagnostic
                code = graph_codes.UNKNOWN_OUTPUT if diagnostic.code is graph_codes.UNKNOWN_MAP else diagnostic.code
                self.diagnostics.append(diagnostic._replace(code=code))
            except UnknownValue:
                continue
            else:
                values = value if isinstance(value, tuple) else (value,)
                names = [formula.text] if len(values) == 1 else [f"{formula.text}.{i}" for i in range(len(values))]
                graph.outputs.update(dict(zip(names, values, strict=True)))

    def _too_long_to_write(self, graph: Graph) -> None:
        """Counts with symbols can outgrow every page; they are then as unknown as behind an error."""
        try:
            for value in tally(graph.nodes):
                str(value)
        except DimsOverflow as error:
            self.diagnostics.append(
                Diagnostic(codes.NUMBER_TOO_LARGE, f"the counts of the network: {error}", self.spec.span)
            )
            for node in graph.nodes:
                if node.facts and not all(isinstance(value, int) for value in count(node)):
                    node.facts = None
                    node.outputs = tuple([Map(node, output.port, None) for output in node.outputs])

    def _loose_ends(self, graph: Graph) -> None:
        read = {id(value.node) for node in graph.nodes for value in node.inputs}
        read.update(id(value.node) for value in graph.outputs.values())
        for node in graph.nodes:
            if id(node) not in read:
                self.diagnostics.append(
                    Diagnostic(
                        graph_codes.UNUSED_OUTPUT,
                        f"nothing reads what {node.name} ({node.kind}) writes",
                        node.span,
                        layer=node.name,
                        help=("declare it under `output`, or remove it",),
                    )
                )
            # A product multiplies the rows of a map with each other on purpose.
            if node.layer is not None and node.layer.is_merge and not node.layer.has_products():
                self._warn_of_repeated_map(node)
        for node in graph.inputs:
            if id(node) not in read:
                self.diagnostics.append(
                    Diagnostic(graph_codes.UNUSED_INPUT, f"nothing reads input `{node.label}`", node.span)
                )

    def _warn_of_repeated_map(self, node: Node) -> None:
        """Warn where a merge reads one map twice: as a rule it is a shortcut that went wrong."""
        made = [(id(value.node), value.port) for value in node.inputs if value.node is not None]
        times = Counter(made)
        twice = [value.node for at, value in zip(made, node.inputs, strict=False) if times[at] > 1]
        if len(made) == len(node.inputs) and twice and twice[0] is not None:
            self.diagnostics.append(
                Diagnostic(
                    graph_codes.SAME_MAP_TWICE,
                    f"{node.kind} reads one map twice: what {twice[0].name or 'the input'} writes",
                    node.span,
                    layer=node.name,
                    help=(
                        "a step that `when` leaves out passes `here`, not what its `from` names",
                        "begin the branch by a step of its own: `[{from: input}, ...]`",
                    ),
                )
            )


def unique_names(graph: Graph) -> None:
    """Merges without a name are called by their kind; a name that is taken gets a number."""
    numbers: dict[str, int] = {}
    taken: set[str] = set()
    named = {node.name for node in graph.nodes if node.label}
    for node in graph.nodes:
        is_named = bool(node.label)
        if not is_named:
            node.label = node.kind
            node.name = node.module.prefix + node.kind
        base = node.name
        number = numbers.get(base, 2)
        while node.name in taken or (not is_named and node.name in named):
            node.name = f"{base}_{number}"
            number += 1
        numbers[base] = number
        taken.add(node.name)
    for node in graph.inputs:
        # A layer keeps its name, which its parameters have in PyTorch too.
        while node.name in taken:
            node.name += "_input"
        taken.add(node.name)


_ALWAYS_WRONG = (codes.UNKNOWN_NAME, codes.UNKNOWN_FUNCTION, codes.CIRCULAR_DEFINITION)
"""Mistakes of an expression that no value of its names repairs."""


def _names_in(value: Argument) -> bool:
    """Whether a value depends on names."""
    if isinstance(value, Listing):
        return any(_names_in(item) for item in value.items)
    return isinstance(value, Formula) and bool(value.tree.names())


def is_size(value: Value) -> bool:
    """Symbols stand for whole numbers from 1 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def unknown_symbol(name: str, known: list[str]) -> Diagnostic:
    """A diagnostic for a value that was given to a name which the spec does not have."""
    near = closest(name, known)
    listed = f"the spec has {', '.join(known)}" if known else "the spec has no symbols"
    return Diagnostic(
        codes.UNKNOWN_SYMBOL,
        f"`{name}` is neither a symbol nor a let of this spec",
        help=(f"did you mean `{near}`?" if near else listed,),
    )
