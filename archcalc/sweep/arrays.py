"""NumPy, which a sweep computes with (extra `sweep`): nothing else of archcalc needs it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def numpy() -> Any:
    """The module. Raises: ImportError, with what to install, where it is missing."""
    try:
        return import_module("numpy")
    except ImportError:
        raise ImportError("a sweep computes with NumPy: python -m pip install 'archcalc[sweep]'") from None
