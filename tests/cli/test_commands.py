"""Commands as modules: each is found, says what it does, and costs nothing until it runs."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from command import ROOT, environment, run

from archcalc.cli import commands
from archcalc.cli.commands import COMMANDS


def loaded(*arguments: str) -> set[str]:
    """The modules that a run has loaded when it ends."""
    code = (
        f"import sys\nfrom archcalc.cli import main\ntry:\n    main({list(arguments)!r})\n"
        "except SystemExit:\n    pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_every_module_is_a_command_and_every_command_a_module() -> None:
    modules = {module.name for module in iter_modules(commands.__path__)}
    assert modules == set(COMMANDS), "name the module in COMMANDS of archcalc/cli/commands/__init__.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_declares_itself(name: str) -> None:
    module = import_module(f"archcalc.cli.commands.{name}")
    assert COMMANDS[name][0].islower()
    assert not COMMANDS[name].endswith(".")
    parser = argparse.ArgumentParser()
    module.add(parser)
    assert parser.description.endswith(".")
    assert module.run.__doc__


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_answers_at_once(name: str) -> None:
    found = loaded(name, "--help")
    assert found & {"pydantic", "yaml", "archcalc.api.architecture"} == set()
    others = {f"archcalc.cli.commands.{other}" for other in COMMANDS if other != name}
    assert found & others == set()


def test_a_check_without_findings_loads_nothing_that_it_does_not_need() -> None:
    """Libraries and rooms for what goes wrong, and for what other commands do, cost time at every start."""
    found = loaded("check", "resnet:resnet152")
    libraries = {"concurrent", "graphviz", "json", "matplotlib", "multiprocessing", "networkx", "shlex", "sympy"}
    libraries |= {"tomllib", "torch"}
    rooms = ("batch", "ci", "comparison", "configuration", "demands", "derivations", "draw", "editing", "export")
    rooms += ("formatting", "repair", "report.outcome", "report.several", "solve", "verify")
    for room in rooms:
        assert not [module for module in found if f"{module}.".startswith(f"archcalc.{room}.")], room
    assert found & {*libraries, "archcalc.revisions", "archcalc.spec.foreign", "archcalc.suspicions.reading"} == set()
    named = {"diagnostics.render", "expand.misplaced", "source.yaml_syntax"}
    assert loaded("check", "lenet") & {f"archcalc.{module}" for module in named} == set()
    assert "archcalc.layers.convolution" in found


def test_the_list_of_commands_imports_none() -> None:
    assert not [module for module in loaded("--help") if module.startswith("archcalc.cli.commands.")]


def test_the_list_of_commands_has_every_summary_in_order() -> None:
    told = run("--help").stdout
    # argparse puts what stands beside a long name below it.
    places = [told.replace("\n", " \n").index(f"\n    {name} ") for name in COMMANDS]
    assert places == sorted(places)
    words = " ".join(told.split())
    for summary in COMMANDS.values():
        assert summary in words


def test_what_is_no_command_is_told_all_of_them() -> None:
    done = run("chekc")
    assert done.returncode == 2
    # Python 3.12 and later quote the choices no longer.
    listed = done.stderr.replace("'", "")
    assert f"invalid choice: chekc (choose from {', '.join(COMMANDS)})" in listed
