"""Settings for all tests: options, Hypothesis, and PyTorch where it is required."""

from __future__ import annotations

import importlib.util
import os

import pytest
from hypothesis import settings

settings.register_profile("archcalc", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("archcalc")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the expected texts of cases and notebooks")


def pytest_report_header() -> str:
    """Says up front whether PyTorch judges."""
    found = "compares with PyTorch" if _has("torch") else "PyTorch is missing: its comparisons are skipped"
    return f"archcalc: {found}"


def pytest_configure(config: pytest.Config) -> None:
    """Continuous integration must not pass by skipping."""
    missing = [name for name in ("torch", "torchvision") if not _has(name)]
    if os.environ.get("CI") and missing:
        raise pytest.UsageError(f"CI needs {' and '.join(missing)}, so that the comparisons with it run")


def _has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
