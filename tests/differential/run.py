"""Judge as many random networks as wanted.

python tests/differential/run.py --count 100000 [--seed 0] [--jobs 2] [--stop] [--out FOLDER]

Every disagreement is made smaller and written to a file of the folder; moved to tests/differential/regressions it is a
test. The exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

CHUNK = 100
STRETCH = 4000
MOST_SHRUNK = 3
"""So many disagreements of a sort are made smaller and written."""


class Case(NamedTuple):
    """A disagreement of a run."""

    seed: int
    sort: str
    told: str
    text: str


class Part(NamedTuple):
    """What came out of some seeds."""

    seen: Counter[str]
    cases: list[Case]


def work(first: int, count: int) -> Part:
    """Judge the networks of some seeds."""
    import torch

    from differential.draw import subjects
    from differential.judge import judge
    from differential.shrink import crash

    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    seen: Counter[str] = Counter()
    cases: list[Case] = []
    sorts: Counter[str] = Counter()
    for seed in range(first, first + count):
        for subject in subjects(seed):
            seen["subject"] += 1
            try:
                found = judge(subject)
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)[-1]
                told = f"{error} ({Path(last.filename).name}:{last.lineno})"
                cases.append(_case(seed, subject, crash(error), told, sorts))
                continue
            seen += found.seen
            if found.disagreements:
                first_one = found.disagreements[0]
                cases.append(_case(seed, subject, first_one.sort, first_one.told, sorts))
    return Part(seen, cases)


def _case(seed: int, subject: object, sort: str, told: str, sorts: Counter[str]) -> Case:
    from differential.cases import written
    from differential.judge import Subject
    from differential.shrink import shrunk

    assert isinstance(subject, Subject)
    sorts[sort] += 1
    if sorts[sort] <= MOST_SHRUNK:
        subject = shrunk(subject, sort)
    return Case(seed, sort, told, written(subject, f"{sort} (seed {seed})\n{told}"))


def parts(arguments: argparse.Namespace) -> Iterator[Part]:
    """Parts of the run as they are done.

    PyTorch grows in a process that judges many networks, so that every stretch of seeds gets new ones.
    """
    end = arguments.seed + arguments.count
    for first in range(arguments.seed, end, STRETCH):
        yield from _stretch(range(first, min(first + STRETCH, end), CHUNK), end, arguments.jobs)


def _stretch(firsts: range, end: int, jobs: int) -> Iterator[Part]:
    # Forked processes would share the threads of a PyTorch that was loaded before.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = iter(firsts)
        pending: set[Future[Part]] = set()
        while True:
            while len(pending) < 2 * jobs and (first := next(waiting, None)) is not None:
                pending.add(pool.submit(work, first, min(CHUNK, end - first)))
            if not pending:
                return
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()


def main() -> int:
    """Run, and print progress and a summary."""
    parser = argparse.ArgumentParser(description="Judge random networks: archcalc against PyTorch.")
    parser.add_argument("--count", type=int, default=1000, help="how many seeds")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stop", action="store_true", help="stop at the first disagreement")
    parser.add_argument("--out", type=Path, default=Path("disagreements"), help="where disagreements are written")
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    sorts: Counter[str] = Counter()
    seeds: list[int] = []
    started = told = time.monotonic()
    for part in parts(arguments):
        seen += part.seen
        for case in part.cases:
            sorts[case.sort] += 1
            seeds.append(case.seed)
            if sorts[case.sort] <= MOST_SHRUNK:
                print(f"seed {case.seed}: {case.sort}: {case.told}", flush=True)
                arguments.out.mkdir(parents=True, exist_ok=True)
                (arguments.out / f"seed{case.seed}.yaml").write_text(case.text, encoding="utf-8")
        if time.monotonic() - told > 30:
            told = time.monotonic()
            print(f"{told - started:6.0f} s: {headline(seen)}, {sorts.total()} disagreements", flush=True)
        if sorts and arguments.stop:
            break
    print(f"{time.monotonic() - started:6.0f} s")
    print(summary(seen))
    for sort, times in sorts.most_common():
        print(f"disagreement, {times} times: {sort}")
    print(f"{sorts.total()} disagreements" + (f", of the seeds {sorted(set(seeds))}" if seeds else ""))
    return 1 if sorts else 0


def headline(seen: Counter[str]) -> str:
    """The numbers of a run in one line."""
    kinds = sum(name.startswith("kind ") for name in seen)
    return (
        f"{seen['subject']:,} graphs, {seen['pair']:,} pairs of a graph and sizes: {seen['legal pair']:,} legal and "
        f"{seen['illegal pair']:,} illegal; {kinds} kinds"
    )


def summary(seen: Counter[str]) -> str:
    """All that was seen."""
    kinds = {name[5:]: times for name, times in seen.items() if name.startswith("kind ")}
    rest = {name: times for name, times in seen.items() if not name.startswith("kind ")}
    listed = ", ".join(f"{name} {kinds[name]:,}" for name in sorted(kinds, key=kinds.__getitem__))
    lines = [headline(seen), f"kinds: {listed}"]
    lines.extend(f"{times:10,} {name}" for name, times in sorted(rest.items()))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
