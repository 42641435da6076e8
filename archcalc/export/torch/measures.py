"""Sizes of tensors that `forward` reads: `B, H, W, C = x.shape` where several are needed, `x.shape[1]` for one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archcalc.export.torch.code import Code, Row, Size, sizes_in
from archcalc.export.torch.conditions import Branch
from archcalc.export.torch.names import Names
from archcalc.export.torch.parts import CyclePart, LayerPart, Part
from archcalc.export.torch.refs import Ref
from archcalc.layers.shape import Shape

LETTERS = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What the axes behind the channels are called."""


class Measures:
    """Which tensors of a class are unpacked, each in front of the first part that needs its sizes."""

    def __init__(self, order: Sequence[Part | Branch]) -> None:
        self.axes: dict[Ref, list[int]] = {}
        """The axes of a tensor whose sizes are asked for."""
        self._shapes: dict[Ref, Shape] = {}
        self._named: dict[Ref, list[str]] = {}
        """Variables with the sizes of tensors that are unpacked."""
        self._stretches: set[Ref] = set()
        """Tensors of which more is asked than one stretch of axes."""
        self.before: dict[int, list[Ref]] = {}
        """Tensors that are unpacked in front of a part, or of a branch, by its identity."""
        self.reads: list[tuple[Ref, int]] = []
        """Who reads a tensor because it is unpacked there: the serial numbers of parts."""
        for one in order:
            for part in _parts(one):
                self._enter(part)
        known: set[Ref] = set()
        for one in order:
            self._plan(one, known)

    def letters(self, tensor: Ref) -> tuple[str, ...] | None:
        """Names for the sizes of a tensor that is unpacked; None for one that is not."""
        return letters_of(self._shapes[tensor]) if tensor in self._stretches and len(self.axes[tensor]) > 1 else None

    def inline(self, part: Part) -> list[Ref]:
        """The tensors whose sizes a part reads where it stands."""
        return [tensor for tensor in measured(part) if self.letters(tensor) is None]

    def unpacked(self, tensor: Ref, names: Names, variables: Mapping[Ref, str]) -> ast.stmt:
        """`B, H, W, C = x.shape`: from here on the sizes have names, and those that nobody reads have none."""
        letters, read = self.letters(tensor), self.axes[tensor]
        assert letters is not None, "only what has letters is unpacked"
        self._named[tensor] = [names.new(text) if axis in read else "_" for axis, text in enumerate(letters)]
        targets: list[ast.expr] = [ast.Name(text) for text in self._named[tensor]]
        return ast.Assign([ast.Tuple(targets)], _shape(tensor, variables))

    def size(self, code: Code, variables: Mapping[Ref, str]) -> ast.expr | None:
        """A size of a tensor, or a stretch of its sizes, `x.shape[2:]`; None for another code."""
        stretch = stretch_of(code)
        if stretch is not None and stretch[0] not in self._named:
            tensor, first, last = stretch
            end = None if last == len(self._shapes[tensor].sizes) else ast.Constant(last + 1)
            return ast.Subscript(_shape(tensor, variables), ast.Slice(ast.Constant(first), end))
        if not isinstance(code, Size):
            return None
        if code.tensor in self._named:
            return ast.Name(self._named[code.tensor][code.axis])
        return ast.Subscript(_shape(code.tensor, variables), ast.Constant(code.axis))

    def _enter(self, part: Part) -> None:
        for code in _codes(part):
            for size in sizes_in(code):
                axes = self.axes.setdefault(size.tensor, [])
                self.axes[size.tensor] = sorted({*axes, size.axis})
                if size.tensor in part.sources:
                    self._shapes[size.tensor] = part.first.wires[part.sources.index(size.tensor)].shape
                if stretch_of(code) is None:
                    self._stretches.add(size.tensor)

    def _plan(self, one: Part | Branch, known: set[Ref]) -> None:
        """Unpack in front of a branch or a loop what is made outside, and inside, for it alone, what is made there."""
        parts = _parts(one)
        inside = set() if parts == [one] else {part.serial for part in parts}
        if isinstance(one, CyclePart):
            inside.add(one.serial)
        local: set[Ref] = set()
        for part in parts:
            for tensor in measured(part):
                if tensor in known | local or self.letters(tensor) is None:
                    continue
                is_local = tensor[0] in inside
                (local if is_local else known).add(tensor)
                self.before.setdefault(id(part if is_local else one), []).append(tensor)
                self.reads.append((tensor, part.serial if is_local or isinstance(one, Branch) else one.serial))


def stretch_of(code: Code) -> tuple[Ref, int, int] | None:
    """The tensor and the first and the last axis, where a code is a stretch of its sizes: `x.shape[2:4]`."""
    if not isinstance(code, Row) or len(code.items) < 2:
        return None
    sizes = [item for item in code.items if isinstance(item, Size)]
    first = sizes[0] if len(sizes) == len(code.items) else None
    if first is None or any(one != Size(first.tensor, first.axis + place) for place, one in enumerate(sizes)):
        return None
    return first.tensor, first.axis, sizes[-1].axis


def letters_of(shape: Shape) -> tuple[str, ...] | None:
    """Names for the sizes of a batch of maps: B, C, H, W. None where there are too many.

    >>> letters_of(Shape((3, 8, 8))), letters_of(Shape((7, 7, 96), "channels_last"))
    (('B', 'C', 'H', 'W'), ('B', 'H', 'W', 'C'))
    """
    spatial = LETTERS.get(len(shape.spatial))
    if spatial is None or shape.integers is not None:
        return None
    return ("B", *spatial, "C") if shape.layout == "channels_last" else ("B", "C", *spatial)


def _shape(tensor: Ref, variables: Mapping[Ref, str]) -> ast.expr:
    return ast.Attribute(ast.Name(variables[tensor]), "shape")


def measured(part: Part) -> list[Ref]:
    """The tensors whose sizes a layer asks for."""
    return list(dict.fromkeys(size.tensor for code in _codes(part) for size in sizes_in(code)))


def _parts(one: Part | Branch) -> list[Part]:
    return one.parts if isinstance(one, (Branch, CyclePart)) else [one]


def _codes(part: Part) -> Iterator[Code]:
    for call in part.calls if isinstance(part, LayerPart) else ():
        yield from call.arguments
        yield from (code for _, code in call.keywords)
