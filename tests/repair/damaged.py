"""Networks at random that are legal, and the same networks with one field damaged so that they are not.

damage = random_damage(Random(7))
damage.text       # a spec that fails
damage.original   # the spec that it was
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

import yaml

from archcalc import Architecture

Data = dict[str, Any]


class Damage(NamedTuple):
    """A network that was legal, and what was done to it."""

    original: str
    text: str
    what: str


def random_damage(rng: Random) -> Damage:
    """One field of a random network made wrong; tried until it is an error."""
    while True:
        data = random_network(rng)
        original = written(data)
        if not Architecture.from_text(original).check().ok:
            continue
        fields = list(damageable(data))
        where, field = fields[rng.randrange(len(fields))]
        broken = deepcopy(data)
        target = next(step for name, step in steps_of(broken) if name == where) if where else broken
        what = damaged(rng, target, field)
        text = written(broken)
        if not Architecture.from_text(text).check().ok:
            return Damage(original, text, f"{field} of {where or 'the input'}: {what}")


def written(data: Data) -> str:
    """A spec as a person writes it: a step a line."""
    lines = [f"input: [{', '.join(map(str, data['input']))}]"]
    if "at" in data:
        lines.append(f"at: {{N: {data['at']['N']}}}")
    lines.append("layers:")
    return "\n".join([*lines, *(line for step in data["layers"] for line in _step(step, "  "))]) + "\n"


def _step(step: Any, indent: str) -> Iterator[str]:
    if isinstance(step, dict) and "add" in step:
        yield f"{indent}- add:"
        for branch in step["add"]:
            if isinstance(branch, str):
                yield f"{indent}    - {branch}"
            else:
                first, *rest = [line for inner in branch for line in _step(inner, indent + "      ")]
                yield f"{indent}    - {first.strip()}"
                yield from rest
    else:
        yield f"{indent}- {yaml.safe_dump(step, default_flow_style=True, sort_keys=False).splitlines()[0]}"


def steps_of(data: Data) -> Iterator[tuple[str, Data]]:
    """The steps that have names, also those in branches."""
    waiting = list(data["layers"])
    while waiting:
        step = waiting.pop(0)
        if isinstance(step, list):
            waiting[:0] = step
        elif isinstance(step, dict):
            if "as" in step:
                yield step["as"], step
            waiting[:0] = [branch for branch in step.get("add", ()) if not isinstance(branch, str)]


def damageable(data: Data) -> Iterator[tuple[str, str]]:
    """Names of steps with fields that can be damaged; no name is the input."""
    yield "", "input"
    for name, step in steps_of(data):
        for kind in ("conv", "max_pool"):
            if kind in step:
                yield from ((name, field) for field in ("kernel", "stride", "padding"))


def damaged(rng: Random, target: Data, field: str) -> str:
    """Change a field to another value that somebody might have written by mistake."""
    if field == "input":
        if "at" in target:
            target["at"]["N"] += rng.choice((-3, -2, -1, 1, 2, 3))
            return f"N = {target['at']['N']}"
        change = rng.choice((-3, -2, -1, 1, 2, 3))
        target["input"][1:] = [size + change for size in target["input"][1:]]
        return str(target["input"])
    arguments = target.get("conv") or target["max_pool"]
    default = {"padding": 0, "stride": 1 if "conv" in target else arguments["kernel"]}.get(field)
    value = arguments.get(field, default)
    wrong = {
        "padding": [0] if value and rng.random() < 0.6 else [value - 1, value + 1],
        "stride": [1] if value > 1 and rng.random() < 0.6 else [value - 1, value + 1, 2 * value],
        "kernel": [value - 1, value + 1, value - 2, value + 2],
    }[field]
    new = rng.choice([number for number in wrong if number >= (field != "padding") and number != value] or [value + 1])
    arguments[field] = new
    return f"{value} became {new}"


def random_network(rng: Random) -> Data:
    """A chain of convolutions and pools, residual units among them; the input is what makes the last map whole."""
    layers: list[Any] = []
    channels = rng.choice((8, 16, 32))
    size = rng.choice((1, 3, 4, 5, 6, 7, 8))
    last = size
    names = iter(range(1, 99))
    usual = rng.choice((3, 3, 3, 5))
    padded = rng.random() < 0.75
    # From the last map back to the first: every layer asks for the input size that comes out whole.
    for _ in range(rng.randrange(3, 8)):
        kind = rng.choice(("conv", "conv", "conv", "pool", "strided", "residual"))
        if kind == "pool" and size > 60:
            kind = "conv"
        if kind == "pool":
            kernel, stride = rng.choice(((2, 2), (2, 2), (3, 2)))
            layers.insert(0, {"max_pool": {"kernel": kernel, "stride": stride}, "as": f"pool{next(names)}"})
            size = (size - 1) * stride + kernel
        elif kind == "strided" and size < 40:
            kernel, stride, padding = rng.choice(((3, 2, 1), (2, 2, 0), (5, 2, 2), (4, 2, 1)))
            layers[:0] = [_conv(channels, kernel, stride, padding, f"down{next(names)}"), "relu"]
            size = (size - 1) * stride + kernel - 2 * padding
        elif kind == "residual":
            layers[:0] = [_residual(channels, usual, names), "relu"]
        else:
            padding = usual // 2 if padded else 0
            layers[:0] = [_conv(channels, usual, 1, padding, f"conv{next(names)}"), "relu"]
            size = size - 1 + usual - 2 * padding
    end: list[Any] = [{"reshape": [channels * last * last]}] if rng.random() < 0.5 else ["global_avg_pool", "flatten"]
    layers += [*end, {"linear": 10}]
    stem = rng.choice((1, 3))
    layers[:0] = [_conv(channels, 1, 1, 0, "stem"), "relu"]
    if rng.random() < 0.5:
        return {"input": [stem, "N", "N"], "at": {"N": size}, "layers": layers}
    return {"input": [stem, size, size], "layers": layers}


def _conv(channels: int, kernel: int, stride: int, padding: int, name: str) -> Data:
    fields = {"out": channels, "kernel": kernel}
    if stride != 1:
        fields["stride"] = stride
    if padding:
        fields["padding"] = padding
    return {"conv": fields, "as": name}


def _residual(channels: int, kernel: int, names: Iterator[int]) -> Data:
    unit = [
        _conv(channels, kernel, 1, kernel // 2, f"conv{next(names)}"),
        "relu",
        _conv(channels, kernel, 1, kernel // 2, f"conv{next(names)}"),
    ]
    return {"add": [unit, "here"]}
