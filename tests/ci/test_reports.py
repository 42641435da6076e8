"""Reports of findings: valid by their schemas, at the right places, and deaf to what a spec says in them."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from ci.reports import FORMATS, checked, commands, sarif
from cli.command import FRACTION, GOOD, run
from effort import parts, share
from fuzz import inputs

jsonschema = pytest.importorskip("jsonschema")
etree = pytest.importorskip("lxml.etree")

VARIANTS = """\
input: [1, 7, 7]
let: {stride: 3}
layers:
  - {conv: {out: 1, kernel: 3, stride: stride}, as: stem}
variants:
  a: {let: {stride: 3}}
  b: {let: {stride: 3}}
  c: {let: {stride: 5}}
  d: {let: {stride: 2}}
"""
HOSTILE = [
    "</failure></testcase><script>",
    "]]>&amp;<!--",
    "x\n::error file=a::pwned",
    "%0A::set-output name=x::y",
    "\x1b[2J\x07",
    "[click](http://evil.example)",
    "a,line=7::b:c",
    "##[error]x",
    "\u2028::warning::z",
    "\U0001f600\uffff",
]


def hostile(text: str) -> str:
    """A spec that says a text wherever it can, with an error and a warning about it."""
    said = json.dumps(text)
    return (
        f'{{"name": {said}, "source": {said}, "input": [3, 9, 9], "rounding": "floor", "let": {{"unused": 1}},\n'
        f'"layers": [{{"conv": {{"out": 4, "kernel": 3, "stride": 5}}, "as": {said}}}, {said}, {{{said}: 3}}],\n'
        f'"variants": {{{said}: {{}}}}, "expect": {{"parameters": 1, "source": {said}, "because": {said}}}}}\n'
    )


@pytest.mark.parametrize("format", FORMATS)
def test_reports_on_the_catalogue_are_valid(format: str) -> None:
    root = Path(__file__).resolve().parents[2]
    names = [str(path.relative_to(root)) for path in sorted((root / "specs").rglob("*.yaml"))]
    checked(format, *share(names, FORMATS.index(format)), cwd=root)


@pytest.mark.parametrize("seeds", parts(200, 20), ids=str)
def test_reports_on_damaged_specs_are_valid(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        name, data = inputs.make(f"{('mutated', 'generated')[seed % 2]}/ci/{seed}")
        (tmp_path / f"{seed}-{name}").write_bytes(data)
    for format in FORMATS:
        checked(format, ".", "--repairs", "1", cwd=tmp_path)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_spec_says_is_markup_or_a_command(text: str, tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text(hostile(text), encoding="utf-8")
    data = json.loads(run("check", "--format", "json", "net.json", cwd=tmp_path).stdout)["specs"]
    told = sum(one["severity"] != "note" for entry in data for one in entry["diagnostics"])
    assert told >= 2
    found = commands(checked("github", "net.json", cwd=tmp_path))
    assert len(found) == told
    assert {one.properties["file"] for one in found} == {"net.json"}
    assert len(json.loads(checked("gitlab", "net.json", cwd=tmp_path))) == told
    root = etree.fromstring(checked("junit", "net.json", cwd=tmp_path).encode())
    tags = [one.tag for one in root.iter()]
    assert tags[:4] == ["testsuites", "testsuite", "testcase", "failure"]
    assert tags[4:] in ([], ["system-out"])
    for result in sarif("net.json", cwd=tmp_path):
        assert (
            "](" not in result["message"]["text"].replace("\\[", "").replace("[", "x")
            or "\\[" in result["message"]["text"]
        )
    plain = run("check", "net.json", cwd=tmp_path).stdout
    assert "\x1b" not in plain


@pytest.mark.parametrize("name", ["a,b.yaml", "50%.yaml", "a:b.yaml", "ä ö.yaml", "<x>&.yaml", "%0A.yaml"])
def test_names_of_files_are_names_in_every_report(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FRACTION)
    (command,) = commands(checked("github", name, cwd=tmp_path))
    assert command.properties["file"] == name
    (entry,) = json.loads(checked("gitlab", name, cwd=tmp_path))
    assert entry["location"]["path"] == name
    (result,) = sarif(name, cwd=tmp_path)
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote(artifact["uri"]) == name
    assert artifact["uriBaseId"] == "%SRCROOT%"
    root = etree.fromstring(checked("junit", name, cwd=tmp_path).encode())
    assert root.find("testsuite").get("file") == name


ENDS = {"unix": "\n", "windows": "\r\n"}
LEADS = {
    "nothing": "",
    "tab": 'name:\t"a\tb"\n',
    "wide": "# 畳み込み\nsource: 日本語\n",
    "beyond": "# \U0001f600\U0001f600\n",
    "mark": "\ufeff",
}
PADS = {"nothing": "", "wide": "畳み込み", "beyond": "\U0001f600\U0001f600", "tab": "a\tb", "combined": "e\u0301"}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("pad", PADS)
def test_places_are_those_of_the_bytes(end: str, lead: str, pad: str, tmp_path: Path) -> None:
    """The word that is wrong is looked for in the bytes of the file, in the line and the columns of the report."""
    text = (
        f'{LEADS[lead]}input: [8]\nlayers:\n  - {{linear: 3, as: "{PADS[pad]}"}}\n  - {{"{PADS[pad]}": 1, lineer: 3}}\n'
    )
    text = text.replace(f'"{PADS[pad]}": 1, ', f'as: "{PADS[pad]}2", ')
    data = text.replace("\n", ENDS[end]).encode()
    (tmp_path / "net.yaml").write_bytes(data)
    place = data.index(b"lineer")
    line = data[:place].count(b"\n") + 1
    before = data[:place].rpartition(b"\n")[2].decode()
    found = [one for one in commands(checked("github", "net.yaml", cwd=tmp_path)) if "`lineer`" in one.data]
    (command,) = found
    assert int(command.properties["line"]) == int(command.properties["endLine"]) == line
    assert int(command.properties["col"]) == len(before) + 1
    assert int(command.properties["endColumn"]) == len(before) + 1 + len("lineer")
    (entry,) = (
        one for one in json.loads(checked("gitlab", "net.yaml", cwd=tmp_path)) if "`lineer`" in one["description"]
    )
    assert entry["location"]["lines"] == {"begin": line, "end": line}
    (result,) = (one for one in sarif("net.yaml", cwd=tmp_path) if "`lineer`" in one["message"]["text"])
    region = result["locations"][0]["physicalLocation"]["region"]
    units = len(before.encode("utf-16-le")) // 2
    assert region == {"startLine": line, "startColumn": units + 1, "endLine": line, "endColumn": units + 7}


def applied(data: bytes, fix: dict[str, object]) -> bytes:
    """The bytes of a file after a fix, with its columns counted in units of UTF-16."""
    (change,) = fix["artifactChanges"]  # type: ignore[misc]
    lines = data.decode().removeprefix("\ufeff").splitlines(keepends=True)
    units = [line.encode("utf-16-le") for line in [*lines, ""]]
    starts = [sum(map(len, units[:number])) for number in range(len(units))]
    whole = b"".join(units)
    edits = []
    for one in change["replacements"]:
        region = one["deletedRegion"]
        start, stop = (starts[region[f"{end}Line"] - 1] + 2 * (region[f"{end}Column"] - 1) for end in ("start", "end"))
        edits.append((start, stop, one["insertedContent"]["text"].encode("utf-16-le")))
    for start, stop, text in sorted(edits, reverse=True):
        whole = whole[:start] + text + whole[stop:]
    return whole.decode("utf-16-le").encode()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "text",
    [
        FRACTION.replace("layers", "# \U0001f600 畳\nlayers"),
        '{source: "\U0001f600", input: [8], layers: [lineer: 3]}\n',
        "input: [1, 8, 8]\nlayers:\n  - Conv2d: [6, 5]\n",
    ],
)
def test_a_fix_is_the_repair_that_help_shows(text: str, end: str, tmp_path: Path) -> None:
    data = text.replace("\n", ENDS[end]).encode()
    (tmp_path / "net.yaml").write_bytes(data)
    results = [one for one in sarif("net.yaml", cwd=tmp_path) if one["level"] == "error"]
    fixes = [fix for one in results for fix in one.get("fixes", ())]
    assert fixes
    for fix in fixes:
        new = applied(data, fix)
        assert new != data
        assert new.count(b"\r") == (new.count(b"\n") if end == "windows" else 0)
        (tmp_path / "fixed.yaml").write_bytes(new)
        assert run("check", "fixed.yaml", cwd=tmp_path).returncode == 0, fix["description"]


def test_labels_are_related_locations_and_layers_are_logical_ones(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("input: [1, 2, 2]\nblocks: {b: [max_pool: 3]}\nlayers: [b]\n")
    (result,) = sarif("net.yaml", cwd=tmp_path)
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "block `b` is called here"
    assert related["physicalLocation"]["region"]["startLine"] == 3
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "0.0"


def test_rules_are_the_pages_of_the_codes(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(FRACTION)
    run_ = json.loads(checked("sarif", "net.yaml", cwd=tmp_path))["runs"][0]
    (rule,) = run_["tool"]["driver"]["rules"]
    page = run("explain", "AC301").stdout
    assert rule["id"] in page
    assert rule["name"] in page
    assert rule["shortDescription"]["text"] in page
    assert run_["results"][0]["ruleIndex"] == 0
    assert run_["columnKind"] == "utf16CodeUnits"


def test_a_finding_of_several_variants_is_one(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(VARIANTS)
    found = [one for one in commands(checked("github", "net.yaml", cwd=tmp_path)) if one.name == "error"]
    assert [one.data.split("\n")[-1] for one in found] == ["in variants a, b", "in variant c"]
    root = etree.fromstring(checked("junit", "net.yaml", cwd=tmp_path).encode())
    assert {case.get("name"): case.find("failure") is not None for case in root.iter("testcase")} == {
        "net:a": True,
        "net:b": True,
        "net:c": True,
        "net:d": False,
    }


def fingerprints(tmp_path: Path, text: str, *arguments: str) -> list[str]:
    (tmp_path / "net.yaml").write_text(text)
    found = [one["fingerprint"] for one in json.loads(checked("gitlab", "net.yaml", cwd=tmp_path))]
    assert found == [
        one["partialFingerprints"]["archcalc/v1"] for one in sarif("net.yaml", cwd=tmp_path) if one["level"] != "note"
    ]
    return found


def test_fingerprints_stay_when_other_lines_change(tmp_path: Path) -> None:
    text = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
    (first,) = fingerprints(tmp_path, text)
    assert fingerprints(tmp_path, f"# a comment\n\n{text}# and another\n") == [first]
    assert fingerprints(tmp_path, text.replace("  - conv", "      - conv")) == [first]
    assert fingerprints(tmp_path, text.replace("kernel: 3", "kernel: 5")) != [first]
    twice = "input: [8]\nlayers:\n  - linear: {out: 3, zzz: 1}\n  - linear: {out: 3, zzz: 1}\n"
    assert len(set(fingerprints(tmp_path, twice))) == 2


def test_paths_begin_at_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "sub"
    inner.mkdir()
    (inner / "net.yaml").write_text(FRACTION)
    for more in ({}, {"GITHUB_WORKSPACE": str(tmp_path)}, {"CI_PROJECT_DIR": str(tmp_path)}):
        path = "sub/net.yaml" if more else "net.yaml"
        (command,) = commands(checked("github", "net.yaml", cwd=inner, **more))
        assert command.properties["file"] == path
    found = [
        json.loads(checked("gitlab", name, cwd=cwd, GITHUB_WORKSPACE=str(tmp_path)))[0]["fingerprint"]
        for name, cwd in (("net.yaml", inner), ("sub/net.yaml", tmp_path), (str(inner / "net.yaml"), Path("/")))
    ]
    assert len(set(found)) == 1
    (result,) = sarif(str(inner / "net.yaml"), cwd=inner.parent / "sub")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "net.yaml"


def test_a_network_of_the_catalogue_is_no_file_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    text = checked("github", "lenet:lecture", cwd=tmp_path)
    assert text == "1 of 1 network is ok\n"
    (command,) = commands(checked("github", "unet:paper", "--set", "N=100", cwd=tmp_path))[:1]
    assert "file" not in command.properties


@pytest.mark.parametrize("format", FORMATS)
def test_what_cannot_be_read_is_reported(format: str, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(GOOD)
    done = run("check", "--format", format, "net.yaml", "nothing.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "archcalc: there is no file nothing.yaml\n"
    text = checked(format, "net.yaml", "nothing.yaml", cwd=tmp_path)
    assert ("there is no file nothing.yaml" in text) == (format != "gitlab")


@pytest.mark.parametrize("format", FORMATS)
def test_without_findings_a_report_is_there_and_empty(format: str, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("input: [8]\nlayers: [relu]\n")
    text = checked(format, "net.yaml", cwd=tmp_path)
    assert text.strip() != ""
    if format == "gitlab":
        assert json.loads(text) == []
    if format == "sarif":
        assert json.loads(text)["runs"][0]["results"] == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("option", [["--depth", "2"], ["--columns", "kernel"], ["--no-fold"], ["--receptive-field"]])
def test_options_of_tables_are_refused(format: str, option: list[str], tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(GOOD)
    done = run("check", "--format", format, "net.yaml", *option, cwd=tmp_path)
    assert done.returncode == 2
    assert "has no use for it" in done.stderr
