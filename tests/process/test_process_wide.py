"""What belongs to the whole process, the recursion limit and the garbage collector, is left as the host wants it."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

import archcalc
from archcalc.collector import paused
from archcalc.export.torch.library import _definitions
from archcalc.expressions.limits import deep_calls

_PATIENCE = 20
"""Seconds that a thread waits for another one before a test fails."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Settings that a failing test leaves behind are no matter of the next one."""
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    yield
    sys.setrecursionlimit(limit)
    (gc.enable if collecting else gc.disable)()


class _Other:
    """A thread that stands inside a context until it is let go."""

    def __init__(self, context: Callable[[], AbstractContextManager[None]]) -> None:
        self._entered, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._stand, args=(context,), daemon=True)
        self._thread.start()
        assert self._entered.wait(_PATIENCE), "the other thread did not come in"

    def _stand(self, context: Callable[[], AbstractContextManager[None]]) -> None:
        with context():
            self._entered.set()
            self._go.wait(_PATIENCE)

    def leave(self) -> None:
        self._go.set()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "the other thread did not leave"


@contextmanager
def _other(context: Callable[[], AbstractContextManager[None]]) -> Iterator[_Other]:
    other = _Other(context)
    yield other
    other.leave()


def _deeper(calls: int, then: Callable[[], None]) -> None:
    if calls:
        _deeper(calls - 1, then)
    else:
        then()


def test_limit_is_restored_by_the_last_one_out() -> None:
    before = sys.getrecursionlimit()
    with _other(deep_calls) as other:
        with deep_calls():
            other.leave()
            assert sys.getrecursionlimit() >= 40_000, "the first one out takes away the room of the other"
        assert sys.getrecursionlimit() == before, "the last one out restores what the first one in found"


def test_limit_is_restored_where_the_first_one_in_is_the_last_one_out() -> None:
    before = sys.getrecursionlimit()
    with _other(deep_calls) as other:
        with deep_calls():
            pass
        assert sys.getrecursionlimit() >= 40_000, "another thread is still inside"
        other.leave()
        assert sys.getrecursionlimit() == before


def test_limit_is_restored_after_an_exception_inside_others() -> None:
    before = sys.getrecursionlimit()
    with _other(deep_calls) as other:
        with pytest.raises(KeyError), deep_calls(), deep_calls():
            raise KeyError
        other.leave()
    assert sys.getrecursionlimit() == before


def test_limit_that_the_host_sets_meanwhile_is_left_alone() -> None:
    with deep_calls():
        sys.setrecursionlimit(1_234)
    assert sys.getrecursionlimit() == 1_234


def test_limit_that_the_host_sets_meanwhile_is_raised_again_for_the_next() -> None:
    with _other(deep_calls):
        sys.setrecursionlimit(1_234)
        with deep_calls():
            assert sys.getrecursionlimit() >= 40_000
    assert sys.getrecursionlimit() == 1_234, "the newest wish of the host counts"


def test_limit_above_ours_stays() -> None:
    sys.setrecursionlimit(50_000)
    with deep_calls():
        assert sys.getrecursionlimit() == 50_000
    assert sys.getrecursionlimit() == 50_000


def test_limit_is_restored_later_where_the_last_one_out_is_too_deep() -> None:
    before = sys.getrecursionlimit()
    with _other(deep_calls) as other:

        def check() -> None:
            with deep_calls():
                other.leave()

        _deeper(before + 100, check)
    with deep_calls():
        pass
    assert sys.getrecursionlimit() == before, "the next one out restores"


def test_collector_runs_again_after_overlapping_pauses() -> None:
    gc.enable()
    with _other(paused) as other:
        with paused():
            assert not gc.isenabled()
            other.leave()
        assert gc.isenabled(), "the one that paused has left"


def test_collector_is_no_longer_paused_when_the_first_one_in_is_the_last_one_out() -> None:
    gc.enable()
    with _other(paused) as other:
        with pytest.raises(KeyError), paused():
            raise KeyError
        assert not gc.isenabled()
        other.leave()
        assert gc.isenabled()


def test_collector_runs_between_pauses_that_overlap_without_end() -> None:
    gc.enable()
    first = _Other(paused)
    second = _Other(paused)
    first.leave()
    seen = gc.isenabled()
    third = _Other(paused)
    second.leave()
    third.leave()
    assert seen, "as long as threads overlap, garbage would pile up"
    assert gc.isenabled()


def test_collector_that_the_host_has_off_stays_off() -> None:
    gc.disable()
    with _other(paused) as other, paused():
        other.leave()
    assert not gc.isenabled()


def test_collector_that_the_host_switches_on_meanwhile_stays_on() -> None:
    gc.disable()
    with paused():
        gc.enable()
    assert gc.isenabled()


def _child(works: Callable[[], bool]) -> int:
    """The exit code of a child process that is 0 if everything is well in it."""
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = 0 if works() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_child_process_has_the_limit_of_the_host_while_another_thread_has_room() -> None:
    before = sys.getrecursionlimit()

    def works() -> bool:
        first = sys.getrecursionlimit()
        with deep_calls():
            inside = sys.getrecursionlimit()
        return first == sys.getrecursionlimit() == before and inside >= 40_000

    with _other(deep_calls):
        assert _child(works) == 0


def test_child_process_collects_while_another_thread_pauses() -> None:
    gc.enable()

    def works() -> bool:
        first = gc.isenabled()
        with paused():
            inside = gc.isenabled()
        return first and gc.isenabled() and not inside

    with _other(paused):
        assert _child(works) == 0


def test_child_process_goes_on_where_its_own_thread_stood() -> None:
    gc.enable()
    before = sys.getrecursionlimit()

    def works() -> bool:
        return sys.getrecursionlimit() >= 40_000 and not gc.isenabled()

    with deep_calls(), paused():
        assert _child(works) == 0
    assert sys.getrecursionlimit() == before
    assert gc.isenabled()


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The recursion limits that are set, in their order."""
    found: list[int] = []
    really = sys.setrecursionlimit

    def recorded(limit: int) -> None:
        found.append(limit)
        really(limit)

    monkeypatch.setattr(sys, "setrecursionlimit", recorded)
    return found


@pytest.mark.parametrize("name", ["resnet:resnet152", "unet:paper", "inception_v3:aux"])
def test_limit_is_left_alone_for_networks_that_people_write(name: str, limits: list[int]) -> None:
    architecture = archcalc.load(name)
    architecture.check().closed_forms()
    architecture.legal_sizes()
    architecture.to_torch()
    assert limits == []


def test_limit_is_raised_for_deep_formulas_and_restored(limits: list[int]) -> None:
    before = sys.getrecursionlimit()
    lets = [f"k{index}: k{index - 1}{' + 1' * 40}" for index in range(1, 30)]
    spec = "input: [8]\nlet:\n  k0: 1\n" + "".join(f"  {let}\n" for let in lets) + "layers: [linear: k29]\n"
    assert archcalc.load(spec).check().outputs == {"output": (29 * 40 + 1,)}
    assert max(limits) >= 40_000, "the formulas are deeper than the limit of the host"
    assert sys.getrecursionlimit() == before


def _used(turn: int) -> tuple[int | None, str, bool]:
    """A check, an inverse question and an export by one thread."""
    architecture = archcalc.load("input: [1, N, N]\nlayers: [conv: [8, 3], max_pool: 2, conv: [4, 3]]")
    report = architecture.check(N=30 + 2 * turn)
    solved = architecture.solve("N", f"multiplications <= {10**6}")
    return report.totals.parameters, str(report.legal_sizes), "nn.Conv2d" in architecture.to_torch() and bool(solved)


@pytest.mark.parametrize("collecting", [True, False])
def test_eight_threads_leave_the_process_as_it_was(collecting: bool) -> None:
    (gc.enable if collecting else gc.disable)()
    before, interval = sys.getrecursionlimit(), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(_used, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert set(found) == {(372, "N = 0 (mod 2), N >= 8", True)}
    assert sys.getrecursionlimit() == before
    assert gc.isenabled() == collecting


def test_trees_are_made_by_one_thread_at_a_time() -> None:
    """Python 3.11 raises a SystemError where a callback of the collector lets another thread make a tree meanwhile."""

    def switch(phase: str, info: dict[str, int]) -> None:
        time.sleep(1e-5)

    threshold = gc.get_threshold()
    gc.callbacks.append(switch)
    gc.enable()
    gc.set_threshold(300)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: _definitions.__wrapped__(), range(4)))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(switch)
    assert found == [_definitions()] * 4
