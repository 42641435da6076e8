"""`archcalc fmt`: files written, looked at or left, and what is said about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command import run

MESSY = "layers: [ relu ]\ninput: [8]\n"
NEAT = "input: [8]\nlayers: [relu]\n"


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    (tmp_path / "messy.yaml").write_text(MESSY)
    (tmp_path / "neat.yaml").write_text(NEAT)
    (tmp_path / "other.yml").write_text("services: { web: 1 }\n")
    return tmp_path


def test_a_file_is_written_and_named(specs: Path) -> None:
    done = run("fmt", "messy.yaml", cwd=specs)
    assert (done.returncode, done.stdout, done.stderr) == (0, "formatted messy.yaml\n", "")
    assert (specs / "messy.yaml").read_text() == NEAT
    assert run("fmt", "messy.yaml", cwd=specs).stdout == ""


def test_a_folder_is_counted_and_files_of_others_are_skipped(specs: Path) -> None:
    done = run("fmt", ".", cwd=specs)
    assert (done.returncode, done.stdout) == (0, "formatted messy.yaml\n1 formatted, 1 as they are\n")
    assert done.stderr == "archcalc: skipped other.yml: it has neither `layers` nor `variants`\n"
    assert (specs / "other.yml").read_text() == "services: { web: 1 }\n"


def test_a_check_names_what_would_be_formatted_and_writes_nothing(specs: Path) -> None:
    done = run("fmt", "messy.yaml", "neat.yaml", "--check", cwd=specs)
    assert (done.returncode, done.stdout) == (1, "would format messy.yaml\n1 to format, 1 as they are\n")
    assert (specs / "messy.yaml").read_text() == MESSY
    assert run("fmt", "neat.yaml", "--check", cwd=specs).returncode == 0


def test_a_diff_is_one_that_patch_takes(specs: Path) -> None:
    done = run("fmt", ".", "--diff", cwd=specs)
    shown = "--- messy.yaml\n+++ messy.yaml\n@@ -1,2 +1,2 @@\n-layers: [ relu ]\n input: [8]\n+layers: [relu]\n"
    assert (done.returncode, done.stdout) == (1, shown)
    assert (specs / "messy.yaml").read_text() == MESSY


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_byte_order_mark_stay(specs: Path, mark: bytes) -> None:
    path = specs / "windows.yaml"
    path.write_bytes(mark + MESSY.replace("\n", "\r\n").encode())
    assert run("fmt", "windows.yaml", cwd=specs).returncode == 0
    assert path.read_bytes() == mark + NEAT.replace("\n", "\r\n").encode()


def test_standard_input_goes_to_standard_output() -> None:
    done = run("fmt", "-", stdin=MESSY.encode())
    assert (done.returncode, done.stdout, done.stderr) == (0, NEAT, "")
    assert run("fmt", "-", stdin=NEAT.encode()).stdout == NEAT
    done = run("fmt", "-", "--check", stdin=MESSY.encode())
    assert (done.returncode, done.stdout) == (1, "would format <stdin>\n")


def test_beside_standard_input_a_file_is_named_elsewhere(specs: Path) -> None:
    done = run("fmt", "-", "messy.yaml", cwd=specs, stdin=MESSY.encode())
    assert (done.returncode, done.stdout) == (0, NEAT)
    assert done.stderr == "formatted messy.yaml\n2 formatted\n"


def test_a_mistake_is_shown_and_its_file_is_left(specs: Path) -> None:
    (specs / "broken.yaml").write_text("layers: [ relu\n")
    done = run("fmt", "broken.yaml", "messy.yaml", cwd=specs)
    assert (done.returncode, done.stdout) == (1, "formatted messy.yaml\n1 formatted, 1 left with mistakes\n")
    assert 'error[AC105]: this "[" is never closed\n  --> broken.yaml:1:9\n' in done.stderr
    assert "archcalc: broken.yaml is left as it is until this is mended\n" in done.stderr
    assert (specs / "broken.yaml").read_text() == "layers: [ relu\n"
    assert run("fmt", "-", stdin=b"layers: [ relu\n").stdout == ""


def test_what_says_something_else_when_laid_out_is_left(specs: Path) -> None:
    (specs / "kept.yaml").write_text(text := "source: |+\n  a\n\n\nlayers: [relu]\n")
    done = run("fmt", "kept.yaml", cwd=specs)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("archcalc: kept.yaml is left as it is: it is written in a way that would say")
    assert (specs / "kept.yaml").read_text() == text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "lenet",
            "lenet is a network of the catalogue, which stays as it is; `archcalc show lenet > lenet.yaml` saves",
        ),
        ("neat.yaml:small", "a file is formatted as a whole: leave out :small"),
        ("mesy.yaml", "there is no file mesy.yaml; did you mean messy.yaml?"),
        ("net.py:Net", "net.py:Net names Python, and a spec is data"),
        ("empty", "there is no .yaml, .yml or .json file in the folder empty"),
    ],
)
def test_what_is_no_file_is_said_and_the_rest_is_formatted(specs: Path, name: str, why: str) -> None:
    (specs / "empty").mkdir()
    done = run("fmt", name, "messy.yaml", cwd=specs)
    assert (done.returncode, done.stdout) == (2, "formatted messy.yaml\n")
    assert done.stderr.startswith(f"archcalc: {why}")


def test_a_project_says_which_files_are_formatted(specs: Path) -> None:
    assert run("fmt", cwd=specs).stderr.startswith("archcalc: name a PATH, such as net.yaml or a folder")
    (specs / "pyproject.toml").write_text('[tool.archcalc]\nspecs = ["*.yaml"]\nexclude = ["neat.yaml"]\n')
    for arguments in ([], ["."]):
        done = run("fmt", "--check", *arguments, cwd=specs)
        assert (done.returncode, done.stdout) == (1, "would format messy.yaml\n")
    (specs / "pyproject.toml").write_text("[tool.archcalc]\nspec = 1\n")
    done = run("fmt", cwd=specs)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("archcalc: nothing was formatted: ")


def test_a_file_that_nobody_may_write_stays(specs: Path) -> None:
    os.chmod(specs / "messy.yaml", 0o444)
    done = run("fmt", "messy.yaml", cwd=specs)
    assert (done.returncode, done.stderr) == (2, "archcalc: cannot format messy.yaml: it is read-only\n")
    assert (specs / "messy.yaml").read_text() == MESSY
