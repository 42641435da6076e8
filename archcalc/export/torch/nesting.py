"""From the graph to nested scopes: where every layer stands, which wires cross scopes, and what is a chain."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from archcalc.export.torch import lists
from archcalc.export.torch.depth import Depth
from archcalc.export.torch.inlining import inline
from archcalc.export.torch.names import SEQUENTIAL_ATTRIBUTES
from archcalc.export.torch.parts import keeps_state
from archcalc.export.torch.registration import order
from archcalc.export.torch.scopes import Leaf, Scope, Unexpressed, wire_of
from archcalc.export.torch.taps import let_run_last
from archcalc.export.torch.tensors import Wire, made, wires_of
from archcalc.graph import Graph, Map, Module, Node
from archcalc.layers.base import TorchCall


def scopes(graph: Graph, scheduled: Collection[str] = (), listing: Collection[Any] = ()) -> Scope:
    """The scope of the network with everything inside. Raises: Unexpressed.

    Layers of kinds that are `scheduled` are as they stand in the spec, and not as they are at their depth. Scopes with
    an origin that is `listing` return lists, here as elsewhere.
    """
    root = _Builder(graph, scheduled, listing).root
    inline(root)
    return root


def repeated(root: Scope) -> frozenset[int]:
    """Groups that are classes although they are chains, by their steps.

    They occur at several places and have groups in them, or are no chain at another place.
    """
    found: dict[int, list[Scope]] = {}
    for scope in root.inner():
        if scope.module.block is None:
            found.setdefault(id(scope.module.step.origin), []).append(scope)
    return frozenset(
        step
        for step, places in found.items()
        if len({scope.is_chain for scope in places}) > 1
        or (len(places) > 1 and any(isinstance(item, Scope) and not item.module.block for item in places[0].items))
    )


def set_apart(root: Scope, steps: frozenset[int]) -> None:
    """Let groups of these steps be classes."""
    for scope in root.inner():
        if scope.module.block is None:
            scope.stands_apart = id(scope.module.step.origin) in steps


class _Builder:
    def __init__(self, graph: Graph, scheduled: Collection[str], listing: Collection[Any]) -> None:
        self.graph = graph
        self.scheduled = scheduled
        self.root = Scope(graph.root, None)
        self.scopes: dict[int, Scope] = {id(graph.root): self.root}
        self.places: dict[Node, Scope] = dict.fromkeys(graph.inputs, self.root)
        self.paths: dict[int, list[Scope]] = {id(self.root): [self.root]}
        self.leaves: dict[Node, Leaf] = {}
        self.recipes: dict[Any, tuple[TorchCall, ...]] = {}
        self.depth = Depth(graph)
        for node in graph.nodes:
            self._enter(node)
        self._show()
        self._wire()
        lists.cross(self.root, listing, self._show_in, self._hand_to)
        self._settle(self.root)

    def _scope(self, module: Module) -> Scope:
        home = module.home
        found = self.scopes.get(id(home))
        if found is None:
            assert home.parent is not None
            parent = self._scope(home.parent)
            found = self.scopes[id(home)] = Scope(home, parent)
            self.paths[id(found)] = [*self.paths[id(parent)], found]
            parent.items.append(found)
            if found.owner is not None:
                self._scope(found.owner).is_applied_again = True
        return found

    def _enter(self, node: Node) -> None:
        calls = self._recipe(node)
        keeps = node.is_tensor or (node.facts is not None and bool(node.facts.weights or node.facts.buffers))
        owner = node.shares if keeps else None
        place = self._scope(node.module)
        # Inside a scope that is applied again, the whole scope is what is shared.
        within = any(scope.owner is not None for scope in self.paths[id(place)])
        leaf = Leaf(node, calls, None if within else owner, self._batch(node), place)
        if leaf.owner is not None:
            _same_module(leaf, self.leaves[leaf.owner])
        place.items.append(leaf)
        self.places[node] = place
        self.leaves[node] = leaf

    def _show(self) -> None:
        """Let constant maps be there in the forms that others read."""
        wanted: dict[Node, set[str]] = {node: set() for node in self.leaves if node.is_constant}
        if not wanted:
            return
        read = [wire for leaf in self.leaves.values() for wire in leaf.wires]
        for wire in (*read, *(wire_of(value) for value in self.graph.outputs.values())):
            if wire.node in wanted:
                wanted[wire.node].add(wire.what)
        for node, forms in wanted.items():
            self.leaves[node].show(forms, self._batch(node))

    def _batch(self, node: Node) -> Wire:
        """A tensor with one item for every item of the batch."""
        near = [value for value in (node.here, node.module.entry) if isinstance(value, Map)]
        candidates = [value for value in near if value.node is not None and not value.node.is_constant]
        candidates.extend(source.outputs[0] for source in self.graph.inputs)
        single = [value for value in candidates if value.shape is not None and value.shape.items == 1]
        return wire_of((single or candidates)[0])

    def _recipe(self, node: Node) -> tuple[TorchCall, ...]:
        layer = node.layer
        assert layer is not None
        if node.kind not in self.scheduled:
            layer = layer.placed(*self.depth.of(node))
        reads = tuple(value.shape for value in node.inputs)
        writes = tuple(value.shape for value in node.outputs)
        key = (id(node.layer) if layer is node.layer else node, reads, writes, node.rounding, node.is_tensor)
        found = self.recipes.get(key)
        if found is None:
            shapes: Any = layer.flowing(reads)
            outputs: Any = writes
            found = made(node) if node.is_tensor else layer.torch(shapes, outputs, node.rounding)
            self.recipes[key] = found
        if not found:
            raise Unexpressed(node, *layer.why_no_torch)
        return found

    def _wire(self) -> None:
        """Inputs and outputs of all scopes: a wire enters every scope around its reader and not around its source."""
        for leaf in self.leaves.values():
            around = self.paths[id(self.places[leaf.node])]
            for wire in leaf.wires:
                if wire.what == "indices":
                    self.leaves[wire.node].gives_indices = True
                self._cross(wire, around)
        for value in self.graph.outputs.values():
            wire = wire_of(value)
            self._cross(wire, [])
            if wire not in self.root.outputs:
                self.root.outputs.append(wire)
        self.root.inputs = [Wire(node) for node in self.graph.inputs]

    def _cross(self, wire: Wire, around: list[Scope]) -> None:
        source = self.paths[id(self.places[wire.node])]
        shared = 0
        while shared < min(len(source), len(around)) and source[shared] is around[shared]:
            shared += 1
        for scope in around[shared:]:
            if wire not in scope.inputs:
                scope.inputs.append(wire)
        for scope in source[max(shared, 1) :]:
            if wire not in scope.outputs:
                scope.outputs.append(wire)

    def _show_in(self, wire: Wire, scope: Scope) -> None:
        """Let a wire be seen in a scope."""
        self._cross(wire, self.paths[id(scope)])

    def _hand_to(self, wire: Wire, scope: Scope) -> None:
        """Let a wire that is made in a scope be seen by all of that scope."""
        source = self.paths[id(self.places[wire.node])]
        if scope in source:
            self._cross(wire, source[: source.index(scope) + 1])

    def _settle(self, scope: Scope) -> None:
        """Put inputs and outputs in order; number equal keys; find out what is a chain."""
        counts: dict[Any, int] = {}
        for item in scope.items:
            if isinstance(item, Scope):
                self._settle(item)
            item.key = (*item.key, *(turn.number for turn in item.turns))
            times = counts[item.key] = counts.get(item.key, -1) + 1
            if times:
                item.key = (*item.key, "again", times)
        if scope.parent is not None:
            self._hand_out(scope)
            self._in_order(scope)
            lists.gather(scope)
        scope.order = order(scope)
        scope.is_chain = not scope.order and self._is_chain(scope)

    def _hand_out(self, scope: Scope) -> None:
        """A module returns something, also where nobody reads it; one that is applied again returns what both need."""
        if not scope.outputs:
            last = scope.module.output
            inside = {leaf.node for leaf in scope.leaves()}
            known = isinstance(last, Map) and last.node in inside
            scope.outputs.append(wire_of(last) if known else list(scope.leaves())[-1].outputs[0])
        if scope.owner is None:
            return
        outer = scope.parent
        while outer is not None and outer.owner is None:
            outer = outer.parent
        if outer is not None:
            return
        scope.again = self.scopes[id(scope.owner)]
        mine, theirs = [leaf.node for leaf in scope.leaves()], list(scope.again.leaves())
        for wire in (wire for stream in scope.outputs for wire in wires_of(stream)):
            index = mine.index(wire.node)
            if index < len(theirs):
                twin = wire._replace(node=theirs[index].node)
                if twin not in scope.again.outputs:
                    scope.again.outputs.append(twin)

    def _in_order(self, scope: Scope) -> None:
        """What flows in stands first, then the maps that a block is given, in the order of its parameters."""
        arguments = scope.module.arguments
        given = list(arguments.variables.values()) if arguments is not None else []
        order = [*_maps(scope.module.entry), *_maps(tuple(given))]
        made = list(_maps(scope.module.output))
        if len(made) == 1 and made[0].node.step is not None and made[0].node.step.name is not None:
            # Results with names stand in the order in which they are made.
            made = []
        if len(made) == 1:
            let_run_last(scope, *made)
        scope.inputs.sort(key=lambda wire: order.index(wire) if wire in order else len(order))

        def rank(wire: Any) -> tuple[int, int, int]:
            return made.index(wire) if wire in made else len(made), wire.node.index, wire.port

        scope.outputs.sort(key=rank)

    def _is_chain(self, scope: Scope) -> bool:
        if len(scope.inputs) != 1 or len(scope.outputs) != 1 or not scope.items:
            return False
        current = scope.inputs[0]
        if any(item.label in SEQUENTIAL_ATTRIBUTES or "." in item.label for item in scope.items):
            return False
        if scope.parent is None and len(self.graph.outputs) != 1:
            return False
        for item in scope.items:
            if isinstance(item, Leaf):
                fits = item.is_link and item.wires == [current] and len(item.outputs) == 1
                fits = fits and (len(item.calls) == 1 or _may_stand_behind_pads(item, scope))
            else:
                fits = item.owner is None and item.inputs == [current] and len(item.outputs) == 1
            if not fits:
                return False
            current = item.outputs[0]
        return current == scope.outputs[0]


def _may_stand_behind_pads(leaf: Leaf, scope: Scope) -> bool:
    """Whether pads in front of a module change no name that is seen: in a group without loops and numbers."""
    is_plain_group = scope.module.block is None and scope.parent is not None
    is_counted = any(item.turns or (item.label.isdigit() and keeps_state(item)) for item in scope.items)
    return is_plain_group and not leaf.label.isdigit() and not is_counted


def _same_module(leaf: Leaf, owner: Leaf) -> None:
    """Whether a layer that is applied again is the same module for its new input. Raises: Unexpressed."""
    modules, others = ([call for call in one.calls if call.is_module] for one in (leaf, owner))
    if not modules or not others or modules[-1] != others[-1]:
        message = f"it is {owner.node.name} again, but as another module"
        raise Unexpressed(leaf.node, message)


def _maps(value: Any) -> Iterator[Wire]:
    """The maps in a value of the language."""
    if isinstance(value, Map) and value.node is not None:
        yield wire_of(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _maps(item)
