"""Every value and every legality of a sweep is that of a check: networks of the catalogue, and spaces made to trap."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from effort import share
from sweep.one_by_one import SHOWN, differences, legality, variations

import archcalc
from archcalc.catalogue import SHELVES, on_shelf
from archcalc.dims import Polynomial
from archcalc.expressions.values import UnknownValue, Unresolved
from archcalc.network import Settings, symbol_names
from archcalc.spec.model import Mistake

FILES = [path for folder in SHELVES for path in on_shelf(folder)]
MAX_LAYERS = 700


def swept(path: Path, rng: random.Random) -> tuple[archcalc.Architecture, dict[str, list[object]]]:
    """A network of a file, and for all its names values like those that it has."""
    network = archcalc.load(str(path))
    if network.variants:
        network = network.choose(rng.choice(network.variants))
    base = network.program.unfold(Settings())
    if len(base.graph.nodes) > MAX_LAYERS:
        pytest.skip("each of its designs takes long")
    axes: dict[str, list[object]] = {}
    for name in network.settable():
        with suppress(Unresolved, UnknownValue, Mistake):
            value = base.globals.context.resolve((name,))
            if isinstance(value, Polynomial):
                pytest.skip(f"{name} has no value")
            found = variations(value, rng)
            axes[name] = [one for one in found if one >= 1] if name in symbol_names(base_spec(network)) else found
    return network, axes


def base_spec(network: archcalc.Architecture) -> archcalc.spec.model.Spec:
    return network.program.network_spec


@pytest.mark.parametrize("path", share(FILES), ids=lambda path: path.stem)
def test_the_catalogue(path: Path) -> None:
    rng = random.Random(path.stem)
    network, axes = swept(path, rng)
    for name, values in axes.items():
        space = network.sweep({name: values}, show=SHOWN)
        assert differences(network, space, range(space.points)[:6]) == []
    for _ in range(3):
        names = rng.sample(list(axes), min(len(axes), rng.randint(1, 3)))
        space = network.sweep({name: axes[name] for name in names}, show=SHOWN)
        assert differences(network, space, [rng.randrange(space.points) for _ in range(8)]) == []


TRAPS = {
    # At 0 the closed form of numbers from 1 on is another function: 73*p + 516 instead of 589.
    "a padding of 0": (
        "input: [3, N, N]\nat: {N: 9}\nlet: {p: 1}\nlayers:\n"
        '  - conv: {out: 8, kernel: 3, padding: p}\n  - conv: {out: "4 + max(p, 1)", kernel: 3}\n',
        {"p": "-1..4", "N": "1..9"},
    ),
    "a kernel that the range of sizes decides": (
        "input: [1, N]\nat: {N: 40}\nlet: {k: 3}\nlayers:\n  - conv: {out: 4, kernel: k, stride: 2}\n",
        {"k": "1..9", "N": "1..12"},
    ),
    "a symbol that is computed from another one": (
        "input: [3, H, W]\nat: {H: 8, W: 2*H - 4}\nlayers:\n  - max_pool: 2\n  - conv: {out: 4, kernel: 3}\n",
        {"H": "1..12"},
    ),
    "a half of a symbol": (
        "input: [3, H, W]\nat: {H: 8, W: H/2}\nlayers:\n  - conv: {out: 4, kernel: 3}\n",
        {"H": "1..12"},
    ),
    "a form that a size decides": (
        "input: [c, N, N]\nat: {N: 16, c: 3}\nlet: {out: 4}\nlayers:\n"
        "  - {conv: {out: out, kernel: 1}, when: in_channels != out}\n  - {max_pool: 2, when: N >= 8}\n  - relu\n",
        {"c": "2..5", "out": "3..5", "N": "5..11"},
    ),
    "words, lists and truth values": (
        "input: [3, N, N]\nat: {N: 16}\nlet: {act: relu, widths: [4, 8], biased: true, pool: max_pool}\nlayers:\n"
        "  - for: {w: widths}\n    do:\n      - conv: {out: w, kernel: 3, bias: biased}\n      - apply: act\n"
        "  - {max_pool: 2, when: biased}\n",
        {"act": "relu,silu,prelu", "widths": "[4,8],[4],[2,4,8],[]", "biased": "true,false", "N": "4..9"},
    ),
    "one and true, which Python takes for each other": (
        "input: [8]\nlet: {flag: 1}\nlayers:\n  - linear: 4\n    when: flag == true\n  - linear: 5\n",
        {"flag": "1,true,0,false"},
    ),
    "groups and repeats": (
        "input: [16, N, N]\nat: {N: 16}\nlet: {g: 2, n: 2, w: 16}\nlayers:\n"
        "  - repeat: n\n    do:\n      - conv: {out: w, kernel: 3, groups: g, padding: 1}\n",
        {"g": "0..5", "n": "0..3", "w": "8..24/4", "N": "1..3"},
    ),
    "fractions of channels": (
        "input: [3, N, N]\nat: {N: 9}\nlet: {alpha: 1}\nlayers:\n  - conv: {out: 32*alpha, kernel: 3}\n",
        {"alpha": "0..1.5/0.05", "N": "2..4"},
    ),
    "a let that fails at some values": (
        "input: [8, N]\nat: {N: 12}\nlet: {d: 2, q: 12/d}\nlayers:\n  - conv: {out: q, kernel: 3}\n",
        {"d": "0..7", "N": "2..4"},
    ),
    "sizes of two layers that are alike at some values": (
        "input: [4, H, W]\nat: {H: 8, W: 8}\nlayers:\n  - {max_pool: 2, as: a}\n  - {conv: [4, 3], as: b}\n",
        {"H": "2..9", "W": "7..8"},
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name: str) -> None:
    text, axes = TRAPS[name]
    network = archcalc.load(text)
    show = [*SHOWN, "size(a, b)", "size(nowhere)"] if "as: a" in text else SHOWN
    space = network.sweep(axes, show=show)
    assert differences(network, space, range(space.points)) == []
    legal = sum(legality(network, space.values(number)) for number in range(space.points))
    assert space.count().legal == legal
    assert len(list(space)) == legal, name


def test_legality_is_that_of_the_public_check() -> None:
    network = archcalc.load("unet:paper")
    space = network.sweep({"N": range(180, 260)})
    assert [design.values["N"] for design in space] == [
        size for size in range(180, 260) if network.check(N=size).complete
    ]
