"""What a name stands for: where it is given, the value of a symbol, and the sizes at which the network is legal."""

from __future__ import annotations

from archcalc.dims.figures import grouped
from archcalc.editor.names import Names, Occurrence
from archcalc.editor.names.model import WORDS
from archcalc.editor.networks import Checked
from archcalc.program import InvalidSpec
from archcalc.report.sizes import in_words

_SHOWN = 4
"""Places where a name is given that are shown."""


def meaning(names: Names, one: Occurrence, shown: Checked) -> str:
    """What a name stands for, as Markdown.

    >>> from archcalc.editor.networks import Networks
    >>> from archcalc.source import SourceFile
    >>> networks = Networks(SourceFile("net.yaml", "input: [1, N]\\nat: {N: 8}\\nlayers: [max_pool: 2]"))
    >>> names = networks.names
    >>> print(meaning(names, names.at(1, 12), networks.network(None)))
    symbol **N** = 8; legal: N = 0 (mod 2)
    """
    text = names.text(one)
    head = f"{WORDS[one.kind]} **{text}**"
    if one.kind == "symbol":
        return f"{head}{_value(text, shown)}"
    lines = dict.fromkeys(span.line for span in names.definitions(one))
    written = [names.program.file.line(line).strip() for line in lines]
    more = [f"… and {len(written) - _SHOWN} more"] if len(written) > _SHOWN else []
    return "\n\n".join([head, *(fenced(line, "yaml") for line in written[:_SHOWN]), *more])


def fenced(text: str, language: str = "text") -> str:
    """Text that Markdown shows as it is, whatever is in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _value(name: str, shown: Checked) -> str:
    """The value of a symbol in the network that is shown, and its legal values."""
    report = shown.report
    value = report.symbols.get(name)
    told = f" = {grouped(value)}" if isinstance(value, int) else ""
    try:
        legal = in_words(report.legal_sizes)
    except InvalidSpec:
        return told
    return f"{told}; legal: {legal}"
