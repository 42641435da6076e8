"""What is known of a module without running it: its class, its arguments, its tensors, and whether it is kept whole."""

from __future__ import annotations

import inspect
from collections.abc import Hashable
from functools import cache
from typing import Any, cast

import torch
from torch import nn

from archcalc.importing.record import Plain, Tensor

_DEEPEST = 3
"""Plain values that are nested deeper than this are no settings."""
_LONGEST = 100
_WHOLE: tuple[type[nn.Module], ...] = (
    nn.AlphaDropout,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.FeatureAlphaDropout,
    nn.Identity,
    nn.MultiheadAttention,
    nn.GRU,
    nn.LSTM,
    nn.RNN,
    nn.GRUCell,
    nn.LSTMCell,
    nn.RNNCell,
)
"""Classes whose inside is PyTorch's own affair. A class with another `forward` is another class."""


def class_name(kind: type) -> str:
    """The import path of a class: `torch.nn.modules.conv:Conv2d`."""
    return f"{kind.__module__}:{kind.__qualname__}"


def whole_class(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The class of PyTorch as which modules of this class are kept whole, if they are.

    >>> class Half(nn.Dropout):
    ...     def __init__(self):
    ...         super().__init__(0.5)
    >>> class_name(whole_class(Half)), whole_class(nn.ReLU)
    ('torch.nn.modules.dropout:Dropout', None)
    """
    for known in _WHOLE:
        if issubclass(kind, known) and kind.forward is known.forward:
            return known
    return None


def plain(value: Any, depth: int = 0) -> tuple[bool, Plain]:
    """Whether a value can be written as JSON, and what it is then; tuples are lists."""
    if value is None or isinstance(value, (bool, int, float, str)):
        is_own = value is None or type(value) in (bool, int, float, str)
        return is_own, value if is_own else None
    if isinstance(value, (torch.dtype, torch.device)):
        return True, str(value).removeprefix("torch.")
    if depth < _DEEPEST and isinstance(value, (list, tuple)) and len(value) <= _LONGEST:
        found = [plain(one, depth + 1) for one in value]
        return all(is_plain for is_plain, _ in found), [one for _, one in found]
    if depth < _DEEPEST and isinstance(value, dict) and len(value) <= _LONGEST:
        entries = {str(name): plain(one, depth + 1) for name, one in value.items()}
        return all(is_plain for is_plain, _ in entries.values()), {name: one for name, (_, one) in entries.items()}
    return False, None


@cache
def _parameters(kind: Hashable) -> tuple[str, ...]:
    try:
        signature = inspect.signature(cast(Any, kind))
    except (TypeError, ValueError):
        return ()
    return tuple(signature.parameters)


def arguments(module: nn.Module) -> dict[str, Plain]:
    """The arguments of its class that the module keeps under their names, in their order, where they are plain.

    >>> arguments(nn.Linear(2, 3))
    {'in_features': 2, 'out_features': 3}
    """
    kept = vars(module)
    found = {}
    for name in _parameters(cast(Hashable, type(module))):
        if name in kept:
            is_plain, value = plain(kept[name])
            if is_plain:
                found[name] = value
    return found


def settings(module: nn.Module) -> dict[str, Plain]:
    """All plain values that the module keeps, but for what every module has.

    >>> settings(nn.Dropout(0.1))
    {'p': 0.1, 'inplace': False}
    """
    found = {}
    for name, kept in vars(module).items():
        if name != "training" and not name.startswith("_"):
            is_plain, value = plain(kept)
            if is_plain:
                found[name] = value
    return found


class Owned:
    """The tensors of a module by identity: a tensor with several names has the first one, and tells the others.

    >>> tied = nn.ModuleDict({"a": nn.Linear(2, 2, bias=False)})
    >>> tied["b"] = tied["a"]
    >>> [(tensor.name, tensor.others) for tensor in Owned(tied).tensors]
    [('a.weight', ('b.weight',))]
    """

    def __init__(self, module: nn.Module) -> None:
        names: dict[int, list[str]] = {}
        kept: dict[int, tuple[torch.Tensor, bool]] = {}
        for is_buffer, tensors in (
            (False, module.named_parameters(remove_duplicate=False)),
            (True, module.named_buffers(remove_duplicate=False)),
        ):
            for name, tensor in tensors:
                names.setdefault(id(tensor), []).append(name)
                kept.setdefault(id(tensor), (tensor, is_buffer))
        passing = {
            f"{path}.{name}" if path else name
            for path, inner in module.named_modules(remove_duplicate=False)
            for name in inner._non_persistent_buffers_set
        }
        self._kept = kept
        self._described = {
            number: Tensor(
                names[number][0],
                tuple(tensor.shape),
                trainable=not is_buffer and tensor.requires_grad,
                is_buffer=is_buffer,
                others=tuple(names[number][1:]),
                persistent=not passing.issuperset(names[number]),
            )
            for number, (tensor, is_buffer) in kept.items()
        }

    @property
    def tensors(self) -> list[Tensor]:
        """All of them, parameters first."""
        return list(self._described.values())

    def get(self, tensor: torch.Tensor) -> Tensor | None:
        """What is known of a tensor, if the module owns it."""
        return self._described.get(id(tensor))

    def of(self, module: nn.Module) -> dict[str, Tensor]:
        """The tensors of a module inside, by the names that it gives them."""
        named = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
        return {name: found for name, tensor in named if (found := self.get(tensor)) is not None}
