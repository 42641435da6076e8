"""Stacks: norms and activations, drawn in the box of the layer in front of them.

Nothing else may read what the layer writes, so that the picture stays true: what leaves the box is what leaves its last
layer. A norm that nothing stands in front of, as in a residual unit that begins with one, is a box like any other.
"""

from __future__ import annotations

from archcalc.draw.parts import DrawnPart, bottom_up

BEHIND = frozenset({"norm", "activation", "regularization", "scale"})
"""Families whose layers are known by the layer in front: they keep its shape, and hardly cost anything."""


def stack(root: DrawnPart) -> None:
    """Put such layers into the box of the layer in front, everywhere."""
    for part in bottom_up(root):
        if part.is_scope:
            part.children = _stacked(part.children)


def _stacked(children: list[DrawnPart]) -> list[DrawnPart]:
    stacks: dict[int, list[DrawnPart]] = {}
    """By the last layer of each stack so far, all of its layers."""
    heads: dict[int, list[DrawnPart]] = {}
    for child in children:
        layers = stacks.get(id(_front(child)), [])
        if layers and child.kind not in [layer.kind for layer in layers]:
            del stacks[id(layers[-1])]
            layers.append(child)
        elif child.role == "layer":
            layers = heads[id(child)] = [child]
        else:
            continue
        stacks[id(child)] = layers
    behind = {id(layer) for layers in heads.values() for layer in layers[1:]}
    return [_box(heads.get(id(child), [child])) for child in children if id(child) not in behind]


def _front(leaf: DrawnPart) -> DrawnPart | None:
    """The layer in whose box a layer can be drawn, which is the only one that it reads."""
    node = leaf.node
    if leaf.role != "layer" or node is None or node.layer is None or node.layer.family not in BEHIND:
        return None
    if len(leaf.reads) != 1 or len(node.outputs) != 1:
        return None
    (link,) = leaf.reads
    front = link.source
    if front.node is None or len(front.node.outputs) != 1 or front.readers != [leaf]:
        return None
    is_alike = front.mark == leaf.mark and link.mark in ("", leaf.mark) and not front.remarks and not leaf.remarks
    return front if is_alike and link.shape is not None and link.shape == node.outputs[0].outline else None


def _box(layers: list[DrawnPart]) -> DrawnPart:
    """The part that several layers are; one alone stays itself."""
    head = layers[0]
    if len(layers) == 1:
        return head
    found = DrawnPart("stack", head.label, head.kind, head.node)
    found.children = found.leaves = layers
    found.is_closed = True
    return found
