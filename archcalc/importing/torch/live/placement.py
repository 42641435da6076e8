"""Where functions run while a module is built or traced: on the meta device, but for constants whose numbers are known.

Nothing is computed with weights or inputs, so that a network of any size is traced with the memory of its shapes. What
depends on neither, like an index table or the angles of positions, is computed in the ordinary memory: its numbers say
what it is, and control flow may ask for them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from archcalc.importing.torch.live.modules import Owned
from archcalc.importing.torch.live.parts import changed, tensors_in
from archcalc.importing.torch.live.products import Products

MOST_NUMBERS = 2**21
"""Constants with more numbers have shapes only."""
_MOST_WORK = 2**26
"""A function of constants is tried with shapes first if it could make more numbers than this."""
META = torch.device("meta")
_DEVICES = ("cpu", "cuda", "meta", "mps", "xpu")
MEMORY = torch.device("cpu")

FACTORIES = {
    *(torch.arange, torch.as_tensor, torch.asarray, torch.bartlett_window, torch.blackman_window, torch.eye),
    *(torch.full, torch.hamming_window, torch.hann_window, torch.kaiser_window, torch.linspace),
    *(torch.logspace, torch.ones, torch.range, torch.scalar_tensor, torch.tensor, torch.tril_indices),
    *(torch.triu_indices, torch.zeros, torch.fft.fftfreq, torch.fft.rfftfreq),
}
"""What makes known numbers of no tensor."""
_GIVEN = {torch.as_tensor, torch.asarray, torch.tensor}
"""Factories whose numbers exist already."""
RANDOM = {
    *(torch.empty, torch.empty_permuted, torch.empty_strided, torch.normal, torch.rand, torch.randint, torch.randn),
    *(torch.randperm, torch.empty_like, torch.rand_like, torch.randint_like, torch.randn_like, torch.bernoulli),
    *(torch.Tensor.new_empty, torch.Tensor.new_empty_strided, torch.multinomial),
}
"""What makes numbers that nobody can know."""
OF_A_SHAPE = {
    *(torch.full_like, torch.ones_like, torch.zeros_like, torch.empty_like, torch.rand_like, torch.randint_like),
    *(torch.randn_like, torch.Tensor.new_empty, torch.Tensor.new_empty_strided, torch.Tensor.new_full),
    *(torch.Tensor.new_ones, torch.Tensor.new_tensor, torch.Tensor.new_zeros),
}
"""What asks its first tensor for its shape, type or device only."""
LIKE_ANOTHER = {
    *(torch.Tensor.expand_as, torch.Tensor.reshape_as, torch.Tensor.to, torch.Tensor.type_as, torch.Tensor.view_as),
}
"""What asks tensors behind the first one for their shape or type only."""
PROPERTIES = {
    *(torch.Tensor.dim, torch.Tensor.element_size, torch.Tensor.get_device, torch.Tensor.is_complex),
    *(torch.Tensor.is_contiguous, torch.Tensor.is_floating_point, torch.Tensor.ndimension, torch.Tensor.nelement),
    *(torch.Tensor.numel, torch.Tensor.size, torch.Tensor.stride, torch.Tensor.storage_offset, torch.Tensor.__len__),
    *(torch.Tensor.data_ptr, torch.Tensor.is_inference, torch.Tensor.untyped_storage),
    *(torch.is_complex, torch.is_floating_point, torch.is_tensor, torch.numel, torch.Tensor.type),
}
"""What looks at a tensor without its numbers."""
_FILLING = {torch.Tensor.copy_, torch.Tensor.fill_, torch.Tensor.zero_}
"""What gives a tensor all its numbers, whatever it held."""
_OF_HALVES = {
    found
    for found in (getattr(torch.nn.functional, "grouped_mm", None), getattr(torch, "_grouped_mm", None))
    if found is not None
}
_TRANSPOSED = {torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d}
"""Functions whose channels PyTorch checks with numbers only."""
_RECURRENT = {torch.gru, torch.lstm, torch.rnn_relu, torch.rnn_tanh}
_MOVING = {torch.Tensor.cpu, torch.Tensor.cuda}
_DEVICE = torch.Tensor.device.__get__
_TRANSPOSING = {getattr(torch.Tensor, name).__get__ for name in ("T", "mT", "H", "mH", "data", "real", "imag")}
"""Properties that are functions."""
_CHANGING = {
    f"__i{name}__"
    for name in (
        "add",
        "and",
        "div",
        "floordiv",
        "lshift",
        "mod",
        "mul",
        "or",
        "pow",
        "rshift",
        "sub",
        "truediv",
        "xor",
    )
}

Function = Callable[..., Any]


def changes(function: Function, keywords: dict[str, Any]) -> bool:
    """Whether a function writes into its arguments."""
    name = getattr(function, "__name__", "")
    in_place = name.endswith("_") and not name.startswith("__")
    return in_place or name == "__setitem__" or name in _CHANGING or keywords.get("out") is not None


class Placement(TorchFunctionMode):
    """While it is active, PyTorch's functions run on the meta device, and on the CPU where all numbers are known.

    A function on the meta device gets a stand-in of the same shape for each tensor that is elsewhere, and all tensors
    seem to be there. Those of `owned` are never written. With `draws`, random numbers for what is known are known, too:
    an initializer may draw some until they fit.
    """

    def __init__(self, owned: Owned | None = None, *, draws: bool = False) -> None:
        super().__init__()
        self.owned = owned or Owned(torch.nn.Module())
        self.draws = draws
        self.products = Products()
        # A tensor is known by its id; as long as it is kept here no other has that.
        self._stand_ins: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._overwritten: set[int] = set()

    def __torch_function__(
        self, function: Function, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        keywords = kwargs or {}
        if getattr(function, "__name__", "") == "__get__" and function not in _TRANSPOSING:
            return META if function == _DEVICE else function(*args, **keywords)
        if function in PROPERTIES or any(map(is_lazy, args)):
            return function(*args, **keywords)
        return self.applied(function, args, keywords)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Meanwhile it is active, no gradients are kept, and what `torch.compile` compiled runs as it is written."""
        # Where the compiler was not loaded, nothing is compiled.
        as_written = torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()
        with torch.no_grad(), as_written, self:
            yield

    def applied(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the function gives, wherever it runs."""
        return self.placed(function, args, keywords)

    def is_known(self, tensor: torch.Tensor) -> bool:
        """Whether the numbers of a tensor are known, and depend neither on weights nor on inputs."""
        return not tensor.is_meta and id(tensor) not in self._overwritten and tensor.numel() <= MOST_NUMBERS

    def placed(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What the function gives where it should run."""
        if function in OF_A_SHAPE:
            return self._constant_of_a_shape(function, args, keywords)
        read = list(tensors_in((args, keywords)))
        if not read:
            return self._made(function, args, keywords)
        if self.draws and function in _FILLING and self._can_be_filled(read):
            return self._filled(function, args, keywords)
        if function in _MOVING:
            return read[0]
        if function in LIKE_ANOTHER and len(read) > 1 and self.is_known(read[0]) and not self.is_known(read[1]):
            if function in (torch.Tensor.to, torch.Tensor.type_as):
                return self._in_memory(torch.Tensor.to, (read[0], read[1].dtype), {})
            return self._on_meta(function, args, keywords)
        if self._has_numbers(function, read) and self._is_small(function, args, keywords, read):
            return self._in_memory(function, args, keywords)
        return self._on_meta(function, args, keywords)

    def _has_numbers(self, function: Function, read: list[torch.Tensor]) -> bool:
        """Whether a function of these tensors gives numbers that are known."""
        return all(map(self.is_known, read)) and (self.draws or function not in RANDOM)

    def _can_be_filled(self, read: list[torch.Tensor]) -> bool:
        """Whether the first tensor is a shape alone that gets known numbers: a buffer that was made empty."""
        target, *others = read
        is_whole = target.is_meta and not target._is_view() and not isinstance(target, torch.nn.Parameter)
        return is_whole and target.numel() <= MOST_NUMBERS and all(map(self.is_known, others))

    def _filled(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> torch.Tensor:
        target: torch.Tensor = args[0]
        torch.utils.swap_tensors(target, function(torch.empty_like(target, device=MEMORY), *args[1:], **keywords))  # type: ignore[no-untyped-call]
        return target

    def stand_in(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor of the same shape on the meta device: itself, if it is there."""
        if tensor.is_meta:
            return tensor
        found = self._stand_ins.get(id(tensor))
        if found is None:
            found = self._stand_ins[id(tensor)] = (tensor, tensor.detach().to(META))
        return found[1]

    def _on_meta(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if changes(function, keywords):
            self._overwritten.update(id(tensor) for tensor in tensors_in((args[:1], keywords)) if not tensor.is_meta)
        if function in _OF_HALVES:
            return self._in_halves(function, args, keywords)
        if function in _RECURRENT and len(args) == 9 and isinstance(args[3], bool):
            return self._in_one_step(function, changed(args, self.stand_in))
        if function is torch.nn.functional.batch_norm and _only_scales(*args, **keywords):
            # PyTorch works the shape out in a dozen steps, each in Python.
            return torch.empty_like(args[0], device=META)
        if function in _TRANSPOSED:
            _check_channels(*args, **keywords)
        moved = _moved(args, META) if function is torch.Tensor.to else args
        return function(*changed(moved, self.stand_in), **changed(_moved(keywords, META), self.stand_in))

    def _in_halves(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """A function whose shapes PyTorch knows for half precision only, although it takes every one."""

        def halved(tensor: torch.Tensor) -> torch.Tensor:
            there = self.stand_in(tensor)
            return there.bfloat16() if there.is_floating_point() else there

        result = function(*changed(args, halved), **changed(keywords, halved))
        return result.to(next(tensors_in(args)).dtype)

    def _in_one_step(self, function: Function, args: tuple[Any, ...]) -> tuple[torch.Tensor, ...]:
        """A recurrent function on the first step of its sequence: the others have the same shapes and products."""
        sequence, is_batch_first = args[0], args[-1]
        axis = 1 if is_batch_first else 0
        steps = sequence.shape[axis]
        before = self.products.operations
        output, *states = function(sequence.narrow(axis, 0, 1), *args[1:])
        self.products.operations = before + (self.products.operations - before) * steps
        sizes = list(output.shape)
        sizes[axis] = steps
        return (output.new_empty(sizes), *states)

    def _in_memory(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        def nearby(tensor: torch.Tensor) -> torch.Tensor:
            return tensor if tensor.is_cpu else tensor.cpu()

        if changes(function, keywords) and any(map(self.owned.get, tensors_in((args, keywords)))):
            return self._on_meta(function, args, keywords)
        return function(*changed(_moved(args, MEMORY), nearby), **changed(_moved(keywords, MEMORY), nearby))

    def _made(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Of no tensor: numbers that are known and few are made for good."""
        if function in RANDOM:
            return function(*args, **_moved({**keywords, "device": META}, META))
        if function in FACTORIES:
            if function not in _GIVEN:
                shape = function(*args, **{**keywords, "device": META})
                if shape.numel() > MOST_NUMBERS:
                    return shape
            if "device" in keywords:
                keywords = {**keywords, "device": MEMORY}
        return function(*args, **keywords)

    def _constant_of_a_shape(self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        shape = self._on_meta(function, args, {**keywords, "device": META})
        # What gives numbers that nobody chose gives them for a tensor of such numbers only.
        read = list(tensors_in(args if function in RANDOM else args[1:]))
        if not self._has_numbers(function, read) or shape.numel() > MOST_NUMBERS:
            return shape
        return function(*args, **{**keywords, "device": MEMORY})

    def _is_small(
        self, function: Function, args: tuple[Any, ...], keywords: dict[str, Any], read: list[torch.Tensor]
    ) -> bool:
        if math.prod(max(tensor.numel(), 1) for tensor in read) <= _MOST_WORK or changes(function, keywords):
            return True
        result = self._on_meta(function, args, keywords)
        return all(tensor.numel() <= MOST_NUMBERS for tensor in tensors_in(result))


def _only_scales(
    given: torch.Tensor,
    mean: torch.Tensor | None,
    variance: torch.Tensor | None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> bool:
    """Whether a batch normalization with these arguments gives what it gets, scaled: its tensors fit the channels."""
    if training or mean is None or variance is None or given.dim() < 2:
        return False
    return all(one is None or one.shape == given.shape[1:2] for one in (mean, variance, weight, bias))


def _check_channels(given: torch.Tensor, weight: torch.Tensor, *_: Any, **__: Any) -> None:
    """Raises: RuntimeError, as a transposed convolution does with numbers."""
    channels = given.shape[1 - weight.dim()]
    if channels != weight.shape[0]:
        shape = list(weight.shape)
        raise RuntimeError(f"a weight of {shape} needs {weight.shape[0]} channels, and gets {channels}")


def _moved(value: Any, device: torch.device) -> Any:
    """Arguments with every device changed to another one."""
    if isinstance(value, dict):
        return {**value, "device": device} if value.get("device") is not None else value
    if isinstance(value, tuple):
        return tuple(device if _is_device(one) else one for one in value)
    return value


def _is_device(value: Any) -> bool:
    return isinstance(value, torch.device) or (isinstance(value, str) and value.partition(":")[0] in _DEVICES)
