"""Runs the two commands of a seed in this process, within bounds, and says what was wrong."""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from archcalc import Architecture
from archcalc.cli import main
from fuzz import commands
from fuzz.inputs import Input, make

CPU = 5.0
"""Seconds that one command may take."""
MEMORY = 1024**3
"""Bytes that one command may take, besides what the process had."""
ENDS = 3 * CPU
"""Seconds after which a command is ended."""


class TooSlow(BaseException):
    """Ends a command; nothing in archcalc may catch it."""


class Run(NamedTuple):
    """What became of one command."""

    arguments: list[str]
    fault: str
    """What was wrong, in a line that stays the same while the file is made smaller; empty if nothing was."""
    told: str
    """The traceback, or what was printed."""
    seconds: float
    memory: int


class Judged(NamedTuple):
    """A file with its two runs."""

    input: Input
    runs: list[Run]

    @property
    def fault(self) -> Run | None:
        """The first run with a fault."""
        return next((run for run in self.runs if run.fault), None)


def judged(seed: str, seconds: float = CPU) -> Judged:
    """Make the file of a seed and run its commands, each of which may take so many seconds."""
    file = make(seed)
    with _folder(file):
        first = run(commands.check(file.name), seconds)
        names = _names(file)
        if isinstance(names, Run):
            return Judged(file, [first, names])
        variants, known = names
        asked = commands.second(
            Random(f"{seed}/command"), file.name, variants, [*known, *commands.words(file.data)[:3]]
        )
        return Judged(file, [first, run(asked, seconds)])


def again(file: Input, arguments: Sequence[str]) -> Run:
    """One command on a file."""
    with _folder(file):
        return run(list(arguments))


def run(arguments: list[str], allowed: float = CPU) -> Run:
    """One command in the present folder, within the bounds."""
    output, errors = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with _alone():
        before, started = _memory(reset=True), time.process_time()
        code, fault, told = _outcome(arguments, output, errors)
        seconds, memory = time.process_time() - started, _memory() - before
    output.flush()
    printed = output.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]
    if not fault:
        fault, told = _wrong(arguments, code, printed, errors.getvalue(), memory)
    if not fault and seconds > allowed:
        fault, told = "more than the seconds that are allowed", f"{seconds:.1f} s"
    return Run(arguments, fault, told, seconds, memory)


def _outcome(arguments: list[str], output: io.TextIOWrapper, errors: io.StringIO) -> tuple[Any, str, str]:
    """The exit code of a command, and what kept it from having one."""
    try:
        with (
            _bounds(),
            redirect_stdout(output),
            redirect_stderr(errors),
            patch.dict(os.environ, ARCHCALC_TRACEBACK="1"),
        ):
            return main(arguments), "", ""
    except SystemExit as left:
        return left.code, "", ""
    except TooSlow:
        return None, "more than the seconds that are allowed", traceback.format_exc()
    except BaseException as error:
        return None, f"an exception, {type(error).__name__}", traceback.format_exc()


@contextmanager
def _alone() -> Iterator[None]:
    """What this process holds already is set aside: no search for garbage goes through it meanwhile."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _wrong(arguments: Sequence[str], code: Any, output: str, errors: str, memory: int) -> tuple[str, str]:
    """What is wrong with a command that came to its end; empty if nothing is."""
    if code == 3:
        return f"an internal error, {_last_frame(errors)}", errors
    if code not in (0, 1, 2):
        return f"the exit code {code}", errors
    if memory > MEMORY:
        return "more than the memory that is allowed", f"{memory / 1e6:,.0f} MB"
    if "json" in arguments and output:
        try:
            json.loads(output)
        except ValueError:
            return "no JSON", output[:2000]
    if len(output) > 2_000_000 and "json" not in arguments and arguments[0] in ("check", "sizes", "solve"):
        return "more text than anybody reads", f"{len(output):,} characters"
    return "", ""


def _last_frame(errors: str) -> str:
    frames = [line.strip() for line in errors.splitlines() if line.lstrip().startswith("File ") and "archcalc" in line]
    place = frames[-1].rpartition("/archcalc/")[2] if frames else ""
    kind = next((line.partition(":")[0] for line in errors.splitlines() if line[:1].isalpha() and "Error" in line), "")
    return f"{kind} in {place}"


def _names(file: Input) -> tuple[list[str], list[str]] | Run:
    """The variants of a file, and the symbols and lets that can be set."""
    try:
        with _bounds():
            architecture = Architecture.from_bytes(file.data, file.name)
            return architecture.variants, architecture.settable()
    except BaseException as error:
        return Run(["load"], f"an exception, {type(error).__name__}", traceback.format_exc(), 0, 0)


@contextmanager
def _folder(file: Input) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, chdir(name):
        Path(file.name).write_bytes(file.data)
        yield


@contextmanager
def _bounds() -> Iterator[None]:
    """The processor's time is bounded by a signal, memory by the system, so that a run-away takes nobody along."""

    def end(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, end)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_virtual() + 2 * MEMORY, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, ENDS, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _virtual() -> int:
    """Bytes of the address space that this process has taken."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _memory(reset: bool = False) -> int:
    """The most bytes that this process has held since they were counted anew."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if sys.platform != "linux":
    raise ImportError("bounds of memory and time are set as Linux sets them")
