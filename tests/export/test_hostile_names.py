"""No text of a spec becomes code: it is refused, or it stays a name or a text whatever it says."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from effort import parts, share
from export.generated import assert_alive, exported
from hostile import FIELDS, NAMES, TEXTS, TITLES, WORDS, Data, assert_harmless
from layers.oracles import load_torch

import archcalc
from archcalc import Architecture
from archcalc.spec.names import problem_with_label, problem_with_value_name

SAMPLE = [*WORDS, *TEXTS]

CODE = ["__import__('os')", "exec('')", "[0][0].__class__", "1 if 1 else exec", "1; import os", "f'{x}'", "x := 1"]


def accepted(spec: Data) -> Architecture | None:
    """The network of a spec if it is one. If not, the check says why, and no code is written."""
    architecture = archcalc.load(spec)
    if architecture.variants:
        architecture = architecture.choose(architecture.variants[0])
    elif "variants" in spec:
        assert any(found.severity == "error" for found in architecture.diagnostics)
        return None
    report = architecture.check()
    if report.ok:
        return architecture
    errors = [found for found in report.diagnostics if found.severity == "error"]
    assert errors and all(found.message and found.span for found in errors)
    with pytest.raises(ValueError, match="cannot be exported"):
        architecture.to_torch()
    return None


@pytest.mark.parametrize("place", NAMES)
def test_names_are_refused_or_stay_names(place: str) -> None:
    load_torch()
    words = share([*WORDS, *TEXTS], list(NAMES).index(place), 4)
    count = 0
    for word in words:
        architecture = accepted(NAMES[place](word))
        if architecture is None:
            continue
        count += 1
        names = [part for node in architecture.check().graph.nodes for part in node.name.split(".")]
        is_computed = word.startswith("$(")  # Where it is accepted, a name is computed: that has to be one.
        for name in names if is_computed else [word, *names]:
            assert re.fullmatch("[A-Za-z0-9_]+(-+[A-Za-z0-9_]+)*", name), word
        assert_harmless(assert_alive(architecture))
    assert count > len(words) / 4


@pytest.mark.parametrize("place", TITLES)
def test_titles_hold_any_text(place: str) -> None:
    count = 0
    texts = share([*TEXTS, *WORDS], list(TITLES).index(place), 4)
    for text in texts:
        architecture = accepted(TITLES[place](text))
        if architecture is not None:
            count += 1
            assert_harmless(exported(architecture))
    # Names of variants are of letters, digits, underscores, dots and dashes.
    assert count > len(texts) / (6 if "variant" in place else 3)


def test_titles_are_said_as_they_are() -> None:
    text = """It's "quoted", \\backslashed {__import__('os')} and ends with \\"""
    source = exported(TITLES["name"](text))
    title = compile(source.text, "generated", "exec").co_consts[0]
    assert title.startswith(text)


@pytest.mark.parametrize("place", FIELDS)
def test_fields_are_refused_or_mean_what_the_language_says(place: str) -> None:
    load_torch()
    for text in [*share(SAMPLE, list(FIELDS).index(place), 4), *CODE]:
        architecture = accepted(FIELDS[place](text))
        if architecture is not None:
            assert_harmless(assert_alive(architecture))


@pytest.mark.parametrize(
    "names",
    [
        ("a_b", "a__b", "A_b", "aB", "AB", "ab"),
        ("conv", "conv_2", "Conv", "conv2", "CONV"),
        ("b", "B", "b_2", "B2", "b2"),
        ("network", "Network", "NETWORK", "network2", "Network2"),
        ("affine", "Affine", "aff_ine", "Affine2"),
        ("tensor", "Tensor", "Module", "nn", "torch"),
    ],
    ids=" ".join,
)
def test_names_that_are_the_same_class_or_variable_are_told_apart(names: tuple[str, ...]) -> None:
    blocks = {
        f"{name}(w{place})": [{"linear": f"w{place}"}, {"add": ["here", [{"linear": f"w{place}"}] * (place + 1)]}]
        for place, name in enumerate(names)
    }
    calls: list[Any] = [{name: 4, "as": f"m{place}"} for place, name in enumerate(names)]
    assert_harmless(
        assert_alive({"name": names[0], "input": [4], "blocks": blocks, "layers": [*calls, *calls_of(names)]})
    )
    layers: list[Any] = [{"linear": 4, "as": name} for name in names]
    together = [{"add": ["here", *names]}, "affine"]
    assert_harmless(assert_alive({"name": names[-1], "input": [4], "layers": [*layers, *together]}))
    inputs = {name: [4] for name in names}
    assert_harmless(assert_alive({"input": inputs, "layers": [{"from": names[0]}, {"add": ["here", *names[1:]]}]}))
    heads = ", ".join(names)
    steps = [{"linear": name} for name in names]
    values = [list(range(3, 3 + len(names))), list(range(4, 4 + len(names)))]
    assert_harmless(
        assert_alive({"input": [4], "blocks": {f"block({heads})": steps}, "layers": [{"block": one} for one in values]})
    )


def calls_of(names: tuple[str, ...]) -> list[Any]:
    """Calls of blocks with other numbers."""
    return [{name: 5} for name in names]


PERMITTED = [word for word in WORDS if not problem_with_label(word) and not problem_with_value_name(word)]
"""Most of the words of a spec are permitted ones: every other one stops the export."""


class Maker:
    """Makes specs with hostile names wherever names stand, at the same time."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.taken: set[str] = set()

    def word(self) -> str:
        """A name that this spec does not have yet, close to those that it has."""
        while True:
            found = self.rng.choice(PERMITTED if self.rng.random() < 0.97 else WORDS)
            if self.rng.random() < 0.3 and self.taken:
                found = self.rng.choice(sorted(self.taken))
                found = self.rng.choice((found.lower(), found.capitalize(), f"{found}_2", f"{found}2", f"_{found}"))
            found = found[:90]
            if found not in self.taken:
                self.taken.add(found)
                return found

    def spec(self) -> Data:
        inputs, symbol, let, width, steps = (self.word() for _ in range(5))
        block, label, group, inner, index = (self.word() for _ in range(5))
        title = self.rng.choice(SAMPLE)
        body: list[Any] = [{"linear": width, "as": inner}, {"add": ["here", [{"linear": width}, "relu"], inner]}]
        layers: list[Any] = [
            {"linear": symbol, "as": label},
            {"relu": None, "as": steps},
            {block: let, "as": group},
            {block: f"{let} + 1"},
            {"for": {index: "1..3"}, "do": [{"linear": f"{index} + {let}", "as": f"{label}$({index})"}]},
            "affine",
            {"do": [{"linear": 4, "as": inner}, "relu", "affine"], "as": self.word()},
            {"add": ["here", [{"linear": 4, "as": self.word()}]]},
        ]
        self.rng.shuffle(layers)
        kept = [step for step in layers if self.rng.random() < 0.8] or layers
        return {
            "name": title,
            "source": self.rng.choice(SAMPLE),
            "input": {inputs: [symbol]},
            "at": {symbol: 6},
            "let": {let: 5},
            "blocks": {f"{block}({width})": body},
            "layers": kept,
            "variants": {self.rng.choice(WORDS): {}},
        }


@pytest.mark.parametrize("seeds", parts(400, 40))
def test_hostile_names_everywhere_at_once(seeds: range) -> None:
    load_torch()
    count = 0
    for seed in seeds:
        architecture = accepted(Maker(random.Random(seed)).spec())
        if architecture is not None:
            count += 1
            assert_harmless(assert_alive(architecture))
    assert 0.1 * len(seeds) < count < len(seeds)
