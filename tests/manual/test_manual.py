"""The manual of the language is complete, its examples run, and it is shown at every width."""

from __future__ import annotations

import re

import pytest

import archcalc
from archcalc.cli import main
from archcalc.expressions.functions import NAMES as FUNCTIONS
from archcalc.manual import PAGES, section_index, section_page, sections
from archcalc.spec.claims import CLAIM_KEYS, QUANTITIES
from archcalc.spec.names import STEP_KEYS, WIRING_KINDS
from archcalc.spec.reader import SPEC_KEYS
from archcalc.terminal import Terminal, display_width

WORDS = sections()
EXAMPLES = [
    (f"{word}-{index}", text)
    for word, section in WORDS.items()
    for index, text in enumerate(re.findall(r"^```yaml\n(.*?)^```$", section.text, re.MULTILINE | re.DOTALL))
]


@pytest.mark.parametrize("word", [*SPEC_KEYS, *STEP_KEYS, *WIRING_KINDS, *FUNCTIONS, "here", "in_channels", "branches"])
def test_words_of_the_language(word: str) -> None:
    assert word in WORDS, f"write a section `## {word}` on one of the pages {', '.join(PAGES)} of docs/language"


@pytest.mark.parametrize("key", CLAIM_KEYS)
def test_keys_of_claims(key: str) -> None:
    assert key in WORDS or key in QUANTITIES, f"write a section `## {key}` in docs/language/claims.md"
    if key in QUANTITIES:
        assert f"`{key}`" in WORDS["quantities"].text, f"add `{key}` to the table of quantities in claims.md"


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_examples(name: str, text: str) -> None:
    architecture = archcalc.load(text)
    for network in [architecture.choose(one) for one in architecture.variants] or [architecture]:
        report = network.check()
        assert [str(found) for found in report.diagnostics] == []
        assert report.ok


def test_a_word_stands_once() -> None:
    assert len(EXAMPLES) > 15
    headings = [line for page in PAGES for line in re.findall(r"^## .*$", _page(page), re.MULTILINE)]
    assert len(headings) == len(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_terminals(word: str) -> None:
    for width in (40, 80):
        code = [line for _, text in EXAMPLES for line in text.split("\n")]
        for line in section_page(word, Terminal(width)).split("\n"):
            assert display_width(line) <= width or line.strip() in {one.strip() for one in code}, line
    assert "```" not in section_page(word)
    assert "|---" not in section_page(word)


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "language"]) == 0
    assert capsys.readouterr().out == section_index() + "\n"
    assert all(re.search(rf"\b{re.escape(word)}\b", section_index()) for word in WORDS)


def test_a_layer_that_is_a_function_too_has_both_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "tokens"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("tokens (reshape)\n") and "\n\ntokens (Values)\n" in text


def _page(name: str) -> str:
    from pathlib import Path

    return (Path(__file__).resolve().parents[2] / "docs" / "language" / f"{name}.md").read_text(encoding="utf-8")
