"""What convolutions and pools have in common in ONNX: kernels, strides, dilations, and padding in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Shape, Unsaid
from archcalc.importing.record import Plain


class Window(NamedTuple):
    """A window over the axes of positions, and the padding around them as pairs."""

    kernel: list[int]
    strides: list[int]
    dilations: list[int]
    pads: list[tuple[int, int]]
    mode: str

    def extent(self, axis: int) -> int:
        """Positions from the first to the last one under the window."""
        return (self.kernel[axis] - 1) * self.dilations[axis] + 1

    def slid(self, sizes: Sequence[int], is_ceil: bool = False) -> Shape:
        """At how many places the window stands on each axis."""
        return tuple(self._slid(axis, size, is_ceil) for axis, size in enumerate(sizes))

    def _slid(self, axis: int, size: int, is_ceil: bool) -> int:
        stride, (before, after) = self.strides[axis], self.pads[axis]
        if self.mode in ("SAME_UPPER", "SAME_LOWER"):
            return -(-size // stride)
        room = size + before + after - self.extent(axis)
        if not is_ceil:
            return room // stride + 1
        places = -(-room // stride) + 1
        # The last window must start in the map, or in the padding in front of it.
        return places - 1 if (places - 1) * stride >= size + before else places

    def fields(self) -> dict[str, Plain]:
        """Kernel, stride, padding and dilation as a spec writes them."""
        found: dict[str, Plain] = {"kernel": shortest(self.kernel), "stride": shortest(self.strides)}
        padding = self.padding()
        if padding != 0:
            found["padding"] = padding
        if any(dilation != 1 for dilation in self.dilations):
            found["dilation"] = shortest(self.dilations)
        return found

    def padding(self) -> Plain:
        """`same` where the file says so, else numbers."""
        return "same" if self.mode == "SAME_UPPER" else pairs(self.pads)


def shortest(numbers: Sequence[float]) -> Plain:
    """One number where all are the same.

    >>> shortest([3, 3]), shortest([3, 1])
    (3, [3, 1])
    """
    return numbers[0] if len(set(numbers)) == 1 else list(numbers)


def pairs(pads: Sequence[tuple[int, int]]) -> Plain:
    """A padding as short as it can be written.

    >>> pairs([(1, 1), (1, 1)]), pairs([(0, 0), (2, 2)]), pairs([(0, 1), (0, 1)])
    (1, [0, 2], [[0, 1], [0, 1]])
    """
    if all(before == after for before, after in pads):
        return shortest([before for before, _ in pads])
    return [[before, after] for before, after in pads]


def window(operation: Operation, sizes: Sequence[int], kernel: list[int]) -> Window:
    """The window of a node over axes of these sizes.

    Raises: ImportFailure for strides and paddings that cannot be.
    """
    attributes, rank = operation.attributes, len(sizes)
    if not 1 <= rank <= 3:
        raise Unsaid(f"its windows have {rank} axes, and archcalc has windows of 1 to 3")
    strides = attributes.integers("strides", [1] * rank)
    dilations = attributes.integers("dilations", [1] * rank)
    for name, values in (("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)):
        if len(values) != rank or any(value < 1 for value in values):
            raise malformed(f"its `{name}` {values} must be {rank} numbers from 1 on", operation.place)
    mode = attributes.text("auto_pad", "NOTSET")
    found = Window(kernel, strides, dilations, [(0, 0)] * rank, mode)
    return found._replace(pads=_pads(operation, found, sizes))


def explicit_pads(operation: Operation, rank: int) -> list[tuple[int, int]]:
    """The paddings that a node states, before and behind every axis."""
    pads = operation.attributes.integers("pads", [0] * (2 * rank))
    if len(pads) != 2 * rank:
        raise malformed(f"its `pads` {pads[:8]} must be {2 * rank} numbers", operation.place)
    return list(zip(pads[:rank], pads[rank:], strict=True))


def _pads(operation: Operation, found: Window, sizes: Sequence[int]) -> list[tuple[int, int]]:
    if found.mode == "VALID":
        return found.pads
    if found.mode in ("SAME_UPPER", "SAME_LOWER"):
        return [_same(found, axis, size) for axis, size in enumerate(sizes)]
    if found.mode not in ("NOTSET", ""):
        raise malformed("its `auto_pad` is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER", operation.place)
    pads = explicit_pads(operation, len(sizes))
    if any(number < 0 for pair in pads for number in pair):
        raise Unsaid(f"its padding {[list(pair) for pair in pads]} is negative")
    return pads


def _same(found: Window, axis: int, size: int) -> tuple[int, int]:
    stride = found.strides[axis]
    total = max((-(-size // stride) - 1) * stride + found.extent(axis) - size, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if found.mode == "SAME_UPPER" else (more, less)


def nonempty(operation: Operation, shape: Shape) -> Shape:
    """A shape that has something in it.

    Raises: ImportFailure if a window is larger than what it slides over.
    """
    if any(size < 1 for size in shape):
        raise malformed(f"nothing is left of its map: its sizes are {list(shape[1:])}", operation.place)
    return shape
