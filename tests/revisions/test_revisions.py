"""Files at revisions of git: what is read is what was committed, and nothing of the repository runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import archcalc
from archcalc import revisions
from archcalc.revisions import NoRevision, at_revision

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

FIRST = "input: [8]\nlayers: [linear: 4]\n"
SECOND = "input: [8]\nlayers: [linear: 5]\n"
VARIANTS = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  small: {let: {c: 2}}\n  large: {let: {c: 9}}\n"


def git(folder: Path, *arguments: str) -> str:
    told = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    who = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **told, **who},
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    (folder / "nets").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "net.yaml").write_text(FIRST)
    (folder / "nets" / "many.yaml").write_text(VARIANTS)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    git(folder, "tag", "v1")
    (folder / "net.yaml").write_text(SECOND)
    git(folder, "commit", "--quiet", "-am", "second")
    monkeypatch.chdir(folder)
    return folder


def test_a_revision_has_what_was_committed(repository: Path) -> None:
    assert at_revision("HEAD~1:net.yaml").data.decode() == FIRST
    assert at_revision("v1:net.yaml").data.decode() == FIRST
    assert at_revision("main:net.yaml").data.decode() == SECOND
    commit = git(repository, "rev-parse", "HEAD~1")
    assert at_revision(f"{commit[:12]}:net.yaml").data.decode() == FIRST


def test_nothing_in_front_of_the_colon_is_what_is_staged(repository: Path) -> None:
    (repository / "net.yaml").write_text(VARIANTS)
    git(repository, "add", "net.yaml")
    (repository / "net.yaml").write_text(FIRST)
    assert at_revision(":net.yaml").data.decode() == VARIANTS


def test_a_variant_stands_behind_the_path(repository: Path) -> None:
    found = at_revision("HEAD:nets/many.yaml:small")
    assert (found.name, found.path, found.variant) == ("HEAD:nets/many.yaml", "nets/many.yaml", "small")
    assert archcalc.diff("HEAD:nets/many.yaml:small", "HEAD:nets/many.yaml:large")["parameters"].difference == 63


def test_a_file_that_is_there_wins(repository: Path) -> None:
    (repository / "HEAD").mkdir()
    (repository / "main:net.yaml").write_text(VARIANTS)
    assert archcalc.diff("main:net.yaml:small", "HEAD~1:net.yaml")["parameters"].before == 18


def test_paths_count_from_the_root(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "nets")
    assert at_revision("HEAD:net.yaml").data.decode() == SECOND
    assert at_revision("HEAD:./many.yaml").data.decode() == VARIANTS
    with pytest.raises(NoRevision, match=r"paths count from the root of the repository; write HEAD:\./many\.yaml"):
        at_revision("HEAD:many.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("HEAD~9:net.yaml", "git knows no revision HEAD~9"),
        ("nosuch:net.yaml", "git knows no revision nosuch"),
        ("HEAD:nat.yaml", "there is no file nat.yaml in revision HEAD"),
        (":nat.yaml", "there is no file nat.yaml in what is staged"),
        ("HEAD:nets", "HEAD:nets is a folder; name a file in it"),
        ("--help:net.yaml", "names no file at a revision; write REVISION:PATH"),
        ("-c:net.yaml", "names no file at a revision"),
        ("HEAD:", "names no file at a revision"),
        ("HEAD\n--output=x:net.yaml", "names no file at a revision"),
    ],
)
def test_what_is_not_there_is_said(repository: Path, text: str, problem: str) -> None:
    with pytest.raises(NoRevision) as failure:
        at_revision(text)
    assert problem in str(failure.value)


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(NoRevision, match="not a git repository"):
        at_revision("HEAD:net.yaml")


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(NoRevision, match="git is needed to read a file at a revision, and it is not installed"):
        at_revision("HEAD:net.yaml")


@pytest.mark.parametrize(
    "revision",
    ["--output=evil", "-oevil", "--upload-pack=touch evil", "$(touch evil)", "`touch evil`", "HEAD;touch evil"],
)
def test_no_revision_is_an_option_or_a_command(repository: Path, revision: str) -> None:
    with pytest.raises(NoRevision):
        at_revision(f"{revision}:net.yaml")
    with pytest.raises(NoRevision):
        at_revision(f"HEAD:{revision}")
    assert not list(repository.rglob("*evil*"))


def test_nothing_of_a_repository_runs(repository: Path) -> None:
    """A repository of a stranger has hooks, filters, a textconv, a pager, aliases and a monitor that leave traces."""
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository}/sprung\ncat\n")
    trap.chmod(0o755)
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        path = repository / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(trap.read_text())
        path.chmod(0o755)
    (repository / ".gitattributes").write_text("*.yaml diff=trap filter=trap\n")
    git(repository, "add", ".gitattributes")
    for name in (
        "diff.trap.textconv",
        "diff.external",
        "filter.trap.smudge",
        "filter.trap.clean",
        "core.pager",
        "core.fsmonitor",
        "core.sshCommand",
        "alias.rev-parse",
        "alias.cat-file",
    ):
        git(repository, "config", name, f"!{trap}" if name.startswith("alias") else str(trap))
    (repository / "sprung").unlink(missing_ok=True)
    assert at_revision("HEAD~1:net.yaml").data.decode() == FIRST
    assert at_revision(":net.yaml").data.decode() == SECOND
    assert not (repository / "sprung").exists()


def test_what_is_too_large_is_not_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "SIZE_LIMIT", 10)
    with pytest.raises(NoRevision, match="is too large"):
        at_revision("HEAD:net.yaml")


def test_a_pointer_of_large_file_storage_is_named(repository: Path) -> None:
    (repository / "model.onnx").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    git(repository, "add", "model.onnx")
    with pytest.raises(NoRevision, match="is stored by Git LFS"):
        at_revision(":model.onnx")


def test_a_network_of_another_tool_at_a_revision(repository: Path) -> None:
    image = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 3]}}
    for filters in (4, 6):
        conv = {"class_name": "Conv2D", "config": {"name": "stem", "filters": filters, "kernel_size": [3, 3]}}
        model = {"class_name": "Sequential", "config": {"name": "net", "layers": [image, conv]}}
        (repository / "model.json").write_text(json.dumps(model))
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "-m", "model")
    found = archcalc.diff("HEAD~1:model.json", "HEAD:model.json")
    # Two more filters with 3*3*3 weights and a bias each.
    assert found["parameters"].difference == 2 * 28
    assert found.after.file.name == "HEAD:model.json as a spec"


def test_a_misspelt_name_of_the_catalogue_hears_nothing_of_git(repository: Path) -> None:
    with pytest.raises(FileNotFoundError, match="did you mean `resnet`"):
        archcalc.diff("resnot:resnet18", "resnet:resnet34")
    with pytest.raises(LookupError, match="did you mean `resnet18`"):
        archcalc.diff("resnet:resnet19", "resnet:resnet34")
