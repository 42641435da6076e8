"""What a release says about itself stands at one place, and every other place agrees."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import archcalc

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_version_has_one_source() -> None:
    assert "version" not in PROJECT["project"], "archcalc/__init__.py has the version; the build reads it there"
    assert PROJECT["project"]["dynamic"] == ["version"]
    source = (ROOT / PROJECT["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    assert re.findall(r'^__version__ = "(.+)"$', source, flags=re.MULTILINE) == [archcalc.__version__]


def test_the_changelog_begins_with_this_version() -> None:
    (first, *_) = re.findall(r"^## (\S+)", CHANGELOG, flags=re.MULTILINE)
    assert first == archcalc.__version__, "CHANGELOG.md needs a section for the version of archcalc/__init__.py"
