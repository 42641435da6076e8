"""The hooks for pre-commit and the workflow to copy: what the manifest and the page say is run as it stands there."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from documentation.blocks import ROOT, blocks

from archcalc.cli import hook

PAGE = {block.title: block for block in blocks((ROOT / "docs/guides/hooks.md").read_text(encoding="utf-8"))}
HOOKS = {one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
FILES = {
    "good.yaml": "input: [8]\nlayers: [relu]\n",
    "messy.yml": "layers: [ relu ]\ninput: [8]\n",
    "unread.json": '{"input": [1, 8, 8], "rounding": "floor", "layers": [{"conv": [4, 3, 2]}]}\n',
    "compose.yaml": "services: { web: { layers: 3 } }\n",
    "other.json": "[1]\n",
    "notes.txt": "layers",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def arguments(id: str, *more: str) -> list[str]:
    """What a hook gives to the program, with all YAML and JSON files, as pre-commit does."""
    words = shlex.split(HOOKS[id]["entry"])
    assert words[:3] == ["python", "-m", "archcalc.cli.hook"]
    assert HOOKS[id]["types_or"] == ["yaml", "json"]
    return [*words[3:], *more, *(name for name in FILES if name != "notes.txt")]


def test_a_check_passes_over_what_is_no_spec(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hook.main(arguments("archcalc-check")) == 0
    said = capsys.readouterr()
    assert "3 of 3 networks are ok" in said.out
    assert "compose" not in said.out + said.err


def test_options_of_a_hook_are_those_of_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config,) = yaml.safe_load(PAGE["pre-commit-config.yaml"].text)["repos"]
    given = {one["id"]: one.get("args", []) for one in config["hooks"]}
    assert given.keys() == HOOKS.keys()
    assert hook.main(arguments("archcalc-check", *given["archcalc-check"])) == 1
    assert "error[AC302]" in capsys.readouterr().out


def test_formatting_writes_specs_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hook.main(arguments("archcalc-fmt")) == 0
    assert (folder / "messy.yml").read_text() == "input: [8]\nlayers: [relu]\n"
    assert (folder / "compose.yaml").read_text() == FILES["compose.yaml"]
    assert capsys.readouterr().err == ""


def test_a_spec_that_cannot_be_read_is_not_passed_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.yaml").write_text("layers: [relu\n")
    for id in HOOKS:
        assert hook.main(arguments(id)) == 1
    assert "error[AC105]" in capsys.readouterr().out


def test_without_a_spec_nothing_is_run(folder: Path) -> None:
    entry = shlex.split(HOOKS["archcalc-check"]["entry"])
    done = subprocess.run([sys.executable, *entry[1:], "compose.yaml", "other.json"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_workflow_runs_commands_that_pass(folder: Path) -> None:
    (steps,) = [job["steps"] for job in yaml.safe_load(PAGE["specs.yml"].text)["jobs"].values()]
    lines = [step["run"] for step in steps if step.get("run", "").startswith("archcalc ")]
    assert len(lines) == 2
    networks = folder / "networks"
    networks.mkdir()
    (networks / "small.yaml").write_text(PAGE["small.yaml"].text)
    for line in lines:
        done = subprocess.run([sys.executable, "-m", *shlex.split(line)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    (networks / "small.yaml").write_text(PAGE["small.yaml"].text.replace("..200", "..100").replace("[1, ", "[ 1, "))
    failed = [
        subprocess.run([sys.executable, "-m", *shlex.split(line)], capture_output=True, text=True) for line in lines
    ]
    assert [done.returncode for done in failed] == [1, 1]
    assert failed[0].stdout.startswith("::error file=networks/small.yaml,line=7,")
    assert failed[1].stdout == "would format networks/small.yaml\n"


def test_the_local_hook_of_the_page_names_a_command_and_files() -> None:
    (repo,) = yaml.safe_load(PAGE["pre_commit_local.yaml"].text)["repos"]
    (one,) = repo["hooks"]
    assert (repo["repo"], one["language"], one["entry"]) == ("local", "system", "archcalc check")
