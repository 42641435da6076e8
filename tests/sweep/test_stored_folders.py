"""Folders of designs: numbered pieces by any executor, what is lost and found again, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from cli.command import COMMAND, ROOT, environment, run
from effort import share

import archcalc
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.stored import running
from archcalc.sweep.stored.folder import folder_for, read_folder, usual_size
from archcalc.sweep.stored.formats import machine, replaced
from archcalc.sweep.stored.piece import PieceFailed, piece
from archcalc.sweep.stored.running import Unfinished, finish, work_in

parquet = pytest.importorskip("pyarrow.parquet")

TEXT = """\
name: Deep
input: [3, N, N]
at: {N: 32}
let: {depth: 1, width: 8}
layers:
  - repeat: depth
    do: [{conv: {out: width, kernel: 3}}, relu]
  - max_pool: 2
"""
AXES = {"depth": range(1, 10), "N": range(8, 40), "width": (3, 8)}


def deep(where: str = "", show: tuple[str, ...] = ("parameters", "legal", "obstacle")) -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(AXES, where or (), show)


EVERY = [row for batch in deep().batches() for row in batch.to_pylist()]

SLOW = {**AXES, "depth": range(1, 30)}
"""Enough work to be killed in the middle of."""


@pytest.fixture(scope="module")
def slow() -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(SLOW, show=["parameters", "legal", "obstacle"])


@pytest.fixture(scope="module")
def slow_rows(slow: archcalc.Sweep) -> list[dict[str, Any]]:
    return [row for batch in slow.batches() for row in batch.to_pylist()]


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """The rows of all pieces, in their order, as anybody reads the folder as one table."""
    rows: list[dict[str, Any]] = parquet.read_table(folder).to_pylist()
    assert [row["design"] for row in rows] == sorted(row["design"] for row in rows)
    return rows


def temporary(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix == ".tmp"]


@pytest.mark.parametrize("size", [50, 99, 576, 10**6])
def test_pieces_of_any_size_have_the_same_rows(tmp_path: Path, size: int) -> None:
    tally = deep().write(tmp_path / "out", piece=size)
    assert rows_in(tmp_path / "out") == EVERY
    assert tally == (len(EVERY), sum(row["legal"] for row in EVERY), sum(row["legal"] for row in EVERY), len(EVERY))
    assert len(list((tmp_path / "out").iterdir())) == 1 + -(-len(EVERY) // size)


def test_any_executor_writes_the_same_bytes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2) as forked:
        executors: dict[str, Executor | str | None] = {
            "here": None,
            "threads": threads,
            "forked": forked,
            "spawned": "processes:2",
        }
        for name, executor in executors.items():
            deep().write(tmp_path / name, on=executor, piece=45)
    names = sorted(path.name for path in (tmp_path / "here").glob("part-*"))
    assert len(names) == 13
    for name in executors:
        for part in names:
            assert (tmp_path / name / part).read_bytes() == (tmp_path / "here" / part).read_bytes()


def test_a_piece_is_a_function_of_three_plain_values(tmp_path: Path) -> None:
    folder = folder_for(deep(), tmp_path / "out", 130)
    found = piece(str(folder.question_file), 4, str(folder.path))
    assert found.number == 4
    assert found.tally.points == len(EVERY) - 520
    assert rows_in(folder.path) == EVERY[520:]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    piece(str(folder.question_file), 4, str(elsewhere))
    assert (elsewhere / "part-000004.parquet").read_bytes() == folder.part(4).read_bytes()
    assert parquet.read_metadata(folder.part(4)).metadata[b"archcalc.piece"] == b"4"


def test_only_what_is_missing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    whole = deep().write(out, piece=45)
    deep("parameters <= 1M").write(other, piece=45)
    names = [f"part-{number:06}.parquet" for number in range(13)]
    (out / names[2]).unlink()
    data = (out / names[5]).read_bytes()
    (out / names[5]).write_bytes(data[: len(data) // 2])
    (out / names[7]).write_bytes((other / names[7]).read_bytes())  # of another question
    (out / names[8]).write_bytes((out / names[9]).read_bytes())  # another piece of this one
    (out / names[10]).write_bytes(b"")
    asked: list[int] = []
    real = running.piece

    def counted(question_file: str, number: int, folder: str) -> Any:
        asked.append(number)
        return real(question_file, number, folder)

    monkeypatch.setattr(running, "piece", counted)
    assert deep().write(out) == whole
    assert asked == [2, 5, 7, 8, 10]
    assert rows_in(out) == EVERY
    assert deep().write(out) == whole
    assert len(asked) == 5


class Counting(Executor):
    """Does everything at once and counts what is in flight; some pieces fail as those of lost workers do."""

    def __init__(self, workers: int, lost: tuple[int, ...] = ()) -> None:
        self._max_workers = workers
        self.most = self.done = 0
        self.lost = lost
        self.askers: set[threading.Thread] = set()
        self.waiting: list[tuple[Future[Any], Any]] = []

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.askers.add(threading.current_thread())
        self.waiting.append((future, arguments))
        self.most = max(self.most, len(self.waiting))
        threading.Timer(0.02, self._do, (function,)).start()
        return future

    def _do(self, function: Any) -> None:
        future, arguments = self.waiting.pop(0)
        if not future.set_running_or_notify_cancel():
            return
        if arguments[1] in self.lost:
            future.set_exception(BrokenProcessPool("gone"))
            return
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)


def test_few_pieces_are_in_flight(tmp_path: Path) -> None:
    executor = Counting(3)
    deep().write(tmp_path / "out", on=executor, piece=10)
    assert rows_in(tmp_path / "out") == EVERY
    assert executor.most <= 12 < len(EVERY) // 10


def test_a_lost_worker_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        Unfinished, match=r"a worker ended before its piece was done.*the same once more does the others"
    ):
        deep().write(tmp_path / "out", on=Counting(2, lost=(3,)), piece=45)
    assert deep().write(tmp_path / "out").rows == len(EVERY)
    assert rows_in(tmp_path / "out") == EVERY


class Mute(Counting):
    """Does pieces, and loses what some of them tell, as a worker does that is killed a moment later."""

    def _do(self, function: Any) -> None:
        def mute(question_file: str, number: int, folder: str) -> Any:
            found = function(question_file, number, folder)
            if number % 3 == 0:
                raise ValueError("what it told is lost")
            return found

        super()._do(mute)


def test_a_piece_that_is_there_is_done_whoever_tells_it(tmp_path: Path) -> None:
    assert deep().write(tmp_path / "out", on=Mute(2), piece=45).rows == len(EVERY)
    assert rows_in(tmp_path / "out") == EVERY


SCRIPT = """\
import sys, archcalc
if __name__ == "__main__":
    space = archcalc.load({text!r}).sweep({axes}, show=["parameters", "legal", "obstacle"])
    try:
        space.write(sys.argv[1], on=sys.argv[2] if len(sys.argv) > 2 else None, piece=30)
    except Exception as error:
        sys.exit(f"{{type(error).__name__}}: {{error}}")
"""


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    """A process of its own that fills a folder."""
    script = folder.parent / "fill.py"
    script.write_text(SCRIPT.format(text=TEXT, axes=SLOW))
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), *more],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def wait_for(folder: Path, parts: int) -> None:
    """Wait until so many pieces are done."""
    until = time.monotonic() + 60
    while len(list(folder.glob("part-*.parquet"))) < parts:
        assert time.monotonic() < until
        time.sleep(0.005)


def children(process: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process), "-f", "spawn_main"], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


@pytest.mark.skipif(not Path("/usr/bin/pgrep").exists(), reason="children are found with pgrep")
def test_a_killed_worker_loses_no_piece_that_is_done(
    tmp_path: Path, slow: archcalc.Sweep, slow_rows: list[dict[str, Any]]
) -> None:
    out = tmp_path / "out"
    process = start(out, "processes:2")
    wait_for(out, 4)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told.startswith("Unfinished: a worker ended before its piece was done")
    assert "of 62 pieces are done" in told
    done = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    assert len(done) < 62
    slow.write(out, on="processes:2")
    assert rows_in(out) == slow_rows
    assert temporary(out) == []
    assert {name: (out / name).stat().st_mtime_ns for name in done} == done


@pytest.mark.parametrize("on", share([(), ("processes:2",)], shares=2))
def test_a_killed_client_loses_no_piece_that_is_done(
    tmp_path: Path, on: tuple[str, ...], slow: archcalc.Sweep, slow_rows: list[dict[str, Any]]
) -> None:
    out = tmp_path / "out"
    process = start(out, *on)
    wait_for(out, 3)
    workers = children(process.pid) if on else []
    process.kill()
    process.communicate(timeout=60)
    until = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    assert len(before) < 62
    slow.write(out)
    assert rows_in(out) == slow_rows
    assert temporary(out) == []
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before


def test_an_executor_is_asked_where_no_interruption_breaks_in(tmp_path: Path) -> None:
    """Ctrl-C is raised in the main thread, in the middle of whatever it does, and a lock that it holds then stays."""
    executor = Counting(2)
    finish(work_in(folder_for(deep(), tmp_path / "out", 45)), executor)
    assert executor.askers and threading.main_thread() not in executor.askers
    assert not any(asker.is_alive() for asker in executor.askers)


@pytest.mark.parametrize("on", share([(), ("--on", "processes:2")], turn=1, shares=2))
def test_an_interrupted_command_goes_on(tmp_path: Path, on: tuple[str, ...]) -> None:
    (tmp_path / "deep.yaml").write_text(TEXT)
    axes = ["--for", "depth=1..9", "--for", "N=8..2000", "--for", "width=3,8", "--show", "parameters,obstacle"]
    asked = ["sweep", "deep.yaml", *axes, "-o", "out/"]
    # As a shell does it: Ctrl-C is for all processes of the command.
    process = subprocess.Popen(
        [*COMMAND, *asked, *on],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    try:
        wait_for(tmp_path / "out", 1)
    except AssertionError:
        process.kill()
        raise
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, told
    assert told.endswith("pieces are done; the same command goes on\narchcalc: interrupted\n"), told
    assert "Traceback" not in told
    assert temporary(tmp_path / "out") == []


def test_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    folder = folder_for(deep(), out, 45)
    left = {
        "dead": f"_part-000003.parquet.{machine()}.{int(dead.stdout)}.tmp",
        "alive": f"_part-000900.parquet.{machine()}.{os.getpid()}.tmp",
        "elsewhere": "_part-000005.parquet.another-machine.17.tmp",
    }
    for name in left.values():
        (out / name).write_bytes(b"half")
    with pytest.raises(Unfinished):
        finish(work_in(folder), Counting(2, lost=(12,)))
    assert left["dead"] not in temporary(out)
    assert {left["alive"], left["elsewhere"]} <= set(temporary(out))
    deep().write(out)
    assert temporary(out) == []


def test_a_piece_that_fails_leaves_what_stood_in_its_place(tmp_path: Path) -> None:
    place = tmp_path / "part-000001.parquet"
    place.write_bytes(b"whole")
    with pytest.raises(OSError, match="the disk is full"), replaced(place) as stream:
        stream.write(b"half")
        stream.flush()
        assert place.read_bytes() == b"whole"
        raise OSError("the disk is full")
    assert (place.read_bytes(), temporary(tmp_path)) == (b"whole", [])
    with replaced(place) as stream:
        stream.write(b"another")
    assert (place.read_bytes(), temporary(tmp_path)) == (b"another", [])


def test_the_size_of_pieces_follows_the_work() -> None:
    assert usual_size(archcalc.load("resnet:resnet50").sweep({"H": range(32, 4000), "W": range(32, 4000)})) == 2**18
    told = archcalc.load(TEXT).sweep({"depth": range(1, 100), "N": range(8, 40)}, show="obstacle")
    assert usual_size(told) == 256
    huge = archcalc.load("resnet:resnet50").sweep({"H": range(32, 10**6), "W": range(32, 10**6)}, "flops < 1G")
    assert huge.points / usual_size(huge) <= 100_000


def test_a_folder_knows_its_question(tmp_path: Path) -> None:
    out = tmp_path / "out"
    deep().write(out, piece=150)
    for other, what in (
        (deep("parameters <= 1M"), "another --where"),
        (deep(show=("parameters",)), "another --show"),
        (
            archcalc.load(TEXT.replace("kernel: 3", "kernel: 1")).sweep(AXES, show=["parameters"]),
            "another spec, --show",
        ),
        (
            archcalc.load(TEXT).sweep({**AXES, "width": (3, 9)}, show=["parameters", "legal", "obstacle"]),
            "another --for",
        ),
    ):
        with pytest.raises(WrongQuestion, match=f"has the designs of another question \\({what}\\)"):
            other.write(out)
    with pytest.raises(WrongQuestion, match="has pieces of 150 designs, and not of 200"):
        deep().write(out, piece=200)
    assert rows_in(out) == EVERY


def test_another_version_is_another_question(tmp_path: Path) -> None:
    folder = folder_for(deep(), tmp_path / "out", 150)
    text = folder.question_file.read_text()
    folder.question_file.write_text(text.replace(f'"archcalc": "{archcalc.__version__}"', '"archcalc": "0.0.1"'))
    with pytest.raises(WrongQuestion, match="is not what a sweep has written"):
        read_folder(folder.question_file)
    data = {**folder.data, "archcalc": "0.0.1"}
    from archcalc.sweep.stored.asked import digest

    told = {**json.loads(text), "question": data, "sha256": digest(data)}
    folder.question_file.write_text(json.dumps(told))
    with pytest.raises(WrongQuestion, match="another version of archcalc"):
        deep().write(tmp_path / "out")
    with pytest.raises(PieceFailed, match=r"archcalc 0\.0\.1 has asked, and this is archcalc"):
        piece(str(folder.question_file), 0, str(folder.path))


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "deep.yaml").write_text(TEXT)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "_question.json").write_text('{"question": 3}')
    yield tmp_path
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (["-o", "file/"], "file is a file"),
        (["-o", "file"], "file is a file"),
        (["-o", "mine"], "mine has files of something else in it"),
        (["-o", "odd/"], "is not what a sweep has written"),
        (["-o", "no/such/out/"], "cannot write no/such/out/: No such file or directory"),
        (["-o", "designs.txt"], "designs are written to a file, such as designs.parquet"),
        (["-o", "designs.parquet", "--on", "processes:2"], "--on says who does the pieces of a folder"),
        (["--on", "processes:2"], "--on says who does the pieces of a folder"),
        (["-o", "out/", "--on", "processes"], "pieces are done on processes:N"),
        (["-o", "out/", "--on", "processes:0"], "pieces are done on processes:N"),
        (["-o", "out/", "--on", "processes:999999999999"], "pieces are done on processes:N"),
        (["-o", "out/", "--on", "http://x:1"], "pieces are done on processes:N"),
        (["-o", "out/", "--first", "3"], "a folder takes all designs: name a file for --first"),
        (["-o", "out/", "--count"], "--count writes no designs"),
        (
            ["-o", "out/", "--for", "width=1..1000000", "--for", "depth=1..1000"],
            "all 10,000,000,000 designs is too large",
        ),
        (["-o", "a.parquet", "--for", "width=1..1000000", "--for", "depth=1..1000"], "designs is too large"),
        (["-o", "a.csv", "--for", "width=1..1000000", "--for", "depth=1..1000"], "designs is too large"),
        (["-o", "out/", "--for", "width=1..999999999999999"], "too many to go through"),
    ],
)
def test_hostile_questions_are_one_error(workplace: Path, asked: list[str], problem: str) -> None:
    done = run("sweep", "deep.yaml", "--for", "N=8..17", *asked, cwd=workplace)
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_very_many_pieces_are_refused(tmp_path: Path) -> None:
    space = archcalc.load(TEXT).sweep({"N": range(8, 10**6), "width": range(1, 10**6)}, "parameters <= 3")
    with pytest.raises(WrongQuestion, match=r"999,991,000,008 pieces of 1 designs? are too many: at most 100,000"):
        space.write(tmp_path / "out", piece=1)
    with pytest.raises(WrongQuestion, match="a piece has one design at least"):
        space.write(tmp_path / "out", piece=0)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="ulimit")
@pytest.mark.parametrize("place", ["out/", "designs.parquet", "designs.arrow", "designs.csv"])
def test_a_full_disk_is_one_error(workplace: Path, place: str) -> None:
    """A limit on the size of files stands for the end of the disk: the system calls fail alike."""
    axes = "--for N=8..4000 --for width=3..30"
    code = f"ulimit -f 8; exec {sys.executable} -m archcalc sweep deep.yaml {axes} -o {place}"
    done = subprocess.run(
        ["bash", "-c", code], cwd=workplace, env=environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    if place == "out/":
        assert "0 of 1 pieces are done" in done.stderr
        assert temporary(workplace / "out") == []
    else:
        assert not (workplace / place).exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_writable_is_one_error(workplace: Path) -> None:
    (workplace / "closed").mkdir(mode=0o555)
    done = run("sweep", "deep.yaml", "--for", "N=8..17", "-o", "closed/", cwd=workplace)
    assert done.returncode == 2
    assert "cannot write closed/: Permission denied" in done.stderr


def test_a_worker_without_the_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(PieceFailed, match="a folder has to be on a disk that all machines share"):
        piece(str(tmp_path / "_question.json"), 0, str(tmp_path))


def test_the_command_says_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text(TEXT)
    asked = ["sweep", "deep.yaml", "--for", "N=8..17", "-o", "out/"]
    first = run(*asked, cwd=tmp_path)
    assert first.stdout.splitlines()[-2:] == ["5 of 10 are legal", "5 written to out/"]
    again = run(*asked, "--on", "processes:1", cwd=tmp_path)
    assert again.stdout.splitlines()[-3:] == ["done already: 1 of 1 pieces", "5 of 10 are legal", "5 written to out/"]
    assert ROOT.is_dir()
