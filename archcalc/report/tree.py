"""A network as a tree of scopes, with repeated neighbours folded into one.

A fold says of several neighbours what is true of each, so that a page shows a network of hundreds of layers. What
somebody gave a name keeps a row of its own, and so does what an error keeps unknown.
"""

from __future__ import annotations

from typing import Any, Literal

from archcalc.graph import Map, Module, Node
from archcalc.layers.shape import Shape

Fold = Literal["all", "unnamed", "none"]
"""Which equal neighbours become one: all, none, or those that the spec gives no names of their own."""


class Branch:
    """A scope or a layer; `times` neighbours that are equal but for their names are one branch."""

    __slots__ = (
        "children",
        "entry",
        "first",
        "is_known",
        "kind",
        "last",
        "node",
        "nodes",
        "output",
        "signature",
        "times",
        "titled",
    )

    def __init__(self, label: str, kind: str, node: Node | None) -> None:
        self.first = label
        self.last = label
        self.kind = kind
        self.node = node
        self.nodes: list[Node] = [node] if node else []
        self.children: list[Branch] = []
        self.entry: tuple[Shape | None, ...] = ()
        self.output: Any = None
        """The shape that it gives, several for a list of maps, None where it is unknown."""
        self.is_known = True
        """Whether the shapes of all its layers are known."""
        self.titled: Any = None
        """What gave it a name of its own: the layer, or of a scope the step with its `as`; None without one."""
        self.signature: Any = None
        self.times = 1

    @property
    def label(self) -> str:
        """Its name, or the first and the last of those it stands for."""
        return self.first if self.times == 1 else f"{self.first} … {self.last}"


def tree(nodes: list[Node], fold: Fold = "unnamed") -> Branch:
    """The scopes of a network in the order in which they first appear, neighbours folded."""
    root = Branch("", "", None)
    scopes: dict[str, Branch] = {}
    for node in nodes:
        _scope(node.module, root, scopes).children.append(leaf(node))
    _finish(root, fold)
    return root


def leaf(node: Node) -> Branch:
    """A layer by itself."""
    # A merge without a name is called by its kind and, from the second one on, by a number.
    branch = Branch(node.name.removeprefix(node.module.prefix), node.kind, node)
    branch.entry = tuple([value.outline for value in node.inputs])
    branch.output = _shape(node.outputs[0])
    branch.is_known = node.outputs[0].shape is not None
    branch.titled = node if node.step is not None and node.step.origin.name is not None else None
    return branch


def _scope(module: Module, root: Branch, scopes: dict[str, Branch]) -> Branch:
    """The branch of a scope. What `use` applies again stands in a module of its own at the same place: its prefix."""
    if module.parent is None:
        return root
    found = scopes.get(module.prefix)
    if found is None:
        parent = _scope(module.parent, root, scopes)
        found = scopes[module.prefix] = Branch(module.label, module.block or "", None)
        found.entry = _shapes(module.entry)
        # The turns of a loop may fold, whatever names one step gives them.
        step = module.step.origin if module.step is not None else None
        found.titled = step if step is not None and step.name is not None else None
        parent.children.append(found)
    if found.output is None:
        found.output = _output(module.output)
    return found


def _shape(value: Any) -> Any:
    return value.outline if isinstance(value, Map) else None


def _output(value: Any) -> Any:
    """What a scope gives: a shape, those of a list of maps, or None where one is unknown."""
    if not isinstance(value, tuple):
        return _shape(value)
    shapes = _shapes(value)
    return None if None in shapes else shapes


def _shapes(value: Any) -> tuple[Shape | None, ...]:
    """The shapes of what a scope reads: of one map, or of a list of them in any depth."""
    if isinstance(value, tuple):
        return tuple([shape for one in value for shape in _shapes(one)])
    return (_shape(value),)


def _finish(branch: Branch, fold: Fold) -> None:
    """Signatures from the leaves up, then equal neighbours folded."""
    for child in branch.children:
        _finish(child, fold)
    if branch.children:
        branch.is_known = all(child.is_known for child in branch.children)
        branch.children = branch.children if fold == "none" else _folded(branch.children, fold)
    if branch.node is not None:
        facts = branch.node.facts or branch.node.behind
        counts = (branch.node.trainable, branch.node.shares is None)
        cost = (facts.parameters, facts.multiplications) if facts else None
        branch.signature = (branch.kind, branch.output, cost, counts)
    else:
        branch.nodes = [node for child in branch.children for node in child.nodes]
        branch.signature = (
            branch.kind,
            branch.output,
            tuple([(child.signature, child.times) for child in branch.children]),
        )


def _folded(children: list[Branch], fold: Fold) -> list[Branch]:
    result: list[Branch] = []
    for child in children:
        previous = result[-1] if result else None
        if previous is not None and _are_alike(previous, child, fold):
            previous.last = child.last
            previous.times += child.times
            previous.nodes.extend(child.nodes)
            _absorb(previous, child)
        else:
            result.append(child)
    return result


def _are_alike(one: Branch, other: Branch, fold: Fold) -> bool:
    if not one.is_known or one.signature != other.signature:
        return False
    return fold == "all" or one.titled is other.titled


def _absorb(branch: Branch, other: Branch) -> None:
    """The inside of a folded branch stands for the insides of all its turns, so that columns sum to the total."""
    for mine, theirs in zip(branch.children, other.children, strict=True):
        mine.nodes.extend(theirs.nodes)
        _absorb(mine, theirs)


def rows_at(branch: Branch, depth: int) -> int:
    """Rows that a table of this depth has."""
    if depth == 0 or not branch.children:
        return 1
    return 1 + sum(rows_at(child, depth - 1) for child in branch.children)


def levels(branch: Branch) -> int:
    """Scopes inside each other, counting the layers."""
    return 1 + max((levels(child) for child in branch.children), default=0)
