"""A difference in a notebook: a table of what the networks cost, and one of the layers that differ.

There is no script in it and nothing to load. Every name and text of a spec is escaped.
"""

from __future__ import annotations

from archcalc.comparison.compared import Compared
from archcalc.comparison.rows import Line, cut, follow_line, lines, summary
from archcalc.comparison.told import amount_rows, claim_lines, legal_lines, output_lines, trouble_lines
from archcalc.comparison.words import amount_text, difference_text, share
from archcalc.report.html import grid, text

COLORS = {"+": "#1a7f37", "-": "#cf222e", "~": "#9a6700", "?": "#9a6700", "=": "#0969da", "^": "#0969da"}
"""Readable on a light and on a dark page; the sign says the same."""


def fragment(difference: Compared) -> str:
    """A difference for a notebook."""
    sides = " → ".join(text(side.address) for side in (difference.before, difference.after))
    parts = [f"<div><b>{sides}</b></div>", *(f"<div>{text(line)}</div>" for line in trouble_lines(difference))]
    if difference.is_empty:
        parts.append("<div>no difference</div>")
    else:
        parts.append(_amounts(difference))
        parts.append(_layers(difference))
        others = [*output_lines(difference), *legal_lines(difference), *claim_lines(difference)]
        parts += [f"<div>{_sign(line)} {text(line.name)}: {text(line.what)}</div>" for line in others]
    return f'<div class="archcalc">{"".join(parts)}</div>'


def _amounts(difference: Compared) -> str:
    rows = [
        [
            text(cell)
            for cell in (
                amount.quantity.replace("_", " "),
                amount_text(amount.before),
                amount_text(amount.after),
                difference_text(amount),
                share(amount),
            )
        ]
        for amount in amount_rows(difference)
    ]
    return grid(("", "before", "after", "change", ""), rows, counts=4)


def _layers(difference: Compared) -> str:
    shown, left = cut(lines(difference))
    told = [follow_line(difference), summary(difference)]
    notes = "".join(f"<div><small>{text(line)}</small></div>" for line in told if line)
    if not shown:
        return notes
    rows = [[_sign(line), text(line.name), text(line.what)] for line in shown]
    rows += [["", f"and {left:,} more lines", ""]] if left else []
    return grid(("", "layer", "what has become of it"), rows) + notes


def _sign(line: Line) -> str:
    return f'<b style="color:{COLORS.get(line.sign, "inherit")}">{text(line.sign)}</b>'
