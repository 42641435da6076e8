"""Shells as a person uses them: a line is typed into a terminal, a key is pressed, and the shell runs what is there.

`archcalc` is a function of the shell that prints its arguments, and no Python is found on its path: whatever a script
of completion does, it does by itself.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

TAB = "\t"
ALL = "\x1b*"
"""The key of bash that puts in everything that fits."""
_READY = "=ready="
_PATIENCE = 20.0
_STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
_SETUP = {
    "bash": "bind 'set bell-style none'; archcalc() {{ printf '<%s>' \"$@\"; echo; }}; source {script}",
    "zsh": "autoload -Uz compinit && compinit -u -d {folder}/dump; archcalc() {{ printf '<%s>' \"$@\"; echo }}; "
    "source {script}",
}


def missing(shell: str) -> bool:
    """Whether a shell is not installed here."""
    return shutil.which(shell) is None


def typed(shell: str, script: Path, folder: Path, lines: Sequence[str]) -> list[list[str]]:
    """The arguments that `archcalc` gets by each of the lines, in which keys are pressed where they stand."""
    found = []
    with _Terminal(_STARTS[shell], folder) as terminal:
        terminal.run(_SETUP[shell].format(script=script, folder=script.parent))
        for line in lines:
            answer = terminal.run(line)
            shown = [row for row in answer.splitlines() if row.startswith("<") and row.endswith(">")]
            assert shown, answer
            found.append(shown[-1][1:-1].split("><"))
    return found


def offered(script: Path, folder: Path, line: str) -> dict[str, str]:
    """What fish offers for a line, with the descriptions."""
    asked = [str(shutil.which("fish")), "--no-config", "-c", f"source {script}; complete -C '{line}'"]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, env=_environment(folder))
    assert not done.stderr, done.stderr
    rows = [row.partition("\t") for row in done.stdout.splitlines()]
    return {name: purpose for name, _, purpose in rows}


def _environment(folder: Path) -> dict[str, str]:
    """A path with the tools of the system and nothing of Python's, and a home without settings."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("cat", "ls", "mkdir", "rm", "sed", "tty", "uname"):
        if (found := shutil.which(name)) and not (tools / name).exists():
            (tools / name).symlink_to(found)
    return {"PATH": str(tools), "HOME": str(tools), "TERM": "dumb", "LANG": "C.UTF-8", "PS1": "$ ", "COLUMNS": "500"}


class _Terminal:
    """A shell behind a terminal."""

    def __init__(self, command: list[str], folder: Path) -> None:
        program, environment = shutil.which(command[0]), _environment(folder)
        assert program is not None
        self.child, self.side = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execve(program, command, environment)

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.side)
        os.waitpid(self.child, 0)

    def run(self, line: str) -> str:
        """Type a line with its keys, and have what the shell prints until it is ready for the next one."""
        os.write(self.side, f"{line}\r".encode())
        os.write(self.side, b"printf '=%s=\\n' ready\r")
        return self._read(until=f"\n{_READY}")

    def _read(self, until: str) -> str:
        """What comes until a text is there."""
        answer = ""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and until not in answer:
            ready, _, _ = select.select([self.side], [], [], 1)
            if ready:
                answer += os.read(self.side, 65536).decode(errors="replace").replace("\r", "")
        return answer
