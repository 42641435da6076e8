"""All safe repairs at once: names as PyTorch has them become archcalc's, and nothing else of the text is touched."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import effort
import pytest
from catalogue import FILES
from layouts import written
from strategies import random_spec

from archcalc.editor.actions import Action, actions, all_safe
from archcalc.editor.networks import Networks
from archcalc.source import SourceFile

KINDS = {"conv": "Conv2d", "relu": "ReLU", "max_pool": "MaxPool2d", "batch_norm": "BatchNorm2d", "linear": "Linear"}
FIELDS = {"kernel": "kernel_size", "out": "out_channels"}
STEP = re.compile(
    rf"^([^#\n]*?[-{{\[] )({'|'.join(KINDS)})(?=: |$)|^([^#\n]*?\{{)({'|'.join(KINDS)})(?=: )", re.MULTILINE
)
FIELD = re.compile(rf"^([^#\n]*?(?:conv|max_pool): \{{(?:[^#\n{{}}]*?, )?)({'|'.join(FIELDS)})(?=: )", re.MULTILINE)
SEEDS = 2000


def misspelt(text: str, rng: Random) -> str:
    """The text with some names of layers and fields as PyTorch has them."""
    for _ in range(rng.randrange(1, 4)):
        found = [(match.start(2), match[2]) for match in STEP.finditer(text) if match[2]]
        found += [(match.start(4), match[4]) for match in STEP.finditer(text) if match[4]]
        found += [(match.start(2), match[2]) for match in FIELD.finditer(text)]
        found = [one for one in found if "rounding" not in text[text.rfind("\n", 0, one[0]) + 1 : one[0]]]
        if found:
            at, name = rng.choice(found)
            text = text[:at] + (KINDS | FIELDS)[name] + text[at + len(name) :]
    return text


def repaired(name: str, text: str, rng: Random) -> None:
    """The text comes back letter by letter: so the networks are the same, and the comments where they were."""
    wrong = misspelt(text, rng)
    if wrong != text:
        assert all_safe(Networks(SourceFile(name, wrong))) == text


@pytest.mark.parametrize("path", effort.share(FILES, turn=5), ids=lambda path: path.stem)
def test_names_of_the_catalogue_come_back(path: Path) -> None:
    rng = Random(path.stem)
    for _ in range(3):
        repaired(path.name, path.read_text(encoding="utf-8"), rng)


@pytest.mark.parametrize("seeds", effort.parts(SEEDS, 50), ids=lambda seeds: f"{seeds.start}-{seeds.stop}")
def test_names_of_random_specs_come_back(seeds: range) -> None:
    for seed in seeds:
        rng = Random(seed)
        text, name = written(rng, random_spec(rng))
        reports = [one.report for one in Networks(SourceFile(name, text)).check_all()]
        # A text that may mean something else is left to its author.
        if name.endswith(".yaml") and all(report.ok and not report.suspicions for report in reports):
            repaired(name, text, rng)


def test_a_repair_that_is_chosen_changes_its_line_alone() -> None:
    text = "input: [3, 8, 8]\nlayers:\n  - conv: {out: 8, kernel_size: 3}  # the first\n  - ReLU  # the second\n"
    known = Networks(SourceFile("net.yaml", text))
    chosen = [one for line in (3, 4) for one in actions(known, line, line) if one.is_safe]

    def lines(action: Action) -> set[int]:
        return {change.span.line for change in action.changes}

    assert chosen and all(lines(one) <= set(range(one.lines[0], one.lines[1] + 1)) for one in chosen)
