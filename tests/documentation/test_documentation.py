"""Everything that README and the pages under docs show is run here: files, commands with their output, and Python.

`pytest tests/documentation --update` rewrites what the commands print; read the difference.
"""

from __future__ import annotations

import doctest
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from cli.command import run
from documentation.blocks import FILES, PAGES, ROOT, Command, blocks, commands, read_by

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
PAGES_OF_HAND = [page for page in PAGES if page.parent.name != "reference"]
"""The examples of generated pages are run where they were written: in docstrings."""
NAMES_OF_HAND = [str(page.relative_to(ROOT)) for page in PAGES_OF_HAND]
_VERSION = re.compile(r"PyTorch [0-9][0-9a-z.+]*")


def printed(command: Command, folder: Path) -> str:
    """What a command prints, findings and complaints together, in 80 columns."""
    program, *arguments = command.words
    assert program == "archcalc", f"only archcalc is run, and {command.line} is something else"
    done = run(*arguments, cwd=folder, COLUMNS="80", NO_COLOR="1")
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each command prints what the page shows, in a folder with the files that the page has shown so far."""
    text = page.read_text(encoding="utf-8")
    untitled = ""
    renewed, end = [], 0
    without_torch = False
    for block in blocks(text):
        if block.language in FILES:
            if block.title:
                (tmp_path / block.title).write_text(block.text, encoding="utf-8")
            elif block.language != "py":
                untitled = block.text
        if block.language != "console":
            continue
        for command in commands(block):
            name = read_by(command)
            if untitled and name:
                (tmp_path / name).write_text(untitled, encoding="utf-8")
                untitled = ""
            is_of_author = command.words[1] == "import" or "--against" in command.words
            if is_of_author and not _has_torch("torchvision"):
                # What it would have written, the other commands of the page read.
                pytest.skip("import needs PyTorch and torchvision")
            if command.words[1] == "verify":
                if not _has_torch():
                    without_torch = True
                    continue
                request.getfixturevalue("shared_process")
            found = printed(command, tmp_path)
            # The version of PyTorch is that of whoever runs it.
            shown = _VERSION.findall(command.output)
            found = _VERSION.sub(shown[0], found) if shown else found
            if request.config.getoption("--update", default=False):
                renewed += [text[end : command.start], found]
                end = command.start + len(command.output)
            else:
                assert found == command.output, f"`{command.line}` on {page.name}"
    if renewed:
        page.write_text("".join([*renewed, text[end:]]), encoding="utf-8", newline="\n")
    if without_torch:
        pytest.skip("verify needs PyTorch; the other commands of the page are right")


@pytest.mark.parametrize("page", PAGES_OF_HAND, ids=NAMES_OF_HAND)
def test_python(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        if block.language in FILES and block.title:
            (tmp_path / block.title).write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = "\n".join(block.text for block in blocks(text) if block.language == "python")
    test = doctest.DocTestParser().get_doctest(shown, {}, page.name, str(page), 0)
    results = doctest.DocTestRunner(verbose=False).run(test)
    assert results.failed == 0
    assert results.attempted == shown.count("\n>>> ") + shown.startswith(">>> ")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links(page: Path) -> None:
    """Links within the repository lead to files that are there, and to headings that they have."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{page.name} links to {target}"


@pytest.mark.parametrize(
    ("page", "name", "options"),
    [("docs/tutorial.md", "unet", ["--depth", "1"]), ("docs/guides/pictures.md", "residual", [])],
)
def test_pictures(page: str, name: str, options: list[str], tmp_path: Path) -> None:
    """A picture is what `archcalc draw` writes today."""
    (tmp_path / f"{name}.yaml").write_text(_file(page, f"{name}.yaml"), encoding="utf-8")
    done = run("draw", f"{name}.yaml", *options, "--direction", "right", "-o", f"{name}.svg", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / f"{name}.svg").read_bytes() == (ROOT / f"docs/images/{name}.svg").read_bytes()


def test_picture_of_the_catalogue(tmp_path: Path) -> None:
    """As the page of pictures says it is made."""
    command = next(line for line in _lines("docs/guides/pictures.md") if line.endswith("-o resnet18.svg"))
    assert run(*command.split()[1:], cwd=tmp_path).returncode == 0
    assert (tmp_path / "resnet18.svg").read_bytes() == (ROOT / "docs/images/resnet18.svg").read_bytes()


def _lines(page: str) -> list[str]:
    return (ROOT / page).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("page", PAGES_OF_HAND, ids=NAMES_OF_HAND)
def test_lecture_pictures(page: Path, tmp_path: Path) -> None:
    """A page shows, letter by letter, what the commands on it draw."""
    text = page.read_text(encoding="utf-8")
    for command in re.findall(r"^archcalc (draw .*--style volumes.*)$", text, re.MULTILINE):
        done = run(*shlex.split(command), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    for made in tmp_path.iterdir():
        assert f"images/{made.name})" in text, f"{page.name} draws {made.name}, but does not show it"
        assert made.read_bytes() == (ROOT / "docs" / "images" / made.name).read_bytes(), made.name


def test_picture_of_a_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page of sweeps says in Python that it is made."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/guides/sweeps.md").read_text(encoding="utf-8")
    shown = "\n".join(block.text for block in blocks(text) if block.language == "python")
    doctest.DocTestRunner(verbose=False).run(doctest.DocTestParser().get_doctest(shown, {}, "sweeps.md", None, 0))
    assert (tmp_path / "front.svg").read_bytes() == (ROOT / "docs/images/front.svg").read_bytes()


def _file(page: str, title: str) -> str:
    found = blocks((ROOT / page).read_text(encoding="utf-8"))
    return next(block.text for block in found if block.title == title)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _has_torch(*others: str) -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.__version__) and all(map(find_spec, others))
