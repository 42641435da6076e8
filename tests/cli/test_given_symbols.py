"""Symbols that have a value and symbols that have none, in every mixture, go through every command and format."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from command import run

import archcalc

LAYERS = "[conv: [8, 3], batch_norm, max_pool: {kernel: 2, stride: 1}, conv: {out: w, kernel: 1}]"
FLAT = "[conv: [8, 3], flatten, linear: 10]"
VALUES = {"M": 12, "N": 32}
COMMANDS = [
    ("check",),
    ("check", "--symbolic"),
    ("check", "--receptive-field"),
    ("check", "--format", "json", "--receptive-field"),
    ("check", "--diff"),
    ("sizes",),
    ("sizes", "--format", "json"),
    ("sizes", "--format", "latex"),
    ("sizes", "--near", "M=9"),
    ("solve", "--for", "w=1..4", "--where", "parameters <= 1k"),
    ("solve", "--for", "N", "--where", "size <= 40", "--format", "json"),
    ("draw",),
    ("draw", "--symbolic", "--depth", "2"),
    ("export",),
    ("explain", "0"),
    ("explain", "0", "--format", "latex"),
    ("explain", "0", "--format", "markdown", "--symbolic"),
]
SUBSETS = [(), ("M",), ("N",), ("M", "N")]


def spec(given: tuple[str, ...], layers: str = LAYERS) -> str:
    at = ", ".join(f"{name}: {VALUES[name]}" for name in given)
    return f"input: [3, M, N]\nlet: {{w: 4}}\nlayers: {layers}\n" + (f"at: {{{at}}}\n" if at else "")


@pytest.mark.parametrize(("given", "put"), list(product(SUBSETS, SUBSETS)))
@pytest.mark.parametrize("layers", [LAYERS, FLAT.replace("10", "w")])
def test_every_mixture_goes_through_every_command(
    tmp_path: Path, given: tuple[str, ...], put: tuple[str, ...], layers: str
) -> None:
    (tmp_path / "net.yaml").write_text(spec(given, layers))
    values = [part for name in put for part in ("--set", f"{name}={VALUES[name] + 4}")]
    for command, *options in COMMANDS:
        result = run(command, "net.yaml", *options, *values, cwd=tmp_path)
        assert "internal error" not in result.stderr, result.stderr
        # Other sizes may have no solution, and a symbol that has a value is no unknown.
        codes = (0, 1, 2) if command == "solve" else (0, 2) if "--near" in options and "M" in put else (0,)
        assert result.returncode in codes, (command, options, result.stdout, result.stderr)
        if "json" in options and result.returncode != 2:
            assert json.loads(result.stdout)["ok"] is (result.returncode == 0)


@pytest.mark.parametrize(
    ("given", "head"), [("M", "[3, 12, N] -> [8, 10, N - 2]"), ("N", "[3, M, 32] -> [8, M - 2, 30]")]
)
def test_code_for_the_open_symbol_has_the_value_of_the_other(given: str, head: str) -> None:
    code = archcalc.load(spec((given,), "[conv: [8, 3], relu]")).to_torch()
    assert f': {head}."""' in code
    assert archcalc.load(spec((), "[conv: [8, 3], relu]")).to_torch(**{given: VALUES[given]}) == code


def test_code_whose_weights_depend_on_both_takes_both() -> None:
    code = archcalc.load(spec((), FLAT)).to_torch(N=32)
    assert "def __init__(self, M: int, N: int = 32) -> None:" in code
    assert "nn.Linear(8 * (M - 2) * (N - 2), 10)" in code


@pytest.mark.parametrize("size", [7, 40])
def test_that_code_builds_the_network_at_every_size_of_the_open_symbol(size: int) -> None:
    torch = pytest.importorskip("torch")
    names: dict[str, type] = {}
    exec(archcalc.load(spec((), FLAT)).to_torch(N=32), names)
    module = names["Network"](size)
    assert module(torch.zeros(1, 3, size, 32)).shape == (1, 10)
    report = archcalc.load(spec((), FLAT)).check(M=size, N=32)
    assert sum(one.numel() for one in module.parameters()) == report.totals.parameters


def test_verify_finds_sizes_for_what_is_open(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "net.yaml").write_text(spec(("N",), "[conv: [8, 3]]"))
    result = run("verify", "net.yaml", "--format", "json", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout)["ok"]
