"""Pieces by a scheduler of Dask and its workers, each a process of its own, of which some are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.command import environment
from sweep.test_stored_folders import SLOW, TEXT, rows_in, start, temporary, wait_for

import archcalc

pytest.importorskip("pyarrow")
pytest.importorskip("distributed")

SHOW = ["parameters", "legal", "obstacle"]
PIECES = 62


class Cluster:
    """A scheduler and workers of one thread each, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.file = folder / "scheduler.json"
        self.folder = folder
        self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        self.workers = [self.worker() for _ in range(workers)]

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", str(self.file)]
        return subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd=self.folder,
        )

    def worker(self) -> subprocess.Popen[bytes]:
        # Without a nanny, so that the process is the worker, and nobody starts it again.
        return self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")

    @property
    def address(self) -> str:
        until = time.monotonic() + 60
        while not self.file.exists() or not self.file.read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        found: str = json.loads(self.file.read_text())["address"]
        return found

    def end(self) -> None:
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path, 2)
    try:
        yield found
    finally:
        found.end()


def slow() -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(SLOW, show=SHOW)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same by one process."""
    folder = tmp_path_factory.mktemp("here") / "out"
    slow().write(folder, piece=30)
    return folder


def same(folder: Path, other: Path) -> bool:
    def contents(one: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in one.glob("part-*")}

    assert temporary(folder) == []
    assert rows_in(folder) == rows_in(other)
    return contents(folder) == contents(other)


def mtimes(folder: Path) -> dict[str, Any]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*")}


def test_workers_client_and_scheduler_are_killed(tmp_path: Path, cluster: Cluster, here: Path) -> None:
    # A worker that is lost is no error: its pieces go to the others.
    one = tmp_path / "one"
    client = start(one, cluster.address)
    wait_for(one, 5)
    cluster.workers[0].kill()
    cluster.workers[0].wait()
    cluster.workers.append(cluster.worker())
    _, told = client.communicate(timeout=120)
    assert client.returncode == 0, told
    assert same(one, here)

    # A client that is killed loses no piece that is done, and another one goes on.
    two = tmp_path / "two"
    client = start(two, cluster.address)
    wait_for(two, 5)
    client.kill()
    client.communicate()
    time.sleep(0.5)
    before = mtimes(two)
    assert len(before) < PIECES
    slow().write(two, on=cluster.address)
    assert same(two, here)
    assert {name: stamp for name, stamp in mtimes(two).items() if name in before} == before

    # A scheduler that is killed ends the client with one sentence; without Dask, the same goes on.
    three = tmp_path / "three"
    client = start(three, cluster.address)
    wait_for(three, 5)
    os.kill(cluster.scheduler.pid, signal.SIGKILL)
    _, told = client.communicate(timeout=120)
    assert client.returncode == 1
    assert told.splitlines()[-1].startswith("Unfinished: "), told
    assert "the same once more does the others" in told
    slow().write(three)
    assert same(three, here)
