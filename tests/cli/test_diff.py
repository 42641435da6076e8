"""`archcalc diff`: what it prints for people, comments and programs, and with which code it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command import run

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "archcalc/schemas/diff.json").read_text("utf-8"))

OLD = """\
input: [3, N, N]
at: {N: 32}
layers:
  - {conv: {out: 8, kernel: 3, padding: 1}, as: stem}
  - relu
  - {conv: [8, 3], as: last}
"""
NEW = OLD.replace("out: 8", "out: 16").replace("  - relu\n", "  - batch_norm\n  - relu\n")
BROKEN = OLD.replace("conv: [8, 3]", "convolve: [8, 3]")
FAMILY = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  a: {let: {c: 5}}\n  b: {let: {c: 6}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "old": OLD,
        "new": NEW,
        "broken": BROKEN,
        "family": FAMILY,
        "grown": FAMILY.replace("c: 6", "c: 7").replace(
            "  a: {let: {c: 5}}\n", "  a: {let: {c: 5}}\n  c: {let: {c: 9}}\n"
        ),
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def printed(folder: Path, *arguments: str) -> tuple[int, Any]:
    done = run("diff", *arguments, "--format", "json", cwd=folder)
    data = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert data["ok"] is (done.returncode == 0)
    return done.returncode, data


FOR_PEOPLE = """\
old.yaml → new.yaml

                  before      after    change
─────────────────────────────────────────────────────
parameters           808      1,640      +832   +103%
multiplications  739,584  1,479,168  +739,584   +100%
buffers                0         32       +32
activations       23,584     56,352   +32,768   +139%
elementwise        8,192     16,384    +8,192   +100%
layers                 3          4        +1  +33.3%

~ stem  conv out 8 → 16
+ 1     batch_norm 16×32×32, 32 parameters
  2 layers follow from that: shapes, numbers in names (1), parameters (1),
  multiplications (1)

4 layers: 1 added, 1 changed, 2 not changed
"""


def test_a_difference_for_people(folder: Path) -> None:
    done = run("diff", "old.yaml", "new.yaml", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, FOR_PEOPLE, "")


def test_the_same_network(folder: Path) -> None:
    done = run("diff", "old.yaml", "old.yaml", "--fail-on", "parameters", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "old.yaml → old.yaml\n\nno difference\n\n   ok  parameters: same\n")


def test_a_limit_decides_on_the_code(folder: Path) -> None:
    limits = ("--fail-on", "parameters +200%", "--fail-on", "parameters +1%")
    done = run("diff", "old.yaml", "new.yaml", *limits, cwd=folder)
    assert done.returncode == 1
    assert done.stdout.endswith("\n   ok  parameters +200%: +832 (+103%)\nFAILS  parameters +1%: +832 (+103%)\n")
    assert run("diff", "new.yaml", "old.yaml", "--fail-on", "parameters +1%", cwd=folder).returncode == 0
    assert run("diff", "new.yaml", "old.yaml", "--fail-on", "parameters -1%", cwd=folder).returncode == 1


def test_what_symbols_decide_is_open_and_fails(folder: Path) -> None:
    done = run("diff", "unet:paper", "unet:padded", "--symbolic", "--fail-on", "multiplications +50%", cwd=folder)
    assert done.returncode == 1
    assert " open  multiplications +50%: the values of symbols decide it: give them some" in done.stdout


def test_the_second_network_decides_on_errors(folder: Path) -> None:
    assert run("diff", "old.yaml", "broken.yaml", cwd=folder).returncode == 1
    done = run("diff", "broken.yaml", "old.yaml", cwd=folder)
    assert done.returncode == 0
    assert "broken.yaml has 1 error; its counts are not known" in done.stdout
    assert run("diff", "broken.yaml", "old.yaml", "--fail-on", "parameters +1%", cwd=folder).returncode == 1


def test_a_difference_for_programs(folder: Path) -> None:
    code, data = printed(folder, "old.yaml", "new.yaml", "--fail-on", "output")
    assert code == 0
    (pair,) = data["specs"]
    assert (pair["before"]["file"], pair["after"]["file"], pair["same"]) == ("old.yaml", "new.yaml", False)
    assert [change["state"] for change in pair["layers"]] == ["changed", "added", "follows", "follows"]
    assert pair["layers"][0]["fields"] == {"out": {"before": 8, "after": 16}}
    assert pair["layers"][1]["layer"]["reads"] == ["stem"]
    assert [one["state"] for one in pair["limits"]] == ["kept"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("old.yaml", "broken.yaml"),
        ("broken.yaml", "broken.yaml", "--fail-on", "parameters +1%"),
        ("old.yaml", "new.yaml", "--symbolic", "--fail-on", "multiplications +1%"),
        ("unet:paper", "unet:padded"),
        ("googlenet:caffe", "googlenet:caffe-heads"),
        ("fast_rcnn:VGG16", "fast_rcnn:CaffeNet"),
        ("family.yaml", "grown.yaml"),
        ("upsampling:unpooled-5", "upsampling:max-unpooled"),
    ],
    ids=" ".join,
)
def test_json_is_as_promised(folder: Path, arguments: tuple[str, ...]) -> None:
    printed(folder, *arguments)


def test_variants_of_one_name_are_compared(folder: Path) -> None:
    done = run("diff", "family.yaml", "grown.yaml", cwd=folder)
    assert done.returncode == 0
    assert "grown.yaml:a: no difference\n" in done.stdout
    assert "grown.yaml:c: added, the other side has no such variant\n" in done.stdout
    assert "family.yaml:b → grown.yaml:b\n" in done.stdout
    _, data = printed(folder, "family.yaml", "grown.yaml")
    assert [(pair["before"] or {}).get("variant") for pair in data["specs"]] == ["a", None, "b"]


def test_a_family_and_one_network(folder: Path) -> None:
    done = run("diff", "family.yaml", "old.yaml", cwd=folder)
    assert done.returncode == 2
    assert (
        "family.yaml has the variants a, b, and the other side is one network; choose one, such as family.yaml:a"
        in (done.stderr)
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("old.yaml", "nosuch.yaml"), "there is no file nosuch.yaml"),
        (("old.yaml", "."), "diff compares networks, and . is a folder; name a file in it"),
        (("old.yaml", "new.yaml", "--fail-on", "weights +1%"), "--fail-on: `weights` is no quantity; did you mean"),
        (("old.yaml", "new.yaml", "--set", "M=3"), "--set M: no such symbol or let; there are: N"),
        (("old.yaml", "new.yaml", "--draw", "net.jpg"), "--draw: net.jpg: .jpg is not supported"),
        (("old.yaml", "new.yaml", "--draw", "old.yaml"), "--draw: old.yaml does not say what it is"),
        (("old.yaml", "missing.py:Net"), "missing.py"),
        (("old.yaml", "new.yaml", "--input", "3x8x8"), "--input is for modules of Python and files of other tools"),
        (("old.yaml", "new.yaml", "--format", "json", "--no-fold"), "--no-fold is for --format text or markdown"),
    ],
)
def test_wrong_usage_is_said(folder: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = run("diff", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr


def test_values_are_for_both(folder: Path) -> None:
    _, data = printed(folder, "old.yaml", "new.yaml", "--set", "N=64")
    outputs = {one["quantity"]: one for one in data["specs"][0]["quantities"]}
    assert (outputs["height"]["before"], outputs["height"]["after"]) == (62, 62)


def test_standard_input_is_a_side(folder: Path) -> None:
    done = run("diff", "old.yaml", "-", cwd=folder, stdin=NEW.encode())
    assert done.returncode == 0
    assert done.stdout.startswith("old.yaml → <stdin>\n")


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("pair", [("unet:paper", "unet:padded"), ("mobilenet_v2:1.0", "mobilenet_v2:1.4")], ids=str)
def test_lines_fit(folder: Path, columns: int, pair: tuple[str, str]) -> None:
    done = run("diff", *pair, cwd=folder, COLUMNS=str(columns))
    rows = [line for line in done.stdout.splitlines() if line.startswith(("parameters", "multiplications"))]
    assert len(rows) == 2
    # Numbers are never cut: a table of them may be wider than the narrowest terminal.
    wide = [line for line in done.stdout.splitlines() if len(line) > max(columns, 58)]
    assert wide == []


def test_every_layer_without_folds(folder: Path) -> None:
    done = run("diff", "resnet:resnet18", "resnet:resnet34", "--no-fold", cwd=folder, COLUMNS="120")
    lines = done.stdout.splitlines()
    assert sum(line.startswith("+ ") for line in lines) == 56
    assert sum(line.startswith("> ") for line in lines) == 49
    assert "+ layer1.2.conv1         conv 64×56×56, 36,864 parameters" in lines


def test_a_comment_for_a_pull_request(folder: Path) -> None:
    done = run("diff", "old.yaml", "new.yaml", "--format", "markdown", "--fail-on", "parameters +1%", cwd=folder)
    assert done.returncode == 1
    assert "| parameters | " in done.stdout
    assert "```diff\n! ~ stem  conv out 8 → 16\n+ 1     batch_norm" in done.stdout
    assert "- ❌ broken: parameters +1%: " in done.stdout


def test_a_comment_says_in_one_line_which_variants_are_the_same(folder: Path) -> None:
    done = run("diff", "family.yaml", "grown.yaml", "--format", "markdown", "--fail-on", "parameters +50%", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.endswith("No difference: grown.yaml:a\n")
    assert done.stdout.count("| parameters |") == 1
    assert "**grown.yaml:c: added, the other side has no such variant**" in done.stdout


def test_a_comment_is_never_too_long(folder: Path) -> None:
    """A comment on GitHub has room for 65,536 characters: of many variants, layers are only counted."""
    linears = "".join(f"  - {{linear: c + {number}, as: layer_with_a_long_name_{number}}}\n" for number in range(50))
    variants = "".join(f"  v{number}: {{let: {{c: {number} + START}}}}\n" for number in range(40))
    for name, start in (("few", "4"), ("more", "99")):
        text = f"input: [8]\nlet: {{c: 4}}\nlayers:\n{linears}variants:\n{variants.replace('START', start)}"
        (folder / f"{name}.yaml").write_text(text)
    done = run("diff", "few.yaml", "more.yaml", "--format", "markdown", cwd=folder)
    assert done.returncode == 0
    assert len(done.stdout) < 65_536
    assert done.stdout.count("50 layers: 50 changed") == 40
    assert "```diff" not in done.stdout


def test_a_picture_is_written(folder: Path) -> None:
    done = run("diff", "old.yaml", "new.yaml", "--draw", "net.dot", cwd=folder)
    assert done.returncode == 0
    assert done.stderr == "wrote net.dot\n"
    assert "digraph" in (folder / "net.dot").read_text("utf-8")
    done = run("diff", "old.yaml", "new.yaml", "--draw", "net.dot", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "archcalc: net.dot exists; --force overwrites it\n")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_file_and_its_revision(folder: Path) -> None:
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    (folder / "old.yaml").write_text(NEW, encoding="utf-8")
    done = run("diff", "HEAD:old.yaml", "old.yaml", "--fail-on", "parameters +1%", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("HEAD:old.yaml → old.yaml\n")
    assert run("diff", "HEAD:old.yaml", ":old.yaml", cwd=folder).stdout.endswith("no difference\n")
    done = run("diff", "HEAD:olt.yaml", "old.yaml", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "archcalc: there is no file olt.yaml in revision HEAD\n")


def test_a_module_of_pytorch_is_a_side(folder: Path) -> None:
    pytest.importorskip("torch")
    layers = "nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3)"
    (folder / "net.py").write_text(f"from torch import nn\n\n\ndef Net():\n    return nn.Sequential({layers})\n")
    done = run("diff", "old.yaml", "net.py:Net", "--input", "3x32x32", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "3 layers: 2 renamed, 1 not changed" in done.stdout


def test_a_file_of_onnx_is_a_side(folder: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    ends = [helper.make_tensor_value_info(name, 1, [1, 8, 6, 6]) for name in ("x", "y")]
    for name, kind in (("a", "Relu"), ("b", "Sigmoid")):
        graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"])], "net", ends[:1], ends[1:])
        onnx.save(helper.make_model(graph), folder / f"{name}.onnx")
    done = run("diff", "a.onnx", "b.onnx", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "kind relu → sigmoid" in done.stdout


def test_a_model_of_keras_is_a_side_with_what_goes_in(folder: Path) -> None:
    image = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, None, None, 3]}}
    for name, filters in (("a", 4), ("b", 6)):
        conv = {"class_name": "Conv2D", "config": {"name": "stem", "filters": filters, "kernel_size": [3, 3]}}
        model = {"class_name": "Sequential", "config": {"name": "net", "layers": [image, conv]}}
        (folder / f"{name}.json").write_text(json.dumps(model))
    done = run("diff", "a.json", "b.json", "--input", "3x8x8", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "~ stem  conv out 4 → 6" in done.stdout
