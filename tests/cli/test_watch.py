"""`archcalc watch`: what it says, and that it ends with Ctrl-C and leaves nothing."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import run

Start = Callable[[], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def started(net: Path) -> Iterator[Start]:
    """Starts `watch`, and gives the process and the address that it says."""
    running: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        # What runs in the background of a shell begins without Ctrl-C.
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=net, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.fullmatch(r"watching net\.yaml: (http://127\.0\.0\.1:\d+/\?token=\S+)\n", line)
        assert found, line
        return process, found[1]

    yield start
    for process in running:
        process.kill()
        process.wait()


PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from archcalc.cli import main
sys.exit(main(["watch", "net.yaml", "--no-browser"]))
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "net.yaml").write_text("input: [1, 8, 8]\nlayers: [conv: [4, 3]]\n", encoding="utf-8")
    return tmp_path


def test_it_serves_until_ctrl_c_and_leaves_nothing(net: Path, started: Start) -> None:
    before = sorted(net.iterdir())
    process, address = started()
    with urllib.request.urlopen(address) as answer:
        assert b"<title>net</title>" in answer.read()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "ended\n")
    assert sorted(net.iterdir()) == before
    port = int(re.findall(r":(\d+)/", address)[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_can_be_chosen_if_it_is_free(net: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("watch", "net.yaml", "--no-browser", "--port", str(port), cwd=net)
    assert result.returncode == 2
    assert re.match(rf"archcalc: cannot listen on port {port}: ", result.stderr)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["net.yaml", "--port", "70000"], "a port is a number from 0 to 65,535, not 70000"),
        (["lenet:lecture"], "lenet comes with archcalc and is never saved"),
        (["-"], "standard input is no file that could be saved"),
        (["nobody.yaml"], "nobody.yaml"),
        (["many.yaml"], "many.yaml has the variants a, b; choose one"),
        (["many.yaml:c"], "no variant"),
    ],
)
def test_what_cannot_be_watched(net: Path, options: list[str], message: str) -> None:
    (net / "many.yaml").write_text(
        "input: [1, N, N]\nlayers: [conv: [4, 3]]\nvariants: {a: {at: {N: 5}}, b: {at: {N: 7}}}\n", encoding="utf-8"
    )
    result = run("watch", *options, "--no-browser", cwd=net)
    assert result.returncode == 2
    assert message in result.stderr


def test_a_broken_file_can_be_watched(net: Path, started: Start) -> None:
    (net / "net.yaml").write_text("input: [1, 8\n", encoding="utf-8")
    process, address = started()
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
