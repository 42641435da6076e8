"""A process that is asked is believed where it answers, and ended where it does not or says something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archcalc.isolation.parent import Lost, Worker

ECHO = """\
import json, sys
for line in sys.stdin:
    print(json.dumps({"asked": json.loads(line)}), flush=True)
"""


def program(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return path


def process_of(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


def assert_gone(process: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_it_is_asked_again_and_again(tmp_path: Path) -> None:
    with Worker(program(tmp_path, ECHO)) as worker:
        assert [worker.ask({"number": number}, 60) for number in range(3)] == [
            {"asked": {"number": number}} for number in range(3)
        ]
        process = process_of(worker)
    assert_gone(process)


@pytest.mark.parametrize("said", ["[1]", "7", "{", "no JSON", "[" * 100_000])
def test_what_is_no_answer_is_told(tmp_path: Path, said: str) -> None:
    text = f"import sys, time\nsys.stdin.readline()\nprint({said!r}, flush=True)\ntime.sleep(600)\n"
    with Worker(program(tmp_path, text)) as worker:
        process = process_of(worker)
        assert worker.ask({}, 60) == Lost("nonsense")
        assert not worker.is_running
        assert_gone(process)


def test_a_process_that_does_not_answer_is_ended(tmp_path: Path) -> None:
    with Worker(program(tmp_path, "import time\ntime.sleep(600)\n")) as worker:
        process = process_of(worker)
        assert worker.ask({}, 0.2) == Lost("time")
        assert not worker.is_running
        assert_gone(process)


def test_how_a_process_has_ended_is_told(tmp_path: Path) -> None:
    with Worker(program(tmp_path, "import os, sys\nsys.stdin.readline()\nos._exit(3)\n")) as worker:
        assert worker.ask({}, 60) == Lost("ended", 3)
        worker.start()
        assert worker.ask({}, 60) == Lost("ended", 3)


def test_a_file_beside_the_program_takes_the_place_of_no_module(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)\n", encoding="utf-8")
    with Worker(program(tmp_path, ECHO)) as worker:
        assert worker.ask({"number": 1}, 60) == {"asked": {"number": 1}}
