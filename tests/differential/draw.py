"""Random networks for the judge: legal specs, other values of their symbols, and layers with a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Literal

from strategies.choices import chance, pick
from strategies.specs import Made, Options, make_spec

from archcalc.layers.table import KINDS, layer_class
from differential.damage import wrong_layer
from differential.judge import Subject, Values

RUN = tuple(kind for kind in KINDS if not layer_class(kind).is_opaque)
"""The kinds that PyTorch has something for."""
FURTHER = 3
"""So many times another network is drawn where there was no way for the kind that is wanted."""
ON_NUMBERS = 94
REAL = 12
"""In so many of a hundred cases a network runs on real numbers, too."""


def subjects(seed: int) -> Iterator[Subject]:
    """The networks of a seed: one spec, and sometimes one of its layers with a mistake in it."""
    rng = Random(f"differential {seed}")
    kind = RUN[seed % len(RUN)]
    made = make_spec(rng, options(rng, kind))
    for _ in range(FURTHER):
        if repr(kind) in str(made.data):
            break
        made = make_spec(rng, options(rng, kind))
    data = {**made.data, "at": {**made.data.get("at", {}), **made.sizes}} if made.sizes else made.data
    device: Literal["meta", "cpu"] = "cpu" if chance(rng, ON_NUMBERS) else "meta"
    yield Subject(data, other_values(rng, made), chance(rng, REAL), device)
    if chance(rng, 40):
        wrong = wrong_layer(rng, data)
        if wrong is not None:
            yield wrong


def options(rng: Random, kind: str) -> Options:
    """Mostly small networks with symbols in the input and in the fields, and with a layer of a kind."""
    return Options(
        steps=pick(rng, (3, 2, 4, 6)),
        symbols=chance(rng, 75),
        claims=False,
        variants=False,
        opened=pick(rng, (25, 0, 10, 50)),
        wanted=kind,
    )


def other_values(rng: Random, made: Made) -> list[Values]:
    """Values for the symbols: one of them moved, all of them moved a little, and small ones."""
    sizes = made.sizes
    if not sizes:
        return []
    found = []
    name = pick(rng, list(sizes))
    found.append({**sizes, name: max(1, sizes[name] + pick(rng, (1, -1, 2, -2, 4, -4, 7)))})
    if chance(rng, 70):
        found.append({name: max(1, size + rng.randrange(-3, 4)) for name, size in sizes.items()})
    if chance(rng, 25):
        found.append({name: rng.randrange(1, 30) for name in sizes})
    return [values for values in found if values != sizes]
