"""Certificates that tests look at, and what they say, found by looking at sizes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

import archcalc
from archcalc.dims import Condition, divide, floor_div, maximum, minimum, symbol
from archcalc.layers.site import Requirement
from archcalc.sizes.decision import decide
from sizes.texts import Array, quotient

N, H, W = symbol("N"), symbol("H"), symbol("W")

JOINED = [Condition.equal(H * W, 24), Condition.multiple(H, 2), Condition.at_least(W, 2)]
ROUNDED = [
    Condition.equal(128 * floor_div(H + 1, 4) * floor_div(W + 1, 4), 2048),
    Condition.at_least(H, 5),
    Condition.at_least(W, 3),
]
CASES: dict[str, tuple[list[Condition], tuple[str, ...]]] = {
    "nothing is asked": ([], ("N",)),
    "a congruence and a bound": ([Condition.multiple(N - 12, 16), Condition.at_least(N, 185)], ("N",)),
    "several pieces": ([Condition.at_least((N - 5) * (N - 9) * (N - 20), 0)], ("N",)),
    "exceptions": ([Condition.at_least(floor_div(N, 2) * 6, 2 * N + 5)], ("N",)),
    "a minimum": ([Condition.equal(minimum(N, 30) - minimum(N, 12), 18)], ("N",)),
    "remainders of a minimum": ([Condition.multiple(minimum(N, 30), 4)], ("N",)),
    "a remainder that no end of the claim shows": ([Condition.multiple(minimum(N, 30) + maximum(N, 30), 4)], ("N",)),
    "a fraction": ([Condition.multiple(divide(N * (N + 1), 4), 3)], ("N",)),
    "many remainders": ([Condition.multiple(N + 1, prime) for prime in (2, 3, 5, 7, 11, 13)], ("N",)),
    "a rounded product": (ROUNDED, ("H", "W")),
    "tied symbols": (JOINED, ("H", "W")),
    "independent symbols": ([Condition.multiple(H, 3), Condition.at_least(W, 7)], ("H", "W")),
    "a symbol with no value": ([Condition.equal(2 * H, 5), Condition.at_least(W, 7)], ("H", "W")),
    "one size of many": ([Condition.equal(floor_div(H + 5, 16), 3), Condition.multiple(W, 6)], ("H", "W")),
}


def holds(entry: dict[str, Any], sizes: dict[str, Array]) -> Array:
    value = quotient(entry["expression"], sizes)
    if entry["relation"] == "multiple":
        return value.over % (value.under * entry["modulus"]) == 0
    return value.over == 0 if entry["relation"] == "equal" else value.over >= 0


def in_runs(runs: list[dict[str, Any]], numbers: Array) -> Array:
    found = np.zeros(np.shape(numbers), dtype=bool)
    for run in runs:
        ends = (numbers >= run["first"]) & (numbers <= (numbers if run["last"] is None else run["last"]))
        found |= ends & np.isin(numbers % run["modulus"], run["residues"])
    return found


def differences(certificate: dict[str, Any], most: int) -> list[dict[str, int]]:
    """Sizes up to `most` at which the claim is not what the conditions say."""
    names = certificate["symbols"]
    grid = np.meshgrid(*[np.arange(1, most + 1)] * len(names), indexing="ij")
    sizes = dict(zip(names, grid, strict=True))
    shape = (most,) * len(names)
    legal = np.ones(shape, dtype=bool)
    for number, entry in enumerate(certificate["conditions"]):
        if number not in certificate["undecided"]:
            legal &= holds(entry, sizes)
    claimed = np.ones(shape, dtype=bool)
    for part in certificate["parts"]:
        found = np.zeros(shape, dtype=bool)
        for box in part["boxes"]:
            inside = np.ones(shape, dtype=bool)
            for name, runs in box.items():
                inside &= in_runs(runs, sizes[name])
            found |= inside
        claimed &= found
    for number in certificate["where"]:
        claimed &= holds(certificate["conditions"][number], sizes)
    places = np.argwhere(legal != claimed)[:3]
    return [{name: int(place) + 1 for name, place in zip(names, index, strict=True)} for index in places]


def certified(conditions: list[Condition], *names: str) -> dict[str, Any]:
    asked = [Requirement(condition, layer=f"layer{number}") for number, condition in enumerate(conditions)]
    return stored(decide(asked, names).certificate())


def stored(certificate: dict[str, Any]) -> dict[str, Any]:
    """What is read from a file that it was written to."""
    read = json.loads(json.dumps(certificate))
    assert read == certificate
    return read


@cache
def unet_text() -> str:
    return json.dumps(archcalc.load("unet:paper").legal_sizes().certificate())


def unet() -> Any:
    return json.loads(unet_text())


def run_of(certificate: dict[str, Any], index: int = 0) -> dict[str, Any]:
    (runs,) = certificate["parts"][0]["boxes"][0].values()
    return runs[index]


@cache
def case_text(name: str) -> str:
    conditions, names = CASES[name]
    return json.dumps(certified(conditions, *names))
