"""Formatting changes no network, loses no comment, and has nothing to do the second time.

The networks of the catalogue, random ones, and the cases of every code, each in layouts of their own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from attached import attached, numbers
from catalogue import FILES
from effort import parts, share
from layouts import Writer, written
from same_network import codes, of_text, said
from strategies import random_spec
from strategies.choices import pick

from archcalc import Architecture
from archcalc.editing import Uneditable
from archcalc.formatting import formatted
from archcalc.source import SourceFile, parse, plain

IMPORTED = sorted((Path(__file__).parents[1] / "importing" / "structure" / "texts").glob("*.yaml"))
CASES = sorted((Path(__file__).parents[1] / "cases").rglob("*.yaml"))
MARK = re.compile(r"#\s*((?:AC\d{3}[ ,]*)+)(?::.*)?$")


def laid_out(name: str, text: str) -> str:
    """The formatted text, judged by everything that needs no network."""
    new = formatted(SourceFile(name, text))
    assert formatted(SourceFile(name, new)) == new
    assert sorted(numbers(new)) == sorted(numbers(text))
    assert not re.search(r"[ \t]$|\n\n\n|\n\n\Z|\A\n", new, re.MULTILINE) or "'" in text or '"' in text
    assert len(new) < 3 * len(text) + 200
    if "# remark" in text:
        before, after = attached(text), attached(new)
        for number in before:
            assert not before[number] or before[number] & after[number], (number, before[number], after[number])
    return new


@pytest.mark.parametrize("seeds", parts(2000, 50), ids=lambda seeds: f"{seeds.start}-{seeds.stop}")
def test_a_random_network_stays_the_same(seeds: range) -> None:
    for seed in seeds:
        rng = Random(seed)
        text, name = written(rng, random_spec(rng))
        new = laid_out(name, text)
        assert of_text(name, new) == of_text(name, text), f"seed {seed}"


@pytest.mark.parametrize("path", share(FILES, turn=3), ids=lambda path: path.stem)
def test_the_catalogue_in_other_layouts_stays_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    root, _ = parse(SourceFile(path.name, text))
    assert root is not None
    data = plain(root)
    assert isinstance(data, dict)
    for seed in range(2):
        rng = Random(f"{path.stem} {seed}")
        other_text = Writer(rng).text(data)
        read = Architecture.from_bytes(other_text.encode("utf-8"), path.name)
        new = laid_out(path.name, other_text)
        other = Architecture.from_bytes(new.encode("utf-8"), path.name)
        variant = pick(rng, [*read.variants] or [None])
        assert said(other.choose(variant)) == said(read.choose(variant)), variant


@pytest.mark.parametrize("path", [*FILES, *IMPORTED], ids=lambda path: path.stem)
def test_the_catalogue_and_what_an_import_writes_are_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(SourceFile(path.name, text)) == text


def test_findings_stay_at_the_lines_that_comments_name() -> None:
    """The comments of a case name the findings of their lines; formatted, they still do."""
    changed = 0
    for path in share(CASES, turn=1, shares=8):
        try:
            text = path.read_bytes().decode("utf-8")
            new = formatted(SourceFile(path.name, text))
        except (UnicodeDecodeError, Uneditable):
            continue
        if path.with_suffix(".expected").exists() or new == text:
            continue
        changed += 1
        told, before = _told(path.name, new), _told(path.name, text)
        if path.parent.name in ("catalogue", "examples"):
            assert sorted(map(sorted, told.values())) == sorted(map(sorted, before.values()))
        else:
            assert told == _marked(new), path
    assert changed > 5


def _told(name: str, text: str) -> dict[int | None, set[str]]:
    read = Architecture.from_bytes(text.encode("utf-8"), name)
    found: dict[int | None, set[str]] = defaultdict(set)
    for variant in [*read.variants] or [None]:
        for one in read.choose(variant).check().diagnostics:
            found[one.span.line if one.span else None].add(one.code.id)
    return dict(found)


def _marked(text: str) -> dict[int | None, set[str]]:
    lines = enumerate(SourceFile("case.yaml", text).lines, start=1)
    marks = ((number, MARK.search(line)) for number, line in lines)
    return {number: set(re.findall(r"AC\d{3}", mark[1])) for number, mark in marks if mark}


def test_a_warning_that_is_meant_stays_silent() -> None:
    step = (
        "{conv: {out: 8, kernel: 5, stride: 4, padding: 0, dilation: 1, groups: 1, bias: false}, as: a_long_name_of_it"
    )
    line = f"  - {step}, when: true and not false}}   # archcalc: ignore[AC302]\n"
    text = f"rounding: floor\nlayers:\n{line}input: [3, 32, 32]\n"
    before = Architecture.from_bytes(text.encode(), "net.yaml")
    new = formatted(SourceFile("net.yaml", text))
    assert codes(Architecture.from_bytes(new.encode(), "net.yaml")) == codes(before)
    assert line in new
    loud = text.replace("# archcalc: ignore[AC302]", "# said")
    assert "AC302" in dict(codes(Architecture.from_bytes(loud.encode(), "net.yaml")))
