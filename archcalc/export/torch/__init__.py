"""PyTorch source of the same graph, as a good engineer would have written it. Nothing here imports torch.

To be read in the order in which a network passes through:

1. `scopes`: the graph as nested scopes, each with what it reads and hands out, as `nesting` finds it. A *wire* is a
   tensor in the graph; wires that are the entries of one list flow together (`lists`). Groups that only hold modules
   are no scopes of their own (`inlining`), and what a block hands out besides may run last (`taps`).
2. `classes`: scopes of one block become one class, if they follow a pattern; each scope is a *place* of the class.
3. `patterns`, with `parts` and a module for each sort of them: the *parts* that all places share. What differs from
   place to place is a *code*, an expression over the names of a `namespace`: made from the spec's own formula
   (`code`), and accepted only if its value is right at every place (`evaluation`, `candidates`). A *ref* is a tensor
   in `forward`, an entry of a list of them, or the list (`refs`). Loops are parts whose turns are matched like places:
   those of chains in `loop_parts`, all others in `cycles`.
   `trials` call each block at other arguments than the network does: these calls are places, too.
4. `construct`, with `making` and `shelves`, and `forward`: the two methods of a class as trees, with the codes in them
   (`python`); `making_cycles` and `forward_cycles` add the loops, `registration` the order in which modules are made.
   `module` puts the file together, with what PyTorch does not have (`library` copies it from `supplied`), and
   `archcalc.export.layout` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.diagnostics.codes import export as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Dim, Number, Polynomial, substitute
from archcalc.expressions.limits import with_room
from archcalc.graph import Graph, Node
from archcalc.network import Network, Settings

if TYPE_CHECKING:
    from archcalc.export.torch.namespace import Parameter
    from archcalc.export.torch.scopes import Leaf, Scope
    from archcalc.export.torch.tensors import Wire
    from archcalc.expressions.values import Value
    from archcalc.program import Program


class Source(NamedTuple):
    """A module of PyTorch and how it belongs to its graph.

    `arguments` are the symbols that the constructor takes, with the names of its parameters. `events` are the nodes in
    the order in which `forward` runs them, each with the calls of PyTorch that it makes. `scopes` are the classes that
    stand for the network, its blocks and its groups; `supplied` are definitions that PyTorch does not have.
    """

    text: str
    class_name: str
    arguments: dict[str, str]
    events: tuple[tuple[str, int], ...]
    graph: Graph
    scopes: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    """Modules that others wrote and that are imported, each as package.module:Class."""
    blocks: tuple[BlockClass, ...] = ()
    """Classes that alone stand for a block of the spec, and how they are built at any arguments."""


class BlockClass(NamedTuple):
    """The class of a block: its name, its parameters, and the calls of the block that are known to be instances."""

    name: str
    parameters: tuple[Parameter, ...]
    places: tuple[Scope, ...]

    def covers(self, scope: Scope) -> bool:
        """Whether another call of the block needs no other modules and functions than those that the class has.

        A convolution with `padding: same`, for one, is one call of PyTorch or two, depending on its stride; and what
        is put into a container by its name is written out, however many turns of a loop put it there.
        """
        known = {_calls(leaf) for place in self.places for leaf in place.leaves()}
        entries = {entry for place in self.places for entry in _entries(place)}
        if len(scope.inputs) < max(len(place.inputs) for place in self.places):
            return False
        return all(_calls(leaf) in known for leaf in scope.leaves()) and _entries(scope) <= entries

    def arguments(self, scope: Scope, symbols: Mapping[str, Value]) -> dict[str, Value] | None:
        """What its constructor takes for another call of the block; None if the spec does not say so."""
        from archcalc.export.torch.namespace import arguments_of

        return arguments_of(self.parameters, scope, symbols)

    def outputs(self, scope: Scope) -> list[Wire]:
        """What an instance hands out for another call of the block, from which nobody may read as much.

        Layers are found by their names in a place that has as many of them as any; where one is absent in this call,
        the call says itself what it gives.
        """
        from archcalc.export.torch.tensors import wires_of

        place = max(self.places, key=lambda one: sum(1 for _ in one.leaves()))
        inside = {leaf.node.name.removeprefix(scope.module.prefix): leaf.node for leaf in scope.leaves()}
        wires = [wire for stream in place.outputs for wire in wires_of(stream)]
        found = [(wire, inside.get(wire.node.name.removeprefix(place.module.prefix))) for wire in wires]
        alike = [wire._replace(node=node) for wire, node in found if node is not None]
        if len(alike) == len(found):
            return alike
        return [wire for stream in scope.outputs for wire in wires_of(stream)]


def write(program: Program, values: Mapping[str, int | Fraction | bool]) -> tuple[Source | None, list[Diagnostic]]:
    """The source of a network whose check found no errors, or None; with what there is to say about it.

    Symbols stay symbols where the network can be built without their values; otherwise the code is for these sizes.
    """
    # A size with hundreds of terms is a tree of that depth.
    return with_room(lambda: _source(program, values))


def _source(program: Program, values: Mapping[str, int | Fraction | bool]) -> tuple[Source | None, list[Diagnostic]]:
    from archcalc.export.torch.scopes import Unexpressed

    network = program.unfold(Settings(values))
    if not network.graph.is_complete:
        return None, [Diagnostic(codes.NOT_EXPORTABLE, f"{program.name} has errors, which a check shows")]
    symbolic = _with_symbols(program, values, network)
    sizes = {name: value for name, value in network.symbols.items() if isinstance(value, int)}
    if symbolic is not None:
        try:
            return _written(program, symbolic, sizes), []
        except Unexpressed:
            # Some layers can only be written where their sizes are numbers.
            symbolic = None
    try:
        found = _written(program, network, {})
    except Unexpressed as error:
        message = f"{error.node.name}: {error.message}"
        span = error.node.step.origin.span
        return None, [Diagnostic(codes.NO_TORCH_FORM, message, span, help=error.help, layer=error.node.name)]
    notes: list[Diagnostic] = []
    if sizes:
        listed = ", ".join(f"{name} = {value}" for name, value in sizes.items())
        notes.append(Diagnostic(codes.SIZES_FIXED, f"the code is for {listed} only"))
    return found, notes


def _with_symbols(program: Program, values: Mapping[str, int | Fraction | bool], network: Network) -> Network | None:
    """The network without values for its symbols, if it is the same one and complete."""
    if not any(isinstance(value, int) for value in network.symbols.values()):
        return None
    kept = {name: value for name, value in values.items() if name not in network.symbols}
    found = program.unfold(Settings(kept, symbolic=True))
    if any(one.severity == "error" for one in found.diagnostics) or not found.graph.is_complete:
        return None
    sizes = {name: value for name, value in network.symbols.items() if isinstance(value, int)}
    if any(_stretches_symbols(node) for node in found.graph.nodes):
        return None
    return found if _is_same(found, network, sizes) else None


def _stretches_symbols(node: Node) -> bool:
    """Whether a merge would stretch a map at some values of a symbol, and join it as it is at others."""
    if not getattr(node.layer, "broadcast", False):
        return False
    shapes = [value.shape for value in node.inputs if value.shape is not None]
    for sizes in zip(*(shape.sizes for shape in shapes), strict=False):
        others = set(sizes) - {1}
        if len(others) > 1 and any(isinstance(size, Polynomial) for size in others):
            return True
    return False


def _is_same(symbolic: Network, network: Network, sizes: dict[str, int]) -> bool:
    """Whether a network with symbols is, at these sizes, the network that was checked."""
    seen: set[tuple[int, int]] = set()
    # Both have the same layers: a step that depends on a symbol is an error where the symbol has no value.
    for general, special in zip(symbolic.graph.nodes, network.graph.nodes, strict=True):
        facts, known = general.facts, special.facts
        assert facts is not None and facts.outputs is not None, "a complete graph knows all maps"
        assert known is not None and known.outputs is not None, "a complete graph knows all maps"
        # Facts are remembered for equal layers, so most of them have been compared before.
        if (id(facts), id(known)) in seen:
            continue
        seen.add((id(facts), id(known)))
        # What depends on a symbol without a value is a requirement of both.
        if any(requirement.condition.substitute(sizes).decide() is False for requirement in facts.requirements):
            return False
        written = [size for shape in facts.outputs for size in (*shape.sizes, shape.items)]
        expected = [size for shape in known.outputs for size in (*shape.sizes, shape.items)]
        if [_at(size, sizes) for size in written] != expected:
            return False
        # Equal maps do not say it all: attention has one projection instead of three if its memory is as wide as it is.
        weights = [(one.name, *(_at(size, sizes) for size in one.shape)) for one in facts.weights]
        if weights != [(one.name, *one.shape) for one in known.weights]:
            return False
    return True


def _at(size: Dim, sizes: dict[str, int]) -> Number:
    return substitute(size, sizes) if isinstance(size, Polynomial) else size


def _written(program: Program, network: Network, sizes: dict[str, int]) -> Source:
    from archcalc.export.torch import library
    from archcalc.export.torch.authors import authors, named
    from archcalc.export.torch.classes import Classes
    from archcalc.export.torch.lists import origins
    from archcalc.export.torch.module import Module, Titles
    from archcalc.export.torch.names import Names, table_name
    from archcalc.export.torch.nesting import repeated, scopes, set_apart
    from archcalc.export.torch.schedules import schedules
    from archcalc.export.torch.trials import Trials

    names = Names()
    for name in library.names():
        names.new(name)
    # Before anything in a class gets a name, so that nothing there hides a list above the classes.
    listed = {text: names.new(table_name(text, network.symbols)) for text in network.globals.listed()}
    written_by = named(authors(network.graph), names)
    scheduled = schedules(network.graph)
    root = scopes(network.graph, scheduled)
    apart = repeated(root)
    set_apart(root, apart)
    trials = Trials(network.globals, program.network_spec.rounding, scheduled, apart, origins(root))
    classes = Classes(root, program.name, network.globals, names, trials)
    titles = Titles(program.name, program.variant, program.network_spec.source, sizes)
    module = Module(network.graph, root, classes, titles, names, tuple(scheduled.values()), listed, written_by)
    return Source(
        module.text,
        classes.root.name,
        module.symbols,
        tuple((leaf.node.name, len(leaf.events)) for leaf in root.leaves()),
        network.graph,
        tuple(module.scopes),
        module.supplied,
        tuple(written_by),
        tuple(BlockClass(one.name, tuple(one.parameters), tuple(one.scopes)) for one in classes.of_blocks()),
    )


def _calls(leaf: Leaf) -> tuple[Any, ...]:
    """What of the calls of a layer no argument changes."""
    given = [dict(leaf.layer), *(call.kwargs for call in leaf.calls)]
    words = [tuple(value for value in values.values() if isinstance(value, str)) for values in given]
    return id(leaf.node.step.origin), *(call.target for call in leaf.calls), *words


def _entries(scope: Scope) -> set[str]:
    """The names of what is put into containers."""
    return {item.label for one in (scope, *scope.inner()) for item in one.items if "." in item.label}
