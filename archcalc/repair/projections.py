"""Projections: the 1x1 convolution that gives a shortcut the shape of what it is added to, as it would be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archcalc.graph import Frame, Node
from archcalc.layers.shape import Shape
from archcalc.repair.scene import Scene
from archcalc.repair.windows import text_of
from archcalc.spec.model import Formula, LayerStep


class Projection(NamedTuple):
    """A layer as it is written, and for which of the calls of a block it is there; empty for all of them."""

    layer: str
    when: str = ""

    @property
    def entries(self) -> tuple[str, ...]:
        """The entries of its step."""
        return (self.layer, f"when: {self.when}") if self.when else (self.layer,)


class Shortcut(NamedTuple):
    """What is projected: the map of this name, to a shape of the same rank that is `pace` times smaller."""

    name: str
    shape: Shape
    wanted: Shape
    pace: int


def projections(scene: Scene, shortcut: Shortcut, layers: Iterable[Node]) -> Iterator[Projection]:
    """The projections of a shortcut, in numbers, and in the names of a block whose calls differ.

    `layers` are those of the other branch, the last one first.

    Source: He et al., "Deep Residual Learning for Image Recognition" (2015), option B
    """
    channels, pace = text_of(shortcut.wanted.channels), str(shortcut.pace)
    yield _projection(scene, shortcut, channels, pace)
    merges = scene.copies(scene.blame.node)
    if len(merges) > 1:
        behind = list(layers)
        out = _named(scene, behind, "out") or channels
        stride = _named(scene, behind, "stride") or pace
        named = _projection(scene, shortcut, out, stride)
        if not all(node.facts is not None and node.facts.outputs is None for node in merges):
            # Of a call behind the error nobody knows yet whether it needs one.
            unlike = [f"{stride} > 1"] if not stride.isdigit() else []
            named = named._replace(when=" or ".join([*unlike, f"channels({shortcut.name}) != {out}"]))
        yield named


def _projection(scene: Scene, shortcut: Shortcut, out: str, stride: str) -> Projection:
    fields = [f"out: {out}", "kernel: 1", *([f"stride: {stride}"] if stride != "1" else [])]
    sizes = shortcut.shape.spatial
    if scene.rounding == "exact" and any(isinstance(size, int) and (size - 1) % shortcut.pace for size in sizes):
        fields.append("rounding: floor")
    return Projection(f"conv: {{{', '.join(fields)}}}")


def _named(scene: Scene, layers: Iterable[Node], field: str) -> str | None:
    """The expression of the last layer that computes a field from names which the merge sees, too."""
    for node in layers:
        argument = node.step.fields.get(field) if isinstance(node.step, LayerStep) else None
        if isinstance(argument, Formula) and argument.tree.names():
            seen = _are_seen(argument.tree.names(), node.frame, scene.blame.node.frame)
            return argument.text.strip() if seen else None
    return None


def _are_seen(names: Iterable[str], inner: Frame | None, outer: Frame | None) -> bool:
    """Whether names stand for the same in an outer frame: none of them is one of the frames within."""
    while inner is not None and inner is not outer:
        if any(name in inner.variables for name in names):
            return False
        inner = inner.parent
    return inner is outer
