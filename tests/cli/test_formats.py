"""Formats of commands: the tables are what the help says, what README says, and what there is."""

from __future__ import annotations

import argparse
import re
from importlib import import_module

import pytest
from command import ROOT

from archcalc.cli.commands import COMMANDS
from archcalc.cli.parser import parser
from archcalc.export.targets import TARGETS

README = (ROOT / "README.md").read_text(encoding="utf-8")

TABLES = {
    name: module.FORMATS
    for name in COMMANDS
    if hasattr(module := import_module(f"archcalc.cli.commands.{name}"), "FORMATS")
}
"""The formats of each command that has a table of its own."""


def arguments_of(name: str) -> argparse.ArgumentParser:
    (commands,) = (one for one in parser([name])._actions if isinstance(one, argparse._SubParsersAction))
    found: argparse.ArgumentParser = commands.choices[name]
    return found


def format_of(name: str) -> argparse.Action | None:
    return next((one for one in arguments_of(name)._actions if "--format" in one.option_strings), None)


def in_readme(name: str) -> list[str] | None:
    """The formats that README lists for a command; those of `check` where it says so."""
    listing = README.partition("## The command line")[2].partition("```text")[2].partition("```")[0]
    blocks = re.split(r"^(?=archcalc )", listing, flags=re.MULTILINE)
    text = "".join(block for block in blocks if block.startswith(f"archcalc {name} "))
    if found := re.search(r"--format (\S+?)(,|\s)", text):
        return found[1].split("|")
    return in_readme("check") if re.search(r"--format\s+as (for check|above)", text) else None


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


@pytest.mark.parametrize("name", [*TABLES, "export"])
def test_readme_lists_the_formats(name: str) -> None:
    formats = list(TARGETS) if name == "export" else list(TABLES[name])
    assert in_readme(name) == formats, f"list the formats of `archcalc {name}` in the command line of README"


def test_what_is_drawn_is_what_there_is_to_render() -> None:
    from archcalc.draw.picture import SUFFIXES

    assert set(TABLES["draw"]) == set(SUFFIXES.values())
