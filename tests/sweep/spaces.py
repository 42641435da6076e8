"""Design spaces as people search them, small enough to be checked one by one: texts, and names with values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple


class DesignSpace(NamedTuple):
    """A spec, and the values of some of its names."""

    text: str
    axes: dict[str, Any]


SUPERNET = """
input: [3, N, N]
at: {N: 64}
rounding: floor
let:
  d1: 2
  d2: 2
  d3: 2
  k11: 3
  k12: 3
  k13: 3
  k21: 3
  k22: 3
  k23: 3
  k31: 3
  k32: 3
  k33: 3
  e11: 3
  e12: 3
  e13: 3
  e21: 3
  e22: 3
  e23: 3
  e31: 3
  e32: 3
  e33: 3
  kernels: [[k11, k12, k13], [k21, k22, k23], [k31, k32, k33]]
  factors: [[e11, e12, e13], [e21, e22, e23], [e31, e32, e33]]
blocks:
  unit(out, kernel, stride=1, groups=1):
    - conv: {out: out, kernel: kernel, stride: stride, padding: kernel // 2, groups: groups, bias: false}
    - batch_norm
    - relu6
  inverted(out, kernel, factor, stride, wide=factor * in_channels):
    - do:
        - unit: [wide, 1]
        - unit: {out: wide, kernel: kernel, stride: stride, groups: wide}
        - conv: {out: out, kernel: 1, bias: false}
    - {add: [here, input], when: stride == 1 and channels(input) == out}
layers:
  - unit: [8, 3, 2]
  - for: {out: [12, 20, 20], stride: [2, 2, 1], depth: [d1, d2, d3], ks: kernels, es: factors}
    do:
      - for: {turn: 1..3, k: ks, e: es}
        do:
          - {inverted: [out, k, e, stride if turn == 1 else 1], when: turn <= depth}
  - global_avg_pool
  - flatten
  - linear: 10
"""

CELLS = """
input: [3, 16, 16]
rounding: floor
let: {a: 0, b: 1, c: 2, d: 1, e: 3, f: 0, cells: 2, width: 8}
blocks:
  step(what):
    - {conv: {out: in_channels, kernel: 1, bias: false}, when: what == 1}
    - {conv: {out: in_channels, kernel: 3, padding: 1}, when: what == 2}
    - {avg_pool: {kernel: 3, stride: 1, padding: 1}, when: what == 3}
  cell(a, b, c, d, e, f):
    - {do: [step: a], as: first}
    - {add: [[{from: input}, {step: b}], [{from: first}, {step: c}]], as: second}
    - add: [[{from: input}, {step: d}], [{from: first}, {step: e}], [{from: second}, {step: f}]]
layers:
  - conv: {out: width, kernel: 3, padding: 1}
  - {repeat: cells, do: [cell: [a, b, c, d, e, f]]}
  - conv: {out: 2*width, kernel: 2, stride: 2}
  - {repeat: cells, do: [cell: [a, b, c, d, e, f]]}
  - global_avg_pool
"""

STAGES = """
input: [3, N, N]
at: {N: 64}
rounding: floor
let: {w1: 16, w2: 32, w3: 64, d1: 1, d2: 2, d3: 3, group: 8, ratio: 1}
blocks:
  unit(out, kernel=1, stride=1, groups=1):
    - conv: {out: out, kernel: kernel, stride: stride, padding: kernel // 2, groups: groups, bias: false}
    - batch_norm
  residual(out, stride, inner=ratio * out):
    - add:
        - - unit: [inner]
          - relu
          - unit: [inner, 3, stride, inner / group]
          - unit: [out]
        - [{unit: [out, 1, stride], when: stride != 1 or in_channels != out}]
    - relu
layers:
  - unit: [16, 3, 2]
  - for: {w: [w1, w2, w3], d: [d1, d2, d3]}
    do:
      - residual: [w, 2]
      - {repeat: d - 1, do: [residual: [w, 1]]}
  - global_avg_pool
  - flatten
  - linear: 5
"""

ENCODER = """
input: [3, N, N]
at: {N: 64}
let: {levels: 2, width: 4, turns: 1, padding: 1, kernel: 3}
blocks:
  double(out):
    - repeat: turns
      do: [conv: {out: out, kernel: kernel, padding: padding}, batch_norm, relu]
  up(out, skip):
    - conv_transpose: [out, 2, 2]
    - concat: [[{crop: {to: here}, from: skip}], here]
    - double: out
layers:
  - for: {i: 1..3}
    do:
      - {double: width*2**(i-1), as: enc$i, when: i <= levels}
      - {max_pool: 2, when: i <= levels}
  - {double: width*2**levels, as: bottom}
  - for: {i: [3, 2, 1]}
    do:
      - {up: [width*2**(i-1), enc$i], when: i <= levels}
  - {conv: [2, 1], as: head}
"""

SCALED = """
input: [3, N, N]
at: {N: 64}
rounding: floor
let:
  width: 1
  depth: 1
  rounded(c): max(8, 8 * ((c*width + 4) // 8))
layers:
  - conv: {out: rounded(16), kernel: 3, stride: 2, padding: 1}
  - for: {c: [16, 24, 40], n: [1, 2, 3], k: [3, 5, 3]}
    do:
      - repeat: ceil(n*depth)
        do:
          - conv: {out: rounded(c), kernel: k, padding: k // 2}
          - relu
      - max_pool: {kernel: 2, stride: 2}
  - global_avg_pool
  - flatten
  - linear: 10
"""

NAMED = """
input: {image: [3, N, N], mask: [1, N, N]}
at: {N: 16}
rounding: floor
let: {k: 3, act: relu, twice: true, widths: [4, 8], head: true}
layers:
  - {conv: {out: 4, kernel: k, padding: k // 2}, from: image, as: stem}
  - {conv: {out: 4, kernel: 3, padding: 1}, from: mask, as: side}
  - {apply: act, as: active}
  - concat: [stem, [{from: side}, {apply: act}], here]
  - do:
      - for: {w: widths}
        do: [conv: {out: w, kernel: 3, padding: 1}, batch_norm]
    as: body
  - {add: [here, here], when: twice}
  - {conv: [2, 1], as: extra, when: head}
output: [extra, body]
"""

SPACES = {
    "supernet": DesignSpace(SUPERNET, {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4), "N": range(32, 129, 16)}),
    "cells": DesignSpace(
        CELLS, {"a": (0, 1, 2, 3), "b": (1, 2), "c": (0, 3), "d": (0, 2), "e": (0, 1), "f": (0, 2, 3)}
    ),
    "cells and their number": DesignSpace(CELLS, {"?": (0, 1, 2), "cells": range(4), "width": (3, 8)}),
    "stages": DesignSpace(
        STAGES, {"w?": (16, 24, 32, 48), "d?": range(1, 6), "group": (4, 8, 16), "ratio": (1, Fraction(1, 2))}
    ),
    "encoder": DesignSpace(
        ENCODER,
        {
            "levels": range(4),
            "width": (4, 6),
            "turns": range(3),
            "padding": (0, 1, 2),
            "kernel": (1, 3, 4),
            "N": range(8, 72),
        },
    ),
    "scaled": DesignSpace(
        SCALED,
        {
            "width": [Fraction(n, 10) for n in range(3, 20)],
            "depth": [Fraction(n, 10) for n in range(0, 31, 2)],
            "N": range(4, 80, 3),
        },
    ),
    "named": DesignSpace(
        NAMED,
        {
            "k": (1, 2, 3),
            "act": "relu,silu,nothing",
            "twice": "true,false",
            "widths": "[4],[4,8],[],[2,4,12]",
            "head": "true,false",
            "N": "1..20",
        },
    ),
}
