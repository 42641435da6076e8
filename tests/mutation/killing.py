"""Run the tests of a room on its mutants, each in a process of its own that is forked when all tests are collected.

A first process finds out which tests call which functions and how long they take. A mutant is then tried on the tests
that call its function, the fastest first, until one fails. Nothing is imported twice: the changed function is compiled
and takes the place of the original wherever that is known.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from cProfile import Profile
from importlib import import_module
from itertools import accumulate
from math import ceil
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings
from mutation.operators import Mutant

SLOWER = 3.0
"""Tests that compute so many times as long as they should, and `PATIENCE` seconds besides, do not end."""
PATIENCE = 5.0
SECONDS = 10.0
"""A mutant is tried on the fastest tests that call its function, as many as take so long together."""
ASLEEP = 600.0
"""Seconds after which a process that waits for something is ended."""
MEMORY = 4 << 30
"""Bytes that a mutant may take in addition to what is there already."""

Function = tuple[str, str]
"""A function: the file, and the qualified name of the outermost function."""


class Site(NamedTuple):
    """A mutant, and the file that it changes."""

    path: Path
    mutant: Mutant


class Tried(NamedTuple):
    """What became of a mutant: the test that killed it, or none."""

    site: Site
    killer: str
    """The test that fails, "timeout", or empty for a survivor."""
    tests: int
    """Tests that were tried, all of which call the function."""


class Calls(NamedTuple):
    """Which tests call which functions, and how many seconds the tests take."""

    tests: dict[Function, list[int]]
    seconds: list[float]


class Effort(NamedTuple):
    """How much is done for the mutants of a room."""

    jobs: int = 1
    seconds: float = SECONDS
    patience: float = PATIENCE
    is_told: bool = False
    """Whether each mutant is told on standard error when it is over."""


class Killer:
    """A plugin of pytest that runs the collected tests on mutants in place of once."""

    def __init__(self, sites: Sequence[Site], modules: Iterable[str], effort: Effort) -> None:
        self.sites = sites
        self.modules = modules
        self.effort = effort
        self.found: list[Tried] = []
        self.problem = ""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Hypothesis draws the same examples for all mutants, and makes none smaller."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutation", derandomize=True, database=None, deadline=None, phases=phases)
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all mutants."""
        for module in self.modules:
            import_module(module)
        known = _functions({str(site.path) for site in self.sites})
        _shared_folder(session)
        calls = _measured(session)
        if isinstance(calls, str):
            self.problem = calls
            return True
        waiting = list(self.sites)
        running: dict[int, _Run] = {}
        while waiting or running:
            while waiting and len(running) < self.effort.jobs:
                site = waiting.pop(0)
                order, seconds = _chosen(site, calls, self.effort.seconds)
                run = _started(session, site, known, order, SLOWER * seconds + self.effort.patience)
                running[run.process] = run
            for run in [one for one in running.values() if one.is_over()]:
                del running[run.process]
                one = Tried(run.site, run.killer(session), len(run.order))
                self.found.append(one)
                if self.effort.is_told:
                    line = f"{one.site.path.name}:{one.site.mutant.line}: {one.killer or 'survived'}"
                    print(line, file=sys.stderr, flush=True)
            time.sleep(0.01)
        return True


class _Run:
    """The process of one mutant."""

    def __init__(self, process: int, read: int, site: Site, order: list[int]) -> None:
        self.process = process
        self.read = read
        self.site = site
        self.order = order
        self.end = time.monotonic() + ASLEEP
        self.status: int | None = None
        """How the process ended; None if it had to be ended."""

    def is_over(self) -> bool:
        """Whether the process has ended; one that takes too long is ended."""
        done, status = os.waitpid(self.process, os.WNOHANG)
        if done:
            self.status = status
        elif time.monotonic() > self.end:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        else:
            return False
        return True

    def killer(self, session: pytest.Session) -> str:
        """The test that failed; a process that ended in another way is killed as well."""
        with os.fdopen(self.read) as stream:
            told = stream.read()
        if self.status is None or (os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGXCPU):
            return "timeout"
        if told == "no function":
            raise LookupError(f"{self.site.mutant.function} of {self.site.path.name} cannot be replaced")
        if told == "survived":
            return ""
        return session.items[int(told)].nodeid if told.isdigit() else told or "crash"


def _started(
    session: pytest.Session, site: Site, known: dict[Function, list[FunctionType]], order: list[int], seconds: float
) -> _Run:
    """Start the process of a mutant, which may compute for so many seconds."""
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return _Run(process, read, site, order)
    os.close(read)
    # Whatever goes wrong here must not go on in the parent's code.
    told = "no function"
    try:
        replace(site, known[str(site.path), site.mutant.function])
        told = ""
        resource.setrlimit(resource.RLIMIT_AS, (_memory() + MEMORY, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (ceil(seconds), resource.RLIM_INFINITY))
        failed = _first_failure(session, order)
        told = "survived" if failed is None else str(failed)
    except BaseException as problem:
        told = told or f"crash: {problem!r}"
    finally:
        os.write(write, told.encode())
        os._exit(0)


def _chosen(site: Site, calls: Calls, most: float) -> tuple[list[int], float]:
    """The fastest tests that call a function, as many as take so long together, and the seconds that they take."""
    tests = calls.tests.get((str(site.path), site.mutant.function), [])
    order = sorted(tests, key=calls.seconds.__getitem__)
    total = list(accumulate(calls.seconds[index] for index in order))
    number = max(1, bisect_right(total, most))
    return order[:number], total[min(number, len(order)) - 1] if order else 0.0


def _memory() -> int:
    """The bytes of address space that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _functions(files: set[str]) -> dict[Function, list[FunctionType]]:
    """The functions that were imported from some files, also those that decorators and properties hold."""
    # What is frozen is not listed.
    gc.unfreeze()
    found: dict[Function, list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            found.setdefault((one.__code__.co_filename, one.__code__.co_qualname), []).append(one)
    gc.freeze()
    return found


def replace(site: Site, known: Iterable[FunctionType]) -> None:
    """Give a function the code that it has in a mutant."""
    texts = (site.path.read_text("utf-8"), site.mutant.text)
    original, changed = [
        _code(compile(text, str(site.path), "exec", dont_inherit=True), site.mutant.function) for text in texts
    ]
    # Overloads share a name; the lines tell them apart.
    lines = {code.co_firstlineno: new for code, new in zip(original, changed, strict=True)}
    for function in known:
        function.__code__ = lines[function.__code__.co_firstlineno]


def _code(module: CodeType, function: str) -> list[CodeType]:
    """The code of a function; overloads share a name."""
    waiting, found = [module], []
    while waiting:
        code = waiting.pop()
        inner = [one for one in code.co_consts if isinstance(one, CodeType)]
        found += [one for one in inner if one.co_qualname == function]
        waiting += inner
    return sorted(found, key=lambda code: code.co_firstlineno)


def _first_failure(session: pytest.Session, order: Iterable[int]) -> int | None:
    """The first test that fails."""
    judge = _Judge()
    session.config.pluginmanager.register(judge)
    # The gc of a process that lives for seconds only costs time.
    gc.disable()
    items = [session.items[index] for index in order]
    for index, item, following in zip(order, items, [*items, None][1:], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if judge.failed:
            return index
    return None


class _Judge:
    """Sees whether a test fails, or what it needs."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


def _measured(session: pytest.Session) -> Calls | str:
    """What the tests call, found out by a process of its own; or why that does not work."""
    read, write = os.pipe()
    process = os.fork()
    if not process:
        os.close(read)
        try:
            data = pickle.dumps(_calls(session))
            with os.fdopen(write, "wb") as stream:
                stream.write(data)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        data = stream.read()
    os.waitpid(process, 0)
    return pickle.loads(data) if data else "the tests cannot be measured"


def _calls(session: pytest.Session) -> Calls | str:
    judge = _Judge()
    session.config.pluginmanager.register(judge)
    tests: dict[Function, list[int]] = {}
    seconds = []
    for index, (item, following) in enumerate(zip(session.items, [*session.items[1:], None], strict=True)):
        # What is written in C costs a fraction of a function of Python's that is told of every call.
        seen = Profile(subcalls=False, builtins=False)
        started = time.process_time()
        seen.enable()
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seen.disable()
        seconds.append(time.process_time() - started)
        if judge.failed:
            return f"{item.nodeid} fails without any mutation"
        codes = [entry.code for entry in seen.getstats() if isinstance(entry.code, CodeType)]
        for function in {(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in codes}:
            tests.setdefault(function, []).append(index)
    return Calls(tests, seconds)


def _shared_folder(session: pytest.Session) -> None:
    """Make the folder of temporary files, which all processes use."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None:
        factory.getbasetemp()


def tried(
    sites: Sequence[Site], modules: Iterable[str], tests: Sequence[str], root: Path, effort: Effort
) -> list[Tried]:
    """Try mutants of some modules on tests, in this process, which imports them: call it in a process of its own.

    Raises: ValueError if a test fails without any mutation, or if there are none.
    """
    killer = Killer(sites, modules, effort)
    os.chdir(root)
    # Options of the run around this one, such as its number of processes, are not those of the tests here.
    os.environ.pop("PYTEST_ADDOPTS", None)
    # The share of random examples that a commit takes would let one commit kill what another lets live.
    os.environ["ARCHCALC_EXAMPLES"] = "1"
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", f"--rootdir={root}"]
    status = pytest.main([*options, *tests], plugins=[killer])
    if killer.problem or len(killer.found) != len(sites):
        raise ValueError(killer.problem or f"pytest ends with {status!r}")
    return killer.found
