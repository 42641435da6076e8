"""`archcalc export`: what is written where, and that nothing else is touched."""

from __future__ import annotations

import ast
import os
import stat
import sys
from pathlib import Path

import pytest
from command import GOOD, run, spawn

from archcalc.cli import main


def test_code_goes_to_standard_output(folder: Path) -> None:
    result = run("export", "good.yaml", cwd=folder)
    assert result.returncode == 0
    assert result.stderr == ""
    assert "class Small(nn." in result.stdout
    ast.parse(result.stdout)
    assert run("export", "good.yaml", "-o", "-", cwd=folder).stdout == result.stdout
    assert spawn("export", "-", cwd=folder, stdin=GOOD.encode()).stdout == result.stdout


def test_code_goes_to_a_file(folder: Path) -> None:
    result = run("export", "good.yaml", "-o", "net.py", cwd=folder)
    assert result.returncode == 0
    assert result.stdout == ""
    assert result.stderr == "wrote net.py: class Small, 1,490 parameters\n"
    assert (folder / "net.py").read_text(encoding="utf-8") == run("export", "good.yaml", cwd=folder).stdout
    assert sorted(path.name for path in folder.iterdir()) == ["fraction.yaml", "good.yaml", "net.py", "variants.yaml"]


def test_the_code_does_not_depend_on_the_encoding_of_the_terminal(folder: Path) -> None:
    (folder / "greek.yaml").write_text('name: Net\nsource: "αβγ"\n' + GOOD.partition("\n")[2], encoding="utf-8")
    text = run("export", "greek.yaml", cwd=folder).stdout
    assert "αβγ" in text
    assert spawn("export", "greek.yaml", cwd=folder, PYTHONIOENCODING="ascii").stdout == text


def test_values_are_set(folder: Path) -> None:
    wide = run("export", "good.yaml", "--set", "c=6", "-o", "wide.py", cwd=folder)
    assert wide.stderr == "wrote wide.py: class Small, 2,230 parameters\n"
    assert run("export", "good.yaml", "--set", "c", cwd=folder).returncode == 2
    unknown = run("export", "good.yaml", "--set", "d=6", cwd=folder)
    assert unknown.returncode == 2
    assert "there are: H, c" in unknown.stderr


def test_a_file_is_not_overwritten_without_force(folder: Path) -> None:
    net = folder / "net.py"
    net.write_text("mine\n")
    result = run("export", "good.yaml", "-o", "net.py", cwd=folder)
    assert result.returncode == 2
    assert result.stderr == "archcalc: net.py exists; --force overwrites it\n"
    assert net.read_text() == "mine\n"
    assert run("export", "good.yaml", "-o", "net.py", "--force", cwd=folder).returncode == 0
    assert "class Small" in net.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="rights and links are those of POSIX")
def test_rights_and_links_survive(folder: Path) -> None:
    (folder / "real.py").write_text("mine\n")
    (folder / "real.py").chmod(0o640)
    (folder / "link.py").symlink_to("real.py")
    assert run("export", "good.yaml", "-o", "link.py", "--force", cwd=folder).returncode == 0
    assert (folder / "link.py").is_symlink()
    assert "class Small" in (folder / "real.py").read_text()
    assert stat.S_IMODE((folder / "real.py").stat().st_mode) == 0o640
    mask = os.umask(0)
    os.umask(mask)
    run("export", "good.yaml", "-o", "new.py", cwd=folder)
    assert stat.S_IMODE((folder / "new.py").stat().st_mode) == 0o666 & ~mask


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_a_device_is_written_to(folder: Path) -> None:
    result = spawn("export", "good.yaml", "-o", "/dev/stdout", "--force", cwd=folder)
    assert result.returncode == 0
    assert "class Small" in result.stdout


def test_errors_of_the_spec_are_shown_and_nothing_is_written(folder: Path) -> None:
    result = run("export", "fraction.yaml", "-o", "net.py", cwd=folder)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.index("error[AC301]") < result.stderr.index("error[AC501]")
    assert not (folder / "net.py").exists()


def test_a_failed_expectation_is_an_error_too(folder: Path) -> None:
    (folder / "claim.yaml").write_text(GOOD + "expect: {parameters: 1}\n")
    result = run("export", "claim.yaml", cwd=folder)
    assert result.returncode == 1
    assert "error[AC401]" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["good.yaml", "fraction.yaml"], "unrecognized arguments"),
        (["missing.yaml"], "there is no file missing.yaml"),
        (["variants.yaml"], "has the variants a, b; choose one, such as variants.yaml:a"),
        (["variants.yaml:c"], "no variant `c`"),
        (["."], "several specs"),
        (["empty"], "no .yaml, .yml or .json file"),
        (["good.yaml", "--format", "toch"], "there is no format toch; did you mean torch?"),
        (["good.yaml", "--format", "keras"], "there is no format keras; there is torch (a module of PyTorch)"),
        (["good.yaml", "-o", "empty"], "it is a folder; name a file in it, such as empty"),
        (["good.yaml", "-o", "nowhere/net.py"], "there is no folder nowhere"),
        (["good.yaml", "-o", "good.yaml"], "good.yaml exists"),
        (["good.yaml", "-o", "good.yaml/net.py"], "there is no folder good.yaml"),
        (["good.yaml", "-o", ""], "cannot write"),
        (["good.yaml", "-o", "a\x1bb" + "c" * 300], "cannot write a\\x1bb"),
    ],
)
def test_wrong_usage_is_told(folder: Path, arguments: list[str], message: str) -> None:
    (folder / "empty").mkdir()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = run("export", *arguments, cwd=folder)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed_to_us(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o500)
    result = run("export", "good.yaml", "-o", "closed/net.py", cwd=folder)
    assert result.returncode == 2
    assert "Permission denied" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (OSError(28, "No space left on device"), 2, "cannot write net.py: No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_nothing_is_left_behind_when_writing_fails(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.chdir(folder)
    (folder / "net.py").write_text("mine\n")
    for name in ("replace", "link"):
        monkeypatch.setattr(os, name, fail)
    before = sorted(folder.iterdir())
    assert main(["export", "good.yaml", "-o", "net.py", "--force"]) == code
    assert capsys.readouterr().err.strip() == f"archcalc: {told}"
    assert sorted(folder.iterdir()) == before
    assert (folder / "net.py").read_text() == "mine\n"


def test_a_file_that_comes_into_being_in_the_meantime_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.cli import output

    monkeypatch.chdir(folder)
    monkeypatch.setattr(output, "refuse_obstacle", lambda *_, **__: None)
    (folder / "net.py").write_text("mine\n")
    assert main(["export", "good.yaml", "-o", "net.py"]) == 2
    assert (folder / "net.py").read_text() == "mine\n"
    assert len(list(folder.iterdir())) == 4


def test_a_reader_that_leaves_is_no_error_of_ours(folder: Path) -> None:
    import subprocess

    from command import COMMAND, environment

    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "export", "good.yaml"], cwd=folder, stdout=write, stderr=subprocess.PIPE, env=environment()
    )
    os.close(write)
    assert done.stderr == b""
