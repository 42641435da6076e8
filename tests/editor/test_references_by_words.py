"""Where a name is given once and nothing else is called so, all its places are all the places of the word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from catalogue import FILES
from editor.renamed import names_of, spelled
from effort import parts
from strategies.specs import random_spec

from archcalc.expressions.functions import NAMES as FUNCTIONS
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS, layer_fields
from archcalc.quantities import COUNTINGS, QUANTITIES
from archcalc.spec.claims import CLAIM_KEYS
from archcalc.spec.names import RESERVED_WORDS, STEP_KEYS, WIRING_KINDS
from archcalc.spec.reader import INPUT_KEYS, SPEC_KEYS

TAKEN = {
    *("x", "batch", "network", "in", "of"), *FUNCTIONS, *WORDS, *KINDS, *QUANTITIES, *COUNTINGS, *CLAIM_KEYS,
    *RESERVED_WORDS, *STEP_KEYS, *WIRING_KINDS, *SPEC_KEYS, *INPUT_KEYS,
    *(field for kind in KINDS for field in layer_fields(kind)[0]),
}  # fmt: skip


def given(data: Any) -> Iterator[str]:
    """Every name that data gives, as often as it does: read from the data alone, without archcalc."""
    if isinstance(data, list):
        for item in data:
            yield from given(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "as":
                yield from str(value).split(".")
            elif key in ("let", "at", "blocks", "for", "variants") and isinstance(value, dict):
                for head in value:
                    yield from (part.partition("=")[0].strip() for part in re.split(r"[(),]", str(head)))
            elif key == "input" and isinstance(value, dict) and not isinstance(value.get("shape"), list):
                yield from value
            yield from given(value)


def symbols(data: dict[str, Any]) -> set[str]:
    """Words among the sizes of inputs, which may be given there alone."""
    inputs = [data.get("input"), *(one.get("input") for one in (data.get("variants") or {}).values() if one)]
    return set(re.findall(r"[A-Za-z_]\w*", repr(inputs))) - {"shape", "count", "dtype", "layout", "None", "int"}


PROSE = ("name", "source", "because")
LEFT_OUT = re.compile(
    rf"""(?:^|\s)\#.*                                       # a comment
    |^\s*(?:- )?(?:{"|".join(PROSE)}):\ .*                  # prose to the end of its line
    |\b(?:{"|".join(PROSE)})"?:\ *(?:"[^"]*"|'[^']*'|[^,}}]*)  # prose in braces
    |"[^"]*(?:\*\.|\.\*|\?)[^"]*"                           # a pattern
    """,
    re.VERBOSE,
)


def places(text: str, word: str) -> list[tuple[int, int]]:
    """Where a word stands, outside of comments, prose and patterns."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        code = LEFT_OUT.sub(lambda match: " " * len(match[0]), line)
        pattern = rf"(?<!\w)(?<!\w-){re.escape(word)}(?!-?\w|\$)"
        found += [(number, match.start() + 1) for match in re.finditer(pattern, code)]
    return found


def compare(text: str) -> int:
    """Hold the places of names against those of words; how many there were to compare."""
    data = yaml.safe_load(text)
    counts = Counter(given(data))
    computed = [re.sub(r"\\\$\\\(.*?\\\)|\\\$\w+", r"[0-9]+", re.escape(one)) for one in counts if "$" in one]
    born = symbols(data)
    names = names_of(text)
    compared = 0
    for one in names.occurrences:
        word = names.text(one)
        is_one = counts[word] == 1 and word not in born
        if not one.is_definition or not is_one or word in TAKEN or not re.fullmatch(r"\w+", word) or word.isdigit():
            continue
        if any(re.fullmatch(pattern, word) for pattern in computed):
            continue
        (name,) = one.names
        spans = [each.span for each in name.occurrences if not each.is_pattern and each.span is not None]
        found = sorted({(span.line, span.column) for span in spans})
        assert found == places(text, word), word
        compared += 1
    return compared


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_places_in_the_catalogue(path: Path) -> None:
    assert compare(path.read_text("utf-8"))


@pytest.mark.parametrize("seeds", parts(2000, 200), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_places_in_random_specs(seeds: range) -> None:
    compared = 0
    for seed in seeds:
        rng = Random(seed)
        compared += compare(spelled(random_spec(rng), rng))
    assert compared > len(seeds)
