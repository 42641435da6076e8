"""What is told of a run that takes too much: it is stopped by what it does itself, however often somebody looks."""

import subprocess
import sys
import time

import pytest

PROGRAM = """
import time
from archcalc.isolation import child

child.CHECK_SECONDS = {every}
with child.watched({seconds}, 1, lambda reason: print(reason, flush=True)):
    {run}
print("it came to its end")
"""


def told(run: str, seconds: float, every: float) -> str:
    program = PROGRAM.format(run=run, seconds=seconds, every=every)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100).stdout.strip()


@pytest.mark.parametrize("every", [0.1, 0.0002])
def test_a_run_that_stands_still_is_stopped_however_dear_watching_is(every: float) -> None:
    assert told("time.sleep(60)", 0.5, every) == "it was stopped: it has stood still for 0.5 seconds"


def test_watching_does_not_use_up_the_time_of_a_run() -> None:
    slow = "[(time.sleep(0.05), sum(range(30000))) for _ in range(30)]"
    assert told(slow, 1, 0.0001) == "it came to its end"


def test_a_run_that_computes_without_end_is_stopped_by_its_own_time() -> None:
    start = time.monotonic()
    assert told("exec('while True: pass')", 0.3, 0.05) == "it was stopped after 0.3 seconds of processor time"
    assert time.monotonic() - start < 60
