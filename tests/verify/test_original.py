"""The outputs of an imported spec are held to those of the module, and what differs is said with its place."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archcalc.cli import main

torch: Any = pytest.importorskip("torch")

from archcalc import from_torch  # noqa: E402
from archcalc.importing.failure import ImportFailure  # noqa: E402
from archcalc.importing.pytorch import Read, of_module  # noqa: E402
from archcalc.importing.torch.comparison import Comparison  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.comparing import compared  # noqa: E402
from archcalc.verify.original import of_import  # noqa: E402

nn = torch.nn


class Net(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(self.norm(self.conv(x)).relu().mean((2, 3)))


def comparison(module: Any, read: Read, *, fresh: bool = False) -> Comparison:
    return of_import(read, lambda code: compared(module, code, fresh=fresh))


def changed(read: Read, old: str, new: str) -> Read:
    assert old in read.found.text
    return replace(read, found=replace(read.found, text=read.found.text.replace(old, new)))


@pytest.fixture
def net() -> Any:
    torch.manual_seed(0)
    return Net()


def test_equal_bits_with_the_weights_of_the_module_which_is_left_as_it_was(net: Any) -> None:
    before = copy.deepcopy(net.state_dict())
    found = comparison(net, of_module(net, [Input((3, 16, 16))]))
    assert str(found) == "outputs are bit-equal at 3×16×16 and 3×80×112, with the weights of the module"
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_weights_are_drawn_where_there_are_none() -> None:
    with torch.device("meta"):
        net = Net()
    found = comparison(net, of_module(net, [Input((3, 16, 16))]))
    assert str(found) == "outputs are bit-equal at 3×16×16 and 3×80×112, with random weights and statistics"
    assert net.fc.weight.is_meta


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("relu", "gelu", r"outputs differ at 3×16×16, by \d.\de-\d\d of the largest number; .* `fc`"),
        ("{batch_norm, as: norm}", "{batch_norm: {eps: 0.1}, as: norm}", "outputs differ at .* `norm`"),
        ("linear: 2", "linear: {out: 2, bias: false}", "outputs are not compared: .* since the spec has no `fc.bias`"),
        ("linear: 2", "linear: 3", "outputs are not compared: .* since the spec has other shapes of `fc.weight`"),
        ("as: fc", "as: head", "not compared: .* has no `fc.weight`, `fc.bias`, and has in addition `head.weight`"),
        ("linear: 2, as: fc}", "linear: 2, as: fc}\n  - reshape: [1, 2]", "outputs have other shapes at 3×16×16"),
    ],
)
def test_what_differs_is_said(net: Any, old: str, new: str, told: str) -> None:
    read = changed(of_module(net, [Input((3, 16, 16))]), old, new)
    assert_matches(comparison(net, read), told)


def assert_matches(found: Comparison, told: str) -> None:
    import re

    assert not found.agrees
    assert re.search(told, str(found)), str(found)


def test_another_order_of_sums_is_no_difference() -> None:
    class Turned(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(64, 64)

        def forward(self, x: Any) -> Any:
            return torch.einsum("bthd,bshd->bhts", *[self.fc(x).view(-1, 9, 4, 16)] * 2).flatten(1) / 3.1

    net = Turned()
    found = comparison(net, of_module(net, [Input((9, 64))]))
    assert found.agrees
    assert str(found).startswith("outputs ")


def test_from_torch_verifies_where_that_is_asked(net: Any) -> None:
    assert from_torch(net, (3, 16, 16), verify=True).check().ok

    class Random(Net):
        def forward(self, x: Any) -> Any:
            return super().forward(x) + torch.rand(2)

    with pytest.raises(ImportFailure) as caught:
        from_torch(Random(), (3, 16, 16), verify=True)
    assert str(caught.value).startswith("outputs ")


def test_the_command_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        "from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self): super().__init__(nn.Linear(4, 2))\n"
    )
    Path("nets.py").write_text(text)
    assert main(["import", "nets.py:Net", "--verify"]) == 0
    assert "outputs are bit-equal at 4, with random weights and statistics\n" in capsys.readouterr().err
    assert main(["import", "nets.py:Net", "--verify", "--train"]) == 2
    assert "--verify compares what is in use, and --train follows what runs in training" in capsys.readouterr().err
    Path("net.json").write_text('{"class_name": "Sequential", "config": {}}')
    assert main(["import", "net.json", "--verify"]) == 2
    assert "--verify is for sources in Python, and net.json is a file" in capsys.readouterr().err
