"""Writes down what a module does while it runs: its functions, in the calls of the modules in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

from archcalc.importing.torch.live import modules
from archcalc.importing.torch.live.arguments import described
from archcalc.importing.torch.live.functions import Functions
from archcalc.importing.torch.live.parts import tensors_in
from archcalc.importing.torch.trace import Function, ModuleCall


class Recorder(Functions):
    """While it is active, the functions and the calls of a module are written down.

    `identities` are the ids of modules that do nothing in eval mode: in train mode they are kept whole.
    """

    def __init__(
        self,
        module: nn.Module,
        owned: modules.Owned,
        identities: frozenset[int] = frozenset(),
        answer: bool | None = None,
    ) -> None:
        root = ModuleCall("", "", modules.class_name(type(module)), modules.arguments(module))
        super().__init__(owned, root, answer)
        self.identities = set(identities)
        self.failed_in: ModuleCall | None = None
        self._module = module
        self._paths: dict[int, list[str]] = {}
        for path, inner in module.named_modules(remove_duplicate=False):
            self._paths.setdefault(id(inner), []).append(path)

    @contextmanager
    def recording(self, *, counted: bool = True) -> Iterator[None]:
        """Meanwhile, the functions and calls of the module are written down; `counted`, with their products."""
        original = nn.Module.__call__
        recorder = self

        def call(module: nn.Module, *args: Any, **keywords: Any) -> Any:
            return recorder.called(original, module, args, keywords)

        nn.Module.__call__ = call  # type: ignore[method-assign]
        try:
            with self.products if counted else nullcontext(), self.running():
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
                if not call.items and args and result is args[0] and self._could_be_nothing(module, result):
                    self.identities.add(id(module))
                    result = self._as_function(module, type(module), args, keywords, result)
            call.outputs = [self.traced(tensor) for tensor in tensors_in(result)]
        except BaseException:
            self.failed_in = self.failed_in or call
            raise
        finally:
            self._call = around
        return result

    def _could_be_nothing(self, module: nn.Module, result: Any) -> bool:
        """Whether a module that gave what it got is one that does nothing, but perhaps in training."""
        return isinstance(result, torch.Tensor) and not self.owned.of(module)

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
        return self._as_function(module, kind, args, keywords, result, self.products.operations - before)

    def _as_function(
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
        arguments, named = (described(one, self.traced) for one in (list(args), keywords))
        node = Function(f"module:{modules.class_name(kind)}", arguments, named)
        node.settings = modules.settings(module)
        node.tensors = self.owned.of(module)
        self.read.update(tensor.name for tensor in node.tensors.values())
        if isinstance(result, torch.Tensor) and any(result is tensor for tensor in read):
            with torch._C.DisableTorchFunction():
                result = torch.ops.aten.alias(result)
        sources = [self.traced(tensor) for tensor in read]
        made = self.add(node, list(tensors_in(result)), sources, operations)
        self._note_values(kind, read, made)
        return result
