"""The tables of names: what PyTorch builds has the sizes and the parameters of the layer beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from documentation.blocks import ROOT

import archcalc

_CODE = re.compile(r"`([^`]+)`")
_ROW = re.compile(r"^\| (.*?) \| (.*?) \|$", re.MULTILINE)
_INPUTS = ([3, 32, 32], [32, 32, 32], [1, 64], [1, 16, 16, 16], [400], [8, 32, 32])
"""What the modules of the table read, the first that fits; the batch is implicit."""
_WORDS = "input: {shape: [16], dtype: int}\n"
"""What those read that look something up."""
_TOKENS = [20, 12]
"""What those read that go through tokens, with the channels last."""


def _rows(page: str) -> Iterator[tuple[list[str], list[str]]]:
    for left, right in _ROW.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if "`" in left:
            yield _CODE.findall(left), _CODE.findall(right)


PAIRS = [
    pair
    for calls, steps in _rows("from_pytorch.md")
    if all(re.fullmatch(r"nn\.\w+\([^.]*\)|nn\.\w+\(.*\d\.\d\)", call) for call in calls)
    for pair in zip(calls, steps, strict=True)
]


def test_most_rows_are_compared() -> None:
    assert len(PAIRS) > 35


@pytest.mark.filterwarnings("ignore:input's size at dim=1 does not match num_features")
@pytest.mark.parametrize(("call", "step"), PAIRS, ids=[call for call, _ in PAIRS])
def test_pytorch(call: str, step: str) -> None:
    torch = pytest.importorskip("torch")
    module = eval(call, {"nn": torch.nn})
    if "Embedding" in call:
        written = module(torch.zeros(2, 16, dtype=torch.int64))
        report = archcalc.load(f"{_WORDS}layers:\n  - {step}\n").check()
    elif "batch_first" in call:
        written = module(torch.zeros(2, *_TOKENS))[0]
        report = archcalc.load(f"input: {_TOKENS[::-1]}\nlayers:\n  - tokens\n  - {step}\n").check()
    else:
        report, written = _at_first_input(call, step, module)
    assert report.ok, report
    assert report.outputs == {"output": tuple(written.shape[1:])}
    assert report.totals.parameters == sum(weight.numel() for weight in module.parameters())


def _at_first_input(call: str, step: str, module: Any) -> tuple[archcalc.Report, Any]:
    """What archcalc and PyTorch make of the first input that fits."""
    import torch

    for shape in _INPUTS:
        if ("Conv3d" in call and len(shape) != 4) or ("Linear" in call and len(shape) != 1):
            continue
        try:
            written = module(torch.zeros(2, *shape))
        except (RuntimeError, ValueError):
            continue
        break
    else:
        pytest.fail(f"no input of {_INPUTS} fits {call}")
    return archcalc.load(f"input: {shape}\nrounding: floor\nlayers:\n  - {step}\n").check(), written


STEPS = [
    step
    for page in ("from_pytorch.md", "from_keras.md")
    for _, steps in _rows(page)
    for step in steps
    if re.match(r"\w+(: .*)?$", step) and not step.startswith("in") and "..." not in step
]


@pytest.mark.parametrize("step", dict.fromkeys(STEPS))
def test_steps(step: str) -> None:
    """What stands on the right of a table is a step, or a field of one, that is legal somewhere."""
    found = []
    if archcalc.load(f"{_WORDS}layers:\n  - {step}\n").check().ok:
        return
    lines = (step, f"conv: {{out: 8, kernel: 3, {step}}}", f"tokens\n  - {step}")
    for shape, line in product((*_INPUTS, [3, 28, 28]), lines):
        text = f"input: {shape}\nrounding: floor\nlayers:\n  - {{identity: , as: skip}}\n"
        report = archcalc.load(f"{text}  - {{identity: , as: y}}\n  - {line}\n").check()
        found += [] if report.ok else [str(report.diagnostics[0])]
        if report.ok:
            return
    pytest.fail(f"{step}: {found[0]}")


SUSPECTS = [
    (match.group(1), code)
    for left, code in re.findall(
        r"^\| (.*) \| (AC32\d) \|", (ROOT / "docs/from_pytorch.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    for match in _CODE.finditer(left)
    if match.group(1) != "linear"
]


@pytest.mark.parametrize(("text", "code"), SUSPECTS)
def test_suspects(text: str, code: str) -> None:
    """What the table says to be suspect gets the warning that stands beside it."""
    shape = text.removeprefix("input: ") if text[0] in "i[" else ""
    specs = [
        f"input: {shape or read}\nlayers:\n  - {step if shape else text}\n"
        for read, step in product(([1, 28, 28], [512], [32, 8, 8]), ("conv: [8, 3]", "linear: 10"))
    ]
    found = {diagnostic.code.id for spec in specs for diagnostic in archcalc.load(spec).check().diagnostics}
    assert code in found
