"""Kinds of mistakes, each in at least six specs: what is said about every one, and what `--fix` writes.

A table `NAME.yaml` lists kinds; a case is a spec, or a map with its `file`, the command to `run`, and `fix` for what is
written. `says` of a kind has to be said of every case. `NAME.txt` holds all that is said, and `pytest --update`
rewrites it.
"""

from __future__ import annotations

import difflib
import io
import shlex
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
import yaml

from archcalc import Architecture
from archcalc.cli import main
from archcalc.expectations.verdict import Verdict, about

pytestmark = pytest.mark.once

HERE = Path(__file__).parent
TABLES = sorted(HERE.glob("*.yaml"))
LEAST = 6
"""Cases of a kind: the one that people have met, and five that vary it."""


class Kind(NamedTuple):
    """A kind of mistake: its name, what is said of every case, and the cases."""

    name: str
    says: str
    cases: list[dict[str, Any]]


@cache
def kinds(table: Path) -> list[Kind]:
    read = yaml.safe_load(table.read_text(encoding="utf-8"))
    return [
        Kind(
            one["kind"],
            one.get("says", ""),
            [{"spec": case} if isinstance(case, str) else case for case in one["cases"]],
        )
        for one in read
    ]


def told(case: dict[str, Any]) -> str:
    """What is said about a case: the findings of a check, or what a command prints; and what `--fix` writes."""
    commands = case.get("run", ())
    commands = (commands,) if isinstance(commands, str) else tuple(commands)
    lines = _told(case.get("file", "net.yaml"), case["spec"], commands, bool(case.get("fix")))
    return "\n".join(f"  {line}".rstrip() for line in lines)


@cache
def _told(name: str, text: str, commands: tuple[str, ...], is_fixed: bool) -> list[str]:
    lines = said_by(commands, name, text) if commands else findings(name, text)
    return [*lines, *fixed(name, text)] if is_fixed else lines


def findings(name: str, text: str) -> list[str]:
    """The findings of all variants with their ways out."""
    architecture = Architecture.from_bytes(text.encode(), name)
    lines = []
    for variant in architecture.variants or [None]:
        network = architecture.choose(variant) if variant else architecture
        lines += [f"variant {variant}:"] if variant else []
        report = network.check()
        for found in report.explained:
            lines.append(str(found))
            lines += [f"    note: {note}" for note in found.notes]
            lines += [f"    help: {help}" for help in found.help]
        lines += [] if report.diagnostics else ["no findings"]
        lines += [claim(verdict) for verdict in report.verdicts if verdict.state != "fails"]
    return lines


def claim(verdict: Verdict) -> str:
    """What became of a claim that does not fail; those that do are findings."""
    remark = verdict.remark or verdict.how
    return f"{verdict.state}: {about(verdict)}: {verdict.expected}{f' ({remark})' if remark else ''}"


def said_by(commands: Sequence[str], name: str, text: str) -> list[str]:
    """What commands print about a file."""
    lines = []
    for command in commands:
        code, out, _ = ran(command, name, text)
        lines += [f"$ archcalc {command}", *out.splitlines(), f"exit code {code}"]
    return lines


def fixed(name: str, text: str) -> list[str]:
    """The lines that `--fix` changes."""
    _, _, after = ran("check --fix FILE", name, text)
    changes = difflib.unified_diff(text.splitlines(), after.splitlines(), n=0, lineterm="")
    return [f"fix: {line}" for line in changes if line[:3] not in ("---", "+++", "@@ ")] or ["fix: nothing is written"]


def ran(command: str, name: str, text: str) -> tuple[int, str, str]:
    """The exit code of a command, what it prints, and the file behind it."""
    printed = io.StringIO()
    with TemporaryDirectory() as folder, chdir(folder), redirect_stdout(printed), redirect_stderr(printed):
        Path(name).write_text(text, encoding="utf-8")
        code = main([name if word == "FILE" else word for word in shlex.split(command)])
        return code, printed.getvalue(), Path(name).read_text(encoding="utf-8")


def transcript(table: Path) -> str:
    parts = []
    for kind in kinds(table):
        parts.append(f"== {kind.name}")
        for case in kind.cases:
            spec = "\n".join(f"| {line}".rstrip() for line in case["spec"].splitlines())
            parts.append(f"{spec}\n{told(case)}")
    return "\n\n".join(parts) + "\n"


def each_kind() -> list[Any]:
    return [pytest.param(kind, id=f"{table.stem}: {kind.name}") for table in TABLES for kind in kinds(table)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_what_is_said_reads_as_written_down(
    table: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    text = transcript(table)
    golden = table.with_suffix(".txt")
    if request.config.getoption("--update", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", each_kind())
def test_a_kind_has_cases_enough_and_each_is_told_what_it_is(kind: Kind) -> None:
    assert len({(case["spec"], str(case.get("run"))) for case in kind.cases}) >= LEAST
    for case in kind.cases:
        assert kind.says in " ".join(told(case).split()), case["spec"]
