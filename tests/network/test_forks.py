"""The maps of a fork with a name."""

from __future__ import annotations

import archcalc

FORK = """
input: [8]
layers:
  - {fork: [[linear: 8], [linear: 4]], as: parts}
  - {linear: 2, from: parts.0, as: head}
output: [parts, head]
"""


def test_a_fork_and_a_layer_are_outputs_together() -> None:
    assert archcalc.load(FORK).check().outputs == {"parts.0": (8,), "parts.1": (4,), "head": (2,)}


def test_code_gives_all_of_them() -> None:
    assert "return out, " in archcalc.load(FORK).to_torch()


def test_a_step_does_not_take_the_name_of_a_fork() -> None:
    text = FORK.replace("as: head", "as: parts").replace(", head]", "]")
    (found,) = archcalc.load(text).check().diagnostics
    assert (found.code.id, found.message) == ("AC202", "the name `parts` is used twice in the network")
