"""How long an editor waits for the language server, and how much memory that has after many edits.

`PYTHONPATH=.:tests python tests/benchmarks/lsp_server.py` prints the table. A client of an editor talks to a server in
a process of its own, as in the tests. Wall times are what a person sees and hold on a quiet machine; beside them stands
the CPU time of the server, which holds on a busy one, too. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from editor.random_edits import edited
from lsp.editing import Editor, editor
from lsprotocol import types

import archcalc

URI = "file:///nets/net.yaml"
_IN_SIGHT = 80
"""Lines for which an editor asks for hints."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def long_spec(lines: int) -> str:
    """A spec of so many lines, all of which are checked: stages of steps, with branches, claims and symbols."""
    stage = """\
  - {conv: {out: 32, kernel: 3, padding: 1, bias: false}, as: conv$}
  - {batch_norm, as: norm$}
  - relu
  - add:
      - do:
          - {conv: {out: 32, kernel: 3, padding: 1}, as: left$}
          - tanh
      - [{conv: {out: 32, kernel: 1}, as: right$}]
  - {dropout: 0.1, as: drop$}
  - {group_norm: 4, as: group$}
"""
    head = "name: long\ninput: [3, N, N]\nat: {N: 64}\nlayers:\n"
    stages = [stage.replace("$", str(number)) for number in range((lines - 5) // stage.count("\n"))]
    text = "".join([head, *stages])
    return text + "  - relu\n" * (lines - 1 - text.count("\n")) + "expect: {output: [32, N, N]}\n"


class Server:
    """The process that a client has started."""

    def __init__(self, found: Editor) -> None:
        process = found.client._server
        assert process is not None
        self._folder = Path("/proc") / str(process.pid)

    @property
    def seconds(self) -> float:
        """CPU time so far."""
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> float:
        """What it has in memory, in MiB."""
        return int((self._folder / "statm").read_text().split()[1]) * _PAGE / 2**20


async def waited(found: Editor, one: str, other: str, place: tuple[int, int], runs: int) -> dict[str, list[float]]:
    """Milliseconds from an edit to what is told of it, each, and to what can be typed at a place."""
    server = Server(found)
    steps: dict[str, Callable[[str], Awaitable[object]]] = {
        "findings": found.told,
        "and hints in sight": lambda uri: found.hints(uri, _IN_SIGHT),
        "and lenses, resolved": found.lenses,
    }
    times: dict[str, list[float]] = {name: [] for name in [*steps, "completion after an edit", "CPU of the server"]}
    for turn in range(runs + 1):
        used, start = server.seconds, time.perf_counter()
        found.edit(URI, other)
        for name, step in steps.items():
            await step(URI)
            times[name].append((time.perf_counter() - start) * 1e3)
        times["CPU of the server"].append((server.seconds - used) * 1e3)
        start = time.perf_counter()
        found.edit(URI, one)
        assert await found.completions(URI, *place)
        times["completion after an edit"].append((time.perf_counter() - start) * 1e3)
        await found.lenses(URI)
        if not turn:
            # What it imports at the first time is no part of an edit.
            times = {name: [] for name in times}
    return times


async def show(found: Editor, variant: str) -> None:
    """The click above a variant."""
    params = types.ExecuteCommandParams("archcalc.show", [URI, variant])
    await found.client.workspace_execute_command_async(params)


async def edits(runs: int) -> None:
    """Rows about time."""
    resnet = archcalc.load("resnet").text
    long = long_spec(2000)
    assert long.count("\n") == 2000 and archcalc.load(long).check().ok
    texts = {
        "resnet152, an edit of its depths": ("resnet152", resnet, resnet.replace("[3, 8, 36, 3]", "[3, 8, 35, 3]")),
        "resnet152, an edit of all variants": ("resnet152", resnet, resnet.replace("out: 64,", "out: 60,")),
        "2,000 lines": (None, long, long.replace("{dropout: 0.1, as: drop100}", "{dropout: 0.25, as: drop100}")),
    }
    for what, (variant, one, other) in texts.items():
        assert one != other
        async with editor() as found:
            found.open(URI, one)
            await found.lenses(URI)
            if variant:
                await show(found, variant)
            lines = one.split("\n")
            line = next(number for number, text in enumerate(lines) if text.endswith(("as: conv1}", "as: conv100}")))
            times = await waited(found, one, other, (line, lines[line].index("kernel") + 3), runs)
        aim = f"at most {100 if variant else 300} ms"
        aims = {"completion after an edit": "at most 50 ms", "CPU of the server": ""}
        row(what, "")
        for name, taken in times.items():
            row(f"  {name}", f"{statistics.median(taken):.0f} ms", aims.get(name, aim))


async def memory(count: int) -> None:
    """Rows about memory: random edits, each of which is answered before the next."""
    random = Random(15)
    original = text = archcalc.load("lenet").text
    async with editor() as found:
        server = Server(found)
        found.open(URI, text)
        for number in range(1, count + 1):
            text = edited(text, random) if random.random() < 0.9 else original
            found.edit(URI, text)
            await found.told(URI)
            await found.hints(URI)
            found._found.clear()
            if number in (count // 10, count):
                await found.lenses(URI)
                row(f"memory after {number:,} edits", f"{server.memory:.0f} MiB", "flat")
        assert found.logged == [], found.logged


def row(what: str, value: str, aim: str = "") -> None:
    """Print a row at once."""
    print(f"{what:44} {value:>10}  {aim}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30, help="edits of each text that are timed (default 30)")
    parser.add_argument("--edits", type=int, default=10_000, help="edits after which memory is read (default 10,000)")
    options = parser.parse_args()
    row("what", "median", f"aim (load of the machine: {os.getloadavg()[0]:.1f})")
    asyncio.run(edits(options.runs))
    asyncio.run(memory(options.edits))
    return 0


if __name__ == "__main__":
    sys.exit(main())
