"""Patterns of files, compared with Python's `glob` and with a list that was written by hand."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest

from archcalc.configuration.patterns import Pattern, specs_below

TREE = [
    "a.yaml",
    "b.yml",
    "c.json",
    "notes.md",
    "nets/a.yaml",
    "nets/b.yaml",
    "nets/[x].yaml",
    "nets/old/a.yaml",
    "nets/old/older/c.YAML",
    "drafts/a.yaml",
    "nets/drafts/d.yaml",
    ".hidden/a.yaml",
    "nets/.cache/a.yaml",
]
PATTERNS = [
    "nets/*.yaml",
    "nets/**/*.yaml",
    "nets/**",
    "nets",
    "nets/",
    "**/a.yaml",
    "./a.yaml",
    "*/a.yaml",
    "nets/?.yaml",
    "nets/[ab].yaml",
    "nets/[!a].yaml",
    "nets/[[]x].yaml",
    "nets/*/older",
    "**/drafts/*",
    "nowhere/*.yaml",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("layers: []")
    return root


def files(root: Path, *patterns: str, without: tuple[str, ...] = ()) -> list[str]:
    found = specs_below(root, list(map(Pattern, patterns)), list(map(Pattern, without)))
    return [path.relative_to(root).as_posix() for path in found]


def globbed(root: Path, pattern: str) -> list[str]:
    """What `glob` finds, with everything in the folders that it finds; hidden names are no specs."""
    found: set[str] = set()
    for name in glob.glob(pattern, root_dir=root, recursive=True):
        path = root / name
        inner = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
        found.update(os.path.relpath(one, root).replace(os.sep, "/") for one in inner)
    suffixes = (".yaml", ".yml", ".json")
    return sorted(
        one
        for one in found
        if one.lower().endswith(suffixes) and not any(part.startswith(".") for part in one.split("/"))
    )


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_with_a_slash_find_what_glob_finds(tree: Path, pattern: str) -> None:
    if pattern == "nets":
        pytest.skip("a name without a slash fits anywhere")
    assert files(tree, pattern) == globbed(tree, pattern)


@pytest.mark.parametrize("pattern", ["drafts", "a.yaml", "*.json", "old", "drafts/"])
def test_patterns_without_a_slash_fit_a_name_anywhere(tree: Path, pattern: str) -> None:
    assert files(tree, pattern) == globbed(tree, f"**/{pattern}")


def test_what_is_excluded_is_left_out_with_all_that_is_in_it(tree: Path) -> None:
    assert files(tree, "nets/**", without=("drafts", "nets/old/older/*")) == [
        "nets/[x].yaml",
        "nets/a.yaml",
        "nets/b.yaml",
        "nets/old/a.yaml",
    ]
    assert files(tree, "a.yaml", "nets/a.yaml", without=("*.yaml",)) == []


def test_a_file_that_two_patterns_fit_is_found_once(tree: Path) -> None:
    assert files(tree, "nets/*.yaml", "nets/a.yaml", "nets/**/a.yaml").count("nets/a.yaml") == 1


@pytest.mark.parametrize("pattern", ["a.yaml", "nets/[", "[", "nets/[!", "a+(b).yaml", "[a-"])
def test_signs_that_close_nothing_stand_for_themselves(pattern: str) -> None:
    assert Pattern(pattern).fits(pattern)
