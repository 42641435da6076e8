"""Judges that share nothing with the rules they judge: PyTorch itself, and numbers put in for symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

import pytest

from archcalc.dims import Number, Polynomial, substitute
from archcalc.layers.base import Layer, Rounding, Shape, Site, Tap

BATCH = 2
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
    return rounding or getattr(layer, "rounding", None) or "exact"


def torch_shapes(
    layer: Layer,
    inputs: Sequence[Shape],
    outputs: Sequence[Shape] | None = None,
    *,
    rounding: Rounding | None = None,
) -> Ran:
    """Run the PyTorch counterpart of a layer on a small random batch.

    A function that takes a list of maps (`cat`, `stack`) gets the list; any other target gets its inputs one by one.
    """
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    outputs = written(layer, *inputs, rounding=rounding) if outputs is None else outputs
    calls = layer.torch(inputs, outputs, effective(layer, rounding))
    assert calls, f"{layer!r} has no PyTorch counterpart"
    values: tuple[Any, ...] = tuple(torch.rand(BATCH, *map(_number, shape.sizes)) for shape in inputs)
    parameters: dict[str, Sizes] = {}
    buffers: dict[str, Sizes] = {}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        for call in calls:
            target: Any = torch
            for name in call.target.split("."):
                target = getattr(target, name)
            if call.is_module:
                module = target(*call.args, **call.kwargs)
                parameters.update((name, tuple(value.shape)) for name, value in module.named_parameters())
                buffers.update((name, tuple(value.shape)) for name, value in module.named_buffers())
                result = module(*values)
            elif call.target in ("cat", "stack"):
                result = target(list(values), *call.args, **call.kwargs)
            else:
                result = target(*values, *call.args, **call.kwargs)
            values = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    assert all(value.shape[0] == BATCH for value in values)
    shapes = tuple(tuple(value.shape[1:]) for value in values)
    return Ran(shapes, parameters, buffers, counter.get_total_flops() // 2 // BATCH)


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
    return Shape(sizes, shape.layout, _number(put(shape.items, numbers)))


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
