"""Symbols for the sizes of the input: what two records of a network at different sizes have in common.

Numbers that differ are sizes that follow the input. They become -1, another map's size or an expression of the symbols;
where that cannot be, the numbers stay, and the reason is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.record import Layer, Record, Value
from archcalc.importing.structure.data import Formula

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names for the sizes of an input that differ, by how many they are."""
_MERGES = ("add", "multiply", "subtract", "concat")


class Follows(Exception):
    """Two records that are not one network at two sizes; the text says where they differ."""


@dataclass
class Symbols:
    """The shapes of the inputs, with symbols where they may differ, and the values of the symbols."""

    shapes: list[list[int | str]] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    """The values at the other sizes."""


def numbers(record: Record) -> Symbols:
    """No symbols: the shapes as they are."""
    return Symbols([list(value.shape) for value in record.inputs])


def with_symbols(record: Record, other: Record, names: Sequence[Sequence[str | None]] | None = None) -> Symbols:
    """Let the record hold at other sizes as well: its fields that follow the input are changed in place.

    `names` are those of the axes of each input where the source has some. Raises: Follows, and then nothing is changed.
    """
    symbols = _of_inputs(record, other, names)
    layers, others = list(record.layers()), list(other.layers())
    if [layer.kind for layer in layers] != [layer.kind for layer in others]:
        raise Follows("it is another network at other sizes")
    wired, wired_other = _wiring(record), _wiring(other)
    if wired != wired_other:
        raise Follows("it is wired in another way at other sizes")
    changes = [
        change for pair in zip(layers, others, strict=True) for change in _changes(*pair, symbols, layers, others)
    ]
    for change in changes:
        change.make()
    return symbols


def _of_inputs(record: Record, other: Record, names: Sequence[Sequence[str | None]] | None) -> Symbols:
    symbols = Symbols()
    known: dict[tuple[int, int], str] = {}
    for place, (value, larger) in enumerate(zip(record.inputs, other.inputs, strict=True)):
        differing = [
            axis for axis, pair in enumerate(zip(value.shape, larger.shape, strict=True)) if pair[0] != pair[1]
        ]
        usual = _NAMES.get(len(differing), tuple(f"N{axis}" for axis in range(len(differing))))
        if value.dtype == "int" and len(differing) == 1:
            usual = ("T",)
        shape: list[int | str] = list(value.shape)
        for axis, name in zip(differing, usual, strict=True):
            pair = (value.shape[axis], larger.shape[axis])
            given = names[place][axis] if names is not None else None
            if pair not in known:
                known[pair] = _free(given or name, symbols)
                symbols.at[known[pair]], symbols.others[known[pair]] = pair
            shape[axis] = Formula(known[pair])
        symbols.shapes.append(shape)
    if not symbols.at:
        raise Follows("none of its sizes differs")
    return symbols


def _free(name: str, symbols: Symbols) -> str:
    number = 1
    while (free := name if number == 1 else f"{name}{number}") in symbols.at:
        number += 1
    return free


def _wiring(record: Record) -> list[list[tuple[int, int]]]:
    """What every layer reads: the numbers of layers and ports."""
    numbers = {id(layer): number for number, layer in enumerate(record.layers())}
    inputs = {id(value): (-1, place) for place, value in enumerate(record.inputs)}

    def key(value: Value) -> tuple[int, int]:
        return inputs.get(id(value)) or (numbers[id(value.maker)], value.port)

    return [[key(value) for value in layer.reads] for layer in record.layers()] + [[key(one) for one in record.outputs]]


@dataclass
class _Change:
    layer: Layer
    fields: dict[str, Any]
    kind: str | None = None
    to: Value | None = None

    def make(self) -> None:
        self.layer.fields = self.fields
        self.layer.kind = self.kind or self.layer.kind
        if self.to is not None:
            self.layer.maps["to"] = self.to


def _changes(
    layer: Layer, other: Layer, symbols: Symbols, layers: list[Layer], others: list[Layer]
) -> Iterator[_Change]:
    """How a layer is written that is the same at both sizes."""
    if layer.fields == other.fields:
        return
    if layer.kind in ("avg_pool", "max_pool") and _sees_all(layer) and _sees_all(other):
        yield _Change(layer, {}, f"global_{layer.kind}")
        return
    if layer.kind == "upsample" and (to := _same_size(layer, other, layers, others)) is not None:
        yield _Change(layer, {name: value for name, value in layer.fields.items() if name != "size"}, to=to)
        return
    fields = dict(layer.fields)
    for name, value in layer.fields.items():
        if value != other.fields.get(name):
            fields[name] = _followed(layer, name, value, other.fields.get(name), symbols)
    yield _Change(layer, fields)


def _sees_all(layer: Layer) -> bool:
    """Whether a pool has one window, which is the whole map."""
    kernel, (read,) = layer.fields.get("kernel"), layer.inputs
    spatial = list(read.shape[1:])
    sizes = [kernel] * len(spatial) if isinstance(kernel, int) else kernel
    return sizes == spatial and layer.fields.get("padding") in (0, None)


def _same_size(layer: Layer, other: Layer, layers: list[Layer], others: list[Layer]) -> Value | None:
    """A map beside which the enlarged one is joined, of the same size at both sizes."""
    for reader, twin in zip(layers, others, strict=True):
        if reader.kind in _MERGES and any(value is layer.output for value in reader.inputs):
            for value, larger in zip(reader.inputs, twin.inputs, strict=True):
                if (
                    value is not layer.output
                    and value.shape[1:] == layer.output.shape[1:]
                    and larger.shape[1:] == other.output.shape[1:]
                    and _is_before(value, layer, layers)
                ):
                    return value
    return None


def _is_before(value: Value, layer: Layer, layers: list[Layer]) -> bool:
    return value.maker is None or layers.index(value.maker) < layers.index(layer)


def _followed(layer: Layer, name: str, value: Any, other: Any, symbols: Symbols) -> Any:
    """A field whose numbers follow the input."""
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        differing = [place for place, pair in enumerate(zip(value, other, strict=True)) if pair[0] != pair[1]]
        if layer.kind == "reshape" and name == "shape" and len(differing) == 1:
            return [-1 if place in differing else one for place, one in enumerate(value)]
        return [_followed(layer, name, *pair, symbols) for pair in zip(value, other, strict=True)]
    if value == other:
        return value
    is_size = isinstance(value, int) and isinstance(other, int) and not _is_table(layer)
    if is_size and (found := _expression(value, other, symbols)) is not None:
        return found
    if _is_table(layer) and name == "values":
        raise Follows(f"the numbers of {layer.label or 'a buffer'} are others at other sizes")
    raise Follows(f"`{name}` of {layer.label or layer.kind} is {value} here and {other} at other sizes")


def _is_table(layer: Layer) -> bool:
    """Whether a layer holds numbers that differ: at another size they would be others."""
    return layer.kind == "buffer" and not isinstance(layer.fields.get("values"), (int, float))


def _expression(value: int, other: int, symbols: Symbols) -> Formula | None:
    """An expression of one symbol, or of a product of two, that gives both numbers."""
    names = list(symbols.at)
    parts = [(name, symbols.at[name], symbols.others[name]) for name in names]
    parts += [
        (f"{one} * {two}", symbols.at[one] * symbols.at[two], symbols.others[one] * symbols.others[two])
        for at, one in enumerate(names)
        for two in names[at + 1 :]
    ]
    for text, size, larger in parts:
        for more in (0, 1):
            number, twin = value - more, other - more
            added = f" + {more}" if more else ""
            if number and size % number == 0 and size * twin == larger * number:
                factor = size // number
                return Formula(f"{text}{f' // {factor}' if factor > 1 else ''}{added}")
            if size and number % size == 0 and number * larger == twin * size:
                return Formula(f"{number // size} * {text}{added}")
    return None
