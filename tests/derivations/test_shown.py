"""What people see: derivations as text, Markdown and LaTeX, letter by letter, and names that try to be markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archcalc
from archcalc import Architecture
from archcalc.derivations.latex import escaped as latex_escaped
from archcalc.derivations.markdown import escaped as markdown_escaped
from archcalc.derivations.markdown import prose
from archcalc.terminal import display_width
from derivations.test_derivations import NAMES, reports, unique

GOLDEN = Path(__file__).parent / "golden"

SHOWN = {
    "alexnet-conv": ("alexnet:lecture", "features.0", False),
    "alexnet-linear": ("alexnet:lecture", "classifier.0", False),
    "lenet-c3": ("lenet:1998", "c3", False),
    "resnet-conv1": ("resnet:resnet18", "conv1", False),
    "resnet-block": ("resnet:resnet50", "layer2.1", False),
    "unet-up": ("unet:paper", "dec1.0", True),
    "unet-concat": ("unet:paper", "dec1.concat", True),
    "same": (
        """{input: [3, 225, 224], layers: [conv: {out: 8, kernel: 3, stride: 2, padding: same}]}""",
        "0",
        False,
    ),
    "dilated": (
        "{input: [3, 64, 64], layers: [conv: {out: 8, kernel: 3, dilation: 2, groups: 1, bias: false}]}",
        "0",
        False,
    ),
    "uneven": (
        "{input: [4, 7, 17], layers: [conv: {out: 8, kernel: [1, 7], padding: [0, [3, 2]], groups: 2}]}",
        "0",
        False,
    ),
    "ceiled": ("{input: [64, 55, 56], layers: [max_pool: {kernel: 3, stride: 2, rounding: ceil}]}", "0", False),
    "attention": ("{input: [768, 14, 14], layers: [tokens, class_token, attention: 12]}", "2", False),
    "matmul": ("{input: [4, 49, 32], layers: [{matmul: [here, input], transpose: second}]}", "matmul", False),
    "grouped-queries": (
        "{input: {q: [96, 49], k: [24, 50]}, layers: [{tokens, from: q, as: a}, {tokens, from: k, as: b}, "
        "{dot_attention: [a, b, b], heads: 12, key_heads: 3}]}",
        "dot_attention",
        False,
    ),
    "windows": (
        "{input: [96, 56, 56], layers: [reshape: [96, 8, 7, 8, 7], permute: {axes: [1, 3, 2, 4, 0], "
        "layout: channels_last}, reshape: {shape: [64, 49, 96], layout: channels_last}, "
        "attention: {heads: 6, key_heads: 2}]}",
        "3",
        False,
    ),
    "fraction": ("{input: [1, 7, 7], layers: [conv: {out: 1, kernel: 3, stride: 3}]}", "0", False),
    "behind": (
        "{input: [1, 7, 7], layers: [conv: {out: 1, kernel: 3, stride: 3}, {max_pool: 2, as: pool}]}",
        "pool",
        False,
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_golden(name: str, pytestconfig: pytest.Config) -> None:
    source, layer, symbolic = SHOWN[name]
    derivation = archcalc.load(source).check(symbolic=symbolic).explain(layer)
    parts = [str(derivation), derivation.to_markdown(), derivation.to_latex(), derivation.to_text(width=40)]
    # Where it stands in a file is no part of the work, and may change.
    text = re.sub(r"^\S+:\d+  .*$", "(place)", "\n\n---\n\n".join(parts), flags=re.MULTILINE) + "\n"
    path = GOLDEN / f"{name}.txt"
    if pytestconfig.getoption("--update"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


ONE_EACH = list({name.partition(":")[0]: name for name in NAMES}.values())
"""One variant of every file."""


@pytest.mark.parametrize("name", ONE_EACH)
def test_it_fits(name: str) -> None:
    for report in reports(name)[:1]:
        for derivation in unique(report, set()):
            for width in (40, 80):
                for line in derivation.to_text(width=width).split("\n"):
                    assert display_width(line) <= width, line
            derivation.to_text(encoding="ascii").encode("ascii")


@pytest.mark.parametrize("name", ONE_EACH)
def test_latex_is_balanced(name: str) -> None:
    for report in reports(name):
        for derivation in unique(report, set()):
            assert_balanced(derivation.to_latex())
            for formula in re.findall(r"(?<!\\)\$(.*?)(?<!\\)\$", derivation.to_markdown()):
                assert_balanced(formula)


def assert_balanced(text: str) -> None:
    """Braces, fences, environments and dollar signs come in pairs."""
    body = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
    assert body.count(r"\left") == body.count(r"\right")
    assert body.count(r"\begin{") == body.count(r"\end{")
    plain = re.sub(r"\\[{}$]", "", body)
    assert plain.count("$") % 2 == 0
    depth = 0
    for character in plain:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


HOSTILE = "<script>alert('x')</script> $\\input{/etc/passwd}$ `code` **bold** [a](javascript:b) %\n\x1b[2J}"


def hostile() -> archcalc.Derivation:
    """A layer in a file with a hostile name, on a line with a hostile comment."""
    text = f"input: [3, 8, 8]\nlayers:\n  - conv: [4, 3] # {HOSTILE.partition(chr(10))[0]}\n"
    return Architecture.from_text(text, HOSTILE).check().explain("0")


def test_hostile_names_stay_words() -> None:
    derivation = hostile()
    text = str(derivation)
    assert "\x1b" not in text
    for page in (derivation.to_markdown(), derivation.to_latex()):
        assert "<script" not in page
        assert "\x1b" not in page
        assert "passwd" not in page.replace(latex_escaped(HOSTILE), "").replace(markdown_escaped(HOSTILE), "")
    assert_balanced(derivation.to_latex())


def test_escapes() -> None:
    told = markdown_escaped(HOSTILE)
    assert "<" not in told
    assert not re.search(r"(?<!\\)[$`*\[\]_]", told)
    assert "\n" not in told
    told = latex_escaped(HOSTILE)
    assert not re.search(r"(?<!\\)[$%&#_]", told)
    assert "\\input" not in told
    assert_balanced(told)
    assert "\n" not in told


def test_names_are_escaped() -> None:
    """Names have underscores and dots, which are markup elsewhere."""
    report = archcalc.load(
        "{input: [3, 8, 8], layers: [{conv: [3, 3, 1, 1], as: a_b_c}, {use: a_b_c}, {add: [a_b_c, here]}]}"
    ).check()
    shared = report.explain(report.layers[1].name)
    assert "**a\\_b\\_c\\_2**" in shared.to_markdown()
    assert "those of a\\_b\\_c, counted there" in shared.to_markdown()
    assert r"\text{those of a\_b\_c, counted there}" in shared.to_latex()


def test_code_is_set_as_code() -> None:
    derivation = archcalc.load("{input: [1, 8, 8], layers: [conv: {out: 2, kernel: 3, padding: same}]}").check()["0"]
    assert "(`same` padding)" in derivation.derivation.to_markdown()
    latex = derivation.derivation.to_latex()
    assert r"\texttt{same}\text{ padding}" in latex
    assert "`" not in latex


def test_a_single_backtick_is_a_word() -> None:
    assert prose("a ` and <b>") == r"a \` and &lt;b&gt;"


def test_a_wide_heading_breaks_at_its_arrow() -> None:
    pool = "max_pool: {kernel: 3, stride: 2, rounding: ceil}"
    relu = archcalc.load(f"{{input: [64, H, W], layers: [{pool}, relu]}}").check().explain("1")
    shape = "64×floor(H/2)×floor(W/2)"
    assert relu.to_text(width=50).split("\n")[:3] == ["1", f"relu  {shape}", f"→ {shape}"]
    shape = shape.replace("×", "x")
    assert relu.to_text(width=50, encoding="ascii").split("\n")[:3] == ["1", f"relu  {shape}", f"-> {shape}"]


def test_a_scope_says_what_its_letters_are() -> None:
    scope = (
        archcalc.load("{input: [3, 8, 8], layers: [{as: g, do: [conv: [4, 3], relu, batch_norm, flatten, linear: 2]}]}")
        .check()
        .explain("g")
    )
    *_, last = str(scope).split("\n\n")
    assert " ".join(last.split()) == (
        "where K filters or outputs, N input size, F kernel, P padding, S stride, C input channels or inputs, "
        "H output height or input height, W output width or input width"
    )
    relu = next(block for block in scope.to_markdown().split("\n\n") if "relu" in block)
    assert relu == "**g.1** relu, 4×6×6 → 4×6×6"
    assert r"\text{unchanged} \\" not in scope.to_latex().partition("g.1")[2].partition("g.2")[0]


def test_a_notebook_shows_formulas() -> None:
    report = archcalc.load("lenet:lecture").check()
    layer = report["c1"]
    bundle = layer._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}
    assert bundle == layer.derivation._repr_mimebundle_() == report.explain(layer.name)._repr_mimebundle_()
    assert r"\frac{N - F + 2P}{S} + 1" in bundle["text/markdown"]
    fraction = (
        "<mfrac><mrow><mi>N</mi><mo>\u2212</mo><mi>F</mi><mo>+</mo><mn>2</mn><mi>P</mi></mrow><mrow><mi>S</mi></mrow>"
    )
    assert f"{fraction}</mfrac><mo>+</mo><mn>1</mn><mo>=</mo>" in bundle["text/html"]


def test_what_there_is_not() -> None:
    report = archcalc.load("resnet:resnet18").check()
    with pytest.raises(KeyError, match=r"did you mean 'layer1\.0\.conv1'"):
        report.explain("layer1.0.conv")
    with pytest.raises(KeyError, match="there is no layer ''"):
        report.explain("")


def test_a_scope_is_the_sum_of_its_layers() -> None:
    report = archcalc.load("resnet:resnet50").check()
    scope = report.explain("layer1")
    assert [derivation.name for derivation in scope.derivations] == [
        layer.name for layer in report if layer.name.startswith("layer1.")
    ]
    told = [name for part in scope.parts for name in (part.derivation.name, *part.also)]
    assert sorted(told) == sorted(derivation.name for derivation in scope.derivations)
    assert "32 layers, 215,808 parameters, 667,942,912 multiplications" in str(scope)
    assert sum(report[name].parameters for name in told) == 215_808
    assert repr(scope) == "<Derivations of layer1: 32 layers, 215,808 parameters, 667,942,912 multiplications>"
