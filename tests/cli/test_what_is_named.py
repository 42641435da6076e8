"""What the arguments of a command name: the base of a file with variants, folders with other files, and nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import VARIANTS, run

import archcalc

EACH_ITS_OWN = "layers: [linear: 4]\nvariants:\n  a: {input: [8]}\n  b: {input: [9]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "net.yaml": VARIANTS,
        "own.yaml": EACH_ITS_OWN,
        "plain.yaml": "input: [8]\nlayers: [linear: 4]\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def names(text: str) -> list[str]:
    """The networks of a list."""
    return [line.split()[1] for line in text.splitlines() if line.startswith(("ok  ", "FAILS"))]


def test_nothing_behind_the_colon_is_the_base(folder: Path) -> None:
    told = run("check", "net.yaml:", cwd=folder)
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "net  8 → 4")
    assert names(run("check", "net.yaml:", "net.yaml", cwd=folder).stdout) == ["net.yaml:", "net.yaml:a", "net.yaml:b"]
    data = json.loads(run("check", "net.yaml:", "net.yaml:a", "--format", "json", cwd=folder).stdout)
    assert [(one["variant"], one["totals"]["parameters"]) for one in data["specs"]] == [("", 36), ("a", 45)]


@pytest.mark.parametrize("command", ["sizes", "export", "draw"])
def test_every_command_takes_the_base(command: str, folder: Path) -> None:
    assert run(command, "net.yaml:", cwd=folder).returncode == 0


def test_standard_input_has_a_base_too(folder: Path) -> None:
    assert run("check", "-:", stdin=VARIANTS.encode()).stdout.startswith("network  8 → 4\n")


def test_a_file_without_variants_is_its_own_base(folder: Path) -> None:
    told = run("check", "plain.yaml:", cwd=folder)
    assert (told.returncode, told.stdout.splitlines()[0]) == (0, "plain  8 → 4")


def test_the_base_in_python() -> None:
    whole = archcalc.load(VARIANTS)
    assert whole.choose("").check().totals.parameters == 36
    assert archcalc.load(VARIANTS, variant="").program == whole.choose("").program
    assert archcalc.load("lenet:").check().ok
    assert archcalc.load("lenet:", variant="1998").variant == "1998"
    assert repr(whole.choose("")) == "<Architecture network from <text>>"
    with pytest.raises(LookupError, match="or what stands beside them by variant=''"):
        whole.check()


def test_who_has_to_choose_learns_of_the_base(folder: Path) -> None:
    assert run("export", "net.yaml", cwd=folder).stderr == (
        "archcalc: export takes one network, and net.yaml has the variants a, b; choose one, such as net.yaml:a; "
        "`net.yaml:`, with nothing behind the colon, is what stands beside them\n"
    )


def test_a_base_without_input_is_no_network(folder: Path) -> None:
    assert run("check", "own.yaml", cwd=folder).returncode == 0
    told = run("check", "own.yaml:", cwd=folder)
    assert told.returncode == 1
    assert (
        told.stdout
        == """\
error[AC212]: beside its variants, the spec has no `input`
  --> own.yaml:3:3
   |
 3 |   a: {input: [8]}
   |   ^ has its own
   = help: name a variant, such as `own.yaml:a`, or write an `input` beside
           `variants`

not ok: 1 error
"""
    )


def test_repairs_go_into_the_base(folder: Path) -> None:
    spec = (
        "input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: k}]\nlet: {k: 3}\nvariants: {a: {let: {k: 2}}}\n"
    )
    report = archcalc.load(spec, variant="").check()
    assert [found.code.id for found in report.diagnostics] == ["AC301"]
    for repair in report.repairs:
        again = archcalc.load(repair.text, variant="").check()
        assert again.ok, repair.title


OTHERS = {
    "docker-compose.yaml": "services:\n  web: {image: nginx}\n",
    "package.json": '{"name": "x", "dependencies": {}}\n',
    "list.yml": "- a\n- b\n",
    "deep/chart.yaml": "kind: {{ .Values.kind }}: x\n",
    "tsconfig.json": "// a comment\n{}\n",
    "empty.yaml": "",
}


@pytest.fixture
def project(folder: Path) -> Path:
    (folder / "deep").mkdir()
    for name, text in OTHERS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_files_of_other_programs_are_skipped_and_counted(project: Path) -> None:
    told = run("check", ".", cwd=project)
    assert names(told.stdout) == ["net.yaml:a", "net.yaml:b", "own.yaml:a", "own.yaml:b", "plain.yaml"]
    assert (told.returncode, told.stderr) == (
        0,
        "archcalc: skipped 6 files: deep/chart.yaml, docker-compose.yaml, empty.yaml, list.yml, package.json and 1 "
        "more have neither `layers` nor `variants`\n",
    )


def test_what_may_be_meant_is_checked(project: Path) -> None:
    (project / "typo.yaml").write_text("input: [8]\nlayrs: [relu]\n", encoding="utf-8")
    (project / "broken.yaml").write_text("input: [8\nlayers: [relu]\n", encoding="utf-8")
    told = run("check", ".", cwd=project)
    assert told.returncode == 1
    assert {"typo.yaml", "broken.yaml"} <= set(names(told.stdout))


def test_a_file_that_is_named_is_always_checked(project: Path) -> None:
    told = run("check", "package.json", cwd=project)
    assert (told.returncode, told.stderr) == (1, "")
    assert "AC130" in told.stdout


def test_a_folder_of_other_files_only_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    told = run("check", ".", cwd=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == (
        "archcalc: there is no spec in the folder .: package.json has neither `layers` nor `variants`\n"
    )


@pytest.mark.parametrize("empty", ["", " ", "\t"])
@pytest.mark.parametrize("command", [["check"], ["check", "--fix"], ["sizes"], ["export"], ["verify"], ["draw"]])
def test_an_empty_name_is_wrong_usage(command: list[str], empty: str, folder: Path) -> None:
    told = run(*command, empty, cwd=folder)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "archcalc: an empty name names no file; is a variable of the shell not set?\n"


def test_what_is_named_beside_an_empty_name_is_checked(folder: Path) -> None:
    told = run("check", "", "plain.yaml", cwd=folder)
    assert told.returncode == 2
    assert told.stdout.startswith("plain  8 → 4\n")


def test_a_link_to_nothing_is_told_apart_from_a_file_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").symlink_to("gone.yaml")
    told = run("check", "net.yaml", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr == "archcalc: net.yaml is a link to gone.yaml, and there is no such file\n"
