"""Tables of words and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from archcalc.api.report import Report
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import computed, with_value
from archcalc.report.columns import shape_text
from archcalc.report.layers import LayerReport


class Table:
    """Rows for a notebook, as Markdown: cells may hold `**bold**`, `$x^2$` and `<br>`."""

    def __init__(self, lines: list[list[str]], align: str) -> None:
        self.lines = lines
        self.align = align

    def _repr_markdown_(self) -> str:
        marks = {"l": ":---", "c": ":---:", "r": "---:"}
        head, *rows = self.lines
        lines = [head, [marks[letter] for letter in self.align], *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.lines, strict=True)]
        return "\n".join(
            "  ".join(f"{cell:{'<^>'['lcr'.index(letter)]}{width}}" for cell, letter, width in row).rstrip()
            for row in (zip(line, self.align, widths, strict=True) for line in self.lines)
        )


def table(head: Sequence[object], rows: Iterable[Sequence[object]], align: str = "") -> Table:
    """A table with a letter for each column in `align`: l, c or r.

    Without `align` the first column holds words and the others numbers. Raises: ValueError for rows of other lengths.

    >>> table(["layer", "parameters"], [["c1", 156], ["c3", "2,416"]])
    layer  parameters
    c1            156
    c3          2,416
    """
    lines = [[str(cell).replace("|", "\\|") for cell in line] for line in (head, *rows)]
    align = align or "l" + "r" * (len(lines[0]) - 1)
    if {len(line) for line in lines} != {len(align)}:
        raise ValueError(f"the rows of a table have as many cells as its head: {len(lines[0])}")
    return Table(lines, align)


def as_written(form: object) -> str:
    """A closed form, or the sizes of a map, as people write it.

    >>> from archcalc.dims import symbol
    >>> as_written(9 * symbol("N") ** 2 - 36 * symbol("N")), as_written((96, 55, 55))
    ('9 N² - 36 N', '96×55×55')
    """
    text = shape_text(form) if isinstance(form, tuple) else str(form)
    return _raised(text).replace("*", " ")


def claims(*reports: Report, source: str | None = None) -> Table:
    """Published numbers beside the computed ones: a row for each claim of the networks that names a source.

    With `source`, only the claims of that one. A number that is known not to come out has its reason in place of the
    verdict. Raises: ValueError if no claim is left.

    >>> import archcalc
    >>> claims(archcalc.load("mobilenet_v2:1.0").check(), source="paper Table 4")
    source         network  number of        published     computed
    paper Table 4  1.0      multiplications       300M  300,774,272  holds, truncated
    paper Table 4  1.0      parameters            3.4M    3,504,872  3.47M without normalization, cut off
    """
    rows = [
        [
            found.source,
            report.variant or report.title,
            _about(found),
            with_value(found),
            _computed(found),
            _verdict(found),
        ]
        for report in reports
        for found in report.verdicts
        if found.source and source in (None, found.source)
    ]
    if not rows:
        raise ValueError("these networks have no claim of such a source")
    return table(["source", "network", "number of", "published", "computed", ""], rows, "lllrrl")


def shares(report: Report, role: Callable[[LayerReport], str]) -> Table:
    """Parameters and multiplications by what layers are for, and how much of the network that is: the most work first.

    `role` names it for each layer. Roles without parameters and multiplications are left out. Raises: ValueError for a
    network whose counts are no numbers, because of errors or of symbols without a value.

    >>> import archcalc
    >>> shares(archcalc.load("lenet:lecture").check(), lambda layer: layer.kind)
    LeNet:lecture  parameters  share  multiplications  share of the work
    conv                2,572   4.2%          357,600              85.9%
    linear             59,134  95.8%           58,920              14.1%
    """
    found: dict[str, list[int]] = {}
    for layer in report:
        counts = found.setdefault(role(layer), [0, 0])
        for index, count in enumerate((layer.parameters, layer.multiplications)):
            if not report.complete or not isinstance(count, int):
                raise ValueError(f"{report.title} has counts that are no numbers")
            counts[index] += count
    weights, work = (sum(counts[index] for counts in found.values()) for index in range(2))
    rows = [
        [name, f"{memory:,}", _percent(memory, weights), f"{done:,}", _percent(done, work)]
        for name, (memory, done) in sorted(found.items(), key=lambda item: (-item[1][1], -item[1][0]))
        if memory or done
    ]
    return table([report.title, "parameters", "share", "multiplications", "share of the work"], rows)


def _about(found: Verdict) -> str:
    """What a claim counts."""
    quantity = found.quantity.replace("_", " ")
    return f"{quantity} in `{found.of}`" if found.of else quantity


def _computed(found: Verdict) -> str:
    """The computed number; a share with a digit more than the published one, so that its rounding is seen."""
    if found.expected.endswith("%") and isinstance(found.actual, (int, Fraction)):
        digits = len(found.expected.partition(".")[2].removesuffix("%"))
        return f"{float(found.actual):.{digits + 1}%}"
    return computed(found)


def _verdict(found: Verdict) -> str:
    return found.because or ", ".join(word for word in (found.state, found.how) if word)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _raised(text: str) -> str:
    return re.sub(r"\*\*(\d+)", lambda power: power[1].translate(_SUPERSCRIPTS), text)


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
