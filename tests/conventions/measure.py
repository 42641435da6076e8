"""Ask every counting tool about every network of the catalogue.

PYTHONPATH=.:tests python tests/conventions/measure.py --jobs 2

What is known stays as it is: a run that was stopped goes on where it was, and only answers of tools whose versions have
changed are asked for anew. Each tool runs in a process of its own, with a limit of time and of memory.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

from catalogue import networks
from conventions.measured import APART as APART_PATH
from conventions.measured import PATH, Answer, Measured, Ready
from conventions.tools import APART, TOOLS, CannotRun, Tool, versions
from conventions.uncomputed import Uncomputed

SECONDS = 300
"""Of the processor, for one tool and one network."""
MEMORY = 14 << 30
PARAMETERS = 320_000_000
"""Larger networks are asked about on the meta device alone, where a weight has no numbers."""


def main() -> int:
    """Measure what is missing, one line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "networks", nargs="*", help="networks of the catalogue, as NAME or NAME:VARIANT; all by default"
    )
    parser.add_argument(
        "--tools", nargs="*", choices=[tool.name for tool in (*TOOLS, *APART)], help="these tools alone"
    )
    parser.add_argument("--apart", action="store_true", help="ask those of measured_apart.json in place of the others")
    parser.add_argument("--again", action="store_true", help="measure also what is known")
    parser.add_argument("--jobs", type=int, default=1, help="how many networks at a time")
    options = parser.parse_args()
    shelf, path = (APART, APART_PATH) if options.apart else (TOOLS, PATH)
    tools = [tool for tool in shelf if options.tools is None or tool.name in options.tools]
    if missing := sorted({package for tool in tools for package in tool.missing}):
        sys.exit(f"not installed: {', '.join(missing)}")
    _import(tools)
    measured = current(Measured.read(path), tools, shelf)
    waiting = [
        (name, lacking)
        for name in options.networks or networks()
        if (lacking := [tool for tool in tools if options.again or tool.name not in measured.networks.get(name, {})])
    ]
    _run(measured, waiting, options.jobs, shelf, path)
    return 0


def _import(tools: Sequence[Tool]) -> None:
    """Import once, for all processes, what a small network makes the tools import.

    Nothing is traced by torchlens here: it patches PyTorch for good when it first does that.
    """
    import torch

    torch.set_num_threads(1)
    for tool in tools:
        if tool.name == "torchlens":
            import_module("torchlens.user_funcs")
            continue
        if tool.name == "onnx-tool":
            _keep_the_exporter()
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1)).to(tool.device)
        tool.count(module, [torch.zeros(1, 3, 4, 4, device=tool.device)])
    gc.collect()
    gc.freeze()  # Copies of this process neither look through what is imported nor write to it.


def _keep_the_exporter() -> None:
    """PyTorch's exporter makes a table of all its operators at every call: here once, for all processes."""
    from torch.onnx._internal.exporter import _registration

    kept = cache(_registration.ONNXRegistry.from_torchlib)
    _registration.ONNXRegistry.from_torchlib = staticmethod(kept)  # type: ignore[assignment]


def _own_process() -> None:
    """Make torchlens take a copied process for the one that has imported it: nothing was traced before the copy."""
    if display := sys.modules.get("torchlens.utils.display"):
        display._WARN_PARALLEL_IMPORT_PID = os.getpid()


def current(known: Measured, asked: Sequence[Tool], tools: Sequence[Tool]) -> Measured:
    """What is known, without the answers of tools that have another version now, or run on another PyTorch.

    A package that only others need stands as it was measured, whatever is installed here.

    Raises: SystemExit if answers are void of tools that are not asked.
    """
    now = known.versions | versions(asked)
    gone = {
        tool.name
        for tool in tools
        if any(known.versions.get(package) != now.get(package) for package in ("torch", *tool.packages))
    }
    forgotten = gone - {tool.name for tool in asked}
    if known.networks and forgotten:
        sys.exit(f"their versions have changed, and they are not asked: {', '.join(sorted(forgotten))}")
    kept = {
        name: {tool: answer for tool, answer in answers.items() if tool not in gone}
        for name, answers in known.networks.items()
        if name in networks()
    }
    return Measured(now, kept)


def _run(
    measured: Measured, waiting: list[tuple[str, list[Tool]]], jobs: int, shelf: Sequence[Tool], path: Path
) -> None:
    running: dict[Connection, tuple[str, int, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            name, tools = waiting.pop(0)
            answer, process = _started(_network, name, tools)
            running[answer] = name, process, time.monotonic()
        for ready in wait(list(running)):
            assert isinstance(ready, Connection)
            name, process, start = running.pop(ready)
            try:
                answers = ready.recv()
            except EOFError:
                print(f"{name}: its process died", flush=True)
                continue
            finally:
                os.waitpid(process, 0)
            known = measured.networks.get(name, {}) | answers
            measured.networks[name] = {tool.name: known[tool.name] for tool in shelf if tool.name in known}
            measured.write(path)
            refused = [tool for tool, answer in answers.items() if isinstance(answer, str)]
            told = f", not by {', '.join(refused)}" if refused else ""
            print(f"{name}: {time.monotonic() - start:.0f} s{told}; {len(waiting)} to go", flush=True)


def _started(target: Any, *arguments: Any) -> tuple[Connection, int]:
    """A copy of this process with all that is in its memory, and where it sends its answer.

    It is forked bare: torchlens refuses to work in a process that `multiprocessing` has started.
    """
    here, there = Pipe(duplex=False)
    process = os.fork()
    if process:
        there.close()
        return here, process
    try:
        here.close()
        target(there, *arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _network(answer: Connection, name: str, tools: list[Tool]) -> None:
    """Build a network, and ask the tools about it one after the other."""
    ready = Ready.of(name)
    built: dict[str, Any] = {}
    answers: dict[str, Answer] = {}
    for tool in sorted(tools, key=lambda one: one.device):
        if tool.device == "cpu" and ready.parameters > PARAMETERS:
            answers[tool.name] = f"cannot run: {ready.parameters} parameters are too many to be measured here"
            continue
        if tool.device not in built:
            with Uncomputed():
                built[tool.device] = ready.build(tool.device), ready.inputs(tool.device)
        answers[tool.name] = asked(tool, *built[tool.device])
    answer.send(answers)


def asked(tool: Tool, module: Any, inputs: list[Any]) -> Answer:
    """The answer of a tool, which gets a copy of the process with all that is in its memory."""
    found, process = _started(_tool, tool, module, inputs)
    if not found.poll(10 * SECONDS):  # It waits for something; the others may need the processor.
        os.kill(process, signal.SIGXCPU)
    try:
        answer: Answer = found.recv()
        return answer
    except EOFError:
        ended = os.waitpid(process, 0)[1]
        process = 0
        if os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGXCPU:
            return f"cannot run: it takes more than {SECONDS} seconds"
        return f"cannot run: its process died, within {MEMORY >> 30} GiB"
    finally:
        if process:
            os.waitpid(process, 0)


def _tool(answer: Connection, tool: Tool, module: Any, inputs: list[Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    _own_process()
    try:
        with Uncomputed() if tool.reads == "calls" else nullcontext():
            answer.send(tool.count(module, inputs).total)
    except CannotRun as reason:
        answer.send(f"cannot run: {reason}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    sys.exit(main())
