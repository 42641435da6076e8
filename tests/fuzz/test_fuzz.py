"""A few of the files that `tests/fuzz/run.py` makes, within the bounds: others with each commit."""

from __future__ import annotations

import mmap
import sys
from typing import Any

import pytest
from effort import parts

if sys.platform != "linux":
    pytest.skip("bounds of memory and time are set as Linux sets them", allow_module_level=True)

from fuzz.inputs import Input, make
from fuzz.judge import ENDS, judged, run
from fuzz.smaller import shrunk

SEEDS = {"mutated": 1000, "generated": 500, "extreme": 1000}


@pytest.mark.parametrize(
    ("sort", "seeds"), [(sort, part) for sort, count in SEEDS.items() for part in parts(count, 25)]
)
def test_whatever_is_put_in_an_answer_comes_out(sort: str, seeds: range) -> None:
    for index in seeds:
        seed = f"{sort}/ci/{index}"
        # A busy machine is no fault; `run.py` holds the seconds that are promised.
        fault = judged(seed, seconds=ENDS).fault
        assert fault is None, f"python tests/fuzz/run.py --seed {seed}\n{fault and fault.told}"


def test_a_seed_makes_the_same_file_again() -> None:
    for sort in SEEDS:
        assert make(f"{sort}/7") == make(f"{sort}/7") != make(f"{sort}/8")


def test_an_exception_is_found_and_its_file_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge of this suite can fail: a check that raises at `tanh` is told, and what is left is little more."""
    from archcalc.api.report import Report
    from archcalc.program import Program

    whole = Report.of

    def check(program: Program, *more: Any) -> Report:
        if "tanh" in program.file.text:
            raise ZeroDivisionError
        return whole(program, *more)

    monkeypatch.setattr(Report, "of", check)
    layers = b"".join(b"  - linear: %d\n" % width for width in range(4, 40)) + b"  - tanh\n  - relu\n"
    file = Input("net.yaml", b"input: [8]\nlayers:\n" + layers)
    from fuzz.judge import again

    found = again(file, ["check", file.name])
    assert found.fault.startswith("an internal error, ZeroDivisionError in ")
    assert len(shrunk(file, found).data) < 40


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.api.report import Report

    def check(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr("fuzz.judge.ENDS", 0.2)
    monkeypatch.setattr(Report, "of", check)
    assert run(["check", "lenet:lecture"]).fault == "more than the seconds that are allowed"


def test_what_takes_too_much_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.api.report import Report

    def check(*_: object, **__: object) -> None:
        # Pages of its own, and touched: the allocator may have room left from others.
        with mmap.mmap(-1, 30_000_000) as pages:
            for place in range(0, len(pages), mmap.PAGESIZE):
                pages[place] = 1
        raise SystemExit(0)

    monkeypatch.setattr("fuzz.judge.MEMORY", 20_000_000)
    monkeypatch.setattr(Report, "of", check)
    assert run(["check", "lenet:lecture"]).fault == "more than the memory that is allowed"
