"""Normalizations against PyTorch: shapes, names and shapes of weights and buffers, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from itertools import product
from typing import Any

import pytest
from oracles import BATCH, ask, assert_as_torch, assert_symbols_agree, resolved

from archcalc.dims import symbol
from archcalc.layers.base import Layer
from archcalc.layers.construction import WrongFields
from archcalc.layers.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm, RmsNorm
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site

VECTOR = Shape((12,))
MAPS = [Shape((12, 5)), Shape((12, 5, 4)), Shape((12, 3, 2, 4))]
TOKENS = Shape((7, 12), "channels_last")
POSITIONS = Shape((4, 5, 12), "channels_last")
N, C = symbol("N"), symbol("C")


@pytest.mark.parametrize(("shape", "affine", "track"), list(product([VECTOR, *MAPS], [True, False], [True, False])))
def test_batch_norm(shape: Shape, affine: bool, track: bool) -> None:
    ran = assert_as_torch(BatchNorm(affine=affine, track=track), shape)
    assert len(ran.parameters) == 2 * affine
    assert len(ran.buffers) == 3 * track


@pytest.mark.parametrize("shape", [VECTOR, *MAPS])
@pytest.mark.parametrize(("scale", "center"), [(True, False), (False, True), (False, False)])
def test_batch_norm_without_scale_or_centre(shape: Shape, scale: bool, center: bool) -> None:
    """The values are those of PyTorch's module with a weight of 1, or a bias of 0, in evaluation and in training."""
    torch = pytest.importorskip("torch")
    layer = BatchNorm(scale=scale, center=center, eps=Fraction(1, 1000), momentum=Fraction(1, 100))
    ran = assert_as_torch(layer, shape)
    assert list(ran.parameters) == ["weight"] * scale + ["bias"] * center
    (call,) = layer.torch([shape], [shape], "exact")
    ours = resolved(call)(*call.args, **call.kwargs)
    theirs = getattr(torch.nn, f"BatchNorm{max(len(shape.spatial), 1)}d")(12, eps=0.001, momentum=0.01)
    for parameter in ours.parameters():
        parameter.data.uniform_()
    theirs.load_state_dict({**theirs.state_dict(), **ours.state_dict()})
    data = torch.rand(4, *shape.sizes)
    for module in (ours, theirs):
        module.train()(data)
    torch.testing.assert_close(ours.eval()(data), theirs.eval()(data), rtol=0, atol=0)


@pytest.mark.parametrize("shape", [VECTOR, *MAPS])
def test_a_frozen_batch_norm_computes_what_a_trained_one_does_in_evaluation(shape: Shape) -> None:
    torch = pytest.importorskip("torch")
    layer = BatchNorm(frozen=True, eps=Fraction(1, 1000))
    ran = assert_as_torch(layer, shape)
    assert list(ran.parameters) == []
    (call,) = layer.torch([shape], [shape], "exact")
    ours = resolved(call)(*call.args, **call.kwargs)
    for buffer in ours.buffers():
        buffer.uniform_(0.5, 2)
    theirs = getattr(torch.nn, f"BatchNorm{max(len(shape.spatial), 1)}d")(12, eps=0.001).double()
    theirs.load_state_dict({**theirs.state_dict(), **ours.double().state_dict()})
    data = torch.rand(4, *shape.sizes, dtype=torch.float64)
    torch.testing.assert_close(ours.train()(data), theirs.eval()(data), rtol=1e-12, atol=1e-12)


def test_a_frozen_batch_norm_has_the_buffers_and_bits_of_torchvision(models: Any) -> None:
    torch = pytest.importorskip("torch")
    theirs = import_module("torchvision").ops.FrozenBatchNorm2d(12)
    (call,) = BatchNorm(frozen=True).torch([MAPS[1]], [MAPS[1]], "exact")
    ours = resolved(call)(*call.args, **call.kwargs)
    for buffer in theirs.buffers():
        buffer.uniform_(0.5, 2)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    data = torch.rand(4, *MAPS[1].sizes)
    assert torch.equal(ours(data), theirs(data))


def test_a_batch_norm_leaves_out_weights_in_one_way() -> None:
    with pytest.raises(WrongFields, match="takes `scale` and `center` only without `affine: false`"):
        BatchNorm(affine=False, scale=False)
    with pytest.raises(WrongFields, match="takes only `eps` beside `frozen: true`"):
        BatchNorm(frozen=True, momentum=0)


@pytest.mark.parametrize(
    ("shape", "affine", "bias"), list(product([VECTOR, *MAPS, TOKENS, POSITIONS], [True, False], [True, False]))
)
def test_layer_norm_over_the_channels_of_every_position(shape: Shape, affine: bool, bias: bool) -> None:
    torch = pytest.importorskip("torch")
    layer = LayerNorm(over="channels", affine=affine, bias=bias)
    ran = assert_as_torch(layer, shape)
    assert set(ran.parameters.values()) <= {(12,)}
    assert ask(layer, shape).codes == ()
    (call,) = layer.torch([shape], [shape], "exact")
    module = resolved(call)(*call.args, **call.kwargs)
    data = torch.rand(2, *shape.sizes)
    axis = 1 if shape.layout == "channels_first" else -1
    centred = data - data.mean(axis, keepdim=True)
    expected = centred / (centred.square().mean(axis, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(module(data), expected)


def test_the_channels_of_a_map_are_normalized_as_torchvision_does() -> None:
    """torchvision's LayerNorm2d, whose forward is these three calls."""
    torch = pytest.importorskip("torch")
    (call,) = LayerNorm(over="channels", eps=Fraction(1, 1_000_000)).torch([MAPS[1]], [MAPS[1]], "exact")
    module = resolved(call)(*call.args, **call.kwargs)
    for parameter in module.parameters():
        parameter.data.uniform_()
    data = torch.rand(2, *MAPS[1].sizes)
    moved = torch.nn.functional.layer_norm(data.permute(0, 2, 3, 1), (12,), module.weight, module.bias, 1e-6)
    assert torch.equal(module(data), moved.permute(0, 3, 1, 2))
    assert list(module.state_dict()) == ["weight", "bias"]


def test_a_layer_norm_says_that_it_ties_a_map_to_its_size() -> None:
    (finding,) = ask(LayerNorm(), MAPS[1]).site.findings
    assert finding.code.id == "AC154"
    assert finding.help == ("for the channels at each position write `layer_norm: channels`",)
    assert ask(LayerNorm(axes=3), MAPS[1]).codes == ()
    with pytest.raises(WrongFields, match="takes no `axes` beside `over: channels`, which normalizes one axis"):
        LayerNorm(axes=1, over="channels")


@pytest.mark.parametrize(("shape", "affine", "track"), list(product(MAPS, [True, False], [True, False])))
def test_instance_norm(shape: Shape, affine: bool, track: bool) -> None:
    assert_as_torch(InstanceNorm(affine=affine, track=track), shape)


@pytest.mark.parametrize(
    ("shape", "affine", "bias", "axes"),
    list(product([VECTOR, *MAPS, TOKENS, POSITIONS], [True, False], [True, False], [None, 1, 2])),
)
def test_layer_norm(shape: Shape, affine: bool, bias: bool, axes: int | None) -> None:
    layer = LayerNorm(affine=affine, bias=bias, axes=axes)
    if axes is not None and axes > len(shape.sizes):
        assert ask(layer, shape).codes == ("AC304",)
    else:
        assert_as_torch(layer, shape)


@pytest.mark.parametrize(("shape", "axes"), [(VECTOR, 1), *((shape, len(shape.sizes)) for shape in MAPS), (TOKENS, 1)])
def test_layer_norm_by_default_normalizes_maps_as_a_whole_and_tokens_one_by_one(shape: Shape, axes: int) -> None:
    assert LayerNorm().weights([shape], [shape])[0].shape == shape.sizes[len(shape.sizes) - axes :]


@pytest.mark.parametrize(("shape", "groups", "affine"), list(product([VECTOR, *MAPS], range(1, 14), [True, False])))
def test_group_norm_is_refused_when_torch_refuses(shape: Shape, groups: int, affine: bool) -> None:
    torch = pytest.importorskip("torch")
    layer = GroupNorm(groups=groups, affine=affine)
    if ask(layer, shape).shapes is None:
        assert ask(layer, shape).codes == ("AC314",)
        with pytest.raises(ValueError, match="divisible"):
            torch.nn.GroupNorm(groups, 12)
    else:
        assert_as_torch(layer, shape)


@pytest.mark.parametrize(("shape", "affine"), list(product([VECTOR, TOKENS, POSITIONS], [True, False])))
def test_rms_norm(shape: Shape, affine: bool) -> None:
    assert_as_torch(RmsNorm(affine=affine), shape)
    assert_as_torch(RmsNorm(affine=affine, eps=Fraction(1, 1000)), shape)


@pytest.mark.parametrize(("shape", "size"), list(product(MAPS, range(1, 7))))
def test_lrn(shape: Shape, size: int) -> None:
    ran = assert_as_torch(LocalResponseNorm(size=size, k=2, alpha=Fraction(1, 2000)), shape)
    assert not ran.parameters


@pytest.mark.parametrize("sizes", [(3, 1), (3, 2), (3, 1, 1), (3, 1, 2), (3, 1, 1, 1), (3, 2, 1, 1)])
def test_instance_norm_needs_two_positions_as_in_torch(sizes: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    answer = ask(InstanceNorm(), Shape(sizes))
    module = getattr(torch.nn, f"InstanceNorm{len(sizes) - 1}d")(3)
    if answer.shapes is not None:
        assert tuple(module(torch.rand(BATCH, *sizes)).shape[1:]) == sizes
        return
    assert answer.codes == ("AC319",)
    with pytest.raises(ValueError, match="more than 1 spatial element"):
        module(torch.rand(BATCH, *sizes))


@pytest.mark.parametrize(
    "sizes", [(4, 1, 1), (4, 1), (4, 1, 1, 1), (4, 1, 2), (4, 2, 1), (4, 3), (4, 1, 1, 2), (4, 7, 7)]
)
@pytest.mark.parametrize("affine", [False, True])
def test_batch_norm_of_one_value_does_not_train_with_a_batch_of_1(sizes: tuple[int, ...], affine: bool) -> None:
    torch = pytest.importorskip("torch")
    site = Site()
    assert BatchNorm(affine=affine).shapes([Shape(sizes)], site) == (Shape(sizes),)
    module = getattr(torch.nn, f"BatchNorm{len(sizes) - 1}d")(4, affine=affine).train()
    try:
        module(torch.rand(1, *sizes))
    except ValueError:
        assert [found.code.id for found in site.findings] == ["AC334"]
    else:
        assert site.findings == []


CALLS: list[tuple[Layer, Shape, tuple[Any, ...], dict[str, Any]]] = [
    (BatchNorm(eps=Fraction(1, 1000), momentum=Fraction(1, 100)), MAPS[1], (12,), {"eps": 0.001, "momentum": 0.01}),
    (BatchNorm(eps=Fraction(1, 100_000), momentum=Fraction(1, 10)), MAPS[1], (12,), {}),
    (BatchNorm(affine=False, track=False), MAPS[0], (12,), {"affine": False, "track_running_stats": False}),
    (InstanceNorm(affine=True), MAPS[2], (12,), {"affine": True}),
    (LayerNorm(eps=Fraction(1, 1_000_000)), TOKENS, (12,), {"eps": 1e-6}),
    (LayerNorm(bias=False), MAPS[1], ((12, 5, 4),), {"bias": False}),
    (GroupNorm(groups=4), MAPS[1], (4, 12), {}),
    (RmsNorm(), TOKENS, (12,), {}),
    (LocalResponseNorm(), MAPS[1], (5,), {}),
]


@pytest.mark.parametrize(("layer", "shape", "args", "kwargs"), CALLS)
def test_only_what_differs_from_torch_is_passed(
    layer: Layer, shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    (call,) = layer.torch([shape], [shape], "exact")
    assert (call.args, call.kwargs) == (args, kwargs)


def test_defaults_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    for module, layer in (
        (torch.nn.BatchNorm2d(3), BatchNorm()),
        (torch.nn.InstanceNorm2d(3), InstanceNorm()),
        (torch.nn.LayerNorm(3), LayerNorm()),
        (torch.nn.GroupNorm(1, 3), GroupNorm(groups=1)),
        (torch.nn.LocalResponseNorm(5), LocalResponseNorm()),
    ):
        for name in ("eps", "momentum", "affine", "size", "alpha", "beta", "k"):
            if hasattr(module, name) and name in type(layer).model_fields:
                assert float(getattr(layer, name)) == float(getattr(module, name)), name


REFUSED = [
    (BatchNorm(), TOKENS, "AC321", "batch_norm reads channels first, but gets 7×12 with the channels last"),
    (BatchNorm(), Shape((2, 2, 2, 2, 2)), "AC304", None),
    (InstanceNorm(), VECTOR, "AC304", None),
    (InstanceNorm(), TOKENS, "AC321", None),
    (
        InstanceNorm(),
        Shape((8, 1, 1)),
        "AC319",
        "the maps of 8×1×1 must have more than one position to have a variance",
    ),
    (GroupNorm(groups=2), TOKENS, "AC321", None),
    (GroupNorm(groups=5), MAPS[1], "AC314", "5 groups do not divide the 12 channels"),
    (RmsNorm(), MAPS[0], "AC321", "rms_norm reads the channels last, but gets the map 12×5 with the channels first"),
    (LocalResponseNorm(), VECTOR, "AC304", None),
    (LocalResponseNorm(), TOKENS, "AC321", None),
    (LayerNorm(axes=4), MAPS[1], "AC304", "layer_norm cannot normalize the last 4 axes of 12×5×4"),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str | None) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert message is None or answer.site.findings[0].message == message


SYMBOLIC = [
    (BatchNorm(), Shape((C, N, N)), 12),
    (InstanceNorm(affine=True, track=True), Shape((C, N)), 11),
    (InstanceNorm(), Shape((C, N, N)), 11),
    (LayerNorm(), Shape((C, N, N)), 12),
    (LayerNorm(), Shape((N, C), "channels_last"), 12),
    (LayerNorm(over="channels"), Shape((C, N)), 12),
    (BatchNorm(scale=False), Shape((C, N)), 12),
    (GroupNorm(groups=4), Shape((C, N)), 3),
    (GroupNorm(groups=3), Shape((6 * C, N)), 12),
    (RmsNorm(), Shape((N, C), "channels_last"), 12),
    (LocalResponseNorm(), Shape((C, N, N)), 12),
]


@pytest.mark.parametrize(("layer", "shape", "legal"), SYMBOLIC)
def test_symbols(layer: Layer, shape: Shape, legal: int) -> None:
    assert assert_symbols_agree(layer, [shape], [{"N": value, "C": value} for value in range(1, 13)]) == legal


def test_count_passes() -> None:
    shape = Shape((12, 5, 4), items=symbol("R"))
    for layer in (BatchNorm(), InstanceNorm(), LayerNorm(), GroupNorm(groups=3), LocalResponseNorm()):
        assert ask(layer, shape).shapes == (shape,)
