"""Completion, as shells do it: a line is typed, a key pressed, and the shell runs the line. No Python is at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shells
from catalogue import FILES
from command import run
from shells import ALL, TAB

import archcalc
from archcalc.cli.commands import COMMANDS
from archcalc.cli.surface import declared

TYPED = [
    (f"archcalc che{TAB}", "check"),
    (f"archcalc check lenet:lec{TAB}", "check lenet:lecture"),
    (f"archcalc check resnet:resnet15{TAB} unet:pap{TAB}", "check resnet:resnet152 unet:paper"),
    (f"archcalc check --format=js{TAB}", "check --format=json"),
    (f"archcalc check --receptive{TAB} segnet_{TAB}", "check --receptive-field segnet_basic"),
    (f"archcalc check --columns kern{TAB}", "check --columns kernel"),
    (f"archcalc check 'a n'{TAB}", "check a net.yaml"),
    (f"archcalc check nets/de{TAB}", "check nets/deep.json"),
    (f"archcalc export lenet:lecture -o no{TAB}", "export lenet:lecture -o notes.txt"),
    (f"archcalc explain dot_a{TAB}", "explain dot_attention"),
    (f"archcalc explain AC30{TAB}1", "explain AC301"),
    (f"archcalc explain lenet:lec{TAB}c3", "explain lenet:lecture c3"),
    (f"archcalc fmt a{TAB}", "fmt a net.yaml"),
    (f"archcalc completion fi{TAB}", "completion fish"),
    (f"archcalc schema so{TAB}", "schema solve"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files to be offered, and one that is no spec."""
    found = tmp_path_factory.mktemp("completion") / "work"
    (found / "nets").mkdir(parents=True)
    for name in ("a net.yaml", "nets/deep.json", "notes.txt"):
        (found / name).touch()
    return found


def written(shell: str, folder: Path) -> Path:
    """The script of a shell, beside the folder in which it is used."""
    script = folder.parent / f"completion.{shell}"
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    script.write_text(done.stdout)
    return script


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_is_typed_is_completed(shell: str, folder: Path) -> None:
    if shells.missing(shell):
        pytest.skip(f"{shell} is not installed")
    lines = [line if shell == "bash" or "'a n'" not in line else line.replace("'a n'", "a\\ n") for line, _ in TYPED]
    found = shells.typed(shell, written(shell, folder), folder, lines)
    assert [" ".join(words) for words in found] == [wanted for _, wanted in TYPED]


def test_bash_offers_everything_that_fits(folder: Path) -> None:
    if shells.missing("bash"):
        pytest.skip("bash is not installed")
    lines = [f"archcalc {ALL}", f"archcalc check --{ALL}", f"archcalc fmt {ALL}", f"archcalc check {ALL}"]
    commands, options, files, specs = shells.typed("bash", written("bash", folder), folder, lines)
    assert set(commands) == {*COMMANDS, "--help", "--version"}
    declared_options = {name for action in declared("check")._actions for name in action.option_strings}
    assert set(options[1:]) == {name for name in declared_options if name.startswith("--")}
    assert set(files[1:]) == {"a net.yaml", "nets/"}
    assert set(specs[1:]) == {path.stem for path in FILES} | {"a net.yaml", "nets/"}


def test_fish_offers_and_describes(folder: Path) -> None:
    if shells.missing("fish"):
        pytest.skip("fish is not installed")
    script = written("fish", folder)
    assert set(shells.offered(script, folder, "archcalc ")) == set(COMMANDS)
    assert shells.offered(script, folder, "archcalc che") == {"check": COMMANDS["check"]}
    assert set(shells.offered(script, folder, "archcalc check resnet:")) == {
        f"resnet:{variant}" for variant in archcalc.load("resnet").variants
    }
    assert set(shells.offered(script, folder, "archcalc fmt ")) == {"a net.yaml", "nets/"}
    assert set(shells.offered(script, folder, "archcalc check --format js")) == {"json"}
    assert set(shells.offered(script, folder, "archcalc export lenet -o n")) == {"nets/", "notes.txt"}
    assert set(shells.offered(script, folder, "archcalc check --rec")) == {"--receptive-field"}
    assert set(shells.offered(script, folder, "archcalc explain roundi")) == {"rounding"}
    assert shells.offered(script, folder, "archcalc list --color ")["never"] == "colours: auto (default), always, never"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_script_has_all_names(shell: str, folder: Path) -> None:
    text = written(shell, folder).read_text()
    for name in (*COMMANDS, "resnet:resnet152", "unet", "yaml"):
        assert name in text
    for command in COMMANDS:
        for action in declared(command)._actions:
            for option in action.option_strings:
                assert option in text or re.search(rf"-[ls] {option.lstrip('-')}\b", text)


def test_a_shell_that_nobody_knows_is_told() -> None:
    done = run("completion", "tcsh")
    assert done.returncode == 2
    assert "invalid choice: 'tcsh' (choose from" in done.stderr
