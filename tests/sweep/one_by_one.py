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
from archcalc.sweep.question import Question

SHOWN = ("multiplications", "parameters", "activations", "output", "depth(network)")


def legality(network: Architecture, values: dict[str, Any]) -> bool:
    """Whether a check at these values finds no error but those of claims, which belong to the values of the spec."""
    found = network.program.unfold_anew(Settings(values))
    return not any(one.severity == "error" for one in found.diagnostics) and found.graph.is_complete


def figures(network: Architecture, values: dict[str, Any], question: Question) -> list[Any]:
    """What is measured of the quantities of a sweep in one network, None where it has no such thing."""
    measures = Measures(network.program.unfold_anew(Settings(values)))
    found: list[Any] = []
    for quantity in question.quantities:
        try:
            found.append(measures.value(quantity))
        except NotMeasured:
            found.append(None)
    return found


def meets(network: Architecture, values: dict[str, Any], space: Sweep) -> bool:
    """Whether one network meets the conditions of a sweep."""
    measures = Measures(network.program.unfold_anew(Settings(values)))
    try:
        found = [one for constraint in space.question.constraints for one in measures.conditions(constraint)]
    except NotMeasured:
        return False
    return all(one.decide() for one in found)


def differences(network: Architecture, space: Sweep, numbers: Sequence[int]) -> list[str]:
    """What is said about designs otherwise than by a check."""
    legal, met, columns = space.cells.evaluate(numbers)
    wrong = []
    for place, number in enumerate(numbers):
        values = {**space.question.given, **space.values(number)}
        expected = legality(network, values)
        if expected != bool(legal[place]):
            wrong.append(f"{network.title} at {values}: legal {legal[place]}, and a check says {expected}")
        elif expected:
            told = [column[place] for column in columns]
            if told != figures(network, values, space.question):
                wrong.append(f"{network.title} at {values}: {told}, not {figures(network, values, space.question)}")
            if met[place] != meets(network, values, space):
                asked = [one.text for one in space.question.constraints]
                wrong.append(f"{network.title} at {values}: {asked} met {met[place]}, and a check says the contrary")
        elif met[place]:
            wrong.append(f"{network.title} at {values}: met, and not legal")
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
