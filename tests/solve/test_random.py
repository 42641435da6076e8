"""Random questions about random small networks, answered by the search and by trying every value."""

from __future__ import annotations

from math import prod
from typing import Any

from brute import tried, within
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.api.report import Report
from archcalc.solve import solve

RANGES = {"N": range(1, 15), "w": range(5), "k": range(6), "p": range(4), "s": range(4), "d": range(4)}
"""Sizes, widths, kernels, paddings, strides and depths that are tried."""

LAYERS = (
    "conv: {out: w, kernel: k, padding: p}",
    "conv: {out: 2 * w + 1, kernel: 3, padding: 1, stride: s}",
    "max_pool: {kernel: k, stride: 2}",
    "avg_pool: 2",
    "conv_transpose: {out: w, kernel: 2, stride: 2}",
    "repeat: d\n    do: [conv: [w, 3]]",
    "add: [here, [conv: {out: in_channels, kernel: k, padding: p}]]",
    "conv: {out: w/2, kernel: k, padding: (k - 1)/2}",
    "batch_norm",
)


@st.composite
def specs(draw: st.DrawFn) -> str:
    layers = draw(st.lists(st.sampled_from(LAYERS), min_size=1, max_size=3))
    ends = draw(st.sampled_from(["", "  - flatten\n  - linear: w\n"]))
    values = {name: draw(st.sampled_from(list(values))) for name, values in RANGES.items() if name != "N"}
    lets = ", ".join(f"{name}: {value}" for name, value in values.items())
    steps = "".join(f"  - {layer}\n" for layer in layers)
    rounding = draw(st.sampled_from(["exact", "floor", "ceil"]))
    return f"input: [1, N, N]\nat: {{N: 12}}\nrounding: {rounding}\nlet: {{{lets}}}\nlayers:\n{steps}{ends}"


def output(report: Report) -> tuple[Any, ...]:
    found = report.outputs["output"]
    assert found is not None
    return found


# What flattens a map is a view, which holds no numbers of its own.
WISHES = {
    "parameters": lambda report: report.totals.parameters,
    "multiplications": lambda report: report.totals.multiplications,
    "activations": lambda report: sum(prod(layer.output) for layer in report if layer.kind != "flatten"),
    "channels": lambda report: output(report)[0],
    "layers": len,
}
COMPARED = {
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}


@examples(60)
@given(
    specs(),
    st.lists(st.sampled_from(sorted(RANGES)), min_size=1, max_size=2, unique=True),
    st.sampled_from(sorted(WISHES)),
    st.sampled_from(sorted(COMPARED)),
    st.sampled_from([0, 1, 2, 7, 20, 100, 300, 1000]),
)
def test_the_same_as_trying_every_value(text: str, names: list[str], quantity: str, operator: str, bound: int) -> None:
    architecture = archcalc.load(text)
    domains = {name: RANGES[name] for name in names}
    expected = tried(architecture, domains, lambda report: COMPARED[operator](WISHES[quantity](report), bound))
    unknowns = [f"{name}={values.start}..{values.stop - 1}" for name, values in domains.items()]
    found = solve(architecture.program, unknowns, f"{quantity} {operator} {bound}")
    assert found.complete
    assert within(found, domains) == expected
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert bool(found.reason) != bool(expected)


@examples(40)
@given(specs(), st.sampled_from(["N", "w", "k", "p"]), st.sampled_from([1, 7, 100, 1000]))
def test_what_is_decided_at_once_holds_far_away(text: str, name: str, bound: int) -> None:
    architecture = archcalc.load(text)
    found = solve(architecture.program, name, f"multiplications <= {bound}")
    if not found.complete:
        return
    domains = {name: [*range(1, 20), 63, 64, 65, 66, 1000, 1001]}
    expected = tried(architecture, domains, lambda report: report.totals.multiplications <= bound)
    assert within(found, domains) == expected
