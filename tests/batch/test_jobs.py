"""`archcalc check --jobs`: the same answer in the same order, and nothing that is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.command import COMMAND, FRACTION, GOOD, VARIANTS, environment, run

FORMATS = ("text", "json", "csv", "github", "sarif")
SLOW = "input: [1, 64]\nlayers: [{repeat: 40000, do: [conv: [1, 1]]}]\n"
"""A second or more."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(30):
        text = (GOOD, FRACTION, VARIANTS)[number % 3]
        (tmp_path / f"net{number:02}.yaml").write_text(text.replace("name: Small", f"name: Small{number}"))
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    return tmp_path


@pytest.mark.parametrize("format", FORMATS)
def test_answers_are_the_same_to_the_byte(folder: Path, format: str) -> None:
    question = ("check", ".", "--format", format)
    one, two, all_ = (run(*question, "--jobs", jobs, cwd=folder) for jobs in ("1", "2", "0"))
    for other in (two, all_):
        assert (other.returncode, other.stdout, other.stderr) == (one.returncode, one.stdout, one.stderr)
    assert one.returncode == 1
    assert one.stderr.startswith("archcalc: skipped 1 file: compose.yaml has neither")


def test_configuration_and_values_reach_every_process(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        "[tool.archcalc]\nwarn-as-error = true\n[[tool.archcalc.budgets]]\nspecs = '*0.yaml'\nlayers = '..1'\n"
    )
    one, two = (run("check", "--set", "c=9", "--jobs", jobs, cwd=folder) for jobs in ("1", "2"))
    assert (two.returncode, two.stdout, two.stderr) == (one.returncode, one.stdout, one.stderr)
    assert "error[AC607]" in one.stdout


def test_a_number_of_processes_is_a_number(folder: Path) -> None:
    done = run("check", ".", "--jobs", "-1", cwd=folder)
    assert done.returncode == 2
    assert "argument --jobs" in done.stderr


def processes(folder: Path) -> list[int]:
    """The processes that work in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_what_ends_the_command_ends_its_processes(tmp_path: Path, sent: signal.Signals) -> None:
    for number in range(20):
        (tmp_path / f"{number}.yaml").write_text(SLOW)
    with subprocess.Popen(
        [*COMMAND, "check", ".", "--jobs", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        while len(processes(tmp_path)) < 3 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(sent)
        out, err = process.communicate(timeout=60)
    assert process.returncode == (130 if sent == signal.SIGINT else -sent)
    assert out == b""
    assert err == (b"archcalc: interrupted\n" if sent == signal.SIGINT else b"")
    for _ in range(250):
        if not processes(tmp_path):
            break
        time.sleep(0.02)
    assert processes(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_process_that_is_killed_is_told(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.yaml").write_text(SLOW)
    with subprocess.Popen(
        [*COMMAND, "check", ".", "--jobs", "2"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        while len(processes(tmp_path)) < 3 and process.poll() is None:
            time.sleep(0.02)
        os.kill(max(processes(tmp_path)), signal.SIGKILL)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith(b"archcalc: a process that checked files was ended from outside")
