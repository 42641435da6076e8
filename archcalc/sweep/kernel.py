"""Instructions as NumPy code, run on columns of points or on whole grids.

The code is generated from integers and from names of registers alone: nothing of a spec's text is in it. Where all
registers fit into 64 bits, which is proven before it runs, numbers are int64; else they are Python's own integers,
which are slower and never wrong. Buffers are reused, and chunks are small enough for a cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from archcalc.sweep.arrays import numpy
from archcalc.sweep.domain import length
from archcalc.sweep.instructions import TRUTHS, Instructions

CHUNK = 16_384
"""Points that are computed at a time, so that their numbers stay in a cache: 128 KiB for each register."""
PART = 131_072
"""Points of a part of a grid, of which most registers need a row or a column alone."""
WIDE = 4_096
"""Points along the last axis of a part of a grid, at most."""
LARGEST = 2**63 - 1

_UFUNCS = {
    "plus": "add",
    "times": "multiply",
    "add": "add",
    "multiply": "multiply",
    "min": "minimum",
    "max": "maximum",
    "both": "logical_and",
    "at_least": "greater_equal",
    "at_most": "less_equal",
    "is": "equal",
}
NAMES = (
    "add",
    "multiply",
    "minimum",
    "maximum",
    "logical_and",
    "floor_divide",
    "right_shift",
    "remainder",
    "bitwise_and",
    "equal",
    "greater_equal",
    "less_equal",
)
"""The functions of NumPy that the code calls."""


class Buffer(NamedTuple):
    """A place for the numbers or truths of registers that depend on some inputs."""

    reads: frozenset[str]
    is_truth: bool


class Code(NamedTuple):
    """Generated code: a function of the inputs and of buffers, which returns the outputs."""

    source: str
    inputs: frozenset[int]
    """The places of the inputs that it reads."""
    buffers: tuple[Buffer, ...]
    is_wide: bool
    """Whether 64 bits may be too few."""


def generated(instructions: Instructions, outputs: Sequence[int]) -> Code:
    """The code that computes some registers.

    >>> from archcalc.dims import symbol
    >>> found = Instructions({"N": (1, 9)})
    >>> print(generated(found, [found.value(symbol("N") ** 2 + 1)]).source)
    def compute(x0, b0):
        multiply(x0, x0, out=b0)
        add(b0, 1, out=b0)
        return (b0,)
    """
    operations = {register: instructions.operations[register] for register in instructions.needed(outputs)}
    last = {one: register for register, operation in operations.items() for one in operation.read}
    kept = set(outputs)
    buffers: list[Buffer] = []
    free: dict[Buffer, list[str]] = {}
    names: dict[int, str] = {}
    lines: list[str] = []

    def take(kind: Buffer) -> str:
        if free.get(kind):
            return free[kind].pop()
        buffers.append(kind)
        return f"b{len(buffers) - 1}"

    def kind_of(register: int) -> Buffer:
        return Buffer(instructions.reads[register], operations[register].name in TRUTHS)

    for register, operation in operations.items():
        if operation.name == "constant":
            names[register] = str(operation.number)
            continue
        if operation.name == "input":
            names[register] = f"x{operation.number}"
            continue
        for one in set(operation.read):
            # Every function works number by number, so that what is read for the last time may be overwritten.
            if last[one] == register and one not in kept and names[one].startswith("b"):
                free.setdefault(kind_of(one), []).append(names[one])
        kind = kind_of(register)
        numbers = kind._replace(is_truth=False)
        spare = take(numbers) if operation.name == "is_multiple" else ""
        target = names[register] = take(kind)
        lines.extend(_lines(operation.name, [names[one] for one in operation.read], operation.number, target, spare))
        if spare:
            free.setdefault(numbers, []).append(spare)
    head = ", ".join(
        [*(f"x{place}" for place in range(len(instructions.inputs))), *map("b{}".format, range(len(buffers)))]
    )
    told = ", ".join(f"{names[register]}" for register in outputs)
    source = "\n    ".join([f"def compute({head}):", *lines, f"return ({told},)"])
    inputs = frozenset(one.number for one in operations.values() if one.name == "input")
    used = [one.number for one in operations.values()]
    ends = [end for register in operations for end in instructions.bounds[register]]
    is_wide = any(abs(number) > LARGEST for number in [*used, *ends])
    return Code(source, inputs, tuple(buffers), is_wide)


def _lines(name: str, read: list[str], number: int, target: str, spare: str) -> list[str]:
    one = read[0]
    is_power = number > 0 and number & (number - 1) == 0
    if name in ("plus", "times"):
        return [f"{_UFUNCS[name]}({one}, {number}, out={target})"]
    if name == "floor" and is_power:
        return [f"right_shift({one}, {number.bit_length() - 1}, out={target})"]
    if name == "floor":
        return [f"floor_divide({one}, {number}, out={target})"]
    if name == "is_multiple":
        rest = f"bitwise_and({one}, {number - 1}" if is_power else f"remainder({one}, {number}"
        return [f"{rest}, out={spare})", f"equal({spare}, 0, out={target})"]
    if name in ("at_least", "at_most", "is"):
        return [f"{_UFUNCS[name]}({one}, {number}, out={target})"]
    return [f"{_UFUNCS[name]}({one}, {read[1]}, out={target})"]


class Part(NamedTuple):
    """A part of a grid: where it begins along each axis, how long it is there, and the outputs, which broadcast."""

    starts: tuple[int, ...]
    shape: tuple[int, ...]
    outputs: tuple[Any, ...]


class Kernel:
    """Some registers, compiled. `positions` are the values of each input, in their order.

    >>> from archcalc.dims import symbol
    >>> found = Instructions({"N": (1, 9)})
    >>> kernel = Kernel(found, [found.value(symbol("N") ** 2 + 1)], [range(1, 10)])
    >>> [output.tolist() for output in kernel.at([numpy().array([2, 0])], 2)]
    [[10, 2]]
    """

    def __init__(self, instructions: Instructions, outputs: Sequence[int], positions: Sequence[Sequence[int]]) -> None:
        self.code = generated(instructions, outputs)
        self.names = instructions.inputs
        self.positions = positions
        module = numpy()
        namespace: dict[str, Any] = {name: getattr(module, name) for name in NAMES}
        # The one place where text is run: the source is made of integers and of x0, b0, ... alone.
        exec(self.code.source, namespace)  # noqa: S102
        self._compute = namespace["compute"]
        self._number = module.dtype(object if self.code.is_wide else "int64")
        self._tables: dict[int, Any] = {}
        self._is_truth = [instructions.operations[one].name in TRUTHS for one in outputs]

    def at(self, codes: Sequence[Any], size: int) -> list[Any]:
        """The outputs at so many points, each given by the places of its values among those of each input."""
        module = numpy()
        found = [module.empty(size, bool if truth else self._number) for truth in self._is_truth]
        room = min(size, CHUNK)
        buffers = [module.empty(room, bool if one.is_truth else self._number) for one in self.code.buffers]
        for start in range(0, size, CHUNK):
            stop = min(start + CHUNK, size)
            if stop - start < room:
                buffers = [buffer[: stop - start] for buffer in buffers]
            inputs = [self._values(place, column[start:stop]) for place, column in enumerate(codes)]
            for whole, part in zip(found, self._compute(*inputs, *buffers), strict=True):
                whole[start:stop] = part
        return found

    def _values(self, place: int, codes: Any) -> Any:
        """The values of an input by their places; nothing for one that nobody reads, which may have any width."""
        known = self.positions[place]
        if place not in self.code.inputs:
            return None
        if not isinstance(known, range):
            return self._listed(place)[codes]
        values = codes.astype(self._number)
        if known.step != 1:
            values *= known.step
        values += known.start
        return values

    def _listed(self, place: int) -> Any:
        if place not in self._tables:
            self._tables[place] = numpy().array(self.positions[place], self._number)
        return self._tables[place]

    def grid(self) -> Iterator[Part]:
        """The outputs at all points, part by part. Each part is overwritten by the next one."""
        sizes = [length(known) for known in self.positions]
        lengths = _part_of(sizes)
        rooms: dict[tuple[int, ...], list[Any]] = {}
        for corner in product(*(range(0, size, n) for size, n in zip(sizes, lengths, strict=True))):
            shape = tuple([min(n, size - at) for at, size, n in zip(corner, sizes, lengths, strict=True)])
            if shape not in rooms:
                rooms[shape] = [self._buffer(one, shape) for one in self.code.buffers]
            inputs = [self._line(place, at, shape) for place, at in enumerate(corner)]
            yield Part(corner, shape, self._compute(*inputs, *rooms[shape]))

    def _line(self, place: int, start: int, shape: Sequence[int]) -> Any:
        """The values of an input along its axis of a part of a grid."""
        stop = start + shape[place]
        module = numpy()
        codes = module.arange(start, stop) if stop <= LARGEST else module.array(range(start, stop), dtype=object)
        values = self._values(place, codes)
        return values if values is None else values.reshape([-1 if at == place else 1 for at in range(len(shape))])

    def _buffer(self, one: Buffer, shape: Sequence[int]) -> Any:
        """Room for registers on a part of a grid: as long as the part along those axes alone that they read."""
        own = [n if name in one.reads else 1 for name, n in zip(self.names, shape, strict=True)]
        return numpy().empty(own, bool if one.is_truth else self._number)


def _part_of(sizes: Sequence[int]) -> list[int]:
    """How long parts of a grid are along each axis: about a chunk, and not too long in the last one.

    Registers of one axis alone are computed anew for each part; in parts of many rows that costs nothing.
    """
    lengths: list[int] = []
    for size in reversed(sizes):
        room = PART // prod(lengths) if lengths else (WIDE if len(sizes) > 1 else CHUNK)
        lengths.append(max(1, min(size, room)))
    return lengths[::-1]


def _far(start: int, count: int) -> Any:
    return numpy().array(range(start, start + count), dtype=object)
