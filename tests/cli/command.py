"""Runs the command line as people do: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "archcalc"]

GOOD = "name: Small\ninput: [1, H, H]\nat: {H: 8}\nlet: {c: 4}\nlayers: [conv: [c, 3], relu, flatten, linear: 10]\n"
FRACTION = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
VARIANTS = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  a: {let: {c: 5}}\n  b: {let: {c: 6}}\n"


def environment(**more: str) -> dict[str, str]:
    """A plain environment that finds the package."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[str]:
    """What `archcalc ARGUMENTS` prints; no traceback may ever be in it."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=60, env=environment(**more)
    )
    result = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
    assert "Traceback" not in result.stdout + result.stderr
    assert result.returncode in (0, 1, 2)
    return result
