"""The page of the manual: it names all that the commands take, and the programs that show it have no complaint."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archcalc.cli.commands import COMMANDS
from archcalc.cli.manpage import page
from archcalc.cli.surface import declared

PAGE = Path(__file__).resolve().parents[2] / "man" / "archcalc.1"
PROGRAMS = {
    "mandoc": ["mandoc", "-Tlint"],
    "groff": ["groff", "-ww", "-man", "-Tutf8", "-z"],
    "man": ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_that_show_it_have_no_complaint(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([*PROGRAMS[program], str(PAGE)], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert "mandoc:" not in done.stdout


def test_it_names_every_command_and_every_option() -> None:
    text = page("2026-11-29").replace("\\-", "-")
    for name in COMMANDS:
        (part,) = re.findall(rf"^\.SS archcalc {name}\n(.*?)(?=^\.S[SH] )", text, re.MULTILINE | re.DOTALL)
        for action in declared(name)._actions:
            for option in action.option_strings:
                assert (f"\\fB{option}\\fR" in part) == (option not in ("-h", "--help"))


def test_text_is_what_the_help_says_and_no_line_is_a_request_by_accident() -> None:
    text = page("2026-11-29")
    requests = {line.split()[0] for line in text.splitlines() if line.startswith(".")}
    assert requests <= {'.\\"', ".TH", ".SH", ".SS", ".TP", ".B", ".I", ".br", ".EX", ".EE"}
    assert not [line for line in text.splitlines() if line.startswith("'")]
    assert "archcalc check resnet:resnet152          a network of the catalogue" in text
    assert '"2026\\-11\\-29"' not in text and '.TH ARCHCALC 1 "2026-11-29" "archcalc ' in text
