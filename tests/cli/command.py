"""Runs the command line: in this process where that is the same, in a process of its own where it is not.

A process takes ten times as long, nine of them to start. What only a process has are signals, pipes, devices, the
encoding that Python gives its streams, and the environment in which modules are found.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

from archcalc.cli import main

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "archcalc"]

GOOD = "name: Small\ninput: [1, H, H]\nat: {H: 8}\nlet: {c: 4}\nlayers: [conv: [c, 3], relu, flatten, linear: 10]\n"
FRACTION = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
VARIANTS = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  a: {let: {c: 5}}\n  b: {let: {c: 6}}\n"

Done = subprocess.CompletedProcess[str]


def run(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **more: str) -> Done:
    """What `archcalc ARGUMENTS` prints, called in this process with streams and an environment like those of `spawn`.

    `more` are variables of the environment that archcalc itself reads; those that Python reads need a process.
    """
    assert not [name for name in more if name.startswith("PYTHON") or name == "PATH"], "spawn it"
    streams = _streams(stdin)
    with chdir(cwd or Path.cwd()), _environment(more), _in_place(streams):
        try:
            code = main(list(arguments))
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
    return _done(list(arguments), code, *(_written(stream) for stream in streams[1:]))


def spawn(*arguments: str, cwd: Path | None = None, stdin: bytes = b"", **more: str) -> Done:
    """What `archcalc ARGUMENTS` prints, run as people run it; no traceback may ever be in it."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, input=stdin, capture_output=True, timeout=60, env=environment(**more)
    )
    result = _done(done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
    assert "Traceback" not in result.stdout + result.stderr
    return result


def environment(**more: str) -> dict[str, str]:
    """A plain environment that finds the package."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def _done(arguments: list[str], code: int, out: str, err: str) -> Done:
    assert code in (0, 1, 2), err
    return subprocess.CompletedProcess(arguments, code, out, err)


def _streams(stdin: bytes) -> tuple[TextIOWrapper, ...]:
    """Standard input, output and error as Python makes them for pipes."""
    return tuple(
        TextIOWrapper(BytesIO(data), encoding="utf-8", errors=errors)
        for data, errors in ((stdin, "strict"), (b"", "strict"), (b"", "backslashreplace"))
    )


def _written(stream: TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode("utf-8")


@contextmanager
def _in_place(streams: tuple[TextIOWrapper, ...]) -> Iterator[None]:
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


@contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment(**more))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
