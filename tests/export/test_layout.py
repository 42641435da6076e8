"""Generated source is laid out as `ruff format` leaves it, says what its tree says, and hides nothing."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from effort import parts
from random_trees import STRINGS, Trees

from archcalc.export.layout import written

HOSTILE = (
    *STRINGS,
    '"',
    "'",
    '"""',
    'ends with """',
    'ends with "',
    '"starts',
    "ends with a backslash \\",
    "ends with two \\\\",
    "ends with a space ",
    " starts with a space",
    "\\N{DASH} \\x41 \\",
    "line\\\ncontinued",
    "carriage\rreturn\r\nand\x0bmore\x0c\x1c\x85\u2028\u2029",
    "\U000e0001\ufeff\u200b\u00ad\u2066\u202e\u061c",
    "\udfff\ud800\U0001f600",
    "a\u0301\u0627\u05d0",
    "#!/usr/bin/env python\n# -*- coding: rot13 -*-",
    "x" * 200,
)


def reformatted(folder: Path) -> str:
    """What ruff would change in a folder, as a diff."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--no-cache",
        "--target-version",
        "py311",
        "--diff",
    ]
    run = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    assert "formatted" in run.stderr, run.stderr
    return run.stdout


def assert_unchanged(folder: Path, *texts: str) -> None:
    for number, text in enumerate(texts):
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")
    assert reformatted(folder) == ""


def cleaned(tree: ast.Module) -> str:
    """The tree, with docstrings as readers see them: spaces on lines without anything else do not count."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str() as text) as constant), *_]:
                    lines = (line if line.strip() else "" for line in text.split("\n"))
                    constant.value = inspect.cleandoc("\n".join(lines))
    return ast.dump(tree)


def meant(tree: ast.Module) -> str:
    return cleaned(ast.parse(ast.unparse(ast.fix_missing_locations(tree))))


def value_of(node: ast.expr) -> str:
    """The text of an expression that stands in a module."""
    text = written(ast.Module(body=[ast.Assign(targets=[ast.Name(id="x")], value=node)], type_ignores=[]))
    return text.removeprefix("x = ").removesuffix("\n")


@pytest.mark.parametrize("seeds", parts(600, 60))
def test_random_trees_keep_their_meaning_and_their_layout(tmp_path: Path, seeds: range) -> None:
    texts = []
    for seed in seeds:
        tree = Trees(seed).module_of_networks()
        text = written(tree)
        assert cleaned(ast.parse(text)) == meant(tree), f"seed {seed}"
        texts.append(text)
    assert sum(text.count("\n") for text in texts) > 100 * len(seeds)
    assert_unchanged(tmp_path, *texts)


def test_ruff_is_really_asked(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("x = f( 1 )\n")
    assert "+x = f(1)" in reformatted(tmp_path)


NETWORK = '''\
"""Networks of the tests."""

from collections import OrderedDict

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut.

    The shortcut is a projection where shapes differ.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        dilation: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, out_channels, kernel_size=3, stride=stride, padding=1
        )
        self.conv2 = nn.Conv2d(
            out_channels,
            out_channels,
            kernel_size=(3, 3),
            padding=(dilation, dilation),
            dilation=dilation,
            bias=bias,
        )
        self.relu = nn.ReLU()
        self.shortcut = (
            nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
            if stride != 1 or in_channels != out_channels
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.relu(self.conv1(x)))
        return self.relu(y + self.shortcut(x))


class Net(nn.Module):
    """A stem, stages and a head."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            OrderedDict(
                [
                    ("conv", nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3)),
                    ("relu", nn.ReLU()),
                ]
            )
        )
        self.stages = nn.Sequential(
            *[
                ResidualBlock(width, width, bias=bias, dilation=2**index)
                for index, bias in enumerate(biases)
            ]
        )
        self.blocks = nn.Sequential(*[ResidualBlock(width, width) for _ in range(3)])
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d((1, 1)),
            nn.Flatten(),
            nn.Linear(width, 1000),
        )
        self.limit = float("inf")

    def forward(self, inputs: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.cat([self.branch1(inputs), self.branch2(inputs)], dim=1)
        x = torch.cat(
            [
                self.branch1(x),
                self.branch2(x),
                self.branch3_with_a_long_name(x),
                self.pool(x),
            ],
            dim=1,
        )
        for encoder, decoder in zip(
            self.encoder_blocks, reversed(self.decoder_blocks), strict=True
        ):
            for layer in encoder:
                x = layer(x)
            if (
                first_width_of_the_network != last_width_of_the_network
                and is_trained
                and not is_already_cropped
            ):
                x = self.branch1(x)[0]
            else:
                x += masks
        scale = (
            min(width, width_of_a_head) * temperature_of_the_softmax * strength_of_it
            + offset_of_all
        )
        queries = self.queries(x)
        return self.head(x), nn.functional.softmax(queries * scale, dim=-1)
'''


def test_networks_are_written_as_people_write_them(tmp_path: Path) -> None:
    tree = ast.parse(NETWORK)
    cleaned(tree)
    for node in ast.walk(tree):
        for position in ("lineno", "col_offset", "end_lineno", "end_col_offset", "ctx"):
            if hasattr(node, position) and position in (*node._attributes, *node._fields):
                delattr(node, position)
    assert written(tree) == NETWORK
    assert_unchanged(tmp_path, NETWORK)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)", None),
        (
            "x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)",
            """\
            x = f(
                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
            )""",
        ),
        (
            "x = f(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, c=1)",
            """\
            x = f(
                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb,
                c=1,
            )""",
        ),
        (
            "first_output_of_the_encoder, second_output_of_the_encoder, indices_of_the_maxima, _ = self.encoder(x, y)",
            """\
            first_output_of_the_encoder, second_output_of_the_encoder, indices_of_the_maxima, _ = (
                self.encoder(x, y)
            )""",
        ),
        (
            "self.stages = Sequential(*[ResidualBlock(width_of_the_stage, stride_of_the_stage) for _ in range(3)])",
            """\
            self.stages = Sequential(
                *[ResidualBlock(width_of_the_stage, stride_of_the_stage) for _ in range(3)]
            )""",
        ),
        (
            "x = self.activation_of_the_block(self.convolution(x)) + self.shortcut_of_the_block(some_inputs)",
            """\
            x = self.activation_of_the_block(self.convolution(x)) + self.shortcut_of_the_block(
                some_inputs
            )""",
        ),
    ],
)
def test_long_statements_break(narrow: str, wide: str | None) -> None:
    assert written(ast.parse(narrow)) == dedent(wide or narrow) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "(a + b) * c - (d - e)",
        "a - (b - c) - d",
        "a ** -b",
        "(a**b) ** c",
        "a**b**c",
        "(-a) ** b",
        "-(a**b)",
        "(-1) ** 2",
        "not (a**b)",
        "(not a) == b",
        "not a == b",
        "(a == b) == c",
        "a < b < c",
        "a and (b and c)",
        "(a or b) and c or d and e",
        "(a if b else c) if (d if e else f) else g if h else i",
        "(a + b).c(*[d(e) for e in (f or g)], h=i)",
        "[*[yes for yes in (a if b else c)], (), (1,), (1, 2), []]",
        "x[()], x[(1,)], x[1, 2], x[a + 1], x[not a]",
        "int | tuple[int, ...] | None",
        "(a * b) // c % d",
        'f"{a}{b + 1} {{}} it\'s {c.d}"',
        "float('inf') if x else -0.5e-10",
        "'it\\'s \"both\"', 'say \"hi\"', \"it's\"",
    ],
)
def test_parentheses_are_those_that_are_needed(text: str, tmp_path: Path) -> None:
    tree = ast.parse(f"x = {text}")
    result = written(tree)
    assert ast.dump(ast.parse(result)) == ast.dump(tree)
    assert result.count("(") <= f"x = ({text})".count("(")


def test_negative_constants_keep_their_sign_together() -> None:
    minus = ast.Constant(value=-2)
    assert value_of(ast.BinOp(left=minus, op=ast.Pow(), right=minus)) == "(-2) ** -2"
    assert value_of(ast.BinOp(left=minus, op=ast.Sub(), right=ast.Constant(value=-0.5))) == "-2 - -0.5"


@pytest.mark.parametrize("value", HOSTILE)
def test_strings_hide_nothing(value: str, tmp_path: Path) -> None:
    call = ast.Call(func=ast.Name(id="f"), args=[ast.Constant(value=value)], keywords=[])
    braced = ast.JoinedStr(values=[ast.Constant(value=value), ast.FormattedValue(value=call.func, conversion=-1)])
    for node, count in ((call, value), (braced, value)):
        text = value_of(node)
        assert text.replace("\n", "").isprintable()
        text.encode("ascii" if value.isascii() else "utf-8")
        parsed = ast.parse(f"x = {text}").body[0]
        assert isinstance(parsed, ast.Assign)
        strings = [part.value for part in ast.walk(parsed) if isinstance(part, ast.Constant)]
        assert "".join(map(str, strings)) == count


@pytest.mark.parametrize("make", [lambda body: body, lambda body: [nested(ast.ClassDef, body)]])
def test_docstrings_hide_nothing_and_keep_their_words(make: object, tmp_path: Path) -> None:
    lines = [value for value in HOSTILE if value and value == inspect.cleandoc(value) and "\n" not in value]
    values = [*lines, *(f"First.\n\n{value}\n{value}\nLast." for value in lines)]
    texts = []
    for value in values:
        body = [
            ast.Expr(value=ast.Constant(value=value)),
            ast.Assign(targets=[ast.Name(id="x")], value=ast.Name(id="y")),
        ]
        tree = ast.Module(body=make(body), type_ignores=[])  # type: ignore[operator]
        text = written(tree)
        assert text.replace("\n", "").isprintable()
        assert cleaned(ast.parse(text)) == meant(tree)
        texts.append(text)
    assert_unchanged(tmp_path, *texts)


def nested(kind: type[ast.ClassDef], body: list[ast.stmt]) -> ast.stmt:
    return kind(name="Net", bases=[ast.Name(id="Module")], keywords=[], body=body, decorator_list=[])


@pytest.mark.parametrize(
    "text",
    [
        "lambda: 0",
        "x = 1j",
        "x = b''",
        "x = 1e999",
        "x = {1, 2}",
        "x = {a: b for a in c}",
        "x = [a async for a in b]",
        "with a: pass",
        "while a: pass",
        "try: pass\nfinally: pass",
        "def f(*a): pass",
        "def f(*, a): pass",
        "def f(a, /): pass",
        "@a\ndef f(): pass",
        "@a\nclass A: pass",
        "class A(metaclass=B): pass",
        "class A: pass",
        "async def f(): pass",
        "del a",
        "raise A",
        "pass",
        "return",
        "a: int = 1",
        "x = y = 1",
        "x = {'a': 1}",
        "x = f(**a)",
        "x = f(a for a in b)",
        "x = [a for a in b if c]",
        "x = [a for a in b for c in a]",
        "x = a ^ b",
        "x = ~a",
        "x = a is b",
        "x = f'{a!r}'",
        "x = f'{a:>10}'",
        "for a in b:\n    f()\nelse:\n    g()",
        "from .a import b",
        "(a := b)",
    ],
)
def test_what_is_not_written_is_refused(text: str) -> None:
    with pytest.raises(TypeError):
        written(ast.parse(text))


def test_deep_and_wide_expressions_take_no_time() -> None:
    deep = "x"
    for number in range(60):
        deep = f"relu(conv{number}({deep}, weights_of_the_layer))" if number % 2 else f"-{deep} ** 2"
    wide = " + ".join(f"self.branch{number}(x)" for number in range(2000))
    trees = [ast.parse(f"y = {text}") for text in (deep, wide)]
    start = time.process_time()
    for tree in trees:
        written(tree)
    assert time.process_time() - start < 2
