"""Candidates about windows: another padding, stride or kernel for a layer that slides, or for all like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from archcalc.diagnostics.codes.shapes import RANK_MISMATCH
from archcalc.dims import Dim
from archcalc.graph import Node
from archcalc.layers.maps import collapsed
from archcalc.layers.window import Window
from archcalc.repair import rank
from archcalc.repair.model import Candidate
from archcalc.repair.naming import called
from archcalc.repair.places import halved
from archcalc.repair.scene import Scene
from archcalc.repair.windows import (
    Slide,
    behind,
    fits,
    half,
    kernels,
    meant,
    number,
    padding_text,
    strides,
    symmetric,
    text_of,
)

_NAMED = 2
"""Up to this many layers are listed by name in the title of a repair."""

MAX_LAYERS = 100
"""Layers that are changed together."""

Rule = Callable[[Window], Window | None]


def window_candidates(scene: Scene) -> Iterator[Candidate]:
    """Other windows near the error: where one fails, those that fit it; upstream, what is usual."""
    for slide in scene.nearby:
        if slide.node is scene.blame.node and scene.blame.code == RANK_MISMATCH.id:
            # A list for other axes says nothing about the size of the window.
            continue
        if slide.node is scene.blame.node and slide.sizes is not None:
            yield from _fitting(scene, slide, slide.sizes)
        for field, axes in _usual(scene, slide):
            yield from changed(scene, slide, field, axes)
            yield from _everywhere(scene, slide, field, axes)


def _fitting(scene: Scene, slide: Slide, sizes: tuple[Dim, ...]) -> Iterator[Candidate]:
    """Windows with which the formula comes out whole at the present sizes."""
    pairs = list(zip(slide.axes, sizes, strict=True))

    def together(field: str, found: list[list[Window]]) -> Iterator[Candidate]:
        # Axes that fit stay. The first answers of the others go together, and so do the second ones.
        for index in range(max(map(len, found), default=0)):
            axes = [
                window if fits(window, size) else (options[index] if index < len(options) else None)
                for (window, size), options in zip(pairs, found, strict=True)
            ]
            if None not in axes:
                yield from changed(scene, slide, field, tuple([axis for axis in axes if axis is not None]))

    if slide.pads:
        yield from together("padding", [[_padded(w, p, p) for p in symmetric(w, size)] for w, size in pairs])
        ends = [(window, behind(window, size)) for window, size in pairs]
        yield from together("padding", [[] if end is None else [_padded(w, w.before, end)] for w, end in ends])
    yield from together("stride", [[w._replace(stride=s) for s in strides(w, size)] for w, size in pairs])
    yield from together("kernel", [[w._replace(kernel=k) for k in kernels(w, size)] for w, size in pairs])


def _usual(scene: Scene, slide: Slide) -> Iterator[tuple[str, tuple[Window, ...]]]:
    """Windows that a person would think of: those of layers like this one, padding that keeps the size, one more."""
    rules: list[tuple[str, Rule]] = []
    if slide.pads:
        rules += [("padding", _keeping), ("padding", _more), ("padding", _less)]
    for other in scene.common(slide.node.kind):
        if len(other.axes) == len(slide.axes):
            (first, *_) = other.axes
            rules.append(("kernel", _with(kernel=first.kernel)))
            if {axis.kernel for axis in other.axes} == {axis.kernel for axis in slide.axes}:
                rules.append(("stride", _with(stride=first.stride)))
                if slide.pads and other.pads:
                    rules.append(("padding", _with(before=first.before, after=first.after)))
    rules += [
        ("kernel", lambda window: next(iter(meant(slide, window)), None)),
        ("stride", lambda window: window._replace(stride=window.stride + 1)),
        ("stride", lambda window: window._replace(stride=window.stride - 1) if window.stride > 1 else None),
        ("kernel", lambda window: window._replace(kernel=window.kernel + 1)),
        ("kernel", lambda window: window._replace(kernel=window.kernel - 1) if number(window.kernel) > 1 else None),
    ]
    if _is_alone_without_padding(scene, slide):
        # One position may be meant, which needs none.
        rules.append(("kernel", _with(kernel=1)))
    found = {(field, axes): None for field, rule in rules if (axes := slide.changed(rule)) not in (None, slide.axes)}
    for field, axes in found:
        if axes is not None:
            yield field, axes


def _is_alone_without_padding(scene: Scene, slide: Slide) -> bool:
    """Whether a layer has no padding, and all others of its kernel have some."""
    same, others = scene.alike_with(slide, "padding", slide.axes)
    return others > same == 0 and all(window.before == window.after == 0 for window in slide.axes)


def _with(**fields: Any) -> Rule:
    return lambda window: window._replace(**fields)


def _keeping(window: Window) -> Window | None:
    padding = half(window)
    return None if padding is None else _padded(window, padding, padding)


def _more(window: Window) -> Window:
    return window._replace(before=window.before + 1, after=window.after + 1)


def _less(window: Window) -> Window | None:
    least = min(number(window.before), number(window.after))
    return window._replace(before=window.before - 1, after=window.after - 1) if least > 0 else None


def _padded(window: Window, before: Dim, after: Dim) -> Window:
    return window._replace(before=before, after=after)


def changed(scene: Scene, slide: Slide, field: str, axes: tuple[Window, ...]) -> Iterator[Candidate]:
    """A layer with other windows, wherever its field can be written."""
    text = _text(field, axes)
    why = _why(scene, slide, field, axes)
    cost = rank.of_windows(scene, slide, field, axes)
    node = slide.node
    first = axes[0].before if field == "padding" else getattr(axes[0], field)
    yield from rewritten(scene, node, field, text, first if text == str(first) else None, why, cost)
    # A step that stands for several kernels takes a padding that follows them.
    if _keeps(field, axes) and (half_of_kernel := halved(node, "kernel")) is not None:
        own = scene.places(node, field)[-1]
        yield Candidate(
            f"{field}: {half_of_kernel} on {called(node)}",
            field,
            why,
            cost + rank.of_place(1, len(scene.copies(node))),
            (own.edit(half_of_kernel),),
            change=(scene.places(node, field)[0].identity, field, text),
        )


def rewritten(
    scene: Scene, node: Node, field: str, text: str, value: Any, why: str, cost: float
) -> Iterator[Candidate]:
    """Another value for a field, at every place where it can be written: as it is, or as the name of a variable."""
    known = scene.places(node, field)
    for place in known:
        copies = 1 if place.name else len(scene.copies(node))
        spellings = [(text, 0.0), *((name, rank.MEANT) for name in place.names(value))]
        for spelling, less in spellings:
            title = f"{field}: {spelling} on {called(node)}"
            if place.name and place.argument is not None:
                line = place.argument.span.line
                title = f"{place.name}: {spelling} in line {line}, which is the {field} of {called(node)}"
            yield Candidate(
                title,
                field,
                "the parameter is there for it" if less else why,
                cost + less + rank.of_place(place.hops, copies),
                (place.edit(spelling),),
                change=(known[0].identity, field, text),
                layers=frozenset(one.name for one in scene.copies(node)),
            )


def _everywhere(scene: Scene, slide: Slide, field: str, axes: tuple[Window, ...]) -> Iterator[Candidate]:
    """The same change at all layers with the same windows: in the slice that is to blame, and in the network."""
    if field == "kernel":
        return
    proposed: set[frozenset[object]] = set()
    network = scene.alike(slide)
    way = {id(node) for node in scene.blame.slice}
    for group in ([one for one in network if id(one.node) in way], network):
        if len(group) > MAX_LAYERS:
            continue
        first = {place.identity: place for one in group for place in scene.places(one.node, field)[:1]}
        key = frozenset(first)
        if len(first) < 2 or key in proposed:
            continue
        proposed.add(key)
        text = _text(field, axes)
        kernel = text_of(collapsed(tuple(window.kernel for window in slide.axes)))
        hops = max(place.hops for place in first.values())
        yield Candidate(
            f"{field}: {text} on {_listed(group, kernel)}",
            field,
            _why(scene, slide, field, axes),
            rank.of_windows(scene, slide, field, axes) + rank.of_place(hops + 1, len(group)),
            tuple([place.edit(text) for place in first.values()]),
        )


def _listed(group: list[Slide], kernel: str) -> str:
    """Layers that change together: by name if they are few."""
    if len(group) <= _NAMED:
        return " and ".join(called(one.node) for one in sorted(group, key=lambda one: one.node.index))
    return f"all {len(group)} {group[0].node.kind} layers of kernel {kernel}"


def _text(field: str, axes: Iterable[Window]) -> str:
    windows = list(axes)
    if field == "padding":
        return padding_text(windows)
    return text_of(collapsed(tuple(getattr(window, field) for window in windows)))


def _why(scene: Scene, slide: Slide, field: str, axes: tuple[Window, ...]) -> str:
    """What speaks for the new windows, in words."""
    same, others = scene.alike_with(slide, field, axes)
    if 2 * same > others:
        most = "all" if same == others else "most"
        like = slide.node.kind if field == "kernel" else f"{slide.node.kind} layers of this kernel"
        return f"as {most} other {like} have it"
    if _keeps(field, axes):
        return "the usual (F - 1)/2"
    return ""


def _keeps(field: str, axes: Iterable[Window]) -> bool:
    """Whether windows get the padding with which steps of 1 keep the size."""
    return field == "padding" and all(window.before == window.after == half(window) for window in axes)
