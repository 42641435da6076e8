"""The judge can say no: code that was spoilt in one place gets the finding that names the place."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from sources import Written, mixed, residual

from archcalc import Architecture
from archcalc.diagnostics.catalogue import find
from archcalc.diagnostics.codes import export as codes
from archcalc.diagnostics.model import Code
from archcalc.verify import Runner, Verification, verify

pytest.importorskip("torch")

Make = Callable[[], tuple[Architecture, Written]]

MIXED_HEAD = "class Mixed(nn.Module):\n    def __init__(self"
NORM = "nn.BatchNorm2d(width)\n        self.relu"
STEM = "nn.Conv2d(3, 4, 3, padding=1)"
SPOILT: list[tuple[str, Make, str, str, set[str], str]] = [
    ("kernel", residual, "nn.Conv2d(3, 4, 3, padding=1)", "nn.Conv2d(3, 4, 5, padding=2)", {"AC504", "AC506"}, "stem"),
    ("size", mixed, "nn.MaxPool2d(2, ", "nn.MaxPool2d(3, 1, 1, ", {"AC505", "AC506"}, "pool"),
    ("missing", residual, "self.relu(self.bn1(self.conv1(x)))", "self.relu(self.conv1(x))", {"AC510"}, "block1.bn1"),
    ("besides", residual, "return self.fc(x)", "return self.fc(x.tanh())", {"AC510"}, "fc"),
    ("unused", residual, "self.pool = nn", "self.more = nn.Linear(2, 2)\n        self.pool = nn", {"AC504"}, ""),
    (
        "order",
        residual,
        "self.relu(self.bn1(self.conv1(x)))",
        "self.bn1(self.relu(self.conv1(x)))",
        {"AC510"},
        "block1.bn1",
    ),
    ("bias", residual, "1, stride, bias=False", "1, stride", {"AC504"}, "block2.shortcut"),
    ("thawed", mixed, ".requires_grad_(False)", "", {"AC504"}, "frozen"),
    ("frozen", mixed, "self.head = Head()", "self.head = Head().requires_grad_(False)", {"AC504"}, "head.filter"),
    ("shortcut", mixed, "x = x + pool", "x = x + x", {"AC510"}, "sum"),
    ("halves", mixed, "joined(second, first)", "joined(first, second)", {"AC510"}, "swapped"),
    ("products", mixed, "size = torch", "first @ first\n    size = torch", {"AC506"}, "swapped"),
    ("output", mixed, "return self.frozen(x).flatten(1)", "return self.frozen(x).flatten(1), x", {"AC505"}, ""),
    ("fixed", mixed, ".flatten(1)", ".reshape(-1, 98)", {"AC507"}, ""),
    ("raises", mixed, "x = x + pool", "x = x + pool[:, :1, :3]", {"AC507"}, ""),
    ("syntax", mixed, "x = x + pool", "x = x +", {"AC507"}, ""),
    ("import", mixed, "import torch\n", "import torch\nimport no_such_module\n", {"AC507"}, ""),
    ("arguments", mixed, f"{MIXED_HEAD})", f"{MIXED_HEAD}, width: int)", {"AC507"}, ""),
    ("dies", mixed, "x = x + pool", "__import__('os')._exit(3)", {"AC507"}, ""),
    ("leaves", mixed, "x = x + pool", "raise SystemExit(0)", {"AC507"}, ""),
    ("activation", residual, "nn.ReLU(inplace=True)", "nn.Tanh()", {"AC511"}, "block1.2"),
    ("function", residual, "return self.relu(out)", "return out.tanh()", {"AC511"}, "block1.5"),
    ("settings", residual, NORM, NORM.replace("width", "width, eps=0.5, momentum=0.9"), {"AC511"}, "block1.bn1"),
    ("statistic", residual, "nn.AdaptiveAvgPool2d(1)", "nn.AdaptiveMaxPool2d(1)", {"AC511"}, "3"),
    ("operator", residual, "out = out + self", "out = out - self", {"AC511"}, "block1.add"),
    ("border", residual, STEM, STEM.replace("=1", "=1, padding_mode='circular'"), {"AC511"}, "stem"),
    ("rate", mixed, "nn.Dropout(0.5)", "nn.Dropout(0.9)", {"AC511"}, "drop"),
    ("whole maps", mixed, "nn.Dropout(0.5)", "nn.Dropout2d(0.5)", {"AC511"}, "drop"),
    ("sides", mixed, "(1, 1, 1, 1))", "(2, 0, 0, 2))", {"AC511"}, "border"),
    ("filler", mixed, "(1, 1, 1, 1))", "(1, 1, 1, 1), value=1.0)", {"AC511"}, "border"),
    ("mirror", mixed, "(1, 1, 1, 1))", "(1, 1, 1, 1), mode='reflect')", {"AC511"}, "border"),
    ("dilated", mixed, "MaxPool2d(2, ", "MaxPool2d(2, dilation=2, padding=1, ", {"AC511"}, "pool"),
    ("mean", mixed, "pool, _ = self.pool(x)", "pool = functional.avg_pool2d(x, 2)", {"AC511"}, "pool"),
    ("scaled", mixed, "torch.cat([first, nothing, second], 1)", "torch.cat([first, nothing, 2 * second], 1)",
     {"AC511"}, "swapped"),
    ("elsewhere", mixed, "flatten(1)", "transpose(1, 3).flatten(1)", {"AC510"}, ""),
    ("transposed", mixed, "x = functional.pad(self.head(x), (1, 1, 1, 1))",
     "x = functional.pad(self.head(x).mT, (1, 1, 1, 1))", {"AC510"}, "again"),
    ("asks", mixed, "x = x + pool", "input('go on?')", {"AC507"}, ""),
]  # fmt: skip


def errors(found: Verification) -> set[str]:
    return {told.code.id for told in found.diagnostics if told.severity == "error"}


@pytest.mark.parametrize("make", [residual, mixed])
def test_good_code_agrees(make: Make, runner: Runner) -> None:
    architecture, source = make()
    found = verify(architecture.program, source=source, runner=runner)
    assert found.ok, str(found)
    assert found.diagnostics == []
    assert all(row.agrees and row.here == row.torch for row in found.rows if row.here.outputs == row.torch.outputs)
    assert found.totals[0] == found.totals[1] == found.report.totals
    assert [case.sort for case in found.cases][:2] == ["meta", "cpu"]
    assert all(case.ok for case in found.cases)
    assert sum(case.sort == "legal" for case in found.cases) == 3


@pytest.mark.parametrize(("name", "make", "old", "new", "expected", "layer"), SPOILT, ids=[row[0] for row in SPOILT])
def test_spoilt_code_is_found_out(
    name: str, make: Make, old: str, new: str, expected: set[str], layer: str, runner: Runner
) -> None:
    architecture, source = make()
    found = verify(architecture.program, source=source.spoilt(old, new), runner=runner)
    assert not found.ok
    assert errors(found) == expected, str(found)
    assert (found.diagnostics[0].layer or "") == layer or any(told.layer == layer for told in found.diagnostics)
    assert "not ok" in str(found)


def test_a_tensor_of_another_name_is_told_twice(runner: Runner) -> None:
    architecture, source = residual()
    source = source._replace(text=source.text.replace("self.fc", "self.head"))
    found = verify(architecture.program, source=source, runner=runner)
    told = [one for one in found.diagnostics if one.code is codes.PARAMETERS_DIFFER]
    assert any("head.weight" in one.message for one in told if one.layer is None)
    assert any("no fc.weight of 5×8" in one.message for one in told if one.layer == "fc")


def test_an_exception_is_told_with_its_line(runner: Runner) -> None:
    architecture, source = mixed()
    found = verify(architecture.program, source=source.spoilt("x = x + pool", "x = x + pool[:, :1, :3]"), runner=runner)
    assert found.diagnostics[0].message.startswith("the forward pass fails for N = 14: RuntimeError: ")
    assert any("generated module: x = x + pool[:, :1, :3]" in note for note in found.diagnostics[0].notes)


def test_code_may_print_what_it_likes(runner: Runner) -> None:
    architecture, source = mixed()
    shout = "print('{\"ok\": false}', flush=True); __import__('os').write(1, b'\\n' * 999); x = x + pool"
    assert verify(architecture.program, source=source.spoilt("x = x + pool", shout), runner=runner).ok


def test_code_that_never_ends_is_stopped_and_others_go_on(runner: Runner) -> None:
    architecture, source = mixed()
    found = verify(
        architecture.program,
        source=source.spoilt("x = x + pool", "__import__('threading').Event().wait()"),
        runner=runner,
        seconds=1,
    )
    assert errors(found) == set()
    assert (found.ok, found.verdict) == (False, "not decided")
    assert [one.code for one in found.diagnostics] == [codes.NOT_DECIDED]
    assert "does not come to an end: it was stopped: it has stood still for" in found.diagnostics[0].message
    assert found.diagnostics[0].help == ("give it more time: --timeout 10",)
    assert "not decided with PyTorch" in found.to_text() and found.to_json()["verdict"] == "not decided"
    assert verify(architecture.program, source=source, runner=runner).ok


def test_a_run_has_its_processor_time(runner: Runner) -> None:
    """Code that computes without end is stopped by its own time, not by the clock."""
    architecture, source = mixed()
    endless = source.spoilt("x = x + pool", "exec('while True: pass')")
    started = time.monotonic()
    found = verify(architecture.program, source=endless, runner=runner, seconds=0.5)
    assert found.verdict == "not decided"
    assert "seconds of processor time" in found.diagnostics[0].message
    assert time.monotonic() - started < 60
    assert verify(architecture.program, source=source, runner=runner).ok


def test_a_busy_machine_stops_nothing(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waits longer than its time by the clock, and moves on all the while, comes to its end."""
    architecture, source = mixed()
    slow = "[(__import__('time').sleep(0.05), sum(range(30000))) for _ in range(30)]; x = x + pool"
    assert verify(architecture.program, source=source.spoilt("x = x + pool", slow), runner=runner, seconds=1).ok


INPLACE = """\
input: [4, 6, 6]
layers:
  - {conv: [4, 1], as: first}
  - {relu, as: act}
  - {add: [here, first], as: sum}
"""
INPLACE_CODE = """\
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(4, 4, 1)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        return self.act(first) + first
"""


def test_a_map_that_is_changed_in_place_while_others_read_it_is_found(runner: Runner) -> None:
    architecture = Architecture.from_text(INPLACE)
    source = Written(
        INPLACE_CODE, "Net", {}, (("first", 1), ("act", 1), ("sum", 1)), architecture.check().graph, ("Net",)
    )
    assert verify(architecture.program, source=source, runner=runner).ok
    found = verify(architecture.program, source=source.spoilt("nn.ReLU()", "nn.ReLU(inplace=True)"), runner=runner)
    assert errors(found) == {"AC510"}
    assert found.diagnostics[0].message == "sum (add) does not read first in PyTorch"


WINDOW = """\
input: [2, N, N]
at: {N: 9}
layers:
  - {conv: [3, 5], as: wide}
"""
WINDOW_CODE = """\
from torch import Tensor, nn
from torch.nn import functional


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(2, 3, 5)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] < 5:
            x = functional.pad(x, (0, 4, 0, 4))
        return self.wide(x)
"""


def test_code_that_runs_at_illegal_sizes_is_found(runner: Runner) -> None:
    architecture = Architecture.from_text(WINDOW)
    source = Written(WINDOW_CODE, "Net", {}, (("wide", 1),), architecture.check().graph, ("Net",))
    found = verify(architecture.program, source=source, runner=runner)
    assert errors(found) == {"AC508"}
    assert found.diagnostics[0].layer == "wide"
    assert [case.sizes["N"] for case in found.cases if case.sort == "illegal" and not case.ok] == [1, 2, 4]
    honest = source.spoilt("x.shape[-1] < 5", "False")
    assert verify(architecture.program, source=honest, runner=runner).ok


def test_fractions_are_no_reason_for_pytorch_to_fail(runner: Runner) -> None:
    architecture, source = mixed()
    found = verify(architecture.program, source=source, runner=runner)
    told = [case.told for case in found.cases if case.sort == "illegal"]
    assert any(text.startswith("AC301") and "rounds down" in text for text in told)
    assert any(text.startswith("AC303") and "refuses" in text for text in told)


def shown() -> set[str]:
    """Codes that the tests of this file provoke."""
    return {"AC508"}.union(*(row[4] for row in SPOILT))


@pytest.mark.parametrize("code", [code for code in vars(codes).values() if isinstance(code, Code)], ids=repr)
def test_every_code_is_provoked(code: Code) -> None:
    elsewhere = {
        "AC501": "tests/cli/test_export.py",
        "AC502": "tests/export",
        "AC503": "tests/export",
        "AC509": "tests/cli/test_verify.py",
        "AC512": "test_code_that_never_ends_is_stopped_and_others_go_on",
        "AC513": "tests/verify/test_size_limits.py",
        "AC514": "tests/verify/test_blocks.py",
        "AC515": "tests/verify/test_authors.py",
    }
    assert (code.id in shown()) != (code.id in elsewhere)
    assert find(code.name) == code


@pytest.mark.parametrize("code", [code for code in vars(codes).values() if isinstance(code, Code)], ids=repr)
def test_the_example_of_a_page_is_a_spec(code: Code) -> None:
    report = Architecture.from_text(code.example).check()
    assert report.ok == (code is not codes.NOT_EXPORTABLE), report
