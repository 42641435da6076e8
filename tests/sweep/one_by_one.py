"""The judge of sweeps: every design by itself, as a check finds it, without closed forms."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archcalc.api.architecture import Architecture
from archcalc.api.sweeping import Sweep
from archcalc.expressions.values import Word
from archcalc.network import Settings
from archcalc.questions.measuring import Measures, NotMeasured

SHOWN = ("multiplications", "parameters", "activations", "output", "depth(network)")


def legality(network: Architecture, values: dict[str, Any]) -> bool:
    """Whether a check at these values finds no error but those of claims, which belong to the values of the spec."""
    found = network.program.unfold_anew(Settings(values))
    return not any(one.severity == "error" for one in found.diagnostics) and found.graph.is_complete


def figures(network: Architecture, values: dict[str, Any], space: Sweep) -> list[Any]:
    measures = Measures(network.program.unfold_anew(Settings(values)))
    found: list[Any] = []
    for quantity in space.question.quantities:
        try:
            found.append(measures.value(quantity))
        except NotMeasured:
            found.append(None)
    return found


def differences(network: Architecture, space: Sweep, numbers: Sequence[int]) -> list[str]:
    """What is said about designs otherwise than by a check."""
    legal, _, columns = space.cells.evaluate(numbers)
    wrong = []
    for place, number in enumerate(numbers):
        values = {**space.question.given, **space.values(number)}
        expected = legality(network, values)
        if expected != bool(legal[place]):
            wrong.append(f"{network.title} at {values}: legal {legal[place]}, and a check says {expected}")
        elif expected:
            told = [column[place] for column in columns]
            if told != figures(network, values, space):
                wrong.append(f"{network.title} at {values}: {told}, not {figures(network, values, space)}")
    return wrong


def variations(value: Any, rng: random.Random) -> list[Any]:
    """Values like one that a spec has, for the same name."""
    if isinstance(value, bool):
        return [False, True]
    if isinstance(value, Word):
        return [value, Word({"relu": "silu", "max": "avg"}.get(value, value))]
    if isinstance(value, tuple):
        doubled = tuple([2 * item if isinstance(item, int) and not isinstance(item, bool) else item for item in value])
        return [value, value[:-1], doubled, (*value, *value[-1:])]
    if isinstance(value, Fraction):
        return [value, value / 2, value * 2, value + Fraction(1, 4)]
    around = {value, value + 1, value + rng.randrange(2, 9), 2 * value, value + 32, max(value - rng.randrange(1, 9), 1)}
    return sorted({0, *around} if value < 8 else around)
