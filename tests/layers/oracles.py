"""Judges that share nothing with the rules they judge: PyTorch itself, and numbers put in for symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

import archcalc.export.torch
from archcalc.dims import Number, Polynomial, substitute
from archcalc.layers.base import Batch, Layer, Read, Tap, TorchCall
from archcalc.layers.pooling import MaxPool
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.site import Site

BATCH = 2
SUPPLIED = Path(archcalc.export.torch.__file__).with_name("supplied")
"""The modules of what PyTorch does not have."""
LISTS = ("cat", "stack")
"""Functions that take their maps as one list."""

Sizes = tuple[int, ...]


class Answer(NamedTuple):
    """What archcalc says about a layer: shapes written (None after an error) and the codes that it reported."""

    shapes: tuple[Shape, ...] | None
    codes: tuple[str, ...]
    site: Site


class Ran(NamedTuple):
    """What PyTorch did: sizes without the batch, tensors by name, and products for one item."""

    shapes: tuple[Sizes, ...]
    parameters: dict[str, Sizes]
    buffers: dict[str, Sizes]
    multiplications: int


@cache
def load_torch() -> Any:
    """PyTorch, or a visible skip. The tensors of these tests are too small to share out among threads."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    return torch


def torch_size(module: Any, *shapes: Shape) -> Sizes | None:
    """Sizes that a PyTorch module or function writes, or None where it raises or writes an empty map.

    PyTorch lets some empty maps pass, depending on the groups and the number of axes; archcalc never does.
    """
    torch = load_torch()
    try:
        with torch.no_grad():
            sizes = tuple(module(*(torch.zeros(1, *shape.sizes) for shape in shapes)).shape[1:])
    except (RuntimeError, ValueError, NotImplementedError):
        return None
    return sizes if all(sizes) else None


def ask(layer: Layer, *inputs: Shape, rounding: Rounding | None = None) -> Answer:
    """The answer of the shape rule; `rounding` defaults to the layer's own, and to exact."""
    site = Site(effective(layer, rounding))
    shapes = layer.shapes(inputs, site)
    errors = [finding for finding in site.findings if finding.code.severity == "error"]
    assert (shapes is None) == bool(errors), f"{layer!r}: {shapes} with {errors}"
    for finding in site.findings:
        assert finding.field is None or finding.field in type(layer).model_fields, finding
        assert finding.message, finding
    return Answer(shapes, tuple(finding.code.id for finding in site.findings), site)


def written(layer: Layer, *inputs: Shape, rounding: Rounding | None = None) -> tuple[Shape, ...]:
    """The shapes that a legal layer writes."""
    answer = ask(layer, *inputs, rounding=rounding)
    assert answer.shapes is not None, [finding.message for finding in answer.site.findings]
    return answer.shapes


def effective(layer: Layer, rounding: Rounding | None) -> Rounding:
    """The policy at a place: what a test asks for, else the layer's own, else exact."""
    return layer.policy(rounding or getattr(layer, "rounding", None) or "exact")


def taps_of(layer: Layer) -> list[Tap]:
    """The maps that fields name, in the order of the fields."""
    values = (getattr(layer, name) for name in type(layer).model_fields)
    return [value for value in values if isinstance(value, Tap)]


def pool_rounding(tap: Tap) -> Rounding:
    """A rounding with which a pool wrote its map."""
    assert tap.layer is not None and tap.entered is not None
    own: tuple[Rounding, ...] = (effective(tap.layer, None), "floor", "ceil", "caffe")
    return next(rounding for rounding in own if tap.layer.shapes([tap.entered], Site(rounding)) == (tap.shape,))


def tensor_of(shape: Shape, device: str = "cpu") -> Any:
    """Random numbers for a small batch of a shape; boxes and other items are part of the batch."""
    torch = load_torch()
    if shape.integers is not None:
        # Few enough for every table.
        return torch.randint(1, (BATCH * _number(shape.items), *map(_number, shape.sizes)), device=device)
    return torch.rand(BATCH * _number(shape.items), *map(_number, shape.sizes), device=device)


class Sources:
    """What the calls of a layer may read: its inputs, and what stands behind the maps that its fields name."""

    def __init__(
        self,
        layer: Layer,
        inputs: Sequence[Shape],
        device: str = "cpu",
        *,
        pooled_by: Sequence[TorchCall] | None = None,
    ) -> None:
        self.maps = [tensor_of(shape, device) for shape in inputs]
        self.entered: dict[int, Any] = {}
        self.indices: dict[int, Any] = {}
        for index, tap in enumerate(taps_of(layer), start=len(self.maps)):
            if not isinstance(tap.layer, MaxPool) or tap.entered is None:
                self.maps.append(tensor_of(tap.shape, device))
                continue
            *pads, pool = pooled_by or tap.layer.torch([tap.entered], [tap.shape], pool_rounding(tap))
            pool = pool._replace(kwargs={**pool.kwargs, "return_indices": True})
            self.entered[index] = tensor_of(tap.entered, device)
            padded = self.entered[index]
            for pad in pads:
                padded = resolved(pad)(padded, *pad.args, **pad.kwargs)
            largest, self.indices[index] = resolved(pool)(*pool.args, **pool.kwargs)(padded)
            self.maps.append(largest)

    def read(self, read: Read) -> Any:
        """The tensor that a call asks for."""
        return {"map": self.maps, "entered": self.entered, "indices": self.indices}[read.what][read.input]  # type: ignore[index]


@cache
def supplied() -> Any:
    """All definitions that generated modules get copies of, by their names."""
    load_torch()
    found = {}
    for path in SUPPLIED.glob("[!_]*.py"):
        module = import_module(f"archcalc.export.torch.supplied.{path.stem}")
        found |= {
            name: value for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
        }
    return SimpleNamespace(**found)


def resolved(call: TorchCall) -> Any:
    """The class or function that a call names."""
    target: Any = load_torch()
    names = call.target.split(".")
    if names[0] == "supplied":
        target, names = supplied(), names[1:]
    for name in names:
        target = getattr(target, name)
    return target


def made(calls: Sequence[TorchCall]) -> list[Any]:
    """The modules that the calls of a layer are, with random weights."""
    return [resolved(call)(*call.args, **call.kwargs) for call in calls if call.is_module]


def run_calls(
    calls: Sequence[TorchCall], sources: Sources, *, modules: Sequence[Any], folded: bool = False
) -> tuple[Any, ...]:
    """What the calls of a layer give; `modules` are those that they make."""
    values: tuple[Any, ...] = tuple(sources.maps)
    waiting: list[Any] = []
    if folded and calls[0].target not in LISTS and calls[0].reads is None:
        values, waiting = values[:2], list(values[2:])
    own = iter(modules)
    results: list[Any] = []
    for call in calls:
        target = next(own) if call.is_module else resolved(call)
        read = values
        if call.reads is not None:
            several = sum(one.what == "result" for one in call.reads)
            taken = [results.pop() for _ in range(several)]
            read = tuple(taken.pop() if one.what == "result" else sources.read(one) for one in call.reads)
        if call.is_module:
            result = target(*read, **call.options)
        elif call.target in LISTS:
            result = target(list(read), *call.args, **call.kwargs)
        else:
            assert not call.options
            given = [len(read[0]) if value is Batch.ITEMS else value for value in call.args]
            result = target(*read, *given, **call.kwargs)
        if call.result is not None:
            result = result[call.result]
        results.append(result)
        values = tuple(result) if isinstance(result, (tuple, list)) else (result,)
        if waiting:
            values = (*values, waiting.pop(0))
    assert not waiting
    return values


def torch_shapes(
    layer: Layer,
    inputs: Sequence[Shape],
    outputs: Sequence[Shape] | None = None,
    *,
    rounding: Rounding | None = None,
) -> Ran:
    """Run the PyTorch counterpart of a layer on a small random batch, once with numbers and once with shapes only.

    A function that takes a list of maps (`cat`, `stack`) gets the list; any other target gets its inputs one by one.
    Products are counted without numbers, where PyTorch has no short cuts that hide them.
    """
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    outputs = written(layer, *inputs, rounding=rounding) if outputs is None else outputs
    calls = layer.torch(inputs, outputs, effective(layer, rounding))
    assert calls, f"{layer!r} has no PyTorch counterpart"
    modules = made(calls)
    with torch.no_grad():
        values = run_calls(calls, Sources(layer, inputs), modules=modules, folded=layer.is_merge)
    owners = [module for module in modules if list(module.state_dict())]
    assert len(owners) <= 1, f"{layer!r}: two calls own weights"
    named = [(name, value) for module in owners for name, value in module.named_parameters()]
    parameters = {name: tuple(value.shape) for name, value in named}
    buffers = {name: tuple(value.shape) for module in owners for name, value in module.named_buffers()}
    assert {*parameters, *buffers} == {name for module in owners for name in module.state_dict()}
    shapes = tuple(tuple(value.shape[1:]) for value in values)
    counts = set()
    for module in modules:
        module.to("meta")
    for training in (True, False) if owners else (True,):
        for module in modules:
            module.train(training)
        sources = Sources(layer, inputs, "meta")
        with torch.device("meta"), torch.no_grad(), FlopCounterMode(display=False) as counter:
            empty = run_calls(calls, sources, modules=modules, folded=layer.is_merge)
        assert shapes == tuple(tuple(value.shape[1:]) for value in empty)
        counts.add(counter.get_total_flops())
    (operations,) = counts
    if layer.inputs == 0:
        # It reads nothing that could tell how large the batch is.
        assert all(value.shape[0] == 1 for value in values)
        return Ran(shapes, parameters, buffers, operations // 2)
    batch = BATCH * _number(outputs[0].items)
    assert all(value.shape[0] == batch for value in values)
    return Ran(shapes, parameters, buffers, operations // 2 // batch)


def assert_as_torch(layer: Layer, *inputs: Shape, rounding: Rounding | None = None, products: bool = True) -> Ran:
    """Shapes, tensor names and shapes, and products are those of PyTorch. Returns what PyTorch did."""
    outputs = written(layer, *inputs, rounding=rounding)
    ran = torch_shapes(layer, inputs, outputs, rounding=rounding)
    assert tuple(shape.sizes for shape in outputs) == ran.shapes
    weights = layer.weights(inputs, outputs)
    assert [(weight.name, weight.shape) for weight in weights] == list(ran.parameters.items())
    assert [(weight.name, weight.shape) for weight in layer.buffers(inputs, outputs)] == list(ran.buffers.items())
    if products:
        assert layer.multiplications(inputs, outputs) == ran.multiplications
    return ran


def put(value: Number, numbers: dict[str, int]) -> Number:
    """A number with values for its symbols."""
    return substitute(value, numbers) if isinstance(value, Polynomial) else value


def put_shape(shape: Shape, numbers: dict[str, int]) -> Shape:
    """A shape with values for its symbols."""
    sizes = tuple(_number(put(size, numbers)) for size in shape.sizes)
    below = None if shape.integers is None else shape.integers.below
    integers = shape.integers and Integers(None if below is None else put(below, numbers))
    return Shape(sizes, shape.layout, _number(put(shape.items, numbers)), integers)


def put_field(value: Any, numbers: dict[str, int]) -> Any:
    """The value of a field with numbers for its symbols."""
    if isinstance(value, Tap):
        entered = None if value.entered is None else put_shape(value.entered, numbers)
        return Tap(put_shape(value.shape, numbers), value.layer, entered)
    if isinstance(value, tuple):
        return tuple(put_field(item, numbers) for item in value)
    return put(value, numbers) if isinstance(value, Polynomial) else value


def put_layer(layer: Layer, numbers: dict[str, int]) -> Layer:
    """A layer with numbers for the symbols in its fields."""
    given = {name: put_field(getattr(layer, name), numbers) for name in layer.model_fields_set}
    return type(layer)(**given)


def assert_symbols_agree(
    layer: Layer,
    inputs: Sequence[Shape],
    values: Iterable[dict[str, int]],
    *,
    rounding: Rounding | None = None,
) -> int:
    """Symbols first and numbers afterwards is the same as numbers from the start, wherever those are legal.

    Where the numbers are illegal, the symbolic run must have kept a requirement that they violate. Returns the
    number of legal values, so that a test can see that it tested something.
    """
    answer = ask(layer, *inputs, rounding=rounding)
    assert answer.shapes is not None, [finding.message for finding in answer.site.findings]
    legal = 0
    for numbers in values:
        concrete = [put_shape(shape, numbers) for shape in inputs]
        numeric = put_layer(layer, numbers)
        expected = ask(numeric, *concrete, rounding=rounding)
        holds = [requirement.condition.holds_at(numbers) for requirement in answer.site.requirements]
        assert all(holds) == (expected.shapes is not None), (numbers, answer.site.requirements, expected.codes)
        if expected.shapes is None:
            continue
        legal += 1
        assert tuple(put_shape(shape, numbers) for shape in answer.shapes) == expected.shapes
        for symbolic, number in zip(
            (*layer.weights(inputs, answer.shapes), *layer.buffers(inputs, answer.shapes)),
            (*numeric.weights(concrete, expected.shapes), *numeric.buffers(concrete, expected.shapes)),
            strict=True,
        ):
            assert symbolic.name == number.name
            assert tuple(put(size, numbers) for size in symbolic.shape) == number.shape
        products = put(layer.multiplications(inputs, answer.shapes), numbers)
        assert products == numeric.multiplications(concrete, expected.shapes)
    return legal


def _number(value: object) -> int:
    assert type(value) is int, f"{value!r} is not a plain int"
    return value


def elements(shape: Shape) -> int:
    """Numbers in one item of a concrete shape."""
    return prod(map(_number, shape.sizes))


def random_weights(like: dict[str, Any]) -> dict[str, Any]:
    """A state dict of random numbers that neither vanish nor explode on their way through the network."""
    torch = load_torch()
    generator = torch.Generator().manual_seed(0)
    found: dict[str, Any] = {}
    for name, tensor in like.items():
        if tensor.dim() > 1:
            bound = (3 / tensor[0].numel()) ** 0.5 * 2**0.5
            found[name] = torch.empty(tensor.shape).uniform_(-bound, bound, generator=generator)
        elif tensor.dim() == 0:
            found[name] = torch.tensor(0)
        else:
            found[name] = torch.empty(tensor.shape).uniform_(0.5, 1, generator=generator)
    return found
