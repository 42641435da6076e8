"""Every name of every spec of the package, swept and compared with checks: `python tests/sweep/every_name.py`.

Prints a line for each spec, and at the end how many names and points there were, and why names fell to one by one.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from sweep.networks_apart import differences as not_alike
from sweep.one_by_one import differences, variations

import archcalc
from archcalc.catalogue import SHELVES, on_shelf
from archcalc.dims import Polynomial
from archcalc.expressions.values import UnknownValue, Unresolved, Value
from archcalc.network import Settings, symbol_names
from archcalc.spec.model import Mistake

FILES = [path for folder in SHELVES for path in on_shelf(folder)]
SIZE = 32
"""Of a symbol without a value."""
SHOWN = ("multiplications", "parameters", "activations", "output", "depth(network)")


class Outcome(NamedTuple):
    """What came out for one spec: names, points that were compared, how many of them are legal, and what differs."""

    names: int
    points: int
    legal: int
    different: tuple[str, ...]
    ways: tuple[str, ...]
    """How each name was treated."""
    networks: int
    """Names of which it is told which points are the same network."""


def values_like(value: Value, rng: random.Random, *, is_size: bool) -> list[Value]:
    """Up to 50 values of the kind of one that a spec has: numbers around it, and words and lists of the same kind."""
    if isinstance(value, int) and not isinstance(value, bool):
        around = {
            *range(max(0, value - 12), value + 13),
            *(value + step * rng.randint(1, 40) for step in range(-12, 13)),
        }
        return sorted(one for one in around if one >= int(is_size))
    if isinstance(value, Fraction):
        return sorted({value * n / 12 for n in range(1, 30)})
    return variations(value, rng)


def open_symbols(network: archcalc.Architecture) -> dict[str, int]:
    """A size for each symbol to which the spec gives none."""
    symbols = network.program.unfold(Settings()).symbols
    return {name: SIZE for name, value in symbols.items() if isinstance(value, Polynomial)}


def names_of(network: archcalc.Architecture, rng: random.Random) -> dict[str, list[Value]]:
    """All names that can be set and have a value, with values like it."""
    base = network.program.unfold(Settings(open_symbols(network)))
    symbols = symbol_names(network.program.network_spec)
    found: dict[str, list[Value]] = {}
    for name in network.settable():
        with suppress(Unresolved, UnknownValue, Mistake):
            value = base.globals.context.resolve((name,))
            if not isinstance(value, Polynomial):
                found[name] = values_like(value, rng, is_size=name in symbols)
    return found


def compared(path: Path, points: int, seed: int = 0) -> Outcome:
    """Sweep each name of a spec by itself, and compare so many points with checks."""
    rng = random.Random(f"{path.stem} {seed}")
    network = archcalc.load(str(path))
    if network.variants:
        network = network.choose(rng.choice(network.variants))
    different: list[str] = []
    ways = []
    counted = legal = told = 0
    sizes = open_symbols(network)
    for name, values in names_of(network, rng).items():
        others = {other: size for other, size in sizes.items() if other != name}
        space = network.sweep({name: values}, show=SHOWN, values=others)
        numbers = sorted(rng.sample(range(space.points), min(points, space.points)))
        different += differences(network, space, numbers)
        ways.append(space.how[name])
        counted += len(numbers)
        legal += sum(space.cells.evaluate(numbers)[0].tolist())
        if space._networks is not None:
            told += 1
            different += not_alike(network, space, numbers)
    return Outcome(len(ways), counted, legal, tuple(different), tuple(ways), told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    found: list[Outcome] = []
    for path in FILES:
        one = compared(path, options.points, options.seed)
        found.append(one)
        print(
            f"{path.stem}: {one.names} names, {one.points} points, {one.legal} legal",
            *one.different,
            sep="\n  ",
            flush=True,
        )
    reasons = Counter(way for one in found for way in one.ways)
    print(
        f"{len(found)} specs, {sum(one.names for one in found)} names, {sum(one.points for one in found):,} points, "
        f"{sum(one.legal for one in found):,} legal, {sum(len(one.different) for one in found)} differences, "
        f"{sum(one.networks for one in found)} names whose networks are told"
    )
    for reason, count in reasons.most_common():
        print(f"{count:5} {reason}")


if __name__ == "__main__":
    main()
