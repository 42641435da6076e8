"""Random suites: the shares of all commits are together all the seeds, and the same commit always takes the same."""

from __future__ import annotations

from pathlib import Path

import effort
import halves
import pytest


def taken(monkeypatch: pytest.MonkeyPatch, commit: int, times: int = 0) -> list[int]:
    monkeypatch.setattr(effort, "commit", lambda: commit)
    monkeypatch.setattr(effort, "TIMES", times)
    found = effort.parts(100, 10)
    assert all(len(part) == 10 for part in found)
    return [seed for part in found for seed in part]


def test_the_shares_are_together_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [taken(monkeypatch, commit) for commit in range(1, 1 + effort.SHARES)]
    assert sorted(seed for share in shares for seed in share) == list(range(100))
    assert taken(monkeypatch, 3) == taken(monkeypatch, 3)


@pytest.mark.parametrize("times", [1, 3])
def test_everything_on_demand(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    assert taken(monkeypatch, 2, times) == list(range(100 * times))


def test_the_header_says_what_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "commit", lambda: 0xABC << 148)
    monkeypatch.setattr(effort, "TIMES", 0)
    assert effort.header().startswith(f"share {(0xABC << 148) % 10} of 10 of the random suites (commit abc000000000")
    monkeypatch.setattr(effort, "TIMES", 100)
    assert effort.header() == "all seeds of the random suites, 100 times"


def test_two_runs_take_everything_once_and_change_places_with_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    tests = [f"tests/test_a.py::test_b[{number}]" for number in range(100)]

    def half(commit: int, which: str | None) -> set[str]:
        monkeypatch.setattr(effort, "commit", lambda: commit)
        monkeypatch.setattr(effort, "HALF", which)
        return {test for test in tests if effort.is_taken(test)}

    assert half(8, None) == set(tests)
    assert half(8, "0") | half(8, "1") == set(tests)
    assert half(8, "0") & half(8, "1") == set()
    assert half(9, "0") == half(8, "1")
    assert 30 < len(half(8, "0")) < 70


PAGES = {
    "speaks of it": ("def test_a():\n    assert 'import torch' in 'torch'.title()\n", False),
    "expects its code": ('EXPECTED = "from torch import nn"\n', True),
    "loads it": ("import torch\n", False),
    "loads a part of it": ("def test_a():\n    from torch import nn\n", False),
    "skips without it": ('def test_a():\n    torch = pytest.importorskip("torch")\n', False),
    "a helper loads it": ("from memory.hooks import inputs_of\n", False),
    "a fixture loads it": ("def test_a(tmp_path, runner):\n    pass\n", False),
    "a fixture for a module": ('pytestmark = pytest.mark.usefixtures("shared_process")\n', False),
    "marked": ("import torch\n\npytestmark = [needs_node, pytest.mark.once]\n", True),
    "a test of it is marked": ("import torch\n\n\n@pytest.mark.once\ndef test_a():\n    pass\n", False),
}


@pytest.mark.parametrize(("text", "alike"), PAGES.values(), ids=PAGES)
def test_a_module_that_loads_no_pytorch_is_run_once(
    text: str, alike: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves.loads("")  # The helpers of this checkout are read before another folder stands for it.
    monkeypatch.setattr(halves, "TESTS", tmp_path)
    page = tmp_path / "test_page.py"
    page.write_text(text)
    assert halves.is_alike(page) is alike
    monkeypatch.setattr(effort, "HALF", None)
    assert not halves.is_left(page)
    left = []
    for half in "01":
        monkeypatch.setattr(effort, "HALF", half)
        left.append(halves.is_left(page))
    assert sum(left) == alike
