"""The tape: what PyTorch's operations write, and what autograd keeps of them until it has computed the gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from archcalc.dims import Dim
from archcalc.layers.base import Weight
from archcalc.memory.tensors import Role, Sizes, Storage, Tensor, contiguous, dense_like, numel

Back = Literal["made", "same", "part"]
"""A gradient is made anew, or is that of what is written looked at in another way, or a part of it. A sum that repeats
what it reads makes a new one all the same."""


class NotKnown(Exception):
    """Nobody knows here what an operation keeps."""


class Operation(NamedTuple):
    """One operation: what it reads and writes, and what it keeps for its gradient."""

    place: str
    """The layer that it belongs to."""
    reads: tuple[Tensor, ...]
    writes: tuple[Tensor, ...]
    saved: tuple[Storage, ...]
    """Each once, in the order in which they are kept; none where no gradient is asked for."""
    back: Back = "made"
    """How the gradients of what it reads come from those of what it writes."""
    scratch: tuple[Dim, ...] = ()
    """How many numbers its kernel needs for itself, one amount for each of its stages."""
    scratch_back: tuple[Dim, ...] = ()
    """The same of the kernels of its gradient."""
    trained: Dim | None = None
    """How many numbers of the layer's tensors get their gradients here. Where no operation of a layer says it, all of
    them do with those of the last one."""


class Call(NamedTuple):
    """An operation as a layer asks for it: a PyTorch function or module, and what it is told."""

    reads: tuple[Tensor, ...]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    """The arguments of a function, or those by which a module is made."""
    weights: Mapping[str, Weight]
    """The tensors of the layer, if the call is the module that owns them."""
    trains: bool
    """Whether these tensors are trained."""
    reversed: bool
    """Whether the number of an operator stands in front of the map, as in `2 ** x`."""
    written: tuple[Sizes, ...] | None
    """The sizes of what the layer writes, with the batch in front, if this is its last call."""

    @property
    def read(self) -> Tensor:
        """What it reads first."""
        return self.reads[0]

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """An argument that may be given by its place or by its name."""
        return self.args[place] if place < len(self.args) else self.kwargs.get(name, default)

    @property
    def sizes(self) -> Sizes:
        """The sizes of its one result. Raises: NotKnown for a call in the middle of a layer."""
        if self.written is None or len(self.written) != 1:
            raise NotKnown
        return self.written[0]


class Tape:
    """Records operations, one after the other."""

    def __init__(self, place: str = "", *, training: bool = True) -> None:
        self.place = place
        self.training = training
        self.overwrites = False
        """Whether an activation writes over what it reads, which nobody else reads."""
        self.leaves_open = False
        """Whether something that the layer keeps is known to nobody here."""
        self.operations: list[Operation] = []
        self.places: dict[int, Tensor] = {}
        """Where a max pool has found its maxima, by the storage that it wrote."""
        self._saved: dict[int, Storage] = {}

    def may_overwrite(self, read: Tensor) -> bool:
        """Whether an activation may write over what it reads: a map that no gradient before it needs."""
        kept = (storage for operation in self.operations for storage in operation.saved)
        return self.overwrites and read.storage.role == "map" and all(one is not read.storage for one in kept)

    @contextmanager
    def operation(
        self,
        *reads: Tensor,
        back: Back = "made",
        scratch: Sequence[Dim] = (),
        scratch_back: Sequence[Dim] = (),
        trained: Dim | None = None,
    ) -> Iterator[list[Tensor]]:
        """One operation; what it writes goes into the list."""
        before, self._saved = self._saved, {}
        writes: list[Tensor] = []
        yield writes
        learns = any(tensor.learns for tensor in writes)
        saved = tuple(self._saved.values()) if learns and self.training else ()
        self._saved = before
        kernels = (tuple(scratch), tuple(scratch_back))
        self.operations.append(Operation(self.place, reads, tuple(writes), saved, back, *kernels, trained))

    def save(self, *tensors: Tensor) -> None:
        """Autograd keeps what these tensors look at."""
        for tensor in tensors:
            self._saved[id(tensor.storage)] = tensor.storage

    def keep(self, *amounts: Dim, dtype: str = "map") -> None:
        """Autograd keeps so many numbers that nobody else reads."""
        for elements in amounts:
            storage = Storage(elements, dtype, "kept", self.place)
            self._saved[id(storage)] = storage

    def fresh(
        self, sizes: Sizes, *, learns: bool, like: Tensor | None = None, dtype: str = "map", role: Role = "map"
    ) -> Tensor:
        """A new tensor, whose axes lie in memory as those of another one do, or in their order."""
        strides = contiguous(sizes) if like is None else dense_like(like, sizes)
        return Tensor(Storage(numel(sizes), dtype, role, self.place), sizes, strides, learns)

    def computed(
        self,
        sizes: Sizes,
        *reads: Tensor,
        keeps: Iterable[Tensor] = (),
        keeps_result: bool = False,
        amounts: Sequence[Dim] = (),
        like: Tensor | None = None,
        learns: bool = False,
        back: Back = "made",
        scratch: Sequence[Dim] = (),
        scratch_back: Sequence[Dim] = (),
        trained: Dim | None = None,
    ) -> Tensor:
        """A new tensor, made from some that are read; what autograd keeps of the operation besides."""
        kernels = {"scratch": scratch, "scratch_back": scratch_back}
        with self.operation(*reads, back=back, trained=trained, **kernels) as writes:
            result = self.fresh(sizes, learns=learns or any(one.learns for one in reads), like=like)
            writes.append(result)
            self.save(*keeps)
            self.keep(*amounts)
            if keeps_result:
                self.save(result)
        return result

    def looked_at(self, tensor: Tensor, view: Tensor) -> Tensor:
        """A view of a tensor: nothing is written."""
        with self.operation(tensor, back="same") as writes:
            writes.append(view)
        return view

    def reshaped(self, tensor: Tensor, sizes: Sizes) -> Tensor:
        """Other sizes: a view where the memory allows it, otherwise the numbers written anew."""
        view = tensor.with_sizes(sizes)
        if view is not None:
            return self.looked_at(tensor, view)
        return self.computed(sizes, tensor, back="same")

    def made_contiguous(self, tensor: Tensor) -> Tensor:
        """The numbers in the order of the axes, written anew if they stand otherwise."""
        return tensor if tensor.is_contiguous else self.computed(tensor.sizes, tensor, back="same")
