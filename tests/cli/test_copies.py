"""`archcalc list`, `show` and `new`: finding a network, copying it, and beginning one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.command import run

import archcalc
from archcalc.catalogue import shipped
from archcalc.cli.commands.new import STARTER
from archcalc.editing.alone import alone
from archcalc.source import SourceFile

pytestmark = pytest.mark.once

NETWORKS = [f"{name}:{variant}" for name in shipped() for variant in archcalc.load(name).variants]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shown_variant_is_that_network(name: str) -> None:
    shown = archcalc.load(run("show", name).stdout)
    report, original = shown.check(), archcalc.load(name).check()
    assert shown.variants == []
    assert report.outputs == original.outputs
    assert report.totals == original.totals
    # Findings stand in the order of the text, which is another one.
    messages, expected = ([found.message for found in one.diagnostics] for one in (report, original))
    assert sorted(messages) == sorted(expected)
    # Claims of the variant stand behind those of the file, as they do there.
    assert [verdict.state for verdict in report.verdicts] == [verdict.state for verdict in original.verdicts]


def test_a_whole_file_is_shown_as_it_is() -> None:
    for name, path in shipped().items():
        assert run("show", name).stdout == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # A list of lines in the variant goes below its key, as deep as it was.
        (
            "input: [8]\nlayers:\n  - linear: c[1]\nvariants:\n  a:\n    let:\n      c:\n        - 1\n        - 2\n",
            "input: [8]\nlayers:\n  - linear: c[1]\nlet:\n  c:\n    - 1\n    - 2\n",
        ),
        # What a variant does not change keeps its comments; what it replaces stands where it stood.
        (
            "# mine\ninput: [8]   # eight\nvariants: {a: {input: [9]}}\n\n# steps\nlayers: [relu]\n",
            "# mine\ninput: [9]\n\n# steps\nlayers: [relu]\n",
        ),
        # Base claims first; a single one becomes a list.
        (
            "input: [8]\nlayers: [relu]\nexpect: {layers: 1}\nvariants: {a: {expect: {depth: 0}}}\n",
            "input: [8]\nlayers: [relu]\nexpect:\n  - {layers: 1}\n  - {depth: 0}\n",
        ),
        # Blocks and values that only other variants read go with them.
        (
            "input: [8]\nlet: {deep: false, c: 4}\nblocks:\n  # for b\n  twice(n):\n    - linear: n\n    - linear: n\n"
            "layers: [relu]\nvariants: {a: {}}\n",
            "input: [8]\nlayers: [relu]\n",
        ),
        ("{input: [8], layers: [relu], variants: {a: {input: [9]}}}", None),
        ('{"input": [8], "layers": ["relu"], "variants": {"a": {"at": {"N": 9}}}}', None),
    ],
)
def test_layouts(text: str, shown: str | None) -> None:
    found = alone(SourceFile("net.yaml", text), "a")
    if shown is not None:
        assert found == shown
    loaded = archcalc.load(found)
    assert loaded.variants == []
    assert loaded.check().outputs == archcalc.load(text).choose("a").check().outputs


def test_thousands_of_values_that_only_others_read_go_at_once() -> None:
    lets = "".join(f"  unread{index}: {index}\n" for index in range(3000))
    text = f"input: [8]\nlet:\n{lets}  read: 4\nlayers: [linear: read]\nvariants: {{a: {{}}}}\n"
    assert alone(SourceFile("net.yaml", text), "a") == "input: [8]\nlet:\n  read: 4\nlayers: [linear: read]\n"
    chain = "".join(f"  b{index}: [b{index + 1}]\n" for index in range(30))
    text = f"input: [8]\nblocks:\n{chain}  b30: [relu]\nlayers: [relu]\nvariants: {{a: {{}}}}\n"
    assert alone(SourceFile("net.yaml", text), "a") == "input: [8]\nlayers: [relu]\n"


def test_numbers_of_json_stay_numbers() -> None:
    text = (
        '{"input": [3, "N", 8], "at": {"N": 8}, "layers": [{"dropout": 0.25}, {"linear": {"out": 1e1, "bias": true}}],'
        ' "variants": {"a": {"at": {"N": 9}}}}'
    )
    assert json.loads(alone(SourceFile("net.json", text), "a")) == {
        "input": [3, "N", 8],
        "at": {"N": 9},
        # Another way to write a number is not JSON's own.
        "layers": [{"dropout": 0.25}, {"linear": {"out": "1e1", "bias": True}}],
    }


def test_the_base_of_a_file(tmp_path: Path) -> None:
    text = "input: [8]\nlayers: [linear: 4]\nvariants: {a: {input: [9]}}\n"
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    assert run("show", "net.yaml:", cwd=tmp_path).stdout == "input: [8]\nlayers: [linear: 4]\n"


def test_files_are_not_overwritten(tmp_path: Path) -> None:
    assert run("show", "lenet:lecture", "-o", "mine.yaml", cwd=tmp_path).returncode == 0
    assert archcalc.load(tmp_path / "mine.yaml").check().ok
    again = run("new", "-o", "mine.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "mine.yaml exists; --force overwrites it" in again.stderr
    assert run("new", "-o", "mine.yaml", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == STARTER


def test_the_starter_is_ok_and_explains_what_it_holds() -> None:
    report = archcalc.load(run("new").stdout).check()
    assert report.ok
    assert [found for found in report.diagnostics if found.severity != "note"] == []
    for line in ("input", "at", "rounding", "let", "blocks", "expect"):
        assert f"\n{line}:" in STARTER and "#" in STARTER.partition(f"\n{line}:")[2].partition("\n")[0]
    assert all(len(line) <= 110 for line in STARTER.splitlines())


def test_the_list_is_complete() -> None:
    shown = run("list").stdout
    assert all(f"\n{name}\n" in f"\n{shown}" for name in shipped())
    systems = json.loads(run("list", "--format", "json").stdout)["systems"]
    assert {f"{one['name']}:{variant}" for one in systems for variant in one["variants"]} == {*NETWORKS}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["RONNEBERGER"], {"unet"}),
        (["b7"], {"efficientnet"}),
        (["unpool"], {"segnet", "segnet_basic", "upsampling"}),
        (["2014", "vgg"], {"vgg"}),
    ],
)
def test_the_list_is_searched(words: list[str], names: set[str]) -> None:
    systems = json.loads(run("list", *words, "--format", "json").stdout)["systems"]
    assert names <= {one["name"] for one in systems}
    assert len(systems) < len(shipped())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["list", "zzz"], "no network of the catalogue has zzz; `archcalc list` shows all of them"),
        (["show", "lenet:nix"], "lenet:nix: there is no variant nix; there are lecture, conv-c5, 1998, caffe"),
        (["show", "xception:a"], "xception:a: the file has no variants"),
        (["show", "lenett"], "did you mean `lenet`?"),
        (["show", "."], ". is a folder"),
    ],
)
def test_wrong_usage(arguments: list[str], problem: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr
