"""What is put into archcalc: a file made from a seed. The same seed makes the same file.

inputs.make("mutated/0/17")     # the catalogue, the cases and the pages of codes, damaged
inputs.make("generated/0/17")   # random networks, sound and damaged
inputs.make("extreme/0/17")     # networks with numbers of hundreds of digits
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml
from strategies.choices import chance, pick
from strategies.mutations import damaged, mutated
from strategies.specs import random_spec

from archcalc.diagnostics.catalogue import all_codes
from fuzz.extreme import enlarged

ROOT = Path(__file__).resolve().parents[2]
SORTS = ("mutated", "generated", "extreme")
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
MOST = 6_000
"""Bytes of a text that is mutated; all but a few networks of the catalogue are shorter."""


class Input(NamedTuple):
    """A file: its name, which says whether it is YAML or JSON, and what is in it."""

    name: str
    data: bytes


def make(seed: str) -> Input:
    """The file of a seed, which begins with its sort."""
    sort = seed.partition("/")[0]
    rng = Random(seed)
    return {"mutated": _mutated, "generated": _generated, "extreme": _extreme}[sort](rng)


@cache
def texts() -> tuple[str, ...]:
    """What is mutated: the catalogue, the cases, and the examples of the codes."""
    paths = [*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests" / "cases").rglob("*.yaml")]
    found = [path.read_bytes().decode("utf-8", "replace") for path in sorted(paths)]
    found += [code.example for code in all_codes()]
    return tuple(text for text in found if 0 < len(text) <= MOST)


def _mutated(rng: Random) -> Input:
    text = pick(rng, texts())
    way = rng.randrange(3)
    if way == 0:
        return Input("net.yaml", _bytes_damaged(rng, text.encode()))
    if way == 1:
        return Input("net.yaml", _tokens_damaged(rng, text).encode("utf-8", "replace"))
    try:
        data = yaml.load(text, yaml.BaseLoader)
    except yaml.YAMLError:
        return Input("net.yaml", _tokens_damaged(rng, text).encode("utf-8", "replace"))
    return _written(rng, mutated(rng, data))


def _generated(rng: Random) -> Input:
    data: Any = random_spec(rng)
    if chance(rng, 30):
        data = mutated(rng, data)
    file = _written(rng, data)
    if chance(rng, 10):
        return file._replace(data=damaged(rng, file.data.decode()).encode("utf-8", "replace"))
    return file


def _extreme(rng: Random) -> Input:
    if chance(rng, 40):
        data: Any = random_spec(rng)
    else:
        try:
            data = yaml.load(pick(rng, texts()), yaml.BaseLoader)
        except yaml.YAMLError:
            data = random_spec(rng)
    return _written(rng, enlarged(rng, data))


def _written(rng: Random, data: Any) -> Input:
    if chance(rng, 25):
        return Input("net.json", json.dumps(data, default=str).encode())
    style = (False, None, True)[rng.randrange(3)]
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=style, width=10**6)
    return Input("net.yaml", text.encode("utf-8", "replace"))


def _bytes_damaged(rng: Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.randrange(1, 5)):
        place = rng.randrange(len(found) + 1)
        way = rng.randrange(5)
        if way == 0:
            del found[place : place + rng.randrange(1, 9)]
        elif way == 1:
            found[place:place] = bytes([rng.randrange(256)])
        elif way == 2 and place < len(found):
            found[place] ^= 1 << rng.randrange(8)
        elif way == 3:
            found[place:place] = found[place : place + rng.randrange(1, 40)]
        else:
            other = rng.randrange(len(found) + 1)
            found[place:place] = found[other : other + rng.randrange(1, 40)]
    return bytes(found)


def _tokens_damaged(rng: Random, text: str) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randrange(1, 5)):
        if not tokens:
            break
        place, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        way = rng.randrange(5)
        if way == 0:
            del tokens[place]
        elif way == 1:
            tokens.insert(place, tokens[other])
        elif way == 2:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif way == 3:
            tokens[place] = pick(rng, TOKEN.findall(pick(rng, texts())))
        else:
            tokens[place:place] = tokens[other : other + rng.randrange(1, 12)]
    return "".join(tokens)
