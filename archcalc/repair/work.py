"""What work on a network is measured by: its layers."""

from __future__ import annotations

from archcalc.checking import Checked

READ = 20
"""A check takes as long as so many layers besides."""


def layers_of(report: Checked) -> int:
    """The layers of a network, a merge counted once for each of its branches, and its inputs."""
    return len(report.graph.inputs) + sum(max(1, len(node.inputs)) for node in report.graph.nodes)


def extent(report: Checked) -> str:
    """What makes a network large, in words."""
    layers, inputs = len(report.graph.nodes), len(report.graph.inputs)
    count, what = (layers, "layer") if layers >= inputs else (inputs, "input")
    return f"{count:,} {what}{'' if count == 1 else 's'}"
