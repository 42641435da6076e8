"""`archcalc check --fix` and `--diff`, as people and machines run them."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from types import SimpleNamespace
from typing import Any

import pytest
from command import run, spawn

from archcalc import Architecture, load
from archcalc.cli import main
from archcalc.editing import TextEdit, apply
from archcalc.program import Program

BROKEN = "# mine\ninput: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}  # odd\n  - relu\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_bytes(BROKEN.encode())
    return path


def test_a_file_is_repaired(broken: Path) -> None:
    done = spawn("check", "--fix", "net.yaml", cwd=broken.parent)
    assert done.returncode == 0
    assert broken.read_text() == BROKEN.replace("layers:", "rounding: floor\nlayers:")
    assert "\n input: [1, 7, 7]\n+rounding: floor\n layers:\n" in done.stdout
    assert "repaired net.yaml: " in done.stdout and "legal: " in done.stdout
    assert "1 of 1 networks are ok" in done.stdout
    assert load(broken).check().ok
    again = run("check", "--fix", "net.yaml", cwd=broken.parent)
    assert (again.returncode, again.stdout.count("@@")) == (0, 0)


@pytest.mark.skipif(which("patch") is None, reason="there is no program `patch`")
def test_the_diff_is_a_patch_and_nothing_is_written(broken: Path) -> None:
    done = run("check", "--diff", "net.yaml", cwd=broken.parent)
    assert done.returncode == 1
    assert broken.read_text() == BROKEN
    assert "would repair net.yaml: " in done.stdout
    patch = done.stdout.split("\n\n")[0] + "\n"
    subprocess.run(["patch", "-p0"], input=patch, text=True, cwd=broken.parent, check=True, capture_output=True)
    assert run("check", "net.yaml", cwd=broken.parent).returncode == 0


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_stay(broken: Path, ending: str, encoding: str) -> None:
    raw = BROKEN.replace("\n", ending).removesuffix(ending).encode(encoding)
    broken.write_bytes(raw)
    assert main(["check", "--fix", str(broken)]) == 0
    new = broken.read_bytes()
    assert new != raw
    assert new[:4] == raw[:4]
    text, old = new.decode(encoding), raw.decode(encoding)
    assert text == old.replace(f"{ending}layers:", f"{ending}rounding: floor{ending}layers:")
    broken.write_bytes(raw)
    (floor,) = [one for one in load(broken).repairs() if one.nature == "rounding"]
    assert floor.text == text.removeprefix("\ufeff")


def test_links_and_rights_stay(broken: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(broken)
    broken.chmod(0o640)
    assert main(["check", "--fix", str(link)]) == 0
    assert link.is_symlink() and broken.read_text() != BROKEN
    assert stat.S_IMODE(broken.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "net.yaml"]


def test_standard_input_becomes_standard_output(broken: Path) -> None:
    done = spawn("check", "--fix", "-", stdin=BROKEN.encode())
    assert done.returncode == 0
    assert done.stdout == BROKEN.replace("layers:", "rounding: floor\nlayers:")
    assert load(done.stdout).check().ok
    assert "@@" in done.stderr and "1 of 1 networks are ok" in done.stderr
    only = spawn("check", "--diff", "-", stdin=BROKEN.encode())
    assert (only.returncode, only.stdout[:12]) == (1, "--- <stdin>\n")


def test_all_variants_are_repaired_in_one_text(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(
        "input: [1, 7, 7]\nlet: {wide: false}\nlayers:\n"
        "  - {conv: {out: 1, kernel: 3, stride: 3}, when: not wide}\n"
        "  - {conv: {out: 1, kernel: 4, stride: 4}, when: wide}\n"
        "variants:\n  small: {let: {wide: false}}\n  large: {let: {wide: true}}\n"
    )
    done = run("check", "--fix", "two.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("--- two.yaml\n") == 1
    assert done.stdout.count("\n+rounding: floor\n") == 1
    assert "repaired two.yaml:small: rounding: floor for the spec" in done.stdout
    assert all(load(path, name).check().ok for name in ("small", "large"))


def test_what_the_author_has_to_decide_stays(tmp_path: Path) -> None:
    """Rounding alone leaves a window that is larger than its map."""
    path = tmp_path / "net.yaml"
    text = "input: [1, 7, 7]\nlayers:\n- conv: [2, 3, 3]\n- max_pool: [3, 2]\n"
    path.write_text(text)
    done = run("check", "--fix", "net.yaml", cwd=tmp_path)
    assert (done.returncode, path.read_text()) == (1, text)
    assert "no safe repair of net.yaml; to consider: " in done.stdout


def test_what_has_no_safe_repair_stays(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    text = "input: [1, 7, 7]\nlayers: [conv: [4, 3], undefined_layer]\n"
    path.write_text(text)
    done = run("check", "--fix", "net.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "undefined_layer" in done.stdout and "@@" not in done.stdout
    assert path.read_text() == text


def test_what_a_person_has_to_decide_is_told(tmp_path: Path) -> None:
    text = "input: [1, N, N]\nat: {N: 28}\nlayers: [conv: [6, 5], avg_pool: 2, flatten, linear: 10]\n"
    path = tmp_path / "net.yaml"
    path.write_text(text)
    done = run("check", "--fix", "net.yaml", "--set", "N=29", cwd=tmp_path)
    assert done.returncode == 1
    assert "no safe repair of net.yaml; to consider: " in done.stdout
    assert path.read_text() == text


def test_the_catalogue_stays(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from archcalc.repair import making

    before = load("unet:paper").file.text

    def floor(program: Program, *_: object) -> list[SimpleNamespace]:
        edit = TextEdit(0, 0, "rounding: floor\n")
        text = apply(program.file.text, [edit])
        network = Architecture(program)
        return (
            []
            if network.check(N=570).ok
            else [
                SimpleNamespace(
                    text=text,
                    edits=(edit,),
                    is_safe=True,
                    title="floor",
                    why="",
                    nature="rounding",
                    legal=load("unet:paper").legal_sizes(),
                )
            ]
        )

    monkeypatch.setattr(making, "safe_repairs", floor)
    assert main(["check", "--fix", "unet:paper", "--set", "N=570"]) == 2
    captured = capsys.readouterr()
    assert "unet is a network of the catalogue, which stays as it is" in captured.err
    assert "would repair unet:paper: floor" in captured.out
    assert load("unet:paper").file.text == before


def _changed(path: Path) -> None:
    path.write_text(BROKEN + "# somebody was here\n")


def _gone(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("happening", "told"), [(_changed, "was changed by somebody else in the meantime"), (_gone, "cannot write")]
)
def test_what_changed_meanwhile_is_not_overwritten(
    broken: Path,
    happening: Callable[[Path], None],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from archcalc.repair import making

    def slow(*given: Any) -> Any:
        found = search(*given)
        happening(broken)
        return found

    search = making.safe_repairs
    monkeypatch.setattr(making, "safe_repairs", slow)
    assert main(["check", "--fix", str(broken)]) == 2
    assert told in capsys.readouterr().err
    assert not broken.exists() or broken.read_text().endswith("# somebody was here\n")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="rights do not bind everybody")
def test_a_file_that_may_not_be_written_stays(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken.chmod(0o440)
    assert main(["check", "--fix", str(broken)]) == 2
    assert "it is read-only" in capsys.readouterr().err
    assert broken.read_text() == BROKEN


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--format", "json"], "--format json: a diff is text"),
        (["--symbolic"], "--symbolic: repairs are found at the values of `at`"),
        (["--depth", "2"], "--depth: no table is shown"),
        (["--receptive-field"], "--receptive-field: no table is shown"),
        (["--columns", "kernel"], "--columns: no table is shown"),
        (["--no-fold"], "--no-fold: no table is shown"),
        (["--format", "csv"], "--format csv: a diff is text"),
    ],
)
def test_what_does_not_go_together(
    broken: Path, more: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--fix", str(broken), *more]) == 2
    assert capsys.readouterr().err == f"archcalc: --fix goes without {problem}\n"
    assert broken.read_text() == BROKEN


def test_a_file_named_twice_is_repaired_once(broken: Path) -> None:
    done = run("check", "--fix", "net.yaml", "./net.yaml", ".", cwd=broken.parent)
    assert done.returncode == 0
    assert done.stdout.count("@@ ") == 1
    assert "1 of 1 networks are ok" in done.stdout


def variants(count: int, *layers: str, top: str = "input: [3, 32, 32]") -> str:
    """A file in which every variant fails in its own width."""
    lines = [f"  v{index}: {{let: {{w: {index + 3}}}}}" for index in range(count)]
    return "\n".join([top, "variants:", *lines, "layers:", *(f"  - {layer}" for layer in layers)]) + "\n"


WINDOW = variants(6, "conv: [w, 3]", "conv: [8, 99]")
FRACTION = variants(6, "conv: [w, 3, 2]", "conv: [8, 3]")
CLAIMED = FRACTION + "expect: {parameters: 7}\n"
HARMFUL = FRACTION.replace("{w: 8}}", "{w: 8}, expect: {parameters: 7}}")
"""What is safe for five variants breaks the claim of the sixth."""


@pytest.mark.parametrize(
    ("text", "more", "searches", "ideas"),
    [
        # Nothing that repairs a window is safe: what is searched for is shown, and shown is what was searched for.
        (WINDOW, (), 3, 3),
        (WINDOW, ("--repairs", "6"), 6, 6),
        (WINDOW, ("--repairs", "0"), 0, 0),
        # Rounding may be safe, which one change tells.
        (CLAIMED, (), 3, 3),
        (HARMFUL, (), 3, 3),
        # The repair of the first variant is that of all: one search finds it, and one shows it.
        (FRACTION, (), 2, 0),
    ],
)
def test_repairs_are_searched_where_one_can_be_safe_or_is_shown(
    tmp_path: Path, text: str, more: tuple[str, ...], searches: int, ideas: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archcalc.repair import search

    seen: list[None] = []

    def counted(case: Any) -> Any:
        seen.append(None)
        return found(case)

    found = search._Case.repairs
    monkeypatch.setattr(search._Case, "repairs", counted)
    path = tmp_path / "net.yaml"
    path.write_text(text)
    done = run("check", "--diff", "net.yaml", *more, cwd=tmp_path)
    assert done.stdout.count("to consider") == ideas
    assert len(seen) == searches


def test_what_variants_ask_alike_is_read_and_checked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six variants try the same change, and each asks what becomes of the five others."""
    from archcalc.repair import neighbours

    seen: list[tuple[str, str | None]] = []

    def counted(program: Program) -> Any:
        seen.append((program.file.text, program.variant))
        return check(program)

    check = neighbours.check
    monkeypatch.setattr(neighbours, "check", counted)
    path = tmp_path / "net.yaml"
    path.write_text(HARMFUL)
    done = run("check", "--diff", "--repairs", "0", "net.yaml", cwd=tmp_path)
    assert done.returncode == 1 and "would repair" not in done.stdout
    assert len(seen) == len(set(seen)) == 12
