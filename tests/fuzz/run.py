"""Put as many made files as wanted through `check` and one further command each; goes on where it was stopped.

python tests/fuzz/run.py --mutated 300000 --generated 50000 --extreme 20000 --verify 200 --jobs 2 --state FOLDER
python tests/fuzz/run.py --seed mutated/0/17      # one file again: what it is, and what became of it

A file with a fault (an exception, an internal error, more than 5 s of CPU or 1 GB, JSON that is none) is made smaller
and kept in FOLDER/faults, with the command and what was told. What was done stands in FOLDER/done.jsonl. The exit
status is 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

CHUNK = 100
VERIFIED = 10


def work(sort: str, first: int, number: int, prefix: str, folder: str) -> dict[str, Any]:
    """Judge some seeds of a sort; what became of them, as a line of the state."""
    from fuzz.judge import Judged, judged
    from fuzz.smaller import shrunk
    from fuzz.verified import verified

    started, seen, faults = time.perf_counter(), Counter[str](), []
    slowest: list[Any] = [0.0, "", []]
    largest: list[Any] = [0, "", []]
    for index in range(first, first + number):
        seed = f"{sort}/{prefix}{index}"
        Path(folder, f"running-{sort}-{first}").write_text(seed)
        found: Judged = verified(seed) if sort == "verify" else judged(seed)
        seen["files"] += 1
        for run in found.runs:
            seen[f"runs of {run.arguments[0]}"] += 1
            slowest = max(slowest, [round(run.seconds, 2), seed, run.arguments])
            largest = max(largest, [run.memory, seed, run.arguments])
        if (bad := found.fault) is not None:
            faults.append([seed, bad.fault])
            file = found.input if sort == "verify" else shrunk(found.input, bad)
            kept = Path(folder, "faults", seed.replace("/", "-"))
            kept.mkdir(parents=True, exist_ok=True)
            (kept / file.name).write_bytes(file.data)
            (kept / f"whole-{file.name}").write_bytes(found.input.data)
            told = f"{seed}\narchcalc {' '.join(bad.arguments)}\n{bad.fault}\n\n{bad.told}\n"
            (kept / "told.txt").write_text(told, encoding="utf-8")
    Path(folder, f"running-{sort}-{first}").unlink()
    took = round(time.perf_counter() - started, 1)
    part = {"sort": sort, "prefix": prefix, "first": first, "number": number, "seconds": took}
    return {**part, "seen": seen, "faults": faults, "slowest": slowest, "largest": largest}


def wanted(arguments: argparse.Namespace, done: set[tuple[str, str, int]]) -> Iterator[tuple[str, int, int]]:
    """The parts that are not done yet: their sort, their first seed and how many there are."""
    for sort in ("extreme", "generated", "mutated", "verify"):
        size = VERIFIED if sort == "verify" else CHUNK
        for first in range(0, getattr(arguments, sort), size):
            if (sort, arguments.prefix, first) not in done:
                yield sort, first, size


def main() -> int:
    """Judge what is left of the files that are wanted, and sum up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for sort in ("mutated", "generated", "extreme", "verify"):
        parser.add_argument(f"--{sort}", type=int, default=0, metavar="N")
    parser.add_argument("--prefix", default="0/", help="other files for another prefix")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--state", type=Path, default=Path("fuzz-state"), metavar="FOLDER")
    parser.add_argument("--seed", help="one file, shown")
    arguments = parser.parse_args()
    if arguments.seed:
        return show(arguments.seed)
    arguments.state.mkdir(parents=True, exist_ok=True)
    state = arguments.state / "done.jsonl"
    lines = [json.loads(line) for line in state.read_text().splitlines()] if state.exists() else []
    done = {(line["sort"], line["prefix"], line["first"]) for line in lines}
    parts = wanted(arguments, done)
    with state.open("a", encoding="utf-8") as stream:
        try:
            for line in spread(parts, arguments):
                lines.append(line)
                print(json.dumps(line), file=stream, flush=True)
                for seed, fault in line["faults"]:
                    print(f"{seed}: {fault}", flush=True)
        except BrokenProcessPool:
            for path in arguments.state.glob("running-*"):
                print(f"{path.read_text()}: the process died, in this file or beside it", flush=True)
            return 1
    return told(lines)


def spread(parts: Iterator[tuple[str, int, int]], arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """What became of the parts, as they are done."""
    waiting: set[Future[dict[str, Any]]] = set()
    # A process ends after some parts: what one left behind is no matter of the next.
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn"), max_tasks_per_child=20) as pool:
        while True:
            while len(waiting) < 2 * arguments.jobs and (part := next(parts, None)) is not None:
                waiting.add(pool.submit(work, *part, arguments.prefix, str(arguments.state)))
            if not waiting:
                return
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in ready)


def show(seed: str) -> int:
    """One file again."""
    from fuzz.judge import judged
    from fuzz.verified import verified

    found = verified(seed) if seed.startswith("verify") else judged(seed)
    print(found.input.data.decode("utf-8", "replace"))
    for run in found.runs:
        print(
            f"archcalc {' '.join(run.arguments)}: {run.fault or 'well'}, {run.seconds:.2f} s, {run.memory / 1e6:.0f} MB"
        )
        print(run.told)
    return 1 if found.fault else 0


def told(lines: list[dict[str, Any]]) -> int:
    """The summary of all that was ever done in a folder; the exit status."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen.update(line["seen"])
        seen[f"{line['sort']} files"] += line["number"]
    faults = Counter(fault for line in lines for _, fault in line["faults"])
    for count in (seen, faults):
        for name, value in count.most_common():
            print(f"{value:>9,}  {name}")
    if lines:
        print("slowest:", *max(line["slowest"] for line in lines))
        print("largest:", *max(line["largest"] for line in lines))
    print(f"{sum(faults.values())} faults; {sum(line['seconds'] for line in lines):,.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
