"""Instructions as NumPy code, run on columns of points or on whole grids.

The code is generated from integers and from names of registers alone: nothing of a spec's text is in it. Where all
registers fit into 64 bits, which is proven before it runs, numbers are int64; else they are Python's own integers,
which are slower and never wrong. Buffers are reused, and chunks are small enough for a cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
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
MAX_TABLES = 2**22
"""Numbers in the tables of one axis."""
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
    """Generated code: a function of the inputs, of tables and of buffers, which returns the outputs."""

    source: str
    inputs: frozenset[int]
    """The places of the inputs that it reads."""
    buffers: tuple[Buffer, ...]
    is_wide: bool
    """Whether 64 bits may be too few."""


def generated(instructions: Instructions, outputs: Sequence[int], tables: Sequence[int] = ()) -> Code:
    """The code that computes some registers; those of `tables` are given to it.

    >>> from archcalc.dims import symbol
    >>> found = Instructions({"N": (1, 9)})
    >>> print(generated(found, [found.value(symbol("N") ** 2 + 1)]).source)
    def compute(x0, b0):
        multiply(x0, x0, out=b0)
        add(b0, 1, out=b0)
        return (b0,)
    """
    operations = {register: instructions.operations[register] for register in instructions.needed(outputs, tables)}
    last = {one: register for register, operation in operations.items() for one in operation.read}
    kept = set(outputs)
    buffers: list[Buffer] = []
    free: dict[Buffer, list[str]] = {}
    names = {register: f"t{place}" for place, register in enumerate(tables)}
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
    symbols = [f"x{place}" for place in range(len(instructions.inputs))]
    given = [f"t{place}" for place in range(len(tables))]
    head = ", ".join([*symbols, *given, *(f"b{place}" for place in range(len(buffers)))])
    told = ", ".join(f"{names[register]}" for register in outputs)
    source = "\n    ".join([f"def compute({head}):", *lines, f"return ({told},)"])
    inputs = frozenset(one.number for one in operations.values() if one.name == "input")
    used = [one.number for one in operations.values()]
    ends = [end for register in [*operations, *tables] for end in instructions.bounds[register]]
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

    What depends on one input alone is computed once for all its values, and looked up.

    >>> from archcalc.dims import symbol
    >>> found = Instructions({"N": (1, 9)})
    >>> kernel = Kernel(found, [found.value(symbol("N") ** 2 + 1)], [range(1, 10)])
    >>> [output.tolist() for output in kernel.at([numpy().array([2, 0])], 2)]
    [[10, 2]]
    """

    def __init__(
        self,
        instructions: Instructions,
        outputs: Sequence[int],
        positions: Sequence[Sequence[int]],
        *,
        with_tables: bool = True,
    ) -> None:
        self.instructions = instructions
        self.names = instructions.inputs
        self.positions = positions
        chosen = _of_one_input(instructions, outputs, positions) if with_tables else {}
        self.code = generated(instructions, outputs, list(chosen))
        module = numpy()
        namespace: dict[str, Any] = {name: getattr(module, name) for name in NAMES}
        # The one place where text is run: the source is made of integers and of x0, t0, b0, ... alone.
        exec(self.code.source, namespace)  # noqa: S102
        self._compute = namespace["compute"]
        is_wide = self.code.is_wide or generated(instructions, outputs).is_wide
        self._number = module.dtype(object if is_wide else "int64")
        self._is_truth = [instructions.operations[one].name in TRUTHS for one in outputs]
        self._values_of: dict[int, Any] = {}
        self._chosen = chosen

    @cached_property
    def _tables(self) -> list[tuple[int, Any]]:
        """Of each register that is looked up, its input and its numbers at all values of this input."""
        module = numpy()
        found: dict[int, Any] = {}
        for place in sorted(set(self._chosen.values())):
            registers = [register for register, own in self._chosen.items() if own == place]
            size = length(self.positions[place])
            alone = Kernel(self.instructions, registers, self.positions, with_tables=False)
            codes = [module.arange(size if at == place else 0) for at in range(len(self.names))]
            for register, numbers in zip(registers, alone.at(codes, size), strict=True):
                is_truth = self.instructions.operations[register].name in TRUTHS
                found[register] = numbers if is_truth else numbers.astype(self._number)
        return [(place, found[register]) for register, place in self._chosen.items()]

    def at(self, codes: Sequence[Any], size: int) -> list[Any]:
        """The outputs at so many points, each given by the places of its values among those of each input."""
        module = numpy()
        found = [module.empty(size, bool if truth else self._number) for truth in self._is_truth]
        room = min(size, CHUNK)
        buffers = [module.empty(room, bool if one.is_truth else self._number) for one in self.code.buffers]
        taken = [module.empty(room, table.dtype) for _, table in self._tables]
        for start in range(0, size, CHUNK):
            stop = min(start + CHUNK, size)
            if stop - start < room:
                buffers = [buffer[: stop - start] for buffer in buffers]
                taken = [one[: stop - start] for one in taken]
            inputs = [self._values(place, column[start:stop]) for place, column in enumerate(codes)]
            for (place, table), one in zip(self._tables, taken, strict=True):
                module.take(table, codes[place][start:stop], out=one, mode="clip")
            for whole, part in zip(found, self._compute(*inputs, *taken, *buffers), strict=True):
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
        if place not in self._values_of:
            self._values_of[place] = numpy().array(self.positions[place], self._number)
        return self._values_of[place]

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
            looked_up = [
                _along(place, table[corner[place] : corner[place] + shape[place]], shape)
                for place, table in self._tables
            ]
            yield Part(corner, shape, self._compute(*inputs, *looked_up, *rooms[shape]))

    def _line(self, place: int, start: int, shape: Sequence[int]) -> Any:
        """The values of an input along its axis of a part of a grid."""
        if place not in self.code.inputs:
            return None
        stop = start + shape[place]
        module = numpy()
        codes = module.arange(start, stop) if stop <= LARGEST else module.array(range(start, stop), dtype=object)
        return _along(place, self._values(place, codes), shape)

    def _buffer(self, one: Buffer, shape: Sequence[int]) -> Any:
        """Room for registers on a part of a grid: as long as the part along those axes alone that they read."""
        own = [n if name in one.reads else 1 for name, n in zip(self.names, shape, strict=True)]
        return numpy().empty(own, bool if one.is_truth else self._number)


def _along(place: int, values: Any, shape: Sequence[int]) -> Any:
    """Values of one axis, shaped so that they are the same along all others."""
    return values.reshape([-1 if at == place else 1 for at in range(len(shape))])


def _of_one_input(
    instructions: Instructions, outputs: Sequence[int], positions: Sequence[Sequence[int]]
) -> dict[int, int]:
    """Registers of one input, with its place, that others or the outputs read, if their tables are small enough."""
    needed = instructions.needed(outputs)
    single = {one: place for one in needed if (place := _only_input(instructions, one)) is not None}
    read = [one for register in needed if register not in single for one in instructions.operations[register].read]
    found = {one: single[one] for one in dict.fromkeys([*read, *outputs]) if one in single}
    counts = Counter(found.values())
    return {one: place for one, place in found.items() if counts[place] * length(positions[place]) <= MAX_TABLES}


def _only_input(instructions: Instructions, register: int) -> int | None:
    names = instructions.reads[register]
    return instructions.inputs.index(next(iter(names))) if len(names) == 1 else None


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
