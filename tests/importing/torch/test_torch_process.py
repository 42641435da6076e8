"""A user's modules run in a process of their own, which may do whatever it likes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch import parent
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.parent import traced
from archcalc.importing.torch.source import source

NETS = """
import os, sys, time
import torch
from torch import nn

print("to standard output")
print('{"ok": true}', flush=True)
print("to standard error", file=sys.stderr)

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        print("building")
        self.layer = nn.Linear(3, width)

    def forward(self, x):
        print("running")
        input_was = sys.stdin.read()
        return self.layer(x) if not input_was else x

class Looping(Net):
    def forward(self, x):
        while True:
            pass

class Sleeping(Net):
    def forward(self, x):
        time.sleep(1000)

class Ending(Net):
    def forward(self, x):
        os._exit(3)

class Crashing(Net):
    def forward(self, x):
        os.abort()

class Hungry(Net):
    def forward(self, x):
        return x + len(bytearray(100 * 1024**3))

@torch.jit.script
def scripted(x):
    return x * 2 + 1

class Scripted(Net):
    def forward(self, x):
        return scripted(self.layer(x))
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("could not import 'torch'")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "nets.py"
    path.write_text(NETS)
    return path


def failure(text: str, seconds: float = 60) -> ImportFailure:
    with pytest.raises(ImportFailure) as caught:
        traced(source(text), [Input((3,))], sizes=False, seconds=seconds)
    return caught.value


def test_the_parent_imports_no_torch_and_what_is_printed_is_in_nobodys_way(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = (
        "import sys\n"
        "from archcalc.importing.torch.parent import traced\n"
        "from archcalc.importing.torch.source import source\n"
        "found = traced(source('nets.py', 'Net(width=5)'))\n"
        "print([tensor.shape for tensor in found.trace.tensors], found.trace.multiplications, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[(5, 3), (5,)] 15 False\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "kind", "message", "place"),
    [
        ("Ending", "died", "the process that ran nets.py:Ending gave no answer: it ended with code 3", None),
        ("Crashing", "died", "the process that ran nets.py:Crashing gave no answer: it was ended by SIGABRT", None),
        ("Hungry", "memory", "the network fails with MemoryError", "nets.py:40"),
    ],
)
def test_networks_that_fail(file: Path, name: str, kind: str, message: str, place: str | None) -> None:
    found = failure(f"nets.py:{name}")
    assert (found.kind, found.message, found.place) == (kind, message, place)
    assert found.help


@pytest.mark.parametrize(
    ("name", "seconds", "message"),
    [
        ("Looping", 2, "it was stopped after 2 seconds of processor time"),
        # Long enough for what PyTorch loads first, so that it is the sleep that ends it.
        ("Sleeping", 4, "it was stopped: it has stood still for 4 seconds"),
    ],
)
def test_networks_that_do_not_end_are_stopped(file: Path, name: str, seconds: int, message: str) -> None:
    start = time.monotonic()
    found = failure(f"nets.py:{name}", seconds=seconds)
    assert (found.kind, found.message) == ("time", message)
    assert found.help == "give it more time, or import a smaller network of the same class"
    assert time.monotonic() - start < 100


def test_what_torchscript_would_compile_is_followed(file: Path) -> None:
    names = [function.name for function in traced(source("nets.py:Scripted"), sizes=False).trace.root.functions()]
    assert names == ["torch.nn.functional.linear", "torch.Tensor.mul", "torch.Tensor.add"]


def test_without_torch_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(parent, "Worker", lambda *_, **__: pytest.fail("a process was started"))
    found = failure("some.package:Net")
    assert (found.kind, found.message) == ("no-torch", "PyTorch is not installed")
    assert found.help == "install it: python -m pip install 'archcalc[torch]'"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("", "PyTorch cannot be imported: it ended with code 0"),
        ('print(\'{"torch": null, "message": "OSError: no libc"}\')', "PyTorch cannot be imported: OSError: no libc"),
        (
            "print('{\"torch\": \"2\"}', flush=True)\ninput()\nprint('nonsense', flush=True)\n",
            "the process that ran some.package:Net gave no answer: what came back is no answer",
        ),
    ],
)
def test_a_broken_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str) -> None:
    wrong = tmp_path / "child.py"
    wrong.write_text(program)
    monkeypatch.setattr(parent, "CHILD", wrong)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert failure("some.package:Net").message == message
