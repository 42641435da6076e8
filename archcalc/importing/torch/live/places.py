"""The line of a user's program from which something comes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

import torch

_LIBRARY = str(Path(torch.__file__).parent) + os.sep
_OWN = str(Path(__file__).parents[3]) + os.sep


def line_of_the_user() -> str | None:
    """The line that is running: the innermost one outside of PyTorch and archcalc."""
    return _innermost(traceback.extract_stack(sys._getframe(1)))


def line_of(error: BaseException) -> str | None:
    """The line of the user's program that raised an exception, or that called what did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}"
    return _innermost(traceback.extract_tb(error.__traceback__))


def _innermost(frames: Iterable[traceback.FrameSummary]) -> str | None:
    found = None
    for frame in frames:
        if not frame.filename.startswith((_LIBRARY, _OWN, "<")):
            found = f"{_short(frame.filename)}:{frame.lineno}"
    return found


def _short(path: str) -> str:
    """A path below this folder, or from the folder of packages on."""
    for folder in (os.getcwd(), *sorted(sys.path, key=len, reverse=True)):
        if folder and path.startswith(folder.rstrip(os.sep) + os.sep):
            return os.path.relpath(path, folder)
    return path
