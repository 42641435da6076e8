"""README is short, and leads to every command and every page."""

from __future__ import annotations

import re
from pathlib import Path

from archcalc.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_LONGEST = 180


def test_it_is_read_in_a_minute() -> None:
    assert README.count("\n") <= _LONGEST, "README says what and where; the rest has a page under docs"


def test_every_command_is_named() -> None:
    for command in COMMANDS:
        assert f"archcalc {command}" in README or f"`{command} " in README, f"README does not mention {command}"


def test_every_page_is_linked() -> None:
    linked = set(re.findall(r"\]\((docs/[^)#]+)", README))
    pages = {str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")}
    assert pages <= linked, f"link {', '.join(sorted(pages - linked))} in README"


def test_every_page_is_part_of_the_site() -> None:
    listed = set(re.findall(r'= "([^"]+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8")))
    assert listed == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
