"""Where a module comes from, and how it is built without weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.job import Job
from archcalc.importing.torch.source import Call, Source, is_python, source

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4, depths=(1, 2)):
        super().__init__()
        self.width, self.depths = width, depths
        self.layer = nn.Linear(4, width)
        self.scale = nn.Parameter(torch.ones(width))
        nn.init.trunc_normal_(self.layer.weight)
        nn.init.trunc_normal_(self.scale)
        self.shifts = nn.Parameter(torch.zeros(64, width))
        nn.init.trunc_normal_(self.shifts[:32], a=-1, b=1)  # draws until all fit: at once in one of 1e21 cases
        nn.init.trunc_normal_(self.shifts[32:], a=1, b=2)
        self.register_buffer("index", torch.arange(width))
        self.rates = [rate.item() for rate in torch.linspace(0, 1, 3)]

    def forward(self, x):
        return self.layer(x) * self.scale

class Needy(Net):
    def __init__(self, channels, *, kind):
        super().__init__(channels)

def net(pretrained=True, weights_backbone="DEFAULT", progress=True):
    assert not pretrained and weights_backbone is None and progress
    return Net()

def downloads():
    torch.hub.load_state_dict_from_url("https://example.org/net.pth")

def numbers():
    assert torch.randn(5).abs().sum().item() > 0
    return Net(8)

class Config:
    def __init__(self, width=9):
        self.width = width

class Configured(Net):
    config_class = Config

    def __init__(self, config, extra=None):
        super().__init__(config.width)

class Factory:
    @staticmethod
    def small():
        return Net(1)

ready = Net(3)
number = 7
"""


OURS = ("some_net", "packed_nets", "broken", "archcalc_source")
"""How the modules of these tests begin."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules, which are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        del sys.modules[name]


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "some_net.py"
    path.write_text(NET)
    return path


def failure(text: str, call: str | None = None) -> ImportFailure:
    from archcalc.importing.torch.live.building import build

    with pytest.raises(ImportFailure) as caught:
        build(source(text, call))
    return caught.value


# What is written


def test_sources_are_read_as_they_are_written() -> None:
    assert source("torchvision.models:resnet50") == Source("torchvision.models", None, "resnet50")
    assert source("a.b:C.make", "(1, name='x', sizes=(1, [2]))") == Source(
        "a.b", None, "C.make", Call("", (1,), (("name", "x"), ("sizes", (1, [2]))))
    )
    assert source("a.b", "C.make(-1, big=True, none=None)").name == "C.make"


def test_what_is_python_is_told_from_files_of_data() -> None:
    assert all(map(is_python, ("net.py", "dir/net.py:Net", "net.py:Net.make", "torch.nn:Linear")))
    assert not any(
        map(is_python, ("net.onnx", "model.json", "dir/model.keras", "net.prototxt", "C:/net.onnx", "resnet"))
    )


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("Net(width=2", "it cannot be read: '(' was never closed"),
        ("Net", "it is no call"),
        ("Net(width=open('x'))", "`open('x')` is no literal"),
        ("Net(width=2 * 3)", "`2 * 3` is no literal"),
        ("Net(*[1])", "arguments with `*` are not known before it runs"),
        ("Net(**{})", "arguments with `*` are not known before it runs"),
        ("Net()()", "`Net()` is no name"),
        ("__import__('os').system('true')", "`__import__('os').system` is no name"),
    ],
)
def test_nothing_but_literals_is_called(file: Path, call: str, reason: str) -> None:
    with pytest.raises(ImportFailure) as caught:
        source("some_net.py", call)
    assert (caught.value.kind, caught.value.message) == (
        "call",
        f"`{call}` is no call with literal arguments: {reason}",
    )


@pytest.mark.parametrize(
    ("text", "call", "kind", "message", "help"),
    [
        ("nets.py:Net", None, "missing-file", "there is no file `nets.py`", None),
        ("some_nets.py:Net", None, "missing-file", "there is no file `some_nets.py`", "did you mean `some_net.py`?"),
        ("no/net.py:Net", None, "missing-file", "there is no file `no/net.py`", "there is no folder `no` either"),
        ("resnet", None, "source", "`resnet` is no source of a PyTorch module", "write package.module:name or"),
        ("a-b:c", None, "source", "`a-b:c` is no source of a PyTorch module", "write package.module:name or"),
        (
            "some_net.py:Net",
            "Wide()",
            "call",
            "the source names `Net`, and the call is of `Wide`",
            "write --call 'Net(...)', or leave the name to the call: some_net.py",
        ),
    ],
)
def test_sources_that_are_none(file: Path, text: str, call: Any, kind: str, message: str, help: str | None) -> None:
    with pytest.raises(ImportFailure) as caught:
        source(text, call)
    assert (caught.value.kind, caught.value.message) == (kind, message)
    assert caught.value.help is None if help is None else str(caught.value.help).startswith(help)


def test_a_job_is_what_it_was_after_it_was_sent() -> None:
    job = Job(
        source("a:b", "(1.5, sizes=(1, [2, None]), name='x')"),
        (Input((3, 4)), Input((5,), "int", "tokens")),
        train=True,
        sizes=False,
    )
    assert Job.from_json(job.to_json()) == job


# What is built


@pytest.mark.parametrize(
    ("text", "call", "width"),
    [
        ("some_net.py:Net", None, 4),
        ("some_net.py:Net", "Net(width=6)", 6),
        ("some_net.py", "Net(6)", 6),
        ("some_net.py:Net", "(6)", 6),
        ("some_net.py:Needy", "(5, kind='x')", 5),
        ("some_net.py:net", None, 4),
        ("some_net.py:numbers", None, 8),
        ("some_net.py:Factory.small", None, 1),
        ("some_net.py:Configured", None, 9),
        ("some_net.py:Configured", "(width=2)", 2),
        ("some_net.py:ready", None, 3),
        ("some_net:ready", None, 3),
    ],
)
def test_modules_are_built(file: Path, text: str, call: str | None, width: int) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build

    built = build(source(text, call))
    assert built.module.width == width
    assert built.module.rates == [0, 0.5, 1]
    assert built.module.index.tolist() == list(range(width))
    assert type(built.module).__module__ == "some_net"


def test_weights_stay_where_they_need_no_memory(file: Path) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build

    assert build(source("some_net.py:Net")).module.layer.weight.is_meta
    huge = build(source("some_net.py:Net", "(25000000000)")).module
    assert huge.layer.weight.numel() == 10**11


def test_weights_are_not_asked_for(file: Path) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build

    assert build(source("some_net.py:net")).notes == [
        "`net` is called with pretrained=False, so that no weights are loaded",
        "`net` is called with weights_backbone=None, so that no weights are loaded",
    ]
    found = failure("some_net.py:downloads")
    assert (found.kind, found.message) == (
        "download",
        "the network asks for trained weights from https://example.org/net.pth",
    )


def test_a_file_in_a_package_may_import_its_neighbours(folder: Path) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build

    package = folder / "packed_nets" / "inner"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text(NET)
    (package / "net.py").write_text("from .parts import Net\n")
    built = build(source(f"{package / 'net.py'}:Net"))
    assert type(built.module).__module__ == "packed_nets.inner.parts"


def test_a_file_with_the_name_of_a_library_is_none(folder: Path) -> None:
    pytest.importorskip("torch")
    from archcalc.importing.torch.live.building import build

    (folder / "json.py").write_text(NET)
    assert build(source(f"{folder / 'json.py'}:Net")).module.width == 4


@pytest.mark.parametrize(
    ("text", "call", "kind", "message", "help"),
    [
        (
            "some_net.py",
            None,
            "no-name",
            "which network of some_net.py is meant is not said; it has `Net`, `Needy`, `Configured`, `ready`",
            "write some_net.py:ready",
        ),
        ("some_net.py:Nett", None, "missing-name", "some_net.py has no `Nett`", "did you mean `Net`?"),
        (
            "some_net.py:number",
            None,
            "not-a-module",
            "`some_net.py:number` gives a `int`, and no `torch.nn.Module`",
            "",
        ),
        ("some_net.py:Factory", None, "not-a-module", "`some_net.py:Factory` gives a `Factory`, and no", ""),
        (
            "some_net.py:Needy",
            None,
            "arguments",
            "`Needy` cannot be called like that: missing a required argument: 'channels'",
            "give its arguments: --call 'Needy(channels=..., kind=...)'",
        ),
        (
            "some_net.py:Net",
            "(widht=2)",
            "arguments",
            "`Net` cannot be called like that: got an unexpected keyword argument 'widht'",
            "did you mean `width`?",
        ),
        ("some_net.py:Net", "('a')", "build", "`Net(...)` fails with TypeError: ", "it must run without an error"),
        ("some_net.py:ready", "ready(3)", "call", "`ready` is a module already", "leave out --call"),
        (
            "no_such.thing:Net",
            None,
            "missing-package",
            "there is no Python module `no_such`",
            "install the package, or",
        ),
        ("archcalc.no_such:Net", None, "missing-package", "there is no Python module `archcalc.no_such`", "install"),
    ],
)
def test_what_cannot_be_built(file: Path, text: str, call: Any, kind: str, message: str, help: str) -> None:
    pytest.importorskip("torch")
    found = failure(text, call)
    assert (found.kind, found.message[: len(message)]) == (kind, message)
    assert str(found.help).startswith(help)


@pytest.mark.parametrize(
    ("program", "kind", "message", "place"),
    [
        (
            "import no_such_package.inner\n",
            "missing-package",
            "needs the package `no_such_package`, which",
            "broken.py:1",
        ),
        ("x = 1\nraise ValueError('no')\n", "import", "importing broken.py fails with ValueError: no", "broken.py:2"),
        ("def (\n", "syntax", "this is no Python: invalid syntax", "broken.py:1"),
        ("\nimport sys\nsys.exit(4)\n", "import", "importing broken.py fails with SystemExit: 4", "broken.py:3"),
        ("raise MemoryError\n", "memory", "importing broken.py fails with MemoryError", "broken.py:1"),
    ],
)
def test_files_that_cannot_be_imported(file: Path, program: str, kind: str, message: str, place: str) -> None:
    pytest.importorskip("torch")
    Path("broken.py").write_text(program)
    found = failure("broken.py:Net")
    assert found.kind == kind
    assert message in found.message
    assert found.place == place
    assert found.help or kind == "syntax"
