"""The graph of a page: no box lies on another one, and no edge runs through a box that it does not belong to."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import effort
import pytest
from catalogue import networks, report
from page.comparing import HERE, LARGEST, needs_node

import archcalc
from archcalc.page.data import network

pytestmark = needs_node

AGAIN = """
input: [4, 8, 8]
blocks:
  unit:
    - add: [here, [{conv: [4, 3, 1, 1]}, relu]]
layers:
  - {unit, as: first}
  - {conv: [4, 1], as: between}
  - {use: first, as: second}
  - {add: [first, second], as: both}
"""
"""A scope whose weights are used again behind a layer that reads it."""


def geometry(*found: archcalc.Report) -> list[dict[str, Any]]:
    """What is wrong with the graphs of networks, as they are at the start, unfolded and folded."""
    asked = json.dumps([network(one, []) for one in found])
    command = ["node", str(HERE / "geometry.mjs")]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def test_boxes_and_edges_of_the_catalogue_keep_apart() -> None:
    chosen = effort.share([name for name in networks() if name != LARGEST], shares=20)
    for name, states in zip(chosen, geometry(*map(report, chosen)), strict=True):
        for state, found in states.items():
            assert (found["wrong"], found["lost"]) == ([], []), f"{name}, {state}"


@pytest.mark.parametrize("name", ["googlenet:caffe-heads", "inception_v3:aux", "unet:paper", "resnet:resnet50"])
def test_wide_nets_and_long_skips_are_right_with_everything_unfolded(name: str) -> None:
    (states,) = geometry(report(name))
    assert states["open"]["wrong"] == []
    assert states["open"]["boxes"] > states["start"]["boxes"] >= states["closed"]["boxes"]


def test_a_block_that_is_used_again_is_laid_out() -> None:
    checked = archcalc.load(AGAIN).check()
    assert checked.ok
    (states,) = geometry(checked)
    assert [found["wrong"] + found["lost"] for found in states.values()] == [[], [], []]
