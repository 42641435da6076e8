"""Folds repeats: neighbours that are equal inside, and connected as copies of one part in a row or side by side.

What is folded is drawn once with its count, and the picture stays true: the edges inside are those of every copy, what
enters is what the first one reads, what leaves is what the last one writes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from archcalc.draw.parts import DrawnPart, bottom_up


def fold(root: DrawnPart) -> None:
    """Fold repeated neighbours everywhere, from the leaves up: a part keeps its copies in `twins`."""
    names: dict[Any, int] = {}
    for part in bottom_up(root):
        if part.is_scope:
            part.children = _folded(part.children)
            inside = tuple([(child.signature, len(child.twins)) for child in part.children])
            content: Any = (part.role, part.kind, inside)
        else:
            content = _content(part)
        part.signature = names.setdefault(content, len(names))


def _content(leaf: DrawnPart) -> Any:
    """What copies of a leaf have in common: everything about it but its name, its fields, and where its inputs are."""
    node = leaf.node
    if leaf.role != "layer" or node is None:
        return id(leaf)
    if leaf.mark:
        # What differs is told of each layer.
        return (leaf.mark, leaf.remarks, node.kind, tuple([output.outline for output in node.outputs]))
    facts = node.facts
    # What a layer costs says what it is; behind an error only its fields do.
    known = facts is not None and facts.outputs is not None
    cost = (facts.parameters, facts.multiplications) if facts is not None and known else repr(node.layer)
    shapes = tuple([link.shape for link in leaf.reads]), tuple([output.outline for output in node.outputs])
    return (leaf.kind, shapes, cost, node.trainable, node.shares is None)


def _folded(children: list[DrawnPart]) -> list[DrawnPart]:
    result: list[DrawnPart] = []
    run: _Run | None = None
    for child in children:
        if run is not None and run.takes(child):
            run.copies.append(child)
        else:
            result.append(child)
            run = _Run(child)
            child.twins = run.copies
    return result


class _Run:
    """Copies found so far."""

    def __init__(self, first: DrawnPart) -> None:
        self.copies = [first]
        self.wiring: list[tuple[Any, ...]] | None = None
        """What the second copy and every further one reads."""
        self.exits: Counter[Any] | None = None
        """What reads every copy from outside, as the sum of a network with skips does."""

    def takes(self, part: DrawnPart) -> bool:
        """Whether a part is the next copy."""
        previous = self.copies[-1]
        if part.is_box and any(_is_named(leaf) for leaf in (*previous.leaves, *part.leaves)):
            return False
        if previous.signature != part.signature or len(previous.leaves) != len(part.leaves):
            return False
        places = {id(leaf): ("before", index) for index, leaf in enumerate(previous.leaves)}
        places.update((id(leaf), ("inside", index)) for index, leaf in enumerate(part.leaves))
        wiring = [_wire(places, link) for leaf in part.leaves for link in leaf.reads]
        if self.wiring is None:
            if not _begins(_wiring(previous), wiring):
                return False
        elif wiring != self.wiring:
            return False
        leaving = _readers(previous, places)
        if self.exits is not None and leaving != self.exits:
            return False
        last = _readers(part, places)
        in_a_row = any(kind == "before" for (kind, *_), *_ in wiring)
        if not (last >= leaving if in_a_row else last == leaving):
            return False
        if in_a_row and leaving and part.is_box:
            # True, too, but nobody thinks of the start and the first layer of a dense block as copies.
            return False
        self.wiring, self.exits = wiring, leaving
        return True


def _is_named(leaf: DrawnPart) -> bool:
    """Whether an author gave a layer a name of its own; `conv$i` is one name for many."""
    step = leaf.node.step if leaf.node is not None else None
    return step is not None and step.name is not None and "$" not in step.name.text


def _wire(places: dict[int, tuple[str, int]], link: Any) -> tuple[Any, ...]:
    return places.get(id(link.source), ("outside", id(link.source))), link.port, link.is_reference, link.mark


def _wiring(part: DrawnPart) -> list[tuple[Any, ...]]:
    places = {id(leaf): ("inside", index) for index, leaf in enumerate(part.leaves)}
    return [_wire(places, link) for leaf in part.leaves for link in leaf.reads]


def _begins(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> bool:
    """Whether a second copy reads as the first one does, or reads the first one where that reads from outside."""
    if len(first) != len(second):
        return False
    return all(
        one == two or (one[0][0] == "outside" and two[0][0] == "before" and one[2] == two[2])
        for one, two in zip(first, second, strict=True)
    )


def _readers(part: DrawnPart, inside: dict[int, tuple[str, int]]) -> Counter[Any]:
    """What reads a copy beyond itself and its neighbour, by the leaf that is read."""
    return Counter(
        (index, id(reader))
        for index, leaf in enumerate(part.leaves)
        for reader in leaf.readers
        if id(reader) not in inside
    )
