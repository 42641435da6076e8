"""Runs the command line as people do: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "archcalc"]


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
