"""Symbols for the sizes of the input: what records of a network at several sizes have in common.

Numbers that differ are sizes that follow the input. They become -1, another map's size or an expression of the symbols;
where that cannot be, the numbers stay, and the reason is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from archcalc.importing.record import Layer, Record, Scope, Value
from archcalc.importing.structure.data import Formula
from archcalc.layers.table import layer_class

_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""Names for the sizes of an input that differ, by how many they are."""
_MERGES = ("add", "multiply", "subtract", "concat")
_MOST_FACTORS = 1024
Numbers = tuple[int, ...]
"""What one size is in each of the records."""


class Follows(Exception):
    """Records that are not one network at several sizes; the text says where they differ."""


@dataclass
class Symbols:
    """The shapes of the inputs, with symbols where they may differ, and the values of the symbols."""

    shapes: list[list[int | str]] = field(default_factory=list)
    sizes: dict[str, Numbers] = field(default_factory=dict)
    """The values of every symbol in each of the records."""

    @property
    def at(self) -> dict[str, int]:
        """The values in the first of them."""
        return {name: numbers[0] for name, numbers in self.sizes.items()}

    def values(self) -> list[dict[str, int]]:
        """The values in each of them; of no symbols nothing, once."""
        count = max(map(len, self.sizes.values()), default=1)
        return [{name: numbers[place] for name, numbers in self.sizes.items()} for place in range(count)]


def numbers(record: Record) -> Symbols:
    """No symbols: the shapes as they are."""
    return Symbols([list(value.shape) for value in record.inputs])


def with_symbols(
    record: Record, others: Sequence[Record], names: Sequence[Sequence[str | None]] | None = None
) -> Symbols:
    """Let the record hold at other sizes as well: its fields that follow the input are changed in place.

    `names` are those of the axes of each input where the source has some. Raises: Follows, and then nothing is changed.
    """
    symbols, changes = _followed_by(record, others, names)
    for change in changes:
        change.make()
    return symbols


def is_one_network(record: Record, others: Sequence[Record]) -> bool:
    """Whether the records are one network at several sizes."""
    try:
        _followed_by(record, others, None)
    except Follows:
        return False
    return True


def _followed_by(
    record: Record, others: Sequence[Record], names: Sequence[Sequence[str | None]] | None
) -> tuple[Symbols, list[_Change]]:
    symbols = _of_inputs(record, others, names)
    layers = [list(one.layers()) for one in (record, *others)]
    if any([layer.kind for layer in one] != [layer.kind for layer in layers[0]] for one in layers):
        raise Follows("it is another network at other sizes")
    wired = _wiring(record)
    if any(_wiring(other) != wired for other in others):
        raise Follows("it is wired in another way at other sizes")
    return symbols, list(_Following([record, *others], layers, symbols).changes())


def _of_inputs(record: Record, others: Sequence[Record], names: Sequence[Sequence[str | None]] | None) -> Symbols:
    symbols = Symbols()
    known: dict[Numbers, str] = {}
    for place, values in enumerate(zip(record.inputs, *(other.inputs for other in others), strict=True)):
        sizes = list(zip(*(value.shape for value in values), strict=True))
        differing = [axis for axis, numbers in enumerate(sizes) if len(set(numbers)) > 1]
        usual = _NAMES.get(len(differing), tuple(f"N{axis}" for axis in range(len(differing))))
        if (values[0].dtype == "int" or values[0].layout == "channels_last") and len(differing) == 1:
            usual = ("T",)
        shape: list[int | str] = list(values[0].shape)
        for axis, name in zip(differing, usual, strict=True):
            given = names[place][axis] if names is not None else None
            if sizes[axis] not in known:
                known[sizes[axis]] = _free(given or name, symbols)
                symbols.sizes[known[sizes[axis]]] = sizes[axis]
            shape[axis] = Formula(known[sizes[axis]])
        symbols.shapes.append(shape)
    if not symbols.sizes:
        raise Follows("none of its sizes differs")
    return symbols


def _free(name: str, symbols: Symbols) -> str:
    number = 1
    while (free := name if number == 1 else f"{name}{number}") in symbols.sizes:
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


class _Following:
    """The layers of a record beside the same ones at other sizes."""

    def __init__(self, records: Sequence[Record], layers: Sequence[Sequence[Layer]], symbols: Symbols) -> None:
        self.records = records
        self.record = records[0]
        self.rows = list(zip(*layers, strict=True))
        self.symbols = symbols
        self.places = {id(layer): place for place, layer in enumerate(layers[0])}
        self.inputs = {id(value): place for place, value in enumerate(self.record.inputs)}
        self.scopes: dict[int, list[Scope]] = {}
        """By the id of a layer, the scopes around it, the outermost first."""
        self.readers: dict[int, list[Layer]] = {}
        self._enter([self.record.root])

    def _enter(self, around: list[Scope]) -> None:
        for item in around[-1].items:
            if isinstance(item, Scope):
                self._enter([*around, item])
                continue
            self.scopes[id(item)] = around
            for value in item.inputs:
                self.readers.setdefault(id(value), []).append(item)

    def changes(self) -> Iterator[_Change]:
        """How the layers are written that are the same at all sizes."""
        for row in self.rows:
            if any(layer.fields != row[0].fields for layer in row):
                yield self._change(row)

    def _change(self, row: Sequence[Layer]) -> _Change:
        layer = row[0]
        if layer.kind in ("avg_pool", "max_pool") and all(map(_sees_all, row)):
            return _Change(layer, {}, f"global_{layer.kind}")
        fields = dict(layer.fields)
        if "size" in fields and "to" in layer_class(layer.kind).model_fields:
            target = self._target(row)
            if target is None:
                try:
                    return _Change(layer, self._fields(row, fields))
                except Follows:
                    target = self._earlier(row)
                    if target is None:
                        raise
            del fields["size"]
            return _Change(layer, self._fields(row, fields), to=target)
        return _Change(layer, self._fields(row, fields))

    def _fields(self, row: Sequence[Layer], fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: _followed(row[0], name, [layer.fields.get(name) for layer in row], self.symbols) for name in fields
        }

    def _target(self, row: Sequence[Layer]) -> Value | None:
        """A map that has the size of this one at all sizes of the input, where the source is likely to have it from.

        That is a map beside which it is joined; one that entered a module around; or the input of the network, for a
        layer that stands in no module.
        """
        around = self.scopes[id(row[0])]
        entered = [value for scope in reversed(around[1:]) for value in scope.inputs]
        beside = [
            value
            for layer in self.readers.get(id(row[0].output), ())
            if layer.kind in _MERGES
            for value in layer.inputs
        ]
        candidates = [*beside, *entered, *(self.record.inputs if len(around) == 1 else ())]
        return next((value for value in candidates if self._fits(value, row)), None)

    def _earlier(self, row: Sequence[Layer]) -> Value | None:
        """The nearest map in front of it that has its size."""
        before = self.rows[: self.places[id(row[0])]]
        values = [value for layers in reversed(before) for value in layers[0].outputs]
        return next((value for value in [*values, *self.record.inputs] if self._fits(value, row)), None)

    def _fits(self, value: Value, row: Sequence[Layer]) -> bool:
        """Whether a map is there before a layer, and has its positions in every record."""
        if value.maker is None:
            twins = [one.inputs[self.inputs[id(value)]] for one in self.records] if id(value) in self.inputs else []
        else:
            place = self.places.get(id(value.maker), len(self.rows))
            is_before = place < self.places[id(row[0])]
            twins = [layer.outputs[value.port] for layer in self.rows[place]] if is_before else []
        return bool(twins) and all(
            twin.layout == layer.output.layout == "channels_first" and twin.shape[1:] == layer.output.shape[1:]
            for twin, layer in zip(twins, row, strict=True)
        )


def _sees_all(layer: Layer) -> bool:
    """Whether a pool has one window, which is the whole map."""
    kernel, (read,) = layer.fields.get("kernel"), layer.inputs
    spatial = list(read.shape[1:])
    sizes = [kernel] * len(spatial) if isinstance(kernel, int) else kernel
    return sizes == spatial and layer.fields.get("padding") in (0, None)


def _followed(layer: Layer, name: str, values: Sequence[Any], symbols: Symbols) -> Any:
    """A field whose numbers follow the input, from its values at all sizes. Raises: Follows."""
    value = values[0]
    if all(one == value for one in values):
        return value
    if _is_table(layer) and name == "values":
        raise Follows(f"the numbers of {layer.label or 'a buffer'} are others at other sizes")
    if longest := max((len(one) for one in values if isinstance(one, list)), default=0):
        # One number stands for all axes where they agree.
        rows = [one if isinstance(one, list) else [one] * longest for one in values]
        if all(len(row) == longest for row in rows):
            return _list_followed(layer, name, list(zip(*rows, strict=True)), symbols)
    are_sizes = all(isinstance(one, int) and not isinstance(one, bool) for one in values) and not _is_table(layer)
    if are_sizes and (found := _expression(tuple(values), symbols)) is not None:
        return found
    others = " and ".join(str(one) for one in dict.fromkeys(map(str, values[1:])) if one != str(value))
    raise Follows(f"`{name}` of {layer.label or layer.kind} is {value} here and {others} at other sizes")


def _list_followed(layer: Layer, name: str, entries: Sequence[tuple[Any, ...]], symbols: Symbols) -> list[Any]:
    differing = [place for place, entry in enumerate(entries) if any(one != entry[0] for one in entry)]
    if layer.kind == "reshape" and name == "shape" and len(differing) == 1:
        return [-1 if place in differing else entry[0] for place, entry in enumerate(entries)]
    return [_followed(layer, name, entry, symbols) for entry in entries]


def _is_table(layer: Layer) -> bool:
    """Whether a layer holds numbers that differ: at another size they would be others."""
    return layer.kind == "buffer" and not isinstance(layer.fields.get("values"), (int, float))


def _expression(values: Numbers, symbols: Symbols) -> Formula | None:
    """An expression of one symbol, or of a product of two, that gives the number in every record."""
    names = list(symbols.sizes)
    parts = [(name, symbols.sizes[name]) for name in names]
    parts += [
        (f"{one} * {two}", tuple(map(prod, zip(symbols.sizes[one], symbols.sizes[two], strict=True))))
        for at, one in enumerate(names)
        for two in names[at + 1 :]
    ]
    for text, sizes in parts:
        for more in (0, 1):
            found = _multiple(text, sizes, [value - more for value in values])
            if found is not None:
                return Formula(f"{found} + {more}" if more else found)
    return None


def _multiple(text: str, sizes: Numbers, values: Sequence[int]) -> str | None:
    """A multiple or a part of sizes, rounded down or up, that gives these numbers."""
    if min(values) < 1 or min(sizes) < 1:
        return None
    factor, rest = divmod(values[0], sizes[0])
    if not rest and all(size * factor == value for size, value in zip(sizes, values, strict=True)):
        return text if factor == 1 else f"{factor} * {text}"
    pairs = list(zip(sizes, values, strict=True))
    found = [
        (_roundness(number), written % number)
        for number in _factors(sizes[0], values[0])
        for divided, written in ((_up, f"ceil({text} / %d)"), (_down, f"{text} // %d"))
        # How a part is rounded, two sizes do not tell.
        if all(divided(size, number) == part for size, part in pairs)
        and (len(pairs) > 2 or not any(size % number for size in sizes))
    ]
    return max(found)[1] if found else None


def _factors(size: int, part: int) -> range:
    """The numbers by which a size may be divided to get a part of it, rounded down or up."""
    least = max(2, size // (part + 1))
    most = size // (part - 1) if part > 1 else 2 * size
    return range(least, min(most, least + _MOST_FACTORS) + 1)


def _roundness(factor: int) -> tuple[int, int]:
    """How often a factor is divided by 2, as networks halve sizes; then the least one."""
    return factor & -factor, -factor


def _down(size: int, factor: int) -> int:
    return size // factor


def _up(size: int, factor: int) -> int:
    return -(-size // factor)
