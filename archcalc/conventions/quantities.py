"""What rules of conventions are written in: quantities of one layer at the shapes that it reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Dim, Number, divide, floor_div
from archcalc.expressions.values import UnknownValue, Unresolved, Value, Word, no_map
from archcalc.graph import Node
from archcalc.infer import Facts
from archcalc.layers.base import Layer, Tap
from archcalc.layers.known import WORDS
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.table import KINDS


class Measured(NamedTuple):
    """A layer with the shapes that it reads and writes, and what follows from them."""

    layer: Layer
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    facts: Facts
    rounding: Rounding
    front: Node | None
    """The node of the layer whose map it reads first."""

    @classmethod
    def of(cls, node: Node) -> Measured:
        """A layer at its place. Raises: UnknownValue for one that an error keeps unknown."""
        shapes = tuple([value.shape for value in node.inputs if value.shape is not None])
        if node.layer is None or node.facts is None or node.facts.outputs is None or len(shapes) != len(node.inputs):
            raise UnknownValue
        front = node.inputs[0].node if node.inputs else None
        return cls(node.layer, shapes, node.facts.outputs, node.facts, node.rounding, front)

    @property
    def read(self) -> tuple[Shape, ...]:
        """What flows through the layer; the maps that its fields name stand behind it."""
        return tuple(self.layer.flowing(self.inputs))

    @property
    def module(self) -> Word:
        """What PyTorch, or the code that archcalc exports, calls it; `none` where it has nothing for it."""
        try:
            calls = self.layer.torch(self.read, self.outputs, self.rounding)
        except NotImplementedError:
            # PyTorch has nothing for the layer, so that no tool sees a module; rules compare with the word.
            return Word("none")
        owner = next((call for call in calls if call.is_module), calls[0] if calls else None)
        return Word("none" if owner is None else owner.target.rpartition(".")[2])

    @property
    def kernel_argument(self) -> Dim:
        """The kernel as PyTorch is told it: one number where all sides have it, else as many positions as it has."""
        return self._argument(self.layer)

    @property
    def undone_kernel(self) -> Dim:
        """The same of the layer that it undoes; 0 where it undoes none."""
        taps = (getattr(self.layer, field) for field in self.layer.undone)
        layer = next((tap.layer for tap in taps if isinstance(tap, Tap)), None)
        return 0 if layer is None else self._argument(layer)

    def _argument(self, layer: Layer) -> Dim:
        sides = self._sides(layer)
        return sides[0] if sides and len({*sides}) == 1 else prod(sides, start=1)

    def _sides(self, layer: Layer) -> list[Dim]:
        """The kernel of a layer on every axis of what this one reads."""
        windows = layer.windows()
        axes = windows.axes(len(self.inputs[0].spatial)) if windows is not None and self.inputs else None
        return [axis.kernel for axis in axes or ()]

    @property
    def steps(self) -> Dim:
        """How many positions it reads for each that it writes, of whole ones on every axis. Raises: Unresolved."""
        sides = zip(self.inputs[0].spatial, self.outputs[0].spatial, strict=False) if self.inputs else ()
        found: Dim = prod((_whole_steps(read, written) for read, written in sides), start=1)
        return found

    @property
    def convolved(self) -> Dim:
        """Positions that a convolution with what a transposed one paints would write; else 0. Raises: Unresolved."""
        windows = self.layer.paints()
        axes = windows.axes(len(self.inputs[0].spatial)) if windows is not None and self.inputs else None
        if axes is None:
            return 0
        sides = zip(axes, self.inputs[0].spatial, strict=True)
        found: Dim = prod((_whole_steps(axis.room(size), axis.stride) + 1 for axis, size in sides), start=1)
        return found

    @property
    def region(self) -> Dim:
        """Positions of the largest region that is read for one position. Raises: Unresolved."""
        return prod((whole + more for whole, more in self._regions()), start=1)

    @property
    def is_uneven(self) -> bool:
        """Whether the regions that are read for positions differ in size. Raises: Unresolved."""
        return any(more == 2 for _, more in self._regions())

    def _regions(self) -> list[tuple[int, int]]:
        """Of every axis how often what is written goes into what is read, and how many more the largest region has.

        Region i of M on an axis of N runs from floor(i*N/M) to ceil((i + 1)*N/M).
        """
        found = []
        sides = zip(self.inputs[0].spatial, self.outputs[0].spatial, strict=False) if self.inputs else ()
        for read, written in sides:
            if not isinstance(read, int) or not isinstance(written, int):
                raise _open(f"how {written} regions part {read} positions")
            whole, rest = divmod(read, written)
            found.append((whole, 0 if rest == 0 else 1 if written % rest == 0 else 2))
        return found

    def of_maps(self, products: Dim) -> Dim:
        """What is so for one item, for all of them."""
        return products * self.outputs[0].items

    @property
    def kernel(self) -> Dim:
        """Positions under one window."""
        return prod(self._sides(self.layer), start=1)


def _whole_steps(read: Dim, written: Dim) -> Dim:
    """A size by another one, rounded down. Raises: Unresolved where the quotient of two forms is no form."""
    try:
        return floor_div(divide(read, written), 1)
    except ValueError:
        raise _open(f"how often {written} goes into {read}") from None


def _open(what: str) -> Unresolved:
    return Unresolved(
        codes.UNDECIDABLE, f"{what} depends on a symbol", ("give the symbol a value with `at` or `--set`",)
    )


def _all(shapes: Iterable[Shape]) -> Dim:
    """Numbers in some maps, with those of all items."""
    total: Any = sum((shape.elements * shape.items for shape in shapes), start=0)
    found: Dim = total
    return found


def _tensors(one: Measured, role: str) -> Dim:
    total: Any = sum((tensor.elements for tensor in one.facts.weights if tensor.role == role), start=0)
    found: Dim = total
    return found


def _last(one: Measured) -> Dim:
    return one.inputs[0].sizes[-1] if one.inputs and one.inputs[0].sizes else 1


class Known(NamedTuple):
    """A quantity of a layer: what it is, and how it is found."""

    meaning: str
    of: Callable[[Measured], Value]


QUANTITIES: dict[str, Known] = {
    "products": Known("archcalc's own multiplications", lambda one: one.facts.multiplications),
    "n": Known("numbers that the layer writes", lambda one: _all(one.outputs[:1])),
    "i": Known("numbers that it reads, of the first map if it reads several", lambda one: _all(one.inputs[:1])),
    "all_inputs": Known("numbers of all maps that it reads", lambda one: _all(one.inputs)),
    "all_outputs": Known("numbers of all maps that it writes", lambda one: _all(one.outputs)),
    "second": Known("numbers that it reads of the second map; 0 if it reads one", lambda one: _all(one.read[1:2])),
    "named": Known(
        "numbers of the maps that its fields name, such as a mask", lambda one: _all(one.inputs[len(one.read) :])
    ),
    "maps": Known("how many maps it reads", lambda one: len(one.inputs)),
    "bias": Known(
        "numbers to which a bias is added: n, or 0", lambda one: _all(one.outputs[:1]) if _has_bias(one.facts) else 0
    ),
    "window": Known("positions under one window: height times width of a kernel", lambda one: one.kernel),
    "channels": Known("channels that it writes", lambda one: one.outputs[0].channels),
    "in_channels": Known("channels that it reads", lambda one: one.inputs[0].channels if one.inputs else 0),
    "positions": Known(
        "positions that it writes, with one number in each channel",
        lambda one: prod(one.outputs[0].spatial, start=one.outputs[0].items),
    ),
    "features": Known("the last axis of what it reads", _last),
    "items": Known("items of one input that it works on one by one", lambda one: one.outputs[0].items),
    "map_products": Known(
        "multiplications of one map with another, as in attention",
        lambda one: one.of_maps(one.layer.map_products(one.read, one.outputs)),
    ),
    "scores": Known(
        "pairs of tokens that attention weighs, those of every head",
        lambda one: one.of_maps(one.layer.attention_scores(one.read, one.outputs)),
    ),
    "memory_positions": Known(
        "positions of the tokens that are attended to",
        lambda one: prod(one.inputs[-1].spatial, start=one.inputs[-1].items) if one.inputs else 0,
    ),
    "steps": Known(
        "positions that it reads for each that it writes, rounded down on every axis", lambda one: one.steps
    ),
    "convolved": Known(
        "positions that a convolution with the windows of this transposed one would write; of others 0",
        lambda one: one.convolved,
    ),
    "region": Known("positions of the largest region of an adaptive pool", lambda one: one.region),
    "uneven": Known("whether regions of an adaptive pool differ in size", lambda one: one.is_uneven),
    "kernel_argument": Known(
        "the kernel as PyTorch is told it: one number where its sides have the same, else their product",
        lambda one: one.kernel_argument,
    ),
    "undone_kernel": Known(
        "the kernel, as PyTorch is told it, of the pool that it undoes; 0 where it names none",
        lambda one: one.undone_kernel,
    ),
    "front": Known(
        "the kind of the layer whose map it reads", lambda one: Word("input" if one.front is None else one.front.kind)
    ),
    "front_bias": Known(
        "numbers that it reads to which the layer in front adds a bias: i, or 0",
        lambda one: _all(one.inputs[:1]) if one.front is not None and _has_bias(one.front.facts) else 0,
    ),
    "module": Known("what PyTorch calls the layer, such as `LayerNorm`", lambda one: one.module),
    "weights": Known("numbers in tensors that are multiplied with", lambda one: _tensors(one, "weight")),
    "biases": Known("numbers in biases", lambda one: _tensors(one, "bias")),
    "parameters": Known("numbers in all tensors that are trained", lambda one: one.facts.parameters),
}
"""Names that every rule knows, besides the fields of its kinds of layers."""


def _has_bias(facts: Facts | None) -> bool:
    return facts is not None and any(tensor.role == "bias" for tensor in facts.weights)


class LayerScope:
    """Where a rule looks up its names: quantities, then fields of the layer; what is neither stands for itself."""

    __slots__ = ("measured",)

    def __init__(self, measured: Measured) -> None:
        self.measured = measured

    def resolve(self, path: tuple[str, ...]) -> Value:
        """A quantity, a field, or a word. Raises: UnknownValue, Unresolved."""
        (name,) = path
        if name in QUANTITIES:
            return QUANTITIES[name].of(self.measured)
        if name in type(self.measured.layer).model_fields:
            return _value(getattr(self.measured.layer, name))
        return Word(name)

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """Nothing: rules know no maps. Raises: Unresolved."""
        raise no_map(name, value)

    def function(self, name: str) -> None:
        """None: only the built-in functions are there."""

    def spend(self, count: int) -> None:
        """Nothing to account for: the bounds of a single expression are enough."""


def _value(value: Any) -> Value:
    if value is None:
        return Word("none")
    if isinstance(value, Tap):
        return Word("map")
    return Word(value) if isinstance(value, str) else value


_WORDS = frozenset({*WORDS, "none", "map"})
"""The words that fields may hold, where they hold nothing, and where they name a map."""


def unknown_name(path: tuple[str, ...], classes: Sequence[type[Layer]]) -> Unresolved | None:
    """Why a rule for some kinds of layers cannot use a name; None if it can."""
    name = ".".join(path)
    common = set.intersection(*(set(cls.model_fields) for cls in classes)) if classes else set()
    if len(path) == 1 and (
        name in QUANTITIES or name in common or name in _WORDS or name in KINDS or name[:1].isupper()
    ):
        return None  # Names of modules begin with a capital.
    near = closest(name, [*QUANTITIES, *sorted(common)])
    help = f"did you mean `{near}`?" if near else f"there are {', '.join(QUANTITIES)}, and the fields of the layers"
    return Unresolved(codes.UNKNOWN_NAME, f"a rule knows no `{name}`", (help,))
