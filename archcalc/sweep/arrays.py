"""NumPy, which a sweep computes with, and Arrow, in which tables leave it (extra `sweep`): nothing else needs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def numpy() -> Any:
    """The module. Raises: ImportError, with what to install, where it is missing."""
    return _module("numpy", "a sweep computes with NumPy: python -m pip install 'archcalc[sweep]'")


def arrow(part: str = "") -> Any:
    """PyArrow, or a module of it. Raises: ImportError, with what to install, where it is missing."""
    name = f"pyarrow.{part}" if part else "pyarrow"
    return _module(name, "tables of designs are made with PyArrow: python -m pip install 'archcalc[sweep]'")


def _module(name: str, problem: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ImportError(problem) from None
