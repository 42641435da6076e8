"""Normalizations, which the kinds of archcalc name as PyTorch does."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.arithmetic import merge, written
from archcalc.importing.onnx.operators.reduction import reduced
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.tensors import is_made_up
from archcalc.importing.onnx.values import Known, Map, Unsaid
from archcalc.importing.record import Plain, Tensor

OPERATORS = Table()


def _eps(operation: Operation) -> float:
    return short(operation.attributes.real("epsilon", 1e-5))


def _of_channels(operation: Operation, index: int, channels: int, what: str) -> Tensor:
    constant = operation.constant(index, what)
    if prod(constant.shape) != channels:
        raise malformed(f"{what} {list(constant.shape)} does not fit {channels} channels", operation.place)
    return operation.owned(constant, index, (channels,))


@OPERATORS("BatchNormalization", "SpatialBatchNormalization")
def batch_norm(operation: Operation) -> Sequence[Known | None]:
    """Batch normalization; the statistics are buffers, and new ones that training would compute are left out."""
    source = operation.map(0)
    image = operation.image(least=2)
    channels = image.shape[1]
    names = {"weight": 1, "bias": 2, "running_mean": 3, "running_var": 4}
    found = {name: _of_channels(operation, index, channels, f"its {name}") for name, index in names.items()}
    made = operation.layer("batch_norm", image, fields={"eps": _eps(operation)}, tensors=found)
    return [Map(made.value, source.shape, image.batch), *(None for _ in operation.outputs[1:])]


@OPERATORS("InstanceNormalization")
def instance_norm(operation: Operation) -> list[Map]:
    """Instance normalization, with a factor and a shift for every channel."""
    image = operation.image()
    tensors = {
        name: _of_channels(operation, at, image.shape[1], f"its {name}") for name, at in (("weight", 1), ("bias", 2))
    }
    fields: dict[str, Plain] = {"affine": True, "eps": _eps(operation)}
    if _is_neutral(operation, 1, 1) and _is_neutral(operation, 2, 0):
        tensors, fields["affine"] = {}, False
    if prod(image.shape[2:]) < 2:
        raise Unsaid("it normalizes maps of one position", (image.shape,))
    return [operation.layer("instance_norm", image, fields=fields, tensors=tensors)]


def _is_neutral(operation: Operation, index: int, value: float) -> bool:
    """Whether a factor or a shift is one that an exporter put there, and changes nothing."""
    constant = operation.constant(index, "its factors")
    is_own = constant.tensor is not None and not is_made_up(constant.tensor.name)
    if is_own or uniform(constant.array) != value:
        return False
    constant.is_number = True
    return True


@OPERATORS("GroupNormalization")
def group_norm(operation: Operation) -> list[Map]:
    """Group normalization; before version 21 of the operators, the factors are those of groups."""
    image, groups = operation.image(), operation.attributes.integer("num_groups")
    channels = image.shape[1]
    if groups < 1 or channels % groups:
        raise malformed(f"{groups} groups do not fit {channels} channels", operation.place)
    fields: dict[str, Plain] = {"groups": groups, "eps": _eps(operation)}
    if operation.version < 21 and groups != channels:
        return [_scaled_groups(operation, image, fields)]
    tensors = {name: _of_channels(operation, at, channels, f"its {name}") for name, at in (("weight", 1), ("bias", 2))}
    return [operation.layer("group_norm", image, fields=fields, tensors=tensors)]


def _scaled_groups(operation: Operation, image: Map, fields: dict[str, Plain]) -> Map:
    """Normalized groups with a factor and a shift for each of them."""
    weights = [_of_channels(operation, at, int(str(fields["groups"])), "its factors") for at in (1, 2)]
    raise Unsaid(f"it scales groups, by tensors {[list(tensor.shape) for tensor in weights]}", (image.shape,))


@OPERATORS("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def layer_norm(operation: Operation) -> Sequence[Known | None]:
    """Layer normalization over the last axes, and that without a mean."""
    source = operation.map(0)
    rank = len(source.shape)
    axis = operation.axis(operation.attributes.integer("axis", -1), rank)
    axes = [operation.own_axis(source, each) for each in range(axis, rank)]
    is_rms = operation.kind != "LayerNormalization"
    weight = operation.constant(1, "its factor")
    if prod(weight.shape) != prod(source.shape[axis:]):
        raise Unsaid(f"its factor {list(weight.shape)} is not one for every number that it normalizes", (source.shape,))
    tensors = {"weight": operation.owned(weight, 1, source.shape[axis:])}
    if operation.has(2):
        tensors["bias"] = operation.tensor(2, "its shift", source.shape[axis:])
    if is_rms and (len(axes) != 1 or "bias" in tensors):
        raise Unsaid("it takes the root mean square of several axes", (source.shape,))
    fields: dict[str, Plain] = {"eps": _eps(operation)}
    if not is_rms:
        fields["axes"] = len(axes)
        if "bias" not in tensors:
            fields["bias"] = False
    made = operation.layer("rms_norm" if is_rms else "layer_norm", source, fields=fields, tensors=tensors)
    return [made, *_moments(operation, source, list(range(axis, rank)))]


def _moments(operation: Operation, source: Map, axes: list[int]) -> Sequence[Known | None]:
    """The means and the reciprocals of the deviations, if anybody reads them."""
    if not any(operation.neighbours.is_read(name) for name in operation.outputs[1:]):
        return [None for _ in operation.outputs[1:]]
    mean = reduced(operation, "mean", source, axes, keep=True)
    off = merge(operation, "subtract", [source, mean])
    squares = operation.layer("elementwise", off, fields={"value": "x ** 2"})
    variance = reduced(operation, "mean", squares, axes, keep=True)
    text = f"rsqrt(x + {written(_eps(operation))})"
    return [mean, operation.layer("elementwise", variance, fields={"value": text})][: len(operation.outputs) - 1]


@OPERATORS("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")
def skip_layer_norm(operation: Operation) -> Sequence[Known | None]:
    """A sum and its layer normalization, as ONNX Runtime joins them."""
    first, second = operation.map(0), operation.map(1)
    if first.shape != second.shape or operation.has(4):
        raise Unsaid("it adds maps of several shapes, or a bias", (first.shape,))
    total = operation.joined("add", [first, second], first.shape, first.batch)
    is_simple = operation.kind.startswith("SkipSimplified")
    tensors = {"weight": operation.tensor(2, "its factor")}
    if not is_simple and operation.has(3):
        tensors["bias"] = operation.tensor(3, "its shift")
    fields: dict[str, Plain] = {"eps": short(operation.attributes.real("epsilon", 1e-12))}
    if not is_simple:
        fields |= {"axes": 1, **({} if "bias" in tensors else {"bias": False})}
    made = operation.layer("rms_norm" if is_simple else "layer_norm", total, fields=fields, tensors=tensors)
    return [made, None, None, total][: len(operation.outputs)]


@OPERATORS("LRN")
def local_response(operation: Operation) -> list[Map]:
    """Local response normalization."""
    image, attributes = operation.image(), operation.attributes
    fields: dict[str, Plain] = {"size": attributes.integer("size"), "alpha": short(attributes.real("alpha", 1e-4))}
    fields |= {"beta": short(attributes.real("beta", 0.75)), "k": short(attributes.real("bias", 1.0))}
    if attributes.integer("size") < 1:
        raise malformed("its size is not above 0", operation.place)
    return [operation.layer("lrn", image, fields=fields)]


@OPERATORS("LpNormalization")
def unit_length(operation: Operation) -> list[Map]:
    """Vectors divided by their length."""
    source = operation.map(0)
    axis = operation.axis(operation.attributes.integer("axis", -1), len(source.shape))
    if operation.attributes.integer("p", 2) != 2:
        raise Unsaid("it divides by another norm than the length", (source.shape,))
    return [operation.layer("normalize", source, fields={"axis": operation.own_axis(source, axis), "eps": 0})]


@OPERATORS("MeanVarianceNormalization")
def mean_variance(operation: Operation) -> list[Map]:
    """Normalization by mean and variance without anything learned."""
    source = operation.map(0)
    axes = sorted(operation.axis(axis, len(source.shape)) for axis in operation.attributes.integers("axes", [0, 2, 3]))
    if source.batch is not None and axes == list(range(2, len(source.shape))):
        return [operation.layer("instance_norm", operation.image(), fields={"eps": 1e-9})]
    raise Unsaid("it normalizes over the batch", (source.shape,))
