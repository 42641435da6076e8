"""Runs Graphviz: the program `dot` of the system, or the copy that pygraphviz brings, each in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which a layout is given up."""
DOTS_PER_INCH = "144"
"""Of pictures in pixels."""
CHILD = Path(__file__).with_name("child.py")

MISSING = (
    "Graphviz is not installed: apt install graphviz, brew install graphviz, or pip install 'archcalc[draw]'; without "
    "--engine graphviz, archcalc draws the picture itself"
)


class NoRenderer(RuntimeError):
    """There is nothing that turns DOT into a picture; the message says what to install."""


class RenderingFailed(RuntimeError):
    """Graphviz failed, or took too long (`OutOfTime`)."""


class OutOfTime(RenderingFailed):
    """Graphviz was stopped."""


def render(dot: str, format: str, *, seconds: float = PATIENCE) -> bytes:
    """The picture that a DOT text describes. Raises: NoRenderer, RenderingFailed."""
    commands = _commands(format)
    if not commands:
        raise NoRenderer(MISSING)
    for number, command in enumerate(commands, start=1):
        try:
            return _run(command, dot, seconds)
        except OutOfTime:
            raise
        except RenderingFailed:
            # A Graphviz that was built without this format: the other one may have it.
            if number == len(commands):
                raise
    raise AssertionError("unreachable")


def _commands(format: str) -> list[list[str]]:
    found: list[list[str]] = []
    options = [f"-Gdpi={DOTS_PER_INCH}"] if format == "png" else []
    if program := shutil.which("dot"):
        found.append([program, f"-T{format}", *options])
    if find_spec("pygraphviz") is not None:
        found.append([sys.executable, "-P", str(CHILD), format, *options])
    return found


def _run(command: list[str], dot: str, seconds: float) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 (a program of the system's path, or our own)
            command, input=dot.encode("utf-8"), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise OutOfTime(
            f"Graphviz was stopped after {seconds:g} seconds; a smaller --depth makes a smaller picture"
        ) from None
    except OSError as error:
        raise RenderingFailed(f"Graphviz does not start: {error.strerror or error}") from None
    if done.returncode != 0 or not done.stdout:
        errors = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RenderingFailed(f"Graphviz failed: {errors[-1] if errors else f'it ended with code {done.returncode}'}")
    return done.stdout
