"""What became of the claims about a network, for a terminal: what holds in few lines, the rest with its reason.

A claim that fails, or that cannot be decided, is a diagnostic with its place, and stands there alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from archcalc.diagnostics.codes.claims import CLAIM_EXPLAINED
from archcalc.diagnostics.model import Diagnostic
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import about, computed, held_line, with_value
from archcalc.terminal import Style, Terminal

MARKS: dict[str, tuple[str, Style]] = {
    "holds": ("ok", "green"),
    "fails": ("FAILS", "red"),
    "explained": ("explained", "cyan"),
    "surprise": ("FAILS", "red"),
    "undecided": ("open", "yellow"),
    "unknown": ("unknown", "yellow"),
}
"""What became of a claim, in a word."""

MANY = 8
"""From so many claims of one source on that hold, they are counted in one line."""
MOST = 20
"""Claims that are listed; of more, the rest is counted."""

_MARGIN = 11


def lines(verdicts: Sequence[Verdict], terminal: Terminal) -> list[str]:
    """A line for each claim that holds or is explained, unless one source has many; how many are unknown."""
    texts = [*_holding(verdicts), *_explained(verdicts)]
    if unknown := sum(verdict.state == "unknown" for verdict in verdicts):
        are = "claim is" if unknown == 1 else "claims are"
        texts.append(("unknown", f"{unknown:,} {are} not judged because of errors"))
    return [line for state, text in texts for line in _marked(state, text, terminal)]


def beside(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics that are told beside the lines of claims."""
    return [found for found in diagnostics if found.code is not CLAIM_EXPLAINED]


def _holding(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    by_source: dict[tuple[str | None, bool], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.state == "holds":
            by_source.setdefault((verdict.source, verdict.how == "in the range"), []).append(verdict)
    for (_, are_budgets), held in by_source.items():
        # A budget is told with what is left of it.
        if len(held) < MANY or (are_budgets and len(held) <= MOST):
            yield from (("holds", held_line(verdict)) for verdict in held)
        else:
            yield "holds", _counted(held)


def _counted(held: list[Verdict]) -> str:
    """Many claims of one source in a line."""
    source = f" of {held[0].source}" if held[0].source else ""
    quantities = Counter(verdict.quantity.replace("_", " ") for verdict in held)
    parts = ", ".join(f"{count:,} of {quantity}" for quantity, count in quantities.items())
    return f"{len(held):,} claims{source} hold: {parts}"


def _explained(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    explained = [verdict for verdict in verdicts if verdict.state == "explained"]
    for verdict in explained[:MOST]:
        source = f" ({verdict.source})" if verdict.source else ""
        reason = f": {verdict.because}" if verdict.because else ""
        yield "explained", f"{about(verdict)}: {with_value(verdict)}, computed {computed(verdict)}{source}{reason}"
    if len(explained) > MOST:
        yield "explained", f"and {len(explained) - MOST:,} more"


def _marked(state: str, text: str, terminal: Terminal) -> Iterator[str]:
    word, style = MARKS[state]
    first, *rest = terminal.wrapped(text, less=_MARGIN)
    yield f"{terminal.paint(f'{word:>9}', style)}  {first}"
    yield from (" " * _MARGIN + line for line in rest)
