"""What newcomers name that is no source: each is told what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.importing.failure import ImportFailure
from archcalc.importing.files import imported_file

BYTES = b"\x80\x02}q\x00(X\x0b\x00\x00\x00conv1.weight\xff"
"""How a file of weights may begin."""


@pytest.mark.parametrize(
    ("name", "help"),
    [
        *((f"net{end}", "weights do not say") for end in (".pth", ".pt", ".bin", ".safetensors", ".CKPT")),
        *((f"net{end}", "save it anew in Keras") for end in (".h5", ".hdf5")),
        *((f"net{end}", "convert it to ONNX") for end in (".pb", ".tflite", ".mlmodel")),
        ("net.caffemodel", ".prototxt"),
        ("net.xyz", "archcalc check"),
    ],
)
def test_files_that_are_not_read_have_a_way_out(tmp_path: Path, name: str, help: str) -> None:
    path = tmp_path / name
    path.write_bytes(BYTES)
    with pytest.raises(ImportFailure) as caught:
        imported_file(str(path))
    assert caught.value.kind == "unknown-format"
    assert help in str(caught.value.help)


@pytest.mark.parametrize("command", ["check", "sizes", "export"])
def test_every_command_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.pth").write_bytes(BYTES)
    assert main([command, "net.pth"]) in (1, 2)
    assert "name what makes it, such as net.py:Net" in capsys.readouterr().err


def test_a_spec_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "net.bin"
    path.write_text("input: [8]\nlayers: [linear: 4]\n", encoding="utf-8")
    assert archcalc.load(path).check().totals.parameters == 36


@pytest.mark.parametrize(
    "name", ["torchvision.models:resnet50", "net.py:Net", "net.py", "dir/net.py:Net.make", "a.b:c.d"]
)
def test_names_of_python_lead_to_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text("raise SystemExit", encoding="utf-8")
    assert main(["check", name]) == 2
    assert f"`archcalc import {name} -o net.yaml`" in capsys.readouterr().err
    with pytest.raises(ValueError, match="names Python"):
        archcalc.load(name)


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("pathlib.Path", "a name of Python stands behind a colon: pathlib:Path"),
        ("nett.onnx", "did you mean `net.onnx`?"),
        ("resnet50", "give its path from this folder, or name a module of PyTorch: torchvision.models:resnet50"),
        ("unheard.of", "give its path from this folder"),
    ],
)
def test_files_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, help: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").touch()
    with pytest.raises(ImportFailure) as caught:
        imported_file(name)
    assert caught.value.kind == "missing-file"
    assert str(caught.value.help).startswith(help)


@pytest.mark.parametrize(
    ("source", "help"),
    [
        ("torch.nn:conv2d", "did you mean `Conv2d`?"),
        ("torch.nn:Linaer", "did you mean `Linear`?"),
        ("torch:Conv2d", "did you mean torch.nn:Conv2d?"),
        ("torch.nn:Banana", None),
    ],
)
def test_names_that_a_module_does_not_have(source: str, help: str | None) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build
    from archcalc.importing.torch.source import source as read

    with pytest.raises(ImportFailure) as caught:
        build(read(source))
    assert (caught.value.kind, caught.value.help) == ("missing-name", help)
