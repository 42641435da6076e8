"""Memory along the schedule: what lives at every moment of inference and of a training step.

A moment is an operation, forward or backward. What lives then are maps that somebody still reads, what autograd keeps,
gradients of maps on their way and those of tensors, and what a kernel needs for itself. Tensors and buffers, which live
all the time, are not among it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archcalc.dims import Dim
from archcalc.memory.forward import Forward
from archcalc.memory.tape import Operation
from archcalc.memory.tensors import Storage

Phase = Literal["forward", "backward", "again"]
"""`again` is a forward pass on the way back, of what was not kept."""

Sizing = Callable[[Storage], Dim]
"""The bytes of a storage."""

UNIT = Storage(1, "map", "kept")
"""One number of a map."""


class Moment(NamedTuple):
    """What lives while an operation is computed, in bytes.

    >>> import archcalc
    >>> moments = archcalc.load("input: [8]\\nlayers: [linear: 4, relu]").check().memory(1, "sgd").moments
    >>> [(one.place, one.phase, one.total) for one in moments]
    [('0', 'forward', 48), ('1', 'forward', 64), ('1', 'backward', 80), ('0', 'backward', 208)]
    """

    place: str
    """The layer."""
    phase: Phase
    maps: Dim
    """Maps that somebody still reads, the input among them."""
    saved: Dim
    """What autograd keeps besides these."""
    gradients: Dim
    """Gradients of maps on their way back."""
    trained: Dim
    """Gradients of tensors, as many as there are by now."""
    scratch: Dim
    """What the kernel of the operation needs for itself."""

    @property
    def total(self) -> Dim:
        """All of it."""
        found: Any = self.maps + self.saved + self.gradients + self.trained + self.scratch
        amount: Dim = found
        return amount

    def each(self, function: Callable[[Dim], Dim]) -> Moment:
        """The moment with a function of every amount."""
        maps, saved, gradients, trained, scratch = map(function, self[2:])
        return Moment(self.place, self.phase, maps, saved, gradients, trained, scratch)


AMOUNTS = Moment._fields[2:]
"""What a moment is made of."""


def inference(run: Forward, size: Sizing) -> list[Moment]:
    """A forward pass, in which a map is freed behind the last operation that reads it."""
    return list(_Alive(run, size).forward(keeps=False))


def training(
    run: Forward,
    size: Sizing,
    tensors: Mapping[str, Dim],
    gradient: Callable[[Dim], Dim],
    copies: Mapping[str, Dim],
    checkpoints: Sequence[str] = (),
) -> list[Moment]:
    """A forward pass, in which what autograd keeps stays, and the way back, on which it is freed.

    `tensors` are how many numbers of each layer's own tensors are trained, by its name, and `gradient` says the bytes
    of as many gradients; `copies` are the bytes of copies of its weights that are kept until then. Of what is inside of
    `checkpoints`, only what enters them is kept.
    """
    alive = _Alive(run, size, copies, checkpoints)
    return [*alive.forward(keeps=True), *alive.backward(tensors, gradient)]


class _Alive:
    """What lives, moment by moment."""

    def __init__(
        self, run: Forward, size: Sizing, copies: Mapping[str, Dim] | None = None, checkpoints: Sequence[str] = ()
    ) -> None:
        self.run = run
        self.size = size
        self.copies = copies or {}
        self.checkpoints = checkpoints
        self.amounts: dict[str, Any] = dict.fromkeys(("maps", "saved", "gradients", "trained"), 0)
        self.storages: dict[int, Storage] = {}
        """What lives as a map."""
        self.held: dict[int, int] = {}
        """By storage, how many operations keep it for their gradient."""
        kernels = [one for one in run.operations if one.saved and one.scratch_back]
        self.copying = {one.place: id(one) for one in reversed(kernels)}
        """By layer, the first of its products: with this one its copies of weights come, and go on the way back."""
        self.outputs = {id(tensor.storage) for tensor in run.outputs}
        self.inside: dict[str, set[int]] = {name: set() for name in checkpoints}
        """By checkpoint, the storages that its operations write."""
        for operation in run.operations if checkpoints else ():
            name = self._segment(operation)
            if name is not None:
                self.inside[name] |= {id(tensor.storage) for tensor in operation.writes}

    def forward(self, *, keeps: bool) -> Iterator[Moment]:
        """The way of the maps from the input to the output."""
        operations = self.run.operations
        ends = self._ends(operations)
        for storage in self.run.inputs:
            self._born(storage)
        for place, operation in enumerate(operations):
            for tensor in operation.writes:
                self._born(tensor.storage)
            if keeps:
                self._keep(self._kept_of(operation))
                self._copy(operation, 0 if self._segment(operation) else 1)
            yield from self._moments(operation, "forward", operation.scratch)
            for key in ends.get(place, ()):
                self._die(key)

    def backward(self, tensors: Mapping[str, Dim], gradient: Callable[[Dim], Dim]) -> Iterator[Moment]:
        """The way of the gradients from the output to the input."""
        told = {operation.place for operation in self.run.operations if operation.trained is not None}
        waiting = {place: numbers for place, numbers in tensors.items() if place not in told}
        flows = _Gradients(self.size)
        for tensor in self.run.outputs:
            if tensor.learns:
                flows.start(tensor.storage)
        for segment, operations in _segments(self.run.operations, self._segment):
            if segment is not None:
                yield from self._again(operations)
            for operation in reversed(operations):
                if not any(tensor.learns for tensor in operation.writes):
                    continue
                flows.through(operation)
                self.amounts["gradients"] = flows.bytes
                trained = waiting.pop(operation.place, 0)
                if operation.trained is not None and operation.place in tensors:
                    trained = operation.trained
                self._add("trained", gradient(trained))
                yield from self._moments(operation, "backward", operation.scratch_back)
                flows.done(operation)
                self.amounts["gradients"] = flows.bytes
                self._release(operation.saved)
                self._copy(operation, -1)
            if segment is not None:
                for operation in operations:
                    self._release(self._entering(operation, segment))

    def _segment(self, operation: Operation) -> str | None:
        """The checkpoint that an operation is inside of."""
        for name in self.checkpoints:
            if operation.place == name or operation.place.startswith(f"{name}."):
                return name
        return None

    def _kept_of(self, operation: Operation) -> Sequence[Storage]:
        """What is kept of an operation on the way forward: of one inside of a checkpoint, what enters this."""
        name = self._segment(operation)
        return operation.saved if name is None else self._entering(operation, name)

    def _entering(self, operation: Operation, checkpoint: str) -> list[Storage]:
        """What an operation reads that nothing inside of its checkpoint has written."""
        inside = self.inside[checkpoint]
        return [tensor.storage for tensor in operation.reads if id(tensor.storage) not in inside]

    def _again(self, operations: Sequence[Operation]) -> Iterator[Moment]:
        """The forward pass of a checkpoint on the way back, in which everything is kept."""
        for operation in operations:
            self._keep(operation.saved)
            self._copy(operation, 1)
            yield from self._moments(operation, "again", operation.scratch)

    def _moments(self, operation: Operation, phase: Phase, scratch: Sequence[Dim]) -> Iterator[Moment]:
        for numbers in scratch or (0,):
            amount: Any = numbers * self.size(UNIT)
            now = self.amounts
            alive = (now["maps"], now["saved"], now["gradients"], now["trained"])
            yield Moment(operation.place, phase, *alive, amount)

    def _ends(self, operations: Sequence[Operation]) -> dict[int, list[int]]:
        """By the place of an operation, the storages that nobody reads behind it."""
        last: dict[int, int] = {}
        for place, operation in enumerate(operations):
            for tensor in (*operation.reads, *operation.writes):
                last[id(tensor.storage)] = place
        never = {*self.outputs, *map(id, self.run.inputs)}
        ends: dict[int, list[int]] = {}
        for key, place in last.items():
            if key not in never:
                ends.setdefault(place, []).append(key)
        return ends

    def _add(self, what: str, amount: Any) -> None:
        self.amounts[what] = self.amounts[what] + amount

    def _born(self, storage: Storage) -> None:
        if id(storage) not in self.storages and storage.role != "tensor":
            self.storages[id(storage)] = storage
            self._add("maps", self.size(storage))

    def _die(self, key: int) -> None:
        storage = self.storages.pop(key, None)
        if storage is None:
            return
        self._add("maps", -self.size(storage))
        if self.held.get(key):
            self._add("saved", self.size(storage))

    def _keep(self, storages: Sequence[Storage]) -> None:
        for storage in storages:
            key = id(storage)
            if storage.role == "tensor":
                continue
            if not self.held.get(key) and key not in self.storages:
                self._add("saved", self.size(storage))
            self.held[key] = self.held.get(key, 0) + 1

    def _release(self, storages: Sequence[Storage]) -> None:
        for storage in storages:
            key = id(storage)
            if not self.held.get(key):
                continue
            self.held[key] -= 1
            if not self.held[key] and key not in self.storages:
                self._add("saved", -self.size(storage))

    def _copy(self, operation: Operation, sign: int) -> None:
        """Copies of the weights that a layer's products are computed with."""
        if self.copying.get(operation.place) == id(operation):
            self._add("saved", sign * self.copies.get(operation.place, 0))


def _segments(
    operations: Sequence[Operation], segment: Callable[[Operation], str | None]
) -> Iterator[tuple[str | None, list[Operation]]]:
    """Operations from the last to the first, those of one checkpoint together and in their order."""
    groups: list[tuple[str | None, list[Operation]]] = []
    for operation in operations:
        name = segment(operation)
        if groups and groups[-1][0] == name:
            groups[-1][1].append(operation)
        else:
            groups.append((name, [operation]))
    return iter(reversed(groups))


class _Gradients:
    """Gradients of maps on their way back; several maps may have one in common, each as a part of it."""

    def __init__(self, size: Sizing) -> None:
        self.size = size
        self.bytes: Any = 0
        self.buffers: dict[int, int] = {}
        """By storage, the number of the buffer that its gradient is in."""
        self.shares: dict[int, int] = {}
        self.amounts: dict[int, Dim] = {}

    def start(self, storage: Storage) -> None:
        """A buffer of its own."""
        number = len(self.shares)
        self.buffers[id(storage)] = number
        self.shares[number] = 1
        self.amounts[number] = self.size(storage)
        self.bytes = self.bytes + self.amounts[number]

    def through(self, operation: Operation) -> None:
        """The gradients of what an operation reads, made from those of what it writes."""
        made = operation.writes[0].storage
        buffer = self.buffers.get(id(made))
        for tensor in operation.reads:
            read = tensor.storage
            if not tensor.learns or read is made or read.role == "tensor" or id(read) in self.buffers:
                continue
            is_whole = read.elements == made.elements
            if buffer is not None and (operation.back == "part" or (operation.back == "same" and is_whole)):
                self.buffers[id(read)] = buffer
                self.shares[buffer] += 1
            else:
                self.start(read)

    def done(self, operation: Operation) -> None:
        """Nobody needs the gradients of what an operation has written any more."""
        for tensor in operation.writes:
            if all(tensor.storage is not read.storage for read in operation.reads):
                self._drop(tensor.storage)

    def _drop(self, storage: Storage) -> None:
        number = self.buffers.pop(id(storage), None)
        if number is None:
            return
        self.shares[number] -= 1
        if not self.shares[number]:
            self.bytes = self.bytes - self.amounts[number]
