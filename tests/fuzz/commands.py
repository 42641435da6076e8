"""Two commands for a file: `check` as people call it, and one that the seed draws, with a format and options."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from strategies.choices import chance, pick

VALUES = ("1", "2", "7", "32", "224", "0", "-3", "1/3", "10**20", "10**99", "10**310", "2**64", "true")
RANGES = ("", "=1..8", "=1..300", "=1,2,3", "=0.25..1/0.25", "=1..10**20", "=10**99", "=10**20..10**20 + 4")
QUANTITIES = (
    "parameters", "multiplications", "buffers", "bytes", "activations", "memory", "layers", "depth", "output", "size",
    "height", "width", "length", "channels", "receptive_field", "size(input)", "channels(input)", "N",
)  # fmt: skip
BOUNDS = ("<= 5M", "= 5M", ">= 1", "= 40M..60M", "<= 2 GiB", "= 7x7", "< 10**310", ">= 10**99", "= size(input)")
LIMITS = ("", "+1%", "-0", "50%", "+2M", "-1 GiB", "+ many")
WORD = re.compile(r"[A-Za-z_]\w*")

Drawn = Callable[[Random, Sequence[str]], list[str]]


def check(file: str) -> list[str]:
    """What everybody calls first."""
    return ["check", file]


def second(rng: Random, file: str, variants: Sequence[str], names: Sequence[str]) -> list[str]:
    """A further command on a file whose variants, symbols and lets are known."""
    command, drawn = pick(rng, COMMANDS)
    one = f"{file}:{pick(rng, variants)}" if variants else file
    several = command in ("check", "sizes") and chance(rng, 50)
    return [command, *([file] if several else [one]), *drawn(rng, names)]


def _check(rng: Random, names: Sequence[str]) -> list[str]:
    way = rng.randrange(6)
    if way == 0:
        return [pick(rng, ("--diff", "--fix")), *_set(rng, names)]
    options = ["--format", "json"] if way < 4 else ["--depth", str(rng.randrange(1, 5))]
    return [*options, *_some(rng, "--symbolic", "--receptive-field"), *_set(rng, names)]


def _sizes(rng: Random, names: Sequence[str]) -> list[str]:
    form = pick(rng, ("text", "json", "latex"))
    near = ["--near", f"{_name(rng, names)}={pick(rng, VALUES)}"] if chance(rng, 30) and form != "latex" else []
    proof = ["--certificate", "proof.json", "--force"] if chance(rng, 20) else []
    return ["--format", form, *near, *proof, *_set(rng, names)]


def _solve(rng: Random, names: Sequence[str]) -> list[str]:
    unknown = [f"--for={_name(rng, names)}{pick(rng, RANGES)}" for _ in range(rng.randrange(1, 3))]
    asked = [f"--where={pick(rng, QUANTITIES)} {pick(rng, BOUNDS)}" for _ in range(rng.randrange(3))]
    kind = pick(rng, ([], ["--largest"], ["--smallest"], ["--all"]))
    return [*unknown, *asked, *kind, *_json(rng), *_set(rng, names)]


def _draw(rng: Random, names: Sequence[str]) -> list[str]:
    depth = ["--depth", str(rng.randrange(1, 5))] if chance(rng, 40) else []
    form = pick(rng, ("dot", "svg"))
    aspect = ["--aspect", pick(rng, ("16:9", "4:3", "1:2"))] if form == "svg" and chance(rng, 50) else []
    looks = [*_some(rng, "--dark"), *_some(rng, "--no-fold"), "--direction", pick(rng, ("down", "right"))]
    return [*depth, "--format", form, *aspect, *looks, *_some(rng, "--symbolic"), *_set(rng, names)]


def _diff(rng: Random, names: Sequence[str]) -> list[str]:
    other = pick(rng, ("lenet:lecture", "unet:paper", "residual_block:identity"))
    form = pick(rng, ("text", "markdown", "json"))
    fold = _some(rng, "--no-fold") if form != "json" else []
    limits = [f"--fail-on={pick(rng, QUANTITIES)} {pick(rng, LIMITS)}" for _ in range(rng.randrange(3))]
    return [other, "--format", form, *fold, *limits, *_some(rng, "--symbolic"), *_set(rng, names)]


def _export(rng: Random, names: Sequence[str]) -> list[str]:
    return _set(rng, names)


def _explain(rng: Random, names: Sequence[str]) -> list[str]:
    layer = pick(rng, ("0", "1", "2", "3", "conv", *names))
    form = pick(rng, ("text", "markdown", "latex"))
    return [layer, "--format", form, *_some(rng, "--symbolic"), *_set(rng, names)]


def _reconcile(rng: Random, names: Sequence[str]) -> list[str]:
    seen = ["--observed", pick(rng, ("4.13G", "1", "0.5M", "1e9", "-3", "~60M"))] if chance(rng, 60) else []
    chosen = ["--convention", pick(rng, ("thop", "fvcore,flops", "nobody"))] if chance(rng, 40) else []
    return [*seen, *chosen, *_json(rng), *_set(rng, names)]


def _memory(rng: Random, names: Sequence[str]) -> list[str]:
    trained = ["--training", pick(rng, ("adam", "sgd", "adamw-8bit", "nobody"))] if chance(rng, 60) else []
    types = ["--dtype", pick(rng, ("mixed", "float16", "int4", "quad"))] if chance(rng, 40) else []
    fits = ["--fits", pick(rng, ("24GiB", "1", "-3", "10%"))] if chance(rng, 40) else []
    scopes = ["--checkpoint", pick(rng, ("*", "layer?", *names))] if chance(rng, 30) else []
    batch = ["--batch", pick(rng, ("1", "32", "1000000000000"))] if chance(rng, 50) else []
    return [*trained, *types, *fits, *scopes, *batch, *_some(rng, "--in-place"), *_json(rng), *_set(rng, names)]


def _roofline(rng: Random, names: Sequence[str]) -> list[str]:
    device = ["--on", pick(rng, ("a100", "tpu-v4", "raspberry-pi-5", "nothing", "lenet.yaml"))]
    numbers = ["--dtype", pick(rng, ("float16", "half", "int8", "float33"))] if chance(rng, 50) else []
    tensors = ["--tensors", pick(rng, ("int4", "float8"))] if chance(rng, 30) else []
    batch = ["--batch", pick(rng, ("0", "1", "64", "1000000000000"))] if chance(rng, 40) else []
    form = _json(rng)
    depth = ["--depth", str(rng.randrange(1, 5))] if not form and chance(rng, 40) else []
    return [*device, *numbers, *tensors, *batch, *_some(rng, "--fused"), *form, *depth, *_set(rng, names)]


COMMANDS: tuple[tuple[str, Drawn], ...] = (
    ("check", _check),
    ("check", _check),
    ("sizes", _sizes),
    ("solve", _solve),
    ("draw", _draw),
    ("diff", _diff),
    ("export", _export),
    ("reconcile", _reconcile),
    ("memory", _memory),
    ("roofline", _roofline),
    ("explain", _explain),
)


def words(data: bytes) -> list[str]:
    """Words of a file, for names that nothing has."""
    return list(dict.fromkeys(WORD.findall(data.decode("utf-8", "replace"))))[:40]


def _name(rng: Random, names: Sequence[str]) -> str:
    return pick(rng, names) if names and chance(rng, 90) else "N"


def _set(rng: Random, names: Sequence[str]) -> list[str]:
    if not names or not chance(rng, 35):
        return []
    return [f"--set={pick(rng, names)}={pick(rng, VALUES)}" for _ in range(rng.randrange(1, 3))]


def _some(rng: Random, *flags: str) -> list[str]:
    return [flag for flag in flags if chance(rng, 25)]


def _json(rng: Random) -> list[str]:
    return ["--format", "json"] if chance(rng, 50) else []
