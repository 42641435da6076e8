"""What archcalc supplies to generated PyTorch, against loops over single numbers and against PyTorch's relatives."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from fractions import Fraction
from itertools import product
from math import ceil, floor, sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from oracles import SUPPLIED, load_torch, supplied

import archcalc.layers
from archcalc.export.torch.code import ROUNDING

LAYERS = Path(archcalc.layers.__file__).parent
EXPORTER = SUPPLIED.parent
FILES = sorted(SUPPLIED.glob("[!_]*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
DEFINITIONS = [
    node for tree in TREES.values() for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))
]
DEFINED = {node.name: node for node in DEFINITIONS}


OF_THE_LANGUAGE = {"divisible"}
"""Functions of expressions that Python does not have."""


def loaded_names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def named_by_layers() -> set[str]:
    """Names behind `supplied.` in the code of the layers, and in that of the exporter, which has modules for some."""
    texts = {
        node.value
        for path in (*LAYERS.glob("*.py"), *EXPORTER.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text.removeprefix("supplied.") for text in texts if text.startswith("supplied.")} - {""}


def named_by_expressions() -> set[str]:
    """Functions of the language that Python lacks."""
    return set(ROUNDING) & set(DEFINED)


# The files themselves: their definitions are copied into the files of users.


def test_layers_name_what_there_is_and_all_of_it() -> None:
    used = named_by_layers() | named_by_expressions() | OF_THE_LANGUAGE
    assert used <= set(DEFINED)
    while more := {name for one in used for name in loaded_names(DEFINED[one])} & set(DEFINED) - used:
        used |= more
    assert used == set(DEFINED)


@pytest.mark.parametrize("name", DEFINED)
def test_definitions_stand_alone(name: str) -> None:
    node = DEFINED[name]
    stored = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    arguments = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    known = {"torch", "nn", "Tensor", *DEFINED, *dir(builtins), *stored, *arguments}
    assert loaded_names(node) <= known
    assert not hasattr(load_torch().nn, name)
    assert ast.get_docstring(node)


def test_a_name_is_defined_once() -> None:
    assert len(DEFINED) == len(DEFINITIONS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_else_is_at_the_top(path: Path) -> None:
    docstring, *rest = TREES[path].body
    assert isinstance(docstring, ast.Expr)
    imports = [node for node in rest if isinstance(node, (ast.Import, ast.ImportFrom))]
    for one in imports:
        if isinstance(one, ast.ImportFrom) and one.module != "torch":
            assert one.module is not None
            assert one.module.startswith("archcalc.export.torch.supplied.")
            assert {name.name for name in one.names} <= set(DEFINED)
        else:
            assert ast.unparse(one) in (
                "import torch",
                "from torch import nn",
                "from torch import Tensor",
                "from torch import Tensor, nn",
            )
    assert all(node in imports or node in DEFINITIONS for node in rest)


@pytest.mark.parametrize("width", [88, 120])
def test_is_formatted_for_any_width(width: int) -> None:
    """A definition is copied as it is; only the imports, which are not, may be longer."""
    pytest.importorskip("ruff")
    texts = [
        ast.get_source_segment(path.read_text(encoding="utf-8"), node)
        for path, tree in TREES.items()
        for node in tree.body
        if node in DEFINITIONS
    ]
    command = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", f"--line-length={width}", "-"]
    whole = "\n\n\n".join(text or "" for text in texts) + "\n"
    subprocess.run(command, input=whole, text=True, check=True, capture_output=True)


# Regions of interest.


def pooled_regions(maps: Any, boxes: Any, size: tuple[int, int], scale: float) -> Any:
    """Pooling of every part of every box by four loops, in numbers of the precision that torchvision has."""
    torch = load_torch()
    single = torch.tensor
    images, channels, height, width = maps.shape
    per_image = len(boxes) // images
    result = torch.zeros(len(boxes), channels, *size)
    for index, box in enumerate(boxes * scale):
        left, top, right, bottom = (int(floor(abs(v) + 0.5) * (1 if v >= 0 else -1)) for v in box.double().tolist())
        steps = (
            single(float(max(bottom - top + 1, 1))) / size[0],
            single(float(max(right - left + 1, 1))) / size[1],
        )
        for row, column in product(range(size[0]), range(size[1])):
            ys = range(floor(row * steps[0]) + top, ceil((row + 1) * steps[0]) + top)
            xs = range(floor(column * steps[1]) + left, ceil((column + 1) * steps[1]) + left)
            places = [(y, x) for y in ys for x in xs if 0 <= y < height and 0 <= x < width]
            for channel in range(channels):
                values = [maps[index // per_image, channel, y, x] for y, x in places]
                result[index, channel, row, column] = max(values) if values else 0
    return result


@pytest.mark.parametrize("seed", range(12))
def test_roi_pool_by_loops(seed: int) -> None:
    torch = load_torch()
    rng = Random(seed)
    torch.manual_seed(seed)
    images, per_image, scale = rng.randrange(1, 4), rng.randrange(1, 5), rng.choice([1.0, 0.5, 1 / 16])
    height, width = rng.randrange(1, 9), rng.randrange(1, 9)
    maps = torch.randn(images, 2, height, width) - 1
    corners = torch.tensor(
        [[rng.randrange(-6, 24) / 2 / scale for _ in range(4)] for _ in range(images * per_image)], dtype=torch.float32
    )
    # Most boxes lie the right way round; the others are a single position.
    ordered = torch.cat(
        [torch.minimum(corners[:, :2], corners[:, 2:]), torch.maximum(corners[:, :2], corners[:, 2:])], 1
    )
    boxes = torch.where(torch.rand(len(corners), 1) < 0.8, ordered, corners)
    size = (rng.randrange(1, 5), rng.randrange(1, 5))
    found = supplied().RoiPool(size, scale)(maps, boxes)
    torch.testing.assert_close(found, pooled_regions(maps, boxes, size, scale), rtol=0, atol=0)


def test_roi_pool_learns_and_needs_no_numbers() -> None:
    torch = load_torch()
    maps = torch.rand(2, 3, 6, 7, requires_grad=True)
    boxes = torch.tensor([[0.0, 0.0, 6.0, 5.0], [1.0, 1.0, 2.0, 2.0]])
    supplied().RoiPool((1, 1))(maps, boxes).sum().backward()
    # One number for the whole map of the first image, one for a part of the second.
    torch.testing.assert_close(maps.grad.sum((2, 3)), torch.ones(2, 3))
    empty = supplied().RoiPool((7, 7), 1 / 16)(torch.rand(2, 3, 38, 63, device="meta"), torch.rand(8, 4, device="meta"))
    assert empty.shape == (8, 3, 7, 7)


def read_between(plane: Any, y: float, x: float) -> float:
    """A value between the positions of a plane that is zero outside: its four neighbours by their nearness."""
    height, width = plane.shape
    total = 0.0
    for row, column in product((floor(y), floor(y) + 1), (floor(x), floor(x) + 1)):
        if 0 <= row < height and 0 <= column < width:
            total += (1 - abs(y - row)) * (1 - abs(x - column)) * plane[row, column].item()
    return total


def aligned_regions(
    maps: Any, boxes: Any, size: tuple[int, int], scale: float, samples: int | None, aligned: bool
) -> Any:
    """The kernel of torchvision's roi_align, point by point."""
    torch = load_torch()
    images, channels, height, width = maps.shape
    per_image = len(boxes) // images
    result = torch.zeros(len(boxes), channels, *size, dtype=maps.dtype)
    for index, box in enumerate(boxes.tolist()):
        left, top, right, bottom = (value * scale - (0.5 if aligned else 0) for value in box)
        tall, wide = bottom - top, right - left
        if not aligned:
            tall, wide = max(tall, 1.0), max(wide, 1.0)
        rows, columns = samples or ceil(tall / size[0]), samples or ceil(wide / size[1])
        for i, j, channel in product(range(size[0]), range(size[1]), range(channels)):
            total = 0.0
            for iy, ix in product(range(rows), range(columns)):
                y = top + i * tall / size[0] + (iy + 0.5) * tall / size[0] / rows
                x = left + j * wide / size[1] + (ix + 0.5) * wide / size[1] / columns
                if -1 <= y <= height and -1 <= x <= width:
                    y, x = min(max(y, 0.0), height - 1), min(max(x, 0.0), width - 1)
                    total += read_between(maps[index // per_image, channel], y, x)
            result[index, channel, i, j] = total / max(rows * columns, 1)
    return result


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("samples", [None, 1, 2, 3])
@pytest.mark.parametrize("aligned", [True, False])
def test_roi_align_by_loops(seed: int, samples: int | None, aligned: bool) -> None:
    torch = load_torch()
    rng = Random(f"{seed}{samples}{aligned}")
    torch.manual_seed(seed)
    images, per_image, scale = rng.randrange(1, 3), rng.randrange(1, 4), rng.choice([1.0, 0.5, 1 / 8])
    maps = torch.randn(images, 2, rng.randrange(2, 8), rng.randrange(2, 8), dtype=torch.float64)
    # Without a number of samples, a box is as large as the map at most.
    far = (0.0, float(min(maps.shape[2:]))) if samples is None else (-3.0, 9.0)
    ends = [sorted(rng.uniform(*far) / scale for _ in range(2)) for _ in range(2 * images * per_image)]
    boxes = torch.tensor([[x[0], y[0], x[1], y[1]] for x, y in zip(ends[::2], ends[1::2], strict=True)]).double()
    size = (rng.randrange(1, 4), rng.randrange(1, 4))
    found = supplied().RoiAlign(size, scale, samples, aligned)(maps, boxes)
    torch.testing.assert_close(found, aligned_regions(maps, boxes, size, scale, samples, aligned))


@pytest.mark.parametrize("samples", [None, 2])
@pytest.mark.parametrize("aligned", [True, False])
def test_roi_align_is_that_of_torchvision_inside_of_the_map(models: Any, samples: int | None, aligned: bool) -> None:
    torch = load_torch()
    theirs = sys.modules["torchvision.ops.roi_align"]._roi_align.__wrapped__
    maps, boxes = (
        torch.rand(2, 3, 9, 11),
        torch.tensor([[1.0, 2, 7, 6.5], [0, 0, 10, 8], [3.3, 1.1, 5, 4], [2, 2, 9, 9]]),
    )
    indexed = torch.cat([torch.tensor([[0.0], [0], [1], [1]]), boxes], 1)
    expected = theirs(maps, indexed, 1.0, 3, 2, -1 if samples is None else samples, aligned)
    torch.testing.assert_close(supplied().RoiAlign((3, 2), 1.0, samples, aligned)(maps, boxes), expected)


def test_roi_align_learns_and_needs_no_numbers() -> None:
    torch = load_torch()
    maps = torch.rand(1, 2, 6, 7, requires_grad=True)
    supplied().RoiAlign((2, 3), sampling_ratio=2)(maps, torch.tensor([[1.0, 1.0, 5.0, 5.0]])).sum().backward()
    torch.testing.assert_close(maps.grad.sum(), torch.tensor(12.0))
    for samples in (None, 2):
        module = supplied().RoiAlign((7, 7), 1 / 16, samples)
        empty = module(torch.rand(2, 3, 38, 63, device="meta"), torch.rand(8, 4, device="meta"))
        assert empty.shape == (8, 3, 7, 7)


@pytest.mark.parametrize("seed", range(12))
def test_deformable_convolution_by_loops(seed: int) -> None:
    """The kernel of torchvision's deform_conv2d, value by value: offsets are pairs (down, right) of every element."""
    torch = load_torch()
    rng = Random(seed)
    torch.manual_seed(seed)
    kernel, stride, padding, dilation = (tuple(rng.randrange(low, high) for _ in range(2))
                                         for low, high in ((1, 4), (1, 3), (0, 3), (1, 3)))  # fmt: skip
    groups, moved = rng.choice([1, 2]), rng.choice([1, 2])
    channels, out, sizes = 4, 2, (rng.randrange(5, 8), rng.randrange(5, 8))
    made = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(sizes, padding, dilation, kernel, stride, strict=True)
    ]
    count = kernel[0] * kernel[1]
    x = torch.randn(2, channels, *sizes, dtype=torch.float64)
    offset = 2 * torch.randn(2, 2 * moved * count, *made, dtype=torch.float64)
    mask = torch.rand(2, moved * count, *made, dtype=torch.float64) if seed % 3 else None
    module = supplied().DeformConv2d(channels, out, kernel, stride, padding, dilation, groups, seed % 2 == 0).double()
    if module.bias is not None:
        module.bias.data.uniform_()
    found = module(x, offset) if mask is None else module(x, offset, mask)
    expected = torch.zeros(2, out, *made, dtype=torch.float64)
    for image, o, i, j in product(range(2), range(out), range(made[0]), range(made[1])):
        total = 0.0 if module.bias is None else module.bias[o].item()
        for c, a, b in product(range(channels // groups), range(kernel[0]), range(kernel[1])):
            channel = o // (out // groups) * (channels // groups) + c
            place = channel // (channels // moved) * count + a * kernel[1] + b
            y = i * stride[0] - padding[0] + a * dilation[0] + offset[image, 2 * place, i, j].item()
            z = j * stride[1] - padding[1] + b * dilation[1] + offset[image, 2 * place + 1, i, j].item()
            factor = 1.0 if mask is None else mask[image, place, i, j].item()
            total += module.weight[o, c, a, b].item() * factor * read_between(x[image, channel], y, z)
        expected[image, o, i, j] = total
    torch.testing.assert_close(found, expected)


def test_without_offsets_it_is_a_convolution() -> None:
    torch = load_torch()
    x, module = torch.rand(2, 4, 7, 6), supplied().DeformConv2d(4, 6, (3, 2), (2, 1), (1, 0), 2, 2)
    plain = torch.nn.functional.conv2d(x, module.weight, module.bias, (2, 1), (1, 0), 2, 2)
    offset = torch.zeros(2, 12, *plain.shape[2:])
    torch.testing.assert_close(module(x, offset), plain)
    torch.testing.assert_close(module(x, offset, torch.ones(2, 6, *plain.shape[2:]) / 2) - module.bias.view(-1, 1, 1),
                               (plain - module.bias.view(-1, 1, 1)) / 2)  # fmt: skip


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_kernel_of_one_number_is_that_for_all_axes(axes: int) -> None:
    torch = load_torch()
    x = torch.rand(1, 4, *(5,) * axes)
    module = supplied().StdConv(4, 2, 3, axes=axes)
    assert module.weight.shape == (2, 4, *(3,) * axes)
    assert module(x).shape == (1, 2, *(3,) * axes)
    assert supplied().DeformConv2d(4, 2, 3).weight.shape == (2, 4, 3, 3)


def test_an_offset_that_is_no_number_is_no_error() -> None:
    """Training that diverges ends with numbers that are none, here as elsewhere, and not in an index."""
    torch = load_torch()
    offset = torch.zeros(1, 18, 3, 3)
    offset[0, 0, 0, 0], offset[0, 1, 1, 1] = float("nan"), float("inf")
    found = supplied().DeformConv2d(4, 2, 3)(torch.rand(1, 4, 5, 5), offset)
    assert found.shape == (1, 2, 3, 3)
    assert found[:, :, 2].isfinite().all()


# Attention.


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_attention_is_that_of_torch_where_torch_has_it(bias: bool, training: bool) -> None:
    torch = load_torch()
    ours, x, memory = supplied(), torch.rand(2, 5, 8), torch.rand(2, 7, 6)
    theirs = torch.nn.MultiheadAttention(8, 2, bias=bias, batch_first=True).train(training)
    module = ours.Attention(8, 8, 2, bias=bias).train(training)
    module.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(module(x), theirs(x, x, x)[0])
    torch.testing.assert_close(module(x, x.flip(1)), theirs(x, x.flip(1), x.flip(1))[0])
    theirs = torch.nn.MultiheadAttention(8, 2, bias=bias, batch_first=True, kdim=6, vdim=6).train(training)
    module = ours.CrossAttention(8, 6, 8, 2, bias=bias).train(training)
    module.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(module(x, memory), theirs(x, memory, memory)[0])


def test_attention_of_another_width_head_by_head() -> None:
    torch = load_torch()
    module, x = supplied().Attention(6, 8, 2), torch.rand(1, 4, 6)
    weights, biases = module.in_proj_weight.chunk(3), torch.rand(24)
    module.in_proj_bias.data.copy_(biases)
    query, key, value = (x[0] @ weight.T + bias for weight, bias in zip(weights, biases.chunk(3), strict=True))
    heads = []
    for part in (slice(0, 4), slice(4, 8)):
        scores = (query[:, part] @ key[:, part].T / sqrt(4)).softmax(1)
        heads.append(scores @ value[:, part])
    torch.testing.assert_close(module(x)[0], module.out_proj(torch.cat(heads, 1)))


def test_attention_drops_in_training_only() -> None:
    torch = load_torch()
    x, memory = torch.rand(2, 5, 6), torch.rand(2, 3, 4)
    for module, read in (
        (supplied().Attention(6, 8, 2, dropout=0.5), (x,)),
        (supplied().CrossAttention(6, 4, 8, 2, dropout=0.5), (x, memory)),
    ):
        assert not torch.equal(module(*read), module(*read))
        module.eval()
        assert torch.equal(module(*read), module(*read))


# Single numbers.


def test_modules_number_by_number() -> None:
    torch = load_torch()
    ours = supplied()
    x = torch.rand(2, 3, 4, 5)
    for axes, channel in ((2, 1), (0, 3)):
        size = x.shape[channel]
        affine, scale = ours.Affine(size, axes), ours.LayerScale(size, 0.5, axes)
        assert torch.equal(affine(x), x)
        assert torch.equal(scale(x), x / 2)
        affine.weight.data, affine.bias.data = torch.rand(size), torch.rand(size)
        for index in range(size):
            one = x.select(channel, index)
            torch.testing.assert_close(
                affine(x).select(channel, index), affine.weight[index] * one + affine.bias[index]
            )
    distances, centres = ours.RadialBasis(5, 7), torch.rand(7, 5)
    distances.weight.data = centres
    for place in product(range(2), range(3), range(4)):
        expected = [sum((a - b) ** 2 for a, b in zip(x[place], centre, strict=True)) for centre in centres]
        torch.testing.assert_close(distances(x)[place], torch.stack(expected))
    gate = ours.TanhGate(3)(x[..., :4])
    torch.testing.assert_close(gate, torch.tanh(x[..., :2]) * torch.sigmoid(x[..., 2:4]))
    token = ours.ClassToken(5)
    assert torch.equal(token(x[:, 0])[:, 1:], x[:, 0])
    assert torch.equal(token(x[:, 0])[1, 0], token.weight[0, 0])
    position = ours.PositionEmbedding(3, 4, 5)
    assert torch.equal(position(x)[1], x[1] + position.weight[0])
    tensor = ours.LearnedTensor(3, 4)
    assert torch.equal(tensor()[0], tensor.weight)
    assert torch.equal(tensor(3)[2], tensor.weight)
    fixed = ours.FixedTensor(2, 3, values=((1, 2, 3), (4, 5, 6)))
    assert torch.equal(fixed(4)[3], torch.tensor([[1.0, 2, 3], [4, 5, 6]]))
    assert list(fixed.state_dict()) == ["tensor"]
    assert not ours.FixedTensor(2, values=5, integers=True, persistent=False).state_dict()


def test_stochastic_depth_drops_whole_items() -> None:
    torch = load_torch()
    torch.manual_seed(0)
    x = torch.rand(4000, 3, 2) + 1
    module = supplied().StochasticDepth(0.25)
    found = module(x)
    kept = found != 0
    assert torch.equal(kept.all((1, 2)), kept.any((1, 2)))
    assert kept[:, 0, 0].float().mean().item() == pytest.approx(0.75, abs=0.03)
    torch.testing.assert_close(found[kept], x[kept] / 0.75)
    assert torch.equal(module.eval()(x), x)
    assert not supplied().StochasticDepth(1.0)(x).any()
    assert torch.equal(supplied().StochasticDepth(0.0)(x), x)


# Moving numbers.


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pixels_by_loops(factor: int) -> None:
    torch = load_torch()
    ours = supplied()
    for sizes in ((3,), (3, 2), (2, 1, 3)):
        rank = len(sizes)
        x = torch.rand(2, 2 * factor**rank, *sizes)
        found = ours.shuffle_pixels(x, factor)
        if rank == 2:
            assert torch.equal(found, torch.nn.PixelShuffle(factor)(x))
            assert torch.equal(ours.unshuffle_pixels(found, factor), torch.nn.PixelUnshuffle(factor)(found))
        for channel, place in product(range(2), product(*(range(size * factor) for size in sizes))):
            offset = 0
            for position in place:
                offset = offset * factor + position % factor
            source = tuple(position // factor for position in place)
            expected = x[(0, channel * factor**rank + offset, *source)]
            assert found[(0, channel, *place)] == expected
        assert torch.equal(ours.unshuffle_pixels(found, factor), x)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_pixels_of_tensorflow_and_onnx_by_loops(factor: int) -> None:
    """The reference of ONNX for two axes: reshape to [b, b, C, H, W], then the axes C, H, b, W, b."""
    torch = load_torch()
    ours = supplied()
    for sizes in ((3,), (3, 2), (2, 1, 3)):
        rank = len(sizes)
        x = torch.rand(2, 2 * factor**rank, *sizes)
        found = ours.shuffle_pixels(x, factor, True)
        if rank == 2:
            parts = x.reshape(2, factor, factor, 2, *sizes).permute(0, 3, 4, 1, 5, 2)
            assert torch.equal(found, parts.reshape(found.shape))
        for channel, place in product(range(2), product(*(range(size * factor) for size in sizes))):
            block = 0
            for position in place:
                block = block * factor + position % factor
            source = tuple(position // factor for position in place)
            assert found[(0, channel, *place)] == x[(0, block * 2 + channel, *source)]
        assert torch.equal(ours.unshuffle_pixels(found, factor, True), x)


def test_axes_in_another_order() -> None:
    torch = load_torch()
    x = torch.rand(2, 3, 4, 5)
    module = supplied().Permute(0, 2, 3, 1)
    assert torch.equal(module(x), x.movedim(1, -1))
    assert not module.state_dict()


def test_unpooling_by_loops() -> None:
    torch = load_torch()
    for size, kernel, stride, padding in product([1, 2, 5], [1, 2, 3], [1, 2, 3], [0, 1]):
        length = (size - 1) * stride + kernel - 2 * padding
        if length < 1:
            continue
        values = [float(value) for value in range(1, size + 1)]
        expected = [0.0] * length
        for index, value in enumerate(values):
            if 0 <= index * stride - padding < length:
                expected[index * stride - padding] = value
        x = torch.tensor(values).view(1, 1, -1)
        assert supplied().unpool_blocks(x, kernel, stride, padding).flatten().tolist() == expected
    x = torch.rand(1, 2, 2, 3)
    found = supplied().unpool_to(x, (5, 7))
    assert torch.equal(found[:, :, [0, 2]][..., [0, 2, 4]], x)
    assert found.count_nonzero() == x.count_nonzero()
    assert torch.equal(supplied().unpool_to(x, (4, 6)), supplied().unpool_blocks(x, 2, 2))


def test_crops_by_slices() -> None:
    torch = load_torch()
    ours, x = supplied(), torch.rand(2, 3, 9, 8)
    like, last = torch.rand(2, 5, 4, 3), torch.rand(2, 4, 3, 5)
    assert torch.equal(ours.center_crop(x, like), x[:, :, 2:6, 2:5])
    assert torch.equal(ours.center_crop_like(x, last, round_up=True, channels_last=True), x[:, :, 3:7, 3:6])
    assert torch.equal(ours.center_crop_to(x, 5), x[:, :, 2:7, 1:6])
    assert torch.equal(ours.crop_like(x, like, 2), x[:, :, 2:6, 2:5])
    assert torch.equal(ours.crop_window_like(x, like, (1, 5)), x[:, :, 1:5, 5:8])
    assert torch.equal(ours.crop_to(x, (2, 8), (7, 0)), x[:, :, 7:9, 0:8])
    resized = ours.resize_like(x, like, "bilinear")
    assert torch.equal(resized, torch.nn.functional.interpolate(x, (4, 3), mode="bilinear"))
    assert torch.equal(ours.resize_like_positions(x, last), torch.nn.functional.interpolate(x, (4, 3)))
    for up, size in ((False, (6, 5)), (True, (6, 6))):
        resized = ours.resize_by(x, 2, 3, round_up=up)
        assert torch.equal(resized, torch.nn.functional.interpolate(x, size))


# Padding that is measured.


def test_padding_lets_every_window_fit() -> None:
    torch = load_torch()
    ours = supplied()
    for size, kernel, stride, dilation in product(range(1, 12), range(1, 5), range(1, 4), range(1, 3)):
        x = torch.arange(1.0, size + 1).view(1, 1, -1)
        extent = dilation * (kernel - 1) + 1
        padded = ours.pad_same(x, kernel, stride, dilation).flatten().tolist()
        room = len(padded) - extent
        assert room // stride + 1 == -(-size // stride)
        before = next(place for place, value in enumerate(padded) if value)
        after = len(padded) - before - size
        # As little as possible, and as much at the end as in front or one more.
        assert room % stride == 0 or before + after == 0
        assert after - before in (0, 1)


def test_one_more_window_fits_where_something_is_left_for_it() -> None:
    torch = load_torch()
    for size, kernel, stride, (front, end) in product(
        range(1, 12), range(1, 5), range(1, 4), ((0, 0), (1, 0), (0, 1), (1, 2), (2, 1))
    ):
        framed = torch.ones(1, 1, front + size + end)
        length = framed.shape[2]
        starts = list(range(0, front + size, stride))
        whole = [start for start in range(0, length, stride) if start + kernel <= length]
        if not whole and kernel - length >= stride:
            continue  # not one window starts, whatever the rounding
        last = whole[-1] if whole else -stride
        left = last + kernel < length if whole else True
        more = [start for start in starts if start == last + stride] if left else []
        expected = max([length, *(start + kernel for start in more)])
        assert supplied().pad_ceil(framed, kernel, stride, after=end).shape[2] == expected


def test_pads_of_any_number_and_mode() -> None:
    torch = load_torch()
    ours, x = supplied(), torch.rand(1, 2, 5, 4)
    assert torch.equal(ours.pad_same(x, (2, 3), (2, 1), value=7.0)[0, 0, 5], torch.full((6,), 7.0))
    reflected = torch.nn.functional.pad(x, (1, 1, 0, 1), mode="reflect")
    assert torch.equal(ours.pad_same(x, (2, 3), (2, 1), mode="reflect"), reflected)
    assert torch.equal(ours.pad_axes(x, ((-1, 0), (0, -2))), x[:, :, 1:, :-2])


def test_a_window_in_the_padding_alone_has_no_place() -> None:
    torch = load_torch()
    x = torch.rand(2, 3, 2, 5)
    pool = torch.nn.MaxPool2d(2, stride=1, padding=1, dilation=3, return_indices=True)
    values, indices = pool(x)
    assert not values.isfinite().all()
    found = supplied().max_unpool_dilated(values, indices, x)
    assert found.shape == x.shape
    kept = values[values.isfinite()]
    assert set(found[found != 0].tolist()) <= set(kept.tolist())
    assert found.isfinite().all() and (found != 0).any() == (kept.numel() > 0)


# Functions that are no layers


def test_divisible_rounds_as_the_language_does() -> None:
    from archcalc.expressions.functions import divisible

    for value, divisor in product(range(1, 400), (1, 4, 8)):
        assert supplied().divisible(value / 4, divisor) == divisible(Fraction(value, 4), divisor)


@pytest.mark.parametrize(("decay", "options"), [("linear", {}), ("from_zero", {"first": 0})])
def test_rates_are_spread_as_each_layer_would_have_its_own(decay: str, options: dict[str, int]) -> None:
    torch = load_torch()
    network = torch.nn.Sequential(*[supplied().StochasticDepth(0.2) for _ in range(5)])
    supplied().spread_rates(network, **options)
    layer = archcalc.layers.StochasticDepth(rate=Fraction(1, 5), decay=decay)
    own = [float(layer.placed(position, 5).rate) for position in range(1, 6)]
    assert [one.p for one in network] == pytest.approx(own)


def test_rates_up_to_the_last_layer_are_spread_evenly() -> None:
    torch = load_torch()
    network = torch.nn.Sequential(*[supplied().StochasticDepth(0.2) for _ in range(5)])
    supplied().spread_rates(network, first=0, beyond=-1)
    assert [one.p for one in network] == pytest.approx(torch.linspace(0, 0.2, 5).tolist())
