"""Everything that README shows is produced here, letter by letter."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import systems_table

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
def test_console(command: str, spec: str, output: str, tmp_path: Path) -> None:
    program, verb, name, *more = shlex.split(command.removeprefix("$ "))
    assert program == "archcalc"
    if verb == "verify":
        pytest.importorskip("torch")
        # The version of PyTorch is that of whoever runs it.
        output, version = re.sub(r"PyTorch [0-9][0-9a-z.+]*", "PyTorch VERSION", output), True
    else:
        version = False
    (tmp_path / name).write_text(spec, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", verb, name, *more],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
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
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_table_of_systems() -> None:
    assert systems_table.stored(README) == systems_table.table(), "python tests/repository/systems_table.py renews it"


def test_an_old_table_is_noticed() -> None:
    row = systems_table.row("vgg")
    old = README.replace(row, row.replace("138,", "139,").replace("vgg.yaml", "wgg.yaml"))
    assert old != README
    assert systems_table.stored(old) != systems_table.table()
    assert systems_table.renewed(old) == README


def test_changelog_counts_what_there_is() -> None:
    import archcalc
    from archcalc.catalogue import shipped

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    networks = sum(max(1, len(archcalc.load(name).variants)) for name in shipped())
    assert f"{networks} variants" in text
