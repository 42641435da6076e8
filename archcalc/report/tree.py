"""A network as a tree of scopes, with repeated neighbours folded into one."""

from __future__ import annotations

from typing import Any

from archcalc.graph import Map, Module, Node
from archcalc.tally import Count, Counts, tally_known


class Branch:
    """A scope or a layer; `times` neighbours that are equal but for their names are one branch."""

    __slots__ = ("children", "first", "kind", "last", "node", "nodes", "output", "signature", "times")

    def __init__(self, label: str, kind: str, node: Node | None) -> None:
        self.first = label
        self.last = label
        self.kind = kind
        self.node = node
        self.nodes: list[Node] = [node] if node else []
        self.children: list[Branch] = []
        self.output: Any = None
        self.signature: Any = None
        self.times = 1

    @property
    def label(self) -> str:
        """Its name, or the first and the last of those it stands for."""
        return self.first if self.times == 1 else f"{self.first} … {self.last}"

    @property
    def own_label(self) -> str:
        """Its label, but nothing for a merge without one, which is called by its kind."""
        nameless = self.node is not None and (self.node.step is None or self.node.step.name is None)
        return "" if nameless and self.label == self.kind else self.label

    @property
    def totals(self) -> Counts[Count]:
        """Counts of everything it stands for, as far as they are known."""
        return tally_known(self.nodes)


def tree(nodes: list[Node]) -> Branch:
    """The scopes of a network in the order in which they first appear, neighbours folded."""
    root = Branch("", "", None)
    scopes: dict[str, Branch] = {}
    for node in nodes:
        parent = _scope(node.module, root, scopes)
        leaf = Branch(node.label, node.kind, node)
        leaf.output = _shape(node.outputs[0])
        parent.children.append(leaf)
    _finish(root)
    return root


def _scope(module: Module, root: Branch, scopes: dict[str, Branch]) -> Branch:
    """The branch of a scope. What `use` applies again stands in a module of its own at the same place: its prefix."""
    if module.parent is None:
        return root
    found = scopes.get(module.prefix)
    if found is None:
        parent = _scope(module.parent, root, scopes)
        found = scopes[module.prefix] = Branch(module.label, module.block or "", None)
        parent.children.append(found)
    if found.output is None:
        found.output = _shape(module.output)
    return found


def _shape(value: Any) -> Any:
    return value.outline if isinstance(value, Map) else None


def _finish(branch: Branch) -> None:
    """Signatures from the leaves up, then equal neighbours folded."""
    for child in branch.children:
        _finish(child)
    branch.children = _folded(branch.children)
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


def _folded(children: list[Branch]) -> list[Branch]:
    result: list[Branch] = []
    for child in children:
        previous = result[-1] if result else None
        if previous is not None and previous.signature == child.signature:
            previous.last = child.last
            previous.times += child.times
            previous.nodes.extend(child.nodes)
            _absorb(previous, child)
        else:
            result.append(child)
    return result


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
