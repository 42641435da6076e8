"""Everything that README shows is produced here, letter by letter."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from cli.command import run

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def shown_commands() -> list[tuple[str, str, str]]:
    """Each console block with the spec that stands before it: command, spec, output."""
    found, spec = [], ""
    for language, text in BLOCKS:
        if language == "yaml":
            spec = text
        elif language == "console":
            command, _, output = text.partition("\n")
            found.append((command, spec, output))
    return found


@pytest.mark.parametrize(("command", "spec", "output"), shown_commands(), ids=lambda text: text.split("\n")[0][:40])
def test_console(command: str, spec: str, output: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    program, verb, name, *more = shlex.split(command.removeprefix("$ "))
    assert program == "archcalc"
    if verb == "verify":
        request.getfixturevalue("shared_process")
        # The version of PyTorch is that of whoever runs it.
        output, version = re.sub(r"PyTorch [0-9][0-9a-z.+]*", "PyTorch VERSION", output), True
    else:
        version = False
    (tmp_path / name).write_text(spec, encoding="utf-8")
    done = run(verb, name, *more, cwd=tmp_path, COLUMNS="80", NO_COLOR="1")
    assert done.stderr == ""
    found = re.sub(r"PyTorch [0-9][0-9a-z.+]*", "PyTorch VERSION", done.stdout) if version else done.stdout
    assert found == output


def test_python() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted > 5
    assert results.failed == 0


def test_the_whole_interface_is_documented() -> None:
    from archcalc.cli.parser import parser

    help_text = parser().format_help()
    commands = re.findall(r"^    (\w+) ", help_text, flags=re.MULTILINE)
    assert {"check", "explain", "schema"} <= set(commands)
    for command in commands:
        assert f"archcalc {command}" in README, f"README does not mention `archcalc {command}`"
        options = set(re.findall(r"--[a-z]+", _help_of(command))) - {"--help", "--color", "--output"}
        for option in options:
            assert option in README, f"README does not mention {option} of {command}"


def _help_of(command: str) -> str:
    done = run(command, "--help")
    assert done.returncode == 0
    return done.stdout
