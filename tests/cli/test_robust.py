"""The command line on bad files, bad arguments, closed pipes and interrupts: exit codes and messages, no tracebacks."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import COMMAND, environment, run

GOOD = "input: [8]\nlayers: [linear: 10]\n"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.yaml", b"", "AC114"),
        ("binary.yaml", b"\x89PNG\r\n\x1a\n\x00\x00", "AC101"),
        ("latin.yaml", b"name: caf\xe9\n", "AC102"),
        ("tabs.yaml", b"layers:\n\t- relu\n", "AC106"),
        ("twice.yaml", b"input: [8]\ninput: [9]\nlayers: [relu]\n", "AC110"),
        ("two.yaml", b"a: 1\n---\nb: 2\n", "AC111"),
        ("deep.yaml", b"[" * 100_000, "AC113"),
        ("deep.json", b'{"a":' * 100_000, "AC113"),
        ("bomb.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nlayers: *b\n", "AC107"),
        ("fraction.yaml", b"input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n", "AC301"),
    ],
)
def test_a_bad_file_is_an_error_with_a_place(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    result = run("check", name, cwd=tmp_path)
    assert result.returncode == 1
    assert f"error[{message}]" in result.stdout
    assert f"--> {name}" in result.stdout


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert run("check", "bom.yaml", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["check"], "name a SPEC, such as net.yaml or a folder"),
        (["chekc", "a.yaml"], "invalid choice"),
        (["check", "missing.yaml"], "there is no file missing.yaml"),
        (["check", "godo.yaml"], "did you mean good.yaml"),
        (["check", "nowhere/net.yaml"], "there is no folder nowhere"),
        (["check", "lenetto"], "catalogue"),
        (["check", "C:\\nets\\net.yaml"], "there is n"),
        (["check", "empty"], "no .yaml, .yml or .json file in the folder"),
        (["check", "folder.yaml"], "no .yaml, .yml or .json file in the folder"),
        (["check", "a\x1b[31mb"], "a\\x1b[31mb"),
        (["check", "a\nb"], "a\\nb"),
        (["check", "good.yaml", "--depth", "0"], "1 or more"),
        (["check", "good.yaml", "--depth", "x"], "1 or more"),
        (["check", "good.yaml", "sized.yaml", "--depth", "2"], "--depth is for the table of one network, and there"),
        (["check", "variants.yaml", "--no-fold", "--depth", "2"], "--depth and --no-fold are for the table of one"),
        (["check", "good.yaml", "--format", "xml"], "invalid choice"),
        (["check", "good.yaml", "--set", "N"], "NAME=VALUE"),
        (["check", "good.yaml", "--set", "=3"], "NAME=VALUE"),
        (["check", "good.yaml", "--set", "N="], "--set N"),
        (["check", "good.yaml", "--set", "N=3"], "no such symbol or let"),
        (["check", "sized.yaml", "--set", "M=3"], "there are: N"),
        (["check", "sized.yaml", "--set", "N=abc"], "a number is needed"),
        (["check", "sized.yaml", "--set", "N=9**9**9"], "1,000 digits"),
        (["check", "sized.yaml", "--set", "N=__import__('os')"], "--set N"),
        (["check", "sized.yaml", "--set", "N=[1, 2]"], "--set N"),
        (["check", "good.yaml:small"], "no variants"),
        (["check", "variants.yaml:smal"], "did you mean `small`"),
        (["check", "resnet:nothing"], "no variant"),
        (["explain", "AC999"], "no word of the language AC999"),
        (["explain", "fractional"], "no code"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "sized.yaml").write_text("input: [N]\nlayers: [relu]\n")
    (tmp_path / "variants.yaml").write_text("input: [8]\nlayers: [relu]\nvariants: {small: {}, large: {}}\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.yaml").mkdir()
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr


@pytest.mark.parametrize("value", ["0", "-3", "2.5", "10**300"])
def test_a_value_that_is_no_size_is_an_error_of_the_network(tmp_path: Path, value: str) -> None:
    (tmp_path / "sized.yaml").write_text("input: [N]\nlayers: [relu]\n")
    result = run("check", "sized.yaml", "--set", f"N={value}", cwd=tmp_path)
    assert result.returncode == 1
    assert "error[AC" in result.stdout


def test_an_empty_variant_means_no_variant(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    assert run("check", "good.yaml:", cwd=tmp_path).returncode == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(GOOD)
    secret.chmod(0)
    result = run("check", "secret.yaml", cwd=tmp_path)
    assert result.returncode == 2
    assert "secret.yaml" in result.stderr


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_reader_that_leaves_is_no_error_of_ours(tmp_path: Path, output: str) -> None:
    (tmp_path / "long.yaml").write_text("input: [8]\nlayers:\n" + "  - linear: 8\n  - relu\n" * 3000)
    command = [*COMMAND, "check", "long.yaml", "--format", output]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(30)
    assert errors == b""


def test_an_output_that_is_closed_from_the_start_is_no_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "check", "good.yaml"], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, env=environment()
    )
    os.close(write)
    assert done.stderr == b""


def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text(
        "blocks:\n  b(n): [{b: n - 1, when: n > 0}, {b: n - 1, when: n > 0}]\ninput: [8]\nlayers: [{b: 40}]\n"
    )
    with subprocess.Popen(
        [*COMMAND, "check", *["slow.yaml"] * 20],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # Whoever runs the tests in the background has told them to ignore interrupts, and so a child of theirs.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.decode().strip() == "archcalc: interrupted"
