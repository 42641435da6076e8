"""Mutate archcalc, and see whether the tests notice.

python tests/mutation/run.py [--rooms dims repair] [--count 320] [--seed 0] [--jobs 1] [--seconds 10] [--killers]
python tests/mutation/run.py --promises

A mutant is a module with one small change. The first form draws so many of them, the same number from each room, and
tries each on the tests of its room. It prints those that no test notices, and a line of figures; the exit status is 1
if there are any that equivalent.yaml does not explain. The second form breaks each promise of promises.yaml by hand,
and demands that the test of the promise fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

if __name__ == "__main__":
    from mutation.program import main

    sys.exit(main())
