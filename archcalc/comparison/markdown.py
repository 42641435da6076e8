"""A difference for a comment on a pull request: a table of what the networks cost, and the layers as a diff."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.comparison.compared import Compared
from archcalc.comparison.limits import LimitVerdict
from archcalc.comparison.rows import Line, cut, follow_line, lines, summary
from archcalc.comparison.told import amount_rows, claim_lines, legal_lines, limit_line, output_lines, trouble_lines
from archcalc.comparison.words import amount_text, difference_text, share
from archcalc.derivations.markdown import escaped
from archcalc.terminal import display_width, visible

MARKS = {"+": "+", "-": "-", "~": "!", "?": "!", "=": "#", "^": "#"}
"""What colours a line in a block of the language `diff`, by its sign."""
OPEN = 12
"""So many lines of layers are shown at once; more are folded."""
WORDS = {"kept": "✅ kept", "broken": "❌ broken", "undecided": "❓ undecided"}


def markdown(
    difference: Compared, *, fold: bool = True, limits: Sequence[LimitVerdict] = (), layers: bool = True
) -> str:
    """A difference in GitHub's Markdown; GitLab shows the same. Without `layers`, they are only counted."""
    before, after = (escaped(visible(side.address)) for side in (difference.before, difference.after))
    parts = [f"**{before} → {after}**"]
    parts += [escaped(line) for line in trouble_lines(difference)]
    if difference.is_empty:
        parts.append("No difference.")
    else:
        parts.append(_table(difference))
        parts += _layers(difference, fold=fold) if layers else [escaped(summary(difference))]
        others = [*output_lines(difference), *legal_lines(difference), *claim_lines(difference)]
        if others:
            parts.append("\n".join(f"- `{line.sign}` {escaped(f'{line.name}: {line.what}')}" for line in others))
    if limits:
        parts.append("\n".join(f"- {WORDS[one.state]}: {escaped(limit_line(one))}" for one in limits))
    return "\n\n".join(parts)


def _table(difference: Compared) -> str:
    rows = ["| | before | after | change | |", "| :-- | --: | --: | --: | --: |"]
    for amount in amount_rows(difference):
        cells = [
            amount.quantity.replace("_", " "),
            amount_text(amount.before),
            amount_text(amount.after),
            difference_text(amount),
            share(amount),
        ]
        rows.append(f"| {' | '.join(map(escaped, cells))} |")
    return "\n".join(rows)


def _layers(difference: Compared, *, fold: bool) -> list[str]:
    found = lines(difference, fold=fold)
    shown, left = cut(found) if fold else (found, 0)
    told = [summary(difference), *([follow_line(difference)] if fold and follow_line(difference) else [])]
    if not shown:
        return [escaped(line) for line in told]
    width = min(36, max(display_width(visible(line.name)) for line in shown))
    block = [
        "```diff",
        *(_line(line, width) for line in shown),
        *([f"# and {left:,} more lines"] if left else []),
        "```",
    ]
    text = "\n".join(block)
    if len(shown) > OPEN:
        text = f"<details><summary>{escaped(told[0])}</summary>\n\n{text}\n\n</details>"
        told = told[1:]
    return [text, *map(escaped, told)]


def _line(line: Line, width: int) -> str:
    """A line of a block of code: what stands in it is visible and on one line, so that nothing ends the block."""
    name = visible(line.name)
    padding = " " * max(0, width - display_width(name))
    mark = MARKS.get(line.sign, " ")
    sign = f"{mark} " if mark in "+- " else f"{mark} {line.sign} "
    return f"{sign}{name}{padding}  {visible(line.what)}".rstrip()
