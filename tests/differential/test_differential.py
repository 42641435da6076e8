"""More than two thousand random networks, judged by PyTorch.

As many as wanted: `python tests/differential/run.py --count 100000`.
"""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from effort import parts

from differential.cases import FOLDER, read, written
from differential.draw import RUN, subjects
from differential.judge import Judgement, Subject, judge

PART = 3 * len(RUN)
"""Seeds of a part: every kind of layer is wanted three times, and some seeds bring a second network."""
SEEDS = 10 * PART


def judged(subject: Subject) -> Judgement:
    """The judgement of a network without what PyTorch says about tensors of no elements and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return judge(subject)


@pytest.mark.parametrize("seeds", parts(SEEDS, PART))
def test_random_networks_agree_with_pytorch(seeds: range) -> None:
    torch.set_num_threads(1)
    seen: Counter[str] = Counter()
    for seed in seeds:
        for subject in subjects(seed):
            found = judged(subject)
            seen += found.seen
            seen["graph"] += 1
            if found.disagreements:
                told = "\n".join(f"{one.sort}: {one.told} at {one.values}" for one in found.disagreements)
                pytest.fail(f"seed {seed}: {told}\n{written(subject, 'as a file of regressions:')}", pytrace=False)
    _saw_enough(seen, len(seeds))


def _saw_enough(seen: Counter[str], count: int) -> None:
    """A test that judged nothing would agree with everything."""
    assert not [kind for kind in RUN if not seen[f"kind {kind}"]], "no legal network has a layer of these kinds"
    assert seen["graph"] >= count
    assert seen["legal graph"] >= 0.95 * count
    assert seen["legal pair"] >= 1.5 * count
    assert seen["illegal pair"] >= 0.3 * count
    assert seen["real run"] >= 0.03 * count
    assert seen["fixed graph"] + seen["refused"] <= 0.2 * count, "the code is mostly for all sizes"
    for policy in ("exact", "floor", "ceil"):
        assert seen[f"rounding {policy}"] >= 0.05 * count
    for policy in ("floor", "ceil"):
        assert seen[f"fraction rounded by {policy}"], policy
    for what in (
        "shared layer", "several outputs", "several inputs", "nested scope", "frozen layer", "items",
        "layer with a map in a field", "rounded down", "run on meta", "run on cpu",
    ):  # fmt: skip
        assert seen[what], what
    errors = {name.split()[1] for name in seen if name.startswith("error ")}
    assert {"AC301", "AC303", "AC306", "AC310"} <= errors


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_old_disagreements_stay_settled(path: Path) -> None:
    found = judged(read(path))
    assert not found.disagreements
    assert found.seen["pair"] or found.seen["illegal graph"]


def test_every_regression_says_what_it_was() -> None:
    for path in FOLDER.glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# "), path.name
