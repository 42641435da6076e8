"""The layers of a network as they are compared: plain values, with what each reads by its place in the order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.checking import Checked, KnownSizes, known_sizes
from archcalc.dims import Number, Polynomial
from archcalc.dims.figures import number_text
from archcalc.graph import Map, Module, Node, outward
from archcalc.layers.base import Layer, Tap
from archcalc.layers.pointwise import MapExpression
from archcalc.receptive import ReceptiveField
from archcalc.tally import Count, Counts, known

Plain = int | float | bool | str | None | tuple[object, ...]
"""A value of a field: what JSON has, exactly; a fraction and a closed form are texts."""

NUMBER = "*"
"""Stands for a number that nobody has chosen: of the three units of a loop, each is `layer1.*`."""


class ReadMap(NamedTuple):
    """A map that a layer reads: the place of the layer that writes it, None behind an error, and its port.

    >>> import archcalc
    >>> text = "input: [8]\\nlayers: [relu, linear: 4]"
    >>> change = archcalc.diff(text, text.replace("4", "5")).changes[-1]
    >>> change.after.reads
    (ReadMap(place=1, port=0),)
    """

    place: int | None
    port: int


class ComparedLayer(NamedTuple):
    """A layer, or an input, of one network: what it is, what it reads, what comes of it.

    `pattern` is its name without the numbers that follow from where it stands; `is_named` says that there are none.
    `scopes` are the scopes around it from the outside in, by name, each with the block that it is a call of.
    `fields` are those that its kind has, by name.

    >>> import archcalc
    >>> text = "input: [3, 8, 8]\\nlayers: [{conv: [4, 3], as: stem}]"
    >>> layer = archcalc.diff(text, text.replace("4", "6")).changes[0].after
    >>> layer.name, layer.kind, layer.outputs, layer.parameters, dict(layer.fields)["kernel"]
    ('stem', 'conv', ((6, 6, 6),), 168, 3)
    """

    place: int
    name: str
    pattern: str
    is_named: bool
    kind: str
    scopes: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, Plain], ...]
    form: Hashable
    """The same with its kind, as one value."""
    reads: tuple[ReadMap, ...]
    shares: int | None
    tied: int | None
    inputs: tuple[KnownSizes | None, ...]
    outputs: tuple[KnownSizes | None, ...]
    parameters: Count
    frozen: Count
    buffers: Count
    multiplications: Count
    receptive_field: tuple[Number, ...] | None
    has_weights: bool

    @property
    def is_input(self) -> bool:
        """Whether it is an input of the network."""
        return self.kind == INPUT


INPUT = "input"
"""The kind of what enters; no layer is called so."""


def entries(checked: Checked) -> list[ComparedLayer]:
    """The inputs and the layers of a network, in the order in which they are computed."""
    graph = checked.graph
    nodes = [*graph.inputs, *graph.nodes]
    places = {id(node): place for place, node in enumerate(nodes)}
    fields = checked.receptive_fields
    names = _Names()
    return [_entry(node, places, names, fields.get(node.name)) for node in nodes]


def read_of(value: Map, places: Mapping[int, int]) -> ReadMap:
    """Where a map comes from."""
    return ReadMap(places.get(id(value.node)), value.port)


def _entry(node: Node, places: Mapping[int, int], names: _Names, field: ReceptiveField | None) -> ComparedLayer:
    layer = node.layer
    is_input = layer is None and node.facts is None and node.step is None and not node.inputs
    pattern, is_named = names.of(node, is_input=is_input)
    shown, form = _of_input(node) if is_input else _of_layer(node)
    counts: Counts[Count] = Counts(0, 0, 0, 0) if is_input else known(node)
    # What one layer shares with another says more than numbers do.
    roles = node.shares is not None, node.tied is not None
    return ComparedLayer(
        places[id(node)],
        node.name,
        pattern,
        is_named,
        INPUT if is_input else node.kind,
        names.scopes_of(node.module),
        shown,
        (INPUT if is_input else node.kind, form, roles),
        tuple([read_of(value, places) for value in node.inputs]),
        _place(node.shares, places),
        _place(node.tied, places),
        tuple([known_sizes(value) for value in node.inputs]),
        tuple([known_sizes(value) for value in node.outputs]),
        counts.parameters,
        counts.frozen,
        counts.buffers,
        counts.multiplications,
        field.size if field is not None else None,
        layer is not None and layer.has_weights(),
    )


def _place(node: Node | None, places: Mapping[int, int]) -> int | None:
    return None if node is None else places.get(id(node))


class _Names:
    """Names without the numbers that nobody has chosen."""

    def __init__(self) -> None:
        self.scopes: dict[int, tuple[str, bool]] = {}
        self.chains: dict[int, tuple[tuple[str, str], ...]] = {}

    def scopes_of(self, module: Module) -> tuple[tuple[str, str], ...]:
        """The scopes around a layer, from the outside in, by name, with the blocks that they call."""
        if id(module) not in self.chains:
            found = [
                (one.prefix.removesuffix("."), one.block or "") for one in outward(module) if one.parent is not None
            ]
            self.chains[id(module)] = tuple(reversed(found))
        return self.chains[id(module)]

    def of(self, node: Node, *, is_input: bool) -> tuple[str, bool]:
        prefix, is_named = self._scope(node.module)
        if is_input or _is_given(node.label, node.step):
            return prefix + node.label, is_named
        return prefix + NUMBER, False

    def _scope(self, module: Module) -> tuple[str, bool]:
        missing = []
        for scope in outward(module):
            if id(scope) in self.scopes:
                break
            missing.append(scope)
        for scope in reversed(missing):
            if scope.parent is None:
                self.scopes[id(scope)] = "", True
                continue
            before, is_named = self.scopes[id(scope.parent)]
            given = _is_given(scope.label, scope.step)
            self.scopes[id(scope)] = f"{before}{scope.label if given else NUMBER}.", is_named and given
        return self.scopes[id(module)]


def _is_given(label: str, step: Any) -> bool:
    """Whether somebody has chosen a label: it is no number, and no name that a kind has got."""
    return step is not None and step.name is not None and not label.isdecimal()


def _of_input(node: Node) -> tuple[tuple[tuple[str, Plain], ...], Any]:
    """An input is what its shape is."""
    shape = node.outputs[0].shape
    if shape is None:
        return (), None
    fields: list[tuple[str, Plain]] = [("shape", plain(shape.sizes))]
    fields += [("dtype", "int")] if shape.integers is not None else []
    fields += [("items", plain(shape.items))] if shape.items != 1 else []
    return tuple(fields), tuple(fields)


def _of_layer(node: Node) -> tuple[tuple[tuple[str, Plain], ...], Any]:
    """The fields of a layer, as they hold for it, for people and as one value that no names of maps are in."""
    layer = node.layer
    if layer is None:
        return (), None
    fields: list[tuple[str, Plain]] = []
    form: list[Any] = []
    for name in type(layer).model_fields:
        value = getattr(layer, name)
        if isinstance(value, Tap):
            continue
        if name == "rounding":
            value = node.rounding if _may_round(layer) else None
        fields.append((name, plain(value)))
        form.append(repr(value.root) if isinstance(value, MapExpression) else fields[-1][1])
    if layer.has_weights():
        fields.append(("trainable", node.trainable))
        form.append(node.trainable)
    return tuple(fields), tuple(form)


def _may_round(layer: Layer) -> bool:
    """Whether a layer can meet a fraction at all: a window that moves in steps of 1 never does."""
    windows = layer.windows()
    stride = None if windows is None else windows.stride
    return stride is None or any(step != 1 for step in (stride if isinstance(stride, tuple) else (stride,)))


def plain(value: Any) -> Plain:
    """A value as JSON has it, exactly.

    >>> plain((3, Fraction(1, 2))), plain(True), plain(None)
    ((3, '0.5'), True, None)
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, Polynomial):
        return str(value)
    if isinstance(value, (tuple, list)):
        return tuple([plain(item) for item in value])
    if isinstance(value, Mapping):
        return tuple([(str(key), plain(item)) for key, item in value.items()])
    if isinstance(value, Layer):
        return (value.kind, *(plain(getattr(value, name)) for name in type(value).model_fields))
    return str(value)
