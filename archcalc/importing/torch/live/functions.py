"""Writes down the functions that PyTorch is asked for while a module runs.

There are no stand-ins for tensors and no symbols: the module's own Python runs, on shapes. Every tensor that is met is
kept until the end, since it is known by its id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.live.aliases import Writes
from archcalc.importing.torch.live.arguments import described, dtype_of, name_of
from archcalc.importing.torch.live.geometry import are_apart, box, place_of
from archcalc.importing.torch.live.modules import Owned
from archcalc.importing.torch.live.numbers import describe
from archcalc.importing.torch.live.parts import tensors_in
from archcalc.importing.torch.live.placement import LIKE_ANOTHER, OF_A_SHAPE, Placement, changes
from archcalc.importing.torch.live.places import line_of_the_user
from archcalc.importing.torch.trace import BATCH, CHANGED, Function, ModuleCall, Traced

_ASKING = {
    *(torch.Tensor.__bool__, torch.Tensor.__complex__, torch.Tensor.__float__, torch.Tensor.__index__),
    *(torch.Tensor.__int__, torch.Tensor.item, torch.Tensor.nonzero, torch.Tensor.numpy, torch.Tensor.tolist),
    *(torch.Tensor.__contains__, torch.Tensor.__array__, torch.nonzero, torch.equal, torch.allclose),
    *(torch.Tensor.equal, torch.Tensor.allclose, torch.Tensor.unique, torch.unique, torch.masked_select),
    *(torch.Tensor.masked_select, torch.argwhere, torch.Tensor.argwhere, torch.Tensor.is_nonzero, torch.is_nonzero),
}
"""Functions whose answer is in the numbers."""
_YES_OR_NO = {
    *(torch.Tensor.__bool__, torch.Tensor.__contains__, torch.equal, torch.allclose, torch.Tensor.equal),
    *(torch.Tensor.allclose, torch.Tensor.is_nonzero, torch.is_nonzero),
}
_MOST_ANSWERS = 100
"""Who asks more often will ask for ever."""
DATA_DEPENDENT = "data-dependent"
_TAKEN = "torch.Tensor.__getitem__"
"""What a view is of a tensor that was written since it was made."""
_NUMBERS_MISSING = re.compile(
    r"torch\.nonzero\(\)|no data|on meta tensors|a meta tensor|^aten::\w+: .* with Meta tensors"
)
"""What PyTorch says where shapes are not enough."""
_STATISTICS = {torch.nn.functional.batch_norm, torch.nn.functional.instance_norm}
"""Functions whose constants are found in training: nobody wants to read them."""


@dataclass(eq=False)
class _Met:
    """A tensor that was met: what is known of it, after how many writes."""

    tensor: torch.Tensor
    traced: Traced
    writes: int


class Functions(Placement):
    """While it is active, functions are written down in the call of a module that is going on.

    `answer` is given where a module asks whether something holds for numbers; without one, such a module is refused.
    `is_linear` says whether all counted products grow with the batch, `read` the names of tensors that something read.
    """

    def __init__(self, owned: Owned, root: ModuleCall, answer: bool | None = None) -> None:
        super().__init__(owned)
        self.answer = answer
        self._answered = 0
        self.root = root
        self.notes: list[str] = []
        self.read: set[str] = set()
        self.is_linear = True
        self.refusal: ImportFailure | None = None
        self.failed_function: Callable[..., Any] | None = None
        self._call = root
        self._whole = 0
        self._met: dict[int, _Met] = {}
        self._writes = Writes()

    # Tensors

    def meet_input(self, tensor: torch.Tensor) -> Traced:
        """An input of the module."""
        return self._meet(tensor, Traced(tuple(tensor.shape), batched=True, dtype=dtype_of(tensor)))

    def traced(self, tensor: torch.Tensor) -> Traced:
        """What is known of a tensor as it is now."""
        met = self._met.get(id(tensor))
        if met is None:
            return self._unknown(tensor)
        if met.writes < self._writes.count:
            since = self._writes.since(tensor, met.writes)
            if since:
                met.traced = self._changed(tensor, met.traced, since)
            met.writes = self._writes.count
        return met.traced

    def is_known(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor is a constant whose numbers are known."""
        if self._whole and id(tensor) not in self._met and self.owned.get(tensor) is None:
            return super().is_known(tensor)
        traced = self.traced(tensor)
        return not traced.batched and not traced.learned and super().is_known(tensor)

    def stand_in(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor on the meta device, known as what it stands for."""
        found = super().stand_in(tensor)
        if found is not tensor and id(found) not in self._met and id(tensor) in self._met:
            self._met[id(found)] = self._met[id(tensor)]
        return found

    def _meet(self, tensor: torch.Tensor, traced: Traced) -> Traced:
        self._met[id(tensor)] = _Met(tensor, traced, self._writes.count)
        return traced

    def _unknown(self, tensor: torch.Tensor) -> Traced:
        """A tensor that no function made: the module's own, or one that was there before."""
        described = self.owned.get(tensor)
        shape, dtype = tuple(tensor.shape), dtype_of(tensor)
        if described is not None:
            return self._meet(tensor, Traced(shape, tensor=described, learned=not described.is_buffer, dtype=dtype))
        if tensor.is_meta:
            for met in list(self._met.values()):
                if self._writes.are_one(met.tensor, tensor):
                    return self._meet(tensor, met.traced)
            if any(size and size % BATCH == 0 for size in shape):
                raise self.refuse(
                    "hidden",
                    "has a tensor from code that PyTorch cannot follow, like TorchScript or a compiled extension",
                    "replace that code by functions of PyTorch",
                )
        if isinstance(tensor, nn.Parameter):
            self.notes.append(
                f"a parameter of shape {list(shape)} is read in {self.where(self._call)}, and no module owns it: "
                "modules in a plain list must stand in a `ModuleList`"
            )
            return self._meet(tensor, Traced(shape, learned=True, dtype=dtype))
        return self._meet(tensor, Traced(shape, dtype=dtype))

    def _changed(self, tensor: torch.Tensor, before: Traced, writes: list[tuple[torch.Tensor, Traced]]) -> Traced:
        """What a tensor is after others wrote into its memory."""
        now, whole = before, place_of(tensor)
        for other, written in writes:
            part = place_of(other)
            if whole == part:
                now = written
            elif (index := box(part, whole)) is not None:
                now = self.add(Function(_TAKEN, [written, index], {}), [tensor], [written])[0]
            elif not are_apart(whole, part):
                index = box(whole, part) or (whole.flat and box(whole.flat, part))
                now = self.add(Function(CHANGED, [now, index, written], {}), [tensor], [now, written])[0]
        return now

    # Functions

    def applied(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the function gives; it is written down."""
        if self._whole:
            return self._tried(function, args, keywords)
        read = list(tensors_in((args, keywords)))
        node = Function(name_of(function), described(list(args), self.traced), described(keywords, self.traced))
        versions = [self._version(tensor) for tensor in read]
        before = self.products.operations
        result = self._tried(function, args, keywords)
        outputs = list(tensors_in(result))
        written = [tensor for tensor, version in zip(read, versions, strict=True) if self._version(tensor) != version]
        if not written and read and read[0].is_inference() and changes(function, keywords):
            written = read[:1]  # PyTorch does not count writes in inference mode.
        written = self._writes.of_one_memory_each(written)
        if outputs:  # Statistics that are written beside are no output.
            written = [tensor for tensor in written if self.owned.get(tensor) is None]
        if not outputs and not written:
            return result
        sources = [self.traced(tensor) for tensor in _depends_on(function, args, read)]
        if not written and isinstance(result, torch.Tensor) and any(self._is(result, tensor) for tensor in read):
            # An argument as it was. Dropout does this in eval mode; the argument may be read elsewhere.
            if not self.traced(result).batched:
                return result
            result = torch.ops.aten.alias(result)
            outputs = [result]
        beside = [tensor for tensor in written if not any(self._is(output, tensor) for output in outputs)]
        made = self.add(node, [*outputs, *beside], sources, self.products.operations - before)
        self._note_values(function, read, made)
        for tensor in written:
            self._write(tensor, outputs)
        return result

    def _write(self, tensor: torch.Tensor, outputs: list[torch.Tensor]) -> None:
        """Note that a tensor was written: it is what the function made of it, or of what stands for it."""
        standing = self._stand_ins.get(id(tensor))
        if standing is not None and any(output is standing[1] for output in outputs):
            self._met[id(tensor)] = self._met[id(standing[1])]
        self._writes.add(tensor, self._met[id(tensor)].traced)
        self._met[id(tensor)].writes = self._writes.count

    def _tried(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        try:
            return self.placed(function, args, keywords)
        except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
            if self.answer is not None and function in _YES_OR_NO and self._answered < _MOST_ANSWERS:
                self._answered += 1
                return self.answer
            if function in _ASKING or _NUMBERS_MISSING.search(str(error)):
                asked = name_of(function).rpartition(".")[2].strip("_")
                raise self.refuse(
                    DATA_DEPENDENT,
                    f"asks for the numbers of a tensor (by `{asked}`), and there are only shapes",
                    "let shapes and arguments decide, not the numbers in tensors",
                ) from error
            self.failed_function = function
            raise

    def _is_small(
        self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any], read: list[torch.Tensor]
    ) -> bool:
        before = self.products.operations
        try:
            return super()._is_small(function, args, keywords, read)
        finally:
            self.products.operations = before

    def add(
        self, node: Function, outputs: list[torch.Tensor], sources: list[Traced], operations: int = 0
    ) -> list[Traced]:
        """Write down a function that made these tensors of those, with so many operations for the whole batch."""
        batched = any(one.batched for one in sources)
        learned = not batched and any(one.learned for one in sources)
        for port, tensor in enumerate(outputs):
            shape = tuple(tensor.shape)
            traced = Traced(shape, node, port, batched=batched, learned=learned, dtype=dtype_of(tensor))
            self._meet(tensor, traced)
            node.outputs.append(traced)
        per_item = 2 * BATCH ** _batches_in([*sources, *node.outputs])
        node.multiplications, rest = divmod(operations, per_item)
        self.is_linear = self.is_linear and not rest and per_item <= 2 * BATCH
        self._call.items.append(node)
        return node.outputs

    def _note_values(self, function: Callable[..., Any], read: list[torch.Tensor], made: list[Traced]) -> None:
        """The numbers of constants, where something else is made of them."""
        for tensor in read:
            traced = self.traced(tensor)
            if traced.tensor is not None:
                self.read.add(traced.tensor.name)
            is_asked_for = any(one.batched or one.learned for one in made) and function not in _STATISTICS
            is_described = (traced.values, traced.least, traced.by_distance) != (None, None, None)
            if is_asked_for and not is_described and self.is_known(tensor):
                describe(tensor, traced)

    def _is(self, output: torch.Tensor, tensor: torch.Tensor) -> bool:
        """Whether a result is an argument, or stands for it."""
        standing = self._stand_ins.get(id(tensor))
        return output is tensor or (standing is not None and output is standing[1])

    def _version(self, tensor: torch.Tensor) -> int:
        """How often a tensor was written, itself or what stands for it."""
        stand_in = self._stand_ins.get(id(tensor))
        own = 0 if tensor.is_inference() else tensor._version
        return own if stand_in is None else own + stand_in[1]._version

    # Failures

    def refuse(self, kind: str, what: str, help: str) -> ImportFailure:
        """Why the module cannot be traced, at the line where it shows; the first reason counts."""
        if self.refusal is None:
            message = f"{self.where(self._call)} {what}"
            self.refusal = ImportFailure(kind, message, place=line_of_the_user(), help=help)
        return self.refusal

    def where(self, call: ModuleCall) -> str:
        """A call for messages: `layer1.0 (BasicBlock)`."""
        name = call.class_name.rpartition(":")[2]
        return f"`{call.path}` ({name})" if call.path else f"the network itself ({name})"


def _depends_on(function: Callable[..., Any], args: Any, read: list[torch.Tensor]) -> list[torch.Tensor]:
    """The tensors whose numbers decide about the result of a function."""
    if function in OF_A_SHAPE:
        return list(tensors_in(args[1:]))
    return read[:1] if function in LIKE_ANOTHER else read


def _batches_in(around: list[Traced]) -> int:
    """How many times the tensors of a function hold the batch; constants can have it, too."""
    return max((sum(map(_batches, one.shape)) for one in around), default=0)


def _batches(size: int) -> int:
    """How many times an axis holds the batch."""
    return 1 + _batches(size // BATCH) if size and size % BATCH == 0 else 0
