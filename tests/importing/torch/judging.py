"""Judges of an import that know PyTorch alone: tensors, products by its own counter, and the numbers that come out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archcalc import Architecture
from archcalc.importing.imported import Imported
from archcalc.importing.pytorch import of_module
from archcalc.importing.torch.inputs import Input

BATCH = 3
IMAGE, TOKENS, VECTOR, VOLUME, SIGNAL = (6, 12, 14), (10, 8), (12,), (4, 6, 7, 8), (6, 15)


class Written(nn.Module):
    """A module with a function as its `forward`, and with parts: modules, parameters, and tensors as buffers."""

    def __init__(self, forward: Any, **parts: Any) -> None:
        super().__init__()
        self._forward = forward
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x: Any) -> Any:
        """What the function makes of the module and its input."""
        return self._forward(self, x)


class Two(Written):
    """One with two inputs."""

    def forward(self, x: Any, y: Any) -> Any:
        """What the function makes of both."""
        return self._forward(self, x, y)


class Judged(NamedTuple):
    """An import that was held to its module, and whether all bits were equal."""

    found: Imported
    architecture: Architecture
    has_equal_bits: bool


def judged(
    module: nn.Module,
    *shapes: Sequence[int] | Input,
    bits: bool = True,
    flat: bool = False,
    others: Sequence[Mapping[str, int]] | None = None,
) -> Judged:
    """The import of a module, after everything of it was compared with what PyTorch says and does."""
    inputs = [one if isinstance(one, Input) else Input(tuple(one)) for one in shapes]
    randomize(module)
    found = of_module(module, inputs, flat=flat).found
    architecture = Architecture.from_text(found.text, "imported")
    report = architecture.check()
    assert report.ok, found.text
    assert found.parameters == sum(prod(one.shape) for one in module.parameters() if one.requires_grad), found.text
    assert found.multiplications == products(module, inputs), found.text
    assert not found.names.unreached
    assert not found.names.renamed, found.names.renamed
    if not bits:
        return Judged(found, architecture, False)
    equal = True
    for values in found.sizes if others is None else others:
        given = example(inputs if values == found.sizes[0] else sizes_at(architecture, inputs, values))
        network = architecture.build_torch(dict(values))
        network.load_state_dict(module.state_dict(), strict=True)
        equal = _agree(module, network.eval(), given) and equal
    return Judged(found, architecture, equal)


def _agree(module: nn.Module, network: nn.Module, given: list[torch.Tensor]) -> bool:
    """Whether all bits of the outputs are equal; where not, they must be but for rounding in double precision."""
    with torch.no_grad():
        right, seen = outputs(module(*given)), outputs(network(*given))
        assert [one.shape for one in seen] == [one.shape for one in right]
        if all(map(torch.equal, seen, right)):
            return True
        module, network = module.double(), network.double()
        given = [one.double() if one.is_floating_point() else one for one in given]
        right, seen = outputs(module(*given)), outputs(network(*given))
        module.float()
    for one, other in zip(right, seen, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-11, atol=1e-12)
    return False


def outputs(result: Any) -> list[torch.Tensor]:
    """The tensors of a result, in order, each once."""
    if isinstance(result, torch.Tensor):
        return [result]
    found = [one for part in (result.values() if isinstance(result, dict) else result) for one in outputs(part)]
    return list({id(one): one for one in found}.values())


def randomize(module: nn.Module) -> None:
    """Weights and statistics of which none is 0 or 1."""
    torch.manual_seed(0)
    with torch.no_grad():
        for one in module.parameters():
            one.uniform_(-0.7, 0.7)
        for name, buffer in module.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
            elif name.endswith("running_mean"):
                buffer.uniform_(-0.5, 0.5)
    module.eval()


def products(module: nn.Module, inputs: Sequence[Input]) -> int:
    """Multiplications for one item, by PyTorch's own counter, on shapes: it counts no fast path of a processor."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter, torch.device("meta"):
        copy.deepcopy(module).to("meta")(*[one.to("meta") for one in example(inputs, batch=1)])
    return int(counter.get_total_flops()) // 2


def example(inputs: Sequence[Input], batch: int = BATCH) -> list[torch.Tensor]:
    """Random inputs; integers are below 5."""
    torch.manual_seed(1)
    return [
        torch.randn(batch, *one.shape) if one.dtype == "float" else torch.randint(0, 5, (batch, *one.shape))
        for one in inputs
    ]


def sizes_at(architecture: Architecture, inputs: Sequence[Input], values: Mapping[str, int]) -> list[Input]:
    """The inputs at other values of the symbols."""
    shapes = [node.outputs[0].shape for node in architecture.check(values).graph.inputs]
    return [Input(tuple(shape.sizes), one.dtype) for shape, one in zip(shapes, inputs, strict=True)]


class Case(NamedTuple):
    """A module to be imported: what its `forward` does, the shape that goes in, and the parts that it has.

    `kinds` are the layers that must come out, where that matters. Bits must be equal unless sums have another order
    (`exact` is false).
    """

    name: str
    forward: Callable[..., Any]
    shape: tuple[int, ...] = IMAGE
    parts: Callable[[], dict[str, Any]] = dict
    kinds: str = ""
    exact: bool = True


def learned(*shape: int) -> nn.Parameter:
    """A parameter of that shape."""
    return nn.Parameter(torch.empty(shape))
