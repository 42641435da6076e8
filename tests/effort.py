"""How much of the large suites a run takes: a tenth that changes with the commit, all, or many times as much.

python -m pytest                              # a tenth of the seeds; the commit says which, the header too
ARCHCALC_EXAMPLES=1 python -m pytest          # all of them, as in every long run
ARCHCALC_EXAMPLES=100 python -m pytest        # a hundred times as many

CI runs everything twice, without PyTorch and with it. A module that does not load PyTorch says the same in both, and so
does a module or a test that is marked `once` (tests/halves.py): each of the two runs takes one half of these, which
change places with the commit.

ARCHCALC_HALF=0 python -m pytest              # one half of what PyTorch changes nothing for, and all the rest
ARCHCALC_HALF=1 python -m pytest              # the other half, and all the rest
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

from hypothesis import HealthCheck, seed, settings

SHARES = 10
TIMES = int(os.environ.get("ARCHCALC_EXAMPLES") or "0")
"""How many times the seeds of a suite are taken; 0 stands for one of its shares."""

HALF = os.environ.get("ARCHCALC_HALF")
"""Which half is taken of what needs to be run once; None for all of it."""

Test = Callable[..., Any]
Item = TypeVar("Item")


@cache
def commit() -> int:
    """The hash of the commit that is tested, as a number; 0 outside of git, where the first share is taken."""
    root = Path(__file__).resolve().parents[1]
    try:
        found = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True)
    except FileNotFoundError:
        return 0
    return int(found.stdout, 16) if found.returncode == 0 else 0


def header() -> str:
    """What is taken, for the top of a run."""
    if TIMES:
        return f"all seeds of the random suites, {TIMES} times" if TIMES > 1 else "all seeds of the random suites"
    named = f"commit {commit():040x}"[:19] if commit() else "outside of git"
    return f"share {commit() % SHARES} of {SHARES} of the random suites ({named}); ARCHCALC_EXAMPLES=1 takes all"


def is_taken(test: str) -> bool:
    """Whether this run takes a test, by its name, that needs to be run in one of two runs."""
    return HALF is None or (commit() + crc32(test.encode())) % 2 == int(HALF)


def parts(count: int, size: int) -> list[range]:
    """The seeds of a suite of `count` that this run takes, in parts of `size` for one test each."""
    share = count // SHARES
    assert share % size == 0 and count % SHARES == 0, "a share is whole parts, so that each part sees enough"
    taken = range(count * TIMES) if TIMES else range(commit() % SHARES * share, (commit() % SHARES + 1) * share)
    return [taken[start : start + size] for start in range(0, len(taken), size)]


def share(items: Sequence[Item], turn: int = 0, shares: int = SHARES) -> Sequence[Item]:
    """The items of a long list that this run takes; the next `turn`, and the next commit, has others.

    For lists that are tried at many places: so each item has its turn at some place in every run, and at all of them
    in time.
    """
    return items if TIMES else items[(commit() + turn) % shares :: shares]


def examples(count: int) -> Callable[[Test], Test]:
    """Make a property try so many examples in a run of everything. Whole networks are large, and that is meant."""
    suppressed = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
    chosen = settings(
        max_examples=count * TIMES or max(1, count // SHARES),
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=suppressed,
    )

    def decorate(test: Test) -> Test:
        return chosen(test) if TIMES else chosen(seed(commit())(test))

    return decorate
