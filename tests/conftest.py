"""Settings for all tests: options, Hypothesis, and PyTorch where it is required."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import effort
import halves
import pytest
from hypothesis import settings

collect_ignore = ["benchmarks"]
"""Programs to be run by hand: looking for doctests in them would import half of PyTorch."""

# What a test looks at is worked out in it; tests/batch has the tests of the cache.
os.environ["ARCHCALC_NO_CACHE"] = "1"
settings.register_profile("archcalc", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("archcalc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expected texts of cases and notebooks")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says up front whether PyTorch judges, how much of the random suites is taken, and what is left out."""
    found = "compares with PyTorch" if _has("torch") else "PyTorch is missing: its comparisons are skipped"
    jobs = ["notebooks, and what tools say of all generated code, are left to `pytest -m job`"]
    half = ["one half of the tests that PyTorch changes nothing for is left to another run (ARCHCALC_HALF)"]
    left = [*jobs * (config.option.markexpr == "not job"), *half * (effort.HALF is not None)]
    return [f"archcalc: {one}" for one in (found, effort.header(), *left)]


def pytest_configure(config: pytest.Config) -> None:
    """Continuous integration must not pass by skipping, and a run of everything leaves jobs of their own to it."""
    missing = [name for name in ("torch", "torchvision") if not _has(name)]
    if os.environ.get("CI") and missing and not os.environ.get("ARCHCALC_WITHOUT_TORCH"):
        raise pytest.UsageError(f"CI needs {' and '.join(missing)}, so that the comparisons with it run")
    if set(config.args) <= set(config.getini("testpaths")) and not config.option.markexpr:
        config.option.markexpr = "not job"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave to the other run of CI the modules that it takes."""
    left = effort.HALF is not None and collection_path.suffix == ".py" and collection_path.name != "conftest.py"
    return True if left and halves.is_left(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the other run of CI the single tests that it takes, and the examples of modules of archcalc."""
    left = [one for one in items if halves.is_left(one.path) or (_is_marked(one) and not effort.is_taken(one.nodeid))]
    if left:
        config.hook.pytest_deselected(items=left)
        gone = {id(one) for one in left}
        items[:] = [one for one in items if id(one) not in gone]


def _is_marked(item: pytest.Item) -> bool:
    """Whether a test is marked as one for which one of the two runs is enough, in a module that is not as a whole."""
    return item.get_closest_marker("once") is not None and not halves.is_alike(item.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is left to one run must not be skipped there for want of PyTorch, or nobody would run it."""
    report = yield
    once = _is_marked(item) or halves.is_alike(item.path)
    if effort.HALF is not None and once and report.skipped and "torch" in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped without PyTorch, which its module does not load: {report.longrepr}"
    return report


def pytest_collection_finish() -> None:
    """What is loaded now stays: the collector need not search it again and again while networks are built."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@pytest.fixture(scope="session")
def runner() -> Iterator[Any]:
    """One process with PyTorch for all tests of a worker: loading it is what takes time."""
    pytest.importorskip("torch")
    from archcalc.verify import Runner

    with Runner() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a worker."""
    from chromium import Browser, program

    if program() is None:
        pytest.skip("Chromium is not installed")
    with Browser() as started:
        yield started


@pytest.fixture
def shared_process(runner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that run here ask the process that runs already, and leave it running."""
    monkeypatch.setattr("archcalc.verify.Runner", lambda: nullcontext(runner))


@pytest.fixture(scope="session")
def models() -> Iterator[Any]:
    """torchvision's models. A build for another torch loads no compiled operators; then two need a declaration."""
    torch = pytest.importorskip("torch")
    if not _has("torchvision"):
        pytest.skip("could not import 'torchvision'")
    library = None
    try:
        found = import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        found = import_module("torchvision")
    yield found.models
    del library  # Its declarations live as long as it does.
