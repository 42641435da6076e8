"""The extension for Visual Studio Code: its files agree with each other and with the rest of the repository."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "editors" / "vscode"
if not FOLDER.exists():
    pytest.skip("the source distribution has no extensions of editors", allow_module_level=True)

MANIFEST = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")
SOURCE = (FOLDER / "src" / "extension.ts").read_text(encoding="utf-8")


def test_the_lock_file_names_no_registry_and_what_the_manifest_asks_for() -> None:
    packages = LOCK["packages"]
    assert "resolved" not in {key for package in packages.values() for key in package}
    assert all(package.get("integrity") for name, package in packages.items() if name), "who knows what is installed"
    assert packages[""]["devDependencies"] == MANIFEST["devDependencies"]
    assert "dependencies" not in MANIFEST, "what it needs is in its one file"


def test_settings_and_commands_are_declared_read_and_told() -> None:
    settings = {name.removeprefix("archcalc.") for name in MANIFEST["contributes"]["configuration"]["properties"]}
    assert set(re.findall(r'setting\("(\w+)"', SOURCE)) == settings
    commands = {one["command"]: f"{one['category']}: {one['title']}" for one in MANIFEST["contributes"]["commands"]}
    assert set(re.findall(r'registerCommand\("([\w.]+)"', SOURCE)) == set(commands)
    page = (ROOT / "docs" / "guides" / "editors.md").read_text(encoding="utf-8")
    for name in settings:
        assert f"`archcalc.{name}`" in README and f"`archcalc.{name}`" in page
    for title in commands.values():
        assert f"*{title}*" in README
    assert "npm run vsix" in README and "npm run vsix" in page


def test_it_is_started_for_the_languages_that_it_serves() -> None:
    languages = re.search(r"LANGUAGES = \[(.*?)\]", SOURCE)
    assert languages is not None
    assert MANIFEST["activationEvents"] == [f"onLanguage:{json.loads(one)}" for one in languages[1].split(", ")]


def test_it_asks_for_the_command_of_the_server() -> None:
    pytest.importorskip("pygls")
    from archcalc.lsp.server import SHOW

    assert f'command: "{SHOW}"' in SOURCE
    # A client registers the commands of its server: one of its own with the same name would be refused.
    assert SHOW not in {one["command"] for one in MANIFEST["contributes"]["commands"]}


def test_it_has_the_license_and_is_in_no_distribution() -> None:
    assert (FOLDER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert not [place for target in targets.values() for place in target["include"] if "editors" in place]


def test_it_takes_for_specs_what_the_server_takes_for_specs() -> None:
    """The expression that starts the server, and the one by which that knows a broken text."""
    ours = (ROOT / "archcalc" / "lsp" / "session.py").read_text(encoding="utf-8")
    theirs = (FOLDER / "src" / "texts.ts").read_text(encoding="utf-8")
    found = re.search(r'_KEY = compiled_later\(r"""(.*)"""\)', ours)
    assert found is not None and f"const KEY = /{found[1]}/;" in theirs
