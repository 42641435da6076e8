"""What autograd keeps of one layer behind a layer that learns is what PyTorch's saved-tensor hooks see, to the byte.

Behind a layer that learns nothing could be kept by mistake without being seen, and where a layer is the first one that
learns, or does not learn itself, PyTorch keeps less.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("torch")

from effort import share
from memory.hooks import Kept, compared

import archcalc
from archcalc.dims import substitute
from archcalc.memory.forward import forward

BATCH = 3

KINDS: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text("utf-8"))
TOKENS = {"shape": [7, 6], "layout": "channels_last"}


def network(name: str, *, behind: bool = True, frozen: bool = False) -> str:
    """A spec with the steps of a kind, behind `first`, a layer that learns, and in front of one that keeps its map."""
    kind = KINDS[name]
    reads = kind["reads"]
    is_map = reads != "tokens"
    learns = {"conv": [reads[0], 1]} if is_map else {"linear": 6}
    first = {**(learns if behind else {"identity": None}), "from": "read", "as": "first"}
    compared = {"do": kind["steps"], "as": "compared", **({"trainable": False} if frozen else {})}
    inputs = {"read": reads if is_map else TOKENS, **kind.get("besides", {})}
    return yaml.safe_dump({"input": inputs, "layers": [first, compared, "sigmoid"]}, sort_keys=False)


def kept(text: str) -> Kept:
    """What is kept of a spec."""
    found = compared(archcalc.load(text), BATCH)
    assert found is not None
    return found


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_behind_one_that_learns(name: str) -> None:
    found = kept(network(name))
    assert (found.here, found.unknown) == (found.theirs, [])
    assert found.here > 0


@pytest.mark.parametrize("name", share(sorted(KINDS), shares=3))
def test_a_frozen_layer_behind_one_that_learns(name: str) -> None:
    found = kept(network(name, frozen=True))
    assert (found.here, found.unknown) == (found.theirs, [])


@pytest.mark.parametrize("name", share(sorted(KINDS), shares=3))
def test_a_layer_that_reads_the_input(name: str) -> None:
    found = kept(network(name, behind=False))
    assert (found.here, found.unknown) == (found.theirs, [])


OPEN_AXES = ("H", "W", "D")
NOT_OPEN = ("regions, largest", "regions that learn, largest")
"""How often maxima are doubled is a logarithm of the size."""


@pytest.mark.parametrize("name", KINDS)
def test_closed_forms_in_the_sizes_are_what_is_kept_at_each(name: str) -> None:
    spec = yaml.safe_load(network(name))
    reads = spec["input"]["read"]
    sizes = reads["shape"] if isinstance(reads, dict) else reads
    axes = range(1) if isinstance(reads, dict) else range(1, len(sizes))
    values = {}
    for axis, letter in zip(axes, OPEN_AXES, strict=False):
        values[letter], sizes[axis] = sizes[axis], letter
    memory = archcalc.load(yaml.safe_dump(spec)).check().memory(BATCH, "sgd")
    if name in NOT_OPEN:
        assert memory.unknown
        return
    wanted = archcalc.load(network(name)).check().memory(BATCH, "sgd").saved
    assert (substitute(memory.saved, values), memory.unknown) == (wanted, ())


CASES = Path(__file__).parents[1] / "cases" / "layers"
NOT_WHOLE = {"lstm", "opaque"}
"""Kinds of which not all can be known."""


def test_all_that_every_kind_of_layer_keeps_is_known() -> None:
    unknown, known = set(), 0
    for path in sorted(CASES.glob("*.yaml")):
        report = archcalc.load(path).check()
        if report.complete:
            nodes = forward(report.graph, BATCH).unknown
            unknown |= {(node.kind, path.stem) for node in nodes if node.kind not in NOT_WHOLE}
            known += not nodes
    assert not unknown
    assert known > 100
