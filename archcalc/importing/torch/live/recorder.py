"""Writes down what a module does while it runs: every function that PyTorch is asked for, in the calls of modules.

There are no stand-ins for tensors and no symbols: the module's own Python runs, on shapes. Every tensor that is met is
kept until the end, since it is known by its id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.overrides import resolve_name

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.live import modules
from archcalc.importing.torch.live.aliases import Writes
from archcalc.importing.torch.live.parts import tensors_in
from archcalc.importing.torch.live.placement import LIKE_ANOTHER, OF_A_SHAPE, Placement, changes
from archcalc.importing.torch.live.places import line_of_the_user
from archcalc.importing.torch.trace import BATCH, CHANGED, MOST_VALUES, Foreign, Function, ModuleCall, Traced

_ASKING = {
    *(torch.Tensor.__bool__, torch.Tensor.__complex__, torch.Tensor.__float__, torch.Tensor.__index__),
    *(torch.Tensor.__int__, torch.Tensor.item, torch.Tensor.nonzero, torch.Tensor.numpy, torch.Tensor.tolist),
    *(torch.Tensor.__contains__, torch.Tensor.__array__, torch.nonzero, torch.equal, torch.allclose),
    *(torch.Tensor.equal, torch.Tensor.allclose, torch.Tensor.unique, torch.unique, torch.masked_select),
    *(torch.Tensor.masked_select, torch.argwhere, torch.Tensor.argwhere, torch.Tensor.is_nonzero, torch.is_nonzero),
}
"""Functions whose answer is in the numbers."""
_NUMBERS_MISSING = re.compile(
    r"torch\.nonzero\(\)|no data|on meta tensors|a meta tensor|^aten::\w+: .* with Meta tensors"
)
"""What PyTorch says where shapes are not enough."""
_STATISTICS = {torch.nn.functional.batch_norm, torch.nn.functional.instance_norm}
"""Functions whose constants are found in training: nobody wants to read them."""


@cache
def _name(function: Callable[..., Any]) -> str:
    return resolve_name(function) or str(getattr(function, "__name__", function))


@dataclass(eq=False)
class _Met:
    """A tensor that was met: what is known of it, after how many writes."""

    tensor: torch.Tensor
    traced: Traced
    writes: int


class Recorder(Placement):
    """While it is active, the functions and the calls of a module are written down.

    `identities` are the ids of modules that do nothing in eval mode: in train mode they are kept whole. `is_linear`
    says whether all counted products grow with the batch.
    """

    def __init__(self, module: nn.Module, owned: modules.Owned, identities: frozenset[int] = frozenset()) -> None:
        super().__init__(owned)
        self.notes: list[str] = []
        self.is_linear = True
        self.identities = set(identities)
        self.refusal: ImportFailure | None = None
        self.read: set[str] = set()
        self.root = ModuleCall("", "", modules.class_name(type(module)), modules.arguments(module))
        self.failed_in: ModuleCall | None = None
        self.failed_function: Callable[..., Any] | None = None
        self._module = module
        self._call = self.root
        self._paths: dict[int, list[str]] = {}
        for path, inner in module.named_modules(remove_duplicate=False):
            self._paths.setdefault(id(inner), []).append(path)
        self._met: dict[int, _Met] = {}
        self._writes = Writes()
        self._whole = 0

    # Tensors

    def meet_input(self, tensor: torch.Tensor) -> Traced:
        """An input of the module."""
        return self._meet(tensor, Traced(tuple(tensor.shape), batched=True, dtype=_dtype(tensor)))

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
        shape, dtype = tuple(tensor.shape), _dtype(tensor)
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
        last, written = writes[-1]
        if self._writes.are_one(tensor, last):
            return written
        function = Function(CHANGED, [before, *(one for _, one in writes)], {})
        return self._add(function, [tensor], [before, *(one for _, one in writes)])[0]

    # Functions

    def applied(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the function gives; it is written down."""
        if self._whole:
            return self._tried(function, args, keywords)
        read = list(tensors_in((args, keywords)))
        arguments = self._described(list(args))
        described = self._described(keywords)
        versions = [self._version(tensor) for tensor in read]
        before = self.products.operations
        result = self._tried(function, args, keywords)
        written = [tensor for tensor, version in zip(read, versions, strict=True) if self._version(tensor) != version]
        if not written and read and read[0].is_inference() and changes(function, keywords):
            written = read[:1]  # PyTorch does not count writes in inference mode.
        outputs = list(tensors_in(result))
        if outputs:
            written = [tensor for tensor in written if self.owned.get(tensor) is None]
        if not outputs and not written:
            return result
        node = Function(_name(function), arguments, described)
        sources = [self.traced(tensor) for tensor in self._depends_on(function, args, read)]
        if len(outputs) == 1 and isinstance(result, torch.Tensor) and not written:
            same = self._met.get(id(result))
            if same is not None and any(result is tensor or same.tensor is tensor for tensor in read):
                # An argument as it was. Dropout does this in eval mode; the argument may be read elsewhere.
                if not same.traced.batched:
                    return result
                result = torch.ops.aten.alias(result)
                outputs = [result]
        changed = [tensor for tensor in written if not any(self._is(output, tensor) for output in outputs)]
        made = self._add(node, [*outputs, *changed], sources, self.products.operations - before)
        self._note_values(function, read, made)
        for tensor in written:
            standing = self._stand_ins.get(id(tensor))
            if standing is not None and any(output is standing[1] for output in outputs):
                self._met[id(tensor)] = self._met[id(standing[1])]
            self._writes.add(tensor, self._met[id(tensor)].traced)
            self._met[id(tensor)].writes = self._writes.count
        return result

    def _tried(self, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        try:
            return self.placed(function, args, keywords)
        except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
            if function in _ASKING or _NUMBERS_MISSING.search(str(error)):
                asked = _name(function).rpartition(".")[2].strip("_")
                raise self.refuse(
                    "data-dependent",
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

    def _add(
        self, node: Function, outputs: list[torch.Tensor], sources: list[Traced], operations: int = 0
    ) -> list[Traced]:
        batched = any(one.batched for one in sources)
        learned = not batched and any(one.learned for one in sources)
        for port, tensor in enumerate(outputs):
            shape = tuple(tensor.shape)
            traced = Traced(shape, node, port, batched=batched, learned=learned, dtype=_dtype(tensor))
            self._meet(tensor, traced)
            node.outputs.append(traced)
        per_item = 2 * BATCH ** _batches_in([*sources, *node.outputs])
        node.multiplications, rest = divmod(operations, per_item)
        self.is_linear = self.is_linear and not rest and per_item <= 2 * BATCH
        self._call.items.append(node)
        return node.outputs

    def _depends_on(self, function: Callable[..., Any], args: Any, read: list[torch.Tensor]) -> list[torch.Tensor]:
        """The tensors whose numbers decide about the result."""
        if function in OF_A_SHAPE:
            return list(tensors_in(args[1:]))
        return read[:1] if function in LIKE_ANOTHER else read

    def _note_values(self, function: Callable[..., Any], read: list[torch.Tensor], made: list[Traced]) -> None:
        """The numbers of constants, where something else is made of them."""
        for tensor in read:
            traced = self.traced(tensor)
            if traced.tensor is not None:
                self.read.add(traced.tensor.name)
            is_asked_for = any(one.batched or one.learned for one in made) and function not in _STATISTICS
            if is_asked_for and traced.values is None and self.is_known(tensor) and tensor.numel() <= MOST_VALUES:
                with torch._C.DisableTorchFunction():
                    traced.values = tensor.tolist()

    def _is(self, output: torch.Tensor, tensor: torch.Tensor) -> bool:
        """Whether a result is an argument, or stands for it."""
        standing = self._stand_ins.get(id(tensor))
        return output is tensor or (standing is not None and output is standing[1])

    def _version(self, tensor: torch.Tensor) -> int:
        """How often a tensor was written, itself or what stands for it."""
        stand_in = self._stand_ins.get(id(tensor))
        own = 0 if tensor.is_inference() else tensor._version
        return own if stand_in is None else own + stand_in[1]._version

    def _described(self, value: Any) -> Any:
        """Arguments as they are written down."""
        if value is None or isinstance(value, (bool, int, float, str)) or value is ...:
            return value
        if isinstance(value, torch.Tensor):
            return self.traced(value)
        if isinstance(value, list):
            return [self._described(one) for one in value]
        if isinstance(value, tuple):
            return tuple(self._described(one) for one in value)
        if isinstance(value, dict):
            return {str(name): self._described(one) for name, one in value.items()}
        if isinstance(value, slice):
            return slice(*(self._described(one) for one in (value.start, value.stop, value.step)))
        if isinstance(value, torch.dtype):
            return _dtype_name(value)
        return Foreign(str(value))

    # Modules

    @contextmanager
    def recording(self, *, counted: bool = True) -> Iterator[None]:
        """Meanwhile, the functions and calls of the module are written down; `counted`, with their products."""
        original = nn.Module.__call__
        recorder = self

        def call(module: nn.Module, *args: Any, **keywords: Any) -> Any:
            return recorder.called(original, module, args, keywords)

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            with torch.no_grad(), self.products if counted else nullcontext(), self:
                yield
        finally:
            nn.Module.__call__ = original  # type: ignore[method-assign]

    def called(
        self, original: Callable[..., Any], module: nn.Module, args: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """What a module gives; the call is written down."""
        paths = self._paths.get(id(module))
        if self._whole or paths is None:
            return original(module, *args, **keywords)
        around = self._call
        is_root = module is self._module and around is self.root and not self.root.items
        call = self.root if is_root else self._inner(module, paths, around)
        whole = modules.whole_class(type(module))
        inputs = [self.traced(tensor) for tensor in tensors_in((args, keywords))]
        call.inputs = inputs
        if not is_root:
            around.items.append(call)
        self._call = call
        try:
            if whole is not None or id(module) in self.identities:
                result = self._kept_whole(original, module, whole or type(module), args, keywords)
            else:
                result = original(module, *args, **keywords)
                if not call.items and isinstance(result, torch.Tensor) and args and result is args[0]:
                    self.identities.add(id(module))
                    result = self._identity(module, type(module), args, keywords, result)
            call.outputs = [self.traced(tensor) for tensor in tensors_in(result)]
        except BaseException:
            self.failed_in = self.failed_in or call
            raise
        finally:
            self._call = around
        return result

    def _inner(self, module: nn.Module, paths: list[str], around: ModuleCall) -> ModuleCall:
        """The call of a module, by the name that it has below the one that calls it, if it has one there."""
        prefix = f"{around.path}." if around.path else ""
        path = next((one for one in paths if one.startswith(prefix) and one != around.path), paths[0])
        name = path[len(prefix) :] if path.startswith(prefix) else path
        kind = type(module)
        return ModuleCall(name, path, modules.class_name(kind), modules.arguments(module))

    def _kept_whole(
        self,
        original: Callable[..., Any],
        module: nn.Module,
        kind: type[nn.Module],
        args: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> Any:
        before = self.products.operations
        self._whole += 1
        try:
            result = original(module, *args, **keywords)
        finally:
            self._whole -= 1
        return self._identity(module, kind, args, keywords, result, self.products.operations - before)

    def _identity(
        self,
        module: nn.Module,
        kind: type[nn.Module],
        args: tuple[Any, ...],
        keywords: dict[str, Any],
        result: Any,
        operations: int = 0,
    ) -> Any:
        """A module that is a function: what it gives is new, even if it is what it got."""
        read = list(tensors_in((args, keywords)))
        node = Function(f"module:{modules.class_name(kind)}", self._described(list(args)), self._described(keywords))
        node.settings = modules.settings(module)
        node.tensors = self.owned.of(module)
        self.read.update(tensor.name for tensor in node.tensors.values())
        if isinstance(result, torch.Tensor) and any(result is tensor for tensor in read):
            with torch._C.DisableTorchFunction():
                result = torch.ops.aten.alias(result)
        sources = [self.traced(tensor) for tensor in read]
        self._add(node, list(tensors_in(result)), sources, operations)
        return result

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


def _batches_in(around: list[Traced]) -> int:
    """How many times the tensors of a function hold the batch; constants can have it, too."""
    return max((sum(map(_batches, one.shape)) for one in around), default=0)


def _batches(size: int) -> int:
    """How many times an axis holds the batch."""
    return 1 + _batches(size // BATCH) if size and size % BATCH == 0 else 0


def _dtype(tensor: torch.Tensor) -> str:
    return _dtype_name(tensor.dtype)


@cache
def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
