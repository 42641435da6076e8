"""The order in which repairs are tried and offered: first the change that an expert would make.

Costs are small numbers that add up. Before a check, the change itself is judged: how idiomatic the new value is, how
far it is from the old one, whether layers like it have it, how many places it touches. After the check, what became of
the network counts: claims, warnings, weights, and for how many sizes it is legal.
"""

from __future__ import annotations

from math import log2

from archcalc.layers.window import Window
from archcalc.repair.scene import Scene
from archcalc.repair.windows import Slide, half, meant, number

FIELD = {"padding": 1.0, "stride": 2.0, "kernel": 2.5, "output_padding": 1.0}
"""How much a change of a field changes a layer: padding leaves its weights and its pace alone, a kernel nothing."""
ROUNDING, UNREAD = 1.2, 3.0
"""Declared rounding. Where only padding is dropped it is what frameworks do; else rows of a map are never read."""
ALONE = 2.0
"""Rounding that is declared for one layer, which reads as if the others did not round."""
SEVERAL = -2.0
"""Every other error that declared rounding takes away, too."""
INPUT = 2.0
"""Another input size, right beside the present one; twice or half of it costs `FAR` more."""
FAR = 4.0
ALIGN = 3.0
"""A layer that is put in to make maps fit."""
ONLY = 0.5
"""A value that follows from the others: the elements of a reshape, the outputs of a layer in front of a merge."""
OTHER = 2.0
"""Another number for a field that no rule of thumb is about."""
NOTHING = 3.0
"""A number with which a layer does nothing, as blocks of 1 pixel or 1 group."""
PLACE = 0.4
"""Every further place that is changed, and every name between a layer and the place where its value is written."""
MEANT = -1.0
"""A variable whose name is that of the field, and which has the value that is needed."""
COPIES = 0.1
"""Every doubling of the layers that one place decides."""
DISTANCE = 0.12
"""Every layer with a window between the error and the layer that is changed."""

IDIOM = -1.0
"""Padding (F - 1)/2, with which steps of 1 keep the size; a kernel that the other
fields speak for; the stride by which branches differ."""
LOPSIDED, BEYOND, EVEN, SINGLE, GAPS, STEEP = 2.0, 1.5, 1.0, 2.0, 1.5, 1.0
"""Oddities of a window: more padding on one side; more than (F - 1)/2; an even kernel in steps of 1; a pool over single
values; steps that leave out values between windows; steps of 3 or more."""
POOLED = 2.0
"""Padding for a pool that has none."""
PAST = 0.5
"""A stride that somebody wrote taken away."""
HABIT = {"padding": 2.5, "stride": 2.5, "kernel": 2.5}
"""All layers like it have the new value, or had the old one with it. Strides differ in every network."""

CLAIM, WARNING, WEIGHTS, ONE_SIZE = 50.0, 1.0, 0.5, 2.0
"""After the check: a claim that fails, a new warning, weights of another shape, shapes that are right for finitely many
sizes only."""
UNCOVERED = 8.0
"""After the check: another layer fails, of which nothing could be said before. More than `WORSE`: where one change
repairs the whole network, no other is offered."""
WORSE = 4.0
"""A repair that costs so much more than the best one is not offered."""


def of_windows(scene: Scene, slide: Slide, field: str, axes: tuple[Window, ...]) -> float:
    """The cost of other windows for a layer, without the place where they are written."""
    away = next((index for index, one in enumerate(scene.nearby) if one.node is slide.node), 0)
    pairs = list(zip(slide.axes, axes, strict=True))
    apart = max(_apart(slide, field, old, new) for old, new in pairs)
    odd = max(_oddity(slide, new) - _oddity(slide, old) for old, new in pairs)
    if field == "kernel" and any(number(new.extent) < new.stride <= number(old.extent) for old, new in pairs):
        # A kernel of 1 in steps of 2 is usual where somebody wrote it, and leaves out three of four positions.
        odd += GAPS
    return FIELD[field] + apart + odd + _habit(scene, slide, field, axes) + DISTANCE * away


def _unpadded_pool(slide: Slide, old: Window, new: Window) -> bool:
    """Whether a pool without padding gets some: few pools have any, and those have it from the start."""
    return slide.is_pool and old.before == old.after == 0 and new.before != 0


def _apart(slide: Slide, field: str, old: Window, new: Window) -> float:
    """How far a new window is from the old one, and whether it is what is usually meant."""
    if field == "padding":
        idiom = IDIOM if new.before == new.after == half(new) else 0.0
        idiom += POOLED if _unpadded_pool(slide, old, new) else 0.0
        return idiom + sum(abs(number(one) - number(two)) for one, two in zip(old[2:4], new[2:4], strict=True)) / 4
    if field == "stride":
        return _doublings(old.stride, new.stride) + (PAST if new.stride < old.stride else 0.0)
    return abs(number(new.kernel) - number(old.kernel)) / 2 + (IDIOM if new in meant(slide, old) else 0.0)


def _oddity(slide: Slide, window: Window) -> float:
    """How far a window is from those that people use."""
    extent, before, after = number(window.extent), number(window.before), number(window.after)
    return (
        (LOPSIDED if before != after else 0.0)
        + (BEYOND if max(before, after) > extent // 2 else 0.0)
        + (EVEN if extent % 2 == 0 and window.stride == 1 else 0.0)
        + (SINGLE if slide.is_pool and extent == 1 else 0.0)
        + (GAPS if window.stride > extent > 1 else 0.0)
        + (STEEP if window.stride > 2 and window.stride != extent else 0.0)
        + (EVEN if window.stride == 1 and 0 < before == after != half(window) else 0.0)
    )


def _habit(scene: Scene, slide: Slide, field: str, axes: tuple[Window, ...]) -> float:
    """Less than 0 where the layer becomes like the others, more where it was like them."""
    if field == "kernel" and all(window.extent == 1 and window.before == window.after == 0 for window in slide.axes):
        # A 1x1 convolution is meant: it mixes channels, whatever the kernels around it are.
        return HABIT[field]
    (after, others), (before, _) = scene.alike_with(slide, field, axes), scene.alike_with(slide, field, slide.axes)
    # The layer itself is counted, so that few others say little.
    return HABIT[field] * (before - after) / (others + 1)


def of_place(hops: int, copies: int) -> float:
    """The cost of writing a value where so many names lead to, for so many layers."""
    return PLACE * hops + COPIES * log2(max(1, copies))


def of_sizes(before: dict[str, int], after: dict[str, int]) -> float:
    """The cost of other input sizes: their relative distance counts."""
    # A size that was given from outside may be none at all.
    ratios = [_doublings(before[name], after[name]) for name in after if before.get(name, 0) > 0]
    return INPUT + FAR * max(ratios, default=1.0)


def _doublings(one: int, other: int) -> float:
    """How often a positive number is doubled or halved until it is another one; their ratio may be no float."""
    return abs(log2(other) - log2(one))
