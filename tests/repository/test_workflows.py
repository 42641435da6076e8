"""What the forge and git run for us: the files parse, and agree with pyproject.toml and with `.ci/run`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
# YAML 1.1 reads the key `on` as true.
TRIGGERS = WORKFLOW[True]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]


def commands(job: str, *, scheduled: bool) -> list[str]:
    """What a job runs on a schedule, or otherwise."""
    left_out = f"github.event_name {'!=' if scheduled else '=='} 'schedule'"
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step and step.get("if") != left_out]


def pythons() -> list[str]:
    """The Pythons that the classifiers name."""
    prefix = "Programming Language :: Python :: 3."
    return [f"3.{line.removeprefix(prefix)}" for line in PROJECT["classifiers"] if line.startswith(prefix)]


def test_every_change_and_every_week_run_the_one_command() -> None:
    assert {"push", "pull_request", "schedule"} <= TRIGGERS.keys()
    assert commands("run", scheduled=False) == ["bash .ci/run"]
    assert commands("run", scheduled=True) == ["bash .ci/run --all"]


def test_the_pythons_of_the_matrix_are_those_that_the_package_names() -> None:
    matrix = WORKFLOW["jobs"]["run"]["strategy"]["matrix"]["python"]
    assert matrix == pythons(), "the matrix of ci.yml and the classifiers of pyproject.toml differ"
    assert PROJECT["requires-python"] == f">={matrix[0]}"


def test_no_step_takes_text_of_a_stranger_into_a_shell() -> None:
    """A title or a branch of a pull request would run as a command."""
    jobs = WORKFLOW["jobs"].values()
    assert [step["run"] for job in jobs for step in job["steps"] if "${{" in step.get("run", "")] == []
    assert WORKFLOW["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_asks_for_a_spec(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    fields = [entry for entry in form["body"] if entry["type"] != "markdown"]
    identifiers = [entry["id"] for entry in fields]
    assert identifiers[0] == "spec" and len(set(identifiers)) == len(identifiers)
    assert all(entry["attributes"]["label"] and entry["validations"]["required"] is True for entry in fields)
    assert {entry["type"] for entry in form["body"]} <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}


def test_hooks_need_no_network_and_run_what_ci_runs() -> None:
    (local,) = HOOKS
    assert local["repo"] == "local"
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for hook in local["hooks"]:
        program = " ".join(word for word in hook["entry"].split() if word != "--force-exclude")
        if program.startswith("python "):
            assert (ROOT / program.split()[1]).exists(), f"the hook {hook['id']} runs a file that is not there"
        else:
            assert re.search(rf"^{program}\b", script, flags=re.MULTILINE), f".ci/run does not run {program}"
