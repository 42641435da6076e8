"""Judge the legal sizes of as many random networks as wanted.

python tests/sizes/run.py --pairs 1000000 [--seed 0] [--jobs 1] [--keep-going]

A pair is one network at one size of each of its symbols, with the weights of the stated sizes or with new ones; every
pair is judged by rules that share nothing with archcalc's. The first disagreement is made smaller and printed, and the
exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

CHUNK = 20


class Part(NamedTuple):
    """What came out of some seeds."""

    seen: Counter[str]
    cases: list[str]


def work(first: int, number: int, prefix: str) -> Part:
    """Judge the networks of some seeds."""
    from sizes.random_networks import Case, judged, network, shrunk

    seen: Counter[str] = Counter()
    cases: list[str] = []
    for seed in range(first, first + number):
        name = f"{prefix}{seed}"
        try:
            data = network(name)
            found = judged(data, name)
        except Exception:
            cases.append(f"seed {name} ends with an exception:\n{traceback.format_exc()}")
            continue
        seen["networks"] += 1
        seen["pairs"] += found.pairs
        seen["legal pairs"] += found.legal
        seen["networks that some sizes fit"] += 0 < found.legal < found.pairs
        for difference in found.differences[:1]:
            case = shrunk(Case(data, difference))
            cases.append(f"seed {name}: {json.dumps(case.data)}\n{case.difference}")
    return Part(seen, cases)


def main() -> int:
    """Judge networks until there are enough pairs."""
    parser = argparse.ArgumentParser(description="Judge the legal sizes of random networks.")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep-going", action="store_true")
    arguments = parser.parse_args()
    started, seen, found = time.perf_counter(), Counter[str](), 0
    prefix = f"{arguments.seed}/"
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        for start in count(0, CHUNK * arguments.jobs):
            parts = [pool.submit(work, start + CHUNK * job, CHUNK, prefix) for job in range(arguments.jobs)]
            for part in (one.result() for one in parts):
                seen += part.seen
                found += len(part.cases)
                for case in part.cases:
                    print(case, flush=True)
            if seen["pairs"] >= arguments.pairs or (found and not arguments.keep_going):
                break
    told = ", ".join(f"{value:,} {name}" for name, value in seen.items())
    print(f"{told}; {found} disagreements; {time.perf_counter() - started:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
