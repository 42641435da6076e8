"""Values against a quantity, as curves, beside what a rule says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from archcalc.charts.chart import PALETTE, Chart, named, panels, powers_of_two

Curves = Mapping[str, Mapping[float, float]]

FEW = 20
"""So many points of a curve are marked, and stand at the axis; more are a line."""


def curves(
    title: str,
    fields: Mapping[str, Curves],
    *,
    rules: Mapping[str, Curves] | None = None,
    across: str = "",
    logarithmic: Collection[Literal["across", "up"]] = (),
    joined: bool = True,
) -> Chart:
    """Curves in panels beside each other: for each panel, and each label in it, values y by x.

    A curve of one point is a mark. `rules` has curves of the same panels and labels, drawn dotted in the colour of the
    label: what a formula says of the values. `across` says what x is; axes that are `logarithmic` go in powers of two
    across, and of ten up. Values that are not `joined` are points, between which there is nothing. Raises: ValueError
    for a rule of something that is not drawn.

    >>> squares = {"y": {"squares": {x: x**2 for x in range(5)}}}
    >>> curves("squares", squares, rules={"y": {"squares": {0: 0, 4: 16}}}, across="x")
    <Chart squares>
    """
    for name, expected in (rules or {}).items():
        if lost := [label for label in expected if label not in fields.get(name, {})]:
            raise ValueError(f"there is a rule for {lost[0]!r} in {name!r}, and no curve")
    wide = 7.5 if len(fields) == 1 else 4.5
    figure, (line,) = panels(len(fields), 1, (wide * len(fields), 3.2))
    for axes, (name, drawn) in zip(line, fields.items(), strict=True):
        expected = (rules or {}).get(name, {})
        for index, (label, values) in enumerate(drawn.items()):
            color = PALETTE[index % len(PALETTE)]
            _curve(axes, values, color=color, label=label, **_style(values, joined))
            if label in expected:
                _curve(axes, expected[label], color=color, linestyle=":", linewidth=1)
        _finish(axes, drawn, across, logarithmic, wide - 0.5)
        named(axes, name)
    return Chart(figure, title)


def _curve(axes: Any, values: Mapping[float, float], **style: Any) -> None:
    axes.plot(list(values), list(values.values()), **style)


def _style(values: Mapping[float, float], joined: bool) -> dict[str, Any]:
    if len(values) == 1 or not joined:
        return {"marker": "o", "linestyle": "none", "markersize": 6}
    return {"marker": "o", "markersize": 3} if len(values) <= FEW else {}


def _finish(axes: Any, drawn: Curves, across: str, logarithmic: Collection[str], wide: float) -> None:
    if "across" in logarithmic:
        axes.set_xscale("log", base=2)
        powers_of_two(axes.xaxis)
    if "up" in logarithmic:
        axes.set_yscale("log")
    places = sorted({x for values in drawn.values() for x in values})
    if len(places) <= FEW:
        axes.set_xticks(places, [f"{x:g}" for x in places])
    axes.set_xlabel(across, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    if len(drawn) > 1:
        _legend(axes, drawn, wide)


def _legend(axes: Any, labels: Collection[str], wide: float) -> None:
    """The labels in lines above the curves, where room is made for them."""
    in_line = max(1, int(wide / (0.5 + 0.075 * max(map(len, labels)))))
    lines = -(-len(labels) // in_line)
    scale = axes.yaxis.get_transform()
    bottom, top = scale.transform(axes.get_ylim())
    axes.set_ylim(top=scale.inverted().transform(top + 0.09 * lines * (top - bottom)))
    axes.legend(fontsize=8, frameon=False, loc="upper left", ncols=in_line, columnspacing=1, handlelength=1.5)
