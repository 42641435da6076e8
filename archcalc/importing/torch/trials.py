"""Sizes at which a module is tried: what it does there, or in its own words why it does not run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.trace import Trace


class Trials(NamedTuple):
    """What can be asked of a module that was traced.

    `trace` gives what it does with inputs, without products, or what it says against them. `refusals` gives for each of
    several sizes what it says against them, or None where it runs.
    """

    trace: Callable[[Sequence[Input]], Trace | str]
    refusals: Callable[[Sequence[Sequence[Input]]], list[str | None]]
