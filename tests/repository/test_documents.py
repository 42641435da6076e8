"""The documents at the root: their examples run, and what they point to is there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from archcalc.source.text import SIZE_LIMIT

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
FOLDERS = ("archcalc/", "tests/", "specs/", "notebooks/", ".ci/", ".github/")


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text_of(document))
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_in_the_text_exist(document: str) -> None:
    """A path with a word in capitals, as `tests/cases/layers/KIND.yaml`, is a pattern; its folder exists."""
    paths = [path for path in re.findall(r"`([\w./-]+)`", text_of(document)) if path.startswith(FOLDERS)]
    patterns = re.compile(r"[A-Z]{3,}\.")
    places = [str(Path(path).parent) if patterns.search(path) else path for path in paths]
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_a_path_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[a](gone.md) and `archcalc/gone.py`, `archcalc/KIND.py`\n", encoding="utf-8")
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    for check in (test_links_lead_to_files, test_paths_in_the_text_exist):
        with pytest.raises(AssertionError, match="gone"):
            check("page.md")


def test_the_walk_of_a_size_runs() -> None:
    results = doctest.testfile(str(ROOT / "ARCHITECTURE.md"), module_relative=False)
    assert results.attempted > 15
    assert results.failed == 0


def test_the_limit_that_the_security_page_names_is_the_limit() -> None:
    assert f"{SIZE_LIMIT // 2**20} MiB" in text_of("SECURITY.md")
