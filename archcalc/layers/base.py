"""What every layer is: documented fields, a shape rule, a cost rule and its PyTorch counterpart.

A layer never sees a graph, a name or a file. It gets the shapes it reads and a `Site`, and it answers
with the shapes it writes, or with findings that name one of its own fields.
"""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from archcalc.dims import Dim, Number
from archcalc.expressions.nodes import Node
from archcalc.layers.construction import LayerType
from archcalc.layers.formula import BUFFERS, PARAMETERS, Formula, kept
from archcalc.layers.reach import Reach
from archcalc.layers.shape import Rounding, Shape, factor
from archcalc.layers.site import Site

if TYPE_CHECKING:
    from archcalc.layers.window import Windows

Anything = TypeVar("Anything")

Role = Literal["weight", "bias", "scale", "shift", "embedding", "statistic", "counter"]
"""What a tensor does to what flows through its layer.

A `weight` is multiplied with, or compared with, the inputs of a sum; a `bias` is added to that sum. `scale` and `shift`
act on every number by itself, as those of a normalization or the slope of an activation do. An `embedding` is no
function of the input: it is read, added or put in front. A `statistic` is kept and not trained; a
`counter` is kept by a library for itself, and is no number of the network.
"""


class Weight(NamedTuple):
    """A tensor that a layer owns, named as the PyTorch module names it, and what it is for."""

    name: str
    shape: tuple[Dim, ...]
    role: Role

    @property
    def elements(self) -> Dim:
        """Numbers in the tensor."""
        return prod(self.shape)


class Tap(NamedTuple):
    """Another map that a field names (`unpool: pool5`, `crop: {to: here}`): its shape, and how it was made."""

    shape: Shape
    layer: "Layer | None" = None
    entered: Shape | None = None
    rounding: Rounding = "exact"


class Read(NamedTuple):
    """What a PyTorch call reads of one input of its layer.

    `input` counts the maps that the layer reads, and behind them those that its fields name. `map` is that map itself,
    `entered` the map that entered the layer which made it, and `indices` the places of the maxima that this layer, a
    max pool, has found (PyTorch's `return_indices=True`). `tensor` is the layer's own tensor where the class around
    holds it, and `result` is no input either, but what an earlier call of the layer gave: the last one, or as
    many as the call reads so, that no call has read yet.
    """

    input: int = 0
    what: Literal["map", "entered", "indices", "tensor", "result"] = "map"


class Batch(Enum):
    """An argument of a call that is as many as the batch has items."""

    ITEMS = "the items of the batch"


class TorchCall(NamedTuple):
    """The PyTorch object that a layer is: `nn.Conv2d(64, 128, kernel_size=3)` or a function of its inputs.

    `target` is a dotted name below `torch` (`nn.Conv2d`, `flatten`, `nn.functional.pad`), or `supplied.NAME` for a
    class or function of `archcalc.export.torch.supplied`. A module is built from `args` and `kwargs` and then applied
    to what it reads: `target(*args, **kwargs)(*reads, **options)`. A function gets what it reads first:
    `target(*reads, *args, **kwargs)`.

    Without `reads` the maps flow along: the first call of a layer reads all its inputs in their order, and those that
    its fields name behind them; every further call reads the result of the one before. A merge of more than two maps
    is folded from the left: every further call reads the result so far and the next input. `result` is the index of
    the result in the tuple that the call returns, if it returns one. `formulas` are the parts of the expression of a
    spec that `args` and `kwargs` come from, where a layer is such an expression.

    >>> TorchCall("nn.Linear", (84, 10), {"bias": False})
    TorchCall(target='nn.Linear', args=(84, 10), kwargs={'bias': False})
    """

    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})
    is_module: bool = True
    reads: tuple[Read, ...] | None = None
    options: Mapping[str, Any] = MappingProxyType({})
    result: int | None = None
    formulas: tuple[Node, ...] = ()

    def __repr__(self) -> str:
        values = {name: value for name, value in self._asdict().items() if value != self._field_defaults.get(name)}
        return f"TorchCall({', '.join(f'{name}={value!r}' for name, value in values.items())})"


class Held(NamedTuple):
    """The one tensor that a layer is, where the class around holds it: `self.gamma = nn.Parameter(...)`.

    `initial` is the value of all its numbers before training; None stands for small random ones. `calls` are what the
    layer does with the tensor; without any, its output is the tensor itself. With `fixed`, it is an `nn.Buffer`.
    """

    sizes: tuple[Dim, ...]
    initial: Any = None
    calls: tuple[TorchCall, ...] = ()
    fixed: "Fixed | None" = None


class Fixed(NamedTuple):
    """What a tensor that nobody trains holds, and whether a state dict has it.

    `numbers` are those that the spec states, row by row or in lists of lists, or one for all entries; None where it
    states none, so that they come with a state dict.
    """

    numbers: Any
    are_integers: bool = False
    is_persistent: bool = True

    @property
    def arguments(self) -> dict[str, Any]:
        """As `nn.Buffer` and the module of a tensor without a name are told."""
        told: dict[str, Any] = {} if self.numbers is None else {"values": self.numbers}
        told |= {"integers": True} if self.are_integers else {}
        return told | ({} if self.is_persistent else {"persistent": False})


def of_tensors(quantity: str, tensors: Sequence[Weight]) -> Formula:
    """The sizes of tensors multiplied and added up."""
    products = ["*".join(factor(size) for size in tensor.shape) or "1" for tensor in tensors]
    return Formula(quantity, " + ".join(products), words=", ".join(tensor.name for tensor in tensors))


class Layer(BaseModel, metaclass=LayerType):
    """Base of all layers. A subclass is one kind: its docstring is the kind's documentation.

    A kind is called as its class, `max_pool` as `MaxPool`, unless the class states another `kind`.
    A class states its `family`, and which field a bare value sets (`main`: `linear: 120`).
    With `main_is_list`, a list is the value of that field; otherwise a list sets the fields in their order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    kind: ClassVar[str] = ""
    family: ClassVar[str] = ""
    main: ClassVar[str | None] = None
    main_is_list: ClassVar[bool] = False
    is_merge: ClassVar[bool] = False
    reads_here: ClassVar[bool] = False
    """Whether it is a merge that reads the map that arrives, where it is given no branches."""
    is_opaque: ClassVar[bool] = False
    """Whether its shapes, its tensors and its products are its author's word, and nothing of them is computed."""
    branches: ClassVar[int | None] = None
    """How many maps a merge joins; None for any number from 2 on."""
    is_elementwise: ClassVar[bool] = False
    """Whether it is a merge of numbers at the same place, whose branches have one shape."""
    attends: ClassVar[bool] = False
    """Whether the tokens of a sequence see each other, and sequences side by side do not."""
    spreads: ClassVar[Mapping[str, int]] = MappingProxyType({})
    """Fields that name maps which PyTorch repeats for every item of a batch, if they are the same for all.

    Each with the number of axes that it may have more than the map that arrives.
    """
    roles: ClassVar[tuple[str, ...]] = ()
    """What code calls the branches of a merge in which each has a part of its own."""
    is_commutative: ClassVar[bool] = False
    """Whether it is a merge whose branches may come in any order."""
    counts_as_module: ClassVar[bool] = True
    other_names: ClassVar[dict[str, str]] = {}
    """Further names under which fields may be given, each with the field's own."""
    small: ClassVar[tuple[str, ...]] = ()
    """Fields with small numbers, such as what is added to a variance: a number from 1 on is suspect in a list."""
    stated: ClassVar[tuple[str, ...]] = ()
    """Names by which a step may state how many channels the layer reads: no field, but a claim that is checked."""
    inputs: ClassVar[int | None] = 1
    """How many maps it reads; None for any number (merges)."""
    computed: ClassVar[str | None] = None
    """The field that is arithmetic on maps, if it has one: an expression in which `x` is the map that it reads."""
    gives_list: ClassVar[bool] = False
    """Whether it writes a list of maps, even if the list has one entry."""
    resizes: ClassVar[bool] = False
    """Whether it computes a map of other sizes: what a chart of the sizes of a network shows."""
    numbers: ClassVar[Literal["real", "integers", "any", "unread"]] = "real"
    """What it reads: real numbers to compute with, integers that name something, or any, which it hands on.

    A layer that only asks how large its map is reads no number.
    """
    looking_up: ClassVar[tuple[str, ...]] = ()
    """Fields that name maps of integers; maps that other fields name are of real numbers."""
    is_view: ClassVar[bool] = False
    """Whether it looks at the numbers that it reads in another way, and writes none."""
    acts_in_training_only: ClassVar[bool] = False
    """Whether it hands on the map that it reads, unless it is trained."""
    is_numberwise: ClassVar[bool] = False
    """Whether every number that it writes comes from its tensors and from the numbers at the same place."""
    measuring: ClassVar[tuple[str, ...]] = ()
    """Fields that name maps of which only the sizes are asked."""
    undone: ClassVar[tuple[str, ...]] = ()
    """Fields that name maps whose layer the layer undoes, so that it looks at that layer, too."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" not in vars(cls):
            cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """Shapes it writes, or None after an error was reported to `site`."""
        raise NotImplementedError  # Abstract: every layer has its own.

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """Trainable tensors. Parameters are the sum of their elements."""
        return ()

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held | None:
        """The one tensor that the layer is, if it has no other; under a name, the class around holds it."""
        return None

    def fits_any_layout(self) -> bool:
        """Whether its output has no layout of its own, and takes that of the maps which it is joined with."""
        return False

    @property
    def why_no_torch(self) -> tuple[str, ...]:
        """Why `torch` has no calls for it, and what helps."""
        return (f"PyTorch has nothing for {self.kind} as it is declared here",)

    @classmethod
    def is_held(cls) -> bool:
        """Whether layers of this kind are one tensor, which has their name."""
        return cls.held is not Layer.held

    @classmethod
    def has_weights(cls) -> bool:
        """Whether layers of this kind can own trainable tensors.

        >>> from archcalc.layers.linear import Linear
        >>> Linear.has_weights(), Layer.has_weights()
        (True, False)
        """
        return cls.weights is not Layer.weights

    def buffers(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """Tensors that are stored but not trained, such as running statistics."""
        return ()

    def fuses(self) -> bool:
        """Whether a compiler merges it into the layer in front, which writes one number at a time: at inference."""
        return self.is_numberwise

    @property
    def reads_numbers(self) -> bool:
        """Whether it reads the numbers of the maps that flow through it, and not only asks how large they are."""
        return self.numbers != "unread"

    def tensors_read(self, inputs: Sequence[Shape], outputs: Sequence[Shape], batch: int = 1) -> Dim:
        """How many numbers of its tensors are read for a batch of inputs: each once, and what is not looked up never.

        >>> from archcalc.layers.embedding import Embedding
        >>> from archcalc.layers.shape import Integers
        >>> words = Shape((16,), integers=Integers())
        >>> Embedding(count=1000, out=64).tensors_read([words], [])
        1024
        """
        tensors = (*self.weights(inputs, outputs), *self.buffers(inputs, outputs))
        return sum((tensor.elements for tensor in tensors if tensor.role != "counter"), start=0)

    def idle(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """How many of its trainable numbers take no part in what becomes of one token."""
        return 0

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Products with weights, and those of matrix products of maps, for one item of the batch."""
        return 0

    def map_products(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Of its multiplications those of one map with another, for one item: neither factor is a weight."""
        return 0

    def attention_scores(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """How many pairs of tokens it weighs, those of every head, for one item."""
        return 0

    def keys_and_values(self, inputs: Sequence[Shape]) -> Dim:
        """How many numbers of keys and values its queries read, for one item: what a cache of them would hold."""
        return 0

    @property
    def looks_back(self) -> bool:
        """Whether its tokens see only those in front of them, so that what they read never changes."""
        return False

    def operations(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Arithmetic on single numbers, and functions of them, for one item: no products with weights, no sums of many.

        An activation is one for every number, however it is computed.
        """
        return 0

    @classmethod
    def rounds(cls) -> bool:
        """Whether a size may come out as a fraction, for which layers of this kind can declare a `rounding`."""
        return "rounding" in cls.model_fields

    def flowing(self, maps: Sequence[Anything]) -> Sequence[Anything]:
        """Of all maps that a layer reads, those that flow through it; behind them stand those that its fields name.

        >>> from archcalc.layers.resample import Crop
        >>> Crop(to=Tap(Shape((8, 4, 4)))).flowing(["a map", "the map whose size it gets"])
        ['a map']
        """
        named = len(self.naming())
        return maps[: len(maps) - named] if named else maps

    def stretching(self) -> "Layer":
        """The layer as PyTorch has it, which stretches sizes of 1 without being asked.

        >>> from archcalc.layers.products import Matmul
        >>> Matmul().stretching()
        Matmul(broadcast=True)
        """
        asked = "broadcast" in type(self).model_fields
        return type(self)(**{**self._given(), "broadcast": True}) if asked else self

    def _given(self) -> dict[str, Any]:
        """The fields that were given, in their order."""
        return {name: value for name, value in self.__dict__.items() if name in self.model_fields_set}

    def naming(self) -> list[str]:
        """The fields that name maps, in the order of these maps.

        >>> from archcalc.layers.resample import Crop
        >>> Crop(to=Tap(Shape((8, 4, 4)))).naming()
        ['to']
        """
        return [name for name, value in self.__dict__.items() if isinstance(value, Tap)]

    @property
    def own_rounding(self) -> Rounding | None:
        """The rounding that the layer itself declares."""
        declared: Rounding | None = getattr(self, "rounding", None)
        return declared

    def policy(self, declared: Rounding) -> Rounding:
        """How it rounds where a rounding is declared: `caffe` names a framework, which rounds down except in pools."""
        return "floor" if declared == "caffe" else declared

    @classmethod
    def has_products(cls) -> bool:
        """Whether layers of this kind multiply: those that state no multiplications have none."""
        return cls.multiplications is not Layer.multiplications

    def looks_up(self, inputs: Sequence[Shape]) -> Mapping[int, Dim]:
        """For every input of integers that are looked up, by its place among all that are read: in how many rows."""
        return {}

    def windows(self) -> "Windows | None":
        """The windows that slide over the map that it reads, as its fields state them; None for a layer without."""
        return None

    def paints(self) -> "Windows | None":
        """The windows that every number that it reads paints, as its fields state them; None for a layer without."""
        return None

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """How many numbers PyTorch holds while it computes the layer, besides what is read, written and learned.

        A layer with windows may pad its map first.
        """
        windows = self.windows()
        shape = inputs[0] if inputs else None
        if windows is None or shape is None or not shape.spatial:
            return 0
        padded = zip(windows.on(shape), shape.spatial, strict=True)
        sizes = [size + window.before + window.after for window, size in padded]
        numbers: Number = prod(sizes, start=shape.channels * shape.items)
        return numbers

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """How the sizes of the output come about, axis by axis where they change.

        It is also asked where a size came out as a fraction, or as less than 1, and the layer therefore writes nothing.
        """
        return kept()

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """How the counts that are not 0 come about: unless a layer knows better, the sizes of its tensors multiplied.

        A layer with multiplications has a formula for them. It is for one item, as `multiplications` is.
        """
        tensors = ((PARAMETERS, self.weights(inputs, outputs)), (BUFFERS, self.buffers(inputs, outputs)))
        return tuple(of_tensors(quantity, found) for quantity, found in tensors if found)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """PyTorch calls, applied in order, with the same shapes and parameters; one module owns the weights.

        They are right for every size that the symbols in the shapes stand for; only where a layer is of a fixed size
        do their arguments depend on a symbol.
        """
        raise NotImplementedError  # Abstract: every layer has its own.

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Which positions of the maps that it reads every position of its outputs sees, axis by axis.

        None for a layer that mixes all positions of a map, or gives them another order. Raises: NoReach.
        """
        return None

    def placed(self, position: int, count: int) -> "Layer":
        """The layer as it is at the position-th of `count` places, counted from 1, if it depends on its depth."""
        return self

    @property
    def schedule(self) -> tuple[str, tuple[tuple[str, int], ...]] | None:
        """What does for a whole network what `placed` does for one layer: a function of `supplied`, and its options."""
        return None

    @property
    def counts_blocks(self) -> bool:
        """Whether the places of `placed` are calls of blocks, not layers of its kind."""
        return False

    def as_step(self) -> str | dict[str, Any]:
        """The layer as a step of a spec.

        >>> from archcalc.layers.convolution import Conv
        >>> Conv(out=6, kernel=5).as_step()
        {'conv': {'out': 6, 'kernel': 5}}
        """
        fields = self._given()
        return {self.kind: fields} if fields else self.kind

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name != "step":
                return super().__getattr__(name)
            warnings.warn("`step()` of a layer is called `as_step()`", DeprecationWarning, stacklevel=2)
            return self.as_step

    def __dir__(self) -> Iterable[str]:
        """What its class shows."""
        return dir(type(self))

    def __repr_args__(self) -> Any:
        return [(name, value) for name, value in super().__repr_args__() if name in self.model_fields_set]
