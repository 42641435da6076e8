"""What layers compute and move, held against PyTorch's tensors, published examples and numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import catalogue
import pytest

import archcalc
from archcalc.roofline import Roofline
from archcalc.roofline.work import LayerWork

HALF = {"dtype": "float16"}


def estimate(spec: str, on: str = "a100", **options: Any) -> Roofline:
    return archcalc.load(spec).check().roofline(on, **options)


def works(spec: str, **options: Any) -> list[tuple[int, ...]]:
    return [tuple(one.work) for one in estimate(spec, **options).layers]


def test_a_convolution_by_hand() -> None:
    """3×3 over 64 maps of 56×56, with a bias: 36,928 numbers, each map 200,704 numbers; 4 bytes each."""
    (conv,) = works("input: [64, 56, 56]\nlayers: [conv: {out: 64, kernel: 3, padding: 1}]")
    assert conv == (2 * 64 * 56 * 56 * 64 * 9, 4 * 200704, 4 * 36928, 4 * 200704)
    (batch,) = works("input: [64, 56, 56]\nlayers: [conv: {out: 64, kernel: 3, padding: 1}]", batch=8, **HALF)
    assert batch == (8 * conv[0], 8 * 2 * 200704, 2 * 36928, 8 * 2 * 200704)


@pytest.mark.parametrize(
    ("rows", "inner", "columns", "intensity"), [(8192, 128, 8192, 124.1), (8192, 8192, 8192, 2730)]
)
def test_matrix_products_as_nvidia_counts_them(rows: int, inner: int, columns: int, intensity: float) -> None:
    """docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication, on what limits a product."""
    spec = f"input: {{shape: [{rows}, {inner}], layout: channels_last}}\n"
    (product,) = estimate(f"{spec}layers: [linear: {{out: {columns}, bias: false}}]", "v100", **HALF).layers
    assert product.work.intensity is not None
    assert float(product.work.intensity) == pytest.approx(intensity, rel=1e-3)
    assert product.bound == ("compute" if intensity > 138.9 else "memory")


@pytest.mark.parametrize(
    ("step", "sizes", "intensity"),
    [
        ("linear: {out: 4096, bias: false}", "{shape: [512, 1024], layout: channels_last}", 315),
        ("linear: {out: 4096, bias: false}", "[1024]", 1),
        ("relu", "[512, 1024]", 0.25),
    ],
)
def test_layers_as_nvidia_counts_them(step: str, sizes: str, intensity: float) -> None:
    """The table of docs.nvidia.com/deeplearning/performance/dl-performance-gpu-background, which rounds."""
    (layer,) = estimate(f"input: {sizes}\nlayers: [{step}]", "v100", **HALF).layers
    assert layer.work.intensity is not None
    assert float(layer.work.intensity) == pytest.approx(intensity, rel=2e-3)


@pytest.mark.parametrize("step", ["flatten", "reshape: [4, -1]", "dropout", "identity", "stochastic_depth: 0.1"])
def test_what_moves_nothing(step: str) -> None:
    assert works(f"input: [4, 6, 6]\nlayers: [{step}]") == [(0, 0, 0, 0)]


def test_weights_are_read_once_for_a_whole_batch() -> None:
    for batch in (1, 32):
        (one,) = works("input: [3]\nlayers: [linear: 5]", batch=batch)
        assert one == (2 * 15 * batch, 4 * 3 * batch, 4 * 20, 4 * 5 * batch)


def test_tensors_are_not_multiplied_by_the_batch() -> None:
    """A learned tensor is read by the sum that it goes into, once for all inputs."""
    table = "parameter: {shape: [5, 8], layout: channels_last}"
    spec = f"input: {{shape: [5, 8], layout: channels_last}}\nlayers: [{{add: [here, [{table}]]}}]"
    tensor, added = sorted(works(spec, batch=3))
    assert tensor == (0, 0, 0, 0)
    assert added == (3 * 40, 4 * (3 * 40 + 40), 0, 4 * 3 * 40)


def test_tensors_may_have_another_type_than_maps() -> None:
    spec = "input: [3]\nlayers: [linear: 5]"
    assert works(spec, dtype="float16", tensors="int4") == [(30, 6, 10, 10)]
    # 15 weights and 5 biases are 20 numbers of half a byte; 3 numbers would be 2 bytes.
    (one,) = works("input: [3]\nlayers: [linear: {out: 1, bias: false}]", dtype="float16", tensors="int4")
    assert one == (6, 6, 2, 2)


def test_of_a_table_only_the_rows_that_are_looked_up_are_read() -> None:
    spec = "input: {shape: [16], dtype: int}\nlayers: [embedding: [COUNT, 64]]"
    for count, batch, rows in ((1000, 1, 16), (1000, 10, 160), (100, 10, 100)):
        (looked_up,) = works(spec.replace("COUNT", str(count)), batch=batch)
        assert looked_up == (0, 8 * 16 * batch, 4 * 64 * rows, 4 * 16 * 64 * batch)


def test_of_experts_those_are_read_that_tokens_choose() -> None:
    """Each of 3 tokens chooses 1 of 8 experts: no more than 3 of them; of 20 tokens, all 8."""
    text = (
        (
            "input: [T, 4]\nat: {T: 3}\nlayers:\n  - {tokens, as: words}\n"
            "  - {linear: {out: 8, bias: false}, as: router}\n"
            "  - {experts: {scores: router, active: 1, hidden: 2}, from: words}\n"
        )
        .replace("{tokens, as: words}", "{identity, as: words}")
        .replace("[T, 4]", "{shape: [T, 4], layout: channels_last}")
    )
    each = 3 * 4 * 2
    for tokens, experts in ((3, 3), (20, 8)):
        *_, mixture = archcalc.load(text).check(T=tokens).roofline("a100").layers
        assert mixture.work.tensors == 4 * experts * each


def test_a_map_that_is_only_measured_is_not_read() -> None:
    spec = "input: [4, 8, 8]\nlayers:\n  - {conv: [6, 3], as: small}\n  - {crop: {to: small}, from: input}\n"
    *_, crop = works(spec)
    assert crop == (0, 4 * 4 * 64, 0, 4 * 4 * 36)


def test_a_map_that_stands_at_both_places_of_a_product_is_read_once() -> None:
    *_, square = works("input: [4, 8, 8]\nlayers: [{multiply: [here, here]}]")
    assert square == (256, 4 * 256, 0, 4 * 256)


def test_what_is_used_again_is_read_again() -> None:
    spec = "input: [4]\nlayers:\n  - {linear: 4, as: shared}\n  - use: shared\n"
    first, second = works(spec)
    assert first == second == (32, 16, 80, 16)


def test_work_adds_up() -> None:
    assert LayerWork(1, 2, 3, 4).plus(LayerWork(10, 20, 30, 40)) == LayerWork(11, 22, 33, 44)
    assert LayerWork(6, 2, 1, 1).intensity == Fraction(3, 2)
    assert LayerWork(0, 0, 0, 0).intensity is None


MODULES = ("lenet:lecture", "resnet:resnet18", "mobilenet_v2:1.0", "vit:b_32", "lstm_tagger:lstm")


@pytest.mark.parametrize("network", MODULES)
def test_modules_read_and_write_as_many_bytes_in_pytorch(network: str) -> None:
    """Hooks see the tensors that enter and leave each module of the exported code, one that enters twice once."""
    torch = pytest.importorskip("torch")
    net = catalogue.architecture(network).build_torch().eval()
    seen: dict[str, tuple[int, int, int]] = {}

    def hook(name: str) -> Any:
        def told(module: Any, inputs: Any, output: Any) -> None:
            state = [*module.parameters(), *module.buffers()]
            own = [tensor for tensor in state if tensor.dim() or tensor.is_floating_point()]
            seen[name] = (
                _bytes({id(one): one for one in _tensors(inputs)}.values()),
                _bytes(own),
                _bytes(_tensors(output)),
            )

        return told

    report = catalogue.report(network)
    layers = {one.name: one for one in report.roofline("a100", batch=2).layers}
    for name, module in net.named_modules():
        if name in layers:
            module.register_forward_hook(hook(name))
    with torch.no_grad():
        net(*_inputs(report, 2))
    compared = 0
    for name, moved in seen.items():
        work, kind = layers[name].work, layers[name].kind
        if kind == "embedding":
            # Of its rows, those that are looked up: as many numbers as come out, or all.
            assert (work.read, work.tensors, work.written) == (moved[0], min(moved[1], moved[2]), moved[2])
        elif kind == "lstm":
            # PyTorch hands out the last states besides.
            assert (work.read, work.tensors) == moved[:2]
        elif work != LayerWork(0, 0, 0, 0):
            assert (work.read, work.tensors, work.written) == moved, name
        else:
            assert moved[0] == moved[2] and moved[1] == 0
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize("network", ["lenet:lecture", "alexnet:torchvision", "resnet:resnet18", "mobilenet_v2:1.0"])
def test_the_operators_of_pytorch_move_as_many_bytes(network: str) -> None:
    """Every operator that PyTorch runs, with all tensors that it reads and writes; views read and write none."""
    torch = pytest.importorskip("torch")
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counting(TorchDispatchMode):
        moved = 0

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            written = function(*args, **(kwargs or {}))
            read = _tensors((args, kwargs))
            # A pool writes the places of its maxima besides, which nothing reads.
            out = [tensor for tensor in _tensors(written) if tensor.is_floating_point()]
            storages = {tensor.untyped_storage().data_ptr() for tensor in read}
            if not any(tensor.untyped_storage().data_ptr() in storages for tensor in out if tensor.numel()):
                self.moved += _bytes({id(tensor): tensor for tensor in (*read, *out)}.values())
            return written

    net = catalogue.architecture(network).build_torch().eval()
    report = catalogue.report(network)
    inputs = _inputs(report, 2)
    with torch.no_grad(), Counting() as counting:
        net(*inputs)
    assert report.roofline("a100", batch=2).work.bytes == counting.moved


def _inputs(report: archcalc.Report, batch: int) -> list[Any]:
    import torch

    made = []
    for node in report.graph.inputs:
        shape = node.outputs[0].shape
        assert shape is not None
        sizes = (batch, *shape.sizes)
        made.append(torch.zeros(sizes, dtype=torch.int64) if shape.integers is not None else torch.rand(sizes))
    return made


def _tensors(value: Any) -> list[Any]:
    import torch
    from torch.utils._pytree import tree_flatten

    return [one for one in tree_flatten(value)[0] if isinstance(one, torch.Tensor)]


def _bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
