"""The parts of the verifier on their own: sizes to try, the process, the texts."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from sources import Written, mixed, residual

from archcalc import Architecture, load
from archcalc.diagnostics.codes import shapes
from archcalc.terminal import display_width
from archcalc.verify import NoTorch, Runner, Verification, parent, verification, verify
from archcalc.verify.job import Failed, Request
from archcalc.verify.legality import MAY_RUN, MUST_FAIL
from archcalc.verify.sizes import Search, varied


def search(architecture: Architecture) -> Search:
    report = architecture.check()
    return Search(architecture.program, {}, {}, {}, varied(report), len(report))


def test_sizes_near_the_default_and_small_ones_are_tried() -> None:
    legal, illegal = search(load("unet:paper")).around({"N": 572})
    assert [one.sizes["N"] for one in legal] == [588, 556, 604]
    assert all(one.report.ok for one in legal)
    assert all(one.errors for one in illegal)
    assert len(illegal) == 3
    assert any(found.code in MUST_FAIL for one in illegal for found in one.errors)


def test_a_size_is_found_where_the_spec_has_none() -> None:
    spec = "input: [1, N, N]\nlayers:\n  - conv: [2, 3]\n  - max_pool: 7\n  - conv: [2, 5]\n"
    found = search(Architecture.from_text(spec)).first()
    assert found is not None
    assert found.report.ok
    assert (found.sizes["N"] - 2) % 7 == 0


def test_sizes_are_found_where_no_closed_form_is_known() -> None:
    layers = "  - {conv: [2, 3], when: N > 8}\n  - conv: {out: 1, kernel: 3, stride: 2}\n"
    spec = f"input: [1, N, N]\nat: {{N: 9}}\nlayers:\n{layers}"
    searched = search(Architecture.from_text(spec))
    legal, illegal = searched.around({"N": 9})
    assert legal
    assert illegal
    assert searched.left >= 0


def test_two_symbols_move_together_and_alone() -> None:
    spec = "input: [1, H, W]\nat: {H: 10, W: 20}\nlayers:\n  - conv: [2, 3]\n"
    legal, _ = search(Architecture.from_text(spec)).around({"H": 10, "W": 20})
    found = [tuple(one.sizes.values()) for one in legal]
    assert len(found) == 3
    assert any(height != 10 and width == 20 for height, width in found) or any(h == w for h, w in found)


def test_few_networks_are_checked_for_large_ones() -> None:
    spec = "input: [4, N]\nat: {N: 64}\nlayers:\n  - repeat: 20000\n    do: [{conv: {out: 4, kernel: 1}}]\n"
    assert search(Architecture.from_text(spec)).left <= 6


def test_expectations_are_no_matter_of_legality() -> None:
    spec = "input: [4, N]\nat: {N: 8}\nlayers:\n  - conv: [4, 3]\nexpect: {output: [4, 6]}\n"
    legal, _ = search(Architecture.from_text(spec)).around({"N": 8})
    assert len(legal) == 3


def test_reasons_are_given_for_every_code_once() -> None:
    assert not set(MUST_FAIL) & set(MAY_RUN)
    assert shapes.FRACTIONAL_OUTPUT in MAY_RUN


# The process


def request(runner: Runner, text: str) -> Request:
    path, module = runner.written(text)
    return Request(path, module, Written(text, "Net", {}, (), mixed()[1].graph, ("Net",)), {}, ((1, 2),))


def test_the_process_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    here = set(os.listdir())
    with Runner() as runner:
        found = runner.ask(request(runner, "open('left.txt', 'w').write('x')\n"), 60)
        assert isinstance(found, Failed)
        assert found.stage == "build"
        process = runner._worker._process
        assert process is not None
        assert [path.name for path in tmp_path.iterdir()] != []
    assert process.poll() is not None
    assert list(tmp_path.iterdir()) == []
    assert set(os.listdir()) == here


def test_a_torch_in_the_folder_of_the_user_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    (tmp_path / "torch.py").write_text("raise RuntimeError('not me')\n")
    (tmp_path / "random.py").write_text("raise RuntimeError('nor me')\n")
    monkeypatch.chdir(tmp_path)
    architecture, source = mixed()
    assert verify(architecture.program, source=source).ok


def test_a_process_that_talks_nonsense_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "child.py"
    wrong.write_text("print('{\"torch\": \"2\"}', flush=True)\ninput()\nprint('nonsense', flush=True)\n")
    monkeypatch.setattr(parent, "CHILD", wrong)
    with Runner() as runner:
        found = runner.ask(request(runner, ""), 60)
    assert found == Failed("process", "ProcessDied", "what came back is no answer")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("", "the process: ended at once"),
        ('print(\'{"torch": null, "error": "OSError", "message": "no libc"}\')', "OSError: no libc"),
    ],
)
def test_a_broken_torch_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, reason: str) -> None:
    wrong = tmp_path / "child.py"
    wrong.write_text(program)
    monkeypatch.setattr(parent, "CHILD", wrong)
    monkeypatch.setattr(verification, "has_torch", lambda: True)
    architecture, source = mixed()
    found = verify(architecture.program, source=source)
    assert not found.ok
    assert [(told.code.id, told.notes) for told in found.diagnostics] == [("AC509", (reason,))]
    with Runner() as runner, pytest.raises(NoTorch, match=reason):
        runner.ask(request(runner, ""), 60)


def test_without_torch_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "has_torch", lambda: False)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    architecture, source = mixed()
    found = verify(architecture.program, source=source)
    assert [told.code.id for told in found.diagnostics] == ["AC509"]
    assert "pip install 'archcalc[torch]'" in str(found)


# The texts


@pytest.fixture(scope="module")
def found(runner: Runner) -> Verification:
    architecture, source = residual()
    source = source.spoilt("nn.Conv2d(3, 4, 3, padding=1)", "nn.Conv2d(3, 4, 5, padding=2)")
    return verify(architecture.program, source=source, runner=runner)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_text_fits_its_width(found: Verification, width: int) -> None:
    wide = [line for line in found.to_text(width=width).splitlines() if display_width(line) > width]
    assert wide == []


def test_the_table_is_as_deep_as_is_wished(found: Verification) -> None:
    assert found.to_text(depth=1) != found.to_text()
    assert len(found.to_text(depth=1)) < len(found.to_text())


def test_the_table_shows_both_sides_where_they_differ(found: Verification) -> None:
    lines = str(found).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("stem"))
    assert lines[at].split() == ["stem", "conv", "4×12×12", "112", "15,552", "differs"]
    assert lines[at + 1].split() == ["in", "PyTorch", "4×12×12", "304", "43,200"]
    told = [line.split() for line in lines]
    assert ["total", "19", "layers", "1,389", "89,320", "differs"] in told
    assert ["PyTorch", "1,581", "116,968"] in told
    assert repr(found) == "<Verification Residual: errors: AC504, AC506; 18 layers agree, 5 runs>"


def test_json_has_both_sides(found: Verification) -> None:
    data = json.loads(json.dumps(found.to_json()))
    assert data["ok"] is False
    assert data["totals"]["parameters"] == 1389
    assert data["torch_totals"]["parameters"] == 1581
    stem = data["layers"][0]
    assert (stem["name"], stem["agrees"], stem["parameters"], stem["torch"]["parameters"]) == ("stem", False, 112, 304)
    assert stem["output"] == stem["torch"]["output"] == [4, 12, 12]
    assert {run["sort"] for run in data["runs"]} == {"meta", "cpu", "legal"}
    assert data["diagnostics"][0]["code"] == "AC504"


def test_a_network_with_errors_is_not_run() -> None:
    found = Architecture.from_text("input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n").verify()
    assert not found.ok
    assert [told.code.id for told in found.diagnostics] == ["AC301", "AC501"]


def test_what_is_stated_is_kept_where_something_else_is_open() -> None:
    """A network per image and per region: only the number of regions has to be found."""
    architecture = load("input: [3, H, R]\nat: {H: 30}\nlayers:\n  - conv: [4, 3]\n")
    report = architecture.check()
    first = Search(architecture.program, {}, {}, {"H": 30}, varied(report), len(report)).first()
    assert first is not None
    assert first.report.ok
    assert first.sizes["H"] == 30
