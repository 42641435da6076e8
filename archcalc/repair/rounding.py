"""Candidates that declare how a fraction is rounded: for the whole spec, as frameworks do, or for a layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.graph import Node
from archcalc.layers.axes import axis_names
from archcalc.layers.window import lines_of
from archcalc.repair import rank
from archcalc.repair.model import Candidate
from archcalc.repair.naming import called
from archcalc.repair.scene import Scene
from archcalc.repair.windows import Slide

_FRAMEWORKS = "what PyTorch and Keras do"


def rounding_candidates(scene: Scene) -> Iterator[Candidate]:
    """Declared rounding, for the layers whose size is a fraction or the whole spec."""
    for node in (scene.blame.node, *scene.blame.slice):
        if node.facts is None or not node.facts.fractions:
            continue
        layer: Any = node.layer
        slide = scene.slides.get(id(node))
        unread = _unread(slide)
        for policy in ("floor", "ceil"):
            if node.rounding == policy:
                continue
            cost = rank.ROUNDING if policy == "floor" and unread == "" else rank.UNREAD + 2 * (policy == "ceil")
            why = _why(node, unread) if policy == "floor" else ""
            is_for_all = node.rounding == "exact" and layer.own_rounding is None
            for place in scene.places(node, "rounding"):
                yield Candidate(
                    f"rounding: {policy} on {called(node)}",
                    "rounding",
                    why,
                    cost + (rank.ALONE if is_for_all else 1) + rank.of_place(place.hops, len(scene.copies(node))),
                    (place.edit(policy),),
                )
            if is_for_all:
                yield _for_the_spec(scene, policy, why, cost)


def _for_the_spec(scene: Scene, policy: str, why: str, cost: float) -> Candidate:
    """Rounding declared once for all layers."""
    title, edits = f"rounding: {policy} for the spec", (lambda editor: editor.set_top_level("rounding", policy),)
    if policy != "floor" or scene.blame.code != FRACTIONAL_OUTPUT.id:
        return Candidate(title, "rounding", why, cost, edits)
    fractions = sum(one.code is FRACTIONAL_OUTPUT for one in scene.network.diagnostics)
    return Candidate(title, "rounding", why, cost + rank.SEVERAL * (fractions - 1), edits, "rounding")


def _why(node: Node, unread: str | None) -> str:
    """What is dropped where rounding is down, in words."""
    if unread is None:
        return _FRAMEWORKS
    return f"{_FRAMEWORKS}; {unread or 'only padding is dropped'}"


def _unread(slide: Slide | None) -> str | None:
    """The lines of a map that no window reaches where it is rounded down, in words; None where nobody knows them."""
    if slide is None or slide.sizes is None or (read := slide.node.inputs[0].shape) is None:
        return None
    names = [name for name in axis_names(read) if name != "channels"]
    alike: dict[int, list[str]] = {}
    for name, window, size in zip(names, slide.axes, slide.sizes, strict=True):
        room = window.room(size)
        if not isinstance(room, int) or not isinstance(window.after, int):
            return None
        if (unread := room % window.stride - window.after) > 0:
            alike.setdefault(unread, []).append(name)
    parts = [f"{'1 ' if count == 1 else ''}{lines_of(axes, count)}" for count, axes in alike.items()]
    is_one = list(alike) == [1]
    return f"{' and '.join(parts)} {'is' if is_one else 'are'} not read" if parts else ""
