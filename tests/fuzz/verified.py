"""`verify` on generated networks: what it must say of a sound one, and that it comes to an end."""

from __future__ import annotations

import json
from itertools import count
from random import Random

from strategies.specs import random_spec

import archcalc
from fuzz.inputs import Input
from fuzz.judge import Judged, again


def verified(seed: str) -> Judged:
    """The first sound network from a seed on, verified."""
    file = next(file for turn in count() if _is_sound(file := _file(f"{seed}/{turn}")))
    return Judged(file, [again(file, ["verify", file.name, "--format", "json"])])


def _file(seed: str) -> Input:
    return Input("net.json", json.dumps(random_spec(Random(seed))).encode())


def _is_sound(file: Input) -> bool:
    architecture = archcalc.Architecture.from_bytes(file.data, file.name)
    return not architecture.variants and architecture.check().ok
