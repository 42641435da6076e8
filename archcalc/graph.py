"""The flat network: nodes with their layers and facts, connected by maps, sorted as they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from archcalc.diagnostics.model import Span
from archcalc.infer import Facts
from archcalc.layers.base import Layer, Weight
from archcalc.layers.shape import Rounding, Shape

if TYPE_CHECKING:
    import networkx

    from archcalc.spec.model import LayerStep, Step


TIED = "weight"
"""The tensor that a layer can have in common with another one, as PyTorch's modules name it."""


class _Inner(Protocol):
    """A scope, a frame or a call: it stands in another one, its `parent`."""

    @property
    def parent(self) -> Any:
        """What it stands in; None for the outermost."""


Inner = TypeVar("Inner", bound=_Inner)


def outward(one: Inner | None) -> Iterator[Inner]:
    """It and what it stands in, from the inside out."""
    while one is not None:
        yield one
        one = one.parent


class Map:
    """What a node writes at one of its ports. The shape is None at and behind an error.

    `outline` is what is known all the same: the shape itself, or one with `?` for every size that depends on the error;
    None where not even the number of axes is known.
    """

    __slots__ = ("node", "outline", "port", "shape")

    def __init__(self, node: Node | None, port: int, shape: Shape | None, outline: Shape | None = None) -> None:
        self.node = node
        self.port = port
        self.shape = shape
        self.outline = shape if outline is None else outline

    def __repr__(self) -> str:
        return f"Map({self.node.name if self.node else 'unknown'}, {self.shape})"


class BlockCall:
    """Where a block was called from: a chain to the outermost call."""

    __slots__ = ("block", "parent", "span")

    def __init__(self, block: str, span: Span, parent: BlockCall | None) -> None:
        self.block = block
        self.span = span
        self.parent = parent


class Module:
    """A scope of names: the network, a named group, or the call of a block."""

    __slots__ = (
        "arguments",
        "block",
        "count",
        "entry",
        "frame",
        "graph",
        "here",
        "hides_names",
        "home",
        "is_shelf",
        "label",
        "names",
        "original",
        "output",
        "parent",
        "prefix",
        "registered",
        "step",
    )

    def __init__(self, label: str, parent: Module | None, block: str | None = None) -> None:
        self.label = label
        self.parent = parent
        self.block = block
        self.prefix: str = "" if parent is None else f"{parent.prefix}{label}."
        self.count = 0
        self.names: dict[str, Any] = {}
        self.output: Any = None
        self.entry: Any = None
        """What the group or the block reads."""
        self.here: Any = None
        """The current map in front of it."""
        self.step: Any = None
        """The step that opened the scope, a `spec.model.Step`; None for the network."""
        self.hides_names = False
        """Whether a step of the scope could not be read that may have given names to maps."""
        self.is_shelf = False
        """Whether it only holds steps of the scope around it, each of which runs where it stands."""
        self.registered: tuple[tuple[int, tuple[str, ...]], ...] = ()
        """Names of what the scope is said to register at a place of its own, behind so many layers of the network."""
        self.frame: Frame | None = None
        """The variables that the step saw; those of the scope itself are in `arguments`."""
        self.arguments: Frame | None = None
        self.home: Module = self
        """The scope at whose place this one stands: itself, unless it borrows parameters."""
        self.original: Module | None = None
        """The scope whose parameters this one uses again."""
        self.graph: Graph | None = parent.graph if parent else None
        """The graph that it is a scope of; None for places that no network has."""

    def borrowing(self, names: dict[str, Any]) -> Module:
        """A scope at the same place whose steps use the parameters of those in `names`."""
        mirror = Module(self.label, self.parent, self.block)
        mirror.prefix = self.prefix
        mirror.home = self.home
        mirror.original = Module("", None)
        mirror.original.names = names
        return mirror

    def beside(self, block: str) -> Module:
        """A scope for the names of a block whose steps stand in this one; they are counted on."""
        names = Module(self.label, self.parent, block)
        names.prefix = self.prefix
        names.home = self.home
        names.original = self.original
        names.graph = self.graph
        names.count = self.count
        return names

    @property
    def path(self) -> tuple[str, ...]:
        """Labels from the outermost scope to this one; the network itself has none."""
        return () if self.parent is None else (*self.parent.path, self.label)


class Frame:
    """Variables of a loop or parameters of a block; `module` says that names of steps live here too.

    Inside a group, or a branch of a merge with `when`, `group` is its step; in a loop, `turn` counts from 0. A block
    whose steps stand in the scope of its call has `caller`, the frame of that call, and `group`, its step.
    """

    __slots__ = ("caller", "group", "module", "parent", "turn", "variables")

    def __init__(
        self,
        variables: dict[str, Any],
        module: Module | None,
        parent: Frame | None,
        group: Step | None = None,
        turn: int | None = None,
    ) -> None:
        self.variables = variables
        self.module = module
        self.parent = parent
        self.group = group
        self.turn = turn
        self.caller: Frame | None = None


class Node:
    """A layer at its place: what it reads, what it writes, and where it was written."""

    __slots__ = (
        "behind",
        "call",
        "facts",
        "frame",
        "here",
        "index",
        "inputs",
        "is_constant",
        "kind",
        "label",
        "layer",
        "module",
        "name",
        "outputs",
        "rounding",
        "shares",
        "span",
        "step",
        "tied",
        "trainable",
    )

    def __init__(self, index: int, kind: str, label: str, module: Module, span: Span) -> None:
        self.index = index
        self.kind = kind
        self.label = label
        self.module = module
        self.span = span
        self.name = module.prefix + label
        self.layer: Layer | None = None
        self.inputs: tuple[Map, ...] = ()
        self.outputs: tuple[Map, ...] = ()
        self.facts: Facts | None = None
        self.behind: Facts | None = None
        """What is known of a layer behind an error: its `facts`, some of which depend on `?`."""
        self.call: BlockCall | None = None
        self.trainable = True
        self.rounding: Rounding = "exact"
        self.step: Any = None
        """The step that was unfolded to this node, a `spec.model.Step`, and the variables that it saw there."""
        self.frame: Frame | None = None
        self.here: Any = None
        """The current map in front of the step; it passes where `when` leaves the step out."""
        self.shares: Node | None = None
        """The node that owns the parameters which this one uses again."""
        self.tied: Node | None = None
        """The node that owns the tensor `weight` of this one, whose other tensors are its own."""
        self.is_constant = False
        """Whether it depends on tensors of the network alone, and not on what enters it."""

    @property
    def own_weights(self) -> tuple[Weight, ...]:
        """The trainable tensors that are of this layer alone."""
        if self.facts is None or self.shares is not None:
            return ()
        return tuple([tensor for tensor in self.facts.weights if self.tied is None or tensor.name != TIED])

    @property
    def is_tensor(self) -> bool:
        """Whether it is one tensor with a name, which is an attribute of the class that holds it."""
        return self.layer is not None and self.layer.is_held() and (self.shares or self).label.isidentifier()

    @property
    def tied_key(self) -> str:
        """What a state dict calls the tensor that can be tied."""
        return self.name if self.is_tensor else f"{self.name}.{TIED}"

    def key(self, tensor: Weight) -> str:
        """What a state dict calls one of its tensors."""
        return self.name if self.is_tensor else f"{self.name}.{tensor.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        graph = self.module.graph
        placed = [*graph.inputs, *graph.nodes] if graph is not None else []
        return (_node, (graph, placed.index(self))) if self in placed else super().__reduce_ex__(2)

    def __repr__(self) -> str:
        return f"Node({self.name}: {self.kind})"


class Unbuilt(NamedTuple):
    """A layer that could not be made, because a field does not take the value that it was given."""

    name: str
    step: LayerStep
    reads: Map
    values: dict[str, Any]


class Graph:
    """A network, unfolded. Nodes stand in an order in which each follows what it reads.

    Two are equal if their layers are: with the same names and fields, they read and write the same.

    >>> import archcalc
    >>> graph = archcalc.load("input: [1, 8, 8]\\nlayers: [conv: [6, 5], tanh]").check().graph
    >>> list(graph.to_networkx().edges())
    [('input', '0'), ('0', '1')]
    """

    __slots__ = ("inputs", "is_complete", "nodes", "origin", "outputs", "root", "unbuilt")

    def __init__(self) -> None:
        self.root = Module("", None)
        self.root.graph = self
        self.inputs: list[Node] = []
        self.nodes: list[Node] = []
        self.unbuilt: list[Unbuilt] = []
        self.outputs: dict[str, Map] = {}
        self.is_complete = False
        """Whether every step did what it says and every shape is known."""
        self.origin: tuple[Any, ...] | None = None
        """A function and its arguments that unfold the same network again."""

    def __eq__(self, other: object) -> bool:
        return self._said() == other._said() if isinstance(other, Graph) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # It grows while it is unfolded.

    def __reduce__(self) -> str | tuple[Any, ...]:
        # Its objects stand in chains as long as the network is deep: Python would pickle each link by a call.
        return self.origin or super().__reduce_ex__(2)

    def _said(self) -> tuple[Any, ...]:
        nodes = [_said(node) for node in (*self.inputs, *self.nodes)]
        return nodes, {name: _place(written) for name, written in self.outputs.items()}, self.is_complete

    def __repr__(self) -> str:
        return f"Graph({len(self.nodes)} nodes)"

    def to_networkx(self) -> networkx.MultiDiGraph:
        """The same graph for networkx: node names as nodes, with kind, shapes and counts; edges with their shapes."""
        import networkx

        graph = networkx.MultiDiGraph()
        for node in [*self.inputs, *self.nodes]:
            shapes = [output.shape.sizes if output.shape else None for output in node.outputs]
            facts = node.facts
            graph.add_node(
                node.name,
                kind=node.kind,
                output=shapes[0] if len(shapes) == 1 else shapes,
                parameters=facts.parameters if facts else 0,
                multiplications=facts.multiplications if facts else 0,
            )
            for port, read in enumerate(node.inputs):
                if read.node is not None:
                    graph.add_edge(read.node.name, node.name, port=port, shape=read.shape and read.shape.sizes)
        return graph


def scopes(graph: Graph) -> dict[str, Module]:
    """The groups and the calls of blocks that have layers, by name."""
    found: dict[str, Module] = {}
    for node in graph.nodes:
        for module in outward(node.module):
            found.setdefault(module.prefix.removesuffix("."), module)
    return {name: module for name, module in found.items() if module.parent is not None}


def _node(graph: Graph, position: int) -> Node:
    return [*graph.inputs, *graph.nodes][position]


def _said(node: Node) -> tuple[Any, ...]:
    """What one layer says about itself."""
    own = (node.name, node.kind, node.layer, node.rounding, node.trainable, node.facts, node.behind, node.span)
    read = [(_place(value), value.shape) for value in node.inputs]
    return (*own, read, [value.outline for value in node.outputs], node.shares and node.shares.name)


def _place(value: Map) -> tuple[str, int] | None:
    """The layer and the port that write a map."""
    return (value.node.name, value.port) if value.node else None
