"""Modules of authors: exported code imports and calls them, and PyTorch holds what is stated of them against them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.cli import main
from archcalc.export.targets import ExportError
from archcalc.verify import Runner, verify

pytest.importorskip("torch")

MIXERS = '''\
import torch
from torch import nn


class Window(nn.Module):
    """It changes its list, as some do."""

    def __init__(self, dim, window=[2, 2], mode="plain", extra=0, rate=0.5):
        super().__init__()
        self.window = window.copy()
        self.mode, self.extra, self.rate = mode, extra, rate
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.register_buffer("index", torch.zeros(4, dtype=torch.long))

    def forward(self, x):
        return self.proj(self.qkv(x).chunk(3, -1)[2])


class Outer:
    class Gate(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(dim))

        def forward(self, x, y):
            return None, x * self.weight + y, y


def make(dim):
    return Window(dim)
'''
"""A file of somebody else."""

SPEC = """\
input: [6, T]
at: {T: 16}
blocks:
  mixer(dim, rate=1/4):
    - opaque:
        shape: [tokens(here), dim]
        products: 4*dim*dim*tokens(here)
        tensors: {qkv.weight: [3*dim, dim], qkv.bias: [3*dim], proj.weight: [dim, dim], proj.bias: [dim]}
        buffers: {index: [4]}
        module: archcalc_mixers:Window
        arguments: {dim: dim, window: [7, 7], mode: "'shift it'", extra: null, rate: rate}
      as: attn
    - {layer_norm, as: norm}
layers:
  - tokens
  - {linear: 8, as: embed}
  - {mixer: 8, as: first}
  - {linear: 12, as: grow}
  - {mixer: [12, 1/8], as: second}
  - opaque:
      branches: [second, grow]
      shape: [tokens(here), 12]
      products: 0
      tensors: {weight: [12]}
      module: archcalc_mixers:Outer.Gate
      arguments: {dim: 12}
      result: 1
    as: gate
  - opaque:
      shape: [T, 12]
      products: 4*12*12*T
      tensors: {qkv.weight: [36, 12], qkv.bias: [36], proj.weight: [12, 12], proj.bias: [12]}
      buffers: {index: [4]}
      module: archcalc_mixers:make
      arguments: {dim: 12}
    as: made
"""
CODE = '''\
from archcalc_mixers import Outer, Window, make as Make
from torch import Tensor, nn


class Mixer(nn.Module):
    """Block `mixer`: [16, 8] -> [16, 8] in first."""

    def __init__(self, dim: int, rate: float = 0.25) -> None:
        super().__init__()
        self.attn = Window(
            dim=dim, window=[7, 7], mode="shift it", extra=None, rate=rate
        )
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.attn(x))
'''


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A process that finds the module, as does this one."""
    folder = tmp_path_factory.mktemp("authors")
    (folder / "archcalc_mixers.py").write_text(MIXERS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        found = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        patch.setenv("PYTHONPATH", os.pathsep.join(found))
        patch.syspath_prepend(str(folder))
        with Runner() as runner:
            yield runner
        sys.modules.pop("archcalc_mixers", None)


def found(text: str, runner: Runner) -> Any:
    return verify(archcalc.load(text).program, {}, runner=runner, run_modules=True)


def test_the_code_calls_them_as_it_calls_every_module() -> None:
    code = archcalc.load(SPEC).to_torch()
    assert CODE in code
    assert "self.gate = Outer.Gate(dim=12)" in code
    assert "self.made = Make(dim=12)" in code
    assert "self.gate(self.second(grow), grow)[1]" in code
    # (8*8 + 12*12 + 12*12)*4*16 = 22,528 of all products: those of `linear` are 16*(6*8 + 8*12) = 2,304.
    assert (
        "Totals: 1,752 parameters, 24,832 multiplications\nStated, not computed: 22,528 of these multiplications\n"
        in code
    )


def test_pytorch_agrees_with_what_is_right(trusting: Runner) -> None:
    verification = found(SPEC, trusting)
    assert verification.ok, str(verification)
    assert all(row.agrees for row in verification.rows)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "message"),
    [
        ("proj.bias: [dim]}", "proj.bias: [1]}", "AC504", "first.attn.proj.bias"),
        ("weight: [12]}", "weight: [12], bias: [12]}", "AC504", "gate.bias"),
        ("products: 0", "products: 7", "AC506", "gate"),
        ("shape: [T, 12]", "shape: [T, 13]", "AC505", "made"),
        ("result: 1", "result: 2", None, ""),  # Another map, and there is no other way to know which is meant.
        ("result: 1", "result: 0", "AC507", "must be Tensor, not NoneType"),
        ("dim: 12}\n    as: made", "dim: 12, window: [7]}\n    as: made", "AC507", "unexpected keyword argument"),
    ],
)
def test_pytorch_finds_what_is_stated_wrongly(
    right: str, wrong: str, code: str | None, message: str, trusting: Runner
) -> None:
    assert right in SPEC
    verification = found(SPEC.replace(right, wrong), trusting)
    told = {one.code.id: one.message for one in verification.diagnostics if one.severity == "error"}
    assert code in told if code else not told, str(verification)
    assert code is None or message in told[code]


def test_nobody_runs_them_unasked(capsys: pytest.CaptureFixture[str], tmp_path: Path, shared_process: None) -> None:
    spec = "input: [4]\nlayers: [{opaque: {shape: [4], products: 0, module: 'archcalc_mixers:boom'}, as: mix}]\n"
    (diagnostic,) = verify(archcalc.load(spec).program).diagnostics
    assert diagnostic.code.id == "AC515"
    assert diagnostic.message == (
        "mix is archcalc_mixers:boom, which somebody else wrote and which only runs where that is asked for"
    )
    with pytest.raises(ExportError, match="mix is archcalc_mixers:boom"):
        archcalc.load(spec).build_torch()
    path = tmp_path / "mix.yaml"
    path.write_text(spec, encoding="utf-8")
    assert main(["verify", str(path)]) == 1
    assert "where you trust the spec and the module: --run-modules" in " ".join(capsys.readouterr().out.split())
    assert main(["verify", str(path), "--run-modules"]) == 1
    assert "the generated module cannot be imported" in " ".join(capsys.readouterr().out.split())


def test_a_network_is_built_with_them_where_that_is_asked_for(trusting: Runner) -> None:
    import torch

    network = archcalc.load(SPEC).build_torch(run_modules=True)
    assert network(torch.rand(2, 6, 16)).shape == (2, 16, 12)
    assert network.first.attn.window == [7, 7] and network.first.attn.extra is None
    assert network.second.attn.rate == 0.125


def test_without_a_module_there_is_no_code() -> None:
    text = "input: [4]\nlayers: [{opaque: {shape: [4], products: 0}, as: mix}]"
    with pytest.raises(ExportError) as raised:
        archcalc.load(text).to_torch()
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.code.id, diagnostic.layer) == ("AC502", "mix")
    assert diagnostic.message == "mix: this opaque step names no module, so there is nothing to call"
    assert diagnostic.help == (
        "write its class as `module: PACKAGE.MODULE:CLASS`, and as `arguments: {...}` what it is made with",
    )
    assert not verify(archcalc.load(text).program, run_modules=True).ok


def test_names_of_authors_hide_nothing_of_the_code() -> None:
    step = "opaque: {{shape: [4], products: 0, module: '{}', arguments: {{text: \"'\\\\n{}'\"}}}}"
    places = ["a.b:Net", "c:nn", "c:Tensor", "d:x", "e:Net"]
    layers = "".join(f"  - {{{step.format(place, place)}, as: p{number}}}\n" for number, place in enumerate(places))
    code = archcalc.load(f"name: net\ninput: [4]\nlayers:\n{layers}").to_torch()
    assert [line for line in code.splitlines() if line.startswith("from ")] == [
        "from a.b import Net",
        "from c import Tensor as Tensor2, nn as Nn",
        "from d import x as X",
        "from e import Net as Net2",
        "from torch import Tensor, nn",
    ]
    assert "class Net3(nn.Module):" in code
    compile(code, "net.py", "exec")
    assert 'self.p0 = Net(text="\\na.b:Net")' in code


def test_the_example_of_the_manual_is_what_torchvision_says(models: Any) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    page = (Path(archcalc.__file__).parents[1] / "docs/language/maps.md").read_text(encoding="utf-8")
    spec = page.partition("## opaque")[2].partition("```yaml\n")[2].partition("```")[0]
    with torch.device("meta"):
        network = archcalc.load(spec).build_torch(run_modules=True)
    names = [name for name in network.state_dict() if name.startswith("attn.")]
    attention = models.swin_transformer.ShiftedWindowAttention(96, [7, 7], [3, 3], 3)
    assert names == [f"attn.{name}" for name in attention.state_dict()]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.empty(1, 3, 224, 224, device="meta"))
    assert counter.get_total_flops() == 2 * 159_560_640
