"""What a release says about itself stands at one place, and every other place agrees."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

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


def test_the_changelog_says_of_every_line_what_sort_of_change_it_is() -> None:
    sorts = ["Added", "Changed", "Deprecated", "Removed", "Fixed"]
    for version in re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]:
        head, *parts = re.split(r"^### ", version, flags=re.MULTILINE)
        found = [part.partition("\n")[0] for part in parts]
        assert found == [sort for sort in sorts if sort in found], f"sections of {version.split()[0]}: {found}"
        assert "\n- " not in head, f"{version.split()[0]}: a line stands outside {', '.join(sorts)}"
        assert all("\n- " in part for part in parts), f"{version.split()[0]}: a section is empty"


def test_the_citation_is_complete_and_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys(), "fields that CFF 1.2.0 requires"
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == archcalc.__version__, "CITATION.cff cites another version"
    assert citation["title"] == PROJECT["project"]["name"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert all(author.keys() == {"name"} for author in citation["authors"]), "an entity has a name, a person has others"
