"""Whole networks: those that the onnx package has with it, and what PyTorch's exporters write of modules."""

from __future__ import annotations

import io
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx")

from effort import share  # noqa: E402

from archcalc.importing.imported import imported  # noqa: E402 - behind the skip
from archcalc.importing.onnx import read, signature  # noqa: E402
from archcalc.importing.passes import finished  # noqa: E402
from archcalc.importing.record import Record  # noqa: E402

LIGHT = {
    "bvlc_alexnet": (60965224, 654560384),
    "densenet121": (8062504, 2834161664),
    "inception_v1": (6998552, 1431556352),
    "inception_v2": (11214888, 2018851840),
    "resnet50": (25557032, 4089184256),
    "shufflenet": (1393320, 124664528),
    "squeezenet": (1235496, 349151936),
    "vgg19": (143667240, 19632062464),
    "zfnet512": (87250536, 1481727008),
}
"""Parameters and multiplications of networks whose weights are stated by their sizes alone."""


def opaque(record: Record) -> list[str]:
    return [str(layer.fields["reason"]) for layer in record.layers() if layer.kind == "opaque"]


def owned(record: Record) -> int:
    """Numbers in all tensors that layers have, each tensor once."""
    tensors = {tensor.name: tensor for layer in record.layers() for tensor in layer.tensors.values()}
    return sum(prod(tensor.shape) for tensor in tensors.values())


@pytest.mark.parametrize("name", LIGHT)
def test_networks_of_the_package_are_exact(name: str) -> None:
    path = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / f"light_{name}.onnx"
    record = finished(read(path))
    found = imported(record, flat=True)
    assert (found.parameters, found.multiplications) == LIGHT[name]
    assert not opaque(record)


# What PyTorch exports


def attention(nn: Any) -> Any:
    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
            self.norm = nn.LayerNorm(16)
            self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))

        def forward(self, x: Any) -> Any:
            x = x + self.attention(x, x, x, need_weights=False)[0]
            return x + self.mlp(self.norm(x))

    return Block()


def windows(nn: Any) -> Any:
    class Windows(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(8, 24)

        def forward(self, x: Any) -> Any:
            items, height, width, channels = x.shape
            x = x.view(items, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
            q, k, v = self.qkv(x.reshape(-1, 16, channels)).chunk(3, -1)
            x = (q @ k.transpose(-2, -1) * 0.35).softmax(-1) @ v
            x = x.view(items, height // 4, width // 4, 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
            return x.reshape(items, height, width, channels).roll((1, 1), (1, 2))

    return Windows()


def encoder_decoder(nn: Any) -> Any:
    class Net(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, padding=1)
            self.down = nn.Conv2d(8, 16, 3, 2, 1, bias=False)
            self.up = nn.ConvTranspose2d(16, 8, 2, 2)
            self.slope = nn.PReLU(8)
            self.norm = nn.GroupNorm(2, 8)
            self.head = nn.Conv2d(16, 2, 1)

        def forward(self, x: Any) -> Any:
            skip = self.slope(self.conv(x))
            x = self.norm(self.up(nn.functional.silu(self.down(skip))))
            x = nn.functional.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            import torch

            return self.head(torch.cat([skip, nn.functional.hardswish(x)], 1))

    return Net()


def recurrent(kind: str, both: bool) -> Callable[[Any], Any]:
    def make(nn: Any) -> Any:
        class Reader(nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.states = getattr(nn, kind)(6, 8, batch_first=True, bidirectional=both)
                self.head = nn.Linear(16 if both else 8, 3)

            def forward(self, x: Any) -> Any:
                return self.head(self.states(x)[0][:, -1])

        return Reader()

    return make


def squeeze_excite(nn: Any) -> Any:
    class Net(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3, 2, 1)
            self.reduce, self.expand = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)
            self.gate, self.pool = nn.Hardsigmoid(), nn.MaxPool2d(3, 2, 1, ceil_mode=True)
            self.head = nn.Linear(200, 5)

        def forward(self, x: Any) -> Any:
            x = nn.functional.elu(self.conv(x))
            x = x * self.gate(self.expand(self.reduce(x.mean((2, 3), keepdim=True)).relu()))
            return self.head(nn.functional.relu6(self.pool(x)).view(x.size(0), -1))

    return Net()


MODULES: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "attention": (attention, (5, 16)),
    "windows": (windows, (8, 8, 8)),
    "encoder_decoder": (encoder_decoder, (3, 16, 16)),
    "squeeze_excite": (squeeze_excite, (3, 16, 16)),
    "lstm": (recurrent("LSTM", True), (7, 6)),
    "gru": (recurrent("GRU", False), (7, 6)),
    "rnn": (recurrent("RNN", False), (7, 6)),
}
WAYS = ("fixed", "dynamic", "plain", "script 15", "script 17")
EXPORTS = [(name, way) for name in MODULES for way in WAYS if name != "rnn" or way.startswith("script")]
"""A new exporter writes an `rnn` token by token, and leaves out what it multiplies with the first state of zeros."""


def exported(module: Any, shape: tuple[int, ...], way: str, folder: Path) -> bytes:
    """The file that an exporter of PyTorch writes."""
    import torch

    item = torch.randn(1 if way == "fixed" else 2, *shape)
    if way.startswith("script"):
        file = io.BytesIO()
        version = int(way.removeprefix("script "))
        axes = {"x": {0: "batch"}}
        torch.onnx.export(
            module, (item,), file, dynamo=False, opset_version=version, dynamic_axes=axes, input_names=["x"]
        )
        return file.getvalue()
    pytest.importorskip("onnxscript")
    shapes = None if way == "fixed" else ({0: torch.export.Dim("batch")},)
    program = torch.onnx.export(
        module, (item,), dynamo=True, verbose=False, dynamic_shapes=shapes, optimize=way != "plain"
    )
    data: bytes = program.model_proto.SerializeToString()
    return data


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "way"), share(EXPORTS))
def test_exports_count_as_the_modules_do(name: str, way: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    make, shape = MODULES[name]
    module = make(torch.nn).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    with torch.device("meta"):
        twin, counter = make(torch.nn).eval(), FlopCounterMode(display=False)
        with counter:
            output = twin(torch.empty(1, *shape))
    record = finished(read(exported(module, shape, way, tmp_path)))
    found = imported(record, flat=True)
    assert not opaque(record)
    assert found.parameters == sum(parameter.numel() for parameter in module.parameters())
    assert found.multiplications == counter.get_total_flops() // 2 == record.multiplications
    assert [value.shape for value in record.outputs] == [tuple(output.shape[1:])]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", share(["resnet18", "mnasnet0_5", "squeezenet1_1", "shufflenet_v2_x0_5", "alexnet"], 1, 5)
)
def test_exported_networks_own_what_their_files_store(name: str, models: Any, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    module = getattr(models, name)(weights=None).eval()
    axes = {0: torch.export.Dim("batch"), 2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    images = torch.randn(2, 3, 224, 224)
    model = torch.onnx.export(module, (images,), dynamo=True, verbose=False, dynamic_shapes=(axes,)).model_proto
    stored = sum(prod(tensor.dims) for tensor in model.graph.initializer if tensor.data_type == 1 and tensor.dims)
    data = model.SerializeToString()
    symbols = signature(data).symbols
    assert len(symbols) == 2
    record = finished(read(data, dict.fromkeys(symbols, 224)))
    assert owned(record) == stored == sum(prod(tensor.shape) for tensor in record.tensors)
    with torch.device("meta"):
        from torch.utils.flop_counter import FlopCounterMode

        counter = FlopCounterMode(display=False)
        with counter:
            module.to("meta")(torch.empty(1, 3, 224, 224))
    assert imported(record, flat=True).multiplications == counter.get_total_flops() // 2


@pytest.mark.filterwarnings("ignore")
def test_modules_of_an_export_are_scopes_again() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.act, self.conv2 = nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1)

        def forward(self, x: Any) -> Any:
            return x + self.conv2(self.act(self.conv1(x)))

    module = nn.Sequential(Block(), Block()).eval()
    for way in ("fixed", "script 15"):
        record = read(exported(module, (4, 8, 8), way, Path()))
        scopes = [item for item in record.root.items if not hasattr(item, "kind")]
        assert [scope.path for scope in scopes] == ["0", "1"], way  # type: ignore[union-attr]
        inside = [[(one.kind, one.label) for one in scope.items] for scope in scopes]  # type: ignore[union-attr]
        assert inside == [[("conv", "conv1"), ("relu", "act"), ("conv", "conv2"), ("add", None)]] * 2, way
        assert [len(scope.inputs) for scope in scopes] == [len(scope.outputs) for scope in scopes] == [1, 1]  # type: ignore[union-attr]
