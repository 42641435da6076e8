"""Sizes at which a module is tried: what it does there, or in its own words why it does not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.trace import Trace

ANOTHER = "it is another network there"


class Trials(NamedTuple):
    """What can be asked of a module that was traced.

    `trace` gives what it does with inputs, without products, or what it says against them. `refusals` gives for each of
    several sizes what it says against them, or None where it runs.
    """

    trace: Callable[[Sequence[Input]], Trace | str]
    refusals: Callable[[Sequence[Sequence[Input]]], list[str | None]]


class Refusal(NamedTuple):
    """Inputs at which a module is not the network that was read, and why."""

    inputs: Sequence[Input]
    reason: str
