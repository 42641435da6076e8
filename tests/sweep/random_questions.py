"""Questions about spaces, drawn at random: sums and sizes of layers and scopes, and conditions on them and on names."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from archcalc.api.architecture import Architecture
from archcalc.expectations.target import is_pattern
from archcalc.graph import scopes
from archcalc.layers.table import KINDS
from archcalc.network import Settings

SUMS = ("parameters", "multiplications", "activations", "layers", "bytes", "parameters[total]", "elementwise", "depth")
SIZES = ("output", "size", "height", "channels")


def names_at(network: Architecture, values: Mapping[str, Any], rng: random.Random) -> list[str]:
    """Names of layers and scopes that a network has at some values, with patterns of them."""
    graph = network.program.unfold_anew(Settings(dict(values))).graph
    found = [*(node.name for node in graph.nodes), *scopes(graph)]
    own = [name for name in found if not any(map(_is_counted, name.split(".")))]
    # The numbers of layers depend on choices as a rule, and are rarely asked for.
    found = [*own, *rng.sample(found, min(len(found), len(own) // 6))]
    patterns = [name.replace(rng.choice(name), "*") for name in rng.sample(found, min(4, len(found)))]
    return [*found, *patterns, "nowhere"]


def _is_counted(name: str) -> bool:
    return name.isdigit() or name.rstrip("_0123456789") in KINDS


def quantities(names: list[str], rng: random.Random, *, many: int) -> list[str]:
    """Some sums and sizes, of the network and of what has these names."""
    found = []
    for _ in range(many):
        name = rng.choice((*SUMS, *SIZES))
        # Sizes of all that a pattern fits are in no table.
        fitting = [one for one in names if not is_pattern(one) or name in SUMS or rng.random() < 0.1]
        several = rng.choices(fitting, k=rng.choice((1, 1, 1, 2)))
        found.append(f"{name}({'network' if rng.random() < 0.3 else ', '.join(several)})")
    return list(dict.fromkeys(found))


def conditions(shown: list[str], axes: Mapping[str, Any], figures: Mapping[str, Any], rng: random.Random) -> list[str]:
    """Some conditions that compare quantities, with what they are in some network, and values of names."""
    numbers = [name for name, values in axes.items() if all(type(value) is int for value in values)]
    lists = [name for name, values in axes.items() if all(isinstance(value, tuple) for value in values)]
    known = [one for one in shown if isinstance(figures.get(one), int)]
    shapes = [one for one in shown if isinstance(figures.get(one), tuple)]
    found = []
    if known:
        one = rng.choice(known)
        found.append(f"{one} {rng.choice(('<=', '>', '>='))} {figures[one]}")
        if numbers:
            name = rng.choice(numbers)
            found.append(f"{rng.choice(known)} <= {rng.randint(1, 2000)}*{name} + {rng.randint(0, 9)}")
            found.append(f"({one} + {name}) % {rng.randint(2, 4)} = 0")
            found.append(f"{one} >= ({figures[one]} if {name} > {rng.choice(axes[name])} else {figures[one] // 2})")
    if shapes:
        one = rng.choice(shapes)
        if "output" not in one:
            found.append(f"{one} = {'x'.join(map(str, figures[one]))}")
            found.append(f"{one} <= {max(figures[one])}")
    if len(numbers) > 1:
        one, other = rng.sample(numbers, 2)
        found.append(f"{one} <= {rng.randint(1, 3)}*{other}")
    if lists:
        found.append(f"{rng.choice(lists)}[0] < {rng.choice(lists)}[1]")
    return rng.sample(found, min(2, len(found)))
