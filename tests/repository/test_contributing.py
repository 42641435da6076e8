"""The worked examples of CONTRIBUTING.md are made in a copy of the package, and show what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from repository.examples import ROOT, change, copied, examples, printed, with_entries

DOCUMENT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = examples(DOCUMENT)
ADDITIONS = ["A layer", "A diagnostic", "A format of a command", "A command"]
"""Sections in their order: what one adds, the later ones use."""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with all changes that the sections make."""
    root = copied(tmp_path_factory.mktemp("copy"))
    for heading in ADDITIONS:
        for text in EXAMPLES[heading].changes:
            change(root, text)
    return root


@pytest.mark.parametrize("heading", ADDITIONS)
def test_an_addition_shows_what_the_page_says(changed: Path, heading: str) -> None:
    assert EXAMPLES[heading].commands
    for command, output in EXAMPLES[heading].commands:
        assert printed(changed, command) == output


@pytest.mark.parametrize("heading", ADDITIONS)
def test_the_package_lacks_what_an_addition_adds(heading: str) -> None:
    """An example that is in the package already would show nothing."""
    for command, _ in EXAMPLES[heading].commands:
        with pytest.raises(RuntimeError, match=r"there is no|invalid choice"):
            printed(ROOT, command)


def test_the_case_of_the_diagnostic_has_it_where_its_comment_says(changed: Path) -> None:
    (case,) = [text for text in EXAMPLES["A diagnostic"].changes if text.startswith("# tests/cases/")]
    path, _, spec = case.removeprefix("# ").partition("\n")
    (line,) = [number for number, text in enumerate(spec.splitlines(), start=1) if "# AC399" in text]
    found = printed(changed, f"archcalc check {path}")
    assert re.findall(r"warning\[(AC\d+)\]", found) == ["AC399"]
    assert f"--> {path}:{line}:" in found


def test_the_layer_runs_in_pytorch(changed: Path) -> None:
    pytest.importorskip("torch")
    assert "the layer agrees" in printed(changed, "archcalc verify tests/cases/layers/hardshrink.yaml")


def test_an_example_without_a_place_or_for_a_place_that_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("x = [1]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="does not begin with its place: x = 1"):
        change(tmp_path, "x = 1\n")
    with pytest.raises(ValueError, match=r"writes there\.py anew, which is there already"):
        change(tmp_path, "# there.py\nx = 1\n")
    with pytest.raises(ValueError, match="there is no y at the top"):
        change(tmp_path, "# there.py, in y\n2,\n")
    change(tmp_path, "# there.py, in x\n2,\n")
    change(tmp_path, "# there.py, at the end\ny = 3\n")
    change(tmp_path, "# there.py, before x\nz = 4\n")
    assert (tmp_path / "there.py").read_text(encoding="utf-8") == "z = 4\n\n\nx = [1,\n2,\n]\n\ny = 3\n"


def test_entries_follow_a_comma() -> None:
    assert with_entries("x = {\n    1: 2,\n}\n", "x", "    3: 4,\n") == "x = {\n    1: 2,\n    3: 4,\n}\n"
