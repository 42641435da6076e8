"""A mistake of archcalc and Ctrl-C have exit codes of their own, one line each, and are never swallowed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import time
import weakref
from pathlib import Path

import pytest
from command import COMMAND, environment, run

import archcalc
from archcalc.cli import main

ERRORS = [ValueError("no value for M"), AssertionError(), KeyError("x"), RuntimeError("a\x1b[31mb\nc"), MemoryError()]


@pytest.fixture
def broken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A folder in which every check fails as its test says."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ARCHCALC_TRACEBACK", raising=False)
    return monkeypatch


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("archcalc.api.report.Report.of", check)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_mistake_of_ours_is_one_line_to_report(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    fail_with(error, broken)
    assert main(["check", "good.yaml", "--set", "H=9"]) == 3
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "\x1b" not in told
    assert told.startswith(f"archcalc: internal error: {type(error).__name__}")
    assert f"a mistake of archcalc {archcalc.__version__}" in told
    assert "archcalc check good.yaml --set H=9" in told
    assert "ARCHCALC_TRACEBACK=1" in told


@pytest.mark.parametrize(("value", "is_told"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_traceback_comes_where_it_is_asked_for(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str, is_told: bool
) -> None:
    fail_with(ValueError("no value for M"), broken)
    broken.setenv("ARCHCALC_TRACEBACK", value)
    assert main(["check", "good.yaml"]) == 3
    told = capsys.readouterr().err
    assert ("Traceback (most recent call last)" in told) is is_told
    assert ("in check\n" in told) is is_told
    assert told.splitlines()[-1].startswith("archcalc: internal error: ValueError: no value for M (")


def test_a_long_message_is_cut(broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(ValueError("9" * 100_000), broken)
    assert main(["check", "good.yaml"]) == 3
    assert len(capsys.readouterr().err) < 700


def test_an_interrupt_has_the_code_that_shells_know(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(KeyboardInterrupt(), broken)
    assert main(["check", "good.yaml"]) == 130
    assert capsys.readouterr().err == "archcalc: interrupted\n"


class Thing:
    """Something that can be referred to weakly."""


def lost(_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_in_a_callback_is_not_forgotten(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python prints and forgets what a weak reference's callback raises; the command ends all the same, and soon."""

    def check(*_: object, **__: object) -> None:
        thing = Thing()
        watch = weakref.ref(thing, lost)
        del thing
        for _ in range(400):
            time.sleep(0.01)
        assert watch() is None

    broken.setattr("archcalc.api.report.Report.of", check)
    before, started = sys.unraisablehook, time.monotonic()
    assert main(["check", "good.yaml"]) == 130
    assert time.monotonic() - started < 3
    assert capsys.readouterr().err == "archcalc: interrupted\n"
    assert sys.unraisablehook is before


def test_an_interrupt_just_before_the_end_counts_too(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def schema(*_: object, **__: object) -> int:
        thing = Thing()
        watch = weakref.ref(thing, lost)
        del thing
        return int(watch() is not None)

    broken.setattr("archcalc.cli.commands.schema.run", schema)
    assert main(["schema"]) == 130
    assert capsys.readouterr().err == "archcalc: interrupted\n"


def test_other_exceptions_in_callbacks_stay_with_pythons_hook(
    broken: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[object] = []
    broken.setattr(sys, "unraisablehook", lambda one: seen.append(one.exc_type))

    def schema(*_: object, **__: object) -> int:
        thing = Thing()
        watch = weakref.ref(thing, lambda _: [][0])
        del thing
        return int(watch() is not None)

    broken.setattr("archcalc.cli.commands.schema.run", schema)
    assert main(["schema"]) == 0
    assert seen == [IndexError]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_signals_while_weak_references_die_end_the_command(tmp_path: Path) -> None:
    """A process that spends its time in callbacks: whichever the signal strikes, it ends with 130."""
    program = textwrap.dedent("""\
        import sys, weakref
        from archcalc.cli import main
        from archcalc.api.report import Report
        class Thing: pass
        def slow(_):
            for _ in range(20_000): pass
        def check(*_, **__):
            print("ready", flush=True)
            while True:
                thing = Thing()
                watch = weakref.ref(thing, slow)
                del thing
        Report.of = check
        sys.exit(main(["check", "lenet:lecture"]))
        """)
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            try:
                _, errors = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == 130
        assert errors.decode().endswith("archcalc: interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["--version"], ["schema"], ["explain", "conv"]])
@pytest.mark.parametrize("buffered", [True, False])
def test_what_cannot_be_printed_is_told(arguments: list[str], buffered: bool) -> None:
    variables = {} if buffered else {"PYTHONUNBUFFERED": "1"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, env=environment(**variables))
    assert done.returncode == 2
    assert done.stderr.decode() == "archcalc: No space left on device\n"


def test_help_tells_the_exit_codes() -> None:
    told = run("--help").stdout
    assert re.search(
        r"exit codes: 0 .*1 .*2 .*3 a mistake of archcalc\n\(ARCHCALC_TRACEBACK=1 shows where\), 130", told
    )
