"""Candidates at a merge whose branches differ: a stride that one branch forgot, channels, a crop, a projection."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from archcalc.graph import Map, Node
from archcalc.layers.shape import Shape
from archcalc.layers.window import Window
from archcalc.repair import rank
from archcalc.repair.changes import changed, rewritten
from archcalc.repair.model import Candidate, Edit, field_edit, value_edit
from archcalc.repair.naming import called
from archcalc.repair.projections import Shortcut, projections
from archcalc.repair.scene import Scene
from archcalc.repair.windows import text_of
from archcalc.spec.model import Branch, Formula, MergeStep

MAX_PAIRS = 500
"""Pairs of branches that are looked at: all pairs of 22 branches that differ, and of many branches those of a few."""


class _Pair(NamedTuple):
    """A branch that is to change, and one whose shape it is to get."""

    place: int
    other: int
    shape: Shape
    wanted: Shape
    ways: tuple[Node, ...]
    """The layers that only this branch runs through, those nearest to the merge first."""


def merge_candidates(scene: Scene) -> Iterator[Candidate]:
    """What makes the branches of the failing merge agree, seen from each of them."""
    node = scene.blame.node
    if node.layer is None or not node.layer.is_merge:
        return
    yield from _stretched(scene)
    for pair in islice(_pairs(scene), MAX_PAIRS):
        yield from _strides(scene, pair)
        yield from _grown(scene, pair)
        if node.layer.is_elementwise and pair.shape.channels != pair.wanted.channels:
            yield from _channels(scene, pair)
        if pair.shape.spatial != pair.wanted.spatial:
            yield from _aligned(scene, pair)
        if node.layer.is_elementwise:
            yield from _projected(scene, pair)


def _stretched(scene: Scene) -> Iterator[Candidate]:
    """Sizes of 1 stretched to those of the other branches, as a gate is to its map."""
    node = scene.blame.node
    layer: Any = node.layer
    shapes = [shape.sizes for shape in scene.inputs if shape is not None]
    if not node.layer or not node.layer.is_elementwise or layer.broadcast or len({len(one) for one in shapes}) != 1:
        return
    if len(shapes) == len(node.inputs) and all(len({*sizes} - {1}) < 2 for sizes in zip(*shapes, strict=True)):
        yield Candidate(
            f"broadcast: true on {called(node)}",
            "broadcast",
            f"to stretch the sizes of 1: `{node.kind}: {{branches: [...], broadcast: true}}`",
            rank.ONLY + rank.IDIOM,
            (field_edit(node.step, "broadcast", "true"),),
        )


def _pairs(scene: Scene) -> Iterator[_Pair]:
    maps = scene.blame.node.inputs
    for index, one in enumerate(maps):
        for other, target in enumerate(maps):
            shape, wanted = scene.inputs[index], scene.inputs[other]
            if shape is None or wanted is None or shape == wanted or len(shape.sizes) != len(wanted.sizes):
                continue
            if len(shape.spatial) != len(wanted.spatial):
                # Integers have no channels: nothing but another map makes them agree.
                continue
            yield _Pair(index, other, shape, wanted, _own(scene, one, target))


def _own(scene: Scene, one: Map, other: Map) -> tuple[Node, ...]:
    """The layers behind the fork that lead to one branch and not to the other."""
    beyond = {id(node) for node in scene.blame.slice}
    mine, its = (_above(value, beyond) for value in (one, other))
    return tuple(sorted((node for key, node in mine.items() if key not in its), key=lambda node: -node.index))


def _above(value: Map, among: set[int]) -> dict[int, Node]:
    found: dict[int, Node] = {}
    waiting = [value.node]
    while waiting:
        node = waiting.pop()
        if node is not None and id(node) in among and id(node) not in found:
            found[id(node)] = node
            waiting.extend(read.node for read in node.inputs)
    return found


def _strides(scene: Scene, pair: _Pair) -> Iterator[Candidate]:
    """A branch that is some times as large as the other has forgotten a stride; or the other has one too many."""
    ratio = _ratio(pair.shape, pair.wanted)
    if ratio is None:
        return
    # What is forgotten is a stride at the larger branch, as a rule; one too many is rarer.
    idiom = rank.IDIOM if ratio[0] > 1 else 0.0
    for node in pair.ways:
        slide = scene.slides.get(id(node))
        if slide is None:
            continue
        axes = slide.changed(lambda window: _paced(window, ratio))
        if axes is not None:
            for one in changed(scene, slide, "stride", axes):
                yield one._replace(why=f"the branches differ by a factor of {max(ratio)}", cost=one.cost + idiom)


def _ratio(shape: Shape, wanted: Shape) -> tuple[int, int] | None:
    """By what a branch is too large and too small: (2, 1) for 56 against 28."""
    factors = set()
    for size, other in zip(shape.spatial, wanted.spatial, strict=True):
        if not (isinstance(size, int) and isinstance(other, int)):
            return None
        factors.add((max(1, round(size / other)), max(1, round(other / size))))
    found = factors.pop() if len(factors) == 1 else (1, 1)
    return found if max(found) > 1 else None


def _paced(window: Window, ratio: tuple[int, int]) -> Window | None:
    faster, slower = ratio
    stride, rest = divmod(window.stride * faster, slower)
    return window._replace(stride=stride) if stride and not rest else None


def _grown(scene: Scene, pair: _Pair) -> Iterator[Candidate]:
    """Layers that enlarge: output padding for what a stride has dropped, or the very size that is wanted."""
    for node in pair.ways:
        layer: Any = node.layer
        fields = type(layer).model_fields
        missing = _missing(pair)
        if "output_padding" in fields and missing and not isinstance(layer.output_padding, tuple):
            value = layer.output_padding + missing
            if value < 0:
                continue
            why = f"the branch is {abs(missing)} too {'small' if missing > 0 else 'large'}"
            cost = rank.FIELD["output_padding"]
            yield from rewritten(scene, node, "output_padding", str(value), value, why, cost)


def _missing(pair: _Pair) -> int | None:
    """By how much all axes of a branch are too small, if by the same; less than 0 where they are too large."""
    differences = {wanted - size for size, wanted in zip(pair.shape.spatial, pair.wanted.spatial, strict=True)}
    difference = differences.pop() if len(differences) == 1 else None
    return difference if isinstance(difference, int) else None


def _channels(scene: Scene, pair: _Pair) -> Iterator[Candidate]:
    """The layer that sets the channels of a branch sets those of the other."""
    for node in pair.ways:
        layer: Any = node.layer
        if "out" not in type(layer).model_fields:
            continue
        text = text_of(pair.wanted.channels)
        why = f"the other branch has {text} channels"
        yield from rewritten(scene, node, "out", text, pair.wanted.channels, why, rank.ONLY)
        return


def _aligned(scene: Scene, pair: _Pair) -> Iterator[Candidate]:
    """A branch cut or enlarged to the size of another one that has a name."""
    target = _named(scene, pair.other)
    sizes = list(zip(pair.shape.spatial, pair.wanted.spatial, strict=True))
    if target is None or not all(isinstance(side, int) for pair_ in sizes for side in pair_):
        return
    larger = all(size >= other for size, other in sizes)
    if not larger and not all(size <= other for size, other in sizes):
        return
    kind, verb = ("crop", "cut") if larger else ("upsample", "enlarged")
    for edit in _appended(scene, pair.place, f"{kind}: {{to: {target}}}"):
        yield Candidate(
            f"{kind}: {{to: {target}}} on branch {pair.place + 1} of {called(scene.blame.node)}",
            kind,
            f"the {'larger' if larger else 'smaller'} map is {verb} to the size of the other",
            rank.ALIGN + (0 if larger else 1),
            (edit,),
            "insertion",
        )


def _projected(scene: Scene, pair: _Pair) -> Iterator[Candidate]:
    """A shortcut without layers gets a 1x1 convolution with the channels and the stride of the other branch."""
    ratio = _ratio(pair.shape, pair.wanted) or (1, 1)
    if pair.ways or ratio[1] > 1 or not pair.shape.spatial:
        return
    maps = scene.blame.node.inputs
    layers = _own(scene, maps[pair.other], maps[pair.place])
    shortcut = Shortcut(_named(scene, pair.place) or "here", pair.shape, pair.wanted, ratio[0])
    for step in projections(scene, shortcut, layers):
        for edit in _appended(scene, pair.place, *step.entries):
            yield Candidate(
                f"{step.layer} on branch {pair.place + 1} of {called(scene.blame.node)}",
                "conv",
                "a shortcut past layers that change the shape needs a projection",
                rank.ALIGN - (1 if pair.shape.channels != pair.wanted.channels else 0),
                (edit,),
                "insertion",
            )


def _named(scene: Scene, index: int) -> str | None:
    """How a branch that is a map's name is called in a step of another branch."""
    branch = _branch(scene, index)
    return branch.text.strip() if isinstance(branch, Formula) else None


def _branch(scene: Scene, index: int) -> Branch | None:
    """The written branch that made one of the maps; None where a loop makes several."""
    step = scene.blame.node.step
    if not isinstance(step, MergeStep) or len(step.branches) != len(scene.blame.node.inputs):
        return None
    return step.branches[index]


def _appended(scene: Scene, index: int, *entries: str) -> Iterator[Edit]:
    """The edit that puts a step with these entries at the end of a branch."""
    branch = _branch(scene, index)
    if isinstance(branch, Formula):
        name = branch.text.strip()
        begin = [] if name == "here" else [f"from: {name}"]
        yield value_edit(branch.span, f"[{{{', '.join([*entries, *begin])}}}]")
    elif isinstance(branch, list) and branch:
        last = branch[-1]
        step = entries[0] if len(entries) == 1 else f"{{{', '.join(entries)}}}"
        yield lambda editor: editor.insert_step_after(last, step)
