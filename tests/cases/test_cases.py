"""Specs whose comments say what is found on which line: `# AC301` stands at the end of every line with a finding.

A comment may go on after a colon (`# AC301: why`). Where a comment is impossible, as in JSON, a file `NAME.expected`
beside the case lists `LINE CODE...`, with `-` for findings without a line. A file `NAME.txt` beside a case holds the
findings as people read them; `pytest --update` rewrites those that exist.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from archcalc import Architecture, Report
from archcalc.diagnostics import Code
from archcalc.diagnostics.catalogue import all_codes
from archcalc.diagnostics.render import render
from archcalc.layers.table import KINDS

HERE = Path(__file__).parent
SPECS = sorted(path for path in HERE.rglob("*") if path.suffix in (".yaml", ".json"))
NETWORKS = [path for path in SPECS if path.parent.name in ("catalogue", "examples")]
"""Published networks, whose warnings and notes are their own."""
CASES = [path for path in SPECS if path not in NETWORKS]
GOLDEN = [path for path in CASES if path.with_suffix(".txt").exists()]
MARK = re.compile(r"#\s*((?:AC\d{3}[ ,]*)+)(?::.*)?$")

BYTES = {
    "AC101": b"\x89PNG\r\n\x1a\n\x00\x00",
    "AC102": b"name: Caf\xe9Net\n",
    "AC103": b"# " + b"x" * (16 * 1024 * 1024),
    "AC104": b"name: Tiny\x08Net\n",
    "AC160": b"input: [8]\nlayers:\n" + b"".join(b"  - linear: width%d\n" % number for number in range(301)),
    "AC161": b"x: [" + b"1, " * 250_000 + b"1]\n",
    "AC162": b"input: [8]\nlayers: [relu]\nvariants:\n" + b"".join(b"  v%d: {}\n" % number for number in range(1001)),
    "AC413": b"input: [8]\nlayers: [relu]\nexpect:\n" + b"  - {layers: 1}\n" * 10_001,
}
"""Codes of files that cannot stand in a page or a case file."""
EXPORT = {code.id for code in all_codes() if code.id.startswith(("AC5", "AC6"))}
"""Codes of no spec: tests/verify, tests/export and tests/configuration provoke them, and look at their examples."""


def named(path: Path) -> str:
    return path.relative_to(HERE).as_posix()


@cache
def reports(path: Path) -> list[Report]:
    """The reports on a case: of all its variants if it has some."""
    name = path.name
    architecture = Architecture.from_bytes(path.read_bytes(), name)
    return [architecture.choose(variant).check() for variant in architecture.variants or [None]]


def found(path: Path, only: str = "") -> dict[int | None, set[str]]:
    """Codes by line: of all findings, or of those of one severity."""
    codes: dict[int | None, set[str]] = defaultdict(set)
    for report in reports(path):
        for diagnostic in report.diagnostics:
            if only and diagnostic.severity != only:
                continue
            codes[diagnostic.span.line if diagnostic.span else None].add(diagnostic.code.id)
    return dict(codes)


def expected(path: Path) -> dict[int | None, set[str]]:
    """Codes by line, as the comments or the file beside the case promise them."""
    codes: dict[int | None, set[str]] = {}
    beside = path.with_suffix(".expected")
    if beside.exists():
        for line in beside.read_text(encoding="utf-8").splitlines():
            number, *ids = line.split()
            codes[None if number == "-" else int(number)] = set(ids)
        return codes
    for index, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
        if match := MARK.search(line):
            codes[index] = set(re.findall(r"AC\d{3}", match.group(1)))
    return codes


@pytest.mark.parametrize("path", CASES, ids=named)
def test_every_line_has_the_findings_that_its_comment_says(path: Path) -> None:
    assert found(path) == expected(path)


@pytest.mark.parametrize("path", NETWORKS, ids=named)
def test_published_networks_have_just_the_errors_that_their_comments_say(path: Path) -> None:
    assert found(path, only="error") == expected(path)


@pytest.mark.parametrize("path", GOLDEN, ids=named)
def test_findings_read_as_written_down(path: Path, request: pytest.FixtureRequest) -> None:
    texts = []
    for report in reports(path):
        texts += [render(one, report.file.name, report.file.line) for one in report.diagnostics]
    text = "\n\n".join(texts) + "\n"
    golden = path.with_suffix(".txt")
    if request.config.getoption("--update", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_at_least_forty_codes_have_their_text_written_down() -> None:
    shown = {diagnostic.code.id for path in GOLDEN for report in reports(path) for diagnostic in report.diagnostics}
    assert len(shown) >= 40


def test_every_code_has_a_case() -> None:
    shown = {code for path in CASES for codes in found(path).values() for code in codes}
    assert {code.id for code in all_codes()} - shown - set(BYTES) - EXPORT == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_has_a_case_with_numbers_computed_by_hand(kind: str) -> None:
    path = HERE / "layers" / f"{kind}.yaml"
    for report in reports(path):
        assert kind in {layer.kind for layer in report.layers}
        assert report.verdicts
        assert all(verdict.state == "holds" for verdict in report.verdicts)


@pytest.mark.parametrize("id_", BYTES)
def test_codes_of_bytes_are_reported_for_them(id_: str) -> None:
    architecture = Architecture.from_bytes(BYTES[id_], "network.yaml")
    # What is not listed stands behind what is.
    assert [diagnostic.code.id for diagnostic in architecture.check().diagnostics][-1:] == [id_]
    assert len({diagnostic.code.id for diagnostic in architecture.check().diagnostics} - {"AC121"}) == 1


@pytest.mark.parametrize("code", [code for code in all_codes() if code.id not in EXPORT.union(BYTES)], ids=repr)
def test_the_example_of_a_page_is_a_spec_that_shows_the_code(code: Code) -> None:
    name = "example.json" if code.example.startswith('{"') else "example.yaml"
    architecture = Architecture.from_bytes(code.example.encode(), name)
    assert {diagnostic.code.id for diagnostic in architecture.check().diagnostics} == {code.id}
