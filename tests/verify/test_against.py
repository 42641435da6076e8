"""A spec is held to the module or the file that it describes, and all that is not the same is told."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from effort import share

import archcalc
from archcalc.cli import main
from archcalc.importing.torch.comparison import Code, Comparison
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.source import Source
from archcalc.importing.torch.trace import Traces

torch = pytest.importorskip("torch")

from archcalc.importing.torch.live.building import build  # noqa: E402
from archcalc.importing.torch.live.comparing import compared  # noqa: E402
from archcalc.importing.torch.live.tracing import traces  # noqa: E402

NETS = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, width, 3), nn.BatchNorm2d(width)
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(width, 2)

    def forward(self, x):
        x = self.norm(self.conv(x)).relu()
        return self.fc(self.drop((x + x.tanh()).mean((2, 3))))
"""
SPEC = """\
name: net
input: [3, H, W]
at: {H: 16, W: 16}
layers:
  - {conv: [4, 3], as: conv}
  - {batch_norm, as: norm}
  - {relu, as: act}
  - add: [here, [tanh]]
  - mean: [1, 2]
  - {linear: 2, as: fc}
"""
RIGHT = """\
net beside nets.py:Net

    ok  tensors: all 6 have the same names and shapes
    ok  parameters: 130
    ok  multiplications: 21,176, as PyTorch counts them
    ok  layers: all 7 are there, and read the same
    ok  outputs are bit-equal at 3×16×16 and 3×80×112, with random weights and
        statistics

ok: the spec is this network
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(NETS)


class Here:
    """What the process with PyTorch does, in this one: a process for each test would take most of the time."""

    def __init__(self, source: Source, seconds: float | None = None) -> None:
        self.source = source
        self.built = build(source)

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""

    def traced(self, inputs: list[Input]) -> Traces:
        return traces(self.built.module, inputs)

    def compared(self, code: Code) -> Comparison:
        return compared(self.built.module, code, fresh=self.built.is_made)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archcalc.importing.torch.parent.Session", Here)


def verified(text: str, *options: str, source: str = "nets.py:Net") -> int:
    Path("net.yaml").write_text(text)
    return main(["verify", "net.yaml", "--against", source, *options])


def test_a_spec_that_is_the_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(SPEC) == 0
    assert capsys.readouterr().out == RIGHT


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "as: fc",
            "as: head",
            "tensors: other names: `head.weight` is `fc.weight` there, `head.bias` is `fc.bias` there",
        ),
        ("linear: 2", "linear: 3", "tensors: other shapes: `fc.weight` is [3, 4], and [2, 4] there"),
        ("linear: 2", "linear: {out: 2, bias: false}", "tensors: the spec lacks `fc.bias` [2]"),
        ("{relu, as: act}", "{prelu, as: act}", "tensors: the spec alone has `act.weight` [1]"),
        ("linear: 2", "linear: {out: 2, bias: false}", "parameters: 128 in the spec, and 130 there"),
        ("conv: [4, 3]", "conv: [4, 1]", "multiplications: 3,080 in the spec, and 21,176 there"),
        (
            "{relu, as: act}",
            "{gelu, as: act}",
            "layers: act (gelu 4×14×14) in the spec, and relu_1 (relu 4×14×14) there",
        ),
        ("  - {relu, as: act}\n", "", "layers: the spec lacks relu_1 (relu 4×14×14)"),
        (
            "add: [here, [tanh]]",
            "add: [act, [{from: norm}, tanh]]",
            "layers: 3 (tanh 4×14×14) reads other maps there",
        ),
        (
            "{batch_norm, as: norm}",
            "{batch_norm: {eps: 0.1}, as: norm}",
            "layers: norm (batch_norm 4×14×14, eps 1/10) in the spec",
        ),
        ("{relu, as: act}", "{gelu, as: act}", "outputs differ at 3×16×16, by"),
    ],
)
def test_what_is_not_the_same(old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert old in SPEC
    assert verified(SPEC.replace(old, new)) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert f"FAILS {told}" in shown
    assert shown.endswith("not ok: the spec is another network")


@pytest.mark.usefixtures("here")
def test_layers_that_are_said_otherwise_are_no_fault_where_the_outputs_are_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert verified(SPEC.replace("- mean: [1, 2]", "- global_avg_pool\n  - flatten")) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "- layers: 4 (global_avg_pool 4×1×1), 5 (flatten 4) in the spec, and mean_1 (mean 4) there" in told
    assert "outputs are bit-equal" in told or "outputs agree" in told


@pytest.mark.usefixtures("here")
def test_programs_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(SPEC.replace("as: fc", "as: head"), "--format", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    (entry,) = answer["specs"]
    assert (answer["ok"], entry["ok"], entry["against"]) == (False, False, "nets.py:Net")
    assert entry["tensors"]["renamed"] == {"head.weight": "fc.weight", "head.bias": "fc.bias"}
    assert (entry["parameters"], entry["multiplications"]) == ([130, 130], [21176, 21176])
    assert entry["outputs"]["agree"] is False


@pytest.mark.usefixtures("here")
def test_the_module_may_be_made_with_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(SPEC, "--call", "Net(width=8)", source="nets.py") == 1
    assert "`conv.weight` is [4, 3, 3, 3], and [8, 3, 3, 3]" in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--against", "nets.py:Nett"], "nets.py:Nett: nets.py has no `Nett`\narchcalc: help: did you mean `Net`?"),
        (["--against", "nets.py:Net", "--depth", "1"], "--depth is for a spec alone, without --against"),
        (["--call", "Net()"], "--call is for the module of --against"),
        (["--against", "missing.onnx"], "there is no file `missing.onnx`"),
        (["alexnet", "--against", "nets.py:Net"], "--against is for one spec, and 5 are named"),
    ],
)
def test_what_cannot_be_asked(options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("net.yaml").write_text(SPEC)
    assert main(["verify", "net.yaml", *options]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_a_spec_with_errors_is_checked_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert verified(SPEC.replace("linear", "linaer")) == 1
    assert "AC" in capsys.readouterr().out


SHELF = {
    **{f"resnet:{name}": name for name in ("resnet18", "resnet34", "resnet50", "resnet101")},
    **{f"densenet:densenet{depth}": f"densenet{depth}" for depth in (121, 169, 201)},
    "mobilenet_v2:1.0": "mobilenet_v2",
}
"""Specs of the catalogue, and the functions of torchvision that make what they describe."""


@pytest.mark.parametrize("name", share(list(SHELF), shares=len(SHELF)))
def test_specs_of_the_catalogue_are_the_networks_of_torchvision(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("could not import 'torchvision'")
    code = main(["verify", name, "--against", f"torchvision.models:{SHELF[name]}"])
    shown = capsys.readouterr()
    assert code == 0, shown.out + shown.err
    assert "outputs are bit-equal" in shown.out


# Files that PyTorch's exporter writes.


@pytest.fixture
def exported(folder: None) -> str:
    """A network as a file of ONNX, in which normalizations are a part of the convolutions in front of them."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    names: dict[str, Any] = {}
    exec(NETS, names)
    image = torch.randn(1, 3, 16, 16)
    torch.onnx.export(names["Net"]().eval(), (image,), "net.onnx", dynamo=True, external_data=False, verbose=False)
    return "net.onnx"


def test_a_spec_is_held_to_a_file_of_onnx(exported: str, capsys: pytest.CaptureFixture[str]) -> None:
    spec = archcalc.from_onnx(exported).text
    Path("net.yaml").write_text(spec)
    assert main(["verify", "net.yaml", "--against", exported]) == 0
    right = "ok  tensors: all 4 have the same names and shapes", "ok  parameters: 122", "ok: the spec is this network"
    out = capsys.readouterr().out
    assert all(line in out for line in (*right, "multiplications: 21,176, as ONNX defines its operators")), out
    Path("other.yaml").write_text(spec.replace("tanh", "sigmoid"))
    assert main(["verify", "other.yaml", "--against", exported]) == 1
    out = capsys.readouterr().out
    assert "(tanh 4×14×14) there" in out
    assert "not ok: the spec is another network" in out
    Path("spec.yaml").write_text(SPEC)
    assert main(["verify", "spec.yaml", "--against", exported]) == 1
    out = capsys.readouterr().out
    assert "FAILS  parameters: 130 in the spec, and 122 there" in out
    assert "the file has no batch_norm: exporters make it a part of the convolution" in " ".join(out.split())
    assert "ok  multiplications: 21,176" in out


def test_a_file_of_other_sizes_is_told_with_the_sizes(exported: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("spec.yaml").write_text(SPEC.replace("{H: 16, W: 16}", "{H: 32, W: 16}"))
    assert main(["verify", "spec.yaml", "--against", exported]) == 2
    error = capsys.readouterr().err
    assert "net.onnx: the file takes 3×16×16, and the spec is asked about at 3×32×16" in error
    assert "ask about it at the sizes of the file: --set H=16" in error
    assert main(["verify", "spec.yaml", "--against", exported, "--set", "H=16"]) == 1
    assert "ok  multiplications: 21,176" in capsys.readouterr().out
