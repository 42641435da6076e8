"""What is drawn is the network: every layer once or in a repeat, every edge that there is and no other."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import prod
from typing import Any

import networkx
import pytest
from networks import BESIDE, CHAIN, DENSE, SKIPS, TAPPED, depths, named, one_of_each, report
from networkx.algorithms.isomorphism import DiGraphMatcher

import archcalc
from archcalc.draw.build import diagram
from archcalc.draw.folding import fold
from archcalc.draw.model import Diagram, DrawnBox
from archcalc.draw.parts import DrawnPart, bottom_up, parts
from archcalc.draw.stacks import stack

NAMED = named()
FIRST = one_of_each()


def leaves(drawn: Diagram) -> list[tuple[DrawnBox, int]]:
    """The boxes without anything inside, and how many copies of each there are."""

    def inside(boxes: tuple[DrawnBox, ...], outer: int) -> list[tuple[DrawnBox, int]]:
        found: list[tuple[DrawnBox, int]] = []
        for box in boxes:
            times = outer * box.times
            found += inside(box.children, times) if box.children else [(box, times)]
        return found

    return inside(drawn.boxes, 1)


def total(drawn: Diagram, quantity: str) -> Any:
    return sum(getattr(box, quantity) * times for box, times in leaves(drawn))


def edges(drawn: Diagram) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in drawn.edges if not edge.repeats]


def drawn_as(root: DrawnPart) -> dict[str, str]:
    """For the name of every layer, the name of the one that is drawn for it once all scopes are open."""
    found: dict[str, str] = {}

    def visit(shown: DrawnPart, twins: list[DrawnPart]) -> None:
        for twin in twins:
            if shown.node is not None and twin.node is not None:
                found[twin.node.name] = shown.node.name
            for child, other in zip(shown.children, twin.children, strict=True):
                visit(child, other.twins)

    for part in root.children:
        visit(part, part.twins)
    return found


def heads(root: DrawnPart) -> dict[str, str]:
    """For the name of every layer, the first one of the box in which it is drawn."""
    found: dict[str, str] = {}
    for part in bottom_up(root):
        if part.role in ("layer", "stack", "input"):
            found.update(
                (leaf.node.name, part.leaves[0].node.name) for leaf in part.leaves if leaf.node and part.leaves[0].node
            )
    return found


@pytest.mark.parametrize("name", NAMED)
def test_counts_add_up_at_every_depth(name: str) -> None:
    checked = report(name)
    for depth in depths(name):
        drawn = diagram(checked, depth)
        assert total(drawn, "layers") == len(checked)
        assert total(drawn, "parameters") == checked.totals.parameters + checked.totals.frozen
        assert total(drawn, "multiplications") == checked.totals.multiplications
        assert len({box.id for box in drawn.walk()}) == len(list(drawn.walk()))


@pytest.mark.parametrize("name", NAMED)
def test_edges_are_those_of_the_graph_with_copies_laid_on_each_other(name: str) -> None:
    checked = report(name)
    root = parts(checked.graph)
    stack(root)
    head = heads(root)
    fold(root)
    shown = drawn_as(root)
    drawn = diagram(checked, 64)
    names = {box.id: box.name for box in drawn.walk() if box.role in ("layer", "merge", "input")}
    between = [(a, b) for a, b in checked.graph.to_networkx().edges() if head[a] != head[b]]
    expected = {(head[shown[a]], head[shown[b]]) for a, b in between}
    assert {(names[e.source], names[e.target]) for e in drawn.edges if e.target in names} == expected
    outputs = {box.id for box in drawn.boxes if box.role == "output"}
    ends = Counter(e.target for e in drawn.edges if e.target in outputs)
    assert set(ends) == outputs and set(ends.values()) <= {1}


@pytest.mark.parametrize("name", FIRST)
def test_without_folding_every_layer_and_every_edge_is_drawn(name: str) -> None:
    checked = report(name)
    if len(checked) > 900:
        pytest.skip("more boxes than a picture has")
    drawn = diagram(checked, 64, folds=False)
    names = {box.id: box.name for box in drawn.walk() if box.role in ("layer", "merge", "input")}
    layers = [box.name for box in drawn.walk() if box.role in ("layer", "merge")]
    assert sorted(layers) == sorted(node.name for node in checked.graph.nodes)
    found = Counter((names[e.source], names[e.target]) for e in drawn.edges if e.target in names)
    assert found == Counter((a, b) for a, b, _ in checked.graph.to_networkx().edges(keys=True))


@pytest.mark.parametrize("name", NAMED)
def test_what_is_drawn_in_the_box_of_another_layer_is_read_by_nothing_else(name: str) -> None:
    """Norms and activations alone, each behind the one in front of it, and nothing with a shape of its own."""
    checked = report(name)
    graph = checked.graph.to_networkx()
    root = parts(checked.graph)
    stack(root)
    for part in bottom_up(root):
        for front, leaf in pairwise(part.leaves if part.role == "stack" else []):
            assert front.node is not None and leaf.node is not None and leaf.node.layer is not None
            assert list(graph.successors(front.node.name)) == [leaf.node.name]
            assert list(graph.predecessors(leaf.node.name)) == [front.node.name]
            assert front.node.outputs[0] not in checked.graph.outputs.values()
            assert leaf.node.layer.family in ("norm", "activation", "regularization", "scale")
            assert leaf.node.outputs[0].shape == front.node.outputs[0].shape
            assert leaf.node.module is front.node.module


@pytest.mark.parametrize("name", FIRST)
def test_copies_are_equal_inside(name: str) -> None:
    checked = report(name)
    graph = checked.graph.to_networkx()
    root = parts(checked.graph)
    fold(root)
    waiting = list(root.children)
    while waiting:
        part = waiting.pop()
        waiting.extend(part.children)
        first = graph.subgraph(leaf.node.name for leaf in part.leaves if leaf.node is not None)
        for twin in part.twins[1:]:
            other = graph.subgraph(leaf.node.name for leaf in twin.leaves if leaf.node is not None)
            match = DiGraphMatcher(networkx.DiGraph(first), networkx.DiGraph(other), node_match=lambda a, b: a == b)
            assert match.is_isomorphic(), (part.label, twin.label)


@pytest.mark.parametrize("name", FIRST)
def test_closed_scopes_are_joined_as_their_layers_are(name: str) -> None:
    """At depth 1: an edge between two outermost steps if a layer inside one reads a layer inside the other."""
    checked = report(name)
    drawn = diagram(checked, 1)
    top: dict[str, str] = {}
    root = parts(checked.graph)
    stack(root)
    fold(root)
    boxes = dict(zip(map(id, root.children), drawn.boxes, strict=True))
    for part in root.children:
        for twin in part.twins:
            top.update({leaf.node.name: boxes[id(part)].id for leaf in twin.leaves if leaf.node is not None})
    graph = checked.graph.to_networkx()
    repeated = {box.id for box in drawn.boxes if box.times > 1}
    expected = {(top[a], top[b]) for a, b in graph.edges() if top[a] != top[b]}
    layers = set(top.values())
    assert {pair for pair in edges(drawn) if set(pair) <= layers} == expected
    assert {edge.repeats for edge in drawn.edges if edge.repeats} <= repeated


def test_copies_in_a_row() -> None:
    drawn = archcalc.load(CHAIN).draw(depth=2).diagram
    unit = next(box for box in drawn.boxes if box.role == "scope")
    assert (unit.kind, unit.times, unit.layers, unit.parameters) == ("unit", 5, 3, 8 * 8 * 9 + 8)
    assert edges(drawn) == [
        ("input", "0"),
        ("0", "1.0"),
        ("0", "1.add"),
        ("1.0", "1.add"),
        ("1.add", "head"),
        ("head", "output"),
    ]
    assert [(edge.source, edge.target) for edge in drawn.edges if edge.repeats == unit.id] == [
        ("1.add", "1.0"),
        ("1.add", "1.add"),
    ]
    closed = archcalc.load(CHAIN).draw(depth=1).diagram
    assert edges(closed) == [("input", "0"), ("0", "1"), ("1", "head"), ("head", "output")]


def test_copies_side_by_side() -> None:
    drawn = archcalc.load(BESIDE).draw(depth=2).diagram
    assert [(box.label, box.times) for box in drawn.boxes if box.role == "scope"] == [("path1 … path3", 3)]
    assert [(e.source, e.target, e.times) for e in drawn.edges] == [
        ("input", "path1.0", 1),
        ("path1.0", "concat", 3),
        ("concat", "output", 1),
    ]


def test_copies_that_are_all_read_from_outside() -> None:
    drawn = archcalc.load(SKIPS).draw(depth=2).diagram
    assert [(box.label, box.times) for box in drawn.boxes if box.role == "scope"] == [("layer1 … layer4", 4)]
    assert ("layer1.skip", "add", 4) in [(e.source, e.target, e.times) for e in drawn.edges]
    assert "dilation 1 … 8" in next(box.settings for box in drawn.walk() if box.name == "layer1.wide")


def test_layers_that_grow_are_drawn_one_by_one() -> None:
    checked = archcalc.load(DENSE).check()
    drawn = diagram(checked)
    assert all(box.times == 1 for box in drawn.walk())
    names = {box.id: box.name for box in drawn.walk()}
    found = Counter((names[e.source], names[e.target]) for e in drawn.edges if names[e.target] != "output")
    assert found == Counter((a, b) for a, b, _ in checked.graph.to_networkx().edges(keys=True))


def test_a_copy_that_is_read_from_outside_is_no_copy() -> None:
    drawn = archcalc.load(TAPPED).draw().diagram
    assert [(box.label, box.times) for box in drawn.boxes if box.kind == "linear"] == [("l1 … l2", 2), ("l3 … l4", 2)]
    assert edges(drawn) == [("input", "l1"), ("l1", "l3"), ("l3", "add"), ("l1", "add"), ("add", "output")]


def test_layers_with_names_of_their_own_are_drawn_one_by_one() -> None:
    named = "input: [8]\nlayers: [{linear: 8, as: a}, {linear: 8, as: b}, {linear: 8}, {linear: 8}]\n"
    drawn = archcalc.load(named).draw().diagram
    assert [(box.label, box.times) for box in drawn.boxes if box.kind == "linear"] == [("a", 1), ("b", 1), ("", 2)]


def test_repeats_in_repeats() -> None:
    text = """
input: [4, 8]
blocks:
  inner(): [{conv: [4, 3, 1, 1]}, relu]
  outer(): [{repeat: 3, do: [inner]}, tanh]
layers:
  - repeat: 4
    do: [outer]
"""
    checked = archcalc.load(text).check()
    drawn = diagram(checked, 3)
    assert [(box.kind, box.times) for box in drawn.walk() if box.role == "scope"] == [("outer", 4), ("inner", 3)]
    assert (
        prod(box.times for box in drawn.walk() if box.role == "scope") * 2 + 4 == len(checked) == total(drawn, "layers")
    )
    assert edges(drawn) == [("input", "0.0.0"), ("0.0.0", "0.3"), ("0.3", "output")]
    assert [(e.source, e.target, e.repeats) for e in drawn.edges if e.repeats] == [
        ("0.0.0", "0.0.0", "0.0"),
        ("0.3", "0.0.0", "0"),
    ]
