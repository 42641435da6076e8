"""Formats of commands: the tables are what the help says and what there is.

No option is ignored in silence: with every format it changes what is written, or it is refused.
"""

from __future__ import annotations

import argparse
import io
import re
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib import import_module
from typing import NamedTuple

import pytest

from archcalc.cli import main
from archcalc.cli.commands import COMMANDS
from archcalc.cli.parser import parser
from archcalc.export.targets import TARGETS

TABLES = {
    name: module.FORMATS
    for name in COMMANDS
    if hasattr(module := import_module(f"archcalc.cli.commands.{name}"), "FORMATS")
}
"""The formats of each command that has a table of its own."""


SPEC = """\
input: [3, H, W]
at: {H: 12, W: 12}
let: {c: 4, s: 2}
layers:
  - do: [conv: [c, 3], relu]
    as: stem
  - max_pool: {kernel: 2, stride: s}
  - relu
  - relu
"""

BASE = {
    "check": [],
    "sizes": [],
    "solve": ["--for", "H=9..14"],
    "verify": [],
    "explain": ["1"],
    "draw": [],
    "export": [],
    "diff": ["lenet:lecture"],
    "reconcile": [],
    "memory": [],
    "roofline": ["--on", "a100"],
}
"""What each command that has formats is asked besides, without any option that may be left out."""

EXAMPLES = {
    "--set": ["s=4"],
    "--symbolic": [],
    "--receptive-field": [],
    "--depth": ["1"],
    "--columns": ["kernel,memory"],
    "--no-fold": [],
    "--near": ["H=7"],
    "--where": ["height >= 5"],
    "--largest": [],
    "--smallest": [],
    "--direction": ["right"],
    "--fail-on": ["layers -50%"],
    "--convention": ["fvcore"],
    "--batch": ["3"],
    "--training": ["adam"],
    "--dtype": ["float16"],
    "--fits": ["1GiB"],
    "--tensors": ["int4"],
    "--fused": [],
}
"""Options with values at which the answer is another one."""

REPORTS = {("check", format) for format in ("github", "gitlab", "sarif", "junit")}
"""Formats that are about findings."""

ELSEWHERE = {
    "--help": "no answer at all",
    "--format": "what is varied here",
    "--latex": "the same as --format latex",
    "--color": "how a terminal shows the answer; nothing is coloured where there is no terminal's text",
    "--output": "where the answer goes",
    "--force": "about a file that exists",
    "--draw": "a picture besides the answer",
    "--input": "for sources in Python: tests/cli/test_diff.py",
    "--certificate": "a file besides the answer",
    "--fix": "other work than to check, with refusals of its own in test_fix.py",
    "--diff": "as --fix",
    "--for": "the question itself",
    "--in-place": "of training, or where the peak is an activation: tests/memory",
    "--checkpoint": "of training: tests/memory",
    "--on": "the question itself: tests/roofline/test_roofline_command.py",
    "--observed": "another question: tests/conventions/test_reconcile.py",
    "--all": "the default",
    "--timeout": "patience, not content",
    "--against": "another question: tests/verify/test_against.py",
    "--call": "as --against",
    "--run-modules": "whether there is an answer: tests/verify/test_authors.py",
    "--repairs": "for networks with errors: test_several.py",
    "--select": "what is told, in every format: test_project.py",
    "--ignore": "what is told, in every format: test_project.py",
    "--warn-as-error": "what is told, in every format: test_project.py",
    "--exit-zero": "the exit code only: test_project.py",
    "--jobs": "how fast the answer comes: tests/batch",
    "--no-cache": "how fast the answer comes: tests/batch",
    "--force-exclude": "which files are meant: test_project.py",
    "--style": "of volumes, in every format: tests/cli/test_draw.py, tests/volumes",
    "--aspect": "the shape of a picture: tests/draw/test_graph_layout.py, tests/volumes",
    "--width": "of volumes, in every format: tests/cli/test_draw.py, tests/volumes",
    "--title": "of volumes, in every format: tests/cli/test_draw.py, tests/volumes",
    "--caption": "of volumes, in every format: tests/cli/test_draw.py, tests/volumes",
    "--dark": "colours only: tests/draw/test_graph_layout.py, tests/volumes",
    "--engine": "who places the boxes: tests/draw/test_rendering.py",
    "--isolated": "whether there is a configuration: test_project.py",
}
"""Options that are no matter of formats, and why."""


def arguments_of(name: str) -> argparse.ArgumentParser:
    (commands,) = (one for one in parser([name])._actions if isinstance(one, argparse._SubParsersAction))
    found: argparse.ArgumentParser = commands.choices[name]
    return found


def format_of(name: str) -> argparse.Action | None:
    return next((one for one in arguments_of(name)._actions if "--format" in one.option_strings), None)


def test_every_command_with_formats_has_a_table_of_them() -> None:
    assert {name for name in COMMANDS if format_of(name) is not None} == {*TABLES, "export"}


@pytest.mark.parametrize("name", TABLES)
def test_choices_and_help_come_from_the_table(name: str) -> None:
    option = format_of(name)
    assert option is not None
    assert option.choices == tuple(TABLES[name])
    for format, about in TABLES[name].items():
        purpose = about if name == "draw" else about.purpose
        assert re.search(rf"\b{format}( \(default\))?: {re.escape(purpose)}", option.help), (
            f"the help of {name} --format lacks {format}: {purpose}"
        )


def test_what_is_drawn_is_what_there_is_to_render() -> None:
    from archcalc.draw.picture import SUFFIXES

    assert set(TABLES["draw"]) == set(SUFFIXES.values())


def flags(name: str) -> list[str]:
    """The options of a command by their long names."""
    return [action.option_strings[-1] for action in arguments_of(name)._actions if action.option_strings]


@pytest.mark.parametrize("name", BASE)
def test_every_option_is_varied_here_or_elsewhere(name: str) -> None:
    missing = [flag for flag in flags(name) if flag not in {*EXAMPLES, *ELSEWHERE}]
    assert missing == [], "give an example of the option in EXAMPLES, or a reason in ELSEWHERE"


def is_refused(name: str, format: str, flag: str) -> bool:
    """Whether other formats of the command heed an option, and this one does not."""
    return format not in (heeding := heeding_of(name, flag)) and bool(heeding)


def heeding_of(name: str, flag: str) -> list[str]:
    return [format for format, about in TABLES.get(name, {}).items() if flag in getattr(about, "heeds", ())]


def pairs() -> list[tuple[str, str, str]]:
    formats = {**{name: list(table) for name, table in TABLES.items()}, "export": list(TARGETS)}
    return [
        (name, format, flag)
        for name, known in formats.items()
        for format in known
        # Pictures are rendered from the text for Graphviz.
        if format not in ("svg", "png", "pdf")
        for flag in flags(name)
        if flag in EXAMPLES
        # Reports of findings say nothing of a network without findings: tests/ci.
        if (name, format) not in REPORTS or is_refused(name, format, flag)
        # To run PyTorch takes seconds: what heeds an option of `verify` is tested in tests/verify/test_parts.py.
        if name != "verify" or is_refused(name, format, flag)
    ]


class Written(NamedTuple):
    """What a run wrote."""

    code: int
    out: str
    err: str


@cache
def written(*arguments: str) -> Written:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Written(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("formats") / "net.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("name", "format", "flag"), pairs())
def test_an_option_changes_the_answer_or_is_refused(name: str, format: str, flag: str, network: str) -> None:
    question = [name, network, *BASE[name], "--format", format]
    told = written(*question, flag, *EXAMPLES[flag])
    if is_refused(name, format, flag):
        problem = f"{flag} is for --format {' or '.join(heeding_of(name, flag))}; {format} has no use for it"
        assert told == Written(2, "", f"archcalc: {problem}\n")
        return
    plain = written(*question)
    assert (plain.code, plain.err, told.code, told.err) == (0, "", 0, "")
    assert plain.out != told.out


def test_what_is_refused_today(capsys: pytest.CaptureFixture[str]) -> None:
    # No network is read: the names of these files do not exist.
    for arguments, problem in (
        (
            "check x.yaml --format json --depth 2",
            "--depth is for --format text or markdown or latex; json has no use for it",
        ),
        (
            "check x.yaml --format csv --no-fold",
            "--no-fold is for --format text or markdown or latex; csv has no use for it",
        ),
        ("verify x.yaml --format json --depth 2", "--depth is for --format text; json has no use for it"),
        ("sizes x.yaml --format latex --near N=3", "--near is for --format text or json; latex has no use for it"),
        ("solve x.yaml --for N --format json --largest", "--largest is for --format text; json has no use for it"),
        ("solve x.yaml --for N --format json --smallest", "--smallest is for --format text; json has no use for it"),
    ):
        assert main(arguments.split()) == 2
        assert capsys.readouterr().err == f"archcalc: {problem}\n"
