"""`archcalc new`: a commented spec to begin with."""

from __future__ import annotations

import argparse

from archcalc.cli.console import say

STARTER = """\
name: My network
input: [3, N, N]                # channels, height, width; the batch is implicit
at: {N: 64}                     # what N stands for in tables: try --set N=65, or archcalc sizes
rounding: floor                 # what happens where a window does not fit: PyTorch and Keras round down
let: {width: 16}                # a name for a value: try archcalc solve ... --for width

blocks:                         # layers of your own, with parameters
  unit(out, stride=1):
    - {conv: {out: out, kernel: 3, stride: stride, padding: 1, bias: false}, as: conv}
    - {batch_norm, as: bn}
    - add:                      # a shortcut: what entered the block, projected where its shape differs
        - here
        - - from: input
          - {conv: [out, 1, stride], as: shortcut, when: stride != 1 or in_channels != out}
    - relu

layers:
  - {conv: {out: width, kernel: 3, padding: 1}, as: stem}
  - {unit: width, as: unit1}
  - {max_pool: 2, as: pool}
  - {unit: 2 * width, as: unit2}
  - global_avg_pool
  - flatten
  - {linear: 10, as: head}

expect:                         # claims that check verifies
  - {output: [10]}
  - {parameters: ..20k}
"""
"""A network that is ok, with what a beginner looks for: symbols, a block, a shortcut, claims."""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = "Print a commented spec to begin with: archcalc new > net.yaml, or archcalc new -o net.yaml."
    command.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    command.add_argument("--force", action="store_true", help="overwrite the file if it exists")


def run(options: argparse.Namespace) -> int:
    """Write the starter; returns the exit code."""
    from archcalc.cli.output import deliver
    from archcalc.terminal import visible

    if deliver(STARTER.encode("utf-8"), options):
        say(f"wrote {visible(options.output)}; `archcalc check {visible(options.output)}` checks it")
    return 0
