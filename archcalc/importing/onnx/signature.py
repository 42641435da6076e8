"""What a network reads, as its file says: inputs with their shapes, symbols among the sizes, and where the batch is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.arrays import RANK
from archcalc.importing.onnx.places import malformed, shown
from archcalc.importing.onnx.tensors import kind_of_type

if TYPE_CHECKING:
    from onnx import GraphProto, ValueInfoProto

Size: TypeAlias = "int | str"
ITEMS = 61
"""Items of a batch of any size: a prime, so that few sizes are a multiple of it."""
_NAMES = frozenset({"n", "b", "bs", "nbatch", "num_batch", "minibatch"})
_BATCHED = frozenset(
    {
        "Conv",
        "ConvTranspose",
        "ConvInteger",
        "QLinearConv",
        "DeformConv",
        "MaxPool",
        "AveragePool",
        "LpPool",
        "MaxUnpool",
    }
    | {"GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool", "BatchNormalization", "InstanceNormalization", "LRN"}
    | {"GroupNormalization", "DepthToSpace", "SpaceToDepth", "GridSample", "RoiAlign", "Col2Im"}
)
"""Operators that read the batch as their first axis, whatever its size."""


@dataclass(frozen=True)
class Input:
    """An input: its sizes in ONNX, of which some are symbols, and the axis of the batch if it has one."""

    name: str
    sizes: tuple[Size, ...]
    dtype: str
    batch: int | None = None

    @property
    def shape(self) -> tuple[Size, ...]:
        """The shape without the batch.

        >>> Input("x", ("batch", 3, "height", 224), "float", 0).shape
        (3, 'height', 224)
        """
        if self.batch is None:
            return self.sizes
        return self.sizes[: self.batch] + self.sizes[self.batch + 1 :]


class Signature(NamedTuple):
    """The inputs of a network, and the size or the symbol of its batch; None if it has no batch."""

    inputs: tuple[Input, ...]
    batch: Size | None

    @property
    def symbols(self) -> dict[str, list[tuple[str, int]]]:
        """For every symbol the axes that bear it: the input, and the axis in its shape without the batch.

        >>> Signature((Input("x", ("n", 3, "h", "h"), "float", 0),), "n").symbols
        {'h': [('x', 1), ('x', 2)]}
        """
        found: dict[str, list[tuple[str, int]]] = {}
        for entry in self.inputs:
            for axis, size in enumerate(entry.shape):
                if isinstance(size, str):
                    found.setdefault(size, []).append((entry.name, axis))
        return found

    def items(self, sizes: Mapping[str, int]) -> int:
        """How many items a batch has while the network is read."""
        if isinstance(self.batch, int):
            return self.batch
        return 1 if self.batch is None else sizes.get(self.batch, ITEMS)

    def numbers(self, entry: Input, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape of an input in ONNX with numbers for its symbols.

        Raises: ImportFailure for a symbol without a number, and for a number below 1.
        """
        return tuple(self._number(entry, axis, size, sizes) for axis, size in enumerate(entry.sizes))

    def _number(self, entry: Input, axis: int, size: Size, sizes: Mapping[str, int]) -> int:
        if axis == entry.batch:
            return self.items(sizes)
        if isinstance(size, int):
            return size
        if size not in sizes:
            raise ImportFailure(
                "size",
                f"the size `{shown(size)}` of its input `{shown(entry.name)}` is not known",
                help=f"give a number for it, such as {shown(size)}=64",
            )
        if sizes[size] < 1:
            raise ImportFailure("size", f"`{shown(size)}` is {sizes[size]}, and sizes are numbers from 1 on")
        return sizes[size]


def signature(graph: GraphProto, batch: bool | None = None) -> Signature:
    """The inputs of a graph, less those that are stored tensors.

    The batch is the axis whose symbol has a name such as `batch` or `N`; else the first axis of the first input with
    two axes or more, if it has a symbol or is 1, or if the graph has operators that read the batch there. `batch=True`
    says that the first axis is the batch, `batch=False` that there is none.
    """
    stored = {tensor.name for tensor in graph.initializer} | {tensor.values.name for tensor in graph.sparse_initializer}
    indices = _indices(graph)
    found = [_input(value, value.name in indices) for value in graph.input if value.name not in stored]
    if len({entry.name for entry in found}) != len(found):
        raise malformed("two of its inputs have one name")
    where, size = _batch(graph, found, batch)
    return Signature(
        tuple(Input(one.name, one.sizes, one.dtype, axis) for one, axis in zip(found, where, strict=True)), size
    )


def _input(value: ValueInfoProto, is_index: bool) -> Input:
    place = f"input `{shown(value.name)}`"
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        raise ImportFailure(
            "unsupported", f"it is no tensor but {_word(kind)}, which archcalc does not read", place=place
        )
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        raise ImportFailure("size", "the file does not say how many axes it has", place=place)
    sizes = []
    for axis, dim in enumerate(tensor.shape.dim):
        if dim.HasField("dim_value"):
            if dim.dim_value < 1:
                sizes.append(f"{value.name}_{axis}")
            else:
                sizes.append(dim.dim_value)
        else:
            sizes.append(dim.dim_param or f"{value.name}_{axis}")
    if len(sizes) > RANK:
        raise malformed(f"it has {len(sizes)} axes, and no network needs more than {RANK}", place)
    dtype = kind_of_type(tensor.elem_type)
    return Input(value.name, tuple(sizes), dtype if dtype == "bool" or (dtype == "int" and is_index) else "float")


_PASSING = frozenset(
    {"Reshape", "Cast", "Unsqueeze", "Squeeze", "Transpose", "Slice", "Identity", "Flatten", "Expand", "Clip"}
)


def _indices(graph: GraphProto) -> set[str]:
    """Names of what is looked up in tables, and of what that is made of: such integers name something, others count."""
    found: set[str] = set()
    for node in reversed(graph.node):
        if node.op_type in ("Gather", "GatherElements", "OneHot"):
            found.update(node.input[0 if node.op_type == "OneHot" else 1 :][:1])
        elif node.op_type in _PASSING and not found.isdisjoint(node.output):
            found.update(node.input[:1])
    return found


def _word(kind: str | None) -> str:
    return {"sequence_type": "a sequence", "map_type": "a dictionary", "optional_type": "an optional value"}.get(
        kind or "", "something without a type"
    )


def _batch(graph: GraphProto, inputs: Sequence[Input], batch: bool | None) -> tuple[list[int | None], Size | None]:
    """The axis of the batch in every input, and its size or symbol."""
    nowhere: list[int | None] = [None] * len(inputs)
    if batch is False or not inputs:
        return nowhere, None
    named = next((size for one in inputs for size in one.sizes if isinstance(size, str) and _is_name(size)), None)
    if named is not None and batch is None:
        return [one.sizes.index(named) if named in one.sizes else None for one in inputs], named
    first = next((one for one in inputs if len(one.sizes) > 1), inputs[0])
    if not first.sizes:
        return nowhere, None
    size = first.sizes[0]
    is_open = (isinstance(size, str) or size == 1) and len(first.sizes) > 1
    if not (batch or is_open or any(operator in _BATCHED for operator in _operators(graph))):
        return nowhere, None
    return [_first(one, size) for one in inputs], size


def _is_name(size: str) -> bool:
    """Whether a symbol is called as a batch is.

    >>> _is_name("batch_size"), _is_name("N"), _is_name("height")
    (True, True, False)
    """
    return size.lower() in _NAMES or size.lower().startswith("batch")


def _first(entry: Input, size: Size) -> int | None:
    """Axis 0, if it has that size; symbols without a name of their own are taken for the same."""
    if not entry.sizes or entry.sizes[0] == size:
        return 0 if entry.sizes else None
    return 0 if entry.sizes[0] == f"{entry.name}_0" and isinstance(size, str) else None


def _operators(graph: GraphProto) -> Iterator[str]:
    return (node.op_type for node in graph.node)
